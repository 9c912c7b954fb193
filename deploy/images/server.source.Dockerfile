# The server from its source, for machines with docker and without Rust. The build context is the checkout:
#   docker build --file deploy/images/server.source.Dockerfile --tag k8s-wait-server .
FROM rust:1.95-alpine AS build
WORKDIR /source
COPY . .
# Alpine's Rust links musl, and statically.
RUN cargo build --locked --package k8s-wait-server --profile server \
    && cp target/server/k8s-wait-server /k8s-wait-server

FROM scratch
COPY --from=build /k8s-wait-server /k8s-wait-server
LABEL org.opencontainers.image.title="k8s-wait-server" \
      org.opencontainers.image.description="Watches a cluster once, and tells everybody who waits when it is ready" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="scratch"
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/k8s-wait-server"]
