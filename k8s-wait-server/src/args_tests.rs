use super::*;

/// Arguments, environment, and what is said about them.
type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);

fn run(arguments: &[&str], env: &[(&str, &str)]) -> Result<Settings, String> {
    let words: Vec<String> = std::iter::once(&"server").chain(arguments).map(|s| s.to_string()).collect();
    let lookup = |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string());
    match read(&words, lookup) {
        Ok(Order::Run(settings)) => Ok(*settings),
        Ok(Order::Say(text)) => Err(text),
        Ok(Order::Inject(manifest)) => panic!("{manifest:?}"),
        Err(usage) => Err(usage.to_string()),
    }
}

#[test]
fn defaults_are_those_of_the_docs() {
    let settings = run(&[], &[]).unwrap();
    assert_eq!(settings.listen.to_string(), "0.0.0.0:8080");
    assert_eq!(settings.namespaces, None);
    assert_eq!(settings.max_waiters, 20_000);
    assert_eq!(settings.limits, Limits::default());
    assert_eq!(settings.limits.connections(settings.max_waiters), 21_000);
    assert_eq!(settings.linger, Duration::from_secs(300));
    assert_eq!(settings.shutdown_grace, Duration::from_secs(20));
}

#[test]
fn flags_win_over_the_environment() {
    let settings =
        run(&["--linger=7s", "--listen", ":1"], &[("K8S_WAIT_LINGER", "9s"), ("K8S_WAIT_MAX_WAITERS", "5")]);
    let settings = settings.unwrap();
    assert_eq!(settings.linger, Duration::from_secs(7));
    assert_eq!(settings.listen.port(), 1);
    assert_eq!(settings.max_waiters, 5);
}

#[test]
fn every_limit_has_a_flag() {
    let flags = "--max-connections 5 --max-connection-age 1h --read-timeout 3s --max-header-bytes 8192 \
                 --max-body-bytes 1 --max-targets 7 --max-requests-per-second 0";
    let limits = run(&flags.split_whitespace().collect::<Vec<_>>(), &[]).unwrap().limits;
    let expected = Limits {
        connections: Some(5),
        connection_age: Duration::from_secs(3600),
        read_timeout: Duration::from_secs(3),
        header_bytes: 8192,
        body_bytes: 1,
        targets: 7,
        requests_per_second: 0,
        ..Limits::default()
    };
    assert_eq!(limits, expected);
    assert_eq!(limits.connections(20_000), 5);
    assert_eq!(Limits::default().connections(20_000), 21_000);
}

#[test]
fn who_may_ask_is_what_was_said() {
    assert_eq!(run(&[], &[]).unwrap().auth, Auth::None);
    assert_eq!(run(&["--auth", "none"], &[]).unwrap().auth, Auth::None);
    assert_eq!(run(&["--auth=token"], &[]).unwrap().auth, Auth::Token(Vec::new()));
    let rules = ["shop=till", "*=shared"].map(|rule| rule.parse().unwrap());
    let twice = run(&["--auth=token", "--allow=shop=till", "--allow", "*=shared"], &[]).unwrap();
    assert_eq!(twice.auth, Auth::Token(rules.clone().into()));
    let variables = [("K8S_WAIT_AUTH", "token"), ("K8S_WAIT_ALLOW", "shop=till, *=shared")];
    assert_eq!(run(&[], &variables).unwrap().auth, Auth::Token(rules.into()));
}

/// A certificate with its key, in files.
fn pair(folder: &std::path::Path) -> [String; 2] {
    let pair = rcgen::generate_simple_self_signed(["webhook".to_owned()]).unwrap();
    let files = [("tls.crt", pair.cert.pem()), ("tls.key", pair.signing_key.serialize_pem())];
    files.map(|(name, pem)| {
        std::fs::write(folder.join(name), pem).unwrap();
        folder.join(name).display().to_string()
    })
}

#[test]
fn the_webhook_is_what_its_flags_say() {
    let folder = tempfile::tempdir().unwrap();
    let [certificate, key] = pair(folder.path());
    let with = |more: &[&str]| {
        let own = ["--inject", ":8443", "--inject-cert", &certificate, "--inject-key", &key];
        run(&[&own, more].concat(), &[]).map(|settings| settings.inject.unwrap())
    };
    let plain = with(&[]).unwrap();
    assert_eq!(plain.listen, "0.0.0.0:8443".parse().unwrap());
    assert_eq!((plain.container, plain.invalid), (Container::default(), Invalid::Refuse));
    let more = [
        "--auth=token",
        "--inject-image=mirror/client:2",
        "--inject-server=https://wait:8443",
        "--inject-ca-configmap=ca",
        "--inject-invalid=admit",
    ];
    let (server, ca_config_map) = (Some("https://wait:8443".to_owned()), Some("ca".to_owned()));
    let container = Container { image: "mirror/client:2".to_owned(), server, token: true, ca_config_map };
    let full = with(&more).unwrap();
    assert_eq!((full.container, full.invalid), (container, Invalid::Admit));
    for (flag, expected) in [
        ("--inject-server=k8s-wait:8080", "expected a URL such as http://k8s-wait.k8s-wait.svc:8080"),
        ("--inject-image=a b", "expected an image, as in k8s-wait-client:0.1.0"),
        ("--inject-ca-configmap=A", "expected the name of a ConfigMap"),
        ("--inject-invalid=ignore", "--inject-invalid \"ignore\": expected refuse or admit"),
    ] {
        let error = with(&[flag]).unwrap_err();
        assert!(error.contains(expected), "{error:?} lacks {expected:?}");
    }
}

#[test]
fn inject_wants_a_file_and_what_it_is_to_add() {
    let inject = |arguments: &[&str]| {
        let words = ["server", "inject"].into_iter().chain(arguments.iter().copied()).map(str::to_owned);
        read(&words.collect::<Vec<_>>(), |name| panic!("{name} is read"))
    };
    let manifest = |arguments: &[&str]| match inject(arguments) {
        Ok(Order::Inject(manifest)) => manifest,
        other => panic!("{other:?}"),
    };
    let container = Container { token: true, ..Container::default() };
    assert_eq!(manifest(&["-f", "pod.yaml", "--token"]), Manifest { file: "pod.yaml".into(), container });
    let container = Container {
        image: "a:1".to_owned(),
        server: Some("https://a:1".to_owned()),
        token: false,
        ca_config_map: Some("ca".to_owned()),
    };
    assert_eq!(
        manifest(&["--file=-", "--image=a:1", "--server=https://a:1", "--ca-configmap=ca"]),
        Manifest { file: "-".to_owned(), container }
    );
    let tls = concat!("k8s-wait-client:", env!("CARGO_PKG_VERSION"), "-tls");
    assert_eq!(manifest(&["--file=-", "--server=https://a:1"]).container.image, tls, "https needs it");
    assert!(matches!(inject(&["--help"]), Ok(Order::Say(_))));
    for (arguments, expected) in [
        (&[][..], "Required options not provided: --file"),
        (&["-f", "a", "b"], "Unrecognized argument: b"),
        (&["-f", "a", "--server=b"], "--server \"b\": expected a URL such as"),
        (&["-f", "a", "--ca-configmap=B"], "--ca-configmap \"B\": expected the name of a ConfigMap"),
        (&["-f", "a", "--image="], "--image \"\": expected an image"),
    ] {
        let error = inject(arguments).unwrap_err().to_string();
        assert!(error.contains(expected) && error.lines().count() == 1, "{error:?} lacks {expected:?}");
    }
}

#[test]
fn a_namespace_has_a_quarter_of_the_places_unless_it_is_told_otherwise() {
    let per_namespace = |arguments: &[&str]| run(arguments, &[]).unwrap().waiters_per_namespace();
    assert_eq!(per_namespace(&[]), 5_000);
    assert_eq!(per_namespace(&["--max-waiters=100"]), 25);
    assert_eq!(per_namespace(&["--max-waiters=1"]), 1);
    assert_eq!(per_namespace(&["--auth=token", "--max-waiters=100", "--max-waiters-per-namespace=7"]), 7);
}

#[test]
fn bad_values_name_where_they_came_from() {
    let cases: [Case<'_>; 31] = [
        (&["--auth=tokens"], &[], "--auth \"tokens\": expected none or token"),
        (&["--allow=a=b"], &[], "--allow \"a=b\": means nothing without --auth token"),
        (
            &["--auth=none"],
            &[("K8S_WAIT_MAX_WAITERS_PER_NAMESPACE", "5")],
            "K8S_WAIT_MAX_WAITERS_PER_NAMESPACE \"5\": means nothing without --auth token",
        ),
        (&["--auth=token", "--allow=a=b,c"], &[], "--allow \"a=b,c\": \"c\" is no FROM=TO"),
        (
            &["--auth=token", "--max-waiters-per-namespace=0"],
            &[],
            "--max-waiters-per-namespace \"0\": expected a number from 1 to 1000000",
        ),
        (
            &["--replicas=k8s-wait:8080"],
            &[],
            "--replicas \"k8s-wait:8080\": expected a URL such as http://k8s-wait-replicas.k8s-wait.svc:8080",
        ),
        (&["--replicas=http://a:1/?b"], &[], "expected a URL such as"),
        (
            &["--replicas=https://a:1", "--replicas-ca-file=/nowhere/ca.crt"],
            &[],
            "--replicas \"https://a:1\": /nowhere/ca.crt: ",
        ),
        (
            &["--replicas=https://a:1", "--replicas-ca-file=/dev/null"],
            &[],
            "--replicas \"https://a:1\": /dev/null: there is no certificate (PEM) in it",
        ),
        (&["--replicas-token-file=a"], &[], "--replicas-token-file \"a\": means nothing without --replicas"),
        (
            &[],
            &[("K8S_WAIT_REPLICAS_CA_FILE", "a")],
            "K8S_WAIT_REPLICAS_CA_FILE \"a\": means nothing without --replicas",
        ),
        (&["--events-after=5m"], &[], "--events-after \"5m\": means nothing without --auth token"),
        (&["--auth=token", "--events-after=0s"], &[], "--events-after \"0s\": expected more than 0"),
        (&["--log-format=xml"], &[], "--log-format \"xml\": expected text or json"),
        (&["--listen=nowhere"], &[], "--listen \"nowhere\": expected ADDRESS:PORT, as in 0.0.0.0:8080"),
        (
            &[],
            &[("K8S_WAIT_MAX_WAITERS", "0")],
            "K8S_WAIT_MAX_WAITERS \"0\": expected a number from 1 to 1000000",
        ),
        (
            &["--max-header-bytes=8191"],
            &[],
            "--max-header-bytes \"8191\": expected a number from 8192 to 1048576",
        ),
        (&["--max-targets=0"], &[], "--max-targets \"0\": expected a number from 1 to 10000"),
        (&["--read-timeout=0s"], &[], "--read-timeout \"0s\": expected more than 0"),
        (&["--namespaces=a,B"], &[], "\"B\" is no namespace"),
        (&["--linger=soon"], &[], "--linger \"soon\""),
        (&["--allow-network=10.0.0.0/99"], &[], "is neither a CIDR nor a host name"),
        (&["--colour"], &[], "--colour"),
        (&["--inject-image=a"], &[], "--inject-image \"a\": means nothing without --inject"),
        (
            &[],
            &[("K8S_WAIT_INJECT_INVALID", "admit")],
            "K8S_WAIT_INJECT_INVALID \"admit\": means nothing without --inject",
        ),
        (&["--inject=:8443"], &[], "--inject \":8443\": expected --inject-cert and --inject-key as well"),
        (
            &["--inject=:8443", "--inject-cert=a"],
            &[],
            "--inject-cert \"a\": expected --inject-key as well, with its key",
        ),
        (
            &["--inject=:8443", "--inject-cert=/nowhere/a", "--inject-key=b"],
            &[],
            "--inject-cert and --inject-key: \"/nowhere/a\" cannot be read: ",
        ),
        (
            &["--inject-server=k8s-wait", "--inject=:1", "--inject-cert=a", "--inject-key=b"],
            &[],
            "--inject-cert and --inject-key: ",
        ),
        (&["--inject-ca-configmap=A"], &[], "means nothing without --inject"),
        (&["--inject-server=http://a"], &[], "means nothing without --inject"),
    ];
    for (arguments, env, expected) in cases {
        let error = run(arguments, env).unwrap_err();
        assert!(error.contains(expected), "{error:?} lacks {expected:?}");
        assert_eq!(error.lines().count(), 1, "{error:?}");
    }
}

#[test]
fn the_readme_shows_what_is_understood() {
    let readme = include_str!("../README.md");
    let lines: Vec<&str> = readme.lines().filter(|line| line.starts_with("k8s-wait-server ")).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    for line in lines {
        let own = line.split(['#', '|']).next().unwrap();
        let words: Vec<String> = own.split_whitespace().map(str::to_owned).collect();
        if words[1] == "wait" {
            // The client's tests have its words.
            assert!(words[2].parse::<k8s_wait_lib::Target>().is_ok(), "{line}");
        } else {
            assert!(read(&words, |_| None).is_ok(), "{line}");
        }
    }
}

#[test]
fn help_names_every_flag() {
    let help = run(&["--help"], &[]).unwrap_err();
    let flags = command_line().flags;
    assert!(flags.len() > 20, "{}", flags.len());
    for flag in flags.iter().filter(|flag| !flag.hidden) {
        assert!(help.contains(flag.long), "{} is missing in {help}", flag.long);
    }
}
