//! A thousand who wait, and one watch.

use crate::support::{Lines, Server};
use futures::future::join_all;
use k8s_wait_server::{Limits, Settings};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::job;

const CROWD: usize = 1_000;

/// Opens so many waits for one job, each of which has been told that it is not ready.
pub(crate) async fn gather(server: &Server, path: &str, reason: &str, count: usize) -> Vec<Lines> {
    let one = async || {
        let mut lines = server.lines(path).await;
        lines.until_reason(reason).await;
        lines
    };
    join_all((0..count).map(|_| one())).await
}

/// Reads all of them to their ends, which are all ready.
pub(crate) async fn all_become_ready(crowd: Vec<Lines>) {
    for last in join_all(crowd.into_iter().map(Lines::done)).await {
        assert_eq!(last["verdict"], "ready", "{last}");
    }
}

/// How many lists and watches of jobs the API server has served.
fn served(api: &Api) -> (usize, usize) {
    let served = api.requests().into_iter().filter(|r| r.resource == "jobs" && r.status == Some(200));
    let (streamed, other): (Vec<_>, Vec<_>) = served.partition(|r| r.path.contains("sendInitialEvents=true"));
    let count = |verb: &str| other.iter().filter(|request| request.verb == verb).count();
    (streamed.len() + count("list"), streamed.len() + count("watch"))
}

async fn a_thousand_wait_for_one_job(streaming_lists: bool) {
    // Both ends of a thousand connections are in this process; where there are fewer files, the test says so.
    let files = rlimit::increase_nofile_limit(16 * 1024).unwrap();
    assert!(files > 4 * 1024, "this test opens 2,000 sockets, and the limit is {files} files");
    let api = Api::start().await.unwrap();
    api.set_streaming_lists(streaming_lists);
    api.apply(job("migrate").namespace("shop").active(1)).unwrap();
    // They all have one address.
    let limits = Limits { requests_per_second: 0, ..Limits::default() };
    let server = Server::with(&api, Settings { limits, ..Settings::default() }).await;
    let crowd = gather(&server, "/v1/wait?target=job/shop/migrate&timeout=10m", "JobRunning", CROWD).await;
    assert_eq!((served(&api), api.watches_open("jobs")), ((1, 1), 1));
    api.apply(job("migrate").namespace("shop").complete()).unwrap();
    all_become_ready(crowd).await;
    assert_eq!(served(&api), (1, 1));
}

#[tokio::test]
async fn a_thousand_waiters_cost_one_list_and_one_watch() {
    a_thousand_wait_for_one_job(true).await;
}

#[tokio::test]
async fn a_thousand_waiters_cost_one_list_and_one_watch_without_streaming_lists() {
    a_thousand_wait_for_one_job(false).await;
}
