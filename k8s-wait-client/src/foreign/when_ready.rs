//! k8s-when-ready: `--type=service|job --name=N [--namespace NS] [--uptime S] [--timeout S] [--poll-delay S] [--host H]
//! [--port P]`.

use std::time::Duration;

use k8s_wait_target::{DurationText, parse_duration};

use super::{Translation, object, own, take, variable};
use crate::args::Args;
use crate::environment::Environment;
use crate::summary::Exits;

/// Where that tool asks, and in which namespace, unless it is told.
const HOST: &str = "k8s-when-ready-server";
const PORT: &str = "3000";
const NAMESPACE: &str = "default";
/// How long a service must have been ready, unless something else is said; a job need not.
const SERVICE_UPTIME: Duration = Duration::from_secs(5);
/// More seconds than anybody waits, and still a duration.
const LONGEST: Duration = Duration::from_secs(1_000_000_000);

/// What the words of that tool mean; `None` where they are not its own.
pub(super) fn translate(
    name: &str,
    words: &[String],
    environment: &dyn Environment,
) -> Result<Option<Translation>, String> {
    let mut words = words.to_vec();
    let kind = take(&mut words, &["--type"])?;
    let object = take(&mut words, &["--name"])?;
    if kind.is_none() && object.is_none() {
        return Ok(None);
    }
    let uptime = take(&mut words, &["--uptime"])?;
    let timeout = take(&mut words, &["--timeout"])?;
    let delay = take(&mut words, &["--poll-delay", "--pollDelay"])?;
    let (host, port) = (take(&mut words, &["--host", "-h"])?, take(&mut words, &["--port", "-p"])?);
    let Some(args) = own(name, &words)? else { return Ok(None) };
    if let Some(target) = args.targets.first() {
        return Err(format!(
            "--type and --name say what to wait for, and {target:?} says it again: one is enough"
        ));
    }
    let target = target(kind, object, uptime)?;
    let timeout = timeout.map(|text| self::timeout(&text)).transpose()?;
    let server = server(host, port, args.server.clone())?;
    let namespace = args.namespace.clone().or_else(|| namespace(environment));
    let args = Args { targets: vec![target], timeout, server, namespace, ..args };
    Ok(Some(Translation { args, notes: notes(delay), exits: Exits::WhenReady }))
}

fn target(kind: Option<String>, name: Option<String>, uptime: Option<String>) -> Result<String, String> {
    let example = "as in --type=job --name=migrate";
    let kind = kind.ok_or_else(|| format!("--name needs a --type, service or job, {example}"))?;
    let name = name.ok_or_else(|| format!("--type needs a --name, {example}"))?;
    let (state, default) = match kind.as_str() {
        // All of its pods must be ready there, not one.
        "service" => (Some("for=all".to_owned()), SERVICE_UPTIME),
        "job" => (None, Duration::ZERO),
        other => return Err(format!("--type: {other:?} is neither service nor job")),
    };
    let object = object(&kind, &name).map_err(|complaint| format!("--name: {complaint}"))?;
    let uptime = uptime.map_or(Ok(default), |text| seconds("--uptime", &text))?;
    let stable = (!uptime.is_zero()).then(|| format!("stable={}", DurationText(uptime)));
    let options: Vec<String> = state.into_iter().chain(stable).collect();
    Ok(if options.is_empty() { object } else { format!("{object}?{}", options.join("&")) })
}

/// That tool ends at once with a timeout of 0, and this one never, so neither is meant.
fn timeout(text: &str) -> Result<String, String> {
    let timeout = seconds("--timeout", text)?;
    if timeout.is_zero() {
        return Err("--timeout 0 ends at once with k8s-when-ready and means for ever here: leave it out for 5 minutes, or use our own words, as in --timeout 0 job/migrate".to_owned());
    }
    Ok(DurationText(timeout).to_string())
}

/// Seconds with a fraction, as that tool has them, or a duration of ours.
fn seconds(flag: &str, text: &str) -> Result<Duration, String> {
    if let Ok(duration) = parse_duration(text) {
        return Ok(duration);
    }
    fraction(text).ok_or_else(|| format!("{flag}: {text:?} is no number of seconds, such as 5 or 0.5"))
}

/// Digits around a point, rounded up to whole milliseconds: never none of a bit. std's own numbers with a fraction would
/// bring tables of powers into the binary, which are larger than this file.
fn fraction(text: &str) -> Option<Duration> {
    let (whole, rest) = text.split_once('.')?;
    if !whole.bytes().chain(rest.bytes()).all(|digit| digit.is_ascii_digit()) || text == "." {
        return None;
    }
    let seconds = parse_duration(if whole.is_empty() { "0" } else { whole }).ok()?;
    let millis = format!("{rest:0<3}").get(..3)?.parse().ok()?;
    let is_more = rest.bytes().skip(3).any(|digit| digit != b'0');
    let sum = seconds.checked_add(Duration::from_millis(millis) + Duration::from_millis(is_more.into()))?;
    (sum <= LONGEST).then_some(sum)
}

fn server(host: Option<String>, port: Option<String>, own: Option<String>) -> Result<Option<String>, String> {
    match (host, port, own) {
        (None, None, own) => Ok(own),
        (_, _, Some(_)) => {
            Err("--host and --port name the server, and --server names it again: one is enough".to_owned())
        }
        (host, port, None) => {
            let (host, port) = (host.as_deref().unwrap_or(HOST), port.as_deref().unwrap_or(PORT));
            Ok(Some(format!("http://{host}:{port}")))
        }
    }
}

/// That of the tool, which knows nothing of the pod's own, unless this program was told another.
fn namespace(environment: &dyn Environment) -> Option<String> {
    variable("K8S_WAIT_NAMESPACE", environment).is_none().then(|| NAMESPACE.to_owned())
}

fn notes(delay: Option<String>) -> Vec<String> {
    let delay = delay
        .map(|delay| format!("--poll-delay {delay} is of no use here: a change is told when it happens"));
    let exits =
        "the exit status is that of k8s-when-ready: 1 also for what failed for good, 2 also for a refusal";
    delay.into_iter().chain([exits.to_owned()]).collect()
}
