//! A command line as our programs read it: [`client`] and [`server`].

use k8s_wait_client::{Environment, Invocation, Size};
use k8s_wait_lib::{CheckRegistry, Target};
use k8s_wait_server::read;
use std::ffi::OsString;

/// These variables and nothing else.
pub(super) struct Variables(pub(super) Vec<(String, String)>);

impl Environment for Variables {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn service_account_namespace(&self) -> Option<String> {
        None
    }

    fn terminal(&self) -> Option<Size> {
        None
    }
}

/// What the client waits for when it is started so. The error is what it would say.
pub(super) fn client(arguments: &[String], variables: &Variables) -> Result<Vec<Target>, String> {
    if arguments.first().is_some_and(|word| word == "copy") {
        return if arguments.len() == 2 { Ok(Vec::new()) } else { Err("copy takes one path".to_owned()) };
    }
    // The client in this workspace is the one without TLS.
    let words = arguments.iter().filter(|word| !word.starts_with("--ca-file="));
    let words: Vec<OsString> = words.map(|word| word.replace("https://", "http://").into()).collect();
    let (mut progress, mut complaints) = (Vec::new(), Vec::new());
    let read = Invocation::read("wait", &words, variables, &mut progress, &mut complaints);
    match read {
        Ok(invocation) => registered(invocation.targets()).map(|()| invocation.targets().to_vec()),
        Err(0) => Ok(Vec::new()),
        Err(_) => Err(String::from_utf8(complaints).unwrap()),
    }
}

/// The server's registry takes them.
fn registered(targets: &[Target]) -> Result<(), String> {
    let registry = CheckRegistry::standard().unwrap();
    targets.iter().try_for_each(|target| match registry.parse(target) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    })
}

/// Whether the server takes these arguments; `wait` is the client.
pub(super) fn server(arguments: &[String], variables: &Variables) -> Result<(), String> {
    if arguments.first().is_some_and(|word| word == "wait") {
        return client(&arguments[1..], variables).map(drop);
    }
    let words: Vec<String> =
        std::iter::once("k8s-wait-server".to_owned()).chain(arguments.iter().cloned()).collect();
    read(&words, |name| variables.variable(name)).map(drop).map_err(|usage| usage.to_string())
}
