# The client alone: a static binary needs nothing else. `cargo xtask dist` builds it, and gives the folder of the binaries as
# build context, with one folder for each architecture. BINARY=k8s-wait-client-tls is the client that speaks https.
FROM scratch
ARG TARGETARCH
ARG BINARY=k8s-wait-client
COPY ${TARGETARCH}/${BINARY} /k8s-wait-client
LABEL org.opencontainers.image.title="k8s-wait-client" \
      org.opencontainers.image.description="Waits in an init container until its dependencies are ready" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="scratch"
USER 65532:65532
ENTRYPOINT ["/k8s-wait-client"]
