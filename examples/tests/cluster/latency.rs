//! How long it takes from a change of status to the end of the wait, beside `kubectl wait`. Prints, asserts nothing
//! about time: machines differ.

use crate::common::objects::{pod, running};
use crate::common::process::until;
use crate::common::scene::Scene;
use std::fs::{self, File};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 20;

#[test]
#[ignore = "needs a cluster"]
fn a_wait_ends_soon_after_the_change() {
    if Command::new("kubectl").args(["version", "--client"]).output().is_err() {
        println!("skipped: no kubectl to compare with");
        return;
    }
    let shop = Scene::new();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        ours.push(our_round(&shop, &format!("ours-{round}")));
        theirs.push(their_round(&shop, &format!("theirs-{round}")));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "from PATCH to exit, median of {ROUNDS}: k8s-wait-client {ours:.1} ms, kubectl wait {theirs:.1} ms, ratio {:.2}",
        ours / theirs
    );
}

fn our_round(shop: &Scene, name: &str) -> Duration {
    shop.create(&pod(name, "web"));
    let mut wait = shop.wait(&[&format!("pod/{name}")]);
    wait.sees("pod/", "PodNotReady");
    let start = Instant::now();
    shop.status(&format!("pods/{name}"), &running(true));
    assert!(wait.status().success());
    start.elapsed()
}

fn their_round(shop: &Scene, name: &str) -> Duration {
    shop.create(&pod(name, "web"));
    let log = shop.folder().join(format!("{name}.log"));
    let mut kubectl = kubectl_wait(shop, name, File::create(&log).unwrap());
    until("kubectl to watch", Duration::from_secs(30), || {
        fs::read_to_string(&log).unwrap().contains("watch=true").then_some(())
    });
    let start = Instant::now();
    shop.status(&format!("pods/{name}"), &running(true));
    assert!(kubectl.wait().unwrap().success());
    start.elapsed()
}

/// Its log tells when it watches.
fn kubectl_wait(shop: &Scene, name: &str, log: File) -> Child {
    let mut kubectl = Command::new("kubectl");
    kubectl.arg("--kubeconfig").arg(&shop.cluster.kubeconfig).args(["--namespace", &shop.name, "-v=6"]);
    kubectl.args(["wait", &format!("pod/{name}"), "--for=condition=Ready", "--timeout=60s"]);
    kubectl.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    let (below, above) = (times[(times.len() - 1) / 2], times[times.len() / 2]);
    (below + above).as_secs_f64() * 500.0
}
