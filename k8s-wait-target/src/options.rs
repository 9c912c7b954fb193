//! [`Options`]: what stands after the `?` of a target, and the one table of all options there are.
//!
//! A new option is one row of [`TABLE`] and one field of [`Options`].

use crate::choice::{FailOn, Missing, OnFailure};
use crate::duration::{self, DurationText};
use crate::error::Fault;
use crate::name;
use crate::quantity::{Min, Port};
use crate::selector::Selector;
use crate::statuses::Statuses;
use std::time::Duration;

/// The options of a target that are given, all but `namespace` and `selector`, which are part of what the
/// target is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Options {
    /// `for=`: the state to wait for, as written after the first `=`, percent-decoded; which states there are
    /// depends on the kind, so this crate does not judge it.
    pub state: Option<String>,
    /// `min=`: how many must be in the state.
    pub min: Option<Min>,
    /// `port=`: count only endpoints that serve this port.
    pub port: Option<Port>,
    /// `missing=`: what an absent object means.
    pub missing: Option<Missing>,
    /// `on-failure=`: what an object that has failed means.
    pub on_failure: Option<OnFailure>,
    /// `fail-on=`: causes for which pods are given up.
    pub fail_on: Option<FailOn>,
    /// `grace=`: how long such a cause must have lasted; never without `fail-on`.
    pub grace: Option<Duration>,
    /// `timeout=`: a deadline of this target's own.
    pub timeout: Option<Duration>,
    /// `stable=`: how long the verdict must have been ready without a break.
    pub stable: Option<Duration>,
    /// `connect-timeout=`: how long one attempt of a network target may take.
    pub connect_timeout: Option<Duration>,
    /// `status=`: which statuses of an HTTP response are accepted.
    pub status: Option<Statuses>,
    /// `contains=`: a text that the body of an HTTP response must hold.
    pub contains: Option<String>,
    /// Options whose names begin with `x-`, in the order given: free for checks of third parties.
    pub extra: Vec<(String, String)>,
}

impl Options {
    /// The options that are given, by their spelling: `["for", "min"]`; neither `selector` nor `namespace`.
    ///
    /// A check that reads only some options compares this with what it reads, and refuses the rest.
    ///
    /// ```
    /// let target: k8s_wait_target::Target = "pod?selector=app=web&min=2&for=ready&x-team=a".parse()?;
    /// assert_eq!(target.options().names(), ["for", "min", "x-team"]);
    /// # Ok::<(), k8s_wait_target::ParseError>(())
    /// ```
    pub fn names(&self) -> Vec<&str> {
        self.given().into_iter().map(|(name, _)| name).collect()
    }

    /// The options that are given and their values, not yet percent-encoded, in the order in which they are
    /// written.
    pub(crate) fn given(&self) -> Vec<(&str, String)> {
        let known = TABLE.iter().filter_map(|row| Some((row.name, (row.text)(self)?)));
        let extra = self.extra.iter().map(|(name, value)| (name.as_str(), value.clone()));
        known.chain(extra).collect()
    }
}

/// What a target is about, as far as its options depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Object,
    Set,
    /// `tcp://` or `dns://`.
    Network,
    /// `http://` or `https://`.
    Url,
}

/// One option.
pub(crate) struct Row {
    /// As it is spelled in a target.
    pub(crate) name: &'static str,
    /// On what it can be given.
    pub(crate) on: &'static [Place],
    /// Reads a value that is not empty.
    pub(crate) read: fn(&mut Draft, &str) -> Result<(), Fault>,
    /// The value in its canonical form; `None` when it is not given, or is no field of [`Options`].
    text: fn(&Options) -> Option<String>,
}

/// What has been read of a target's namespace and options.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) namespace: Option<String>,
    pub(crate) selector: Option<Selector>,
    pub(crate) options: Options,
}

const ANYWHERE: &[Place] = &[Place::Object, Place::Set, Place::Network, Place::Url];
const IN_CLUSTER: &[Place] = &[Place::Object, Place::Set];

/// All options, in the order in which they are written and listed.
pub(crate) const TABLE: &[Row] = &[
    Row { name: "namespace", on: IN_CLUSTER, read: read_namespace, text: |_| None },
    Row {
        name: "selector",
        on: &[Place::Set],
        read: |draft, text| Selector::read(text).map(|value| draft.selector = Some(value)),
        text: |_| None,
    },
    Row {
        name: "for",
        on: ANYWHERE,
        read: |draft, text| {
            draft.options.state = Some(text.to_owned());
            Ok(())
        },
        text: |options| options.state.clone(),
    },
    Row {
        name: "min",
        on: IN_CLUSTER,
        read: |draft, text| Min::read(text).map(|value| draft.options.min = Some(value)),
        text: |options| options.min.map(|value| value.to_string()),
    },
    Row {
        name: "port",
        on: IN_CLUSTER,
        read: |draft, text| Port::read(text).map(|value| draft.options.port = Some(value)),
        text: |options| options.port.as_ref().map(Port::to_string),
    },
    Row {
        name: "missing",
        on: IN_CLUSTER,
        read: |draft, text| Missing::read(text).map(|value| draft.options.missing = Some(value)),
        text: |options| options.missing.map(|value| value.to_string()),
    },
    Row {
        name: "on-failure",
        on: IN_CLUSTER,
        read: |draft, text| OnFailure::read(text).map(|value| draft.options.on_failure = Some(value)),
        text: |options| options.on_failure.map(|value| value.to_string()),
    },
    Row {
        name: "fail-on",
        on: IN_CLUSTER,
        read: |draft, text| FailOn::read(text).map(|value| draft.options.fail_on = Some(value)),
        text: |options| options.fail_on.as_ref().map(FailOn::to_string),
    },
    Row {
        name: "grace",
        on: IN_CLUSTER,
        read: |draft, text| duration::read(text).map(|value| draft.options.grace = Some(value)),
        text: |options| duration_text(options.grace),
    },
    Row {
        name: "stable",
        on: ANYWHERE,
        read: |draft, text| duration::read(text).map(|value| draft.options.stable = Some(value)),
        text: |options| duration_text(options.stable),
    },
    Row {
        name: "timeout",
        on: ANYWHERE,
        read: |draft, text| duration::read(text).map(|value| draft.options.timeout = Some(value)),
        text: |options| duration_text(options.timeout),
    },
    Row {
        name: "connect-timeout",
        on: &[Place::Network, Place::Url],
        read: |draft, text| duration::read(text).map(|value| draft.options.connect_timeout = Some(value)),
        text: |options| duration_text(options.connect_timeout),
    },
    Row {
        name: "status",
        on: &[Place::Url],
        read: |draft, text| Statuses::read(text).map(|value| draft.options.status = Some(value)),
        text: |options| options.status.as_ref().map(Statuses::to_string),
    },
    Row {
        name: "contains",
        on: &[Place::Url],
        read: |draft, text| {
            draft.options.contains = Some(text.to_owned());
            Ok(())
        },
        text: |options| options.contains.clone(),
    },
];

/// The path may have named the namespace already; saying it twice is fine, saying two is not.
fn read_namespace(draft: &mut Draft, text: &str) -> Result<(), Fault> {
    let namespace = name::namespace(0, text)?;
    match &draft.namespace {
        Some(path) if *path != namespace => {
            let expected = ["the same as before the name, ", path].concat();
            Err(Fault::with(0, "namespace", text, expected))
        }
        _ => {
            draft.namespace = Some(namespace);
            Ok(())
        }
    }
}

fn duration_text(duration: Option<Duration>) -> Option<String> {
    duration.map(|duration| DurationText(duration).to_string())
}
