# The client from its source, for machines with docker and without Rust. The build context is the checkout:
#   docker build --file deploy/images/client.source.Dockerfile --tag k8s-wait-client .
# With --build-arg FEATURES=tls it is the client that speaks https.
FROM rust:1.95-alpine AS build
WORKDIR /source
COPY . .
ARG FEATURES=
# Alpine's Rust links musl, and statically.
RUN cargo build --locked --package k8s-wait-client --profile client --features "${FEATURES}" \
    && cp target/client/k8s-wait-client /k8s-wait-client

FROM scratch
COPY --from=build /k8s-wait-client /k8s-wait-client
LABEL org.opencontainers.image.title="k8s-wait-client" \
      org.opencontainers.image.description="Waits in an init container until its dependencies are ready" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="scratch"
USER 65532:65532
ENTRYPOINT ["/k8s-wait-client"]
