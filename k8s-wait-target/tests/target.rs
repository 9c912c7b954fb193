//! What targets can say, and the one form in which they are written back.
// Tests may unwrap: a panic is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use k8s_wait_target::{Address, MAX_TARGET_LENGTH, Min, Port, Subject, Target};
use std::time::Duration;

fn target(text: &str) -> Target {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// `text` is read, written as `canonical`, and that reads as the same target.
fn assert_canonical(text: &str, canonical: &str) {
    let target = target(text);
    assert_eq!(target.to_string(), canonical);
    assert_eq!(canonical.parse(), Ok(target), "{canonical}");
}

#[test]
fn canonical_forms_stay_as_they_are() {
    for text in [
        "pod/web-0",
        "job/shop/migrate?for=finished&timeout=10s",
        "pod/shop/web.0.example",
        "certificate.cert-manager.io/web",
        "certificate.v1.cert-manager.io/shop/web",
        "deploy/web?min=0",
        "deploy/web?min=50%&stable=5s",
        "svc/db?min=all&port=5432",
        "service/db?port=http",
        "pod?selector=app=web",
        "pod?namespace=shop&selector=app=web&min=2",
        "pod?selector=app=web,tier!=test",
        "pod/web?for=condition=Ready",
        "pod/web?for=condition=Ready=False",
        "pod/web?for=jsonpath={.status.phase}=Running",
        "pod/web?x-team=a=b&x-1=c",
        "tcp://db:5432",
        "tcp://db.shop.svc.cluster.local.:1?timeout=1m&connect-timeout=2s",
        "tcp://10.0.0.1:65535?for=open&x-a=b",
        "tcp://[2001:db8::1]:443",
        "tcp://[::ffff:10.0.0.1]:443",
        "http://api",
        "http://api:8080/health",
        "https://[::1]:8443/?a=1&b=&&c",
        "http://api/health?timeout=5s",
        "http://api/health?deep=1&stable=3s&timeout=5s",
        "http://api/a;b,c/'%20'?q=a?b/c&min=2&selector=x&x-a=1",
        "dns://db.shop.svc",
        "dns://db?timeout=500ms",
        "job/migrate?missing=ready&on-failure=wait",
        "deploy/web?fail-on=crashloop,unschedulable&grace=1m30s&timeout=5m",
        "pod?selector=app=web&missing=fail&fail-on=imagepull",
        "http://api/health?status=200,300-399&contains=all%20good",
        "https://api/?missing=ready&status=204",
    ] {
        assert_canonical(text, text);
    }
}

#[test]
fn other_spellings_become_the_canonical_form() {
    for (text, canonical) in [
        ("Pod/web", "pod/web"),
        ("Certificate.CERT-manager.io/web", "certificate.cert-manager.io/web"),
        ("job/migrate?namespace=shop", "job/shop/migrate"),
        ("job/shop/migrate?namespace=shop", "job/shop/migrate"),
        ("job/a?timeout=90&for=failed", "job/a?for=failed&timeout=1m30s"),
        ("job/a?timeout=0", "job/a?timeout=0s"),
        ("job/a?for=%66inished", "job/a?for=finished"),
        ("job/a?fail-on=imagepull,crashloop,imagepull", "job/a?fail-on=crashloop,imagepull"),
        ("http://a?contains=x&status=200-200&b=1", "http://a?b=1&status=200&contains=x"),
        ("job/a?for=cel=self.a == 'ü'", "job/a?for=cel=self.a%20==%20'%C3%BC'"),
        ("job/a?for=%2541", "job/a?for=%2541"),
        ("job/a?for=a%26%26b", "job/a?for=a%26%26b"),
        ("job/a?for=100%25x", "job/a?for=100%25x"),
        ("deploy/a?min=50%25&port=080", "deploy/a?min=50%&port=80"),
        ("deploy/a?min=007", "deploy/a?min=7"),
        (
            "pod?min=2&selector=tier in (b, a),app==web&namespace=shop",
            "pod?namespace=shop&selector=app=web,tier%20in%20(a,b)&min=2",
        ),
        ("pod?selector=app%3Dweb%2C%21old", "pod?selector=app=web,!old"),
        ("TCP://DB.Shop:05432", "tcp://db.shop:5432"),
        ("tcp://[2001:DB8::A]:1", "tcp://[2001:db8::a]:1"),
        ("HTTPS://Api/Health", "https://Api/Health"),
        ("http://api/?", "http://api/"),
        ("http://api/?timeout=5&a=1&stable=1&b=2", "http://api/?a=1&b=2&stable=1s&timeout=5s"),
        ("http://api/?%74imeout=5", "http://api/?%74imeout=5"),
        ("DNS://DB", "dns://db"),
    ] {
        assert_canonical(text, canonical);
    }
}

#[test]
fn an_object_has_a_kind_a_namespace_and_a_name() {
    let target = target("Deploy/shop/web");
    assert_eq!(target.kind(), "deploy");
    assert_eq!(target.namespace(), Some("shop"));
    assert_eq!(target.subject(), &Subject::Object { kind: "deploy".into(), name: "web".into() });
    assert!(!target.is_network());
}

#[test]
fn a_set_has_a_kind_and_a_selector() {
    let target = target("pods?selector=app in (web,api)&namespace=shop");
    let Subject::Set { kind, selector } = target.subject() else { panic!("{target:?}") };
    assert_eq!((kind.as_str(), target.kind(), target.namespace()), ("pods", "pods", Some("shop")));
    assert!(selector.matches(|key| (key == "app").then_some("api")));
    assert!(!selector.matches(|_| None));
}

#[test]
fn addresses_are_told_by_their_scheme() {
    let host = || "db".to_owned();
    for (text, kind, address) in [
        ("tcp://db:5432", "tcp", Address::Tcp { host: host(), port: 5432 }),
        ("tcp://[::1]:80", "tcp", Address::Tcp { host: "::1".into(), port: 80 }),
        ("dns://db", "dns", Address::Dns { host: host() }),
        ("http://db/?a&timeout=1", "http", Address::Http { url: "http://db/?a".into(), tls: false }),
        ("https://db/", "https", Address::Http { url: "https://db/".into(), tls: true }),
    ] {
        let target = target(text);
        assert_eq!(target.subject(), &Subject::Address(address));
        assert_eq!((target.kind(), target.namespace(), target.is_network()), (kind, None, true), "{text}");
    }
}

#[test]
fn every_option_comes_in_its_own_type() {
    let text = "svc/db?for=all&min=75%&port=pg&stable=1m&timeout=1h30m&x-a=1&x-b=%20&namespace=shop";
    let target = target(text);
    let options = target.options();
    assert_eq!(options.state.as_deref(), Some("all"));
    assert_eq!(options.min, Some(Min::Percent(75)));
    assert_eq!(options.port, Some(Port::Name("pg".into())));
    assert_eq!(options.stable, Some(Duration::from_secs(60)));
    assert_eq!(options.timeout, Some(Duration::from_secs(5400)));
    assert_eq!(options.connect_timeout, None);
    assert_eq!(options.extra, [("x-a".into(), "1".into()), ("x-b".into(), " ".into())]);
    assert_eq!(options.names(), ["for", "min", "port", "stable", "timeout", "x-a", "x-b"]);
}

#[test]
fn connect_timeout_is_for_addresses() {
    let target = target("tcp://db:1?connect-timeout=2500ms");
    assert_eq!(target.options().connect_timeout, Some(Duration::from_millis(2500)));
    assert_eq!(target.options().names(), ["connect-timeout"]);
}

#[test]
fn selector_and_namespace_are_no_option_names() {
    assert!(target("pod?selector=a&namespace=b").options().names().is_empty());
}

#[test]
fn the_default_namespace_fills_only_a_gap() {
    for (text, filled) in [
        ("pod/web", "pod/shop/web"),
        ("pod/other/web", "pod/other/web"),
        ("pod?selector=a", "pod?namespace=shop&selector=a"),
        ("pod?selector=a&namespace=other", "pod?namespace=other&selector=a"),
        ("tcp://db:1", "tcp://db:1"),
    ] {
        let target = target(text).in_namespace("shop");
        assert_eq!(target.to_string(), filled);
        assert_eq!(filled.parse(), Ok(target));
    }
}

#[test]
fn timeout_and_stable_can_be_set_and_taken_away() {
    let day = Some(Duration::from_secs(86_400));
    for text in ["pod/web?timeout=1s&stable=1s", "tcp://db:1", "http://api/?a", "dns://db?stable=1"] {
        let target = target(text).with_timeout(day).with_stable(Some(Duration::from_nanos(1)));
        assert_eq!(target.options().timeout, day);
        assert_eq!(target.options().stable, Some(Duration::from_millis(1)));
        assert_eq!(target.to_string().parse(), Ok(target.clone()));
        let bare = target.with_timeout(None).with_stable(None);
        assert!(bare.options().names().is_empty());
    }
}

#[test]
fn an_object_can_be_made_of_its_parts() {
    assert_eq!(Target::object("Job", Some("shop"), "migrate"), "job/shop/migrate".parse());
    assert_eq!(Target::object("job", None, "migrate"), "job/migrate".parse());
}

#[test]
fn parts_cannot_smuggle_in_what_is_no_part() {
    for (kind, namespace, name, position) in [
        ("job", Some("shop"), "migrate?for=failed", 10),
        ("job", Some("shop"), "a/b", 10),
        ("job", Some("a/b"), "c", 5),
        ("job", Some(""), "c", 5),
        ("job", None, "", 5),
        ("tcp:/", None, "db", 1),
        ("", None, "a", 1),
    ] {
        let error = Target::object(kind, namespace, name).unwrap_err();
        assert_eq!(error.position(), position, "{error}");
    }
}

#[test]
fn the_longest_target_is_still_read() {
    let longest = format!("{:a<MAX_TARGET_LENGTH$}", "pod/web?for=");
    assert_eq!(longest.len(), MAX_TARGET_LENGTH);
    assert_canonical(&longest, &longest);
}
