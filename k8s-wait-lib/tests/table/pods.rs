//! Sets of pods.

use super::{Row, hold, not_ready, ready};
use crate::objects;
use k8s_wait_testkit::build::{Pod, pod};

fn web(name: &str) -> Pod {
    pod(name).label("app", "web")
}

#[tokio::test]
async fn all_of_a_set() {
    let target = "pod?selector=app=web";
    hold(vec![
        not_ready(
            target,
            objects![],
            "pending NoMatch",
            "pods in namespace row-0 with app=web: nothing matches",
        ),
        not_ready(target, objects![pod("a").ready()], "pending NoMatch", ""),
        not_ready(target, objects![pod("a").label("app", "webs").ready()], "pending NoMatch", ""),
        not_ready(target, objects![web("a").ready().namespace("elsewhere-a")], "pending NoMatch", ""),
        ready(target, objects![web("a").ready()]),
        ready(target, objects![web("a").ready(), web("b").ready(), pod("c")]),
        not_ready(
            target,
            objects![web("a").ready(), web("b")],
            "pending PodNotReady",
            "1 of 2 are ready, 2 needed; pod row-6/b:",
        ),
        not_ready(
            target,
            objects![web("a").ready(), pulling("b")],
            "pending PodNotReady",
            "ImagePullBackOff",
        ),
        not_ready(
            target,
            objects![web("a").ready().generation(2).observed(1)],
            "pending StaleStatus",
            "0 of 1",
        ),
        ready("pods?selector=app=web&min=all", objects![web("a").ready()]),
        not_ready(
            "po?selector=app=web&min=all",
            objects![web("a").ready(), web("b")],
            "pending PodNotReady",
            "",
        ),
    ])
    .await;
}

#[tokio::test]
async fn who_counts_for_ready() {
    let target = "pod?selector=app=web";
    hold(vec![
        ready(target, objects![web("a").ready(), web("b").evicted()]),
        ready(target, objects![web("a").ready(), web("b").failed().owned_by("ReplicaSet", "web")]),
        ready(target, objects![web("a").ready(), web("b").succeeded()]),
        ready(target, objects![web("a").ready(), web("b").ready().terminating()]),
        not_ready(target, objects![web("a").evicted()], "pending NoneLeft", "none of the 1 that match"),
        not_ready(
            target,
            objects![web("a").failed(), web("b").failed()],
            "pending NoneLeft",
            "none of the 2",
        ),
        not_ready(
            target,
            objects![web("a").succeeded()],
            "pending NoneLeft",
            "they have ended or are being deleted",
        ),
        not_ready(target, objects![web("a").ready().terminating()], "pending NoneLeft", ""),
        // One that terminates does not make up the number.
        not_ready(
            "pod?selector=app=web&min=2",
            objects![web("a").ready(), web("b").ready().terminating()],
            "pending TooFew",
            "1 of 1 are ready, 2 needed",
        ),
    ])
    .await;
}

#[tokio::test]
async fn so_many_of_a_set() {
    let two_of_three = || objects![web("a").ready(), web("b").ready(), web("c")];
    let one_of_three = || objects![web("a").ready(), web("b"), web("c")];
    hold(vec![
        not_ready("pod?selector=app=web&min=1", objects![], "pending NoMatch", ""),
        not_ready(
            "pod?selector=app=web&min=1",
            objects![pulling("a")],
            "pending PodNotReady",
            "0 of 1 are ready, 1 needed",
        ),
        not_ready("pod?selector=app=web&min=1", objects![web("a").failed()], "pending NoneLeft", ""),
        ready("pod?selector=app=web&min=1", objects![web("a").ready(), pulling("b")]),
        ready("pod?selector=app=web&min=1", objects![web("a").ready(), web("b").evicted()]),
        ready("pod?selector=app=web&min=2", two_of_three()),
        not_ready(
            "pod?selector=app=web&min=2",
            one_of_three(),
            "pending PodNotReady",
            "1 of 3 are ready, 2 needed",
        ),
        not_ready(
            "pod?selector=app=web&min=4",
            two_of_three(),
            "pending PodNotReady",
            "2 of 3 are ready, 4 needed",
        ),
        // A share is rounded up: half of three is two.
        ready("pod?selector=app=web&min=50%25", two_of_three()),
        not_ready("pod?selector=app=web&min=50%25", one_of_three(), "pending PodNotReady", "2 needed"),
        ready("pod?selector=app=web&min=1%25", one_of_three()),
        not_ready("pod?selector=app=web&min=100%25", two_of_three(), "pending PodNotReady", "3 needed"),
        // Of no pod at all a share is still one.
        not_ready("pod?selector=app=web&min=1%25", objects![], "pending NoMatch", ""),
        not_ready("pod?selector=app=web&min=1%25", objects![web("a").evicted()], "pending NoneLeft", ""),
    ])
    .await;
}

#[tokio::test]
async fn sets_that_end() {
    hold(vec![
        not_ready("pod?selector=app=web&for=succeeded", objects![], "pending NoMatch", ""),
        not_ready("pod?selector=app=web&for=succeeded", objects![web("a").ready()], "pending PodRunning", ""),
        not_ready("pod?selector=app=web&for=succeeded", objects![web("a").failed()], "pending NoneLeft", ""),
        ready("pod?selector=app=web&for=succeeded", objects![web("a").succeeded()]),
        ready("pod?selector=app=web&for=succeeded", objects![web("a").succeeded(), web("b").failed()]),
        not_ready(
            "pod?selector=app=web&for=succeeded",
            objects![web("a").succeeded(), web("b").ready()],
            "pending PodRunning",
            "1 of 2",
        ),
        not_ready("pod?selector=app=web&for=finished", objects![], "pending NoMatch", ""),
        not_ready("pod?selector=app=web&for=finished", objects![web("a").ready()], "pending PodRunning", ""),
        ready("pod?selector=app=web&for=finished", objects![web("a").succeeded(), web("b").failed()]),
        ready("pod?selector=app=web&for=finished", objects![web("a").evicted()]),
        not_ready(
            "pod?selector=app=web&for=finished",
            objects![web("a").failed().terminating()],
            "pending NoneLeft",
            "",
        ),
    ])
    .await;
}

#[tokio::test]
async fn selectors_as_kubectl_takes_them() {
    let objects = || {
        objects![
            web("a").label("tier", "front").ready(),
            web("b").label("tier", "back"),
            pod("c").label("canary", "")
        ]
    };
    hold(vec![
        ready("pod?selector=app=web,tier=front", objects()),
        ready("pod?selector=app==web,tier!=back", objects()),
        ready("pod?selector=tier in (front,middle)", objects()),
        ready("pod?selector=app,tier notin (back)", objects()),
        ready("pod?selector=app%3Dweb%2Ctier%3Dfront", objects()),
        not_ready("pod?selector=tier", objects(), "pending PodNotReady", "1 of 2"),
        not_ready("pod?selector=!app", objects(), "pending PodNotReady", "0 of 1"),
        not_ready("pod?selector=canary", objects(), "pending PodNotReady", "/c:"),
    ])
    .await;
}

fn pulling(name: &str) -> Pod {
    web(name).waiting("app", "ImagePullBackOff", "Back-off pulling image \"x\"")
}

#[tokio::test]
async fn sets_elsewhere() {
    let rows: Vec<Row> = vec![
        ready("pod?selector=app=web&namespace=shop", objects![web("a").ready().namespace("shop"), web("a")]),
        not_ready(
            "pod?selector=app=web",
            objects![web("a"), web("a").ready().namespace("shop-b")],
            "pending PodNotReady",
            "",
        ),
        ready("pod/shop-c/a", objects![web("a").ready().namespace("shop-c"), web("a")]),
        ready("pod/a?namespace=shop-d", objects![web("a").ready().namespace("shop-d"), web("a")]),
    ];
    hold(rows).await;
}
