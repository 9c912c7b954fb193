//! Flags, signals and the log of the real binary.

use crate::program::{Program, command};
use crate::support::{Lines, ask, until, within};
use futures::future::join_all;
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::job;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

const DOCS: &str = include_str!("../../../docs/src/logs.md");

/// Arguments, environment, and what is said about them.
type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);

/// Exit code, stdout, stderr.
async fn run(arguments: &[&str], env: &[(&str, &str)]) -> (i32, String, String) {
    let output = within(command(arguments).envs(env.iter().copied()).output()).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn help_and_version_are_not_errors() {
    let (code, out, err) = run(&["--help"], &[]).await;
    assert!(code == 0 && err.is_empty() && out.contains("--shutdown-grace"), "{out}{err}");
    let (code, out, _) = run(&["--version"], &[]).await;
    assert_eq!((code, out), (0, format!("k8s-wait-server {}\n", env!("CARGO_PKG_VERSION"))));
}

#[tokio::test]
async fn a_manifest_that_cannot_be_written_is_an_error() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let ended = within(
        command(&["rbac"])
            .stdout(full)
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap()
            .wait_with_output(),
    );
    let ended = ended.await.unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.starts_with("k8s-wait-server: cannot write: No space left"), "{said}");
}

#[tokio::test]
async fn bad_usage_is_one_sentence_and_2() {
    let cases: &[Case<'_>] = &[
        (&["--colour"], &[], "--colour"),
        (&["extra"], &[], "extra"),
        (&["--listen"], &[], "--listen"),
        (&["--listen=here"], &[], "--listen \"here\": expected ADDRESS:PORT, as in 0.0.0.0:8080"),
        (&["--listen", ":1", "--listen", ":2"], &[], "--listen"),
        (&[], &[("K8S_WAIT_MAX_WAITERS", "many")], "K8S_WAIT_MAX_WAITERS \"many\": expected a number"),
        (&["--allow-network=10.0.0.256"], &[], "\"10.0.0.256\" is neither a CIDR nor a host name"),
        (&["--tls-cert", "/a"], &[], "--tls-cert \"/a\": expected --tls-key as well"),
        (&[], &[("K8S_WAIT_TLS_KEY", "/b")], "K8S_WAIT_TLS_KEY \"/b\": expected --tls-cert as well"),
        (&["--tls-cert=/a/b", "--tls-key=/c"], &[], "--tls-cert and --tls-key: \"/a/b\" cannot be read: "),
        (&["--shutdown-grace=never"], &[], "--shutdown-grace \"never\""),
    ];
    for (arguments, env, expected) in cases {
        let (code, out, err) = run(arguments, env).await;
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.starts_with("k8s-wait-server: ") && err.contains(expected), "{err}");
        assert_eq!(err.lines().count(), 1, "{err}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_variable_that_is_no_text_is_not_passed_over() {
    use std::os::unix::ffi::OsStrExt;
    let value = std::ffi::OsStr::from_bytes(b":80\xff");
    let output = within(command(&[]).env("K8S_WAIT_LISTEN", value).output()).await.unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("K8S_WAIT_LISTEN"), "{err}");
}

/// What it says when it cannot start; a start that succeeds fails the test.
async fn fails(program: &mut Program) -> (Option<i32>, String) {
    let status = program.ends().await;
    let line = program.said.last().cloned().unwrap_or_default();
    (status.code(), line)
}

#[tokio::test]
async fn without_a_kubernetes_configuration_it_says_where_it_looked() {
    let empty = tempfile::tempdir().unwrap();
    let nowhere = empty.path().join("none");
    // Without HOME, it would be the user's own.
    for (name, value) in [("HOME", empty.path()), ("KUBECONFIG", nowhere.as_path())] {
        let mut program = Program::spawn(command(&["--listen=127.0.0.1:0"]).env(name, value));
        let (code, line) = fails(&mut program).await;
        assert_eq!((code, program.said.len()), (Some(1), 1), "{:?}", program.said);
        assert!(line.contains("ERROR") && line.contains("no usable Kubernetes configuration"), "{line}");
        assert!(line.contains("KUBECONFIG") && line.contains("ServiceAccount"), "{line}");
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let api = Api::start().await.unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut program = Program::run(&api, &mut command(&["--listen", &address]));
    let (code, line) = fails(&mut program).await;
    assert_eq!((code, program.said.len()), (Some(1), 1), "{:?}", program.said);
    assert!(line.contains(&format!("cannot listen on {address}: Address already in use")), "{line}");
}

#[tokio::test]
async fn a_kind_that_cannot_be_preloaded_is_bad_usage() {
    let api = Api::start().await.unwrap();
    let mut program = Program::start(&api, &["--preload", "gadget"]);
    let (code, line) = fails(&mut program).await;
    assert_eq!(code, Some(2), "{line}");
    assert!(line.contains("--preload: kind \"gadget\" is unknown; known are pod, job"), "{line}");
}

#[tokio::test]
async fn a_signal_ends_it_well() {
    let api = Api::start().await.unwrap();
    api.apply(job("migrate").active(1)).unwrap();
    for signal in ["TERM", "INT"] {
        let mut program = Program::start(&api, &[]);
        let address = program.address().await;
        let mut lines = Lines::open(address, "/v1/wait?target=job/migrate&timeout=1h").await;
        lines.until_reason("JobRunning").await;
        program.signal(signal).await;
        assert_eq!(lines.next().await, None);
        assert_eq!(program.ends().await.code(), Some(0));
        assert!(program.said.last().unwrap().contains("stopped"), "{:?}", program.said);
        assert!(TcpStream::connect(address).await.is_err());
    }
}

/// A connection with half a request on it, which the server has taken in.
async fn hang(address: SocketAddr) -> TcpStream {
    let mut hanging = TcpStream::connect(address).await.unwrap();
    hanging.write_all(b"GET /livez HTTP/1.1\r\n").await.unwrap();
    // They are taken in one after the other.
    let mut after = TcpStream::connect(address).await.unwrap();
    after.write_all(b"GET /livez HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    after.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    hanging
}

#[tokio::test]
async fn a_connection_that_hangs_does_not_outlast_the_grace() {
    let api = Api::start().await.unwrap();
    let mut program = Program::start(&api, &["--shutdown-grace=200ms"]);
    let address = program.address().await;
    let _hanging = hang(address).await;
    let begun = Instant::now();
    program.signal("TERM").await;
    program.says("connections were still open after the grace, and are cut").await;
    assert_eq!(program.ends().await.code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let api = Api::start().await.unwrap();
    let mut program = Program::start(&api, &["--shutdown-grace=1h"]);
    let address = program.address().await;
    let _hanging = hang(address).await;
    program.signal("TERM").await;
    program.says("stopping").await;
    let begun = Instant::now();
    program.signal("INT").await;
    assert_eq!(program.ends().await.code(), Some(1));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(program.said.last().unwrap().contains("a second signal"), "{:?}", program.said);
}

#[tokio::test]
async fn as_many_can_wait_as_the_hard_limit_of_files_allows() {
    let api = Api::start().await.unwrap();
    api.apply(job("migrate").active(1)).unwrap();
    // A container's soft limit is often far below its hard one.
    let mut shell = tokio::process::Command::new("sh");
    let binary = env!("CARGO_BIN_EXE_k8s-wait-server");
    shell.env_clear().args(["-c", "ulimit -Sn 40 && exec \"$0\" --listen 127.0.0.1:0", binary]);
    let mut program = Program::run(&api, &mut shell);
    let address = program.address().await;
    let mut held = Vec::new();
    for _ in 0..100 {
        let mut lines = Lines::open(address, "/v1/wait?target=job/migrate").await;
        lines.until_reason("JobRunning").await;
        held.push(lines);
    }
}

/// How many connections have come to this port and are not taken in, by the system's own count.
#[cfg(target_os = "linux")]
fn backlog(port: u16) -> usize {
    let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let mut rows = sockets.lines().map(|row| row.split_whitespace().collect::<Vec<_>>());
    // Address and port, state (0A is listening), and the two queues.
    let is_it = |row: &Vec<&str>| row[1].ends_with(&format!(":{port:04X}")) && row[3] == "0A";
    let row = rows.find(is_it).unwrap();
    usize::from_str_radix(row[4].split_once(':').unwrap().1, 16).unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn many_may_come_at_once() {
    let api = Api::start().await.unwrap();
    let mut program = Program::start(&api, &[]);
    let address = program.address().await;
    program.signal("STOP").await;
    let comers = join_all((0..500).map(|_| TcpStream::connect(address)));
    let comers = AbortOnDropHandle::new(tokio::spawn(comers));
    until(async || backlog(address.port()) == 500).await;
    program.signal("CONT").await;
    assert!(within(comers).await.unwrap().iter().all(Result::is_ok));
    until(async || backlog(address.port()) == 0).await;
}

#[tokio::test]
async fn fewer_files_than_waiters_are_told() {
    let api = Api::start().await.unwrap();
    let mut shell = tokio::process::Command::new("sh");
    let binary = env!("CARGO_BIN_EXE_k8s-wait-server");
    shell.env_clear().args(["-c", "ulimit -n 100 && exec \"$0\" --listen 127.0.0.1:0", binary]);
    let mut program = Program::run(&api, &mut shell);
    let line = program.says("files").await;
    assert!(
        line.contains("WARN") && line.contains("open_files=100") && line.contains("max_waiters=20000"),
        "{line}"
    );
}

/// `[TIME LEVEL TARGET] message key=value key="a value"`, taken apart into level and message.
fn parts(line: &str) -> (String, String) {
    let (head, rest) = line.strip_prefix('[').and_then(|line| line.split_once("] ")).expect(line);
    let head: Vec<_> = head.split_whitespace().collect();
    assert_eq!(head.len(), 3, "{line}");
    let words = rest.split(' ');
    let message: Vec<_> = words.take_while(|word| !word.contains('=')).collect();
    let mut pairs = rest[message.join(" ").len()..].trim_start();
    while let Some((key, value)) = pairs.split_once('=') {
        assert!(key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{key:?} in {line}");
        let end = match value.strip_prefix('"') {
            Some(quoted) => 2 + quoted.replace("\\\"", "__").find('"').expect(line),
            None => value.find(' ').unwrap_or(value.len()),
        };
        pairs = value[end..].trim_start();
    }
    assert_eq!(pairs, "", "{line}");
    (head[1].to_owned(), message.join(" "))
}

/// Libraries call an error what the server tries again, and say so in shapes of their own.
#[tokio::test]
async fn nobody_else_writes_into_the_log_unless_asked_to() {
    let api = Api::start().await.unwrap();
    api.stop().await;
    let mut program = Program::start(&api, &["--preload=job"]);
    program.has_said("watch is down").await;
    program.has_said("the API server does not answer").await;
    program.signal("TERM").await;
    assert_eq!(program.ends().await.code(), Some(0));
    let is_ours = |line: &&String| line.split(['[', ' ', ']']).any(|word| word.starts_with("k8s_wait_"));
    let others: Vec<_> = program.said.iter().filter(|line| !is_ours(line)).collect();
    assert!(others.is_empty(), "{others:?}");
}

/// Every line is one line, has the shape that the docs promise, and is in them with its level.
#[tokio::test]
async fn the_log_is_as_the_docs_say() {
    let api = Api::start().await.unwrap();
    api.stop().await;
    let mut program = Program::run(
        &api,
        command(&["--preload=job", "--listen=127.0.0.1:0", "--shutdown-grace=1ms"])
            .env("RUST_LOG", "k8s_wait_server=debug,k8s_wait_lib=debug"),
    );
    let address = program.address().await;
    program.says("the API server does not answer").await;
    api.resume().await.unwrap();
    // In whichever order they come.
    program.has_said("the API server answers").await;
    program.has_said("watch is up").await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /v1/check?target=a%0Ab HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let refused = program.says("refused").await;
    assert!(refused.contains(r#"problem="target "#), "{refused}");
    stream.write_all(b"GARBAGE\r\n\r\n").await.unwrap();
    program.says("connection ended").await;
    let _hanging = hang(address).await;
    program.signal("TERM").await;
    assert_eq!(program.ends().await.code(), Some(0));

    let lines: Vec<_> = program.said.iter().map(|line| parts(line)).collect();
    let rows: Vec<_> = DOCS.lines().filter(|line| line.starts_with("| ")).collect();
    for (level, message) in &lines {
        let row = format!("| {} | `{message}` |", level.to_lowercase());
        assert!(rows.iter().any(|known| known.starts_with(&row)), "{row} is not in docs/src/logs.md");
    }
    let levels = |wanted: &str| lines.iter().filter(|(level, _)| level == wanted).count();
    assert!(levels("INFO") >= 6 && levels("WARN") >= 3 && levels("DEBUG") >= 2, "{lines:?}");
}

#[tokio::test]
async fn a_log_for_programs_has_what_a_client_calls_its_request() {
    let api = Api::start().await.unwrap();
    let mut program = Program::run(
        &api,
        command(&["--listen=127.0.0.1:0", "--log-format=json"]).env("RUST_LOG", "k8s_wait_server=debug"),
    );
    let started: Value = serde_json::from_str(&program.says("started").await).unwrap();
    assert_eq!(
        [&started["level"], &started["target"], &started["version"]],
        ["info", "k8s_wait_server", env!("CARGO_PKG_VERSION")]
    );
    let time: jiff::Timestamp = started["time"].as_str().unwrap().parse().unwrap();
    assert!(time.duration_until(jiff::Timestamp::now()).abs() < jiff::SignedDuration::from_secs(60));
    let address = started["listen"].as_str().unwrap().parse().unwrap();
    let longest = "x".repeat(64);
    let (longer, forged) = ("x".repeat(65), "a\"b");
    for (path, id, echoed, message) in [
        ("/v1/check?target=job/a/b", "a.B-7_", "a.B-7_", "answered"),
        ("/v1/check?target=nothing", &longest, &longest, "refused"),
        ("/v1/check?target=nothing", &longer, "", "refused"),
        ("/nowhere", forged, "", "refused"),
    ] {
        let answer = ask(address, "GET", path, &[("x-request-id", id)], "").await;
        assert_eq!(answer.header("x-request-id"), echoed);
        let line: Value = serde_json::from_str(&program.says("\"request\"").await).unwrap();
        assert_eq!(
            [&line["message"], &line["request"], &line["level"]],
            [message, echoed, "debug"],
            "{line}"
        );
        assert_eq!(line.get("problem").is_some(), message == "refused", "{line}");
    }
}
