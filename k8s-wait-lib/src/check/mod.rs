//! What can be waited for: [`Check`], one for each kind, held by a [`CheckRegistry`](crate::CheckRegistry).

mod any;
mod cause;
mod due;
mod explain;
mod expression;
mod goal;
mod grace;
mod kind_name;
mod lenient;
mod network;
mod object;
mod request;
mod service;
mod stable;
mod subject;

pub use any::AnyCheck;
pub(crate) use kind_name::KindName;
pub(crate) use lenient::Lenient;
pub use network::{DnsCheck, HttpCheck, Reach, TcpCheck};
pub use object::{Judge, ObjectCheck};
pub use service::ServiceCheck;
pub(crate) use stable::Stable;

use crate::watch::{Signal, Watches};
use crate::{CheckError, Obstacle, TargetError, Verdict};
use async_trait::async_trait;
use k8s_wait_target::Target;
use std::any::Any;
use std::time::Duration;

/// One kind of thing that can be waited for.
///
/// To add a kind, give an [`ObjectCheck`] a judge over its resource type, or write a whole `Check`.
pub trait Check: Send + Sync + 'static {
    /// Its name, its states, its options.
    fn kind(&self) -> &Kind;

    /// Turns a target of this kind, which always has a namespace unless it is a network target, into a request that
    /// can be evaluated many times. Options are looked at here and never again.
    ///
    /// # Errors
    ///
    /// When the target asks for what this kind has not. Nothing has been watched by then.
    fn parse(&self, target: &Target) -> Result<Box<dyn Request>, TargetError>;

    /// Opens the watches that its requests will use and keeps them open for as long as the answer lives.
    fn preload(&self, _: &Watches) -> Vec<Box<dyn Any + Send + Sync>> {
        Vec::new()
    }
}

/// A target as its check understands it, for one wait.
#[async_trait]
pub trait Request: Send + Sync {
    /// Judges the target as it is now.
    ///
    /// Must take its signals before it reads what they are about, so that no change is lost in between, and must not
    /// wait for a change itself.
    async fn evaluate(&mut self, watches: &Watches) -> Evaluation;
}

/// What came of judging a target once.
#[derive(Debug)]
#[non_exhaustive]
pub struct Evaluation {
    /// The verdict, or what keeps us from one.
    pub verdict: Result<Verdict, CheckError>,
    /// When to judge it again.
    pub recheck: Recheck,
    /// The pods that keep it from being ready, where they are known.
    pub obstacles: Vec<Obstacle>,
}

impl Evaluation {
    /// With nothing known to be in its way.
    pub fn new(verdict: Result<Verdict, CheckError>, recheck: Recheck) -> Self {
        Self { verdict, recheck, obstacles: Vec::new() }
    }
}

/// What can change a verdict. With neither, nothing ever will.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Recheck {
    /// Changes of cached objects.
    pub signals: Vec<Signal>,
    /// Time, for what has to be probed. A wait probes it once more before it calls several targets ready together.
    pub after: Option<Duration>,
}

impl Recheck {
    /// When any of the signals says so.
    pub fn on_change(signals: impl IntoIterator<Item = Signal>) -> Self {
        Self { signals: signals.into_iter().collect(), after: None }
    }

    /// After a while.
    pub fn after(pause: Duration) -> Self {
        Self { signals: Vec::new(), after: Some(pause) }
    }
}

/// What a check is called and what it understands: the source of `/v1/kinds`, of usage texts and of the docs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kind {
    /// Its singular name.
    pub name: String,
    /// Its other names: plural, short ones.
    pub aliases: Vec<String>,
    /// Its states; the first is the default.
    pub states: Vec<String>,
    /// The options it understands.
    pub options: Vec<String>,
    /// The resources it lists and watches, as `endpointslices.discovery.k8s.io`.
    pub reads: Vec<String>,
}

impl Kind {
    /// A kind without states and options, which reads nothing.
    pub fn new<'a>(name: &str, aliases: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            name: name.to_owned(),
            aliases: words(aliases),
            states: Vec::new(),
            options: Vec::new(),
            reads: Vec::new(),
        }
    }

    /// A kind of Kubernetes objects, with the options that all of them have and no state yet.
    pub fn object<'a>(name: &str, aliases: impl IntoIterator<Item = &'a str>) -> Self {
        let options = ["namespace", "selector", "for", "min", "missing", "on-failure", "stable", "timeout"];
        Self::new(name, aliases).with_options(options)
    }

    /// Are its objects in namespaces? Network targets are in none. Of kinds that [nobody registered](AnyCheck) only the
    /// cluster knows it; theirs are taken for objects that are.
    pub fn is_namespaced(&self) -> bool {
        self.options.iter().any(|option| option == "namespace")
    }

    /// With these states too; the first one of all is the default.
    #[must_use]
    pub fn with_states<'a>(mut self, states: impl IntoIterator<Item = &'a str>) -> Self {
        self.states.extend(words(states));
        self
    }

    /// With these options too.
    #[must_use]
    pub fn with_options<'a>(mut self, options: impl IntoIterator<Item = &'a str>) -> Self {
        self.options.extend(words(options));
        self
    }

    /// Pods stand behind it: they are read, and can be what it fails on.
    pub(crate) fn take_fail_on(&mut self) {
        self.options.extend(words(["fail-on", "grace"]));
        if !self.reads.iter().any(|resource| resource == "pods") {
            self.reads.push("pods".to_owned());
        }
    }

    /// The state that a target of this kind asks for, by its registered spelling.
    ///
    /// # Errors
    ///
    /// [`TargetError::UnknownState`].
    pub fn state(&self, target: &Target) -> Result<&str, TargetError> {
        let asked = target.options().state.as_deref();
        let found = match asked {
            None => self.states.first(),
            Some(asked) => self.states.iter().find(|state| *state == asked),
        };
        found.map(String::as_str).ok_or_else(|| TargetError::UnknownState {
            target: target.to_string(),
            kind: self.name.clone(),
            state: asked.unwrap_or_default().to_owned(),
            known: self.states.join(", "),
        })
    }
}

fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}
