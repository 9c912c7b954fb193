//! Answers that still hold: [`Answers`].
//!
//! Many ask the same again and again. What was answered is answered again for as long as nothing has changed that it was
//! made from, without a look at the question or at the objects.

use super::wire::Answer;
use crate::auth::Caller;
use k8s_wait_lib::Wait;
use parking_lot::Mutex;
use std::borrow::Cow;
use std::collections::HashMap;

/// The most answers that are kept.
const LIMIT: usize = 1_000;
/// The longest question whose answer is kept, in bytes.
const QUERY_BYTES: usize = 1_000;
/// How often an answer is swept over before it is dropped: it keeps watches open that nobody else may need.
const SWEEPS: u32 = 10;

/// The answers to questions, by their query and the namespace of those who ask, which says what they may ask.
#[derive(Default)]
pub(super) struct Answers(Mutex<HashMap<Box<str>, Kept>>);

struct Kept {
    answer: Answer,
    /// Knows whether the answer still holds.
    wait: Wait,
    swept: u32,
}

impl Answers {
    /// The answer to a question, if one is kept and still holds.
    pub(super) fn find(&self, caller: &Caller, query: &str) -> Option<Answer> {
        let key = key(caller, query);
        let table = self.0.lock();
        table.get(&*key).filter(|kept| kept.wait.is_current()).map(|kept| kept.answer.clone())
    }

    /// Keeps what a wait has come to, if that can be told to hold, and there is room.
    pub(super) fn keep(&self, caller: &Caller, query: &str, answer: &Answer, wait: Wait) {
        let key = key(caller, query);
        let mut table = self.0.lock();
        if wait.is_current() && query.len() <= QUERY_BYTES && table.len() < LIMIT {
            let before = table.insert(key.into(), Kept { answer: answer.clone(), wait, swept: 0 });
            drop(table);
            // What it holds ends when nobody waits for the lock any more.
            drop(before);
        }
    }

    /// Drops what does not hold any more, and what has been kept for long enough.
    pub(super) fn sweep(&self) {
        let is_over = |kept: &mut Kept| {
            kept.swept += 1;
            kept.swept > SWEEPS || !kept.wait.is_current()
        };
        let over: Vec<_> = self.0.lock().extract_if(|_, kept| is_over(kept)).collect();
        drop(over);
    }
}

/// A namespace has no line breaks, and nor has a query.
fn key<'a>(caller: &Caller, query: &'a str) -> Cow<'a, str> {
    match caller.namespace() {
        None => Cow::Borrowed(query),
        Some(namespace) => Cow::Owned(format!("{namespace}\n{query}")),
    }
}

#[cfg(test)]
mod tests;
