//! What a pod lacks of what it asks for: [`lacking`].

use super::Container;
use super::annotation::{Bad, PREFIX, Position, Wish};
use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, MoveOperation, Patch, PatchOperation};
use serde_json::{Map, Value, json};

/// The init container's name, and that of its volume.
pub(super) const NAME: &str = "k8s-wait";
/// Where its volume is.
const FOLDER: &str = "/var/run/secrets/k8s-wait";
/// The flags that say whom it asks and how. Another installation's differ, and what is waited for does not.
const OF_SERVER: [&str; 3] = ["--server=", "--token-file=", "--ca-file="];
/// What else decides for what, or whether, a pod waits. It does not wait for an init container that runs on (`restartPolicy`).
const DECIDING: [&str; 3] = ["command", "envFrom", "restartPolicy"];
/// The same of variables.
const DECIDING_VARIABLES: [&str; 4] =
    ["K8S_WAIT_TARGETS", "K8S_WAIT_ANY", "K8S_WAIT_NAMESPACE", "K8S_WAIT_TIMEOUT"];
/// The image's user, for pods of root.
const USER: u32 = 65532;
/// What meshes call their proxies: Istio, Linkerd, Kuma, Consul. One that is a native sidecar has to run before anybody gets
/// through where a CNI plugin has redirected connections.
const PROXIES: [&str; 4] = ["istio-proxy", "linkerd-proxy", "kuma-sidecar", "consul-dataplane"];
/// Static pods are told to the API server as they run, and have to be taken as they are.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// What a pod lacks. Nothing, where it does not ask or has it already.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Lack {
    /// The container, and before how many others it stands.
    pub(super) container: Option<(usize, Value)>,
    pub(super) volume: Option<Value>,
    /// It is there, and has to be moved: from, to.
    pub(super) moved: Option<(usize, usize)>,
}

/// What the pod lacks that has these annotations, and is specified so.
///
/// # Errors
///
/// [`Bad`] where the annotations make no sense, or do not go together with what is there.
pub(super) fn lacking(
    annotations: &Map<String, Value>,
    spec: &Map<String, Value>,
    how: &Container,
) -> Result<Lack, Bad> {
    if annotations.contains_key(MIRROR) {
        return Ok(Lack::default());
    }
    let Some(wish) = Wish::read(annotations)? else { return Ok(Lack::default()) };
    if is_for_windows(spec) {
        return Err(Bad(format!("annotation {PREFIX}wait-for: a pod for Windows cannot run the client")));
    }
    if named(list(spec, "containers"), NAME).is_some() {
        return Err(Bad(format!(
            "a container is called {NAME:?}, as the init container would be that waits: rename it"
        )));
    }
    let others = list(spec, "initContainers");
    let container = wish.container(spec, how);
    let Some(at) = named(others, NAME) else {
        let place = place(others, wish.position);
        return Ok(Lack {
            container: Some((place, container)),
            volume: volume_lacking(spec, how)?,
            moved: None,
        });
    };
    let there = others.get(at).unwrap_or(&Value::Null);
    if let Some(other) = deciding(there) {
        return Err(Bad(format!(
            "init container {NAME:?} is there already, and has a {other} of its own: remove that, or rename the container"
        )));
    }
    if sorted(asked(there)) != sorted(asked(&container)) {
        return Err(Bad(format!(
            "init container {NAME:?} is there already, and does not wait as the annotations say: remove it, or rename \
             it, or give it the arguments {}",
            Value::from(asked(&container))
        )));
    }
    let rest: Vec<Value> = others.iter().filter(|other| other["name"] != NAME).cloned().collect();
    let place = place(&rest, wish.position);
    // One that stands behind others need not go forward: they may want to be first as well, and would move it back.
    Ok(Lack { moved: (at < place).then_some((at, place)), ..Lack::default() })
}

impl Lack {
    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// The same as a patch of a whole pod that is specified so.
    pub(super) fn patch(self, spec: &Map<String, Value>) -> Patch {
        let container =
            self.container.map(|(place, container)| add(spec, "initContainers", place, container));
        let volume = self.volume.map(|volume| add(spec, "volumes", list(spec, "volumes").len(), volume));
        let moved = self.moved.map(|(from, to)| {
            let [from, path] = [from, to].map(|place| pointer(&["initContainers", &place.to_string()]));
            PatchOperation::Move(MoveOperation { from, path })
        });
        Patch(container.into_iter().chain(volume).chain(moved).collect())
    }
}

/// An item of a list of the pod, which may not be there yet.
fn add(spec: &Map<String, Value>, key: &str, place: usize, item: Value) -> PatchOperation {
    let (path, value) = match spec.get(key) {
        Some(Value::Array(_)) => (pointer(&[key, &place.to_string()]), item),
        _ => (pointer(&[key]), json!([item])),
    };
    PatchOperation::Add(AddOperation { path, value })
}

fn pointer(tokens: &[&str]) -> PointerBuf {
    PointerBuf::from_tokens(["spec"].iter().chain(tokens).copied())
}

impl Wish {
    /// The init container that waits for it. It fits the restricted Pod Security Standard whatever the pod's own security
    /// context is, and has limits and requests of CPU and memory, as a ResourceQuota may want them.
    fn container(&self, spec: &Map<String, Value>, how: &Container) -> Value {
        let mounts = json!([{"name": NAME, "mountPath": FOLDER, "readOnly": true}]);
        // Else it is the pod's user, or the image's: a platform that gives each namespace users of its own refuses others.
        let is_root = spec.get("securityContext").is_some_and(|context| context["runAsUser"] == 0);
        let security = json!({
            "runAsNonRoot": true,
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        });
        let container = json!({
            "name": NAME,
            "image": self.image.clone().unwrap_or_else(|| self.client(how)),
            "args": self.arguments(how),
            "env": [{"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}],
            "resources": self.resources.clone().unwrap_or_else(|| json!({
                "requests": {"cpu": "5m", "memory": "4Mi"},
                "limits": {"cpu": "50m", "memory": "16Mi"},
            })),
            "securityContext": with(security, "runAsUser", is_root.then(|| json!(USER))),
        });
        with(container, "volumeMounts", (!sources(how).is_empty()).then_some(mounts))
    }

    /// The client's image: of the one that nobody has named the one with TLS, where something is asked by https.
    fn client(&self, how: &Container) -> String {
        let is_https = self.targets.iter().any(|target| target.starts_with("https:"));
        let tag = if is_https && *how.image == Container::default().image { "-tls" } else { "" };
        format!("{}{tag}", how.image)
    }

    fn arguments(&self, how: &Container) -> Vec<String> {
        let flags = [
            self.any.then(|| "--any".to_owned()),
            self.timeout.as_ref().map(|timeout| format!("--timeout={timeout}")),
            how.server.as_ref().map(|server| format!("--server={server}")),
            how.token.then(|| format!("--token-file={FOLDER}/token")),
            how.ca_config_map.as_ref().map(|_| format!("--ca-file={FOLDER}/ca.crt")),
        ];
        let arguments = self.targets.iter().cloned().chain(flags.into_iter().flatten());
        // Kubernetes expands $(NAME) in arguments, and $$ is a $.
        arguments.map(|argument| argument.replace('$', "$$")).collect()
    }
}

fn is_for_windows(spec: &Map<String, Value>) -> bool {
    [("os", "name"), ("nodeSelector", "kubernetes.io/os"), ("nodeSelector", "beta.kubernetes.io/os")]
        .iter()
        .any(|(field, key)| {
            spec.get(*field).and_then(|field| field.get(key)).is_some_and(|os| os == "windows")
        })
}

/// The object with one more field, if there is one.
fn with(mut object: Value, key: &str, value: Option<Value>) -> Value {
    if let (Some(object), Some(value)) = (object.as_object_mut(), value) {
        object.insert(key.to_owned(), value);
    }
    object
}

/// What is in its volume.
fn sources(how: &Container) -> Vec<Value> {
    let token =
        json!({"serviceAccountToken": {"audience": "k8s-wait", "expirationSeconds": 3600, "path": "token"}});
    let trusted =
        |name: &String| json!({"configMap": {"name": name, "items": [{"key": "ca.crt", "path": "ca.crt"}]}});
    how.token.then_some(token).into_iter().chain(how.ca_config_map.as_ref().map(trusted)).collect()
}

fn volume_lacking(spec: &Map<String, Value>, how: &Container) -> Result<Option<Value>, Bad> {
    let sources = sources(how);
    if sources.is_empty() {
        return Ok(None);
    }
    let volumes = list(spec, "volumes");
    if let Some(there) = named(volumes, NAME).and_then(|at| volumes.get(at)) {
        let own = there.pointer("/projected/sources").and_then(Value::as_array);
        if own == Some(&sources) {
            return Ok(None);
        }
        return Err(Bad(format!(
            "a volume is called {NAME:?}, as the one would be that the init container needs: rename it"
        )));
    }
    Ok(Some(json!({"name": NAME, "projected": {"sources": sources}})))
}

/// Before how many of these init containers, counted from the end of those that it comes after.
fn place(others: &[Value], position: Position) -> usize {
    let is_before = |other: &Value| {
        let is_mesh = other["name"].as_str().is_some_and(|name| PROXIES.contains(&name));
        other["restartPolicy"] == "Always" && (is_mesh || position == Position::AfterSidecars)
    };
    others.iter().rposition(is_before).map_or(0, |last| last + 1)
}

/// What a container of ours has been told to wait for, and how.
fn asked(container: &Value) -> Vec<Value> {
    let arguments = container["args"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_of_server = |argument: &&Value| {
        argument.as_str().is_some_and(|text| OF_SERVER.iter().any(|flag| text.starts_with(flag)))
    };
    arguments.iter().filter(|argument| !is_of_server(argument)).cloned().collect()
}

/// Targets and flags wait for the same in any order.
fn sorted(mut arguments: Vec<Value>) -> Vec<String> {
    arguments.sort_by_key(Value::to_string);
    arguments.iter().map(Value::to_string).collect()
}

/// What a container has that decides it, and that none of ours has.
fn deciding(container: &Value) -> Option<&str> {
    let variables = container["env"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut variables = variables.iter().filter_map(|variable| variable["name"].as_str());
    let field = DECIDING.into_iter().find(|field| !container[*field].is_null());
    field.or_else(|| variables.find(|name| DECIDING_VARIABLES.contains(name)))
}

fn list<'a>(spec: &'a Map<String, Value>, key: &str) -> &'a [Value] {
    spec.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn named(items: &[Value], name: &str) -> Option<usize> {
    items.iter().position(|item| item["name"] == name)
}

#[cfg(test)]
#[path = "pod_tests.rs"]
mod tests;
