//! Containers, run with the rights that the manifests give them: [`client`], [`Server`].

use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Where a container finds the file or folder that it is given.
pub(crate) const MOUNTED: &str = "/mounted";
const START: Duration = Duration::from_secs(30);

/// How a program ended, with all that it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) said: String,
}

pub(crate) fn run(program: &str, arguments: &[&str]) -> Ended {
    let output = Command::new(program).current_dir(ROOT).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    Ended { code: output.status.code().unwrap(), said: String::from_utf8_lossy(&said).into_owned() }
}

pub(crate) fn docker(arguments: &[&str]) -> Ended {
    run("docker", arguments)
}

pub(crate) fn image(name: &str, flavour: &str) -> String {
    format!("{name}:{}{flavour}", env!("CARGO_PKG_VERSION"))
}

pub(crate) fn inspect(image: &str) -> Value {
    let found = docker(&["image", "inspect", image]);
    assert_eq!(found.code, 0, "`cargo xtask dist` makes it: {found:?}");
    serde_json::from_str::<Value>(&found.said).unwrap()[0].take()
}

/// The names of its files. Docker adds empty ones, for what it mounts over them.
pub(crate) fn files(image: &str) -> Vec<String> {
    let id = docker(&["create", image]).said;
    let list =
        run("sh", &["-c", &format!("docker export {} | tar --list --verbose --numeric-owner", id.trim())]);
    docker(&["rm", id.trim()]);
    let rows = list.said.lines().filter(|row| row.starts_with('-')).map(|row| row.split_whitespace());
    let rows =
        rows.map(|mut words| (words.nth(2).unwrap().to_owned(), words.next_back().unwrap().to_owned()));
    rows.filter(|(size, _)| size != "0").map(|(_, name)| name).collect()
}

/// The pods whose containers the images are.
pub(crate) const CLIENT: Pod =
    Pod { path: "examples/manifests/app.yaml", spec: "/spec", list: "initContainers" };
pub(crate) const SERVER: Pod =
    Pod { path: "deploy/install.yaml", spec: "/spec/template/spec", list: "containers" };

/// A pod in a manifest, and which of its containers counts: the first of a list.
pub(crate) struct Pod {
    pub(crate) path: &'static str,
    spec: &'static str,
    list: &'static str,
}

impl Pod {
    /// The container's security context, and what it has from its pod, in docker's words.
    pub(crate) fn security(&self) -> Vec<String> {
        let text = fs::read_to_string(Path::new(ROOT).join(self.path)).unwrap();
        let objects: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
        let found = objects.iter().filter_map(|object| object.pointer(self.spec));
        let pod = found.into_iter().find(|pod| pod[self.list].is_array()).unwrap();
        let own = &pod[self.list][0]["securityContext"];
        let user = own.get("runAsUser").unwrap_or(&pod["securityContext"]["runAsUser"]);
        let mut flags = vec![format!("--user={user}:{user}")];
        if own["readOnlyRootFilesystem"] == true {
            flags.push("--read-only".into());
        }
        if own["allowPrivilegeEscalation"] == false {
            flags.push("--security-opt=no-new-privileges".into());
        }
        let dropped = own["capabilities"]["drop"].as_array().unwrap().iter();
        flags.extend(dropped.map(|capability| format!("--cap-drop={}", capability.as_str().unwrap())));
        flags
    }
}

/// Arguments of docker up to the image.
fn container(how: &[&str], file: Option<&Path>, pod: &Pod) -> Vec<String> {
    let mut words: Vec<String> =
        ["run", "--network=host"].iter().chain(how).map(|&word| word.into()).collect();
    words.extend(file.map(|file| format!("--volume={}:{MOUNTED}:ro", file.display())));
    words.extend(pod.security());
    words
}

/// Runs a client to its end.
pub(crate) fn client(flavour: &str, arguments: &[&str]) -> Ended {
    started(flavour, None, arguments)
}

/// Runs a client that is given a file.
pub(crate) fn client_with(flavour: &str, file: &Path, arguments: &[&str]) -> Ended {
    started(flavour, Some(file), arguments)
}

fn started(flavour: &str, file: Option<&Path>, arguments: &[&str]) -> Ended {
    let mut words = container(&["--rm"], file, &CLIENT);
    words.push(image("k8s-wait-client", flavour));
    docker(&words.iter().map(String::as_str).chain(arguments.iter().copied()).collect::<Vec<_>>())
}

/// A server that runs until it is stopped or dropped.
pub(crate) struct Server {
    id: String,
    pub(crate) url: String,
    _kubeconfig: tempfile::TempDir,
}

impl Server {
    /// Starts one that watches an API, and waits until it listens. As in a cluster, the API has an authority of its own:
    /// the image has no other.
    pub(crate) fn start(api: &str, authority: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // For the user that the manifests name.
        fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let kubeconfig = json!({
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": api, "certificate-authority": "ca.crt"}}],
            "contexts": [{"name": "test", "context": {"cluster": "test"}}],
        });
        fs::write(folder.path().join("kubeconfig"), kubeconfig.to_string()).unwrap();
        fs::write(folder.path().join("ca.crt"), authority).unwrap();
        let environment = format!("--env=KUBECONFIG={MOUNTED}/kubeconfig");
        let mut words = container(&["--detach", &environment], Some(folder.path()), &SERVER);
        words.extend([image("k8s-wait-server", ""), "--listen=127.0.0.1:0".into()]);
        let id = docker(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(id.code, 0, "{id:?}");
        let id = id.said.trim().to_owned();
        let url = address(&id);
        Self { id, url, _kubeconfig: folder }
    }

    /// Tells it to end, and returns its exit status.
    pub(crate) fn stop(self) -> i32 {
        docker(&["stop", "--time=30", &self.id]);
        docker(&["inspect", "--format={{.State.ExitCode}}", &self.id]).said.trim().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        docker(&["rm", "--force", &self.id]);
    }
}

/// Where the server says that it listens, once it does.
fn address(id: &str) -> String {
    let start = Instant::now();
    loop {
        let log = docker(&["logs", id]).said;
        if let Some((_, rest)) = log.split_once(" listen=") {
            return format!("http://{}", rest.split_whitespace().next().unwrap().trim_matches('"'));
        }
        assert!(start.elapsed() < START, "the server does not listen:\n{log}");
        sleep(Duration::from_millis(50));
    }
}
