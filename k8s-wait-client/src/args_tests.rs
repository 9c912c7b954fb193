use super::*;

fn parse(line: &str) -> Result<Request, String> {
    let arguments: Vec<OsString> = line.split(' ').filter(|word| !word.is_empty()).map(Into::into).collect();
    Args::parse("k8s-wait-client", &arguments)
}

fn args(line: &str) -> Args {
    match parse(line) {
        Ok(Request::Wait(args)) => args,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn values_may_be_glued_on_as_with_kubectl() {
    for line in
        ["-n shop job/a", "-n=shop job/a", "-nshop job/a", "--namespace shop job/a", "job/a --namespace=shop"]
    {
        let args = args(line);
        assert_eq!(args.namespace.as_deref(), Some("shop"), "{line}");
        assert_eq!(args.targets, ["job/a"], "{line}");
    }
    let args = args("--timeout=5m --server=http://a?b=c job/a pod?selector=app=web");
    assert_eq!((args.timeout.as_deref(), args.server.as_deref()), (Some("5m"), Some("http://a?b=c")));
    assert_eq!(args.targets, ["job/a", "pod?selector=app=web"]);
}

#[test]
fn every_flag_is_read() {
    let args = args(
        "-n ns --server s --ca-file c --token-file f --timeout t --any --output o --termination-log l --quiet x y",
    );
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        args,
        Args {
            namespace: text("ns"),
            server: text("s"),
            timeout: text("t"),
            any: true,
            output: text("o"),
            ca_file: text("c"),
            token_file: text("f"),
            termination_log: text("l"),
            quiet: true,
            version: false,
            targets: vec!["x".to_owned(), "y".to_owned()],
        }
    );
}

#[test]
fn what_was_read_is_written_so_that_it_is_read_again() {
    let all = "-n ns --server s --ca-file c --token-file f --timeout t --output o --termination-log l --any --quiet x y";
    for line in [all, "", "job/a"] {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        assert_eq!(args(line).words(), words);
    }
}

#[test]
fn bad_usage_is_one_line_that_names_it() {
    let rows = [
        ("--frob job/a", "--frob"),
        ("job/a --timeout", "--timeout"),
        ("--any=true job/a", "--any takes no value"),
        ("--timeout 1 --timeout 2 job/a", "--timeout"),
        ("-x job/a", "-x"),
    ];
    for (line, part) in rows {
        let complaint = parse(line).unwrap_err();
        assert!(complaint.contains(part), "{line}: {complaint}");
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
    }
}

#[test]
fn an_argument_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStringExt;
    let complaint = Args::parse("k8s-wait-client", &[OsString::from_vec(b"job/\xff".to_vec())]).unwrap_err();
    assert!(complaint.contains("job/") && complaint.contains("UTF-8"), "{complaint}");
}

#[test]
fn version_and_help_are_printed() {
    let version = format!("k8s-wait-client {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(parse("--version"), Ok(Request::Print(version)));
    for line in ["--help", "-h", "job/a --help"] {
        let Ok(Request::Print(help)) = parse(line) else { panic!("{line}") };
        assert!(help.contains("--termination-log"), "{help}");
    }
}

#[test]
fn help_fits_a_screen_and_shows_three_examples() {
    let Ok(Request::Print(help)) = parse("--help") else { panic!("no help") };
    let examples = help.lines().filter(|line| line.starts_with("  k8s-wait-client ")).count();
    assert_eq!(examples, 3, "{help}");
    let widest = help.lines().map(str::len).max().unwrap();
    assert!(
        help.lines().count() <= 24 && widest <= 80,
        "{} lines, {widest} wide:\n{help}",
        help.lines().count()
    );
}

#[test]
fn the_termination_log_is_found_in_a_line_that_is_wrong_otherwise() {
    let find = |line: &str| {
        let arguments: Vec<OsString> = line.split(' ').map(Into::into).collect();
        termination_log(&arguments)
    };
    assert_eq!(find("--frob --termination-log=/tmp/x").as_deref(), Some("/tmp/x"));
    assert_eq!(find("--termination-log /tmp/x --frob").as_deref(), Some("/tmp/x"));
    assert_eq!(find("--frob"), None);
    assert_eq!(find("--termination-log"), None);
    assert_eq!(find("--frob -- app --termination-log /tmp/x"), None);
}
