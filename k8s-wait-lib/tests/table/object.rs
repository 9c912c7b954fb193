//! What every kind has: `exists` and `deleted`.

use super::{hold, not_ready, ready};
use crate::objects;
use k8s_wait_testkit::build::{deployment, job, pod, service};

#[tokio::test]
async fn exists() {
    hold(vec![
        not_ready("pod/a?for=exists", objects![job("a")], "pending NotFound", ""),
        not_ready("job/a?for=exists", objects![pod("a")], "pending NotFound", ""),
        not_ready("deploy/a?for=exists", objects![pod("a")], "pending NotFound", ""),
        not_ready(
            "svc/a?for=exists",
            objects![pod("a")],
            "pending NotFound",
            "service row-3/a: it does not exist yet",
        ),
        ready("pod/a?for=exists", objects![pod("a")]),
        ready("job/a?for=exists", objects![job("a")]),
        ready("deploy/a?for=exists", objects![deployment("a")]),
        ready("svc/a?for=exists", objects![service("a")]),
        ready("pod/a?for=exists", objects![pod("a").terminating()]),
        ready("pod/a?for=exists", objects![pod("a").failed().generation(5).observed(1)]),
        not_ready("pod?selector=app&for=exists", objects![pod("a")], "pending NoMatch", ""),
        ready("pod?selector=app&for=exists", objects![pod("a").label("app", "")]),
        not_ready(
            "pod?selector=app&for=exists&min=2",
            objects![pod("a").label("app", "")],
            "pending TooFew",
            "1 of 1",
        ),
        ready("svc?selector=app&for=exists", objects![service("a").label("app", "")]),
    ])
    .await;
}

#[tokio::test]
async fn deleted() {
    hold(vec![
        ready("pod/a?for=deleted", objects![job("a")]),
        ready("job/a?for=deleted", objects![pod("a")]),
        ready("deploy/a?for=deleted", objects![]),
        ready("svc/a?for=deleted", objects![]),
        not_ready(
            "pod/a?for=deleted",
            objects![pod("a")],
            "pending StillExists",
            "pod row-4/a: it is still there",
        ),
        not_ready("pod/a?for=deleted", objects![pod("a").terminating()], "pending StillExists", ""),
        not_ready("job/a?for=deleted", objects![job("a").complete()], "pending StillExists", ""),
        not_ready("deploy/a?for=deleted", objects![deployment("a")], "pending StillExists", ""),
        not_ready("svc/a?for=deleted", objects![service("a")], "pending StillExists", ""),
        not_ready(
            "pod?selector=app&for=deleted",
            objects![pod("a").label("app", ""), pod("b").label("app", "")],
            "pending StillExists",
            "2 of 2 are still there",
        ),
        // As kubectl has it: what is not there has been deleted.
        ready("pod?selector=app&for=deleted", objects![pod("a")]),
    ])
    .await;
}
