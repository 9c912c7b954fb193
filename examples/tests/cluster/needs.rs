//! Each right that `k8s-wait-server rbac` prints is needed: where one is taken away, what it is for is not answered, and all
//! else is.

use crate::common::cluster::{Cluster, cluster};
use crate::common::namespace::Namespace;
use crate::common::objects::service;
use crate::common::plane::Plane;
use crate::common::process::until;
use crate::common::rights::{Rights, printed, token};
use crate::common::server::Server;
use crate::common::wait::Wait;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// A resource, a question about something that is not there and that it takes to answer, and the answer.
type Question = (&'static str, &'static str, &'static str);

const QUESTIONS: [Question; 11] = [
    ("pods", "pod/none", "NotFound"),
    ("services", "service/none", "NotFound"),
    ("endpointslices.discovery.k8s.io", "service/db", "NoEndpoints"),
    ("persistentvolumeclaims", "pvc/none", "NotFound"),
    ("jobs.batch", "job/none", "NotFound"),
    ("deployments.apps", "deployment/none", "NotFound"),
    ("statefulsets.apps", "statefulset/none", "NotFound"),
    ("daemonsets.apps", "daemonset/none", "NotFound"),
    ("replicasets.apps", "replicaset/none", "NotFound"),
    ("namespaces", "namespace/none", "NotFound"),
    ("customresourcedefinitions.apiextensions.k8s.io", "crd/none", "NotFound"),
];

/// Of these, the ones about what is in namespaces.
const IN_NAMESPACES: usize = 9;

/// How long it may take until a missing right is told: where there are no streaming lists, a right that was there once, as
/// a good list looks, is waited for.
const PATIENCE: Duration = Duration::from_secs(90);

#[test]
#[ignore = "needs a cluster"]
fn there_is_a_question_for_each_right() {
    let asked = |questions: &[Question]| questions.iter().map(|(read, ..)| (*read).to_owned()).collect();
    let rights = |arguments: &[&str]| -> BTreeSet<String> {
        let roles = printed(arguments).into_iter().filter_map(|mut role| match role["rules"].take() {
            Value::Array(rules) => Some(rules),
            _ => None,
        });
        roles.flatten().flat_map(|rule| resources(&rule)).collect()
    };
    assert_eq!(rights(&[]), asked(&QUESTIONS));
    assert_eq!(rights(&["--namespaces", "shop"]), asked(&QUESTIONS[..IN_NAMESPACES]));
}

#[test]
#[ignore = "needs a cluster"]
fn each_right_to_watch_is_needed() {
    each_is_needed(cluster(), "watch");
}

#[test]
#[ignore = "needs a cluster"]
fn each_right_to_list_is_needed_where_there_are_no_streaming_lists() {
    let Ok(programs) = Plane::programs() else {
        println!("skipped: no API server of our own without streaming lists");
        return;
    };
    let plane = Plane::with_features(&programs, false, "WatchList=false").unwrap();
    each_is_needed(&plane.cluster, "list");
}

#[test]
#[ignore = "needs a cluster"]
fn without_the_right_to_review_tokens_nobody_may_ask() {
    let shop = Namespace::new(cluster());
    for arguments in [&[] as &[&str], &["--namespaces", &shop.name]] {
        let home = Namespace::new(cluster());
        let printed = [arguments, &["--auth", "token"]].concat();
        let rights = Rights::printed_but(&home, &printed, |role| {
            take(role, "tokenreviews.authentication.k8s.io", "create");
        });
        rights.hold(&shop.path("pods"));
        let server = Server::start(&rights.kubeconfig, home.folder(), &printed);
        let file = home.folder().join("token");
        std::fs::write(&file, token(&home, "k8s-wait", &["k8s-wait"])).unwrap();
        let question = ["--token-file", file.to_str().unwrap(), "pod/none?missing=ready"];
        let mut wait = Wait::start(&server.url(), &home.name, &question, home.folder());
        wait.tells("unreachable");
        let why = "no right to create tokenreviews.authentication.k8s.io";
        until("the log to tell why", PATIENCE, || server.log().contains(why).then_some(()));
        assert!(wait.is_waiting());
    }
}

/// Takes the verb from one resource after the other: for the whole cluster with a server for each, and in namespaces with
/// one server for all, each of which lacks another one.
fn each_is_needed(cluster: &Cluster, verb: &str) {
    for (taken, ..) in QUESTIONS {
        let shop = stage(cluster);
        let rights = Rights::printed_but(&shop, &[], |role| take(role, taken, verb));
        rights.hold(held(taken));
        let server = Server::start(&rights.kubeconfig, shop.folder(), &[]);
        ask(&server, &shop, &QUESTIONS, taken, verb);
    }
    let questions = &QUESTIONS[..IN_NAMESPACES];
    let shops = questions.iter().map(|(taken, ..)| (*taken, stage(cluster))).collect::<Vec<_>>();
    let names = shops.iter().map(|(_, shop)| shop.name.as_str()).collect::<Vec<_>>().join(",");
    let home = &shops[0].1;
    let rights = Rights::printed_but(home, &["--namespaces", &names], |role| {
        let (taken, _) = shops.iter().find(|(_, shop)| role["metadata"]["namespace"] == *shop.name).unwrap();
        take(role, taken, verb);
    });
    shops
        .iter()
        .for_each(|(taken, shop)| rights.hold(&shop.path(held(taken).trim_start_matches("/api/v1/"))));
    let server = Server::start(&rights.kubeconfig, home.folder(), &["--namespaces", &names]);
    shops.iter().for_each(|(taken, shop)| ask(&server, shop, questions, taken, verb));
}

fn stage(cluster: &Cluster) -> Namespace {
    let shop = Namespace::new(cluster);
    shop.create(&service("db"));
    shop
}

/// What may be listed whatever is taken from `taken`.
fn held(taken: &str) -> &'static str {
    if taken == "pods" { "/api/v1/services" } else { "/api/v1/pods" }
}

/// Takes a verb from a resource, if the object is a role that has it.
fn take(role: &mut Value, resource: &str, verb: &str) {
    let Some(rules) = role["rules"].as_array_mut() else { return };
    let all = rules.drain(..).flat_map(|rule| {
        let each = resources(&rule).into_iter().zip(rule["resources"].as_array().unwrap().clone());
        each.map(|(name, plural)| {
            let mut verbs = rule["verbs"].as_array().unwrap().clone();
            verbs.retain(|one| name != resource || one != verb);
            json!({"apiGroups": rule["apiGroups"], "resources": [plural], "verbs": verbs})
        })
        .collect::<Vec<_>>()
    });
    let left = all.filter(|rule| rule["verbs"] != json!([])).collect::<Vec<_>>();
    *rules = left;
}

/// As `jobs.batch`.
fn resources(rule: &Value) -> Vec<String> {
    let group = rule["apiGroups"][0].as_str().unwrap();
    let plurals = rule["resources"].as_array().unwrap().iter().map(|plural| plural.as_str().unwrap());
    plurals.map(|plural| format!("{plural}.{group}").trim_end_matches('.').to_owned()).collect()
}

/// Asks all of them; only those that need what was taken may not be answered.
fn ask(server: &Server, shop: &Namespace, questions: &[Question], taken: &str, verb: &str) {
    let refusal = format!("no right to {verb} {taken}");
    for (read, target, reason) in questions {
        let path = format!("/v1/check?target={target}&namespace={}", shop.name);
        until(&format!("an answer about {target} without {verb} on {taken}"), PATIENCE, || {
            let told: Value = serde_json::from_str(&server.get(&path).1).ok()?;
            let told = &told["targets"][0];
            let is_refused = told["reason"] == "Forbidden" && told["message"].as_str()?.contains(&refusal);
            (is_refused || told["reason"] == *reason && read != &taken).then_some(())
        });
    }
}
