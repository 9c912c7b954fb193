use std::ffi::OsString;

use super::*;
use crate::NAME;
use crate::args;
use crate::environment::fake::Fake;
use crate::settings::Settings;

type Variables<'a> = &'a [(&'static str, &'static str)];

pub(super) fn with(words: &[&str], variables: Variables<'_>) -> Result<Option<Translation>, String> {
    let arguments: Vec<OsString> = words.iter().map(Into::into).collect();
    let environment = Fake { variables: variables.to_vec(), ..Fake::default() };
    translate(NAME, &args::words(&arguments)?, &environment)
}

fn translation(line: &str, variables: Variables<'_>) -> Translation {
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    let translation = with(&words, variables).unwrap();
    translation.unwrap_or_else(|| panic!("{line} is another tool's"))
}

/// The line to paste; the words are another tool's, and the settings are made of it.
pub(super) fn native(words: &[&str]) -> Result<String, String> {
    let translation = with(words, &[])?.ok_or("these are our own words")?;
    let line = translation.native(NAME, None).command;
    Settings::new(translation.args, &Fake::default()).map(|_| line)
}

fn line(line: &str, variables: Variables<'_>) -> String {
    translation(line, variables).native("wait", None).command
}

#[test]
fn names_and_selectors_are_taken_in_every_shape() {
    let rows = [
        ("pod -l app=web", "wait --timeout 0 'pod?selector=app=web'"),
        ("pod -l=app=web", "wait --timeout 0 'pod?selector=app=web'"),
        ("pod --selector=app=web", "wait --timeout 0 'pod?selector=app=web'"),
        ("pod --selector app=web -nshop", "wait -n shop --timeout 0 'pod?selector=app=web'"),
        ("service -lapp=web", "wait --timeout 0 'service?selector=app=web'"),
        ("job-we -lapp=web", "wait --timeout 0 'job?selector=app=web&for=finished'"),
        ("job-wr -lapp=web", "wait --timeout 0 'job?selector=app=web&min=1'"),
        ("pod-wr web-0", "wait --timeout 0 pod/web-0"),
        ("pod-we web-0", "wait --timeout 0 --any pod/web-0 'pod/web-0?for=finished'"),
        ("job -n shop migrate", "wait -n shop --timeout 0 job/migrate"),
        ("job shop -n shop", "wait -n shop --timeout 0 job/shop"),
    ];
    for (words, expected) in rows {
        assert_eq!(line(words, &[]), expected, "{words}");
    }
}

#[test]
fn our_own_flags_go_with_the_words_of_others() {
    let rows = [
        ("job migrate --timeout 10m --quiet", "wait --timeout 10m --quiet job/migrate"),
        (
            "job migrate --server=http://a:1 --output json",
            "wait --server http://a:1 --timeout 0 --output json job/migrate",
        ),
        ("--quiet --type=job --name=a", "wait -n default --quiet job/a"),
        ("--type=job --name=a --server http://a:1", "wait -n default --server http://a:1 job/a"),
    ];
    for (words, expected) in rows {
        assert_eq!(line(words, &[]), expected, "{words}");
    }
}

#[test]
fn k8s_when_ready_is_taken_with_all_of_its_flags() {
    let rows = [
        ("--type service --name db", "wait -n default 'service/db?for=all&stable=5s'"),
        ("--type=service --name=db --uptime=0", "wait -n default 'service/db?for=all'"),
        ("--type=service --name=db --uptime 0.5", "wait -n default 'service/db?for=all&stable=500ms'"),
        ("--type=service --name=db --uptime .0001", "wait -n default 'service/db?for=all&stable=1ms'"),
        ("--type=service --name=db --uptime 2.0010", "wait -n default 'service/db?for=all&stable=2s1ms'"),
        ("--type=service --name=db --uptime 2.0019", "wait -n default 'service/db?for=all&stable=2s2ms'"),
        ("--type=service --name=db --uptime=3.", "wait -n default 'service/db?for=all&stable=3s'"),
        ("--type=job --name=a", "wait -n default job/a"),
        ("--type=job --name=a --uptime=90", "wait -n default 'job/a?stable=1m30s'"),
        ("--name=a --type=job -n shop --timeout=60", "wait -n shop --timeout 1m job/a"),
        (
            "--type=job --name=a --timeout 1.5 -h server",
            "wait -n default --server http://server:3000 --timeout 1s500ms job/a",
        ),
        ("--type=job --name=a -hserver -p=80", "wait -n default --server http://server:80 job/a"),
        ("--type=job --name=a --port 80", "wait -n default --server http://k8s-when-ready-server:80 job/a"),
    ];
    for (words, expected) in rows {
        assert_eq!(line(words, &[]), expected, "{words}");
    }
}

#[test]
fn each_tool_has_its_exit_statuses() {
    assert_eq!(translation("job a", &[]).exits, Exits::Own);
    assert_eq!(translation("--type=job --name=a", &[]).exits, Exits::WhenReady);
}

#[test]
fn our_own_variables_stand_in_for_flags_as_ever() {
    assert_eq!(line("job a", &[("K8S_WAIT_TIMEOUT", "10m")]), "wait job/a");
    assert_eq!(line("--type=job --name=a", &[("K8S_WAIT_NAMESPACE", "shop")]), "wait job/a");
    assert_eq!(line("--type=job --name=a", &[("POD_NAMESPACE", "shop")]), "wait -n default job/a");
}

#[test]
fn the_variables_of_the_other_tool_count_or_are_told_to_have_no_use() {
    let errors = "TREAT_ERRORS_AS_READY";
    let rows: [(&str, Variables<'_>, &str, &[&str]); 11] = [
        ("job a", &[("WAIT_TIME", "10")], "wait --timeout 0 job/a", &["WAIT_TIME=10 is of no use"]),
        ("job a", &[("DEBUG", "2")], "wait --timeout 0 job/a", &["RUST_LOG"]),
        ("job a", &[("DEBUG", "0"), ("WAIT_TIME", ""), (errors, "0")], "wait --timeout 0 job/a", &[]),
        ("job a", &[(errors, "1")], "wait --timeout 0 'job/a?for=finished'", &["taken for job-we"]),
        ("job a", &[(errors, "2")], "wait --timeout 0 job/a", &["taken for job-wr"]),
        ("pod -la=b", &[(errors, "2")], "wait --timeout 0 'pod?selector=a=b&min=1'", &["taken for pod-wr"]),
        (
            "pod-we a",
            &[(errors, "2")],
            "wait --timeout 0 --any pod/a 'pod/a?for=finished'",
            &["pod-we and pod-wr say more"],
        ),
        ("pod-we a", &[(errors, "0")], "wait --timeout 0 --any pod/a 'pod/a?for=finished'", &[]),
        ("service a", &[(errors, "1")], "wait --timeout 0 service/a", &["judged by its endpoints"]),
        (
            "--type=job --name=a --poll-delay 3",
            &[],
            "wait -n default job/a",
            &["--poll-delay 3", "exit status"],
        ),
        (
            "--type=job --name=a --pollDelay=3",
            &[("WAIT_TIME", "1")],
            "wait -n default job/a",
            &["--poll-delay 3", "exit status"],
        ),
    ];
    for (words, variables, expected, notes) in rows {
        let native = translation(words, variables).native("wait", None);
        assert_eq!(native.command, expected, "{words}");
        assert_eq!(native.notes.len(), notes.len(), "{:?}", native.notes);
        for (note, part) in native.notes.iter().zip(notes) {
            assert!(note.contains(part), "{words}: {note}");
        }
    }
}

#[test]
fn what_is_not_clear_is_one_sentence_that_says_what_would_be() {
    let rows: [(&str, Variables<'_>, &[&str]); 27] = [
        ("job", &[], &["job says not what", "-lSELECTOR", "job/migrate"]),
        ("pod -n shop", &[], &["pod says not what"]),
        ("job a b", &[], &["one name and not 2", "job/a job/b"]),
        ("pod-we a b", &[], &["pod/a pod/b"]),
        ("pod a -lapp=web", &[], &["\"a\"", "together"]),
        ("pod -la=b -lc=d", &[], &["-l is given twice"]),
        ("pod -l", &[], &["-l needs a value"]),
        ("pod -la=b=c", &[], &["-l: ", "a=b=c"]),
        ("job shop/migrate", &[], &["\"shop/migrate\" is no name of a job"]),
        ("job migrate?for=failed", &[], &["is no name of a job"]),
        ("job migrate job/other", &[], &["one name and not 2"]),
        ("service a --context kind", &[], &["--context"]),
        (
            "job a",
            &[("TREAT_ERRORS_AS_READY", "yes")],
            &["TREAT_ERRORS_AS_READY: \"yes\"", "neither 0 nor 1"],
        ),
        ("--type=job", &[], &["--type needs a --name"]),
        ("--name=a", &[], &["--name needs a --type"]),
        ("--type=pod --name=a", &[], &["--type: \"pod\" is neither service nor job"]),
        ("--type=job --name=A_1", &[], &["--name: \"A_1\" is no name of a job"]),
        ("--type=job --name=a --name=b", &[], &["--name is given twice"]),
        ("--type=job --name=a job/b", &[], &["\"job/b\" says it again"]),
        ("--type=job --name=a --uptime=soon", &[], &["--uptime: \"soon\" is no number of seconds"]),
        ("--type=job --name=a --uptime=-1", &[], &["--uptime: \"-1\""]),
        ("--type=job --name=a --uptime=.", &[], &["--uptime: \".\" is no number of seconds"]),
        ("--type=job --name=a --uptime=-0.5", &[], &["--uptime: \"-0.5\""]),
        ("--type=job --name=a --uptime=1000000000.5", &[], &["--uptime: \"1000000000.5\""]),
        ("--type=job --name=a --timeout=0", &[], &["--timeout 0 ends at once", "for ever here"]),
        ("--type=job --name=a --host b --server http://a", &[], &["--host", "--server names it again"]),
        ("--type=job --name=a -h", &[], &["-h needs a value"]),
    ];
    for (line, variables, parts) in rows {
        let words: Vec<&str> = line.split(' ').collect();
        let complaint = with(&words, variables).unwrap_err();
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
        for part in parts {
            assert!(complaint.contains(part), "{line}: {complaint:?} lacks {part:?}");
        }
    }
}

/// Whatever makes sense in our own words is not looked at any further.
#[test]
fn our_own_words_stay_our_own() {
    for line in [
        "",
        "job/migrate",
        "pod?selector=app=web",
        "-n job job/migrate",
        "--termination-log --name job/migrate",
        "--token-file --type job/migrate",
        "--help",
        "job --help",
        "--type=job --version",
        "-h",
    ] {
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        assert_eq!(with(&words, &[]), Ok(None), "{line}");
    }
    for word in ["pod", "pod-we", "pod-wr", "job", "job-we", "job-wr", "service", "copy"] {
        assert!(word.parse::<Target>().is_err(), "{word} is free");
    }
}

#[test]
fn the_command_is_part_of_the_line() {
    let arguments: Vec<OsString> = ["--", "echo", "it is"].map(Into::into).into();
    let (_, command) = crate::command::split(&arguments).unwrap();
    let native = translation("job a", &[]).native("wait", command.as_ref());
    assert_eq!(native.command, "wait --timeout 0 job/a -- echo 'it is'");
}
