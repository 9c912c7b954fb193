//! Sets of services.

use super::{hold, not_ready, ready};
use crate::objects;
use k8s_wait_testkit::build::{Service, service, slice};

fn of(name: &str) -> Service {
    service(name).label("app", "shop").port("http", 80)
}

#[tokio::test]
async fn sets_of_services() {
    let target = "service?selector=app=shop";
    let both =
        || objects![of("a"), of("b"), slice("a").endpoint("10.0.0.1"), slice("b").endpoint("10.0.0.2")];
    let one = || objects![of("a"), of("b"), slice("a").endpoint("10.0.0.1")];
    hold(vec![
        not_ready(target, objects![], "pending NoMatch", "services in namespace row-0 with app=shop"),
        not_ready(target, objects![service("a"), slice("a").endpoint("10.0.0.1")], "pending NoMatch", ""),
        ready(target, both()),
        not_ready(
            target,
            one(),
            "pending NoEndpoints",
            "1 of 2 are ready, 2 needed; service row-3/b: it has no endpoints",
        ),
        // In a set, min counts services and not endpoints.
        ready("service?selector=app=shop&min=1", one()),
        ready("service?selector=app=shop&min=50%25", one()),
        not_ready("service?selector=app=shop&min=2", one(), "pending NoEndpoints", "2 needed"),
        not_ready("service?selector=app=shop&min=3", both(), "pending TooFew", "2 of 2 are ready, 3 needed"),
        not_ready("service?selector=app=shop&min=all", one(), "pending NoEndpoints", ""),
        // A slice that has the selector's labels is still no service.
        not_ready(
            target,
            objects![slice("a").label("app", "shop").endpoint("10.0.0.1")],
            "pending NoMatch",
            "",
        ),
        not_ready(
            "service?selector=app=shop&for=all",
            objects![of("a"), slice("a").endpoint("10.0.0.1").endpoint("10.0.0.2").not_ready()],
            "pending EndpointsNotReady",
            "1 of 2 endpoints are ready, 2 needed",
        ),
        not_ready(
            "service?selector=app=shop&port=http",
            both(),
            "pending NoEndpoints",
            "that serve port http",
        ),
        ready("service?selector=app=shop", objects![of("a").external_name("localhost")]),
        not_ready(
            "service?selector=app=shop",
            objects![of("a").external_name("localhost"), of("b").external_name("nowhere.invalid")],
            "pending NameNotResolved",
            "service row-13/b: its external name nowhere.invalid",
        ),
    ])
    .await;
}
