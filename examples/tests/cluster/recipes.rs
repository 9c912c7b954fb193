//! The recipes of the book, as a real API server takes them, and what their pages say that happens.

use crate::common::cluster::cluster;
use crate::common::namespace::Namespace;
use crate::common::objects::{complete, job, service, slice, working};
use crate::common::rights::documents;
use crate::common::scene::Scene;
use serde_json::{Value, json};
use std::fs::{read_dir, read_to_string};

const RECIPES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/recipes");

/// Where an object of these is created.
fn path(shop: &Namespace, object: &Value) -> String {
    let version = object["apiVersion"].as_str().unwrap();
    let root = if version == "v1" { "/api/v1".to_owned() } else { format!("/apis/{version}") };
    let kind = object["kind"].as_str().unwrap().to_lowercase();
    let plural = kind.strip_suffix('y').map_or_else(|| format!("{kind}s"), |stem| format!("{stem}ies"));
    format!("{root}/namespaces/{}/{plural}", shop.name)
}

#[test]
#[ignore = "needs a cluster"]
fn they_are_accepted_without_a_warning_where_pods_are_restricted() {
    let shop = Namespace::new(cluster());
    shop.restrict();
    let mut count = 0;
    for entry in read_dir(RECIPES).unwrap() {
        let file = entry.unwrap().path();
        for object in documents(&read_to_string(&file).unwrap()) {
            let tried = format!("{}?dryRun=All&fieldValidation=Strict", path(&shop, &object));
            let warnings = shop.api.warnings(&tried, &object);
            assert!(matches!(&warnings, Ok(none) if none.is_empty()), "{}: {warnings:?}", file.display());
            count += 1;
        }
    }
    println!("{count} objects were accepted");
}

#[test]
#[ignore = "needs a cluster"]
fn a_pod_that_may_do_too_much_is_warned_of() {
    let shop = Namespace::new(cluster());
    shop.restrict();
    let tried = format!("{}?dryRun=All", shop.path("jobs"));
    let warnings = shop.api.warnings(&tried, &job("careless")).unwrap();
    assert!(warnings.iter().any(|warning| warning.contains("restricted")), "{warnings:?}");
}

/// What the init container of the last object in a recipe is told.
fn arguments(recipe: &str) -> Vec<String> {
    let objects = documents(&read_to_string(format!("{RECIPES}/{recipe}.yaml")).unwrap());
    let container = &objects.last().unwrap()["spec"]["template"]["spec"]["initContainers"][0];
    let words = container["args"].as_array().unwrap().iter();
    // The test has less patience.
    let words = words.map(|word| word.as_str().unwrap()).filter(|word| !word.starts_with("--timeout"));
    words.map(str::to_owned).collect()
}

#[test]
#[ignore = "needs a cluster"]
fn the_job_of_the_last_version_is_none_that_a_new_version_waits_for() {
    let shop = Scene::new();
    shop.create(&job("migrate-1-4-1"));
    shop.status("jobs/migrate-1-4-1", &complete());
    shop.create(&service("db"));
    shop.create(&slice("db-1", "db", true));
    let arguments = arguments("migrations");
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut web = shop.wait(&words);
    web.sees("service/", "Ready");
    web.sees("job/", "NotFound");
    shop.create(&job("migrate-1-4-2"));
    web.sees("job/", "JobNotStarted");
    shop.status("jobs/migrate-1-4-2", &working(1));
    web.sees("job/", "JobRunning");
    shop.status("jobs/migrate-1-4-2", &complete());
    web.ends(0);
}

#[test]
#[ignore = "needs a cluster"]
fn a_job_that_its_time_to_live_has_removed_is_done() {
    let shop = Scene::new();
    let arguments = arguments("jobs");
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    shop.create(&job("seed"));
    let mut early = shop.wait(&words);
    early.sees("job/", "JobNotStarted");
    shop.status("jobs/seed", &complete());
    early.ends(0);
    shop.api
        .call(
            "DELETE",
            &shop.path("jobs/seed"),
            "application/json",
            &json!({"propagationPolicy": "Background"}),
        )
        .unwrap();
    shop.wait(&words).ends(0);
}
