//! Namespaces, which are in none themselves.

use super::{hold_apart, not_ready, ready};
use crate::objects;
use k8s_wait_testkit::build::namespace;

#[tokio::test]
async fn active() {
    let target = "namespace/shop";
    hold_apart(vec![
        not_ready(target, objects![], "pending NotFound", "namespace shop: it does not exist yet"),
        ready(target, objects![namespace("shop")]),
        ready("ns/shop?for=active", objects![namespace("shop")]),
        ready("namespaces/shop", objects![namespace("shop")]),
        not_ready(
            target,
            objects![namespace("shop").terminating()],
            "pending Terminating",
            "namespace shop: ",
        ),
        not_ready(target, objects![namespace("shop").phase("Terminating")], "pending NotActive", ""),
        not_ready(
            target,
            objects![namespace("shop").terminating().phase("Active")],
            "pending Terminating",
            "",
        ),
        not_ready(target, objects![namespace("shop").phase("")], "pending NotActive", ""),
        not_ready(target, objects![namespace("shop-2")], "pending NotFound", ""),
    ])
    .await;
}

#[tokio::test]
async fn a_namespace_that_a_target_names_means_nothing() {
    hold_apart(vec![
        ready("ns/elsewhere/shop", objects![namespace("shop")]),
        ready("ns/shop?namespace=elsewhere", objects![namespace("shop")]),
        ready("ns?selector=app&namespace=elsewhere", objects![namespace("shop").label("app", "")]),
        not_ready("ns/elsewhere/shop", objects![], "pending NotFound", "namespace shop: it does"),
    ])
    .await;
}

#[tokio::test]
async fn there_and_gone() {
    hold_apart(vec![
        ready("ns/shop?for=exists", objects![namespace("shop").terminating()]),
        not_ready("ns/shop?for=exists", objects![], "pending NotFound", "namespace shop: "),
        ready("ns/shop?for=deleted", objects![]),
        not_ready(
            "ns/shop?for=deleted",
            objects![namespace("shop").terminating()],
            "pending StillExists",
            "namespace shop: it is still there",
        ),
    ])
    .await;
}

#[tokio::test]
async fn sets_of_namespaces() {
    let of = |name: &str| namespace(name).label("team", "shop");
    let target = "ns?selector=team=shop";
    hold_apart(vec![
        not_ready(target, objects![], "pending NoMatch", "namespaces with team=shop: nothing matches"),
        ready(target, objects![of("a"), of("b"), namespace("c").terminating()]),
        not_ready(
            target,
            objects![of("a"), of("b").terminating()],
            "pending Terminating",
            "; namespace b: it is",
        ),
        ready("ns?selector=team=shop&min=1", objects![of("a"), of("b").terminating()]),
    ])
    .await;
}
