//! The number of the pass that probes are made for: [`Passes`].

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// One number, shared by everybody who probes; 0 until there is a pass.
#[derive(Default)]
pub(crate) struct Passes {
    latest: Mutex<u64>,
    changed: Condvar,
}

impl Passes {
    /// Begins a pass: whoever waits for one goes on.
    pub(crate) fn begin(&self, pass: u64) {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = pass;
        self.changed.notify_all();
    }

    /// Waits for a pass other than `known`, for `bound` at most where there is one: then it is still `known`.
    pub(crate) fn next(&self, known: u64, bound: Option<Duration>) -> u64 {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |latest: &mut u64| *latest == known;
        *match bound {
            None => self.changed.wait_while(latest, is_known).unwrap_or_else(PoisonError::into_inner),
            Some(bound) => {
                let waited = self.changed.wait_timeout_while(latest, bound, is_known);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::thread;

    #[test]
    fn a_new_pass_is_seen_by_all_who_wait_and_by_who_comes_later() {
        let passes = Arc::new(Passes::default());
        let waiting: Vec<_> = (0..4)
            .map(|_| {
                let passes = Arc::clone(&passes);
                thread::spawn(move || passes.next(0, None))
            })
            .collect();
        passes.begin(1);
        for waiting in waiting {
            assert_eq!(waiting.join().unwrap(), 1);
        }
        assert_eq!(passes.next(0, None), 1);
        assert_eq!(passes.next(0, Some(Duration::from_secs(60))), 1);
    }

    #[test]
    fn without_a_new_pass_the_known_one_goes_on() {
        let passes = Passes::default();
        passes.begin(3);
        assert_eq!(passes.next(3, Some(Duration::from_millis(1))), 3);
    }
}
