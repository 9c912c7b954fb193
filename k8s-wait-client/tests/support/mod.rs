//! A server made of sockets and a way to run the real client against it: [`Stub`] and [`client`].
#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_reuseaddr;
use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const JOB: &str = "job/shop/migrate";
pub(crate) const DB: &str = "service/shop/db";

/// A port of this machine on which nobody else can listen.
pub(crate) struct Port {
    pub(crate) address: SocketAddr,
    _socket: OwnedFd,
}

impl Port {
    pub(crate) fn new() -> Self {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        // So that a listener of our own can have the port as well.
        set_socket_reuseaddr(&socket, true).unwrap();
        bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = getsockname(&socket).unwrap().try_into().unwrap();
        Self { address, _socket: socket }
    }

    /// Listens until what is returned goes.
    pub(crate) fn open(&self) -> TcpListener {
        TcpListener::bind(self.address).unwrap()
    }
}

/// Waits for what comes to pass soon.
pub(crate) fn eventually(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(10), "it never came to pass");
        thread::sleep(Duration::from_millis(5));
    }
}

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// The request line and the headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: Value,
}

impl Question {
    /// The targets that were asked for.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.body["targets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|target| target.as_str().unwrap().to_owned())
            .collect()
    }
}

/// What the stub sends, and what it does with the connection then.
pub(crate) struct Answer {
    text: String,
    is_held: bool,
}

impl Answer {
    /// A stream of these lines, with its end.
    pub(crate) fn stream(lines: &[String]) -> Self {
        Self { text: chunks(lines) + "0\r\n\r\n", is_held: false }
    }

    /// A stream that breaks off after these lines.
    pub(crate) fn cut(lines: &[String]) -> Self {
        Self { text: chunks(lines), is_held: false }
    }

    /// A stream that goes on after these lines, without saying anything.
    pub(crate) fn held(lines: &[String]) -> Self {
        Self { text: chunks(lines), is_held: true }
    }

    /// A whole answer of another kind; `headers` end with a line break each.
    pub(crate) fn plain(status: u16, content_type: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        let text = format!(
            "HTTP/1.1 {status} Status\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        );
        Self { text, is_held: false }
    }

    /// An answer of the real server's kind for what went wrong.
    pub(crate) fn problem(status: u16, detail: &str) -> Self {
        let body =
            json!({"type": "about:blank", "title": "No", "status": status, "detail": detail}).to_string();
        Self::plain(status, "application/problem+json", "", &body)
    }
}

fn chunks(lines: &[String]) -> String {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = |line: &String| format!("{:x}\r\n{line}\n\r\n", line.len() + 1);
    head.to_owned() + &lines.iter().map(chunk).collect::<String>()
}

/// A line of the stream; `rows` are target, verdict and reason.
pub(crate) fn line(event: &str, verdict: &str, rows: &[(&str, &str, &str)]) -> String {
    let row = |(target, verdict, reason): &(&str, &str, &str)| json!({"target": target, "verdict": verdict, "reason": reason, "message": format!("{target} because {reason}")});
    let rows: Vec<Value> = rows.iter().map(row).collect();
    json!({"event": event, "verdict": verdict, "targets": rows}).to_string()
}

/// The last line in which every target of the question has this verdict and reason.
pub(crate) fn done(question: &Question, verdict: &str, reason: &str) -> String {
    let targets = question.targets();
    let rows: Vec<_> = targets.iter().map(|target| (target.as_str(), verdict, reason)).collect();
    line("done", verdict, &rows)
}

/// A server that answers with what a function says; the number of the question comes first.
pub(crate) struct Stub {
    pub(crate) address: SocketAddr,
    questions: Arc<Mutex<Vec<Question>>>,
}

impl Stub {
    pub(crate) fn new(answer: impl Fn(usize, &Question) -> Answer + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0", answer)
    }

    pub(crate) fn at(
        address: &str,
        answer: impl Fn(usize, &Question) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let questions = Arc::new(Mutex::new(Vec::new()));
        let (heard, answer) = (Arc::clone(&questions), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (heard, answer) = (Arc::clone(&heard), Arc::clone(&answer));
                thread::spawn(move || serve(stream.unwrap(), &heard, &*answer));
            }
        });
        Self { address, questions }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was asked so far.
    pub(crate) fn questions(&self) -> Vec<Question> {
        self.questions.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, heard: &Mutex<Vec<Question>>, answer: &dyn Fn(usize, &Question) -> Answer) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let Some(question) = read(&mut reader) else { return };
    let number = {
        let mut heard = heard.lock().unwrap();
        heard.push(question.clone());
        heard.len() - 1
    };
    let answer = answer(number, &question);
    // The client may have gone: that is its own business.
    let _ = (&stream).write_all(answer.text.as_bytes());
    while answer.is_held && reader.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
}

fn read(reader: &mut impl BufRead) -> Option<Question> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"))?.trim().parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Question { head, body: serde_json::from_slice(&body).ok()? })
}

/// A client that has ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) termination_log: Option<String>,
    pub(crate) took: Duration,
}

/// The real client, on its way.
pub(crate) struct Client {
    pub(crate) command: Command,
    directory: TempDir,
}

/// The real client with these arguments, in an empty environment and in the namespace `shop`.
pub(crate) fn client(arguments: &str) -> Client {
    let mut command = Command::new(env!("CARGO_BIN_EXE_k8s-wait-client"));
    command.env_clear().args(arguments.split(' ').filter(|word| !word.is_empty()));
    Client::of(command)
}

impl Client {
    /// The client as `command` starts it.
    pub(crate) fn of(mut command: Command) -> Self {
        let directory = tempfile::tempdir().unwrap();
        command.env("K8S_WAIT_NAMESPACE", "shop");
        command.env("K8S_WAIT_TERMINATION_LOG", directory.path().join("log"));
        Self { command, directory }
    }

    pub(crate) fn server(mut self, url: &str) -> Self {
        self.command.env("K8S_WAIT_SERVER", url);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Ended {
        self.start().end()
    }

    /// Starts it and goes on when it has printed its first line.
    pub(crate) fn start_waiting(self) -> Running {
        let mut running = self.start();
        let stdout = running.child.stdout.as_mut().unwrap();
        let mut byte = [0];
        while byte != [b'\n'] {
            stdout.read_exact(&mut byte).expect("a first line");
            running.first_line.push(char::from(byte[0]));
        }
        running
    }

    pub(crate) fn start(mut self) -> Running {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = Instant::now();
        let child = self.command.spawn().expect("the client starts");
        Running {
            child,
            started,
            first_line: String::new(),
            log: self.directory.path().join("log"),
            _directory: self.directory,
        }
    }
}

/// A client that runs.
pub(crate) struct Running {
    pub(crate) child: Child,
    started: Instant,
    pub(crate) first_line: String,
    log: PathBuf,
    _directory: TempDir,
}

impl Running {
    /// Waits for its end; a client that hangs is killed and has no exit status.
    pub(crate) fn end(mut self) -> Ended {
        let killer = kill_later(&self.child);
        let mut stdout = std::mem::take(&mut self.first_line);
        let mut stderr = String::new();
        if let Some(pipe) = self.child.stdout.as_mut() {
            pipe.read_to_string(&mut stdout).unwrap();
        }
        if let Some(pipe) = self.child.stderr.as_mut() {
            pipe.read_to_string(&mut stderr).unwrap();
        }
        let code = self.child.wait().unwrap().code();
        drop(killer);
        let termination_log = std::fs::read_to_string(&self.log).ok();
        Ended { code, stdout, stderr, termination_log, took: self.started.elapsed() }
    }
}

/// Kills the process in half a minute, unless what is returned is dropped before.
fn kill_later(child: &Child) -> std::sync::mpsc::Sender<()> {
    let (sender, dropped) = std::sync::mpsc::channel();
    let pid = child.id();
    thread::spawn(move || {
        if dropped.recv_timeout(Duration::from_secs(30)) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            signal("KILL", pid);
        }
    });
    sender
}

/// Sends a signal to one process.
pub(crate) fn signal(name: &str, pid: u32) {
    let status =
        Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().expect("kill runs");
    assert!(status.success());
}

impl Ended {
    /// Asserts the exit status, with everything that was printed if it is another one.
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}stderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that a line of the progress holds all of these.
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        let is_said = self.stdout.lines().any(|line| parts.iter().all(|part| line.contains(part)));
        assert!(is_said, "no line with {parts:?} in\n{}", self.stdout);
        self
    }
}
