//! The init container of k8s-wait: waits until k8s-wait-server says that its targets are ready.
//!
//! [`run`] is the whole program; `main.rs` only calls it. The client knows HTTP and nothing of Kubernetes' API: the
//! server judges objects, and the client judges what it probes itself (`tcp://`, `http://`, `https://`, `dns://`).
//!
//! ```
//! let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! let target = format!("tcp://{}", listener.local_addr()?);
//!
//! let (mut progress, mut complaints) = (Vec::new(), Vec::new());
//! let arguments = ["--timeout", "1m", &target].map(Into::into);
//! let status = k8s_wait_client::run(&arguments, &k8s_wait_client::Process, &mut progress, &mut complaints);
//! assert_eq!(status, 0);
//! assert!(String::from_utf8(progress)?.contains("is ready"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What a version promises is the program: flags, variables, output for programs, exit statuses. The functions here are what
//! binaries are made of, and may change in any version. To wait from a Rust program there is k8s-wait-lib.
//!
//! # Output for people
//!
//! A line when the wait begins, when a target's verdict or reason changes, and after 30 s in which nothing was said; at
//! the end a line for each target that was not ready. On a terminal a table takes the place of these changes, with a row
//! for each target, ten times a second; at its end it leaves a line for each target that was ready. `TERM=dumb`, or a log
//! (`RUST_LOG`), brings the lines back, and `NO_COLOR` takes the colours away. Elsewhere no escape code is written.
//!
//! # Output for programs
//!
//! With `--output json` each line is one object. `elapsed` is in seconds since the start, on every line.
//!
//! | `event` | other fields | when |
//! | --- | --- | --- |
//! | `native` | `command` (a line for a shell), `notes` (sentences) | once, first, where the arguments are another tool's |
//! | `start` | `targets` (texts), `mode` (`all`, `any`), `timeout` (`0s`: forever), `server`, `namespace` (both null where no server is asked) | once, before there is anything to tell |
//! | `status` | `target`, `verdict` (`ready`, `pending`, `failed`), `reason`, `message` (null where there is none) | a target's verdict or reason has changed |
//! | `cycle` | `reason` (`Cycle`), `message` | what is waited for waits for this wait to end, as the server has found; the verdict stays pending |
//! | `heartbeat` | `waiting` (objects with the fields of `status` for what is not ready), `server` (the reason while it cannot be asked, else null) | nothing was said for 30 s |
//! | `unreachable` | `reason`, `message` | the server cannot be asked; again when the reason changes |
//! | `reachable` | | it can be asked again |
//! | `end` | `verdict`, `exit` (the exit status), `message`, `targets` (as `waiting`: what was not ready) | once, last |
//!
//! Fields and events may be added. With `--quiet` there is only `end`, on stderr, where something was not ready.
//! Bad usage is a sentence on stderr and exit status 2, in any form of output.

mod agent;
mod answer;
mod args;
mod backoff;
mod bearer;
mod command;
mod connection;
mod copy;
mod drive;
mod entry;
mod environment;
mod foreign;
mod json;
mod lines;
mod live;
mod lookup;
mod object;
mod passes;
mod probe;
mod report;
mod server;
mod session;
mod settings;
mod signals;
mod summary;
mod table;
mod termination;
mod text;
mod tls;
mod trouble;
mod verdict;
mod wire;

pub use environment::{Environment, Process, Size};

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Write;
use std::time::Duration;

use args::{Args, Request};
use command::Command;
use drive::{Audience, Threads, drive};
use foreign::Native;
use k8s_wait_target::Target;
use report::{Line, Reporter};
use settings::{Settings, TerminationLog};
use summary::Exits;

/// What the program is called.
const NAME: &str = "k8s-wait-client";
/// Bad usage, here or by the server's judgement.
const USAGE: u8 = 2;
/// The wait has ended without being ready.
const NOT_READY: u8 = 1;

/// What `--help` is made of, as data. For the manual pages and completions, which are made in the same repository; no part
/// of the API.
#[doc(hidden)]
pub fn command_line() -> argh::CommandInfoWithArgs {
    args::command_line()
}

/// Waits as `arguments` (without the program's name) and `environment` say, and returns the exit status.
///
/// Progress goes to `progress`, refusals and what `--quiet` leaves go to `complaints`. SIGTERM and SIGINT are handled
/// from here on; nothing here ends the process but a second signal and, where the wait is ready, the command after
/// `--`: the process becomes that one.
pub fn run(
    arguments: &[OsString],
    environment: &dyn Environment,
    progress: &mut dyn Write,
    complaints: &mut dyn Write,
) -> u8 {
    if let Some(path) = copy::asked(arguments) {
        let copied = path.and_then(copy::copy).map(|place| format!("copied to {}\n", place.display()));
        return copied.map_or_else(
            |complaint| refuse(NAME, &complaint, &TerminationLog::new(None, environment), complaints),
            |text| print(&text, progress),
        );
    }
    match Invocation::read(NAME, arguments, environment, progress, complaints) {
        Ok(invocation) => invocation.wait(environment, progress, complaints),
        Err(code) => code,
    }
}

/// A command line that has been understood, for a program that looks like the client and brings its own server.
#[derive(Debug)]
pub struct Invocation {
    name: String,
    settings: Settings,
    command: Option<Command>,
    native: Option<Native>,
}

/// What a command line asks for.
enum Understood {
    Wait(Box<Invocation>),
    Print(String),
}

impl Invocation {
    /// Reads the arguments that follow the program's `name`.
    ///
    /// # Errors
    ///
    /// The exit status, where there is nothing to wait for: help was asked for and printed, or the command line makes no
    /// sense and that was told.
    pub fn read(
        name: &str,
        arguments: &[OsString],
        environment: &dyn Environment,
        progress: &mut dyn Write,
        complaints: &mut dyn Write,
    ) -> Result<Self, u8> {
        match Self::understood(name, arguments, environment) {
            Ok(Understood::Wait(invocation)) => Ok(*invocation),
            Ok(Understood::Print(text)) => Err(print(&text, progress)),
            Err(complaint) => {
                let place = TerminationLog::new(args::termination_log(arguments), environment);
                Err(refuse(name, &complaint, &place, complaints))
            }
        }
    }

    fn understood(
        name: &str,
        arguments: &[OsString],
        environment: &dyn Environment,
    ) -> Result<Understood, String> {
        let (own, command) = command::split(arguments)?;
        let words = args::words(own)?;
        let (args, native, exits) = match foreign::translate(name, &words, environment)? {
            Some(foreign) => {
                let native = foreign.native(name, command.as_ref());
                (foreign.args, Some(native), foreign.exits)
            }
            None => match Args::read(name, &words)? {
                Request::Wait(args) => (args, None, Exits::Own),
                Request::Print(text) => return Ok(Understood::Print(text)),
            },
        };
        let settings = Settings { exits, ..Settings::new(args, environment)? };
        Ok(Understood::Wait(Box::new(Self { name: name.to_owned(), settings, command, native })))
    }

    /// The namespaces in which there is something to wait for.
    pub fn namespaces(&self) -> BTreeSet<String> {
        self.settings.targets.iter().filter_map(|target| target.namespace().map(str::to_owned)).collect()
    }

    /// What is waited for. Those that are in a namespace name it.
    pub fn targets(&self) -> &[Target] {
        &self.settings.targets
    }

    /// Asks the server at `url`, whatever the command line says, and tells people that it asks `name`.
    #[must_use]
    pub fn asking(self, url: String, name: String) -> Self {
        Self { settings: Settings { server: url, server_name: name, ..self.settings }, ..self }
    }

    /// Waits to the end, and returns the exit status. Where the wait was ready and a command follows `--`, the process
    /// becomes that one instead.
    pub fn wait(
        self,
        environment: &dyn Environment,
        progress: &mut dyn Write,
        complaints: &mut dyn Write,
    ) -> u8 {
        let Self { name, settings, command, native } = self;
        let mut threads = match Threads::new(&settings) {
            Ok(threads) => threads,
            Err(error) => {
                let complaint = format!("the system gives no thread or signal handler: {error}");
                complain(&name, &complaint, &settings.termination_log, complaints);
                return NOT_READY;
            }
        };
        let mut reporter = Reporter::new(&settings, environment, progress, complaints);
        if let Some(native) = native {
            reporter.say(&Line::Native(native), Duration::ZERO);
        }
        let code = wait(&settings, &mut threads, &mut reporter);
        let Some(command) = command.filter(|_| code == 0) else { return code };
        let (code, complaint) = start(&command, &threads);
        complain(&name, &complaint, &settings.termination_log, complaints);
        code
    }
}

fn wait(settings: &Settings, threads: &mut Threads, reporter: &mut Reporter<'_>) -> u8 {
    let summary = drive(settings, backoff::random, threads, reporter);
    if summary.code() != 0 {
        termination::write(&settings.termination_log, &termination::message(&summary));
    }
    reporter.conclude(&summary);
    summary.code()
}

/// Becomes the command; returns only what kept it from that. The last thing looked at is whether a signal has come since
/// the wait was ready: the command would never hear of it.
fn start(command: &Command, threads: &Threads) -> (u8, String) {
    match threads.signal() {
        Some(signal) => {
            let complaint = format!("stopped by {} before the command was started", summary::name(signal));
            (summary::stopped(signal), complaint)
        }
        None => command.start(),
    }
}

fn refuse(name: &str, complaint: &str, place: &TerminationLog, complaints: &mut dyn Write) -> u8 {
    complain(name, complaint, place, complaints);
    USAGE
}

fn complain(name: &str, complaint: &str, place: &TerminationLog, complaints: &mut dyn Write) {
    let line = text::clean(&format!("{name}: {complaint}"));
    termination::write(place, &line);
    if let Err(error) = complaints.write_all(line.as_bytes()) {
        log::debug!("nobody reads the complaint: {error}");
    }
}

fn print(text: &str, progress: &mut dyn Write) -> u8 {
    if let Err(error) = progress.write_all(text.as_bytes()) {
        log::debug!("nobody reads the help: {error}");
    }
    0
}
