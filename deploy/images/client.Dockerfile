# The client alone: a static binary needs nothing else. The build context is the folder that holds it.
FROM scratch
COPY k8s-wait-client /k8s-wait-client
USER 65532:65532
ENTRYPOINT ["/k8s-wait-client"]
