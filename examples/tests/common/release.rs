//! The chart, installed: [`Release`].

use super::helm::{CHART, run};
use super::namespace::Namespace;
use super::rights::kubeconfig;
use super::server::Server;
use serde_json::Value;

/// A release in a namespace, of the same name. Uninstalled when it is dropped.
pub(crate) struct Release<'a> {
    home: &'a Namespace,
}

impl<'a> Release<'a> {
    /// Installs the chart. `more` are further flags of helm.
    pub(crate) fn install(home: &'a Namespace, values: &Value, more: &[&str]) -> Self {
        let release = Self { home };
        let arguments = [&["install", &home.name, CHART, "--values", "-"], more].concat();
        release.helm(&arguments, &values.to_string()).unwrap();
        release
    }

    /// Changes some values, as the documentation has it.
    pub(crate) fn upgrade(&self, values: &Value, more: &[&str]) {
        let arguments = ["upgrade", &self.home.name, CHART, "--reset-then-reuse-values", "--values", "-"];
        self.helm(&[&arguments, more].concat(), &values.to_string()).unwrap();
    }

    /// Has helm do something in the namespace.
    pub(crate) fn helm(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let kubeconfig = self.home.cluster.kubeconfig.to_str().unwrap();
        let place = ["--namespace", &self.home.name, "--kubeconfig", kubeconfig];
        run("helm", &[arguments, &place].concat(), input).map(|said| said.output)
    }

    /// Starts the real server as its Deployment does, but at an address of the test: with its ServiceAccount's token and
    /// its arguments.
    pub(crate) fn serve(&self) -> Server {
        let path = self.home.path(&format!("deployments/{}", self.home.name));
        let pod = self.home.api.get(&path).unwrap()["spec"]["template"]["spec"].take();
        let kubeconfig = kubeconfig(self.home, pod["serviceAccountName"].as_str().unwrap());
        let arguments = pod["containers"][0]["args"].as_array().unwrap().iter();
        let words: Vec<&str> = arguments.map(|argument| argument.as_str().unwrap()).collect();
        let elsewhere: Vec<&str> = words.into_iter().filter(|word| !word.starts_with("--listen=")).collect();
        Server::start(&kubeconfig, self.home.folder(), &elsewhere)
    }
}

impl Drop for Release<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.helm(&["uninstall", &self.home.name], "") {
            println!("release {} is left behind: {error}", self.home.name);
        }
    }
}
