//! To what a pod belongs: [`owner`].

use k8s_wait_lib::object::Pod;

/// What keeps a pod there, as a target names it: `deployment/shop/web`. That is its controller, or the deployment of that; a
/// pod without one is itself.
///
/// A deployment's ReplicaSet is named after it and after the label `pod-template-hash` of its pods.
pub(crate) fn owner(namespace: &str, name: &str, pod: &Pod) -> String {
    let Some((kind, owner)) =
        pod.meta.controller.as_ref().and_then(|controller| controller.key.split_once('/'))
    else {
        return format!("pod/{namespace}/{name}");
    };
    let hash = pod.meta.labels.get("pod-template-hash");
    let deployment = hash.and_then(|hash| owner.strip_suffix(hash)?.strip_suffix('-'));
    match (kind, deployment) {
        ("ReplicaSet", Some(deployment)) => format!("deployment/{namespace}/{deployment}"),
        _ => format!("{}/{namespace}/{owner}", kind.to_lowercase()),
    }
}
