//! Persistent volume claims, one and many.

use super::{hold, not_ready, ready};
use crate::objects;
use k8s_wait_testkit::build::pvc;
use serde_json::json;

#[tokio::test]
async fn bound() {
    let target = "persistentvolumeclaim/data";
    hold(vec![
        not_ready(
            target,
            objects![],
            "pending NotFound",
            "persistentvolumeclaim row-0/data: it does not exist yet",
        ),
        not_ready(target, objects![pvc("data")], "pending NotBound", "it is not bound to a volume yet"),
        not_ready(target, objects![pvc("data").with("/status", json!({}))], "pending NotBound", ""),
        not_ready(target, objects![pvc("data").with("/status", json!(null))], "pending NotBound", ""),
        // A volume was asked for by name; that binds nothing.
        not_ready(target, objects![pvc("data").with("/spec/volumeName", "pv-1")], "pending NotBound", ""),
        ready(target, objects![pvc("data").bound("pv-1")]),
        ready("pvc/data?for=bound", objects![pvc("data").bound("pv-1")]),
        ready("persistentvolumeclaims/data", objects![pvc("data").bound("pv-1")]),
        not_ready(
            target,
            objects![pvc("data").lost()],
            "failed ClaimLost",
            "the volume that it was bound to is gone",
        ),
        // Held by its finalizer while a pod uses it.
        not_ready(target, objects![pvc("data").bound("pv-1").terminating()], "pending Terminating", ""),
        not_ready(target, objects![pvc("data").lost().terminating()], "pending Terminating", ""),
        not_ready(
            target,
            objects![pvc("data").bound("pv-1").namespace("elsewhere-pvc")],
            "pending NotFound",
            "",
        ),
    ])
    .await;
}

#[tokio::test]
async fn sets_of_claims() {
    let of = |name: &str| pvc(name).label("app", "db");
    let target = "pvc?selector=app=db";
    hold(vec![
        not_ready(target, objects![], "pending NoMatch", "persistentvolumeclaims in namespace row-0"),
        ready(target, objects![of("a").bound("pv-1"), of("b").bound("pv-2")]),
        not_ready(target, objects![of("a").bound("pv-1"), of("b")], "pending NotBound", "1 of 2"),
        not_ready(target, objects![of("a").bound("pv-1"), of("b").lost()], "failed ClaimLost", "1 of 2"),
        ready("pvc?selector=app=db&min=1", objects![of("a").bound("pv-1"), of("b").lost()]),
    ])
    .await;
}
