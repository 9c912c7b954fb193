//! Which options a network target can have: [`check`].

use std::str::FromStr;

use k8s_wait_target::{Address, Subject, Target};
use ureq::http::Uri;

use crate::tls;

/// Refuses a network target that cannot be probed as it says. The grammar has seen to options that belong to other
/// kinds of targets.
///
/// # Errors
///
/// One sentence that names the target and what is wrong with it.
pub(crate) fn check(target: Target) -> Result<Target, String> {
    match complaint(&target) {
        Some(complaint) => Err(format!("{target}: {complaint}")),
        None => Ok(target),
    }
}

fn complaint(target: &Target) -> Option<String> {
    let options = target.options();
    let kind = target.kind();
    let state = state(target)?;
    if let Some(other) = options.state.as_deref().filter(|other| *other != state) {
        return Some(format!("a target of the kind {kind} has no state {other:?}, only {state:?}"));
    }
    // Of no time at all, one would end before the first probe and the other before anything can answer.
    if options.timeout.is_some_and(|timeout| timeout.is_zero()) {
        return Some("a timeout of 0 leaves no time to probe".to_owned());
    }
    if options.connect_timeout.is_some_and(|timeout| timeout.is_zero()) {
        return Some("a connect-timeout of 0 leaves no time to connect".to_owned());
    }
    if let Some((name, _)) = options.extra.first() {
        return Some(format!("a target of the kind {kind} has no option {name}"));
    }
    url(target)
}

/// The one state of each kind.
fn state(target: &Target) -> Option<&'static str> {
    match target.subject() {
        Subject::Address(Address::Tcp { .. }) => Some("open"),
        Subject::Address(Address::Dns { .. }) => Some("resolved"),
        Subject::Address(Address::Http { .. }) => Some("answered"),
        Subject::Object { .. } | Subject::Set { .. } => None,
    }
}

fn url(target: &Target) -> Option<String> {
    let Subject::Address(Address::Http { url, tls }) = target.subject() else { return None };
    if *tls && let Err(complaint) = tls::is_there() {
        return Some(complaint.to_owned());
    }
    Uri::from_str(url).err().map(|error| format!("that is no URL ({error})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<Target, String> {
        check(text.parse().unwrap())
    }

    #[test]
    fn each_kind_is_asked_for_its_one_state() {
        for (good, bad, state) in [
            ("tcp://db:1?for=open", "tcp://db:1?for=ready", "\"open\""),
            ("dns://db?for=resolved", "dns://db?for=open", "\"resolved\""),
            ("http://web/?for=answered", "http://web/?for=ready", "\"answered\""),
        ] {
            assert!(checked(good).is_ok(), "{good}");
            let complaint = checked(bad).unwrap_err();
            assert!(complaint.starts_with(bad) && complaint.contains(state), "{complaint}");
        }
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for (text, part) in [
            ("tcp://db:1?timeout=0", "no time to probe"),
            ("dns://db?timeout=0s", "no time to probe"),
            ("http://web/?connect-timeout=0", "no time to connect"),
            ("dns://db?x-colour=red", "x-colour"),
        ] {
            let complaint = checked(text).unwrap_err();
            assert!(complaint.contains(part), "{complaint}");
        }
        for (text, part) in [
            ("tcp://db:1?status=200", "status"),
            ("dns://db?contains=x", "contains"),
            ("dns://db?port=80", "port"),
            ("http://web/?status=2xx", "2xx"),
        ] {
            let complaint = text.parse::<Target>().unwrap_err().to_string();
            assert!(complaint.contains(part), "{complaint}");
        }
        // Not ours, so the server's that is asked.
        assert!(checked("http://web/?port=80&x-colour=red").is_ok());
    }
}
