//! Definitions of custom resources, which are in no namespace.

use super::{hold_apart, not_ready, ready};
use crate::objects;
use k8s_wait_testkit::build::{CustomResourceDefinition, crd};
use serde_json::{Value, json};

fn widgets() -> CustomResourceDefinition {
    crd("example.com", "Widget", "widgets")
}

/// Established, as an API server writes it that tells of which generation.
fn established_at(generation: i64) -> Value {
    let mut built = widgets().generation(2).established().build();
    for condition in built["status"]["conditions"].as_array_mut().unwrap() {
        condition["observedGeneration"] = json!(generation);
    }
    built
}

#[tokio::test]
async fn established() {
    let target = "customresourcedefinition/widgets.example.com";
    let taken = || widgets().names_taken("widgets");
    hold_apart(vec![
        not_ready(
            target,
            objects![],
            "pending NotFound",
            "customresourcedefinition widgets.example.com: it does not",
        ),
        not_ready(target, objects![widgets()], "pending NotEstablished", "it is not established yet"),
        not_ready(target, objects![widgets().with("/status", json!(null))], "pending NotEstablished", ""),
        not_ready(target, objects![widgets().installing()], "pending NotEstablished", ""),
        not_ready(
            target,
            objects![widgets().condition("NamesAccepted", "True", "NoConflicts", "")],
            "pending NotEstablished",
            "",
        ),
        not_ready(
            target,
            objects![widgets().condition("Established", "Unknown", "", "")],
            "pending NotEstablished",
            "",
        ),
        ready(target, objects![widgets().established()]),
        ready("crd/widgets.example.com?for=established", objects![widgets().established()]),
        ready("crds/widgets.example.com", objects![widgets().established()]),
        ready("customresourcedefinitions/shop/widgets.example.com", objects![widgets().established()]),
        not_ready(
            target,
            objects![taken()],
            "pending NamesNotAccepted",
            "its names are not accepted: \"widgets\" is already in use",
        ),
        // Names that clash later leave it served as it was.
        ready(target, objects![widgets().established().names_taken("gadgets")]),
        not_ready(target, objects![widgets().established().terminating()], "pending Terminating", ""),
        not_ready(target, objects![taken().terminating()], "pending Terminating", ""),
    ])
    .await;
}

#[tokio::test]
async fn generations_count_where_they_are_told() {
    let target = "crd/widgets.example.com";
    let told = |observed| widgets().generation(2).established().with("/status/observedGeneration", observed);
    hold_apart(vec![
        // As API servers write it, up to 1.36 at least.
        ready(target, objects![widgets().generation(7).established()]),
        ready(target, objects![established_at(2)]),
        not_ready(
            target,
            objects![established_at(1)],
            "pending StaleStatus",
            "its status is of generation 1, its spec of generation 2",
        ),
        ready(target, objects![told(2)]),
        not_ready(target, objects![told(1)], "pending StaleStatus", ""),
    ])
    .await;
}

#[tokio::test]
async fn sets_of_definitions() {
    let of = |kind: &str| crd("example.com", kind, &format!("{}s", kind.to_lowercase())).label("app", "shop");
    let target = "crd?selector=app=shop";
    hold_apart(vec![
        not_ready(target, objects![], "pending NoMatch", "customresourcedefinitions with app=shop: nothing"),
        ready(target, objects![of("Widget").established(), of("Gadget").established()]),
        not_ready(
            target,
            objects![of("Widget").established(), of("Gadget").installing()],
            "pending NotEstablished",
            "customresourcedefinition gadgets.example.com: it is not",
        ),
    ])
    .await;
}
