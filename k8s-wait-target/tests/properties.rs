//! What holds for every text: nothing panics, mistakes lie within the text, and what is written reads as the same.
// Tests may unwrap: a panic is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use k8s_wait_target::{DurationText, Selector, Target, parse_duration};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::Union;
use std::fmt::Write as _;
use std::time::Duration;

const LABEL: &str = "[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?";
const KIND: &str = "[a-zA-Z]([a-z0-9-]{0,8}[a-z0-9])?(\\.[a-z0-9]{1,5}){0,3}";
const LABEL_KEY: &str =
    "([a-z0-9]{1,5}(\\.[a-z0-9]{1,5}){0,2}/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,8}[A-Za-z0-9])?|in|notin";
const LABEL_VALUE: &str = "([A-Za-z0-9]([A-Za-z0-9_.-]{0,8}[A-Za-z0-9])?)?|in|notin";

/// Texts made of what targets are made of, so that they get far before they are refused.
fn almost() -> impl Strategy<Value = String> {
    let words = [
        "pod",
        "job",
        "web",
        "shop",
        "a",
        "B",
        "1",
        "0",
        "99999999999999999999",
        "/",
        "?",
        "&",
        "=",
        "==",
        "!",
        "!=",
        ",",
        "(",
        ")",
        " in ",
        " notin ",
        "<",
        ">",
        "%",
        "%20",
        "%25",
        "%ff",
        "%C3%A4",
        "ä",
        "\n",
        " ",
        ".",
        "-",
        ":",
        "[",
        "]",
        "::1",
        "://",
        "tcp://",
        "http://",
        "dns://",
        "10.0.0.1",
        "#",
        "selector=",
        "namespace=",
        "for=",
        "min=",
        "port=",
        "timeout=",
        "stable=",
        "connect-timeout=",
        "x-a=",
        "missing=",
        "fail-on=",
        "grace=",
        "status=",
        "contains=",
        "crashloop",
        "200-299",
        "5s",
        "1h30m",
        "ms",
        "all",
        "50%",
    ];
    vec(select(words.to_vec()), 0..12).prop_map(|words| words.concat())
}

fn requirement() -> impl Strategy<Value = String> {
    let values = || vec(LABEL_VALUE, 1..4).prop_map(|values| values.join(" , "));
    prop_oneof![
        LABEL_KEY,
        LABEL_KEY.prop_map(|key| format!("!{key}")),
        (LABEL_KEY, select(vec!["=", "==", "!=", " = "]), LABEL_VALUE)
            .prop_map(|(key, sign, value)| key + sign + &value),
        (LABEL_KEY, select(vec!["in", "notin"]), values())
            .prop_map(|(key, word, values)| format!("{key} {word} ({values})")),
        (LABEL_KEY, select(vec!["<", ">"]), 0..i64::MAX)
            .prop_map(|(key, sign, limit)| format!("{key}{sign}{limit}")),
    ]
}

fn selector() -> impl Strategy<Value = String> {
    vec(requirement(), 1..4).prop_map(|requirements| requirements.join(","))
}

fn duration() -> impl Strategy<Value = String> {
    let units = subsequence(vec!["h", "m", "s", "ms"], 1..=4);
    let sum = (units, 0..100_000u32)
        .prop_map(|(units, number)| units.iter().map(|unit| format!("{number}{unit}")).collect());
    prop_oneof![(0..100_000u32).prop_map(|seconds| seconds.to_string()), sum]
}

/// A value with every byte escaped that could mean anything, and some that could not.
fn escaped(value: &str) -> String {
    value.bytes().fold(String::new(), |mut raw, byte| {
        if byte.is_ascii_lowercase() {
            raw.push(char::from(byte));
        } else {
            write!(raw, "%{byte:02x}").unwrap();
        }
        raw
    })
}

/// Options that an object and a set can have, in any order, each once.
fn options() -> impl Strategy<Value = Vec<String>> {
    let min = prop_oneof![
        any::<u32>().prop_map(|n| n.to_string()),
        (1..=100u8).prop_map(|n| format!("{n}%")),
        Just("all".to_owned())
    ];
    let port = prop_oneof![(1..=u16::MAX).prop_map(|n| n.to_string()), Just("http".to_owned())];
    let fail_on = (subsequence(vec!["unschedulable", "crashloop", "imagepull"], 1..=3), duration())
        .prop_map(|(causes, grace)| format!("fail-on={}&grace={grace}", causes.join(",")));
    let choices = (select(vec!["wait", "fail", "ready"]), select(vec!["wait", "fail"]), fail_on);
    let all =
        (any::<String>(), min, port, choices, duration(), duration(), "x-[a-z0-9-]{1,5}", any::<String>());
    let all =
        all.prop_map(|(state, min, port, (missing, on_failure, fail_on), stable, timeout, extra, value)| {
            vec![
                format!("for=a{}", escaped(&state)),
                format!("min={min}"),
                format!("port={port}"),
                format!("missing={missing}"),
                format!("on-failure={on_failure}"),
                fail_on,
                format!("stable={stable}"),
                format!("timeout={timeout}"),
                format!("{extra}=a{}", escaped(&value)),
            ]
        });
    all.prop_flat_map(|all| subsequence(all, 0..=9)).prop_shuffle()
}

fn with_query(head: String, options: &[String]) -> String {
    if options.is_empty() { head } else { format!("{head}?{}", options.join("&")) }
}

fn object() -> impl Strategy<Value = String> {
    (KIND, proptest::option::of(LABEL), LABEL, options()).prop_map(|(kind, namespace, name, options)| {
        let namespace = namespace.map(|namespace| namespace + "/").unwrap_or_default();
        with_query(format!("{kind}/{namespace}{name}"), &options)
    })
}

fn set() -> impl Strategy<Value = String> {
    (KIND, selector(), proptest::option::of(LABEL), options()).prop_map(
        |(kind, selector, namespace, mut options)| {
            options.extend(namespace.map(|namespace| format!("namespace={namespace}")));
            options.push(format!("selector={selector}"));
            with_query(kind, &options)
        },
    )
}

fn address() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        LABEL.prop_map(|label| format!("a{label}")),
        any::<std::net::Ipv4Addr>().prop_map(|ip| ip.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|ip| format!("[{ip}]")),
    ];
    let options = (duration(), duration())
        .prop_map(|(stable, connect)| vec![format!("stable={stable}"), format!("connect-timeout={connect}")]);
    let options = options.prop_flat_map(|all| subsequence(all, 0..=2));
    let url = (
        "(/[a-zA-Z0-9%_.-]{0,5}){0,3}",
        vec("[a-z]{0,3}=?[!-\"$-%'-~]{0,5}".prop_filter("one of ours", |own| !own.starts_with("for")), 0..3),
    );
    let accepted = (select(vec!["200", "100-599", "200-299,404"]), any::<String>());
    (select(vec!["tcp", "http", "https", "dns"]), host, 1..=u16::MAX, options, url, accepted).prop_map(
        |(scheme, host, port, mut options, (path, own), (status, contains))| {
            let is_url = scheme.starts_with("http");
            let path = if is_url { path } else { String::new() };
            options.extend(own.into_iter().filter(|_| is_url));
            options.extend(is_url.then(|| format!("status={status}&contains=a{}", escaped(&contains))));
            let place = if scheme == "dns" { "db".to_owned() } else { format!("{host}:{port}") };
            with_query(format!("{scheme}://{place}{path}"), &options)
        },
    )
}

fn target() -> impl Strategy<Value = String> {
    Union::new([object().boxed(), set().boxed(), address().boxed()])
}

/// No panic; a mistake lies in the text or at its end and is one line; a target can be written and read.
fn assert_sound(text: &str) {
    match text.parse::<Target>() {
        Ok(target) => assert_eq!(target.to_string().parse(), Ok(target)),
        Err(error) => {
            assert!((1..=text.len() + 1).contains(&error.position()), "{error}");
            assert!(!error.to_string().contains(char::is_control), "{error}");
        }
    }
    match text.parse::<Selector>() {
        Ok(selector) => assert_eq!(selector.to_string().parse(), Ok(selector)),
        Err(error) => assert!((1..=text.len() + 1).contains(&error.position()), "{error}"),
    }
    match parse_duration(text) {
        Ok(duration) => assert_eq!(parse_duration(&DurationText(duration).to_string()), Ok(duration)),
        Err(error) => assert!((1..=text.len() + 1).contains(&error.position()), "{error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        assert_sound(&text);
    }

    #[test]
    fn any_text_that_is_almost_right_is_read_or_refused(text in almost()) {
        assert_sound(&text);
    }

    #[test]
    fn targets_round_trip(text in target()) {
        let target: Target = text.parse().map_err(|error| TestCaseError::fail(format!("{error}")))?;
        let canonical = target.to_string();
        prop_assert_eq!(canonical.parse(), Ok(target));
        prop_assert!(!canonical.contains(char::is_whitespace));
    }

    #[test]
    fn a_target_with_one_letter_broken_is_read_or_refused(text in target(), at in any::<prop::sample::Index>(), letter in any::<char>()) {
        let mut letters: Vec<char> = text.chars().collect();
        let at = at.index(letters.len());
        letters[at] = letter;
        assert_sound(&letters.into_iter().collect::<String>());
    }

    #[test]
    fn values_arrive_as_they_were(state in any::<String>(), extra in any::<String>()) {
        let text = format!("pod/web?for=a{}&x-a=a{}", escaped(&state), escaped(&extra));
        let target: Target = text.parse().unwrap();
        prop_assert_eq!(target.options().state.as_deref(), Some(&*format!("a{state}")));
        prop_assert_eq!(&target.options().extra, &[("x-a".to_owned(), format!("a{extra}"))]);
        prop_assert_eq!(target.to_string().parse(), Ok(target));
    }

    #[test]
    fn selectors_round_trip(text in selector()) {
        let selector: Selector = text.parse().map_err(|error| TestCaseError::fail(format!("{error}")))?;
        prop_assert_eq!(selector.to_string().parse(), Ok(selector));
    }

    #[test]
    fn a_label_passes_a_test_or_its_opposite(key in LABEL_KEY, value in LABEL_VALUE, label in proptest::option::of(LABEL_VALUE)) {
        let passes = |text: String| text.parse::<Selector>().unwrap().matches(|_| label.as_deref());
        prop_assert_ne!(passes(format!("{key}={value}")), passes(format!("{key}!={value}")));
        prop_assert_ne!(passes(format!("{key} in ({value},z)")), passes(format!("{key} notin ({value},z)")));
        prop_assert_ne!(passes(key.clone()), passes(format!("!{key}")));
        prop_assert_eq!(passes(format!("{key}={value}")), label.as_ref() == Some(&value));
    }

    #[test]
    fn durations_round_trip(millis in any::<u64>()) {
        let duration = Duration::from_millis(millis);
        prop_assert_eq!(parse_duration(&DurationText(duration).to_string()), Ok(duration));
    }

    #[test]
    fn durations_are_sums(text in duration()) {
        let duration = parse_duration(&text).map_err(|error| TestCaseError::fail(format!("{error}")))?;
        prop_assert_eq!(parse_duration(&DurationText(duration).to_string()), Ok(duration));
    }
}
