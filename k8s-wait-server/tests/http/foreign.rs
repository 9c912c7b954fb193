//! The real client in the words of groundnuty/k8s-wait-for and k8s-when-ready: what the README of each promises, without
//! what it does by mistake.

use crate::support::{Server, client};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::{job, pod, service, slice};

async fn expect(server: &Server, rows: &[(&str, u8)]) {
    for (words, expected) in rows {
        // A wait that is ready at once needs no bound, but one that is not must fail its test in time.
        let bound = if words.contains("--timeout") { "" } else { " --timeout 20s" };
        let (code, said) = client(&format!("{words}{bound} --server http://{}", server.address)).await;
        assert_eq!(code, *expected, "{words}\n{said}");
    }
}

/// The pairs of pods that the tools are asked about.
fn pods(api: &Api) {
    let labelled = |name: &str| pod(name).namespace("shop").label("app", name.split('-').next().unwrap());
    for good in ["good-0", "good-1", "mixed-0", "stuck-0"] {
        api.apply(labelled(good).ready()).unwrap();
    }
    for bad in ["mixed-1", "bad-0", "ended-0"] {
        api.apply(labelled(bad).failed()).unwrap();
    }
    for done in ["ended-1", "done-0"] {
        api.apply(labelled(done).succeeded()).unwrap();
    }
    api.apply(labelled("stuck-1").phase("Pending").waiting("app", "ImagePullBackOff", "no such image"))
        .unwrap();
}

#[tokio::test]
async fn pods_of_k8s_wait_for() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    pods(&api);
    let rows = [
        // "All pods with a following label to enter 'Ready' state."
        ("pod -lapp=good", 0),
        ("pod good-0", 0),
        ("pod -lapp=stuck --timeout 300ms", 1),
        ("pod -lapp=none --timeout 300ms", 1),
        ("pod none --timeout 300ms", 1),
        // There: a pod that has completed is "Ready", and one that was evicted blocks for ever.
        ("pod -lapp=done --timeout 300ms", 1),
        ("pod -lapp=mixed", 0),
        // "To enter 'Ready' or 'Error' state."
        ("pod-we -lapp=good", 0),
        ("pod-we -lapp=mixed", 0),
        ("pod-we -lapp=bad", 0),
        ("pod-we -lapp=ended", 0),
        ("pod-we bad-0", 0),
        ("pod-we -lapp=stuck --timeout 300ms", 1),
        ("pod-we -lapp=none --timeout 300ms", 1),
        // "At least one pod to enter the 'Ready' state, even when the other ones are in 'Error' state."
        ("pod-wr -lapp=mixed", 0),
        // There: one that is ready beside one whose image cannot be pulled hangs, and errors alone are ready.
        ("pod-wr -lapp=stuck", 0),
        ("pod-wr -lapp=bad --timeout 300ms", 1),
        ("pod-wr -lapp=none --timeout 300ms", 1),
    ];
    expect(&server, &rows).await;
}

#[tokio::test]
async fn jobs_of_k8s_wait_for() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    let named = |name: &str| job(name).namespace("shop").label("app", name.split('-').next().unwrap());
    api.apply(named("done-0").complete()).unwrap();
    api.apply(named("done-retried").failed_pods(1).complete()).unwrap();
    api.apply(named("new-0")).unwrap();
    api.apply(named("new-suspended").suspended()).unwrap();
    api.apply(named("mixed-0").complete()).unwrap();
    api.apply(named("mixed-1").failed_pods(4).failed("BackoffLimitExceeded")).unwrap();
    let rows = [
        // "All the pods in that job to have a 'Succeeded' state."
        ("job done-0", 0),
        ("job -lapp=done", 0),
        // There: a job whose retry succeeded, and one that failed for good, hang, and a missing one is an error.
        ("job done-retried", 0),
        ("job mixed-1", 3),
        ("job none --timeout 300ms", 1),
        // There: a job that was just made, or is suspended, is ready.
        ("job new-0 --timeout 300ms", 1),
        ("job -lapp=new --timeout 300ms", 1),
        // "A 'Succeeded' or 'Failed' state."
        ("job-we done-0", 0),
        ("job-we mixed-1", 0),
        ("job-we -lapp=mixed", 0),
        ("job-we new-suspended --timeout 300ms", 1),
        // "At least one pod in that job to have 'Succeeded' state, does not mind some 'Failed' ones."
        ("job-wr done-retried", 0),
        ("job-wr -lapp=mixed", 0),
        ("job-wr mixed-1", 3),
        ("job-wr new-0 --timeout 300ms", 1),
    ];
    expect(&server, &rows).await;
}

#[tokio::test]
async fn services_of_k8s_wait_for() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    for name in ["db", "queue"] {
        api.apply(service(name).namespace("shop").label("app", "web")).unwrap();
    }
    api.apply(slice("db").namespace("shop").endpoint("10.0.0.1")).unwrap();
    let rows = [
        ("service db", 0),
        ("service db -n shop", 0),
        ("service queue --timeout 300ms", 1),
        ("service -lapp=web --timeout 300ms", 1),
        ("service none --timeout 300ms", 1),
        ("service db --namespace other --timeout 300ms", 1),
    ];
    expect(&server, &rows).await;
    api.apply(slice("queue").namespace("shop").endpoint("10.0.0.2")).unwrap();
    expect(&server, &[("service -lapp=web", 0)]).await;
}

#[tokio::test]
async fn k8s_when_ready() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    api.apply(job("done").namespace("shop").complete()).unwrap();
    api.apply(job("bad").namespace("shop").failed("BackoffLimitExceeded")).unwrap();
    for name in ["db", "half", "empty"] {
        api.apply(service(name).namespace("shop")).unwrap();
    }
    api.apply(slice("db").namespace("shop").endpoint("10.0.0.1")).unwrap();
    api.apply(slice("half").namespace("shop").endpoint("10.0.0.2").endpoint("10.0.0.3").not_ready()).unwrap();
    let rows = [
        ("--type=job --name=done --namespace=shop", 0),
        ("--type=job --name=done --namespace=shop --uptime=0.1", 0),
        ("--type=job --name=done --timeout=0.3", 1),
        ("--type=job --name=bad -n shop", 1),
        ("--type=service --name=db -n shop --uptime 0.1 --poll-delay 1", 0),
        ("--type=service --name=db -n shop --timeout 0.3", 1),
        ("--type=service --name=half -n shop --uptime=0 --timeout 0.3", 1),
        ("--type=service --name=empty -n shop --uptime=0 --timeout 0.3", 1),
        ("--type=pod --name=a", 2),
    ];
    expect(&server, &rows).await;
}
