//! Questions that make no sense, and rights that are missing.

use crate::common::cluster::cluster;
use crate::common::namespace::Namespace;
use crate::common::objects::{complete, job, pod, running};
use crate::common::rights::Rights;
use crate::common::scene::Scene;
use crate::common::server::Server;
use crate::common::wait::Wait;

#[test]
#[ignore = "needs a cluster"]
fn a_question_that_makes_no_sense_is_bad_usage() {
    let shop = Scene::new();
    let rows = [
        // Refused by the client.
        ("pod/", "pod/"),
        ("pod/web?fro=ready", "fro"),
        ("pod/web?timeout=soon", "soon"),
        // Refused by the server.
        ("widget/web", "widget"),
        ("widget.example.com/web?for=happy", "happy"),
        ("pod/web?for=jsonpath={.status", "closing brace"),
        ("pod/web?for=complete", "complete"),
    ];
    for (target, named) in rows {
        let ended = shop.wait(&[target]).ends(2);
        assert!(ended.output.contains(named), "{target}: {}", ended.output);
        assert!(ended.termination.contains(named), "{target}: {}", ended.termination);
    }
}

#[test]
#[ignore = "needs a cluster"]
fn with_a_role_in_each_namespace_a_missing_right_is_told_and_harms_nothing_else() {
    let (full, part, other) =
        (Namespace::new(cluster()), Namespace::new(cluster()), Namespace::new(cluster()));
    let rights = Rights::none(&full);
    rights.grant(&full, &[]);
    rights.grant(&part, &["jobs"]);
    let namespaces = format!("{},{}", full.name, part.name);
    let server = Server::start(&rights.kubeconfig, full.folder(), &["--namespaces", &namespaces]);
    let wait = |namespace: &Namespace, target: &str| {
        Wait::start(&server.url(), &namespace.name, &[target], full.folder())
    };
    for namespace in [&full, &part] {
        namespace.create(&pod("web", "web"));
        namespace.create(&job("migrate"));
        namespace.status("jobs/migrate", &complete());
        let mut pod = wait(namespace, "pod/web");
        pod.sees("pod/", "PodNotReady");
        namespace.status("pods/web", &running(true));
        pod.ends(0);
    }
    wait(&full, "job/migrate").ends(0);
    let ended = wait(&part, "job/migrate").ends(4);
    for text in [ended.output, ended.termination] {
        assert!(text.contains("no right to list jobs") || text.contains("no right to watch jobs"), "{text}");
        assert!(text.contains(&format!("in namespace {}", part.name)), "{text}");
    }
    wait(&part, "pod/web").ends(0);
    let ended = wait(&other, "pod/web").ends(4);
    assert!(ended.termination.contains("NamespaceNotWatched"), "{}", ended.termination);
}
