//! `/`: who waits, for people: [`page`].
//!
//! Nothing on it comes from elsewhere, and a policy keeps it so. Without JavaScript it shows how it is at that moment.

mod drawing;

use super::App;
use super::outlook::waiting;
use super::permit::admit;
use super::problem::Problem;
use super::roster::in_pieces;
use super::waiting::{Entry, Filter, View};
use crate::auth::Caller;
use crate::graph::Picture;
use jiff::Timestamp;
use k8s_wait_lib::target::DurationText;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use warp::Reply;
use warp::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use warp::reply::Response;

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");
/// So many rows are written before the page is asked for more.
const MOST: usize = 200;

/// The page, for those who may read it.
pub(super) fn page(query: String, caller: Result<Caller, Problem>, app: Arc<App>) -> Response {
    match written(&query, caller, &app) {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

fn written(query: &str, caller: Result<Caller, Problem>, app: &App) -> Result<Response, Problem> {
    admit(app.readers.page, &caller, "page", app)?;
    let filter = Filter::new(query, caller?, app)?;
    let nonce = nonce()?;
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src data:; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let policy = HeaderValue::try_from(policy)
        .map_err(|error| Problem::failed(format!("there is no policy for the page: {error}")))?;
    let place = filter.place(app)?;
    let mut response = in_pieces(document(&filter, &nonce, app).into_string(), place);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// What tells our own script from one that somebody has smuggled in.
fn nonce() -> Result<String, Problem> {
    let bits = getrandom::u64().and_then(|high| Ok((high, getrandom::u64()?)));
    let (high, low) = bits.map_err(|error| Problem::failed(format!("there is no randomness: {error}")))?;
    Ok(format!("{high:016x}{low:016x}"))
}

fn document(filter: &Filter, nonce: &str, app: &App) -> Markup {
    let all = filter.rows(app);
    let states: Vec<_> = all.iter().map(|row| row.state().1).collect();
    let view = View::new(&filter.caller, app);
    let shown = all.iter().zip(&states).filter_map(|(row, report)| {
        let entry = view.entry(row, report.as_deref());
        filter.matches(&entry).then(|| (entry, waiting(row, report)))
    });
    let (entries, mut waits): (Vec<_>, Vec<_>) = shown.unzip();
    waits.iter_mut().for_each(|wait| wait.targets.retain(|pending| view.may_see(pending.target)));
    let picture = Picture::of(&waits, &app.roster.graph());
    let cycles: BTreeSet<&str> = entries.iter().filter_map(|entry| entry.cycle.as_deref()).collect();
    let now = Timestamp::now();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // Or it would be asked for.
                link rel="icon" href="data:,";
                title { "Who waits - k8s-wait" }
                style nonce=(nonce) { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { "Who waits" }
                    p id="summary" role="status" { (entries.len()) " of " (all.len()) " waiting" }
                    (form(filter))
                    section id="graph" { (graph(&cycles, &picture)) }
                    table {
                        caption { "Those first who have waited longest" }
                        thead { tr { th scope="col" { "Pod" } th scope="col" { "Time" } th scope="col" { "Waits for" } } }
                        tbody { @for entry in entries.iter().take(MOST) { (row(entry, now)) } }
                    }
                    button id="more" type="button" hidden { "Show more" }
                    @if entries.len() > MOST {
                        noscript { p { "The first " (MOST) " are shown." } }
                    }
                }
                script nonce=(nonce) { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// What never comes about, in words, and then the picture.
fn graph(cycles: &BTreeSet<&str>, picture: &Picture) -> Markup {
    html! {
        @if !cycles.is_empty() {
            h2 { "They wait for one another" }
            ul { @for cycle in cycles { li class="cycle" { (cycle) } } }
        }
        (drawing::drawing(picture))
    }
}

fn form(filter: &Filter) -> Markup {
    html! {
        form role="search" {
            label { "Namespace" input name="namespace" value=(filter.namespace().unwrap_or_default()) autocomplete="off"; }
            label { "Pod, target or reason" input name="text" type="search" value=(filter.text()) autocomplete="off"; }
            button { "Show" }
        }
    }
}

fn row(entry: &Entry<'_>, now: Timestamp) -> Markup {
    html! {
        tr {
            th scope="row" {
                (entry.namespace) "/" (entry.pod.unwrap_or("unknown"))
                @if let Some(account) = entry.service_account { small { "ServiceAccount " (account) } }
                @if entry.is_claimed { small { "as it says itself" } }
            }
            td { time datetime=(entry.since) { (DurationText(age(entry.since, now))) } }
            td { ul { @for target in &entry.targets {
                li {
                    b class=(target.verdict) { (target.verdict) } " " (target.target)
                    @if let (Some(reason), Some(message)) = (target.reason, target.message) { " " (reason) ": " (message) }
                }
            }
            @if entry.hidden > 0 { li { (entry.hidden) " more that you may not ask about" } }
            @if let Some(cause) = &entry.cause {
                li { "which waits for pod " (cause.namespace) "/" (cause.pod) ", and that for " (cause.target) " " (cause.reason) ": " (cause.message) }
            }
            @if let Some(cycle) = &entry.cycle { li class="cycle" { "Cycle: " (cycle) } }
            } }
        }
    }
}

/// In whole seconds.
fn age(since: Timestamp, now: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(now.as_second() - since.as_second()).unwrap_or_default())
}
