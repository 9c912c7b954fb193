# The server alone: a static binary needs nothing else. `cargo xtask dist` builds it, and gives the folder of the binaries as
# build context, with one folder for each architecture.
FROM scratch
ARG TARGETARCH
COPY ${TARGETARCH}/k8s-wait-server /k8s-wait-server
LABEL org.opencontainers.image.title="k8s-wait-server" \
      org.opencontainers.image.description="Watches a cluster once, and tells everybody who waits when it is ready" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="scratch"
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/k8s-wait-server"]
