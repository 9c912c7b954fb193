//! What a wait reports while things change, for one target and for several.

use crate::common::{self, begun, next, put, soon, told, until, wait};
use k8s_wait_lib::object::Pod;
use k8s_wait_lib::{CheckRegistry, Mode, ObjectCheck, Verdict, Wait};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::{deployment, job, pod, service, slice};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[tokio::test]
async fn a_job_from_nothing_to_complete() {
    let api = Api::start().await.unwrap();
    let watches = common::watches(&api);
    let mut wait = wait(&watches, "shop", &["job/migrate"]);
    until(&mut wait, "pending NotFound").await;
    put(&api, "shop", job("migrate"));
    until(&mut wait, "pending JobNotStarted").await;
    put(&api, "shop", job("migrate").active(1));
    until(&mut wait, "pending JobRunning").await;
    put(&api, "shop", job("migrate").active(1).failed_pods(1));
    assert_eq!(
        next(&mut wait).await.verdict.reason().unwrap().message,
        "job shop/migrate: 1 active, 0 of 1 succeeded, 1 failed"
    );
    put(&api, "shop", job("migrate").complete());
    let last = until(&mut wait, "ready").await;
    assert!(last.is_final);
    assert_eq!(soon(wait.next()).await, None);
}

#[tokio::test]
async fn every_kind_is_woken_by_its_own_changes() {
    let api = Api::start().await.unwrap();
    let watches = common::watches(&api);
    let targets = [
        "pod/web",
        "pod?selector=app=web",
        "deploy/web",
        "svc/web",
        "svc?selector=app=web",
        "job/web?for=deleted",
    ];
    put(&api, "shop", job("web"));
    let mut waits: Vec<_> = targets.iter().map(|target| wait(&watches, "shop", &[target])).collect();
    for wait in &mut waits {
        assert!(begun(wait).await.verdict.is_pending());
    }
    put(&api, "shop", pod("web").label("app", "web").ready());
    put(&api, "shop", deployment("web").rolled_out());
    put(&api, "shop", service("web").label("app", "web"));
    put(&api, "shop", slice("web").endpoint("10.0.0.1"));
    api.delete("jobs", "shop", "web").unwrap();
    for wait in &mut waits {
        until(wait, "ready").await;
    }
}

#[tokio::test]
async fn pods_made_after_the_wait_began_count() {
    let api = Api::start().await.unwrap();
    let watches = common::watches(&api);
    let web = |name: &str| pod(name).label("app", "web");
    put(&api, "shop", web("a"));
    let mut wait = wait(&watches, "shop", &["pod?selector=app=web"]);
    until(&mut wait, "pending PodNotReady").await;
    put(&api, "shop", web("b"));
    let both = next(&mut wait).await;
    assert!(both.verdict.reason().unwrap().message.contains("0 of 2"), "{both:?}");
    put(&api, "shop", web("a").ready());
    next(&mut wait).await;
    put(&api, "shop", web("b").ready());
    until(&mut wait, "ready").await;
}

#[tokio::test]
async fn targets_that_are_never_ready_together_are_never_ready() {
    let api = Api::start().await.unwrap();
    let watches = common::watches(&api);
    put(&api, "shop", pod("a").ready());
    put(&api, "shop", pod("b").not_ready());
    let mut wait = wait(&watches, "shop", &["pod/a", "pod/b"]);
    let may_be_ready = Arc::new(AtomicBool::new(false));
    let may = Arc::clone(&may_be_ready);
    let waiting = tokio::spawn(async move {
        while !next(&mut wait).await.is_final {}
        may.load(Ordering::SeqCst)
    });
    for (leaving, coming) in [("a", "b"), ("b", "a")].into_iter().cycle().take(400) {
        // One leaves before the other one comes.
        put(&api, "shop", pod(leaving).not_ready());
        put(&api, "shop", pod(coming).ready());
        tokio::task::yield_now().await;
    }
    may_be_ready.store(true, Ordering::SeqCst);
    put(&api, "shop", pod("a").ready());
    put(&api, "shop", pod("b").ready());
    assert!(soon(waiting).await.unwrap(), "they had not been ready together");
}

#[tokio::test]
async fn one_failed_target_ends_all_of_them() {
    let api = Api::start().await.unwrap();
    let watches = common::watches(&api);
    put(&api, "shop", job("migrate").failed("BackoffLimitExceeded"));
    let mut wait = wait(&watches, "shop", &["pod/web", "job/migrate"]);
    let last = until(&mut wait, "failed BackoffLimitExceeded").await;
    assert!(last.is_final);
    assert!(last.targets[0].verdict.is_pending());
}

#[tokio::test]
async fn any_is_content_with_one() {
    let api = Api::start().await.unwrap();
    let watches = common::watches(&api);
    put(&api, "shop", job("migrate").failed("BackoffLimitExceeded"));
    let plan = k8s_wait_lib::Plan {
        mode: Mode::Any,
        ..common::plan("shop", &["job/migrate", "pod/web", "job/other"])
    };
    let mut wait = Wait::new(&common::registry(), &watches, plan.clone()).unwrap();
    until(&mut wait, "pending NotFound").await;
    put(&api, "shop", pod("web").ready());
    let last = until(&mut wait, "ready").await;
    let words: Vec<_> = last.targets.iter().map(|target| target.verdict.word()).collect();
    assert_eq!(words, ["failed", "ready", "pending"]);

    put(&api, "shop", job("other").failed("DeadlineExceeded"));
    api.delete("pods", "shop", "web").unwrap();
    put(&api, "shop", pod("web").failed());
    common::stands(&watches, "shop", "pod/web", "failed PodFailed").await;
    common::stands(&watches, "shop", "job/other", "failed DeadlineExceeded").await;
    let mut wait = Wait::new(&common::registry(), &watches, plan).unwrap();
    until(&mut wait, "failed BackoffLimitExceeded").await;
}

#[tokio::test]
async fn only_what_changed_is_news() {
    let api = Api::start().await.unwrap();
    let watches = common::watches(&api);
    let mut wait = wait(&watches, "shop", &["pod/a", "pod/b"]);
    let first = begun(&mut wait).await;
    assert!(first.targets.iter().all(|target| target.is_news));
    put(&api, "shop", pod("b"));
    let report = next(&mut wait).await;
    assert_eq!(report.targets.iter().map(|target| target.is_news).collect::<Vec<_>>(), [false, true]);
    assert_eq!(
        report.targets.iter().map(|target| target.target.as_str()).collect::<Vec<_>>(),
        ["pod/shop/a", "pod/shop/b"]
    );
}

#[tokio::test]
async fn nothing_to_wait_for_is_reported_and_never_ready() {
    let api = Api::start().await.unwrap();
    let mut wait = wait(&common::watches(&api), "shop", &[]);
    assert_eq!(told(&next(&mut wait).await), "pending NothingToJudge");
}

#[tokio::test]
async fn an_object_made_again_has_been_deleted() {
    let api = Api::start().await.unwrap();
    let watches = common::watches(&api);
    put(&api, "shop", pod("web"));
    let mut one = wait(&watches, "shop", &["pod/web?for=deleted"]);
    let mut set = wait(&watches, "shop", &["pod?selector=!app&for=deleted"]);
    until(&mut one, "pending StillExists").await;
    until(&mut set, "pending StillExists").await;
    api.delete("pods", "shop", "web").unwrap();
    api.create(pod("web").namespace("shop")).unwrap();
    until(&mut one, "ready").await;
    until(&mut set, "ready").await;
    // Whoever comes now means the new one.
    assert_eq!(told(&common::now(&watches, "shop", "pod/web?for=deleted").await), "pending StillExists");
}

#[tokio::test]
async fn an_object_that_lost_its_label_is_still_there() {
    let api = Api::start().await.unwrap();
    let watches = common::watches(&api);
    put(&api, "shop", pod("web").label("app", "web"));
    put(&api, "shop", pod("db").label("app", "web"));
    let mut wait = wait(&watches, "shop", &["pod?selector=app=web&for=deleted"]);
    until(&mut wait, "pending StillExists").await;
    put(&api, "shop", pod("web").label("app", "quarantine"));
    api.delete("pods", "shop", "db").unwrap();
    let report = next(&mut wait).await;
    assert_eq!(told(&report), "pending StillExists");
    assert!(report.verdict.reason().unwrap().message.ends_with("1 of 2 are still there"), "{report:?}");
    api.delete("pods", "shop", "web").unwrap();
    until(&mut wait, "ready").await;
}

#[tokio::test]
async fn a_set_is_looked_at_again_for_its_own_objects_alone() {
    let api = Api::start().await.unwrap();
    let (looks, mut registry) = (Arc::<AtomicUsize>::default(), CheckRegistry::new());
    let count = Arc::clone(&looks);
    let judge = move |_: Option<&_>| {
        count.fetch_add(1, Ordering::SeqCst);
        Verdict::pending("Never", "it never is")
    };
    registry.register(ObjectCheck::<Pod>::new("counted", []).state("ready", judge)).unwrap();
    put(&api, "shop", pod("web").label("app", "web"));
    let plan = common::plan("shop", &["counted?selector=app=web", "counted/last?for=exists"]);
    let mut wait = Wait::new(&registry, &common::watches(&api), plan).unwrap();
    begun(&mut wait).await;
    let before = looks.load(Ordering::SeqCst);
    for number in 0..50 {
        put(&api, "shop", pod("other").label("number", &number.to_string()));
        // A turn for the watch and for the wait.
        let turn = std::time::Duration::from_millis(2);
        assert!(tokio::time::timeout(turn, wait.next()).await.is_err(), "none of its news");
    }
    put(&api, "shop", pod("last"));
    assert_eq!(next(&mut wait).await.targets[1].verdict, Verdict::Ready);
    assert_eq!(looks.load(Ordering::SeqCst), before, "nothing of the set has changed");
}
