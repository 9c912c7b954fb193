//! What a caller may ask: [`permit`].

use super::App;
use super::problem::Problem;
use crate::auth::{About, Caller};
use k8s_wait_lib::{CheckRegistry, Kind, Plan, Target};

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
    for target in &plan.targets {
        if let Some(about) = about(target, &plan.namespace, &app.everything)
            && !app.admission.allows(caller, about)
        {
            return Err(refusal(caller, target, about));
        }
    }
    Ok(())
}

/// May this caller be told of a target that somebody else waits for? It is as the target displays, with its namespace.
pub(super) fn may_see(caller: &Caller, target: &str, app: &App) -> bool {
    if app.admission.is_open() {
        return true;
    }
    let is_allowed = |target: Target| {
        about(&target, "", &app.everything).is_none_or(|about| app.admission.allows(caller, about))
    };
    target.parse().is_ok_and(is_allowed)
}

/// Where a target's object is; `None` for network targets.
fn about<'a>(target: &'a Target, namespace: &'a str, registry: &CheckRegistry) -> Option<About<'a>> {
    let is_namespaced = registry.kind(target.kind()).is_none_or(Kind::is_namespaced);
    let namespace = target.namespace().unwrap_or(namespace);
    let place = if is_namespaced { About::Namespace(namespace) } else { About::Cluster };
    Some(place).filter(|_| !target.is_network())
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
