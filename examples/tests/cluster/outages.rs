//! What goes away while clients wait: our server, the API server.

use crate::common::objects::{complete, failed, job, pod, running, working};
use crate::common::plane::Plane;
use crate::common::process::until;
use crate::common::scene::Scene;
use crate::common::wait::Wait;
use std::time::{Duration, Instant};

#[test]
#[ignore = "needs a cluster"]
fn clients_come_through_a_restart_of_the_server() {
    let mut shop = Scene::new();
    shop.create(&pod("web", "web"));
    shop.create(&job("migrate"));
    let targets: [&[&str]; 3] = [&["pod/web"], &["job/migrate"], &["--any", "pod/web", "job/migrate"]];
    let mut waits = targets.map(|target| shop.wait(target));
    for (wait, (kind, reason)) in
        waits.iter_mut().zip([("pod/", "PodNotReady"), ("job/", "JobNotStarted"), ("pod/", "PodNotReady")])
    {
        wait.sees(kind, reason);
    }
    shop.server.stop();
    waits.iter_mut().for_each(|wait| wait.tells("unreachable"));
    // Ready and failed while nobody looks.
    shop.status("pods/web", &running(true));
    shop.status("jobs/migrate", &failed());
    shop.server.start_again();
    for (wait, code) in waits.into_iter().zip([0, 3, 0]) {
        wait.ends(code);
    }
}

/// What one client waits for, and how it has to end.
const ENDINGS: [(&str, i32); 4] = [("pod", 0), ("complete", 0), ("failed", 3), ("both", 0)];
const CLIENTS: usize = 20;

#[test]
#[ignore = "needs a cluster"]
fn clients_come_through_a_crash_of_the_api_server() {
    let Ok(programs) = Plane::programs() else {
        println!("skipped: no API server of our own to kill");
        return;
    };
    let mut plane = Plane::start(&programs, false).unwrap();
    let shop = Scene::on(&plane.cluster);
    shop.create(&pod("ready", "ready"));
    shop.status("pods/ready", &running(true));
    shop.create(&pod("old", "old"));
    let mut gone = shop.wait(&["pod/old?for=deleted"]);
    gone.sees("pod/", "StillExists");
    let mut waits: Vec<Wait> = (0..CLIENTS).map(|number| begin(&shop, number)).collect();
    waits.iter_mut().enumerate().for_each(|(number, wait)| sees_pending(&shop, wait, number));

    plane.kill_apiserver();
    let down = Instant::now();
    until("the server to notice", Duration::from_secs(30), || {
        (shop.server.log().matches("watch is down").count() >= 2).then_some(())
    });
    let question = format!("/v1/check?target=pod/ready&namespace={}", shop.name);
    let (status, answer) = shop.server.get(&question);
    assert_eq!(status, 503, "nothing is ready that cannot be seen: {answer}");
    waits.iter_mut().enumerate().for_each(|(number, wait)| {
        wait.sees(&first(&shop, number), "ApiUnavailable");
    });
    plane.restart_apiserver();

    // Before the server lists again, most likely, so that it never sees the name free.
    shop.delete("pods/old");
    shop.create(&pod("old", "old"));
    println!("the API server was away for {:.1} s", down.elapsed().as_secs_f32());
    (0..CLIENTS).for_each(|number| finish(&shop, number));
    let back = Instant::now();
    for (number, wait) in waits.into_iter().enumerate() {
        let (what, code) = ENDINGS[number % ENDINGS.len()];
        let ended = wait.ends(code);
        assert_eq!(ended.output.contains("BackoffLimitExceeded"), what == "failed", "{}", ended.output);
    }
    gone.ends(0);
    println!("{CLIENTS} clients ended within {:.1} s of its return", back.elapsed().as_secs_f32());
    until("the ready pod to be ready", Duration::from_secs(30), || {
        (shop.server.get(&question).0 == 200).then_some(())
    });
}

/// The target that the client names first.
fn first(shop: &Scene, number: usize) -> String {
    let kind = if ENDINGS[number % ENDINGS.len()].0 == "pod" { "pod" } else { "job" };
    format!("{kind}/{}/it-{number}", shop.name)
}

/// Makes what the client waits for, and the client.
fn begin(shop: &Scene, number: usize) -> Wait {
    let (name, what) = (format!("it-{number}"), ENDINGS[number % ENDINGS.len()].0);
    if what != "pod" {
        shop.create(&job(&name));
        shop.status(&format!("jobs/{name}"), &working(0));
    }
    if what == "pod" || what == "both" {
        shop.create(&pod(&name, &name));
    }
    match what {
        "pod" => shop.wait(&[&format!("pod/{name}"), "pod/ready"]),
        "both" => shop.wait(&[&format!("job/{name}"), &format!("pod/{name}")]),
        _ => shop.wait(&[&format!("job/{name}")]),
    }
}

fn sees_pending(shop: &Scene, wait: &mut Wait, number: usize) {
    let target = first(shop, number);
    wait.sees(&target, if target.starts_with("pod") { "PodNotReady" } else { "JobRunning" });
}

fn finish(shop: &Scene, number: usize) {
    let (name, what) = (format!("it-{number}"), ENDINGS[number % ENDINGS.len()].0);
    if what == "pod" || what == "both" {
        shop.status(&format!("pods/{name}"), &running(true));
    }
    match what {
        "pod" => {}
        "failed" => shop.status(&format!("jobs/{name}"), &failed()),
        _ => shop.status(&format!("jobs/{name}"), &complete()),
    }
}
