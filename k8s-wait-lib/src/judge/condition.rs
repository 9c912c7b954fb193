//! Conditions of any object: [`is`], [`ready`].

use super::{absent, brief, stale, terminating};
use crate::Verdict;
use crate::object::{Conditioned, Fact};

/// Condition `type_` has `status`, as `kubectl wait --for=condition=` has it: letter case does not matter, and a
/// condition (or, where it does not tell, a status) that was made for an older generation says nothing.
pub fn is(object: Option<&Conditioned>, type_: &str, status: &str) -> Verdict {
    let Some(object) = object else { return absent() };
    match find(object, type_) {
        None => outdated(object, None)
            .unwrap_or_else(|| Verdict::pending("NoCondition", format!("it has no condition {type_} yet"))),
        Some(fact) => outdated(object, Some(fact)).unwrap_or_else(|| compared(fact, status)),
    }
}

/// Condition Ready is True, and the object is not being deleted; of an object without one, condition Available is.
pub fn ready(object: Option<&Conditioned>) -> Verdict {
    let Some(found) = object else { return absent() };
    if found.meta.is_terminating {
        return terminating();
    }
    match ["Ready", "Available"].into_iter().find(|type_| find(found, type_).is_some()) {
        Some(type_) => is(object, type_, "True"),
        None => outdated(found, None).unwrap_or_else(|| {
            let message = "it has neither condition Ready nor Available; where there is never one, ask with \
                           for=condition=, for=jsonpath=, for=cel= or for=exists";
            Verdict::pending("NoCondition", message)
        }),
    }
}

fn find<'a>(object: &'a Conditioned, type_: &str) -> Option<&'a Fact> {
    object.conditions.iter().find(|fact| fact.type_.eq_ignore_ascii_case(type_))
}

fn outdated(object: &Conditioned, fact: Option<&Fact>) -> Option<Verdict> {
    let observed = fact.and_then(|fact| fact.observed_generation).or(object.observed_generation);
    stale(object.meta.generation, observed)
}

fn compared(fact: &Fact, status: &str) -> Verdict {
    Verdict::ready_if(fact.status.eq_ignore_ascii_case(status), "ConditionNotMet", || {
        let Fact { type_, status: is, reason, message, .. } = fact;
        let mut text = format!("condition {type_} is {is}, not {status}");
        if !reason.is_empty() {
            text.push_str(&format!(" ({reason})"));
        }
        if !message.is_empty() {
            text.push_str(&format!(": {}", brief(message)));
        }
        text
    })
}
