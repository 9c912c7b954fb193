//! The rights of a server, from the manifest that we ship: [`Rights`].

use super::api::Api;
use super::namespace::Namespace;
use super::process::until;
use super::server::BINARIES;
use kube::config::Kubeconfig;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The manifest that people apply.
const SERVER: &str = include_str!("../../../deploy/install.yaml");
const RBAC: &str = "rbac.authorization.k8s.io";
/// The server's ServiceAccount.
const ACCOUNT: &str = "k8s-wait";

/// A ServiceAccount with rights, and a kubeconfig that holds its token and nothing else.
pub(crate) struct Rights {
    pub(crate) kubeconfig: PathBuf,
    /// The namespace of the account.
    home: String,
    /// What is outside of every namespace, and so has to be deleted.
    global: Vec<String>,
    api: Api,
}

impl Rights {
    /// Those of the ClusterRole that we ship, for an account in `home`.
    pub(crate) fn shipped(home: &Namespace) -> Self {
        let mut rights = Self::none(home);
        shipped().into_iter().for_each(|object| rights.apply(object, home));
        rights.hold("/api/v1/pods");
        rights
    }

    /// Those that `k8s-wait-server rbac` prints, for an account in `home`.
    pub(crate) fn printed(home: &Namespace, arguments: &[&str]) -> Self {
        Self::printed_but(home, arguments, |_| {})
    }

    /// The same after a change of each object that is printed.
    pub(crate) fn printed_but(home: &Namespace, arguments: &[&str], change: impl Fn(&mut Value)) -> Self {
        let mut rights = Self::none(home);
        for mut object in printed(arguments) {
            change(&mut object);
            rights.apply(object, home);
        }
        rights
    }

    /// Grants a role of a manifest. What else is in the manifest is left out.
    fn apply(&mut self, mut object: Value, home: &Namespace) {
        let kind = object["kind"].as_str().unwrap().to_owned();
        if kind.ends_with("Binding") {
            object["subjects"][0]["namespace"] = json!(home.name);
        }
        match kind.as_str() {
            "Role" | "RoleBinding" => {
                let namespace = object["metadata"]["namespace"].as_str().unwrap();
                let path = format!("/apis/{RBAC}/v1/namespaces/{namespace}/{}s", kind.to_lowercase());
                home.api.post(&path, &object).unwrap();
            }
            "ClusterRole" => self.create_global("clusterroles", object, home),
            "ClusterRoleBinding" => {
                object["roleRef"]["name"] = json!(home.name);
                self.create_global("clusterrolebindings", object, home);
            }
            _ => {}
        }
    }

    /// Adds a right to list and watch what we ship no rule for, in the whole cluster.
    pub(crate) fn allow(&mut self, group: &str, resource: &str, home: &Namespace) {
        let version = format!("{RBAC}/v1");
        let rule = json!({"apiGroups": [group], "resources": [resource], "verbs": ["list", "watch"]});
        let role = json!({"apiVersion": version, "kind": "ClusterRole", "rules": [rule]});
        self.create_global_named(&format!("{}-{resource}", home.name), "clusterroles", role);
        let binding = json!({
            "apiVersion": version, "kind": "ClusterRoleBinding",
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": format!("{}-{resource}", home.name)},
            "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": self.home}]});
        self.create_global_named(&format!("{}-{resource}", home.name), "clusterrolebindings", binding);
    }

    /// Adds the shipped rules as a Role in a namespace, without those about some resources.
    pub(crate) fn grant(&self, namespace: &Namespace, without: &[&str]) {
        let version = format!("{RBAC}/v1");
        namespace.create(&json!({
            "apiVersion": version, "kind": "Role", "metadata": {"name": ACCOUNT}, "rules": rules_without(without)}));
        namespace.create(&json!({
            "apiVersion": version, "kind": "RoleBinding", "metadata": {"name": ACCOUNT},
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": ACCOUNT},
            "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": self.home}]}));
        self.hold(&namespace.path("pods"));
    }

    /// Someone who has them and nothing else.
    pub(crate) fn api(&self) -> Api {
        Api::new(&self.kubeconfig).unwrap()
    }

    /// None yet, for an account in `home`.
    pub(crate) fn none(home: &Namespace) -> Self {
        let account = shipped().into_iter().find(|object| object["kind"] == "ServiceAccount");
        let mut account = account.expect("a ServiceAccount is shipped");
        account["metadata"]["namespace"] = json!(home.name);
        assert_eq!(home.create(&account)["metadata"]["name"], ACCOUNT);
        let kubeconfig = kubeconfig(home, ACCOUNT);
        Self { kubeconfig, home: home.name.clone(), global: Vec::new(), api: home.api.clone() }
    }

    /// Creates an object that is in no namespace, under the name of one.
    fn create_global(&mut self, plural: &str, object: Value, home: &Namespace) {
        self.create_global_named(&home.name, plural, object);
    }

    fn create_global_named(&mut self, name: &str, plural: &str, mut object: Value) {
        object["metadata"] = json!({"name": name, "labels": {"app.kubernetes.io/part-of": "k8s-wait-test"}});
        let path = format!("/apis/{RBAC}/v1/{plural}");
        self.api.post(&path, &object).unwrap();
        self.global.push(format!("{path}/{name}"));
    }

    /// Waits until the API server knows of them, which takes it a moment.
    pub(crate) fn hold(&self, path: &str) {
        let api = self.api();
        let probe = || api.get(&format!("{path}?limit=1")).ok();
        until("the rights to hold", Duration::from_secs(30), probe);
    }
}

impl Drop for Rights {
    fn drop(&mut self) {
        for path in &self.global {
            if let Err(error) = self.api.delete(path) {
                println!("{path} is left behind: {error}");
            }
        }
    }
}

/// The objects of a manifest.
pub(crate) fn documents(manifest: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(manifest).unwrap()
}

/// The objects that `k8s-wait-server rbac` prints.
pub(crate) fn printed(arguments: &[&str]) -> Vec<Value> {
    let output = Command::new(&BINARIES.server).env_clear().arg("rbac").args(arguments).output().unwrap();
    documents(&String::from_utf8(output.stdout).unwrap())
}

/// The objects of the manifest that we ship.
pub(crate) fn shipped() -> Vec<Value> {
    documents(SERVER)
}

/// The rules of the ClusterRole that we ship.
pub(crate) fn rules() -> Vec<Value> {
    let mut roles = shipped().into_iter().filter(|object| object["kind"] == "ClusterRole");
    let role = roles.next().expect("a ClusterRole is shipped");
    assert!(roles.next().is_none(), "one ClusterRole is shipped");
    role["rules"].as_array().unwrap().clone()
}

fn rules_without(resources: &[&str]) -> Vec<Value> {
    let mut rules = rules();
    for rule in &mut rules {
        let listed = rule["resources"].as_array_mut().unwrap();
        listed.retain(|resource| !resources.contains(&resource.as_str().unwrap()));
    }
    rules.retain(|rule| rule["resources"] != json!([]));
    rules
}

/// A kubeconfig that holds a token of the account and nothing else.
pub(crate) fn kubeconfig(home: &Namespace, account: &str) -> PathBuf {
    let path = home.folder().join("server.kubeconfig");
    std::fs::write(&path, with_token(&home.cluster.kubeconfig, &token(home, account, &[])).to_string())
        .unwrap();
    path
}

/// A token of the account for these audiences, from the TokenRequest API. Without any it is for the API server.
pub(crate) fn token(home: &Namespace, account: &str, audiences: &[&str]) -> String {
    let path = home.path(&format!("serviceaccounts/{account}/token"));
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
        "spec": {"expirationSeconds": 3600, "audiences": audiences}});
    home.api.post(&path, &request).unwrap()["status"]["token"].as_str().unwrap().to_owned()
}

/// The kubeconfig with the token in place of whoever it was for.
fn with_token(admin: &Path, token: &str) -> Value {
    let mut config = serde_json::to_value(Kubeconfig::read_from(admin).unwrap()).unwrap();
    let user = "k8s-wait-server";
    config["users"] = json!([{"name": user, "user": {"token": token}}]);
    for context in config["contexts"].as_array_mut().unwrap() {
        context["context"]["user"] = json!(user);
    }
    config
}
