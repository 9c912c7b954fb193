//! An API server that goes away and comes back, with more or less of what it knew.

use crate::common::{self, eventually, put, stands, told, watches};
use crate::witness::Witness;
use k8s_wait_testkit::build::pod;
use k8s_wait_testkit::{Api, Memory};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restarts() {
    for memory in [Memory::Kept, Memory::HistoryLost] {
        let api = Api::start().await.unwrap();
        let watches = watches(&api);
        put(&api, "shop", pod("web"));
        stands(&watches, "shop", "pod/web", "pending PodNotReady").await;
        let witness = Witness::of(&watches, 20, "pod/web").await;
        api.restart(memory).await.unwrap();
        eventually("a new watch", || api.watches_open("pods") == 1).await;
        assert_eq!(told(&common::now(&watches, "shop", "pod/web").await), "pending PodNotReady");
        witness.allow();
        put(&api, "shop", pod("web").ready());
        witness.satisfied().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_was_made_anew() {
    let api = Api::start().await.unwrap();
    let watches = watches(&api);
    put(&api, "shop", pod("other").ready());
    put(&api, "shop", pod("web"));
    stands(&watches, "shop", "pod/web", "pending PodNotReady").await;
    stands(&watches, "shop", "pod/other", "ready").await;
    let witness = Witness::of(&watches, 20, "pod/web").await;
    api.restart(Memory::AllLost).await.unwrap();
    stands(&watches, "shop", "pod/web", "pending NotFound").await;
    assert_eq!(told(&common::now(&watches, "shop", "pod/other").await), "pending NotFound");
    witness.allow();
    put(&api, "shop", pod("web").ready());
    witness.satisfied().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stopped_being_ready_meanwhile_is_never_called_ready() {
    for memory in [Memory::Kept, Memory::HistoryLost] {
        let api = Api::start().await.unwrap();
        let watches = watches(&api);
        put(&api, "shop", pod("web").ready());
        stands(&watches, "shop", "pod/web", "ready").await;
        api.stop().await;
        stands(&watches, "shop", "pod/web", "pending ApiUnavailable").await;
        put(&api, "shop", pod("web").not_ready());
        let witness = Witness::of(&watches, 20, "pod/web").await;
        api.resume().await.unwrap();
        stands(&watches, "shop", "pod/web", "pending PodNotReady").await;
        put(&api, "shop", pod("other"));
        api.restart(memory).await.unwrap();
        stands(&watches, "shop", "pod/other", "pending PodNotReady").await;
        witness.allow();
        put(&api, "shop", pod("web").ready());
        witness.satisfied().await;
    }
}
