//! Objects as they come from the API server: decoded into what is kept or refused, and never ready over what does not say so.
#![no_main]

use k8s_wait_lib::Verdict;
use k8s_wait_lib::judge::{
    condition, customresourcedefinition, daemonset, deployment, job, namespace, persistentvolumeclaim, pod,
    replicaset, service, statefulset,
};
use k8s_wait_lib::object::{self, Cached};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &[u8]| {
    // In what nobody keeps may stand what is no UTF-8, and what a `Value` cannot hold: of the latter nothing is known.
    let Ok(value) = serde_json::from_str::<Value>(&String::from_utf8_lossy(text)) else { return };
    let says = |condition: &str| {
        let conditions = value["status"]["conditions"].as_array();
        conditions
            .is_some_and(|all| all.iter().any(|one| one["type"] == condition && one["status"] == "True"))
    };
    let phase = |phase: &str| value["status"]["phase"] == phase;
    let is_kept = value["metadata"]["deletionTimestamp"].is_null();
    let is_observed =
        value["metadata"]["generation"].as_i64() <= value["status"]["observedGeneration"].as_i64();
    if let Some(kept) = kept::<object::Job>(text) {
        only_if(says("Complete"), &job::complete(Some(&kept)));
        only_if(says("Failed"), &job::failed(Some(&kept)));
        only_if(says("Complete") || says("Failed"), &job::finished(Some(&kept)));
    }
    if let Some(kept) = kept::<object::Pod>(text) {
        only_if(says("Ready") && is_kept, &pod::ready(Some(&kept)));
        only_if(phase("Succeeded"), &pod::succeeded(Some(&kept)));
        only_if(phase("Succeeded") || phase("Failed"), &pod::finished(Some(&kept)));
    }
    if let Some(kept) = kept::<object::Deployment>(text) {
        only_if(says("Available") && is_kept && is_observed, &deployment::available(Some(&kept), None));
        only_if(is_kept && is_observed, &deployment::rollout(Some(&kept), None));
    }
    if let Some(kept) = kept::<object::StatefulSet>(text) {
        only_if(is_kept && is_observed, &statefulset::rollout(Some(&kept), None));
    }
    if let Some(kept) = kept::<object::DaemonSet>(text) {
        only_if(is_kept && is_observed, &daemonset::rollout(Some(&kept), None));
    }
    if let Some(kept) = kept::<object::ReplicaSet>(text) {
        only_if(is_kept && is_observed, &replicaset::ready(Some(&kept), None));
    }
    if let Some(kept) = kept::<object::PersistentVolumeClaim>(text) {
        only_if(phase("Bound"), &persistentvolumeclaim::bound(Some(&kept)));
    }
    if let Some(kept) = kept::<object::Namespace>(text) {
        only_if(phase("Active") && is_kept, &namespace::active(Some(&kept)));
    }
    if let Some(kept) = kept::<object::CustomResourceDefinition>(text) {
        only_if(says("Established") && is_kept, &customresourcedefinition::established(Some(&kept)));
    }
    if let Some(kept) = kept::<object::Conditioned>(text) {
        only_if(is_kept, &condition::ready(Some(&kept)));
    }
    if let Some(kept) = kept::<object::Service>(text) {
        only_if(!value["status"]["loadBalancer"]["ingress"].is_null(), &service::loadbalancer(Some(&kept)));
    }
    kept::<object::EndpointSlice>(text);
    if let Some(kept) = kept::<object::Document>(text) {
        let kept = kept.value().expect("it was written by us");
        assert!(kept["metadata"]["managedFields"].is_null() && kept["spec"]["env"].is_null());
    }
});

/// Not ready unless the object says what that takes.
fn only_if(is_said: bool, verdict: &Verdict) {
    assert!(is_said || !verdict.is_ready(), "{verdict:?}");
}

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
