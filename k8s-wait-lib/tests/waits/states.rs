//! What watches tell of themselves.

use crate::common::{self, next, told, wait};
use crate::fake::Fake;
use k8s_wait_lib::Watches;
use k8s_wait_lib::watch::WatchState;
use k8s_wait_testkit::build::pod;
use std::time::{Duration, Instant};
use tokio::time::sleep;

const LINGER: Duration = Duration::from_secs(60);

/// That of pods, the only resource there is.
fn state(watches: &Watches) -> WatchState {
    let [state] = watches.states().try_into().unwrap();
    state
}

#[tokio::test(start_paused = true)]
async fn a_state_tells_what_a_watch_holds_and_has_done() {
    let fake = Fake::new();
    fake.put(pod("a").ready());
    let watches = Watches::with(fake.client(), None, LINGER);
    assert_eq!(watches.states(), []);
    let mut held = wait(&watches, "shop", &["pod/never"]);
    next(&mut held).await;
    let first = state(&watches);
    assert_eq!((first.resource.as_str(), first.open, first.up, first.objects), ("pods", 1, 1, 1));
    assert_eq!((first.lists, first.events, first.errors.len()), (1, 0, 0));

    fake.put(pod("b"));
    fake.delete("a");
    sleep(Duration::from_secs(1)).await;
    let changed = state(&watches);
    assert_eq!((changed.objects, changed.lists, changed.events), (1, 1, 2));

    fake.break_watches(410);
    sleep(Duration::from_millis(1)).await;
    let down = state(&watches);
    assert_eq!((down.open, down.up, down.objects), (1, 0, 1));
    assert_eq!(down.errors, [(Some(410), 1)].into());
    sleep(Duration::from_secs(5)).await;
    assert_eq!((state(&watches).up, state(&watches).lists), (1, 2));

    drop(held);
    sleep(LINGER * 2).await;
    let closed = state(&watches);
    assert_eq!((closed.open, closed.up, closed.objects), (0, 0, 0));
    assert_eq!((closed.lists, closed.events), (2, 2), "what was counted stays");
}

#[tokio::test(start_paused = true)]
async fn a_report_tells_when_the_change_came_that_made_it() {
    let fake = Fake::new();
    let watches = Watches::new(fake.client());
    let mut held = wait(&watches, "shop", &["pod/web", "pod/db"]);
    next(&mut held).await;
    let before = Instant::now();
    fake.put(pod("web").ready());
    let report = next(&mut held).await;
    let [web, db] = &report.targets[..] else { panic!("{report:?}") };
    assert!(web.changed_at.unwrap() >= before && db.changed_at.is_none());
    // What changed without a word of news says nothing of the news that time makes.
    let mut late = wait(&watches, "shop", &["pod/db?timeout=10s"]);
    next(&mut late).await;
    fake.put(pod("db").not_ready());
    let report = next(&mut late).await;
    assert!(report.targets[0].changed_at.is_some());
    fake.put(pod("db").not_ready().observed(7));
    let report = next(&mut late).await;
    assert_eq!((told(&report).as_str(), report.targets[0].changed_at), ("failed TimedOut", None));
    assert_eq!(told(&common::now(&watches, "shop", "pod/web").await), "ready");
}
