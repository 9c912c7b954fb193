//! Somebody who waits through all of it and tells on whoever says ready too early: [`Witness`].

use crate::common::{PATIENCE, now, wait};
use k8s_wait_lib::{Report, Watches};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinSet;
use tokio::time::timeout;

pub(crate) struct Witness {
    waits: JoinSet<()>,
    may_be_ready: Arc<AtomicBool>,
}

impl Witness {
    /// So many waits for a target that is not ready yet, held open, and one who asks anew all the time.
    pub(crate) async fn of(watches: &Watches, count: usize, target: &'static str) -> Self {
        let may_be_ready = Arc::new(AtomicBool::new(false));
        let mut waits = JoinSet::new();
        for _ in 0..count {
            let (may, mut wait) = (Arc::clone(&may_be_ready), wait(watches, "shop", &[target]));
            waits.spawn(async move {
                while let Some(report) = wait.next().await {
                    check(&report, &may);
                }
            });
        }
        waits.spawn(ask(watches.clone(), target, Arc::clone(&may_be_ready)));
        tokio::task::yield_now().await;
        Self { waits, may_be_ready }
    }

    /// From now on ready is right.
    pub(crate) fn allow(&self) {
        self.may_be_ready.store(true, Ordering::SeqCst);
    }

    /// All of them have been told that it is ready, and not before it was allowed.
    pub(crate) async fn satisfied(mut self) {
        let all = async {
            while let Some(end) = self.waits.join_next().await {
                end.unwrap();
            }
        };
        timeout(PATIENCE, all).await.expect("they should all be done by now");
    }
}

fn check(report: &Report, may_be_ready: &AtomicBool) {
    assert!(!report.verdict.is_failed(), "{report:?}");
    assert!(!report.verdict.is_ready() || may_be_ready.load(Ordering::SeqCst), "too early: {report:?}");
}

async fn ask(watches: Watches, target: &'static str, may_be_ready: Arc<AtomicBool>) {
    loop {
        let report = now(&watches, "shop", target).await;
        check(&report, &may_be_ready);
        if report.verdict.is_ready() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}
