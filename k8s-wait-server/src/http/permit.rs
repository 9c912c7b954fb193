//! What a caller may ask, and read: [`permit`], [`permit_namespace`], [`permit_everything`], [`admit`].

use super::App;
use super::problem::Problem;
use crate::auth::{About, Caller, Readers};
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
            let (target, sentence) =
                (target.to_string(), refusal(caller, &format!("ask about {about}"), rule(about)));
            return Err(Problem::forbidden(format!("target {target:?}: {sentence}")));
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

/// Lets through who may ask about that namespace.
///
/// # Errors
///
/// 403, with the rule that is missing.
pub(super) fn permit_namespace(caller: &Caller, namespace: &str, app: &App) -> Result<(), Problem> {
    let about = About::Namespace(namespace);
    match app.admission.allows(caller, about) {
        true => Ok(()),
        false => Err(Problem::forbidden(refusal(caller, &format!("ask about {about}"), rule(about)))),
    }
}

/// Lets those through who may ask about everything; the others may not do this.
///
/// # Errors
///
/// 403, with the rule that is missing.
pub(super) fn permit_everything(caller: &Caller, doing: &str, app: &App) -> Result<(), Problem> {
    match app.is_confined(caller) {
        true => Err(Problem::forbidden(refusal(caller, doing, rule(About::Cluster)))),
        false => Ok(()),
    }
}

/// Lets those in who may read this.
///
/// # Errors
///
/// 404 where nobody may; 403, or what keeps the caller from being known.
pub(super) fn admit(
    readers: Readers,
    caller: &Result<Caller, Problem>,
    what: &str,
    app: &App,
) -> Result<(), Problem> {
    match readers {
        Readers::All => Ok(()),
        Readers::None => Err(Problem::no_such_path()),
        Readers::Token => {
            permit_everything(caller.as_ref().map_err(Problem::clone)?, &format!("read the {what}"), app)
        }
    }
}

/// The TO of the rule that it takes.
fn rule(about: About<'_>) -> &str {
    match about {
        About::Namespace(name) => name,
        About::Cluster => "*",
    }
}

fn refusal(caller: &Caller, doing: &str, to: &str) -> String {
    let from = caller.namespace().unwrap_or("*");
    format!("{caller} may not {doing}; the server's --allow {from}={to} would let it")
}
