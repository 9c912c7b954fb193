//! `--auth token`, with tokens that a real API server makes and reviews.

use crate::common::cluster::cluster;
use crate::common::namespace::Namespace;
use crate::common::objects::{complete, job};
use crate::common::rights::{Rights, token};
use crate::common::server::Server;
use crate::common::wait::{Ended, Wait};
use serde_json::json;
use std::path::PathBuf;

const ACCOUNT: &str = "waiter";

/// A namespace with a job that is complete, and a ServiceAccount.
fn stage() -> Namespace {
    let namespace = Namespace::new(cluster());
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT}});
    namespace.create(&account);
    namespace.create(&job("migrate"));
    namespace.status("jobs/migrate", &complete());
    namespace
}

/// A file with a token of the namespace's account.
fn file(namespace: &Namespace, audiences: &[&str]) -> PathBuf {
    let path = namespace.folder().join(format!("token-for-{}", audiences.join("-")));
    std::fs::write(&path, token(namespace, ACCOUNT, audiences)).unwrap();
    path
}

#[test]
#[ignore = "needs a cluster"]
fn a_token_asks_about_its_own_namespace_and_what_a_rule_adds() {
    let [shop, till] = [stage(), stage()];
    let rights = Rights::printed(&shop, &["--auth", "token"]);
    rights.hold("/apis/batch/v1/jobs");
    let rule = format!("{}={}", till.name, shop.name);
    let server = Server::start(&rights.kubeconfig, shop.folder(), &["--auth", "token", "--allow", &rule]);
    let ask = |token: &PathBuf, target: &str, code: i32| -> Ended {
        let arguments = ["--token-file", token.to_str().unwrap(), target];
        Wait::start(&server.url(), &shop.name, &arguments, shop.folder()).ends(code)
    };
    let (of_shop, of_till) = (file(&shop, &["k8s-wait"]), file(&till, &["k8s-wait"]));
    let other = format!("job/{}/migrate", till.name);
    ask(&of_shop, "job/migrate", 0);
    ask(&of_till, "job/migrate", 0);
    ask(&of_till, &other, 0);
    let told = ask(&of_shop, &other, 4).termination;
    let caller = format!("ServiceAccount {}/{ACCOUNT} may not ask about namespace {}", shop.name, till.name);
    assert!(told.contains(&caller), "{told}");
    let told = ask(&of_shop, "node.v1/a?for=exists", 4).termination;
    assert!(told.contains("ClusterScoped"), "{told}");
}

#[test]
#[ignore = "needs a cluster"]
fn a_token_for_others_or_of_nobody_is_not_accepted() {
    let shop = stage();
    let rights = Rights::printed(&shop, &["--namespaces", &shop.name, "--auth", "token"]);
    rights.hold(&shop.path("jobs"));
    let server =
        Server::start(&rights.kubeconfig, shop.folder(), &["--auth", "token", "--namespaces", &shop.name]);
    let ask = |arguments: &[&str], code: i32| {
        Wait::start(&server.url(), &shop.name, arguments, shop.folder()).ends(code).termination
    };
    let ask_with = |token: &PathBuf| {
        let told = ask(&["--token-file", token.to_str().unwrap(), "job/migrate"], 4);
        assert!(told.contains("the token is not accepted for the audience k8s-wait"), "{told}");
    };
    ask_with(&file(&shop, &[]));
    ask_with(&file(&shop, &["vault"]));
    assert!(ask(&["job/migrate"], 4).contains("there is no token"));
    let token = file(&shop, &["k8s-wait"]);
    ask(&["--token-file", token.to_str().unwrap(), "job/migrate"], 0);
    // One that the server has not seen, of an account that is gone by then.
    let token = file(&shop, &["k8s-wait", "vault"]);
    shop.delete(&format!("serviceaccounts/{ACCOUNT}"));
    ask_with(&token);
}
