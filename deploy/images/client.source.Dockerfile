# The client from its source, for machines with docker and without Rust. The build context is the checkout:
#   docker build --file deploy/images/client.source.Dockerfile --tag k8s-wait-client .
# With --build-arg FEATURES=tls it is the client that speaks https.
FROM rust:1.95-alpine AS build
RUN rustup component add rust-src
WORKDIR /source
COPY . .
ARG FEATURES=
# As `cargo xtask dist` does it: Alpine's Rust links musl, and statically, and the standard library is built for this alone.
RUN target="$(rustc --print host-tuple)" \
    && RUSTC_BOOTSTRAP=1 RUSTFLAGS="$(tr '\n' ' ' <deploy/images/client.rustflags)" \
        cargo build --locked --package k8s-wait-client --profile client --features "log/release_max_level_debug,${FEATURES}" \
        -Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size --target "${target}" \
    && cp "target/${target}/client/k8s-wait-client" /k8s-wait-client

FROM scratch
COPY --from=build /k8s-wait-client /k8s-wait-client
LABEL org.opencontainers.image.title="k8s-wait-client" \
      org.opencontainers.image.description="Waits in an init container until its dependencies are ready" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="scratch"
USER 65532:65532
ENTRYPOINT ["/k8s-wait-client"]
