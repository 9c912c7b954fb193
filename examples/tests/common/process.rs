//! Processes that end with the tests, however those end: [`Process`]; and how to wait for what they do: [`until`].

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A shell that runs the program and waits on a pipe that we hold. What comes through it is the name of a signal; its
/// end, which also a test program that was killed cannot avoid, means KILL. Ctrl-C must not end the shell first.
const WATCHDOG: &str = r#"
trap '' INT HUP
remove=$1; shift
"$@" </dev/null & child=$!
read -r signal
kill -"${signal:-KILL}" "$child"
wait "$child"; code=$?
[ -z "$remove" ] || rm -rf "$remove"
exit "$code"
"#;

/// How long a process may take to end when it was told to.
const END: Duration = Duration::from_secs(40);

/// A program that runs until it is stopped or dropped, or until this process ends.
pub(crate) struct Process {
    watchdog: Child,
}

impl Process {
    /// Starts a program whose output goes to the end of `log`. When it has ended, `remove` is removed.
    pub(crate) fn start(command: &Command, log: &Path, remove: Option<&Path>) -> std::io::Result<Self> {
        let log = File::options().create(true).append(true).open(log)?;
        let mut shell = Command::new("sh");
        shell.args(["-c", WATCHDOG, "sh"]).arg(remove.unwrap_or(Path::new("")));
        shell.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        Ok(Self { watchdog: shell.spawn()? })
    }

    /// Sends a signal (`TERM`, `KILL`) and waits for the end.
    pub(crate) fn stop(mut self, signal: &str) -> ExitStatus {
        let mut pipe = self.watchdog.stdin.take().unwrap();
        writeln!(pipe, "{signal}").unwrap();
        until(&format!("the end after {signal}"), END, || self.watchdog.try_wait().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // wait closes the pipe first.
        let _ = self.watchdog.wait();
    }
}

/// Asks `probe` again and again until it has something; `None` when it has nothing for so long.
pub(crate) fn poll<T>(limit: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        match probe() {
            Some(found) => return Some(found),
            None if start.elapsed() > limit => return None,
            None => sleep(Duration::from_millis(10)),
        }
    }
}

/// [`poll`] that fails the test, naming `what` was waited for.
pub(crate) fn until<T>(what: &str, limit: Duration, probe: impl FnMut() -> Option<T>) -> T {
    poll(limit, probe).unwrap_or_else(|| panic!("waited {limit:?} in vain for {what}"))
}
