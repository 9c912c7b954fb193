//! [`Target`]: what to wait for.

use crate::address::Address;
use crate::duration::whole_millis;
use crate::error::ParseError;
use crate::escape::encode;
use crate::options::Options;
use crate::selector::Selector;
use crate::syntax;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The longest target that is read, in bytes, as it comes and in its canonical form.
pub const MAX_TARGET_LENGTH: usize = 4096;

/// The most targets of one wait, more than any pod has: the client takes no more, and neither does a server unless it is told to.
pub const MAX_TARGETS: usize = 100;

/// One thing to wait for: an object, a set of objects, or an address, with options.
///
/// ```text
/// KIND/[NAMESPACE/]NAME[?OPTION[&OPTION]...]     one object
/// KIND?selector=SELECTOR[&OPTION]...             a set of objects
/// tcp://HOST:PORT   http://HOST[:PORT]/PATH   https://...   dns://NAME     an address, options as above
/// ```
///
/// The first `=` ends an option's name, `&` ends its value, and values are percent-decoded, so that selectors
/// and states such as `condition=Ready` need no escaping; a `%` itself is written `%25`, but for one that
/// ends a value (`min=50%`). `namespace=NS` says the same as the path. In a URL, parameters that are no
/// option of http targets are the URL's own.
///
/// [`Display`](fmt::Display) writes the canonical form, which reads as the same target: kinds and hosts in
/// lower case, the namespace in the path of an object and first among the options of a set, options in a
/// fixed order, values escaped no more than needed.
///
/// ```
/// use k8s_wait_target::{ParseError, Target};
///
/// let target: Target = "Job/migrate?timeout=90s&namespace=shop&for=finished".parse()?;
/// assert_eq!(target.kind(), "job");
/// assert_eq!(target.namespace(), Some("shop"));
/// assert_eq!(target.to_string(), "job/shop/migrate?for=finished&timeout=1m30s");
///
/// let target: Target = "pod?selector=app=web,tier!=test&min=50%".parse()?;
/// assert_eq!(target.in_namespace("shop").to_string(), "pod?namespace=shop&selector=app=web,tier!=test&min=50%");
///
/// let target: Target = "http://api:8080/health?deep=1&timeout=1m".parse()?;
/// assert_eq!(target.options().names(), ["timeout"]);
/// # Ok::<(), ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    subject: Subject,
    /// Never `Some` for an address.
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
    /// An object without options, from parts that somebody else has split already.
    ///
    /// # Errors
    ///
    /// [`ParseError`], with its position in `KIND/[NAMESPACE/]NAME`, for a part that could not stand in a
    /// target.
    ///
    /// ```
    /// use k8s_wait_target::Target;
    ///
    /// let target = Target::object("job", Some("shop"), "migrate")?;
    /// assert_eq!(target.to_string(), "job/shop/migrate");
    /// assert_eq!(Target::object("job", Some("shop"), "migrate?for=failed").unwrap_err().position(), 10);
    /// # Ok::<(), k8s_wait_target::ParseError>(())
    /// ```
    pub fn object(kind: &str, namespace: Option<&str>, name: &str) -> Result<Target, ParseError> {
        let object = syntax::checked_object(kind, namespace, name);
        let (subject, namespace) = object.map_err(|fault| {
            let parts = [Some(kind), namespace, Some(name)];
            ParseError::new(&parts.into_iter().flatten().collect::<Vec<_>>().join("/"), fault)
        })?;
        Ok(Target::assembled(subject, namespace, Options::default()))
    }

    /// A target of parts that have been checked.
    pub(crate) fn assembled(subject: Subject, namespace: Option<String>, options: Options) -> Target {
        Target { subject, namespace, options }
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

    /// The kind as written, in lower case (`pod`, `deploy`, `certificate.cert-manager.io`), or the scheme
    /// (`tcp`).
    pub fn kind(&self) -> &str {
        match &self.subject {
            Subject::Object { kind, .. } | Subject::Set { kind, .. } => kind,
            Subject::Address(address) => address.scheme(),
        }
    }

    /// Whether the target is probed over the network, not read from the Kubernetes API.
    pub fn is_network(&self) -> bool {
        matches!(self.subject, Subject::Address(_))
    }

    /// The target in the namespace `default`, unless it names one itself; network targets have none and stay
    /// as they are.
    ///
    /// `default` is not checked here: it comes from a flag or a field of its own, where
    /// [`is_dns_label`](crate::is_dns_label) can refuse it by that name.
    pub fn in_namespace(mut self, default: &str) -> Target {
        if !self.is_network() {
            self.namespace.get_or_insert_with(|| default.to_owned());
        }
        self
    }

    /// The same target with another deadline of its own, in whole milliseconds (rounded up), or without one.
    pub fn with_timeout(mut self, t: Option<Duration>) -> Target {
        self.options.timeout = t.map(writable);
        self
    }

    /// The same target with another time for which it must have been ready, in whole milliseconds (rounded
    /// up), or without one.
    pub fn with_stable(mut self, t: Option<Duration>) -> Target {
        self.options.stable = t.map(writable);
        self
    }
}

/// `duration` as it will be read again.
fn writable(duration: Duration) -> Duration {
    Duration::from_millis(whole_millis(duration))
}

impl FromStr for Target {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Target, ParseError> {
        syntax::target(text).map_err(|fault| ParseError::new(text, fault))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut mark = '?';
        match &self.subject {
            Subject::Object { kind, name } => {
                write_path(f, [Some(kind), self.namespace.as_ref(), Some(name)])?
            }
            Subject::Set { kind, selector } => {
                f.write_str(kind)?;
                if let Some(namespace) = &self.namespace {
                    write_option(f, &mut mark, "namespace", namespace)?;
                }
                write_option(f, &mut mark, "selector", &selector.to_string())?;
            }
            Subject::Address(address) => {
                address.fmt(f)?;
                mark = if address.has_query() { '&' } else { '?' };
            }
        }
        self.options.given().iter().try_for_each(|(name, value)| write_option(f, &mut mark, name, value))
    }
}

fn write_path(f: &mut fmt::Formatter<'_>, parts: [Option<&String>; 3]) -> fmt::Result {
    for (index, part) in parts.into_iter().flatten().enumerate() {
        f.write_str(if index == 0 { "" } else { "/" })?;
        f.write_str(part)?;
    }
    Ok(())
}

/// Writes one option after `mark`, which is `&` from then on.
fn write_option(f: &mut fmt::Formatter<'_>, mark: &mut char, name: &str, value: &str) -> fmt::Result {
    let mark = std::mem::replace(mark, '&');
    write!(f, "{mark}{name}={}", encode(value))
}
