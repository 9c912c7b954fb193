//! Objects as they come from the API server: decoded into what is kept or refused, and never ready over what does not say so.
#![no_main]

use k8s_wait_lib::judge::{daemonset, deployment, job, persistentvolumeclaim, pod, replicaset, statefulset};
use k8s_wait_lib::object::{self, Cached};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &[u8]| {
    let value = serde_json::from_slice::<Value>(text).unwrap_or_default();
    let says = |condition: &str| {
        let conditions = value["status"]["conditions"].as_array();
        conditions.is_some_and(|all| all.iter().any(|one| one["type"] == condition && one["status"] == "True"))
    };
    let is_terminating = !value["metadata"]["deletionTimestamp"].is_null();
    if let Some(kept) = kept::<object::Job>(text) {
        assert!(says("Complete") || !job::complete(Some(&kept)).is_ready());
        assert!(says("Failed") || !job::failed(Some(&kept)).is_ready());
        assert!(says("Complete") || says("Failed") || !job::finished(Some(&kept)).is_ready());
    }
    if let Some(kept) = kept::<object::Pod>(text) {
        assert!(says("Ready") && !is_terminating || !pod::ready(Some(&kept)).is_ready());
        assert!(value["status"]["phase"] == "Succeeded" || !pod::succeeded(Some(&kept)).is_ready());
    }
    if let Some(kept) = kept::<object::Deployment>(text) {
        assert!(says("Available") && !is_terminating || !deployment::available(Some(&kept), None).is_ready());
        assert!(!is_terminating || !deployment::rollout(Some(&kept), None).is_ready());
    }
    if let Some(kept) = kept::<object::StatefulSet>(text) {
        assert!(!is_terminating || !statefulset::rollout(Some(&kept), None).is_ready());
    }
    if let Some(kept) = kept::<object::DaemonSet>(text) {
        assert!(!is_terminating || !daemonset::rollout(Some(&kept), None).is_ready());
    }
    if let Some(kept) = kept::<object::ReplicaSet>(text) {
        assert!(!is_terminating || !replicaset::ready(Some(&kept), None).is_ready());
    }
    if let Some(kept) = kept::<object::PersistentVolumeClaim>(text) {
        assert!(value["status"]["phase"] == "Bound" || !persistentvolumeclaim::bound(Some(&kept)).is_ready());
    }
    kept::<object::Service>(text);
    kept::<object::EndpointSlice>(text);
    kept::<object::Namespace>(text);
    kept::<object::CustomResourceDefinition>(text);
});

/// What a watch would keep of it, twice, since what is the same must be seen to be.
fn kept<S: Cached>(text: &[u8]) -> Option<S> {
    let wire = serde_json::from_slice::<S::Wire>(text).ok()?;
    let mut kept = S::cut(wire.clone());
    let again = S::cut(wire);
    assert!(kept.is_same(&again));
    kept.share(&again);
    assert!(kept.is_same(&again));
    Some(kept)
}
