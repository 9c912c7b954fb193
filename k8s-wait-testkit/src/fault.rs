//! Bad days on request: [`Fault`] says what goes wrong and for whom, [`FaultGuard`] for how long.

use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::status::Status;

/// Something that goes wrong, for every request unless narrowed with [`on`](Fault::on),
/// [`in_namespace`](Fault::in_namespace), [`verb`](Fault::verb) and [`times`](Fault::times).
///
/// Faults are tried in the order of their injection; the first that fits a request is used.
///
/// ```
/// use k8s_wait_testkit::Fault;
/// let refusal = Fault::status(403).on("pods").in_namespace("shop").verb("list");
/// let busy = Fault::status(429).retry_after(1).times(3);
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    pub(crate) kind: Kind,
    resource: Option<String>,
    namespace: Option<String>,
    verb: Option<String>,
    times: Option<usize>,
    pub(crate) retry_after: Option<u64>,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Status(u16),
    Delay(Duration),
    Hang,
    HalfEvent,
    WatchError(u16),
    TruncatedList,
}

impl Fault {
    fn new(kind: Kind) -> Self {
        Fault { kind, resource: None, namespace: None, verb: None, times: None, retry_after: None }
    }

    /// The request is answered with this HTTP status and the body a real API server sends with it.
    pub fn status(code: u16) -> Self {
        Fault::new(Kind::Status(code))
    }

    /// The answer is held back for so long, and is then what it would have been.
    pub fn delay(duration: Duration) -> Self {
        Fault::new(Kind::Delay(duration))
    }

    /// The connection stays open and nothing is ever answered.
    pub fn hang() -> Self {
        Fault::new(Kind::Hang)
    }

    /// A watch, open or new, sends half of its next event and is cut.
    pub fn half_event() -> Self {
        Fault::new(Kind::HalfEvent)
    }

    /// A watch, open or new, gets an ERROR event with this code inside its stream and ends.
    pub fn watch_error(code: u16) -> Self {
        Fault::new(Kind::WatchError(code))
    }

    /// The body of a list breaks off in the middle, and the connection is cut.
    pub fn truncated_list() -> Self {
        Fault::new(Kind::TruncatedList)
    }

    /// Only requests for this resource: the plural (`pods`), with a subresource as in RBAC (`pods/status`).
    #[must_use]
    pub fn on(mut self, resource: &str) -> Self {
        self.resource = Some(resource.to_owned());
        self
    }

    /// Only requests inside of this namespace; requests for the whole cluster are not affected.
    #[must_use]
    pub fn in_namespace(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }

    /// Only requests with this verb, as in RBAC: `list`, `watch`, `get`, ...
    #[must_use]
    pub fn verb(mut self, verb: &str) -> Self {
        self.verb = Some(verb.to_owned());
        self
    }

    /// Happens so often and no more.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// The answer has a `Retry-After` header with so many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    fn fits(&self, asked: Asked<'_>) -> bool {
        let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        same(&self.resource, asked.resource)
            && same(&self.verb, asked.verb)
            && (self.namespace.is_none() || self.namespace.as_deref() == asked.namespace)
            && (!self.is_about_watches() || asked.verb == "watch")
            && (self.kind != Kind::TruncatedList || asked.verb == "list")
    }

    fn is_about_watches(&self) -> bool {
        matches!(self.kind, Kind::HalfEvent | Kind::WatchError(_))
    }

    /// The Status of this fault for that request, with the text of a real server where there is one.
    pub(crate) fn refusal(&self, code: u16, asked: Asked<'_>) -> Status {
        let status = refusal(code, asked);
        match self.retry_after {
            Some(seconds) => status.retry_in(Duration::from_secs(seconds)),
            None => status,
        }
    }
}

/// What a request asks for, as RBAC sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) verb: &'a str,
    pub(crate) group: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: &'a str,
}

/// Who the callers are, in the words of a 403.
const USER: &str = "system:serviceaccount:k8s-wait:k8s-wait-server";

fn refusal(code: u16, asked: Asked<'_>) -> Status {
    let plural = asked.resource;
    match code {
        401 => Status::unauthorized(),
        403 => forbidden(asked),
        404 => Status::no_such_resource(),
        410 => Status::expired("The resourceVersion for the provided watch is too old."),
        429 => Status::new(429, "TooManyRequests", "too many requests, please try again later").details(
            asked.group,
            plural,
            asked.name,
        ),
        500 => Status::new(500, "InternalError", "Internal error occurred: etcdserver: request timed out"),
        503 => Status::new(503, "ServiceUnavailable", "apiserver is shutting down"),
        504 => Status::new(504, "Timeout", "Timeout: request did not complete within the allotted timeout"),
        other => Status::new(other, "", format!("the server answers {other} because a test asked for it")),
    }
}

fn forbidden(asked: Asked<'_>) -> Status {
    let Asked { verb, group, resource, namespace, name } = asked;
    let scope = match namespace {
        Some(namespace) => format!("in the namespace {namespace:?}"),
        None => "at the cluster scope".to_owned(),
    };
    let object = if name.is_empty() { String::new() } else { format!(" {name:?}") };
    let plural = resource.split('/').next().unwrap_or_default();
    let what = crate::status::qualified(plural, group);
    let message = format!(
        "{what}{object} is forbidden: User {USER:?} cannot {verb} resource {resource:?} in API group {group:?} {scope}"
    );
    Status::new(403, "Forbidden", message).details(group, plural, name)
}

/// The faults in force.
pub(crate) struct Faults {
    injected: Mutex<Injected>,
    /// Bumped by each injection, so that open watches look again.
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct Injected {
    faults: Vec<(u64, Fault)>,
    last: u64,
}

impl Faults {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Faults { injected: Mutex::default(), changed: watch::Sender::new(0) })
    }

    pub(crate) fn inject(self: &Arc<Self>, fault: Fault) -> FaultGuard {
        let mut injected = self.injected.lock();
        injected.last += 1;
        let id = injected.last;
        injected.faults.push((id, fault));
        drop(injected);
        self.changed.send_replace(id);
        FaultGuard { faults: Arc::downgrade(self), id }
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The fault for a request that has just come, if any. Half events wait for an event.
    pub(crate) fn on_request(&self, asked: Asked<'_>) -> Option<Fault> {
        self.take(asked, |kind| !matches!(kind, Kind::HalfEvent | Kind::WatchError(_)))
    }

    /// The error that a watch gets now, if any.
    pub(crate) fn on_watch(&self, asked: Asked<'_>) -> Option<Status> {
        let fault = self.take(asked, |kind| matches!(kind, Kind::WatchError(_)))?;
        match fault.kind {
            Kind::WatchError(code) => Some(fault.refusal(code, asked)),
            _ => None,
        }
    }

    /// Is the event that this watch is about to send cut in half?
    pub(crate) fn is_event_halved(&self, asked: Asked<'_>) -> bool {
        self.take(asked, |kind| *kind == Kind::HalfEvent).is_some()
    }

    fn take(&self, asked: Asked<'_>, wanted: impl Fn(&Kind) -> bool) -> Option<Fault> {
        let mut injected = self.injected.lock();
        let fits = |(_, fault): &&mut (u64, Fault)| {
            wanted(&fault.kind) && fault.times != Some(0) && fault.fits(asked)
        };
        let (_, fault) = injected.faults.iter_mut().find(fits)?;
        fault.times = fault.times.map(|left| left - 1);
        Some(fault.clone())
    }

    fn remove(&self, id: u64) {
        self.injected.lock().faults.retain(|(other, _)| *other != id);
    }
}

/// Keeps a fault in force until it is dropped.
#[derive(Debug)]
#[must_use = "the fault ends when its guard is dropped"]
pub struct FaultGuard {
    faults: Weak<Faults>,
    id: u64,
}

impl FaultGuard {
    /// Ends the fault now.
    pub fn clear(self) {}

    /// The fault stays for as long as the API runs.
    pub fn forget(mut self) {
        self.faults = Weak::new();
    }
}

impl Drop for FaultGuard {
    fn drop(&mut self) {
        if let Some(faults) = self.faults.upgrade() {
            faults.remove(self.id);
        }
    }
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Faults").finish_non_exhaustive()
    }
}
