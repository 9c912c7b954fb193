//! Services, whose EndpointSlices the tests write.

use crate::common::objects::{endpoints, external_name, service, slice};
use crate::common::scene::Scene;
use serde_json::json;

#[test]
#[ignore = "needs a cluster"]
fn a_service_is_ready_with_its_first_ready_endpoint() {
    let shop = Scene::new();
    let mut wait = shop.wait(&["service/db"]);
    wait.sees("service/", "NotFound");
    shop.create(&service("db"));
    wait.sees("service/", "NoEndpoints");
    shop.create(&slice("db-1", "db", false));
    wait.sees("service/", "EndpointsNotReady");
    shop.patch("endpointslices/db-1", &json!({"endpoints": endpoints(true)}));
    wait.ends(0);
}

#[test]
#[ignore = "needs a cluster"]
fn only_endpoints_that_serve_the_port_count() {
    let shop = Scene::new();
    shop.create(&service("db"));
    shop.create(&slice("db-1", "db", true));
    shop.wait(&["svc/db?port=sql"]).ends(0);
    shop.wait(&["svc/db?port=5432"]).ends(0);
    let mut wait = shop.wait(&["svc/db?port=metrics", "--timeout", "1s"]);
    wait.sees("svc/", "NoEndpoints");
    wait.ends(1);
}

#[test]
#[ignore = "needs a cluster"]
fn an_external_name_is_ready_when_it_resolves() {
    let shop = Scene::new();
    shop.create(&external_name("near", "localhost"));
    shop.wait(&["service/near"]).ends(0);
    shop.create(&external_name("nowhere", "nowhere.invalid"));
    let mut wait = shop.wait(&["service/nowhere"]);
    wait.sees("service/", "NameNotResolved");
    shop.patch("services/nowhere", &json!({"spec": {"externalName": "localhost"}}));
    wait.ends(0);
}
