//! Clocks that have run out while nobody could look: [`Due`].

use std::time::Duration;
use tokio::time::Instant;

/// A look that comes so much too late was held up, and everything else in this process with it.
const LATE: Duration = Duration::from_millis(100);
/// Time enough to read what has arrived meanwhile.
const CATCH_UP: Duration = Duration::from_secs(1);

/// When a clock has to be looked at.
///
/// A process that was stopped comes back to clocks that have run out, and to changes that it has yet to read: which of
/// them it sees first is chance. So what has lasted for long enough is not believed by a look that comes late.
#[derive(Default)]
pub(super) struct Due(Option<Instant>);

impl Due {
    /// Is it looked at too late to be believed?
    pub(super) fn is_late(&self) -> bool {
        self.0.is_some_and(|at| at.elapsed() > LATE)
    }

    /// It is looked at again when nothing is left.
    pub(super) fn set(&mut self, left: Option<Duration>) {
        self.0 = left.and_then(|left| Instant::now().checked_add(left));
    }
}

/// What is left of a clock: to one that has run out a look that is late gives the time to catch up.
pub(super) fn left(left: Duration, is_late: bool) -> Duration {
    if left.is_zero() && is_late { CATCH_UP } else { left }
}
