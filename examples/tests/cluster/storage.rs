//! Claims that are bound, and jobs that their TTL has removed.

use crate::common::objects::{complete, job};
use crate::common::process::until;
use crate::common::scene::Scene;
use serde_json::json;
use std::time::Duration;

#[test]
#[ignore = "needs a cluster"]
fn a_claim_is_ready_when_it_is_bound() {
    let shop = Scene::new();
    let mut wait = shop.wait(&["pvc/data"]);
    wait.sees("pvc/", "NotFound");
    let size = json!({"storage": "1Mi"});
    shop.create(&json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "", "resources": {"requests": size},
            "volumeName": shop.name},
    }));
    wait.sees("pvc/", "NotBound");
    let volumes = "/api/v1/persistentvolumes";
    shop.api
        .post(
            volumes,
            &json!({
                "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": shop.name},
                "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "", "capacity": size,
                    "hostPath": {"path": "/tmp"}, "persistentVolumeReclaimPolicy": "Retain",
                    "claimRef": {"namespace": shop.name, "name": "data"}},
            }),
        )
        .unwrap();
    if !shop.cluster.has_controllers {
        shop.status("persistentvolumeclaims/data", &json!({"phase": "Bound"}));
    }
    wait.ends(0);
    shop.api.delete(&format!("{volumes}/{}", shop.name)).unwrap();
}

#[test]
#[ignore = "needs a cluster"]
fn a_job_that_its_ttl_has_removed_is_ready_where_that_is_said() {
    let shop = Scene::new();
    let mut migrate = job("migrate");
    migrate["spec"]["ttlSecondsAfterFinished"] = json!(1);
    shop.create(&migrate);
    let mut early = shop.wait(&["job/migrate?missing=ready"]);
    early.sees("job/", "JobNotStarted");
    shop.status("jobs/migrate", &complete());
    early.ends(0);
    if !shop.cluster.has_controllers {
        shop.delete("jobs/migrate");
    }
    until("the job to be gone", Duration::from_secs(60), || shop.list("jobs").is_empty().then_some(()));
    shop.wait(&["job/migrate?missing=ready"]).ends(0);
    shop.wait(&["job/migrate?missing=fail"]).ends(3);
    shop.wait(&["job/migrate", "--timeout", "1s"]).ends(1);
}
