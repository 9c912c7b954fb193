//! What was asked of the API: [`Request`], in order of arrival, and exact counts of them.

use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;

/// One request that reached the API.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// As RBAC has it: get, list, watch, create, update, patch, delete, deletecollection; for paths that are
    /// not resources (discovery, health) the HTTP method in lower case.
    pub verb: String,
    /// The plural name, with a subresource as in RBAC (`pods/status`); empty for paths that are not resources.
    pub resource: String,
    /// The namespace in the path; `None` for the whole cluster and for cluster-scoped resources.
    pub namespace: Option<String>,
    /// Path and query as they came.
    pub path: String,
    /// The User-Agent header, or an empty text.
    pub user_agent: String,
    /// The HTTP status of the answer; `None` while there is none, as under `Fault::hang`.
    pub status: Option<u16>,
}

/// How many requests are kept; older ones are forgotten, their counts are not.
const KEPT: usize = 20_000;

/// The record of all requests.
#[derive(Default)]
pub(crate) struct Record {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: VecDeque<Request>,
    forgotten: usize,
    counts: HashMap<(String, String), usize>,
}

impl Record {
    /// Notes a request and returns its number, to be given to [`Record::answered`].
    pub(crate) fn arrived(&self, request: Request) -> usize {
        let mut state = self.state.lock();
        state.count(&request.verb, &request.resource);
        if state.kept.len() == KEPT {
            state.kept.pop_front();
            state.forgotten += 1;
        }
        state.kept.push_back(request);
        state.forgotten + state.kept.len() - 1
    }

    pub(crate) fn answered(&self, number: usize, status: u16) {
        let mut state = self.state.lock();
        let index = number.checked_sub(state.forgotten);
        if let Some(request) = index.and_then(|index| state.kept.get_mut(index)) {
            request.status = Some(status);
        }
    }

    /// A watch that carries a full list is a list as well.
    pub(crate) fn also_listed(&self, resource: &str) {
        self.state.lock().count("list", resource);
    }

    pub(crate) fn all(&self) -> Vec<Request> {
        self.state.lock().kept.iter().cloned().collect()
    }

    pub(crate) fn count(&self, verb: &str, resource: &str) -> usize {
        let key = (verb.to_owned(), resource.to_owned());
        self.state.lock().counts.get(&key).copied().unwrap_or_default()
    }
}

impl State {
    fn count(&mut self, verb: &str, resource: &str) {
        *self.counts.entry((verb.to_owned(), resource.to_owned())).or_default() += 1;
    }
}
