//! The kustomize base in one file: [`flat`].

use serde::Deserialize;
use std::error::Error;
use std::fs;
use std::path::Path;

const BASE: &str = "deploy/kustomize/base";
const HEAD: &str =
    "# The server for the whole cluster, in namespace k8s-wait: `kubectl apply -f install.yaml`.
# Made by `cargo xtask generate` from kustomize/base, where changes belong.
";

#[derive(Deserialize)]
struct Kustomization {
    resources: Vec<String>,
}

/// The resources of the base, in their order. `rbac` is the one among them that is generated too.
///
/// # Errors
///
/// A file of the base that cannot be read.
pub(super) fn flat(root: &Path, rbac: &str) -> Result<String, Box<dyn Error>> {
    let read = |name: &str| {
        let path = root.join(BASE).join(name);
        fs::read_to_string(path).map_err(|error| format!("{BASE}/{name}: {error}"))
    };
    let base: Kustomization = serde_saphyr::from_str(&read("kustomization.yaml")?)?;
    let resources = base.resources.iter().map(|name| match name.as_str() {
        "rbac.yaml" => Ok(rbac.to_owned()),
        name => read(name),
    });
    let documents: Vec<String> = resources.collect::<Result<_, _>>()?;
    Ok(HEAD.to_owned() + &documents.join("---\n"))
}

#[cfg(test)]
mod tests {
    use super::flat;
    use crate::root;
    use k8s_wait_server::{Order, Settings, Siblings, read};
    use serde_json::Value;

    #[test]
    fn its_flags_are_the_servers_defaults_but_for_its_replicas_and_its_grace_is_longer() {
        let objects: Vec<Value> = serde_saphyr::from_multiple(&flat(root(), "").unwrap()).unwrap();
        let deployment = objects.iter().find(|object| object["kind"] == "Deployment").unwrap();
        let pod = &deployment["spec"]["template"]["spec"];
        let arguments = pod["containers"][0]["args"].as_array().unwrap();
        let words =
            ["k8s-wait-server"].into_iter().chain(arguments.iter().map(|word| word.as_str().unwrap()));
        let Order::Run(settings) = read(&words.map(str::to_owned).collect::<Vec<_>>(), |_| None).unwrap()
        else {
            panic!("it does not serve");
        };
        let replicas = Some(Siblings::new("http://k8s-wait-replicas:8080", None, None).unwrap());
        let expected = Settings { replicas, ..Settings::default() };
        assert_eq!(format!("{settings:?}"), format!("{expected:?}"));
        let grace = pod["terminationGracePeriodSeconds"].as_u64().unwrap();
        assert!(grace > settings.shutdown_grace.as_secs());
        let port = &pod["containers"][0]["ports"][0]["containerPort"];
        assert_eq!(*port, settings.listen.port());
    }
}
