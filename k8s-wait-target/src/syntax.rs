//! How targets are written: [`target`] reads one.

use crate::address;
use crate::error::Fault;
use crate::name;
use crate::options::{Draft, Place};
use crate::query::Query;
use crate::target::{MAX_TARGET_LENGTH, Subject, Target};

/// A target, or the first mistake in it.
pub(crate) fn target(text: &str) -> Result<Target, Fault> {
    if text.len() > MAX_TARGET_LENGTH {
        return Err(too_long(MAX_TARGET_LENGTH, text.len(), ""));
    }
    let target = match address::split_scheme(text) {
        Some((scheme, rest)) => in_network(scheme, rest)?,
        None => in_cluster(text)?,
    };
    // What is read here must be readable by the next who gets it, and that one gets the canonical form.
    match target.to_string().len() {
        length if length > MAX_TARGET_LENGTH => Err(too_long(text.len(), length, " once it is escaped")),
        _ => Ok(target),
    }
}

fn too_long(at: usize, length: usize, when: &str) -> Fault {
    Fault::new(at, ["a target of ", &length.to_string(), " bytes", when].concat(), "at most 4096")
}

/// An address and options.
fn in_network(scheme: &str, rest: &str) -> Result<Target, Fault> {
    let (address, draft) = address::read(scheme, rest)?;
    Ok(assembled(Subject::Address(address), draft))
}

/// `KIND/[NAMESPACE/]NAME` or `KIND`, and options.
fn in_cluster(text: &str) -> Result<Target, Fault> {
    let (path, query) = address::split_query(text);
    let options_at = path.len() + 1;
    match path.split_once('/') {
        Some((kind, rest)) => {
            let (subject, namespace) = object(kind, rest)?;
            let draft = Query::new(Place::Object, namespace).read(options_at, query)?;
            Ok(assembled(subject, draft))
        }
        None => set(path, query, options_at),
    }
}

/// What stands before and after the kind's `/`.
fn object(kind: &str, rest: &str) -> Result<(Subject, Option<String>), Fault> {
    match rest.split_once('/') {
        Some((namespace, name)) => checked_object(kind, Some(namespace), name),
        None => checked_object(kind, None, rest),
    }
}

/// An object from the three parts of its path, which stand one after the other between slashes.
pub(crate) fn checked_object(
    kind: &str,
    namespace: Option<&str>,
    name: &str,
) -> Result<(Subject, Option<String>), Fault> {
    let namespace_at = kind.len() + 1;
    let name_at = namespace_at + namespace.map_or(0, |namespace| namespace.len() + 1);
    let kind = name::kind(kind)?;
    let namespace = namespace.map(|namespace| name::namespace(namespace_at, namespace)).transpose()?;
    let name = name::name(name_at, name)?;
    Ok((Subject::Object { kind, name }, namespace))
}

fn set(kind: &str, query: Option<&str>, options_at: usize) -> Result<Target, Fault> {
    let kind_length = kind.len();
    let kind = name::kind(kind)?;
    let mut draft = Query::new(Place::Set, None).read(options_at, query)?;
    let missing = || {
        let expected =
            ["a name as in ", &kind, "/NAME, or a set as in ", &kind, "?selector=SELECTOR"].concat();
        Fault::new(kind_length, "neither a name nor a selector", expected)
    };
    let selector = draft.selector.take().ok_or_else(missing)?;
    Ok(assembled(Subject::Set { kind, selector }, draft))
}

fn assembled(subject: Subject, draft: Draft) -> Target {
    Target::assembled(subject, draft.namespace, draft.options)
}
