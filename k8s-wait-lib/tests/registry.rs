//! What can be asked for, and the sentences for what cannot.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed, as it should"
)]

use k8s_wait_lib::object::Pod;
use k8s_wait_lib::{
    CheckRegistry, ObjectCheck, Reach, RegistryError, Target, TargetError, TcpCheck, Verdict,
};

fn refused(target: &str) -> String {
    let target: Target = target.parse().unwrap();
    match CheckRegistry::standard().unwrap().parse(&target) {
        Ok(_) => panic!("{target} is understood"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_kind_has_its_names_states_and_options() {
    let registry = CheckRegistry::standard().unwrap();
    let told: Vec<_> = registry
        .kinds()
        .map(|kind| {
            let lists = [&kind.aliases, &kind.states, &kind.options, &kind.reads].map(|list| list.join(" "));
            format!("{}: {}", kind.name, lists.join(" | "))
        })
        .collect();
    assert_eq!(
        told,
        [
            "pod: pods po | ready succeeded finished exists deleted condition=TYPE[=STATUS] jsonpath=EXPR[=VALUE] cel=EXPR | namespace selector for min missing on-failure stable timeout fail-on grace | pods",
            "job: jobs | complete finished failed exists deleted condition=TYPE[=STATUS] jsonpath=EXPR[=VALUE] cel=EXPR | namespace selector for min missing on-failure stable timeout fail-on grace | jobs.batch pods",
            "deployment: deployments deploy | rollout available exists deleted condition=TYPE[=STATUS] jsonpath=EXPR[=VALUE] cel=EXPR | namespace selector for min missing on-failure stable timeout fail-on grace | deployments.apps pods",
            "statefulset: statefulsets sts | rollout exists deleted condition=TYPE[=STATUS] jsonpath=EXPR[=VALUE] cel=EXPR | namespace selector for min missing on-failure stable timeout fail-on grace | statefulsets.apps pods",
            "daemonset: daemonsets ds | rollout exists deleted condition=TYPE[=STATUS] jsonpath=EXPR[=VALUE] cel=EXPR | namespace selector for min missing on-failure stable timeout fail-on grace | daemonsets.apps pods",
            "replicaset: replicasets rs | ready exists deleted condition=TYPE[=STATUS] jsonpath=EXPR[=VALUE] cel=EXPR | namespace selector for min missing on-failure stable timeout fail-on grace | replicasets.apps pods",
            "service: services svc | ready all loadbalancer exists deleted condition=TYPE[=STATUS] jsonpath=EXPR[=VALUE] cel=EXPR | namespace selector for min missing on-failure stable timeout port fail-on grace | services endpointslices.discovery.k8s.io pods",
            "persistentvolumeclaim: persistentvolumeclaims pvc | bound exists deleted condition=TYPE[=STATUS] jsonpath=EXPR[=VALUE] cel=EXPR | namespace selector for min missing on-failure stable timeout | persistentvolumeclaims",
            "namespace: namespaces ns | active exists deleted condition=TYPE[=STATUS] jsonpath=EXPR[=VALUE] cel=EXPR | selector for min missing on-failure stable timeout | namespaces",
            "customresourcedefinition: customresourcedefinitions crd crds | established exists deleted condition=TYPE[=STATUS] jsonpath=EXPR[=VALUE] cel=EXPR | selector for min missing on-failure stable timeout | customresourcedefinitions.apiextensions.k8s.io",
            "tcp:  | open | for timeout stable connect-timeout | ",
            "http:  | answered | for timeout stable connect-timeout status contains | ",
            "https:  | answered | for timeout stable connect-timeout status contains | ",
            "dns:  | resolved | for timeout stable connect-timeout | ",
            "KIND[.VERSION].GROUP:  | ready exists deleted condition=TYPE[=STATUS] jsonpath=EXPR[=VALUE] cel=EXPR | namespace selector for min missing on-failure stable timeout | ",
        ]
    );
}

#[test]
fn every_state_of_every_kind_is_understood_by_every_name() {
    let registry = CheckRegistry::kubernetes().unwrap();
    for kind in registry.kinds() {
        let name = kind.name.replace("KIND[.VERSION].GROUP", "certificate.cert-manager.io");
        for name in std::iter::once(&name).chain(&kind.aliases) {
            for target in [
                format!("{name}/shop/a"),
                format!("{}/shop/a", name.to_uppercase()),
                format!("{name}?selector=a"),
            ] {
                assert!(registry.parse(&target.parse().unwrap()).is_ok(), "{target}");
            }
            // Those of an expression have tests of their own.
            for state in kind.states.iter().filter(|state| !state.contains('=')) {
                for target in [format!("{name}/shop/a?for={state}"), format!("{name}?selector=a&for={state}")]
                {
                    assert!(registry.parse(&target.parse().unwrap()).is_ok(), "{target}");
                }
            }
        }
    }
    let tcp: Target = "tcp://db:5432?for=open&connect-timeout=2s&timeout=1m&stable=10s".parse().unwrap();
    assert!(CheckRegistry::standard().unwrap().parse(&tcp).is_ok());
}

#[test]
fn what_is_unknown_is_told_with_what_is_known() {
    assert_eq!(
        refused("cronjob/db"),
        r#"target "cronjob/db": kind "cronjob" is unknown; known are pod, job, deployment, statefulset, daemonset, replicaset, service, persistentvolumeclaim, namespace, customresourcedefinition, tcp, http, https, dns, KIND[.VERSION].GROUP"#
    );
    assert_eq!(
        refused("job/db?for=ready"),
        r#"target "job/db?for=ready": a job has no state "ready"; it has complete, finished, failed, exists, deleted, condition=TYPE[=STATUS], jsonpath=EXPR[=VALUE], cel=EXPR"#
    );
    assert_eq!(
        refused("pod/db?for=Ready"),
        r#"target "pod/db?for=Ready": a pod has no state "Ready"; it has ready, succeeded, finished, exists, deleted, condition=TYPE[=STATUS], jsonpath=EXPR[=VALUE], cel=EXPR"#
    );
    assert_eq!(
        refused("tcp://db:1?for=ready"),
        r#"target "tcp://db:1?for=ready": a tcp has no state "ready"; it has open"#
    );
    assert!(refused("pod/db?for=conditions=Ready").contains(r#"a pod has no state "conditions=Ready""#));
    assert!(refused("svc?selector=a&for=nonsense").contains(r#"a service has no state "nonsense""#));
}

#[test]
fn what_means_nothing_is_told() {
    assert_eq!(
        refused("pod/db?port=80"),
        r#"target "pod/db?port=80": port means nothing to a pod; it has namespace, selector, for, min, missing, on-failure, stable, timeout, fail-on, grace"#
    );
    assert_eq!(
        refused("svc/db?port=80&for=exists"),
        r#"target "svc/db?for=exists&port=80": port means nothing to state exists of a service"#
    );
    assert!(
        refused("svc?selector=a&port=80&for=deleted")
            .ends_with("port means nothing to state deleted of a service")
    );
    assert!(refused("job/db?x-mine=1").contains("x-mine means nothing to a job"));
    for target in [
        "pod/a?for=exists",
        "pod?selector=a&for=deleted",
        "svc/a?for=exists",
        "deploy/a?for=deleted",
        "deploy/a?for=condition=Available",
        "svc/a?for=loadbalancer",
    ] {
        let told = refused(&format!("{target}&fail-on=crashloop"));
        assert!(told.contains("fail-on means nothing to state "), "{told}");
    }
    for target in ["pvc/a", "ns/a", "crd/a"] {
        let told = refused(&format!("{target}?fail-on=crashloop"));
        assert!(told.contains("fail-on means nothing to a "), "{told}");
    }
    for target in [
        "pod/a?min=1",
        "job/a?min=1",
        "pod/a?for=succeeded&min=50%25",
        "pvc/a?min=1",
        "ns/a?min=1",
        "crd/a?min=1",
        "sts/a?for=exists&min=1",
    ] {
        assert!(refused(target).contains("min means nothing to state "), "{}", refused(target));
    }
    assert_eq!(
        refused("pod/a?min=2"),
        r#"target "pod/a?min=2": min means nothing to state ready of one pod"#
    );
    for target in [
        "deploy/a?for=exists&min=1",
        "svc/a?for=exists&min=1",
        "svc/a?for=deleted&min=1",
        "pod?selector=a&for=deleted&min=1",
    ] {
        assert!(refused(target).contains("min means nothing to state "), "{}", refused(target));
    }
    assert_eq!(
        refused("pod?selector=a&for=deleted&min=1"),
        r#"target "pod?selector=a&for=deleted&min=1": min means nothing to state deleted of a set of pods"#
    );
}

#[test]
fn emptiness_cannot_be_asked_for() {
    for kind in ["pod", "job", "deploy", "sts", "ds", "rs", "svc", "pvc", "ns", "crd"] {
        let told = refused(&format!("{kind}?selector=a&min=0"));
        assert!(told.ends_with("min of a set is at least 1: an empty set is never ready"), "{told}");
    }
    for target in ["svc/db?min=0", "svc/db?for=all&min=0"] {
        let told = refused(target);
        assert!(
            told.ends_with("min of a service is at least 1: one without endpoints is never ready"),
            "{told}"
        );
    }
    // Of a workload it can: it accepts one that is scaled to zero.
    for target in ["deploy/web?min=0", "sts/web?min=0", "ds/web?min=0", "rs/web?min=0"] {
        assert!(CheckRegistry::standard().unwrap().parse(&target.parse().unwrap()).is_ok(), "{target}");
    }
}

#[test]
fn a_target_gets_some_time() {
    for target in ["pod/web?timeout=0", "pod?selector=app&timeout=0s", "tcp://db:1?timeout=0"] {
        let told = refused(target);
        assert!(told.contains("a timeout of 0 leaves no time"), "{told}");
    }
}

#[test]
fn a_selector_means_nothing_to_a_port() {
    assert_eq!(refused("tcp?selector=a"), r#"target "tcp?selector=a": a tcp has no selector"#);
    assert_eq!(refused("tcp/db"), r#"target "tcp/db": a TCP port is written tcp://HOST:PORT"#);
}

#[test]
fn a_name_is_registered_once() {
    let mut registry = CheckRegistry::standard().unwrap();
    let mine = |name: &str, alias| ObjectCheck::<Pod>::new(name, [alias]).state("mine", |_| Verdict::Ready);
    for (name, alias, taken) in
        [("pod", "x", "pod"), ("mine", "po", "po"), ("PODS", "x", "pods"), ("mine", "tcp", "tcp")]
    {
        assert_eq!(registry.register(mine(name, alias)), Err(RegistryError::Taken(taken.to_owned())));
    }
    assert_eq!(
        registry.register(TcpCheck::new(Reach::anywhere())).unwrap_err().to_string(),
        r#"kind "tcp" is registered already"#
    );
    assert_eq!(registry.kinds().count(), 15, "a kind that was refused leaves nothing");
    assert!(matches!(registry.parse(&"mine/a".parse().unwrap()), Err(TargetError::UnknownKind { .. })));
}

#[test]
fn a_kind_is_found_with_its_group_as_kubectl_prints_it() {
    let registry = CheckRegistry::kubernetes().unwrap();
    let state = |target: &str| registry.parse(&target.parse().unwrap()).is_ok();
    for (target, is_registered) in [
        ("deployment.apps/web?for=rollout", true),
        ("deploy.v1.apps/web?for=rollout", true),
        ("job.batch/a?for=complete", true),
        ("pods.v1/a?for=succeeded", true),
        ("service.v1/a?port=80", true),
        // Others of that name, which have no such state or option.
        ("deployment.example.org/web?for=rollout", false),
        ("deployment.v2.apps/web?for=rollout", false),
        ("service.serving.knative.dev/a?port=80", false),
    ] {
        assert_eq!(state(target), is_registered, "{target}");
    }
}

#[test]
fn a_kind_of_ones_own_is_found_however_it_is_written() {
    let mut registry = CheckRegistry::new();
    registry
        .register(
            ObjectCheck::<Pod>::new("MyPod", ["MP", "mypod.example.com"]).state("mine", |_| Verdict::Ready),
        )
        .unwrap();
    for target in ["mypod/a", "MyPod/a", "mp/a", "MyPod.example.com/a?for=mine"] {
        assert!(registry.parse(&target.parse().unwrap()).is_ok(), "{target}");
    }
}
