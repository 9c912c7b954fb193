//! `k8s-wait-server wait`: with the rights of a kubeconfig, and no server.

use crate::common::cluster::cluster;
use crate::common::namespace::Namespace;
use crate::common::objects::{complete, job};
use crate::common::rights::Rights;
use crate::common::server::BINARIES;
use std::path::Path;
use std::process::{Command, Output};

fn wait(kubeconfig: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(&BINARIES.server);
    command.env_clear().env("KUBECONFIG", kubeconfig).arg("wait").args(["--timeout", "20s"]).args(arguments);
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

#[test]
#[ignore = "needs a cluster"]
fn rights_in_one_namespace_are_enough_for_it() {
    let shop = Namespace::new(cluster());
    let rights = Rights::none(&shop);
    rights.grant(&shop, &[]);
    shop.create(&job("migrate"));
    shop.status("jobs/migrate", &complete());
    let target = format!("job/{}/migrate", shop.name);
    let (code, said) = wait(&rights.kubeconfig, &[&target]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = wait(&rights.kubeconfig, &["job/default/migrate"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("no right to ") && said.contains("jobs.batch in namespace default"), "{said}");
}
