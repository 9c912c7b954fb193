//! How long it takes from a change of status to the end of the wait, beside `kubectl wait`. Prints, asserts nothing
//! about time: machines differ.

use crate::common::objects::{pod, running};
use crate::common::process::until;
use crate::common::scene::Scene;
use crate::common::wait::Wait;
use std::fs::{self, File};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const ROUNDS: usize = 20;
/// So long every wait has gone on before the change. kubectl looks for the end of its first list every 100 ms and
/// hears of nothing before, which would be measured otherwise.
const SETTLED: Duration = Duration::from_millis(500);

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
        let (own, other) = (format!("ours-{round}"), format!("theirs-{round}"));
        let (mut wait, mut kubectl) = (our_wait(&shop, &own), their_wait(&shop, &other));
        sleep(SETTLED);
        let mut us = || ours.push(measure(&shop, &own, || wait.status()));
        let mut them = || theirs.push(measure(&shop, &other, || kubectl.wait().unwrap()));
        // Neither is always the first.
        if round % 2 == 0 {
            us();
            them();
        } else {
            them();
            us();
        }
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "from PATCH to exit, median of {ROUNDS}: k8s-wait-client {ours:.1} ms, kubectl wait {theirs:.1} ms, ratio {:.2}",
        ours / theirs
    );
}

/// From before the change until the end of the process.
fn measure(shop: &Scene, name: &str, end: impl FnOnce() -> ExitStatus) -> Duration {
    let start = Instant::now();
    shop.status(&format!("pods/{name}"), &running(true));
    assert!(end().success());
    start.elapsed()
}

fn our_wait(shop: &Scene, name: &str) -> Wait {
    shop.create(&pod(name, "web"));
    let mut wait = shop.wait(&[&format!("pod/{name}")]);
    wait.sees("pod/", "PodNotReady");
    wait
}

fn their_wait(shop: &Scene, name: &str) -> Child {
    shop.create(&pod(name, "web"));
    let log = shop.folder().join(format!("{name}.log"));
    let kubectl = kubectl_wait(shop, name, File::create(&log).unwrap());
    until("kubectl to watch", Duration::from_secs(30), || {
        fs::read_to_string(&log).unwrap().contains("watch=true").then_some(())
    });
    kubectl
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
