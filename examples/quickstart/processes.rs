//! The real server and the real client: [`Server`], [`client`].

use crate::timeline::Timeline;
use std::io;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

/// A server process, ended when dropped.
pub(crate) struct Server {
    /// Where clients reach it.
    pub(crate) url: String,
    _process: Child,
    _log: tokio::task::JoinSet<()>,
}

impl Server {
    /// Starts it on a free port and waits until it listens.
    pub(crate) async fn start(
        program: &Path,
        kubeconfig: Option<&Path>,
        timeline: &Timeline,
    ) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(["--listen", "127.0.0.1:0"]).env("RUST_LOG", "info").kill_on_drop(true);
        command.stderr(Stdio::piped()).stdin(Stdio::null());
        if let Some(kubeconfig) = kubeconfig {
            command.env("KUBECONFIG", kubeconfig);
        }
        let mut process = command.spawn()?;
        let mut log = lines(process.stderr.take())?;
        let address = address(&mut log).await?;
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(tell_watches(log, timeline.clone()));
        Ok(Self { url: format!("http://{address}"), _process: process, _log: tasks })
    }
}

/// The line with which the server starts names its address.
async fn address(log: &mut Lines<BufReader<ChildStderr>>) -> io::Result<String> {
    while let Some(line) = log.next_line().await? {
        if let Some(address) = line.split_whitespace().find_map(|word| word.strip_prefix("listen=")) {
            return Ok(address.to_owned());
        }
    }
    Err(io::Error::other("the server ended before it listened"))
}

/// Of its log, what belongs to the story: one watch for each kind, whoever waits.
async fn tell_watches(mut log: Lines<BufReader<ChildStderr>>, timeline: Timeline) {
    while let Ok(Some(line)) = log.next_line().await {
        if let Some((_, resource)) = line.split_once("watch is up resource=") {
            timeline.tell("server", &format!("watches {}", resource.trim_matches('"')));
        }
    }
}

/// Runs a client to its end, telling each of its lines, and returns its exit status.
pub(crate) async fn client(
    program: &Path,
    arguments: &[&str],
    who: &str,
    timeline: &Timeline,
) -> io::Result<u8> {
    let mut command = Command::new(program);
    command.args(arguments).args(["--termination-log", ""]).kill_on_drop(true);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null());
    let mut process = command.spawn()?;
    let (out, err) = (lines(process.stdout.take())?, lines(process.stderr.take())?);
    tokio::join!(tell_all(out, who, timeline), tell_all(err, who, timeline));
    let status = process.wait().await?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.ok_or_else(|| io::Error::other(format!("the client ended with {status}")))
}

async fn tell_all(mut lines: Lines<BufReader<impl AsyncRead + Unpin>>, who: &str, timeline: &Timeline) {
    while let Ok(Some(line)) = lines.next_line().await {
        // Its own clock says what ours says already.
        let text = line.trim_start().split_once("s  ").filter(|(time, _)| time.parse::<f32>().is_ok());
        timeline.tell(who, text.map_or(line.as_str(), |(_, text)| text));
    }
}

fn lines<R: AsyncRead + Unpin>(pipe: Option<R>) -> io::Result<Lines<BufReader<R>>> {
    let pipe = pipe.ok_or_else(|| io::Error::other("no pipe to the process"))?;
    Ok(BufReader::new(pipe).lines())
}
