//! groundnuty/k8s-wait-for: `pod|pod-we|pod-wr|job|job-we|job-wr|service NAME|-lSELECTOR [kubectl's arguments]`.

use k8s_wait_target::Selector;

use super::{Translation, object, own, take, variable};
use crate::environment::Environment;
use crate::summary::Exits;

/// How much of what is waited for may have failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leniency {
    /// Nothing.
    None,
    /// Everything (`-we`, "with errors").
    Errors,
    /// All but one (`-wr`, "one ready").
    AllButOne,
}

/// What is waited for.
enum What {
    Name(String),
    Selector(String),
}

/// What the words of that tool mean; `None` where they are not its own.
///
/// Its `-we` and `-wr` are about pods that have failed, in the way of `kubectl get`. Here they have failed when their
/// phase says so: one that crashes again and again may still become ready.
pub(super) fn translate(
    name: &str,
    words: &[String],
    environment: &dyn Environment,
) -> Result<Option<Translation>, String> {
    let Some((word, rest)) = words.split_first() else { return Ok(None) };
    let Some((kind, suffix)) = read(word) else { return Ok(None) };
    let mut rest = rest.to_vec();
    let selector = take(&mut rest, &["-l", "--selector"])?;
    let Some(mut args) = own(name, &rest)? else { return Ok(None) };
    let what = what(word, std::mem::take(&mut args.targets), selector)?;
    let (leniency, notes) = surroundings(kind, suffix, environment)?;
    args.targets = targets(kind, &what, leniency)?;
    args.any |= args.targets.len() > 1;
    if args.timeout.is_none() && variable("K8S_WAIT_TIMEOUT", environment).is_none() {
        args.timeout = Some("0".to_owned());
    }
    Ok(Some(Translation { args, notes, exits: Exits::Own }))
}

/// The kind and what its suffix says, if there is one.
fn read(word: &str) -> Option<(&'static str, Option<Leniency>)> {
    Some(match word {
        "pod" => ("pod", None),
        "pod-we" => ("pod", Some(Leniency::Errors)),
        "pod-wr" => ("pod", Some(Leniency::AllButOne)),
        "job" => ("job", None),
        "job-we" => ("job", Some(Leniency::Errors)),
        "job-wr" => ("job", Some(Leniency::AllButOne)),
        "service" => ("service", None),
        _ => return None,
    })
}

fn what(word: &str, names: Vec<String>, selector: Option<String>) -> Result<What, String> {
    let example = "as in job migrate, pod -lapp=web, or in our own words job/migrate";
    match (<[String; 1]>::try_from(names), selector) {
        (Ok([name]), None) => Ok(What::Name(name.trim().to_owned())),
        (Ok([name]), Some(_)) => Err(format!(
            "{word}: the name {name:?} and a selector cannot be waited for together: one of them is enough"
        )),
        (Err(names), Some(selector)) if names.is_empty() => Ok(What::Selector(selector)),
        (Err(names), _) if names.is_empty() => {
            Err(format!("{word} says not what to wait for: a name or -lSELECTOR follows it, {example}"))
        }
        (Err(names), _) => {
            Err(format!("{word} takes one name and not {}: {}", names.len(), several(word, &names)))
        }
    }
}

fn several(word: &str, names: &[String]) -> String {
    let kind = word.split('-').next().unwrap_or_default();
    let names: Vec<String> = names.iter().map(|name| format!("{kind}/{name}")).collect();
    format!("several are waited for in our own words, as in {}", names.join(" "))
}

fn targets(kind: &str, what: &What, leniency: Leniency) -> Result<Vec<String>, String> {
    let (plain, sign) = match what {
        What::Name(name) => (object(kind, name)?, '?'),
        What::Selector(text) => (set(kind, text)?, '&'),
    };
    Ok(match (kind, leniency, what) {
        // Each pod is ready or has ended: those that have not are ready, or there are none of those.
        ("pod", Leniency::Errors, _) => vec![plain.clone(), format!("{plain}{sign}for=finished")],
        ("job", Leniency::Errors, _) => vec![format!("{plain}{sign}for=finished")],
        ("pod" | "job", Leniency::AllButOne, What::Selector(_)) => vec![format!("{plain}&min=1")],
        _ => vec![plain],
    })
}

fn set(kind: &str, text: &str) -> Result<String, String> {
    let selector: Selector = text.parse().map_err(|error| format!("-l: {error}"))?;
    Ok(format!("{kind}?selector={selector}"))
}

/// What the tool's variables say, in the same words to people.
fn surroundings(
    kind: &str,
    suffix: Option<Leniency>,
    environment: &dyn Environment,
) -> Result<(Leniency, Vec<String>), String> {
    let mut notes = Vec::new();
    if let Some(value) = variable("WAIT_TIME", environment) {
        notes.push(format!("WAIT_TIME={value} is of no use here: a change is told when it happens"));
    }
    if let Some(value) = variable("DEBUG", environment).filter(|value| value != "0") {
        notes.push(format!("DEBUG={value} is RUST_LOG=k8s_wait_client=debug here"));
    }
    let Some(value) = variable("TREAT_ERRORS_AS_READY", environment) else {
        return Ok((suffix.unwrap_or(Leniency::None), notes));
    };
    let said = leniency(value.trim())?;
    let note = match (suffix, kind, said) {
        (_, _, Leniency::None) => return Ok((suffix.unwrap_or(Leniency::None), notes)),
        (Some(_), ..) => format!("{kind}-we and {kind}-wr say more"),
        (None, "service", _) => {
            "a service is judged by its endpoints, and pods that failed are none".to_owned()
        }
        (None, _, Leniency::Errors) => format!("taken for {kind}-we"),
        (None, ..) => format!("taken for {kind}-wr"),
    };
    notes.push(format!("TREAT_ERRORS_AS_READY={value}: {note}"));
    Ok((suffix.unwrap_or(said), notes))
}

fn leniency(text: &str) -> Result<Leniency, String> {
    match text {
        "0" => Ok(Leniency::None),
        "1" => Ok(Leniency::Errors),
        "2" => Ok(Leniency::AllButOne),
        other => Err(format!("TREAT_ERRORS_AS_READY: {other:?} is neither 0 nor 1 (as -we) nor 2 (as -wr)")),
    }
}
