//! What a caller may ask: [`permit`].

use super::App;
use super::problem::Problem;
use crate::auth::{About, Caller};
use k8s_wait_lib::{CheckRegistry, Plan, Target};

/// A plan that this caller may ask about, every target of it.
///
/// Network targets are in no namespace: where the server may connect to at all says `--allow-network`. Whether a kind that
/// nobody registered is in namespaces is known once the cluster has told; until then it counts as one that is, and
/// [`App::registry`] sees to it that nothing else comes of it.
///
/// # Errors
///
/// 403, with the rule that is missing.
pub(super) fn permit(caller: &Caller, plan: &Plan, app: &App) -> Result<(), Problem> {
    let namespaces = plan.targets.iter().map(|target| target.namespace().unwrap_or(&plan.namespace));
    for (target, namespace) in plan.targets.iter().zip(namespaces) {
        let about = match place(target, &app.everything) {
            Place::Network => continue,
            Place::Cluster => About::Cluster,
            Place::Namespace => About::Namespace(namespace),
        };
        if !app.admission.allows(caller, about) {
            return Err(refusal(caller, target, about));
        }
    }
    Ok(())
}

/// Where a target's object is.
enum Place {
    Namespace,
    Cluster,
    Network,
}

fn place(target: &Target, registry: &CheckRegistry) -> Place {
    match registry.kind(target.kind()) {
        _ if target.is_network() => Place::Network,
        Some(kind) if !kind.options.iter().any(|option| option == "namespace") => Place::Cluster,
        _ => Place::Namespace,
    }
}

fn refusal(caller: &Caller, target: &Target, about: About<'_>) -> Problem {
    let to = match about {
        About::Namespace(name) => name,
        About::Cluster => "*",
    };
    let from = caller.namespace().unwrap_or("*");
    let target = target.to_string();
    Problem::forbidden(format!(
        "target {target:?}: {caller} may not ask about {about}; the server's --allow {from}={to} would let it"
    ))
}
