//! What is no target: each mistake is refused where it is, in one sentence that says what would be right.
// Tests may unwrap: a panic is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use k8s_wait_target::{MAX_TARGET_LENGTH, ParseError, Target};

fn mistake(text: &str) -> ParseError {
    match text.parse::<Target>() {
        Ok(target) => panic!("{text:?} was read as {target:?}"),
        Err(error) => error,
    }
}

/// Each row: the target, the position, what was found there.
fn assert_found(rows: &[(&str, usize, &str)]) {
    for (text, position, found) in rows {
        let error = mistake(text);
        let beginning = format!("target {text:?}, position {position}: found {found}, expected ");
        assert!(error.to_string().starts_with(&beginning), "{error}\nis not\n{beginning}");
        assert_eq!(error.position(), *position);
    }
}

#[test]
fn sentences_say_what_would_be_right() {
    let part = "with a letter or digit at both ends of each part";
    for (text, rest) in [
        ("", "position 1: found no kind, expected a kind such as pod, or KIND.GROUP such as certificate.cert-manager.io".to_owned()),
        ("pod/shop/Web", format!("position 10: found the name \"Web\", expected at most 253 lower-case letters, digits, '-' and '.', {part}")),
        ("pod/s.hop/web", "position 5: found the namespace \"s.hop\", expected at most 63 lower-case letters, digits and '-', with a letter or digit first and last".to_owned()),
        ("pod", "position 4: found neither a name nor a selector, expected a name as in pod/NAME, or a set as in pod?selector=SELECTOR".to_owned()),
        ("pod/web?timout=5s", "position 9: found the option \"timout\", expected one of namespace, for, min, port, missing, on-failure, fail-on, grace, stable, timeout (did you mean timeout?)".to_owned()),
        ("pod/web?status=200", "position 9: found the option \"status\" on an object with a name, expected one of namespace, for, min, port, missing, on-failure, fail-on, grace, stable, timeout".to_owned()),
        ("pod/web?missing=no", "position 17: found the value \"no\", expected wait, fail or ready".to_owned()),
        ("pod/web?fail-on=crashloop,oom", "position 27: found the value \"oom\", expected crashloop, imagepull or unschedulable".to_owned()),
        ("pod/web?grace=5s", "position 17: found grace without fail-on, expected fail-on=CAUSE,... beside it".to_owned()),
        ("http://api/?status=200,2xx", "position 24: found the status \"2xx\", expected statuses from 100 to 599 as in 200,300-399".to_owned()),
        ("pod/web?selector=a=b", "position 9: found the option \"selector\" on an object with a name, expected one of namespace, for, min, port, missing, on-failure, fail-on, grace, stable, timeout".to_owned()),
        ("pod?selector=a&connect-timeout=1s", "position 16: found the option \"connect-timeout\" on a set, expected one of namespace, selector, for, min, port, missing, on-failure, fail-on, grace, stable, timeout".to_owned()),
        ("tcp://db:1?port=2", "position 12: found the option \"port\" on a tcp or dns target, expected one of for, stable, timeout, connect-timeout".to_owned()),
        ("pod/web?for=a&for=b", "position 15: found the option \"for\" a second time, expected each option once".to_owned()),
        ("pod/web?for=", "position 13: found no value, expected for=VALUE".to_owned()),
        ("pod/a/web?namespace=b", "position 21: found the namespace \"b\", expected the same as before the name, a".to_owned()),
        ("pod/web?timeout=5x", "position 18: found the unit \"x\", expected h, m, s or ms".to_owned()),
        ("pod/web?timeout=soon", "position 17: found \"soon\", expected a duration such as 500ms, 10s, 5m or 1h30m, or a number of seconds".to_owned()),
        ("pod/web?min=0%", "position 13: found the value \"0%\", expected a number, a share from 1% to 100%, or all".to_owned()),
        ("svc/db?port=0", "position 13: found the port \"0\", expected a number from 1 to 65535, or a port's name such as http".to_owned()),
        ("pod?selector=a in (b", "position 21: found the end of the selector, expected ',' or ')'".to_owned()),
        ("pod?selector=a%20%3D%3D%20b%20c", "position 31: found \"c\", expected ',' or the end of the selector".to_owned()),
        ("pod/web?for=50%x", "position 15: found '%' without two hexadecimal digits, expected %25 for the sign itself".to_owned()),
        ("pod/web?for=a%ff", "position 14: found escaped bytes that are no UTF-8, expected UTF-8, such as %C3%A4".to_owned()),
        ("ftp://db:21", "position 1: found the scheme \"ftp\", expected tcp, http, https or dns".to_owned()),
        ("tcp://db", "position 9: found no port, expected a port from 1 to 65535".to_owned()),
        ("tcp://::1:80", "position 7: found no host, expected a DNS name, an IPv4 address, or an IPv6 address in brackets".to_owned()),
        ("http://api/a#b", "position 13: found the character \"#\", expected a URL without it, or the character percent-encoded".to_owned()),
    ] {
        assert_eq!(mistake(text).to_string(), format!("target {text:?}, {rest}"));
    }
}

#[test]
fn kinds() {
    assert_found(&[
        ("/web", 1, "no kind"),
        ("?selector=a", 1, "no kind"),
        ("2pod/web", 1, "the kind \"2pod\""),
        (" pod/web", 1, "the kind \" pod\""),
        ("pod./web", 1, "the kind \"pod.\""),
        ("po_d/web", 1, "the kind \"po_d\""),
        ("pöd/web", 1, "the kind \"pöd\""),
        ("tcp:/db", 1, "the kind \"tcp:\""),
        ("pod&selector=a", 1, "the kind \"pod&selector=a\""),
    ]);
}

#[test]
fn namespaces_and_names() {
    let long = "n".repeat(254);
    let too_long = format!("pod/{long}");
    let shown = format!("the name \"{}\"...", &long[..64]);
    assert_found(&[
        ("pod/", 5, "no name"),
        ("pod//web", 5, "no namespace"),
        ("pod/shop/", 10, "no name"),
        ("pod/shop/web/", 10, "the name \"web/\""),
        ("pod/a/b/c", 7, "the name \"b/c\""),
        ("pod/-web", 5, "the name \"-web\""),
        ("pod/web ", 5, "the name \"web \""),
        ("pod/w%65b", 5, "the name \"w%65b\""),
        ("pod/we\nb", 5, "the name \"we\\nb\""),
        ("pod/Shop/web", 5, "the namespace \"Shop\""),
        ("pod/web?namespace=a/b", 19, "the namespace \"a/b\""),
        ("pod/web?namespace=%41", 19, "the namespace \"A\""),
        (&too_long, 5, &shown),
    ]);
}

#[test]
fn options() {
    assert_found(&[
        ("pod/web?", 9, "no option"),
        ("pod/web?for=a&", 15, "no option"),
        ("pod/web?for=a&&min=1", 15, "no option"),
        ("pod/web?=a", 9, "no option"),
        ("pod/web?for", 12, "no value"),
        ("pod/web?x-a=", 13, "no value"),
        ("pod/web?x-=a", 9, "the option \"x-\""),
        ("pod/web?x-A=a", 9, "the option \"x-A\""),
        ("pod/web?x-a=1&x-a=1", 15, "the option \"x-a\" a second time"),
        ("pod/web?For=a", 9, "the option \"For\""),
        ("pod/web?%66or=a", 9, "the option \"%66or\""),
        ("pod/web?namespace=a&namespace=a", 21, "the option \"namespace\" a second time"),
        ("pod?min=2", 4, "neither a name nor a selector"),
        ("pod?selector=", 14, "no value"),
        ("pod?", 5, "no option"),
        ("tcp://db:1?namespace=a", 12, "the option \"namespace\" on a tcp or dns target"),
        ("tcp://db:1?status=200", 12, "the option \"status\" on a tcp or dns target"),
        ("dns://db?conect-timeout=1s", 10, "the option \"conect-timeout\""),
        ("http://api/?timeout=5s&a=1&timeout=6s", 28, "the option \"timeout\" a second time"),
        ("http://api/?timeout", 20, "no value"),
    ]);
}

#[test]
fn options_have_their_places() {
    for option in ["missing=fail", "on-failure=wait", "fail-on=crashloop"] {
        for subject in ["tcp://db:1?", "dns://db?"] {
            let error = mistake(&[subject, option].concat());
            assert!(error.to_string().contains("on a tcp or dns target"), "{error}");
            assert_eq!(error.position(), subject.len() + 1);
        }
    }
    for option in ["status=200", "contains=a", "connect-timeout=1s"] {
        for (subject, place) in [("pod/web?", "on an object"), ("pod?selector=a&", "on a set")] {
            let error = mistake(&[subject, option].concat());
            assert!(error.to_string().contains(place), "{error}");
            assert_eq!(error.position(), subject.len() + 1);
        }
    }
}

#[test]
fn values() {
    assert_found(&[
        ("pod/web?min=-1", 13, "the value \"-1\""),
        ("pod/web?min=%31%30%31%", 13, "the value \"101%\""),
        ("pod/web?port=http/2", 14, "the port \"http/2\""),
        ("pod/web?port=65536", 14, "the port \"65536\""),
        ("pod/web?timeout=-5s", 17, "\"-5s\""),
        ("pod/web?timeout=1%68x", 18, "the unit \"hx\""),
        ("pod/web?timeout=%31m5h", 22, "the unit \"h\""),
        ("pod/web?stable=5 s", 17, "the unit \" s\""),
    ]);
    assert_found(&[
        ("pod/web?for=%4", 13, "'%' without two hexadecimal digits"),
        ("pod/web?for=%%41", 13, "'%' without two hexadecimal digits"),
        ("pod/web?for=%ä", 13, "'%' without two hexadecimal digits"),
        ("pod/web?for=ok%C3", 15, "escaped bytes that are no UTF-8"),
        ("pod/web?for=%20%C3%28", 16, "escaped bytes that are no UTF-8"),
    ]);
}

#[test]
fn selectors() {
    assert_found(&[
        ("pod?selector=,a", 14, "\",\""),
        ("pod?selector=a,", 16, "the end of the selector"),
        ("pod?selector=%20", 17, "the end of the selector"),
        ("pod?selector=a b", 16, "\"b\""),
        ("pod?selector=a%20b", 18, "\"b\""),
        ("pod?selector=a>b", 16, "\"b\""),
        ("pod?selector=a=/", 16, "\"/\""),
        ("pod?selector=a in b", 19, "\"b\""),
        ("pod?selector=!", 15, "the end of the selector"),
        ("pod?selector=!a=b", 16, "\"=\""),
        ("pod?selector=é=b", 14, "\"é\""),
    ]);
}

#[test]
fn addresses() {
    assert_found(&[
        ("://", 1, "no scheme"),
        ("udp://db:53", 1, "the scheme \"udp\""),
        ("tcp://", 7, "no host"),
        ("tcp://:80", 7, "no host"),
        ("tcp://db:", 10, "no port"),
        ("tcp://db:0", 10, "the port \"0\""),
        ("tcp://db:65536", 10, "the port \"65536\""),
        ("tcp://db:+80", 10, "the port \"+80\""),
        ("tcp://db:http", 10, "the port \"http\""),
        ("tcp://db:80/", 10, "the port \"80/\""),
        ("tcp://d_b:80", 7, "the host \"d_b\""),
        ("tcp://d b:80", 7, "the host \"d b\""),
        ("tcp://db..:80", 7, "the host \"db..\""),
        ("tcp://.:80", 7, "the host \".\""),
        ("tcp://10.0.0.256:80", 7, "the host \"10.0.0.256\""),
        ("tcp://10.0.1:80", 7, "the host \"10.0.1\""),
        ("tcp://10.0.0.1.:80", 7, "the host \"10.0.0.1.\""),
        ("tcp://user@db:80", 7, "the host \"user@db\""),
        ("tcp://2001:db8::1:80", 7, "the host \"2001\""),
        ("tcp://[::1:80", 7, "the host \"[\""),
        ("tcp://[::1]", 12, "no port"),
        ("tcp://[::1]80", 12, "\"80\""),
        ("tcp://[]:80", 8, "no IPv6 address"),
        ("tcp://[10.0.0.1]:80", 8, "the IPv6 address \"10.0.0.1\""),
        ("tcp://[fe80::1%25eth0]:80", 8, "the IPv6 address \"fe80::1%25eth0\""),
        ("dns://", 7, "no host"),
        ("dns://db:53", 7, "the host \"db:53\""),
        ("dns://db/", 7, "the host \"db/\""),
        ("http://", 8, "no host"),
        ("https:///path", 9, "no host"),
        ("http://api:/", 12, "no port"),
        ("http://api:80a/", 12, "the port \"80a\""),
        ("http://u:p@api/", 10, "the port \"p@api\""),
        ("http://api/a b", 13, "the character \" \""),
        ("http://api/?a=ä", 15, "the character \"ä\""),
        ("http://api/?timeout=1&a=\t", 25, "the character \"\\t\""),
    ]);
}

#[test]
fn a_target_that_is_too_long_is_shown_in_part() {
    for length in [MAX_TARGET_LENGTH + 1, 10_240] {
        let text = format!("{:a<length$}", "pod/");
        let shown = &text[..64];
        let error = mistake(&text);
        let sentence = format!(
            "target \"{shown}\"..., position 4097: found a target of {length} bytes, expected at most 4096"
        );
        assert_eq!(error.to_string(), sentence);
    }
}

#[test]
fn a_target_that_would_be_written_too_long_is_refused() {
    let text = format!("pod/web?for={}", " ".repeat(2000));
    let rest = "position 2013: found a target of 6012 bytes once it is escaped, expected at most 4096";
    assert_eq!(mistake(&text).to_string(), format!("target {text:?}, {rest}"));
}

#[test]
fn what_is_shown_is_cut_between_letters() {
    let text = format!("a{}", "ü".repeat(MAX_TARGET_LENGTH));
    let shown = format!("target \"a{}\"...", "ü".repeat(31));
    assert!(mistake(&text).to_string().starts_with(&shown));
}
