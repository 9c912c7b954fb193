//! Who has waited for long, or in vain, and is told so by an Event: [`tell`].

use super::App;
use super::roster::Row;
use crate::auth::Caller;
use crate::events::{Events, Pod};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// How often it is looked who has.
const STEP: Duration = Duration::from_secs(1);
/// It has waited for longer than `--events-after`.
const STILL_WAITING: &str = "StillWaiting";
/// What it waits for waits for it.
const CYCLE: &str = "Cycle";

/// Looks every second, for ever, who has waited for longer than `after`, or is in a cycle.
pub(super) async fn tell(app: Arc<App>, events: Events, after: Duration) {
    let mut ticks = interval(STEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = HashSet::new();
    loop {
        ticks.tick().await;
        told = look(&app, &events, after, &told);
    }
}

/// Tells those who are to be told; who has been told so, and still waits, is told no second time.
fn look(
    app: &App,
    events: &Events,
    after: Duration,
    told: &HashSet<(u64, &'static str)>,
) -> HashSet<(u64, &'static str)> {
    let mut now = HashSet::new();
    for row in app.roster.rows() {
        let Some(pod) = vouched_for(&row) else { continue };
        for reason in due(&row, after) {
            let key = (row.number, reason);
            if told.contains(&key) || events.say(pod, reason, &note(app, &row, reason)) {
                now.insert(key);
            }
        }
    }
    now
}

/// The pod, if the API server has said that it is who waits: anybody can say that it is some pod.
fn vouched_for(row: &Row) -> Option<Pod<'_>> {
    let Caller::Account(account) = &row.who.caller else { return None };
    let (name, uid) = (account.pod.as_deref()?, account.pod_uid.as_deref()?);
    Some(Pod { namespace: &account.namespace, name, uid })
}

fn due(row: &Row, after: Duration) -> impl Iterator<Item = &'static str> {
    let has_waited = row.since.elapsed().is_ok_and(|waited| waited >= after);
    let cycle = row.cycle().map(|_| CYCLE);
    has_waited.then_some(STILL_WAITING).into_iter().chain(cycle)
}

/// No more than its client is told.
fn note(app: &App, row: &Row, reason: &str) -> String {
    match row.cycle() {
        Some(cycle) if reason == CYCLE => app.told(&row.who.caller, &cycle),
        _ => standing(row),
    }
}

/// What it waits for, and why.
fn standing(row: &Row) -> String {
    let report = row.state().1;
    let targets = report.iter().flat_map(|report| &report.targets);
    let pending = targets.filter(|target| target.verdict.is_pending());
    let words = pending.map(|target| match target.verdict.reason() {
        Some(reason) => format!("{}: {reason}", target.target),
        None => target.target.clone(),
    });
    let words = words.collect::<Vec<_>>().join("; ");
    let waited = row.since.elapsed().unwrap_or_default().as_secs();
    format!("it has waited for {waited} s for {words}")
}
