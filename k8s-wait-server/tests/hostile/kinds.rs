//! Those who ask for kinds that there are not, to make the server ask for them.

use crate::limited;
use crate::support::{NDJSON, Server, asks};
use futures::future::join_all;
use k8s_wait_server::Limits;
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::deployment;
use std::time::Instant;

/// A server with a limit that is not reached here.
async fn served(api: &Api) -> Server {
    Server::with(api, limited(Limits { requests_per_second: 0, ..Limits::default() })).await
}

/// How often the API server was asked which kinds there are. Each time takes two requests.
fn discoveries(api: &Api) -> usize {
    let asked = api.requests().into_iter();
    asked.filter(|asked| asked.resource.is_empty() && asked.path != "/version").count().div_ceil(2)
}

#[tokio::test]
async fn a_thousand_made_up_kinds_open_no_watch_and_share_what_is_asked() {
    let api = Api::start().await.unwrap();
    let server = served(&api).await;
    let begun = Instant::now();
    let mut held = Vec::new();
    for hundred in 0..10 {
        let target = |number: usize| match number % 4 {
            0 => format!("gadget{hundred}-{number}.example.org/x"),
            1 => format!("gadget.group{hundred}-{number}.example.org/x"),
            2 => format!("pods.v{hundred}{number}beta1.made.up/x?for=jsonpath={{.a}}=b"),
            _ => format!("deployments.v{hundred}{number}.apps/x?for=cel=true"),
        };
        let checks = (0..100).map(async |number| {
            server.get(&asks("/v1/check", &[&target(number)], "")).await.is(
                503,
                "pending",
                &["KindNotServed"],
            );
        });
        join_all(checks).await;
        let hold = (0..10).map(async |number| {
            let mut lines = server.lines(&asks("/v1/wait", &[&target(number)], "timeout=1h")).await;
            lines.until_reason("KindNotServed").await;
            lines
        });
        held.extend(join_all(hold).await);
    }
    let rounds = usize::try_from(begun.elapsed().as_secs()).unwrap() / 2 + 1;
    assert!(discoveries(&api) <= rounds + 1, "{} in {:?}", discoveries(&api), begun.elapsed());
    let objects: Vec<_> = api.requests().into_iter().filter(|asked| !asked.resource.is_empty()).collect();
    assert!(objects.is_empty(), "{objects:?}");
}

/// Unknown kinds without a group are not even looked for.
#[tokio::test]
async fn a_thousand_unknown_words_ask_nothing() {
    let api = Api::start().await.unwrap();
    let server = served(&api).await;
    for number in 0..1_000 {
        server.get(&format!("/v1/check?target=gadget{number}/x")).await.problem(404);
    }
    assert_eq!(discoveries(&api), 0);
}

#[tokio::test]
async fn however_a_kind_is_spelled_it_has_the_same_few_watches() {
    let api = Api::start().await.unwrap();
    api.apply(deployment("web")).unwrap();
    let server = served(&api).await;
    let names = ["deployment", "deployments", "deploy"];
    let places = ["", ".apps", ".v1.apps"];
    let states = [
        "exists",
        "deleted",
        "condition=Available",
        "jsonpath={.a}=b",
        "cel=false",
        "cel=self.metadata.name=='no'",
    ];
    for namespace in ["shop", "bank", "no-such", "kube-system"] {
        for (name, place) in names.iter().flat_map(|name| places.iter().map(move |place| (name, place))) {
            for state in states {
                let target = format!("{name}{place}/{namespace}/web?for={state}");
                let answer =
                    server.ask("GET", &asks("/v1/wait", &[&target], "timeout=0"), &[NDJSON], "").await;
                assert_eq!(answer.status, 200, "{target}: {answer:?}");
            }
        }
    }
    // One for each shape in which a kind is kept: what judges read, conditions, and nearly all.
    assert!(api.watches_open("deployments") <= 3, "{}", api.watches_open("deployments"));
    assert!(api.count("list", "deployments") + api.count("watch", "deployments") <= 6);
}
