//! Files of the repository that are made from its code, so that they cannot say anything else: [`write()`].
//!
//! They are committed, for people who read them without building anything. A test fails when one is behind.

mod flags;
mod install;
mod kinds;
mod openapi;
mod rbac;
mod values;

use crate::manual::help;
use std::error::Error;
use std::fs;
use std::path::Path;

/// A file as it has to be.
struct Generated {
    /// From the top of the repository.
    path: &'static str,
    text: String,
}

/// Everything that is generated. What makes a further file is a module beside this one, and a line here.
fn files(root: &Path) -> Result<Vec<Generated>, Box<dyn Error>> {
    let cluster = rbac::printed(&[])?;
    let role = rbac::printed(&["--namespaces", "k8s-wait"])?;
    let inside = rbac::rules(&role)?;
    let events = ["--namespaces", "k8s-wait", "--auth", "token", "--events-after", "5m"];
    let events = rbac::rules(&rbac::printed(&events)?)?;
    let events =
        events.strip_prefix(&inside).ok_or("the right to create Events is not the last one of a Role")?;
    let events = events.to_owned();
    let reviews = rbac::printed(&["--namespaces", "k8s-wait", "--auth", "token"])?;
    let reviews = reviews.split_once("kind: ClusterRole\n").map_or("", |(_, role)| role);
    let flat = install::flat(root, &cluster)?;
    let values = fs::read_to_string(root.join("deploy/chart/k8s-wait/values.yaml"))?;
    let openapi = k8s_wait_server::openapi();
    let file = |path, text| Generated { path, text };
    Ok(vec![
        file("docs/src/generated/kinds.md", kinds::tables()?),
        file("docs/src/generated/client-flags.md", flags::table(&k8s_wait_client::command_line(), |_| None)),
        file("docs/src/generated/client-help.txt", help(&["k8s-wait-client"])?),
        file(
            "docs/src/generated/server-flags.md",
            flags::table(&k8s_wait_server::command_line(), flags::server_variable),
        ),
        file("docs/src/generated/openapi.md", openapi::tables(&openapi)?),
        file("k8s-wait-server/openapi.json", openapi),
        file("docs/src/generated/rbac-help.txt", help(&["k8s-wait-server", "rbac"])?),
        file("docs/src/generated/inject-help.txt", help(&["k8s-wait-server", "inject"])?),
        file("deploy/chart/k8s-wait/files/cluster-rules.yaml", rbac::rules(&cluster)?),
        file("deploy/chart/k8s-wait/files/event-rules.yaml", events),
        file("deploy/chart/k8s-wait/files/namespace-rules.yaml", inside),
        file("deploy/chart/k8s-wait/files/review-rules.yaml", rbac::rules(reviews)?),
        file(
            "deploy/chart/k8s-wait/files/alerts.yaml",
            fs::read_to_string(root.join("deploy/observability/alerts.yaml"))?,
        ),
        file("deploy/chart/k8s-wait/README.md", values::readme(&values)?),
        file("deploy/kustomize/base/rbac.yaml", cluster),
        file("deploy/kustomize/namespaced/role.yaml", role),
        file("deploy/install.yaml", flat),
    ])
}

/// Writes them all.
///
/// # Errors
///
/// The first file that cannot be made or written. Those before it are written by then.
pub(crate) fn write(root: &Path) -> Result<(), Box<dyn Error>> {
    for file in files(root)? {
        let path = root.join(file.path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(&path, file.text).map_err(|error| format!("{}: {error}", file.path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::root;

    #[test]
    fn everything_generated_is_up_to_date() {
        let is_behind =
            |file: &Generated| fs::read_to_string(root().join(file.path)).ok() != Some(file.text.clone());
        let behind: Vec<&str> =
            files(root()).unwrap().iter().filter(|file| is_behind(file)).map(|file| file.path).collect();
        assert!(behind.is_empty(), "run `cargo xtask generate`, which changes {behind:?}");
    }
}
