//! What happens, line by line: [`Timeline`].

use std::io::{Write, stdout};
use std::sync::Arc;
use std::time::Instant;

/// Prints who sees what, and when. Clones print the same timeline.
#[derive(Clone)]
pub(crate) struct Timeline {
    start: Arc<Instant>,
}

impl Timeline {
    pub(crate) fn new() -> Self {
        Self { start: Arc::new(Instant::now()) }
    }

    /// One line.
    pub(crate) fn tell(&self, who: &str, what: &str) {
        // A story that nobody reads any more goes on all the same.
        let _ = writeln!(stdout(), "{:5.1}s  {who:<11}  {what}", self.start.elapsed().as_secs_f32());
    }
}
