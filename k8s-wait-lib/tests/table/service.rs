//! One service.

use super::{hold, not_ready, ready};
use crate::objects;
use k8s_wait_lib::judge::{self, service::Endpoints};
use k8s_wait_lib::target::Min;
use k8s_wait_testkit::build::{Service, Slice, pod, service, slice};
use serde_json::json;

fn db() -> Service {
    service("db").selector("app", "db").port("pg", 5432)
}

/// A slice of the service with so many ready endpoints.
fn serving(ready: u8) -> Slice {
    (1..=ready).fold(slice("db").port("pg", 5432), |slice, n| slice.endpoint(&format!("10.0.0.{n}")))
}

#[tokio::test]
async fn ready_service() {
    let target = "service/db";
    hold(vec![
        not_ready(target, objects![], "pending NotFound", "service row-0/db: it does not exist yet"),
        not_ready(target, objects![db()], "pending NoEndpoints", "it has no endpoints"),
        // Pods behind the selector are not endpoints, and endpoints without the service are nothing.
        not_ready(target, objects![db(), pod("a").label("app", "db").ready()], "pending NoEndpoints", ""),
        not_ready(target, objects![serving(1)], "pending NotFound", ""),
        not_ready(target, objects![db(), slice("db")], "pending NoEndpoints", ""),
        not_ready(
            target,
            objects![db(), slice("db").endpoint("10.0.0.1").not_ready()],
            "pending EndpointsNotReady",
            "0 of 1 endpoints are ready, 1 needed",
        ),
        ready(target, objects![db(), serving(1)]),
        ready("svc/db?for=ready", objects![db(), serving(1)]),
        ready("services/db", objects![db(), serving(1).endpoint("10.0.0.9").not_ready()]),
        not_ready(target, objects![db().terminating(), serving(1)], "pending Terminating", ""),
        not_ready(
            target,
            objects![db(), slice("db").endpoint("10.0.0.1").terminating()],
            "pending EndpointsNotReady",
            "",
        ),
        // As publishNotReadyAddresses has it: ready although it terminates.
        not_ready(target, objects![db(), leaving_but_ready()], "pending EndpointsNotReady", ""),
        ready(target, objects![db(), slice("db").endpoint("10.0.0.1").unknown()]),
        // Somebody else's endpoints.
        not_ready(target, objects![db(), slice("web").endpoint("10.0.0.1")], "pending NoEndpoints", ""),
        not_ready(
            target,
            objects![db(), slice("web").named("db-1").endpoint("10.0.0.1")],
            "pending NoEndpoints",
            "",
        ),
        not_ready(target, objects![db(), serving(1).namespace("elsewhere-svc")], "pending NoEndpoints", ""),
        // Without a selector somebody else makes the slices; headless ones have them, too.
        ready(target, objects![service("db"), serving(1)]),
        not_ready(target, objects![service("db"), pod("a").ready()], "pending NoEndpoints", ""),
        ready(target, objects![db().headless(), serving(1)]),
        not_ready(target, objects![db().headless()], "pending NoEndpoints", ""),
    ])
    .await;
}

#[tokio::test]
async fn so_many_endpoints() {
    let dual = || {
        objects![
            service("db"),
            slice("db").endpoint("10.0.0.1").target_pod("a"),
            six().endpoint("fd00::1").target_pod("a")
        ]
    };
    hold(vec![
        ready("service/db?min=2", objects![db(), serving(2)]),
        not_ready(
            "service/db?min=3",
            objects![db(), serving(2)],
            "pending EndpointsNotReady",
            "2 of 2 endpoints are ready, 3 needed",
        ),
        ready("service/db?min=3", objects![db(), serving(2), slice("db").named("db-2").endpoint("10.0.0.9")]),
        // One that stands in two slices is one.
        not_ready(
            "service/db?min=2",
            objects![db(), serving(1), serving(1).named("db-2")],
            "pending EndpointsNotReady",
            "1 of 1",
        ),
        not_ready("service/db?min=2", dual(), "pending EndpointsNotReady", "1 of 1"),
        ready("service/db?for=all", dual()),
        // Where two slices tell different things of one endpoint, it is not ready.
        not_ready(
            "service/db",
            objects![db(), serving(1), slice("db").named("db-2").endpoint("10.0.0.1").not_ready()],
            "pending EndpointsNotReady",
            "0 of 1",
        ),
        ready("service/db?min=50%25", objects![db(), serving(1).endpoint("10.0.0.9").not_ready()]),
        not_ready(
            "service/db?min=all",
            objects![db(), serving(1).endpoint("10.0.0.9").not_ready()],
            "pending EndpointsNotReady",
            "1 of 2 endpoints are ready, 2 needed",
        ),
        not_ready("service/db?min=1%25", objects![db()], "pending NoEndpoints", ""),
        not_ready("service/db?min=all", objects![db()], "pending NoEndpoints", ""),
    ])
    .await;
}

/// A target cannot ask for none; somebody else's check might.
#[test]
fn none_is_never_enough() {
    let service = k8s_wait_lib::object::Service::default();
    for total in 0..3 {
        let endpoints = Endpoints { total, ready: 0 };
        assert!(judge::service::ready(Some(&service), endpoints, Some(Min::Count(0)), None).is_pending());
        assert!(judge::service::all(Some(&service), endpoints, Some(Min::Count(0)), None).is_pending());
    }
}

#[tokio::test]
async fn all_endpoints() {
    let target = "service/db?for=all";
    hold(vec![
        not_ready(target, objects![], "pending NotFound", ""),
        not_ready(target, objects![db()], "pending NoEndpoints", ""),
        not_ready(target, objects![db(), slice("db")], "pending NoEndpoints", ""),
        not_ready(
            target,
            objects![db(), serving(2).endpoint("10.0.0.9").not_ready()],
            "pending EndpointsNotReady",
            "2 of 3 endpoints are ready, 3 needed",
        ),
        not_ready(
            target,
            objects![db(), serving(2).endpoint("10.0.0.9").terminating()],
            "pending EndpointsNotReady",
            "",
        ),
        not_ready(target, objects![db().terminating(), serving(1)], "pending Terminating", ""),
        ready(target, objects![db(), serving(2)]),
        ready(target, objects![db(), serving(1).endpoint("10.0.0.9").unknown()]),
        ready("service/db?for=all&min=2", objects![db(), serving(2)]),
        not_ready(
            "service/db?for=all&min=3",
            objects![db(), serving(2)],
            "pending EndpointsNotReady",
            "3 needed",
        ),
    ])
    .await;
}

#[tokio::test]
async fn ports() {
    let two = || {
        objects![
            db().port("metrics", 9187),
            slice("db").named("db-pg").port("pg", 15432).endpoint("10.0.0.1"),
            slice("db").named("db-metrics").port("metrics", 9187).endpoint("10.0.0.1").not_ready(),
        ]
    };
    hold(vec![
        ready("service/db?port=pg", two()),
        not_ready(
            "service/db?port=metrics",
            two(),
            "pending EndpointsNotReady",
            "0 of 1 endpoints that serve port metrics are ready",
        ),
        not_ready(
            "service/db?port=http",
            two(),
            "pending NoEndpoints",
            "it has no endpoints that serve port http",
        ),
        // A number is the service's port, whatever the endpoints listen on.
        ready("service/db?port=5432", two()),
        not_ready("service/db?port=9187", two(), "pending EndpointsNotReady", ""),
        not_ready("service/db?port=80", two(), "pending NoEndpoints", "port 80"),
        not_ready("service/db?port=pg&min=2", two(), "pending EndpointsNotReady", "1 of 1"),
        ready("service/db?for=all&port=pg", two()),
        // An only port may have no name.
        ready("service/db?port=80", objects![nameless_service(), nameless_slice()]),
        not_ready(
            "service/db?port=http",
            objects![nameless_service(), nameless_slice()],
            "pending NoEndpoints",
            "",
        ),
        // A headless service need not name the port.
        ready("service/db?port=5432", objects![service("db").headless(), serving(1)]),
        ready("service/db?port=pg", objects![service("db").headless(), serving(1)]),
        not_ready(
            "service/db?port=5433",
            objects![service("db").headless(), serving(1)],
            "pending NoEndpoints",
            "",
        ),
        not_ready(
            "service/db?port=pg",
            objects![service("db").headless(), slice("db").endpoint("10.0.0.1")],
            "pending NoEndpoints",
            "",
        ),
        not_ready("service/db?port=pg", objects![db(), null_ports()], "pending NoEndpoints", ""),
    ])
    .await;
}

#[tokio::test]
async fn external_names() {
    hold(vec![
        ready("service/db", objects![service("db").external_name("localhost")]),
        ready("service/db?for=all", objects![service("db").external_name("localhost")]),
        not_ready(
            "service/db",
            objects![service("db").external_name("nowhere.invalid")],
            "pending NameNotResolved",
            "its external name nowhere.invalid does not resolve",
        ),
        not_ready(
            "service/db?for=all",
            objects![service("db").external_name("nowhere.invalid")],
            "pending NameNotResolved",
            "",
        ),
        not_ready("service/db", objects![service("db").external_name("")], "pending NameNotResolved", ""),
        not_ready(
            "service/db",
            objects![service("db").external_name("localhost").terminating()],
            "pending Terminating",
            "",
        ),
        // Left over from when it was of another type.
        ready(
            "service/db",
            objects![service("db").external_name("localhost"), slice("db").endpoint("10.0.0.1").not_ready()],
        ),
    ])
    .await;
}

fn six() -> Slice {
    slice("db").named("db-v6").with("/addressType", "IPv6")
}

fn leaving_but_ready() -> Slice {
    let conditions = json!({"ready": true, "serving": true, "terminating": true});
    slice("db").with("/endpoints", json!([{"addresses": ["10.0.0.1"], "conditions": conditions}]))
}

fn nameless_service() -> Service {
    service("db").with("/spec/ports", json!([{"port": 80, "protocol": "TCP", "targetPort": 8080}]))
}

fn nameless_slice() -> Slice {
    slice("db").with("/ports", json!([{"name": "", "port": 8080, "protocol": "TCP"}])).endpoint("10.0.0.1")
}

fn null_ports() -> Slice {
    slice("db").with("/ports", json!(null)).endpoint("10.0.0.1")
}
