//! What the metrics and the roster are told of a wait that is held: [`Record`].

use super::App;
use super::roster::{Place, Row, Terms, Who};
use k8s_wait_lib::Report;
use std::sync::Arc;
use std::time::Instant;

/// One held wait, from its beginning until it is over, or left.
pub(super) struct Record {
    app: Arc<App>,
    place: Place,
    began: Instant,
    has_told: bool,
    is_over: bool,
}

impl Record {
    pub(super) fn begin(app: &Arc<App>, who: Who, terms: &Terms) -> Self {
        let place = app.roster.enter(who, terms);
        Self { app: Arc::clone(app), place, began: Instant::now(), has_told: false, is_over: false }
    }

    pub(super) fn row(&self) -> &Arc<Row> {
        self.place.row()
    }

    /// How it stands at the beginning, which is not told to its client.
    pub(super) fn see(&self, report: &Arc<Report>) {
        self.place.tell(report);
    }

    /// A report is handed out. Of the first one nobody knows whether it was waited for.
    pub(super) fn tell(&mut self, report: &Arc<Report>) {
        self.place.tell(report);
        let changed_at = report.targets.iter().filter_map(|target| target.changed_at).max();
        if let Some(changed_at) = changed_at.filter(|_| self.has_told) {
            self.app.metrics.told(changed_at.elapsed());
        }
        self.has_told = true;
        if report.is_final {
            self.end(report);
        }
    }

    /// The wait is over, and that is how it stood last.
    pub(super) fn end(&mut self, report: &Report) {
        self.is_over = true;
        self.app.metrics.ended(self.began.elapsed(), Some(report), &self.app.everything);
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if !self.is_over {
            self.app.metrics.ended(self.began.elapsed(), None, &self.app.everything);
        }
    }
}
