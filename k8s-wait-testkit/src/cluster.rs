//! What the handle, the connections and the watches share: [`Cluster`].

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;

use crate::fault::Faults;
use crate::request::Record;
use crate::store::Store;
use crate::token::Token;
use crate::watches::Watches;

/// The inside of an API.
pub(crate) struct Cluster {
    pub(crate) store: Store,
    pub(crate) faults: Arc<Faults>,
    pub(crate) record: Record,
    pub(crate) watches: Arc<Watches>,
    streams_lists: AtomicBool,
    tokens: RwLock<HashMap<String, Token>>,
}

impl Cluster {
    pub(crate) fn new() -> Self {
        Cluster {
            store: Store::new(),
            faults: Faults::new(),
            record: Record::default(),
            watches: Arc::default(),
            streams_lists: AtomicBool::new(true),
            tokens: RwLock::default(),
        }
    }

    /// Is `sendInitialEvents` served, as with the feature gate WatchList?
    pub(crate) fn streams_lists(&self) -> bool {
        self.streams_lists.load(Ordering::Relaxed)
    }

    pub(crate) fn set_streams_lists(&self, on: bool) {
        self.streams_lists.store(on, Ordering::Relaxed);
    }

    /// What is known of a bearer token.
    pub(crate) fn token(&self, text: &str) -> Option<Token> {
        self.tokens.read().get(text).cloned()
    }

    pub(crate) fn set_token(&self, text: &str, token: Option<Token>) {
        match token {
            Some(token) => self.tokens.write().insert(text.to_owned(), token),
            None => self.tokens.write().remove(text),
        };
    }
}
