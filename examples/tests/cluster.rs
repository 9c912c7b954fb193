//! The real client against the real server against a real Kubernetes control plane.
//!
//! The cluster is the one that `$K8S_WAIT_TEST_KUBECONFIG` leads to; it may have nodes and controllers, and gets back
//! what it had. Without one, etcd, kube-apiserver and, where it is there, kube-controller-manager are started from
//! `$KUBEBUILDER_ASSETS` (default `/usr/local/kubebuilder/bin`, as envtest has it).
//!
//! `cargo test -p k8s-wait-examples --test cluster -- --ignored`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a test fails by a panic"
)]

mod common;

mod cluster {
    mod annotations;
    mod causes;
    mod chart;
    mod cycles;
    mod deployments;
    mod direct;
    mod expressions;
    mod jobs;
    mod kinds;
    mod latency;
    mod legacy;
    mod needs;
    mod outages;
    mod pods;
    mod recipes;
    mod refusals;
    mod rights;
    mod services;
    mod statefulsets;
    mod storage;
    mod together;
    mod tokens;
}
