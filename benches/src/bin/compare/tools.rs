//! The tools that are compared: [`find`] says which are here.

use crate::flags::Flags;
use crate::tool::{Scene, Server, Tool};
use k8s_wait_benches::Failure;
use k8s_wait_benches::program::beside;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A tool that is not here.
pub(crate) struct Absent {
    pub(crate) name: &'static str,
    /// How to have it.
    pub(crate) how: &'static str,
}

/// Those that are here, ours first, and those that are not.
pub(crate) fn find(flags: &Flags) -> Result<(Vec<Tool>, Vec<Absent>), Failure> {
    let ours = Ours::of(flags)?;
    let mut tools = vec![ours.client()?, ours.direct()?];
    let mut absent = Vec::new();
    let kubectl = flags.kubectl.clone().or_else(|| in_path("kubectl"));
    match &kubectl {
        Some(kubectl) => tools.push(self::kubectl(kubectl)?),
        None => absent.push(Absent { name: "kubectl wait", how: "a kubectl in PATH, or --kubectl" }),
    }
    match (flags.wait_for.clone().or_else(|| in_path("wait_for.sh")), &kubectl) {
        (Some(script), Some(kubectl)) => tools.push(wait_for(script, kubectl)?),
        _ => absent.push(Absent {
            name: "groundnuty wait_for.sh",
            how: "wait_for.sh of github.com/groundnuty/k8s-wait-for in PATH or by --wait-for, and a kubectl",
        }),
    }
    match (&flags.when_ready, in_path("node")) {
        (Some(checkout), Some(node)) => tools.push(when_ready(checkout, &node)?),
        _ => absent.push(Absent {
            name: "k8s-when-ready",
            how: "node in PATH, and by --when-ready a checkout of github.com/rally25rs/k8s-when-ready where \
                  `npm install --omit=dev --no-workspaces` was run in packages/k8s-when-ready-client and -server",
        }),
    }
    Ok((tools, absent))
}

/// Our own programs.
struct Ours {
    client: PathBuf,
    server: PathBuf,
}

impl Ours {
    fn of(flags: &Flags) -> Result<Self, Failure> {
        let server = flags.server.clone().map_or_else(|| beside("k8s-wait-server", "k8s-wait-server"), Ok)?;
        let client = match &flags.client {
            Some(client) => client.clone(),
            // Its profile is not that of this program.
            None => beside("../client/k8s-wait-client", "k8s-wait-client")
                .map_err(|_| "first `cargo build --profile client -p k8s-wait-client`")?,
        };
        Ok(Self { client: client.canonicalize()?, server: server.canonicalize()? })
    }

    fn client(&self) -> Result<Tool, Failure> {
        let (client, server) = (self.client.clone(), self.server.clone());
        let waiter = move |scene: &Scene<'_>| {
            let mut command = Command::new(&client);
            let port = scene.port.unwrap_or_default();
            command.args(["--server", &format!("http://127.0.0.1:{port}"), &target(scene)]);
            command
        };
        let start = move |port: u16| {
            let mut command = Command::new(&server);
            command.args(["--listen", &format!("127.0.0.1:{port}")]);
            command
        };
        let files = vec![self.server.clone()];
        let server = Server { name: "k8s-wait-server", files, port: None, start: Box::new(start) };
        Ok(Tool {
            name: "k8s-wait-client",
            version: version(&self.client, &["--version"])?,
            command: "k8s-wait-client --server URL job/NS/NAME",
            files: vec![self.client.clone()],
            polls: None,
            server: Some(server),
            waiter: Box::new(waiter),
            help: (self.client.clone(), words(&["--help"])),
        })
    }

    fn direct(&self) -> Result<Tool, Failure> {
        let server = self.server.clone();
        let waiter = move |scene: &Scene<'_>| {
            let mut command = Command::new(&server);
            command.args(["wait", &target(scene)]);
            command
        };
        Ok(Tool {
            name: "k8s-wait-server wait",
            version: version(&self.server, &["--version"])?,
            command: "k8s-wait-server wait job/NS/NAME",
            files: vec![self.server.clone()],
            polls: None,
            server: None,
            waiter: Box::new(waiter),
            help: (self.server.clone(), words(&["wait", "--help"])),
        })
    }
}

fn target(scene: &Scene<'_>) -> String {
    format!("job/{}/{}", scene.namespace, scene.job)
}

fn kubectl(program: &Path) -> Result<Tool, Failure> {
    let kubectl = program.to_owned();
    let waiter = move |scene: &Scene<'_>| {
        let mut command = Command::new(&kubectl);
        command.args(["wait", "--for=condition=complete", "--timeout=300s", "-n", scene.namespace]);
        command.arg(format!("job/{}", scene.job));
        command
    };
    Ok(Tool {
        name: "kubectl wait",
        version: version(program, &["version", "--client"])?,
        command: "kubectl wait --for=condition=complete job/NAME -n NS",
        files: vec![program.to_owned()],
        polls: None,
        server: None,
        waiter: Box::new(waiter),
        help: (program.to_owned(), words(&["wait", "--help"])),
    })
}

fn wait_for(script: PathBuf, kubectl: &Path) -> Result<Tool, Failure> {
    let script = script.canonicalize()?;
    let kubectl = kubectl.canonicalize()?;
    let before = std::env::var_os("PATH").unwrap_or_default();
    let folders = kubectl.parent().map(Path::to_owned).into_iter().chain(std::env::split_paths(&before));
    let path = std::env::join_paths(folders)?;
    let program = script.clone();
    let waiter = move |scene: &Scene<'_>| {
        let mut command = Command::new(&program);
        command.args(["job", scene.job, "-n", scene.namespace]).env("PATH", &path);
        command
    };
    Ok(Tool {
        name: "groundnuty wait_for.sh",
        version: "without a version of its own".to_owned(),
        command: "wait_for.sh job NAME -n NS",
        files: vec![script.clone(), kubectl],
        polls: Some(Duration::from_secs(2)),
        server: None,
        waiter: Box::new(waiter),
        help: (script, Vec::new()),
    })
}

fn when_ready(checkout: &Path, node: &Path) -> Result<Tool, Failure> {
    let checkout = checkout.canonicalize()?;
    let package = |part: &str| checkout.join("packages").join(format!("k8s-when-ready-{part}"));
    let (client, server) = (package("client"), package("server"));
    let (program, entry) = (node.to_owned(), client.join("index.js"));
    let waiter = move |scene: &Scene<'_>| {
        let mut command = Command::new(&program);
        command.arg(&entry).args(["--type", "job", "--name", scene.job, "-n", scene.namespace]);
        command.args(["-h", "127.0.0.1", "-p", &scene.port.unwrap_or_default().to_string()]);
        command
    };
    let (program, entry) = (node.to_owned(), server.join("index.js"));
    let start = move |_| {
        let mut command = Command::new(&program);
        command.arg(&entry);
        command
    };
    let version = format!("{}, node {}", package_version(&client)?, version(node, &["--version"])?);
    let node = node.canonicalize()?;
    let server = Server {
        name: "k8s-when-ready server",
        files: vec![node.clone(), server],
        // It listens there and nowhere else.
        port: Some(3000),
        start: Box::new(start),
    };
    Ok(Tool {
        name: "k8s-when-ready client",
        version,
        command: "k8s-when-ready-client --type job --name NAME -n NS -h HOST",
        help: (node.clone(), vec![client.join("index.js").display().to_string(), "--help".to_owned()]),
        files: vec![node, client],
        polls: Some(Duration::from_secs(1)),
        server: Some(server),
        waiter: Box::new(waiter),
    })
}

fn package_version(folder: &Path) -> Result<String, Failure> {
    let text = std::fs::read(folder.join("package.json"))?;
    let package: serde_json::Value = serde_json::from_slice(&text)?;
    Ok(package.get("version").and_then(serde_json::Value::as_str).unwrap_or("?").to_owned())
}

/// The last word of what the program says first.
fn version(program: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new(program).args(arguments).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let word = text.lines().next().and_then(|line| line.split_whitespace().last());
    Ok(word.ok_or_else(|| format!("{} says no version", program.display()))?.to_owned())
}

fn in_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}
