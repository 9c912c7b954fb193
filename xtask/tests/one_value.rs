//! The version and the port have one value, wherever they stand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests may, and are no API"
)]

use k8s_wait_server::Settings;
use regex::Regex;
use semver::{Version, VersionReq};
use std::fs;
use std::path::Path;
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a pattern finds in the texts that git knows: path, line, and what its group matches.
fn found(pattern: &str, is_looked_at: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let pattern = Regex::new(pattern).unwrap();
    let listed = Command::new("git").current_dir(ROOT).args(["ls-files", "-z"]).output().unwrap();
    let mut found = Vec::new();
    // Tests make up their own. The changelog tells of the past.
    let is_left_out =
        |path: &str| path == "CHANGELOG.md" || path.contains("/tests/") && path.ends_with(".rs");
    for path in String::from_utf8(listed.stdout).unwrap().split_terminator('\0') {
        if is_left_out(path) || !is_looked_at(path) {
            continue;
        }
        let text = String::from_utf8_lossy(&fs::read(Path::new(ROOT).join(path)).unwrap()).into_owned();
        for (number, line) in text.lines().enumerate() {
            let all = pattern.captures_iter(line).map(|captures| captures[1].to_owned());
            found.extend(all.map(|value| (format!("{path}:{}: {line}", number + 1), value)));
        }
    }
    found
}

fn all_are(what: &[(String, String)], at_least: usize, is_right: impl Fn(&str) -> bool) {
    assert!(what.len() >= at_least, "only {} were found: {what:?}", what.len());
    for (place, value) in what {
        assert!(is_right(value), "{value:?} in {place}");
    }
}

#[test]
fn images_have_the_version_as_their_tag() {
    let tags = found(r"k8s-wait-(?:client|server):([0-9][0-9A-Za-z.+_-]*)", |_| true);
    all_are(&tags, 6, |tag| tag.strip_suffix("-tls").unwrap_or(tag) == VERSION);
}

#[test]
fn the_chart_has_the_version_twice() {
    let versions =
        found(r"^(?:version|appVersion): (.*)$", |path| path == "deploy/chart/k8s-wait/Chart.yaml");
    all_are(&versions, 2, |version| version == VERSION);
    assert_eq!(versions.len(), 2, "{versions:?}");
}

#[test]
fn crates_are_wanted_in_a_version_that_there_is() {
    let version = Version::parse(VERSION).unwrap();
    let crates = r#"k8s-wait-(?:target|lib|client|server|testkit) = (?:.*version = )?"([^"]*)""#;
    all_are(&found(crates, |_| true), 5, |wanted| VersionReq::parse(wanted).unwrap().matches(&version));
}

#[test]
fn the_port_is_the_servers_default() {
    let port = Settings::default().listen.port().to_string();
    let is_right = |found: &str| found == port;
    let is_deployed =
        |path: &str| path.starts_with("deploy/") || path == "README.md" || path.starts_with("docs/");
    all_are(&found(r"^EXPOSE (.*)$", |path| path.ends_with("server.Dockerfile")), 1, is_right);
    all_are(&found(r"--listen=0\.0\.0\.0:([0-9]+)", is_deployed), 2, is_right);
    // The webhook is asked at the port of https.
    let has_it = |path: &str| path.starts_with("deploy/") && !path.ends_with("/inject.yaml");
    all_are(&found(r"(?:containerPort|^      port|^  port): ([0-9]+)", has_it), 4, is_right);
    all_are(&found(r"//k8s-wait\.[a-z0-9.-]*svc(?:\.cluster\.local)?:([0-9]+)", |_| true), 4, is_right);
}
