//! [`Target`]: what to wait for.

use crate::address::Address;
use crate::error::{Fault, ParseError};
use crate::options::Options;
use crate::selector::Selector;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The longest target that is read, in bytes.
pub const MAX_TARGET_LENGTH: usize = 4096;

/// One thing to wait for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    subject: Subject,
    namespace: Option<String>,
    options: Options,
}

/// What a target is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// `KIND/NAME`: one object.
    Object {
        /// The kind as written, in lower case.
        kind: String,
        /// A DNS-1123 subdomain.
        name: String,
    },
    /// `KIND?selector=SELECTOR`: every object that the selector selects.
    Set {
        /// The kind as written, in lower case.
        kind: String,
        /// Which objects belong to the set.
        selector: Selector,
    },
    /// `tcp://HOST:PORT` and its like.
    Address(Address),
}

impl Target {
    /// An object, from parts that somebody else has split already.
    pub fn object(kind: &str, namespace: Option<&str>, name: &str) -> Result<Target, ParseError> {
        let subject = Subject::Object { kind: kind.to_owned(), name: name.to_owned() };
        Ok(Target { subject, namespace: namespace.map(str::to_owned), options: Options::default() })
    }

    /// What the target is about.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The namespace that the target names; `None` when it names none, and for network targets.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The options that are given.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The kind as written, in lower case (`pod`, `deploy`, `certificate.cert-manager.io`), or the scheme (`tcp`).
    pub fn kind(&self) -> &str {
        match &self.subject {
            Subject::Object { kind, .. } | Subject::Set { kind, .. } => kind,
            Subject::Address(Address::Tcp { .. }) => "tcp",
            Subject::Address(Address::Http { tls: false, .. }) => "http",
            Subject::Address(Address::Http { tls: true, .. }) => "https",
            Subject::Address(Address::Dns { .. }) => "dns",
        }
    }

    /// Whether the target is probed over the network, not read from the Kubernetes API.
    pub fn is_network(&self) -> bool {
        matches!(self.subject, Subject::Address(_))
    }

    /// The target in the namespace `default`, unless it names one itself; network targets have none and stay as they are.
    pub fn in_namespace(mut self, default: &str) -> Target {
        if !self.is_network() {
            self.namespace.get_or_insert_with(|| default.to_owned());
        }
        self
    }

    /// The same target with another deadline of its own, or without one.
    pub fn with_timeout(mut self, t: Option<Duration>) -> Target {
        self.options.timeout = t;
        self
    }

    /// The same target with another time for which it must have been ready, or without one.
    pub fn with_stable(mut self, t: Option<Duration>) -> Target {
        self.options.stable = t;
        self
    }
}

impl FromStr for Target {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Target, ParseError> {
        Err(ParseError::new(text, Fault::new(0, "a skeleton", "a parser")))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}
