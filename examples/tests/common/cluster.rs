//! The cluster that all tests of a program share: [`cluster`].

use super::plane::Plane;
use std::path::PathBuf;
use std::sync::LazyLock;

/// A cluster, and what there is in it.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    /// For somebody who may do everything.
    pub(crate) kubeconfig: PathBuf,
    /// Do the controllers of Kubernetes run in it? No nodes are needed.
    pub(crate) has_controllers: bool,
}

/// What `$K8S_WAIT_TEST_KUBECONFIG` leads to, else a control plane of our own. It lives as long as this process.
pub(crate) fn cluster() -> &'static Cluster {
    /// The plane is kept for the pipes that it holds.
    static SHARED: LazyLock<Result<(Cluster, Option<Plane>), String>> = LazyLock::new(find);
    match &*SHARED {
        Ok((cluster, _)) => cluster,
        Err(error) => panic!("{error}"),
    }
}

fn find() -> Result<(Cluster, Option<Plane>), String> {
    if let Some(kubeconfig) = given() {
        return Ok((Cluster { kubeconfig, has_controllers: true }, None));
    }
    let programs = Plane::programs().map_err(|folder| {
        format!(
            "no cluster to test with: K8S_WAIT_TEST_KUBECONFIG names none, and etcd and kube-apiserver are not in \
             {} ($KUBEBUILDER_ASSETS)",
            folder.display()
        )
    })?;
    let plane = Plane::start(&programs, true).map_err(|error| error.to_string())?;
    Ok((plane.cluster.clone(), Some(plane)))
}

fn given() -> Option<PathBuf> {
    std::env::var_os("K8S_WAIT_TEST_KUBECONFIG").filter(|path| !path.is_empty()).map(PathBuf::from)
}
