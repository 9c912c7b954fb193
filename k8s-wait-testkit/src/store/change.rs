//! What a watch tells: [`Change`], with its JSON lines made once and shared by all watchers.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::Value;

use super::object::Stored;

/// The type of a watch event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventType {
    Added,
    Modified,
    Deleted,
}

impl EventType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            EventType::Added => "ADDED",
            EventType::Modified => "MODIFIED",
            EventType::Deleted => "DELETED",
        }
    }
}

/// One write, as the watch history keeps it.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) version: u64,
    /// After the write; for a deletion the last state with the resourceVersion of the deletion.
    pub(crate) object: Arc<Stored>,
    /// Before the write; `None` for a creation.
    pub(crate) previous: Option<Arc<Stored>>,
    pub(crate) is_deletion: bool,
    lines: [OnceLock<Bytes>; 4],
}

/// What a change is to one watcher.
pub(crate) struct Seen<'a> {
    pub(crate) event: EventType,
    change: &'a Change,
    is_lost: bool,
}

impl Change {
    pub(crate) fn new(object: Arc<Stored>, previous: Option<Arc<Stored>>, is_deletion: bool) -> Arc<Self> {
        Arc::new(Change { version: object.version, object, previous, is_deletion, lines: Default::default() })
    }

    /// The event for a watcher who sees the objects that match, as the API server's watch cache decides it:
    /// an object that ceases to match is DELETED, one that starts to match is ADDED.
    pub(crate) fn seen_by(&self, matches: impl Fn(&Stored) -> bool) -> Option<Seen<'_>> {
        let before = self.previous.as_deref().is_some_and(&matches);
        let after = !self.is_deletion && matches(&self.object);
        let event = match (before, after) {
            (false, false) => return None,
            (false, true) => EventType::Added,
            (true, true) => EventType::Modified,
            (true, false) => EventType::Deleted,
        };
        Some(Seen { event, change: self, is_lost: event == EventType::Deleted && !self.is_deletion })
    }
}

impl Seen<'_> {
    /// The object in the event. An object that ceased to match is shown as it was, with the new resourceVersion.
    pub(crate) fn value(&self) -> Value {
        match &self.change.previous {
            Some(previous) if self.is_lost => previous.at(self.change.version),
            _ => self.change.object.value.clone(),
        }
    }

    /// The event as a line of the watch's body.
    pub(crate) fn line(&self) -> Bytes {
        let [added, modified, deleted, lost] = &self.change.lines;
        let line = match self.event {
            EventType::Added => added,
            EventType::Modified => modified,
            EventType::Deleted if self.is_lost => lost,
            EventType::Deleted => deleted,
        };
        line.get_or_init(|| self.make_line()).clone()
    }

    fn make_line(&self) -> Bytes {
        if self.is_lost {
            return event_line(self.event.name(), self.value().to_string().as_bytes());
        }
        event_line(self.event.name(), &self.change.object.json())
    }
}

/// One line of a watch's body.
pub(crate) fn event_line(event: &str, object: &[u8]) -> Bytes {
    let mut line = Vec::with_capacity(object.len() + 40);
    line.extend_from_slice(b"{\"type\":\"");
    line.extend_from_slice(event.as_bytes());
    line.extend_from_slice(b"\",\"object\":");
    line.extend_from_slice(object);
    line.extend_from_slice(b"}\n");
    line.into()
}
