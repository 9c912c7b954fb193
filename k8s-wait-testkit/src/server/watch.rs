//! Watches: [`watch`] answers with one JSON line for each event, until its time is over.

use std::collections::VecDeque;
use std::future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use serde_json::json;
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep_until};

use super::handler::Call;
use super::list::selection;
use super::query::{Query, invalid_option};
use super::reply::{self, Cut, Reply};
use super::route::Target;
use super::shape::Shape;
use crate::cluster::Cluster;
use crate::json;
use crate::selector::Selection;
use crate::status::Status;
use crate::store::event_line;
use crate::watches::{Order, Registered};

/// How long a watch lasts for which no time was asked: the API server's default minimum.
const LASTS: Duration = Duration::from_secs(1800);
/// The longest time that is taken at its word.
const LONGEST: Duration = Duration::from_secs(86_400);
/// Bookmarks come once a minute and shortly before the end, as a kube-apiserver sends them.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
const BOOKMARK_BEFORE_END: Duration = Duration::from_secs(2);
/// How many changes are taken from the history at once.
const BATCH: usize = 256;

/// Answers a watch.
pub(super) fn watch(cluster: &Arc<Cluster>, target: &Target, call: &Call) -> Result<Reply, Status> {
    let query = &call.query;
    query.check_list_options(true)?;
    if query.is_set("sendInitialEvents") && !cluster.streams_lists() {
        let problem = "Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled";
        return Err(invalid_option("sendInitialEvents", problem));
    }
    let mut watch = Watch::new(cluster, target, call)?;
    watch.begin(query)?;
    let lines = stream::unfold(watch, |mut watch| async { watch.next().await.map(|line| (line, watch)) });
    Ok(reply::streamed("application/json", lines))
}

/// How a watch ends.
#[derive(Clone, Copy)]
enum End {
    Clean,
    Cut,
}

struct Line {
    text: Bytes,
    is_event: bool,
}

struct Watch {
    cluster: Arc<Cluster>,
    target: Target,
    selection: Selection,
    shape: Shape,
    /// The client knows everything up to this resourceVersion, once the lines before are sent.
    version: u64,
    lines: VecDeque<Line>,
    end: Option<End>,
    registered: Registered,
    wakes: Receiver<u64>,
    faults: Receiver<u64>,
    /// `None`: the client wants none.
    next_bookmark: Option<Instant>,
    ends_at: Instant,
}

impl Watch {
    fn new(cluster: &Arc<Cluster>, target: &Target, call: &Call) -> Result<Self, Status> {
        let ends_at = Instant::now() + lasts(&call.query)?;
        let wants_bookmarks = call.query.is_true("allowWatchBookmarks");
        Ok(Watch {
            cluster: Arc::clone(cluster),
            target: target.clone(),
            selection: selection(target, &call.query)?,
            shape: Shape::wanted(&call.accept),
            version: 0,
            lines: VecDeque::new(),
            end: None,
            registered: cluster.watches.register(&target.resource.plural),
            wakes: cluster.store.wakes(&target.resource)?,
            faults: cluster.faults.changes(),
            next_bookmark: wants_bookmarks.then(|| next_bookmark(ends_at)),
            ends_at,
        })
    }

    /// Finds the place in history from which the client wants to go on.
    ///
    /// A resourceVersion that is too old, or with `sendInitialEvents` not there yet, is answered inside of the
    /// stream. A plain watch from the future just waits for it, as a real server does.
    fn begin(&mut self, query: &Query) -> Result<(), Status> {
        let version = query.resource_version()?.unwrap_or(0);
        let current = self.cluster.store.version();
        let streams = query.is_true("sendInitialEvents");
        if streams && version > current {
            self.fail(&Status::too_large(version, current));
        } else if streams || (version == 0 && !query.is_set("sendInitialEvents")) {
            self.list()?;
            self.note_list(streams);
        } else {
            self.version = if version == 0 { current } else { version };
            self.check_start();
        }
        Ok(())
    }

    fn check_start(&mut self) {
        if let Err(status) = self.cluster.store.check_known(&self.target.resource, self.version) {
            self.fail(&status);
        }
    }

    fn note_list(&self, streams: bool) {
        if streams {
            self.cluster.record.also_listed(&self.target.resource.plural);
        }
    }

    /// Everything there is, and a bookmark behind it.
    fn list(&mut self) -> Result<(), Status> {
        let listed =
            self.cluster.store.list(&self.target.resource, self.target.namespace.as_deref(), None)?;
        for object in listed.objects.iter().filter(|object| self.selection.matches(object)) {
            let text = match self.shape {
                Shape::Whole => event_line("ADDED", &object.json()),
                shape => shape.event(&self.target.resource, "ADDED", &object.value),
            };
            self.lines.push_back(Line { text, is_event: true });
        }
        self.version = listed.version;
        if self.next_bookmark.is_some() && self.cluster.streams_lists() {
            self.bookmark(true);
        }
        Ok(())
    }

    /// The next piece of the body.
    async fn next(&mut self) -> Option<Result<Bytes, Cut>> {
        loop {
            self.obey().await;
            if let Some(end) = self.end.filter(|_| self.lines.is_empty()) {
                return self.ended(end).await;
            }
            if let Some(line) = self.lines.pop_front() {
                return Some(Ok(self.sent(line)));
            }
            self.take_changes();
            if self.lines.is_empty() {
                self.wait().await;
            }
        }
    }

    /// Does what `Api::drop_watches` and the like, or a fault, tell this watch to do.
    async fn obey(&mut self) {
        let order = *self.registered.orders.borrow_and_update();
        match order {
            Order::Run => {}
            Order::Stall => future::pending().await,
            Order::Cut => self.stop(End::Cut),
            Order::End => self.stop(End::Clean),
        }
        if self.end.is_none() {
            let path = self.target.path();
            let fault = self.cluster.faults.on_watch(self.target.asked("watch", &path));
            fault.into_iter().for_each(|status| self.fail(&status));
        }
    }

    fn stop(&mut self, end: End) {
        self.lines.clear();
        self.end = Some(end);
    }

    /// The only line left is an ERROR event.
    fn fail(&mut self, status: &Status) {
        let text = event_line("ERROR", status.to_value().to_string().as_bytes());
        self.stop(End::Clean);
        self.lines.push_back(Line { text, is_event: false });
    }

    async fn ended(&mut self, end: End) -> Option<Result<Bytes, Cut>> {
        match end {
            End::Clean => None,
            End::Cut => {
                // What was sent before has to reach the socket.
                tokio::task::yield_now().await;
                self.end = Some(End::Clean);
                Some(Err(Cut))
            }
        }
    }

    fn sent(&mut self, line: Line) -> Bytes {
        let path = self.target.path();
        let asked = self.target.asked("watch", &path);
        if line.is_event && self.cluster.faults.is_event_halved(asked) {
            self.stop(End::Cut);
            return line.text.slice(..line.text.len() / 2);
        }
        line.text
    }

    fn take_changes(&mut self) {
        self.wakes.borrow_and_update();
        let current = self.cluster.store.version();
        let changes = match self.cluster.store.changes_after(&self.target.resource, self.version, BATCH) {
            Ok(changes) => changes,
            Err(status) => return self.fail(&status),
        };
        for change in &changes {
            self.version = change.version;
            let matches =
                |object: &crate::store::Stored| self.target.holds(object) && self.selection.matches(object);
            if let Some(text) = self.shape.line(&self.target.resource, change, matches) {
                self.lines.push_back(Line { text, is_event: true });
            }
        }
        if changes.is_empty() {
            self.bookmark_if_due(current);
        }
    }

    fn bookmark_if_due(&mut self, current: u64) {
        let now = Instant::now();
        if self.next_bookmark.is_some_and(|due| due <= now) {
            self.version = self.version.max(current);
            self.bookmark(false);
            self.next_bookmark = Some(next_bookmark(self.ends_at).max(now + BOOKMARK_BEFORE_END));
        }
    }

    fn bookmark(&mut self, is_end_of_list: bool) {
        let resource = &self.target.resource;
        let mut object = json!({
            "kind": resource.kind, "apiVersion": resource.api_version(),
            "metadata": { "resourceVersion": self.version.to_string() },
        });
        if is_end_of_list {
            json::set(&mut object, "/metadata/annotations", json!({ "k8s.io/initial-events-end": "true" }));
        }
        let text = self.shape.event(resource, "BOOKMARK", &object);
        self.lines.push_back(Line { text, is_event: false });
    }

    /// Until there may be something to say.
    async fn wait(&mut self) {
        let bookmark = self.next_bookmark.unwrap_or(self.ends_at);
        tokio::select! {
            _ = self.wakes.changed() => {}
            _ = self.registered.orders.changed() => {}
            _ = self.faults.changed() => {}
            () = sleep_until(bookmark.min(self.ends_at)) => {
                if Instant::now() >= self.ends_at {
                    self.end = Some(End::Clean);
                }
            }
        }
    }
}

impl Target {
    /// Is the object inside of what the path names?
    fn holds(&self, object: &crate::store::Stored) -> bool {
        self.namespace.as_ref().is_none_or(|namespace| *namespace == object.key.namespace)
    }
}

fn lasts(query: &Query) -> Result<Duration, Status> {
    let seconds = query.number("timeoutSeconds")?;
    Ok(if seconds == 0 { LASTS } else { Duration::from_secs(seconds).min(LONGEST) })
}

fn next_bookmark(ends_at: Instant) -> Instant {
    let before_end = ends_at.checked_sub(BOOKMARK_BEFORE_END).unwrap_or(ends_at);
    (Instant::now() + BOOKMARK_EVERY).min(before_end)
}
