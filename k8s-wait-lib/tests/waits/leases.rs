//! Watches are opened at first use, shared, kept a while, and closed.

use crate::common::{self, eventually, next, put, soon, told, until, wait};
use crate::fake::Fake;
use k8s_openapi::api::core::v1::Namespace;
use k8s_wait_lib::object::{Cached, Meta, Pod, Whole};
use k8s_wait_lib::{CheckRegistry, ObjectCheck, Verdict, Wait, Watches, judge};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::{job, namespace, pod};
use std::time::Duration;
use tokio::time::{advance, sleep};

const LINGER: Duration = Duration::from_secs(60);

fn watches(fake: &Fake) -> Watches {
    Watches::with(fake.client(), None, LINGER)
}

#[tokio::test(start_paused = true)]
async fn nothing_is_opened_before_it_is_asked_for() {
    let fake = Fake::new();
    let watches = watches(&fake);
    let wait = wait(&watches, "shop", &["pod/a", "job/b"]);
    sleep(LINGER).await;
    assert_eq!((watches.open_count(), fake.asked().len()), (0, 0));
    drop(wait);
}

#[tokio::test(start_paused = true)]
async fn a_watch_is_kept_for_the_linger_and_no_longer() {
    let fake = Fake::new();
    let watches = watches(&fake);
    common::now(&watches, "shop", "pod/a").await;
    sleep(LINGER - Duration::from_secs(1)).await;
    assert_eq!((watches.open_count(), fake.watchers()), (1, 1));
    sleep(Duration::from_secs(2)).await;
    assert_eq!((watches.open_count(), fake.watchers()), (0, 0));
    fake.put(pod("a").ready());
    assert_eq!(told(&common::now(&watches, "shop", "pod/a").await), "ready", "it opens again");
    assert_eq!(fake.lists(), 2);
}

#[tokio::test(start_paused = true)]
async fn somebody_who_comes_back_keeps_it_open() {
    let fake = Fake::new();
    let watches = watches(&fake);
    for _ in 0..20 {
        common::now(&watches, "shop", "pod/a").await;
        sleep(LINGER / 2).await;
    }
    assert_eq!((watches.open_count(), fake.lists()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_answered_at_once_is_a_use() {
    let fake = Fake::new();
    let watches = watches(&fake);
    common::now(&watches, "shop", "pod/a").await;
    for _ in 0..6 {
        // No other task runs between the first and the last moment of this lease.
        advance(LINGER / 3).await;
        common::now(&watches, "shop", "pod/a").await;
    }
    sleep(LINGER / 2).await;
    assert_eq!((watches.open_count(), fake.lists()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_keeps_it_open() {
    let fake = Fake::new();
    let watches = watches(&fake);
    let mut wait = wait(&watches, "shop", &["pod/a"]);
    until(&mut wait, "pending NotFound").await;
    sleep(LINGER * 10).await;
    assert_eq!((watches.open_count(), fake.lists()), (1, 1));
    drop(wait);
    sleep(LINGER + Duration::from_secs(1)).await;
    assert_eq!(watches.open_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn watches_end_with_the_last_of_them() {
    let fake = Fake::new();
    let watches = watches(&fake);
    common::now(&watches, "shop", "pod/a").await;
    assert_eq!(fake.watchers(), 1);
    drop(watches);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(fake.watchers(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_outlives_the_watches_is_not_believed() {
    let fake = Fake::new();
    fake.put(pod("a").ready());
    let watches = watches(&fake);
    let lease = watches.lease::<Pod>(&(), "shop").unwrap();
    let read = || lease.object("shop", "a").judge(|pod| judge::pod::ready(pod.as_deref()));
    sleep(Duration::from_millis(1)).await;
    assert_eq!(read(), Ok(Verdict::Ready));
    drop(watches);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(read().unwrap_err().code(), "ApiUnavailable");
}

/// A type of somebody else's, which cannot stand one of its objects.
#[derive(Debug)]
struct Fragile(Whole<k8s_openapi::api::core::v1::Pod>);

impl Cached for Fragile {
    type Wire = k8s_openapi::api::core::v1::Pod;
    type View = k8s_openapi::api::core::v1::Pod;

    fn api(client: kube::Client, namespace: Option<&str>, dynamic: &()) -> kube::Api<Self::Wire> {
        Whole::<Self::Wire>::api(client, namespace, dynamic)
    }
    fn cut(wire: Self::Wire) -> Self {
        assert_ne!(wire.metadata.name.as_deref(), Some("poison"), "a bug of somebody else's");
        Self(Whole::cut(wire))
    }
    fn meta(&self) -> &Meta {
        self.0.meta()
    }
    fn view(&self) -> &Self::View {
        self.0.view()
    }
    fn is_same(&self, _: &Self) -> bool {
        false
    }
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_panics_is_not_believed_any_more() {
    let fake = Fake::new();
    fake.put(pod("a").ready());
    let watches = watches(&fake);
    let mut registry = CheckRegistry::new();
    registry.register(ObjectCheck::<Fragile>::new("fragile", []).state("there", |_| Verdict::Ready)).unwrap();
    let plan = || common::plan("shop", &["fragile/a"]);
    let ask = async || Wait::new(&registry, &watches, plan()).unwrap().now().await;
    assert_eq!(told(&ask().await), "ready");
    let mut waiting =
        Wait::new(&registry, &watches, common::plan("shop", &["fragile/a", "fragile/b?for=exists"])).unwrap();
    until(&mut waiting, "pending NotFound").await;
    fake.put(pod("poison"));
    until(&mut waiting, "pending ApiUnavailable").await;
    assert_eq!(told(&ask().await), "pending ApiUnavailable");
    let lists = fake.lists();
    sleep(Duration::from_secs(60)).await;
    assert!((6..=24).contains(&(fake.lists() - lists)), "{} lists in a minute", fake.lists() - lists);
    fake.delete("poison");
    until(&mut waiting, "pending NotFound").await;
    fake.put(pod("b"));
    until(&mut waiting, "ready").await;
    assert_eq!((told(&ask().await).as_str(), watches.open_count()), ("ready", 1));
}

#[tokio::test]
async fn everybody_shares_one_list_and_one_watch() {
    let api = Api::start().await.unwrap();
    let watches = common::watches(&api);
    for target in ["pod/a", "pod/b", "pod?selector=app", "pod/other/a"] {
        common::now(&watches, "shop", target).await;
    }
    common::now(&watches.clone(), "elsewhere", "pod/c?for=deleted").await;
    assert_eq!((api.count("list", "pods"), api.count("watch", "pods"), watches.open_count()), (1, 1, 1));
}

#[tokio::test]
async fn a_namespace_has_a_watch_of_its_own_where_only_some_are_watched() {
    let api = Api::start().await.unwrap();
    let namespaces = ["a", "b"].map(str::to_owned).into();
    let watches = Watches::with(common::client(&api), Some(namespaces), LINGER);
    put(&api, "a", pod("web").ready());
    assert_eq!(told(&common::now(&watches, "a", "pod/web").await), "ready");
    assert_eq!(told(&common::now(&watches, "b", "pod/web").await), "pending NotFound");
    assert_eq!(watches.open_count(), 2);
    let refused = common::now(&watches, "c", "pod/web").await;
    assert_eq!(told(&refused), "failed NamespaceNotWatched");
    assert_eq!(
        refused.verdict.reason().unwrap().message,
        "pod/c/web: namespace c is not watched here, only a, b"
    );
    assert!(
        api.requests().iter().all(|request| request.namespace.is_some()),
        "nothing is asked of the whole cluster"
    );
}

/// They belong to no namespace, so that only a ClusterRole can keep them from us.
#[tokio::test]
async fn cluster_scoped_kinds_are_watched_once_whichever_namespaces_are_watched() {
    let api = Api::start().await.unwrap();
    let watches = Watches::with(common::client(&api), Some(["a".to_owned()].into()), LINGER);
    api.apply(namespace("web")).unwrap();
    for target in ["ns/web", "ns/elsewhere/web", "ns?selector=kubernetes.io/metadata.name=web"] {
        assert_eq!(told(&common::now(&watches, "a", target).await), "ready", "{target}");
    }
    let report = common::now(&watches, "c", "crd/x.example.com").await;
    assert_eq!(told(&report), "pending NotFound");
    assert_eq!(report.targets[0].target, "crd/c/x.example.com", "as whoever asked has it");
    assert_eq!((watches.open_count(), api.count("list", "namespaces")), (2, 1));
    let kept = common::registry().preload("namespace", &watches).unwrap();
    assert_eq!((kept.len(), watches.open_count()), (1, 2));
}

#[tokio::test]
async fn somebody_elses_cluster_scoped_type_is_found() {
    let api = Api::start().await.unwrap();
    let mut registry = CheckRegistry::new();
    let has_labels = |namespace: Option<&Namespace>| match namespace {
        Some(namespace) if namespace.metadata.labels.is_some() => Verdict::Ready,
        _ => judge::absent(),
    };
    registry
        .register(ObjectCheck::<Whole<Namespace>>::new("mine", []).state("labelled", has_labels))
        .unwrap();
    api.apply(namespace("web")).unwrap();
    let mut wait = Wait::new(&registry, &common::watches(&api), common::plan("shop", &["mine/web"])).unwrap();
    assert_eq!(told(&wait.now().await), "ready");
}

#[tokio::test]
async fn preloaded_kinds_are_there_before_anybody_asks() {
    let api = Api::start().await.unwrap();
    let watches = Watches::with(common::client(&api), None, Duration::from_millis(1));
    let registry = common::registry();
    let kept: Vec<_> = ["deploy", "service"].map(|kind| registry.preload(kind, &watches).unwrap()).into();
    eventually("three watches", || {
        ["deployments", "services", "endpointslices"].iter().all(|resource| api.watches_open(resource) == 1)
    })
    .await;
    assert_eq!(told(&common::now(&watches, "shop", "svc/db").await), "pending NotFound");
    assert_eq!((api.count("list", "services"), watches.open_count()), (1, 3));
    let error = registry.preload("nonsense", &watches).err().unwrap();
    assert_eq!(
        error.to_string(),
        "kind \"nonsense\" is unknown; known are pod, job, deployment, statefulset, daemonset, replicaset, service, \
         persistentvolumeclaim, namespace, customresourcedefinition, tcp, http, https, dns"
    );
    drop(kept);
    eventually("nothing is open", || watches.open_count() == 0).await;
}

#[tokio::test]
async fn only_those_concerned_are_woken() {
    let api = Api::start().await.unwrap();
    let watches = common::watches(&api);
    let mut web = wait(&watches, "shop", &["pod/web"]);
    let mut others = [
        wait(&watches, "shop", &["pod/db"]),
        wait(&watches, "other", &["pod/web"]),
        wait(&watches, "other", &["pod?selector=app"]),
        wait(&watches, "shop", &["job/web"]),
    ];
    until(&mut web, "pending NotFound").await;
    for other in &mut others {
        while told(&next(other).await) == "pending NotSynced" {}
    }
    put(&api, "shop", pod("web"));
    until(&mut web, "pending PodNotReady").await;
    for other in &mut others {
        assert!(futures::poll!(std::pin::pin!(other.next())).is_pending());
    }
}

/// With no linger at all a watch is closed whenever nobody uses it for a moment, while others come back to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_comes_as_a_watch_is_closed_gets_a_good_one() {
    let api = Api::start().await.unwrap();
    put(&api, "shop", pod("web").ready());
    let watches = Watches::with(common::client(&api), None, Duration::ZERO);
    let askers = (0..4).map(|_| {
        let watches = watches.clone();
        tokio::spawn(async move {
            for _ in 0..150 {
                assert_eq!(told(&common::now(&watches, "shop", "pod/web").await), "ready");
            }
        })
    });
    for asker in askers.collect::<Vec<_>>() {
        soon(asker).await.unwrap();
    }
    eventually("nothing is open", || watches.open_count() == 0).await;
}

#[tokio::test]
async fn a_wait_that_is_dropped_leaves_nothing() {
    let api = Api::start().await.unwrap();
    let watches = Watches::with(common::client(&api), None, Duration::from_millis(1));
    let mut waits: Vec<_> = (0..50).map(|_| wait(&watches, "shop", &["job/db", "svc/db"])).collect();
    for wait in &mut waits {
        until(wait, "pending NotFound").await;
    }
    assert_eq!(watches.open_count(), 3);
    // One of them in the middle of its sleep.
    let task = tokio::spawn(async move { waits[0].next().await });
    tokio::task::yield_now().await;
    task.abort();
    let _ = soon(task).await;
    eventually("nothing is open", || watches.open_count() == 0).await;
    eventually("the API sees it", || {
        ["jobs", "services", "endpointslices"].iter().all(|r| api.watches_open(r) == 0)
    })
    .await;
    put(&api, "shop", job("db"));
}
