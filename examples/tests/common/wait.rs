//! The real client: [`Wait`].

use super::process::{poll, until};
use super::server::BINARIES;
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

/// How long news may take to reach a client, and a client to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client that waits. Killed when dropped; what it said is printed if the test has failed.
pub(crate) struct Wait {
    child: Child,
    arguments: Vec<String>,
    output: PathBuf,
    termination: PathBuf,
}

/// What a client has left behind.
pub(crate) struct Ended {
    /// Standard output and error.
    pub(crate) output: String,
    /// The termination log.
    pub(crate) termination: String,
}

impl Wait {
    /// Starts a client in no pod.
    pub(crate) fn start(server: &str, namespace: &str, arguments: &[&str], folder: &Path) -> Self {
        Self::start_in((namespace, ""), server, arguments, folder)
    }

    /// Starts a client in a pod of a namespace, with output for programs and a bound on its time unless the arguments say otherwise.
    pub(crate) fn start_in(
        (namespace, pod): (&str, &str),
        server: &str,
        arguments: &[&str],
        folder: &Path,
    ) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let file = |name: &str| folder.join(format!("client-{number}.{name}"));
        let (output, termination) = (file("out"), file("termination"));
        let mut command = Command::new(&BINARIES.client);
        command.env_clear().env("K8S_WAIT_OUTPUT", "json").env("K8S_WAIT_TIMEOUT", "3m").env("HOSTNAME", pod);
        command.args(["--server", server, "--namespace", namespace, "--termination-log"]).arg(&termination);
        command.args(arguments).stdin(Stdio::null());
        let log = File::create(&output).unwrap();
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Self { child: command.spawn().unwrap(), arguments, output, termination }
    }

    /// Waits until the last that the client has told of a target is this reason (`Ready` for one that is ready), and
    /// returns the message. `target` is how the target begins: its kind may be enough.
    pub(crate) fn sees(&mut self, target: &str, reason: &str) -> String {
        let seen = poll(PATIENCE, || {
            let has_ended = !self.is_waiting();
            match self.last_of(target) {
                Some((told, message)) if told == reason => Some(Ok(message)),
                last if has_ended => {
                    Some(Err(format!("the client has ended; the last of {target} was {last:?}")))
                }
                _ => None,
            }
        });
        let late = || Err(format!("the last of {target} is {:?} and never {reason}", self.last_of(target)));
        seen.unwrap_or_else(late).unwrap_or_else(|why| panic!("{why}"))
    }

    /// Waits until it has told of something that is not about a target, such as `unreachable`.
    pub(crate) fn tells(&mut self, event: &str) {
        until(&format!("the client to tell {event}"), PATIENCE, || self.has_told(event).then_some(()));
    }

    /// Has it, so far?
    pub(crate) fn has_told(&self, event: &str) -> bool {
        self.events().iter().any(|told| told["event"] == event)
    }

    /// Has it not ended yet?
    pub(crate) fn is_waiting(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until it ends, which has to be with this status.
    pub(crate) fn ends(mut self, code: i32) -> Ended {
        let ended = poll(PATIENCE, || self.child.try_wait().unwrap());
        assert_eq!(ended.and_then(|status| status.code()), Some(code), "exit status of the client");
        Ended { output: self.said(), termination: fs::read_to_string(&self.termination).unwrap_or_default() }
    }

    /// Waits for the end without looking away, for whoever measures.
    pub(crate) fn status(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    fn last_of(&self, target: &str) -> Option<(String, String)> {
        let events = self.events().into_iter().rev();
        let mut about = events.filter(|event| {
            event["event"] == "status"
                && event["target"].as_str().is_some_and(|named| named.starts_with(target))
        });
        let last = about.next()?;
        let text = |key: &str| last[key].as_str().unwrap_or_default().to_owned();
        match text("verdict") == "ready" {
            true => Some(("Ready".to_owned(), String::new())),
            false => Some((text("reason"), text("message"))),
        }
    }

    /// Whole lines alone: the last one may be under way.
    fn events(&self) -> Vec<Value> {
        self.said().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.output).unwrap_or_default()
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("--- client {}\n{}", self.arguments.join(" "), self.said());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
