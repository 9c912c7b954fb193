# The server alone: a static binary needs nothing else. The build context is the folder that holds it.
FROM scratch
COPY k8s-wait-server /k8s-wait-server
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/k8s-wait-server"]
