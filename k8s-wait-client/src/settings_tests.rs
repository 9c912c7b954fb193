use super::*;
use crate::args::Request;
use crate::environment::fake::Fake;
use std::ffi::OsString;

type Variables<'a> = &'a [(&'static str, &'static str)];

fn settings(line: &str, variables: Variables<'_>) -> Result<Settings, String> {
    with(line, &Fake { variables: variables.to_vec(), namespace: None, terminal: None })
}

fn with(line: &str, environment: &dyn Environment) -> Result<Settings, String> {
    let arguments: Vec<OsString> = line.split(' ').filter(|word| !word.is_empty()).map(Into::into).collect();
    match Args::parse("k8s-wait-client", &arguments)? {
        Request::Wait(args) => Settings::new(args, environment),
        Request::Print(text) => panic!("{text}"),
    }
}

fn names(settings: &Settings) -> Vec<String> {
    settings.targets.iter().map(ToString::to_string).collect()
}

#[test]
fn the_readme_shows_what_is_understood() {
    let readme = include_str!("../README.md");
    let lines: Vec<&str> = readme.lines().filter_map(|line| line.strip_prefix("k8s-wait-client ")).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in lines {
        let own = line.split(" -- ").next().unwrap().replace('\'', "");
        assert!(settings(&own, &[]).is_ok(), "{line}");
    }
}

#[test]
fn the_defaults_are_the_documented_ones() {
    let settings = settings("job/migrate", &[]).unwrap();
    assert_eq!(names(&settings), ["job/default/migrate"]);
    assert_eq!(
        settings,
        Settings {
            targets: settings.targets.clone(),
            namespace: "default".to_owned(),
            server: "http://k8s-wait.k8s-wait.svc:8080".to_owned(),
            server_name: "http://k8s-wait.k8s-wait.svc:8080".to_owned(),
            roots: Roots::default(),
            pod: None,
            token_file: None,
            timeout: Some(Duration::from_secs(300)),
            mode: Mode::All,
            output: Output::Text,
            is_quiet: false,
            termination_log: TerminationLog::Default("/dev/termination-log".into()),
            exits: Exits::Own,
        }
    );
}

#[test]
fn the_host_is_taken_for_the_pod_if_it_can_be_one() {
    let pod = |name| settings("job/migrate", &[("HOSTNAME", name)]).unwrap().pod;
    assert_eq!(pod("web-5c7f9-x2x4z").as_deref(), Some("web-5c7f9-x2x4z"));
    for name in ["", "My Laptop", "a\r\nb: c", "W"] {
        assert_eq!(pod(name), None, "{name:?}");
    }
}

#[test]
fn the_environment_says_the_same_as_the_flags() {
    let flags = settings(
        "-n shop --server http://a:1/ --timeout 10s --any --output json --termination-log /l job/migrate tcp://db:1",
        &[],
    )
    .unwrap();
    let variables = [
        ("K8S_WAIT_NAMESPACE", "shop"),
        ("K8S_WAIT_SERVER", "http://a:1/"),
        ("K8S_WAIT_TIMEOUT", "10s"),
        ("K8S_WAIT_ANY", "true"),
        ("K8S_WAIT_OUTPUT", "json"),
        ("K8S_WAIT_TERMINATION_LOG", "/l"),
        ("K8S_WAIT_TARGETS", " job/migrate\n\ttcp://db:1 "),
    ];
    assert_eq!(settings("", &variables).unwrap(), flags);
    assert_eq!(flags.server, "http://a:1");
    assert_eq!(flags.mode, Mode::Any);
}

/// A build without TLS refuses the last one, in the same words.
#[test]
fn each_flag_has_a_variable() {
    let directory = tempfile::tempdir().unwrap();
    let token = directory.path().join("token");
    std::fs::write(&token, "secret").unwrap();
    let token: &'static str = token.to_str().unwrap().to_owned().leak();
    let rows = [
        ("--namespace", "K8S_WAIT_NAMESPACE", "shop"),
        ("--namespace", "POD_NAMESPACE", "shop"),
        ("--server", "K8S_WAIT_SERVER", "http://a:1"),
        ("--token-file", "K8S_WAIT_TOKEN_FILE", token),
        ("--timeout", "K8S_WAIT_TIMEOUT", "10s"),
        ("--output", "K8S_WAIT_OUTPUT", "json"),
        ("--termination-log", "K8S_WAIT_TERMINATION_LOG", "/l"),
        ("--ca-file", "K8S_WAIT_CA_FILE", "/no/such/ca"),
    ];
    for (flag, variable, value) in rows {
        let one = |line: &str, variables: Variables<'_>| {
            let read = settings(line, variables);
            read.map_err(|complaint| complaint.replace(flag, "").replace(variable, ""))
        };
        let by_flag = one(&format!("{flag} {value} job/x"), &[]);
        assert_eq!(by_flag, one("job/x", &[(variable, value)]), "{flag}");
        assert_ne!(by_flag, one("job/x", &[]), "{flag} says something");
    }
}

#[test]
fn flags_win_and_empty_variables_say_nothing() {
    let variables = [
        ("K8S_WAIT_NAMESPACE", "other"),
        ("K8S_WAIT_TIMEOUT", "nonsense"),
        ("K8S_WAIT_TARGETS", "job/other"),
        ("K8S_WAIT_SERVER", " "),
        ("K8S_WAIT_ANY", ""),
    ];
    let settings = settings("-n shop --timeout 1s job/migrate", &variables).unwrap();
    assert_eq!(names(&settings), ["job/shop/migrate"]);
    assert_eq!((settings.server.as_str(), settings.mode), (SERVER, Mode::All));
}

#[test]
fn the_namespace_comes_from_the_first_that_has_one() {
    let all = [("K8S_WAIT_NAMESPACE", "b"), ("POD_NAMESPACE", "c")];
    let rows: [(&str, Variables<'_>, Option<&'static str>, &str); 5] = [
        ("-n a job/x", &all, Some("d\n"), "a"),
        ("job/x", &all, Some("d\n"), "b"),
        ("job/x", &all[1..], Some("d\n"), "c"),
        ("job/x", &[], Some("d\n"), "d"),
        ("job/x", &[], None, "default"),
    ];
    for (line, variables, namespace, expected) in rows {
        let fake = Fake { variables: variables.to_vec(), namespace, terminal: None };
        assert_eq!(with(line, &fake).unwrap().namespace, expected);
    }
}

#[test]
fn a_target_keeps_its_own_namespace_and_comes_once() {
    let settings = settings("job/a/x job/x pod/y jobs/x tcp://db:1 TCP://DB:1 job/x?namespace=a", &[]);
    let names = names(&settings.unwrap());
    assert_eq!(names, ["job/a/x", "job/default/x", "pod/default/y", "jobs/default/x", "tcp://db:1"]);
}

#[test]
fn a_timeout_of_zero_is_forever() {
    for text in ["0", "0s"] {
        assert_eq!(settings(&format!("--timeout {text} job/x"), &[]).unwrap().timeout, None);
    }
}

#[test]
fn what_is_wrong_is_named_with_its_origin() {
    let rows: [(&str, Variables<'_>, &[&str]); 23] = [
        ("", &[], &["nothing to wait for"]),
        ("", &[("K8S_WAIT_TARGETS", " ")], &["nothing to wait for"]),
        ("", &[("K8S_WAIT_TARGETS", "job/x job")], &["K8S_WAIT_TARGETS: ", "job"]),
        ("job/UPPER", &[], &["job/UPPER"]),
        ("job/x --timeout 5y", &[], &["--timeout: ", "5y"]),
        ("job/x --timeout -5", &[], &["--timeout: ", "-5"]),
        ("job/x", &[("K8S_WAIT_TIMEOUT", "soon")], &["K8S_WAIT_TIMEOUT: ", "soon"]),
        ("job/x -n Shop", &[], &["--namespace: ", "Shop"]),
        ("job/x -n -a", &[], &["--namespace: ", "-a"]),
        ("job/x", &[("POD_NAMESPACE", "a.b")], &["POD_NAMESPACE: ", "a.b"]),
        ("job/x", &[("K8S_WAIT_NAMESPACE", "a/b")], &["K8S_WAIT_NAMESPACE: "]),
        ("job/x --output yaml", &[], &["--output: ", "yaml", "text and json"]),
        ("job/x", &[("K8S_WAIT_OUTPUT", "yaml")], &["K8S_WAIT_OUTPUT: "]),
        ("job/x", &[("K8S_WAIT_ANY", "yes")], &["K8S_WAIT_ANY: ", "yes", "true"]),
        ("job/x --server a:8080", &[], &["--server: ", "http://"]),
        ("job/x --server ftp://a", &[], &["--server: ", "http://"]),
        ("job/x --server http://u:p@a", &[], &["--server: ", "user"]),
        ("job/x --server http://a:99999", &[], &["--server: "]),
        ("job/x --server http://a:0", &[], &["--server: ", "port"]),
        ("job/x --server http://a?b", &[], &["--server: ", "query"]),
        ("job/x", &[("K8S_WAIT_SERVER", "a b")], &["K8S_WAIT_SERVER: ", "a b"]),
        ("tcp://db:1?status=200", &[], &["tcp://db:1", "status"]),
        ("tcp://db:1?for=ready", &[], &["tcp://db:1", "\"open\""]),
    ];
    for (line, variables, parts) in rows {
        let complaint = settings(line, variables).unwrap_err();
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
        for part in parts {
            assert!(complaint.contains(part), "{line} {variables:?}: {complaint:?} lacks {part:?}");
        }
    }
}

#[test]
#[cfg(not(feature = "tls"))]
fn a_build_without_tls_says_which_has_it() {
    let rows: [(&str, Variables<'_>, &str); 4] = [
        ("job/x --server https://a", &[], "--server: \"https://a\""),
        ("https://web/health", &[], "https://web/health"),
        ("job/x --ca-file /ca.crt", &[], "--ca-file: "),
        ("job/x", &[("K8S_WAIT_CA_FILE", "/ca.crt")], "K8S_WAIT_CA_FILE: "),
    ];
    for (line, variables, origin) in rows {
        let complaint = settings(line, variables).unwrap_err();
        assert!(complaint.starts_with(origin) && complaint.contains("whose tag ends in -tls"), "{complaint}");
    }
}

#[test]
fn servers_of_every_shape_are_taken() {
    for (text, server) in [
        ("http://a", "http://a"),
        ("http://a:8080/", "http://a:8080"),
        ("http://10.0.0.1:8080", "http://10.0.0.1:8080"),
        ("http://[fd00::1]:8080", "http://[fd00::1]:8080"),
        ("http://a/wait/", "http://a/wait"),
    ] {
        assert_eq!(settings(&format!("--server {text} job/x"), &[]).unwrap().server, server);
    }
}

#[test]
fn a_hundred_targets_are_taken_and_one_more_is_not() {
    let line = |count: usize| (0..count).map(|n| format!("job/x{n}")).collect::<Vec<_>>().join(" ");
    assert_eq!(settings(&line(100), &[]).unwrap().targets.len(), 100);
    assert!(settings(&line(101), &[]).unwrap_err().contains("101 targets are too many"));
    let doubled = format!("{} {}", line(100), line(100));
    assert_eq!(settings(&doubled, &[]).unwrap().targets.len(), 100);
}

#[test]
fn only_what_needs_a_server_has_one() {
    assert!(!settings("tcp://db:1", &[]).unwrap().needs_server());
    assert!(settings("tcp://db:1 job/x", &[]).unwrap().needs_server());
}
