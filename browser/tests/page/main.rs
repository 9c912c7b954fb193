//! The page in a real browser, Chromium, driven through chromedriver.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    dead_code,
    missing_docs,
    reason = "tests may, and are no API; the support is shared with other tests"
)]

mod browser;
#[path = "../../../k8s-wait-server/tests/support/mod.rs"]
mod support;

use browser::Browser;
use k8s_wait_server::{Limits, Settings};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::{job, pod, service, slice};
use serde_json::json;
use support::{Lines, Server};

/// Somebody who waits, in this pod of this namespace.
async fn waits(server: &Server, namespace: &str, pod: &str, target: &str) -> Lines {
    let path = format!("/v1/wait?target={target}&namespace={namespace}&timeout=1h");
    Lines::open_with(server.address, &path, &[("k8s-wait-pod", pod)]).await
}

#[tokio::test]
async fn those_who_wait_appear_change_and_leave_while_one_looks() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    let browser = Browser::start().await;
    browser.open(&server, "/").await;
    browser.reads("#summary", "0 of 0 waiting").await;
    let held = waits(&server, "shop", "web-0", "job/migrate").await;
    browser.reads("tbody tr th", "shop/web-0\nas it says itself").await;
    browser
        .reads("tbody li", "pending job/shop/migrate NotFound: job shop/migrate: it does not exist yet")
        .await;
    api.apply(job("migrate").namespace("shop").active(1)).unwrap();
    browser
        .reads(
            "tbody li",
            "pending job/shop/migrate JobRunning: job shop/migrate: 1 active, 0 of 1 succeeded",
        )
        .await;
    browser.reads("#summary", "1 of 1 waiting").await;
    api.apply(job("migrate").namespace("shop").complete()).unwrap();
    held.done().await;
    browser.reads("#summary", "0 of 0 waiting").await;
    browser.has("tbody tr", 0).await;
    browser.complained_of_nothing().await;
    browser.quit().await;
}

#[tokio::test]
async fn a_text_narrows_it_down_and_the_keyboard_is_enough() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    let _held = [
        waits(&server, "shop", "web-0", "job/migrate").await,
        waits(&server, "till", "till-0", "pod/db").await,
        waits(&server, "till", "till-1", "pod/cache").await,
    ];
    let browser = Browser::start().await;
    browser.open(&server, "/").await;
    browser.has("tbody tr", 3).await;
    browser.press("/").await;
    browser.focus_is_on("text").await;
    browser.press("cache").await;
    browser.has("tbody tr", 1).await;
    browser.reads("#summary", "1 of 3 waiting").await;
    browser.reads("tbody tr th", "till/till-1\nas it says itself").await;
    // A namespace is asked of the server: with the keyboard, from the field before.
    browser.open(&server, "/").await;
    browser.has("tbody tr", 3).await;
    browser.press("\u{e004}shop\u{e007}").await;
    browser.reads("#summary", "1 of 1 waiting").await;
    browser.complained_of_nothing().await;
    browser.quit().await;
}

/// A service whose only pod waits in an init container.
fn waiting(api: &Api, name: &str) {
    let pod = pod(&format!("{name}-0")).label("app", name).owned_by("StatefulSet", name);
    api.apply(pod.waiting("app", "PodInitializing", "").namespace("shop")).unwrap();
    api.apply(service(name).selector("app", name).namespace("shop")).unwrap();
    api.apply(slice(name).namespace("shop")).unwrap();
}

#[tokio::test]
async fn who_waits_for_whom_is_drawn_and_a_cycle_is_marked() {
    let api = Api::start().await.unwrap();
    waiting(&api, "a");
    waiting(&api, "b");
    let server = Server::start(&api).await;
    let browser = Browser::start().await;
    browser.looks("light", 1280).await;
    browser.open(&server, "/").await;
    browser.has("#graph svg", 0).await;
    let a = waits(&server, "shop", "a-0", "service/b").await;
    browser.has("#graph g.pods", 1).await;
    browser.has("#graph g.target", 1).await;
    let _b = waits(&server, "shop", "b-0", "service/a").await;
    let _others = [
        waits(&server, "shop", "web-0", "service/a&target=job/migrate").await,
        waits(&server, "shop", "web-1", "service/a&target=job/migrate").await,
        waits(&server, "till", "till-0", "job/settle").await,
    ];
    browser.has("#graph g.pods.cycle", 2).await;
    browser.has("#graph g.target.cycle", 2).await;
    browser.has("#graph > ul li", 1).await;
    browser.has("#graph svg > path.cycle", 4).await;
    browser.has("#graph svg > path.blocked", 1).await;
    browser.has("#graph svg > path.plain", 2).await;
    let named = "return document.querySelector('#graph svg').getAttribute('aria-label')";
    let named = browser.run(named).await.as_str().unwrap().to_owned();
    for sentence in [
        "shop/a-0 waits for service/shop/b",
        "service/shop/b needs shop/b-0",
        "shop/web-0 and 1 more waits for job/shop/migrate",
    ] {
        assert!(named.contains(sentence), "{named}");
    }
    assert_eq!(browser.violations().await, Vec::<String>::new());
    for (scheme, width) in [("light", 1280), ("dark", 1280), ("light", 360)] {
        browser.looks(scheme, width).await;
        browser.open(&server, "/").await;
        browser.has("#graph g.pods.cycle", 2).await;
        browser.has("tbody tr", 5).await;
        let overflow = "return document.documentElement.scrollWidth - window.innerWidth";
        assert!(browser.run(overflow).await.as_i64().unwrap() <= 0, "{scheme} {width}");
        assert_eq!(browser.violations().await, Vec::<String>::new(), "{scheme} {width}");
        browser.picture(&format!("cycle-{scheme}-{width}")).await;
    }
    drop(a);
    browser.has("#graph g.cycle", 0).await;
    browser.complained_of_nothing().await;
    browser.quit().await;
}

#[tokio::test]
async fn without_javascript_it_is_a_table_all_the_same() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    let _held = waits(&server, "shop", "web-0", "pod/db").await;
    let browser = Browser::without_javascript().await;
    browser.open(&server, "/?text=web").await;
    browser.reads("#summary", "1 of 1 waiting").await;
    browser.has("tbody tr", 1).await;
    browser.quit().await;
}

#[tokio::test]
async fn a_server_that_is_gone_is_told_and_another_one_followed() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    let browser = Browser::start().await;
    let _held = waits(&server, "shop", "web-0", "pod/db").await;
    browser.open(&server, "/").await;
    browser.has("tbody tr", 1).await;
    let address = server.address;
    server.stop().await.unwrap().unwrap();
    browser.reads("#summary", "1 of 1 waiting, as of a moment ago: the server does not answer").await;
    let server = Server::on(&api, address).await;
    let _held = waits(&server, "shop", "web-1", "pod/db").await;
    browser.reads("tbody tr th", "shop/web-1\nas it says itself").await;
    browser.reads("#summary", "1 of 1 waiting").await;
    browser.quit().await;
}

#[tokio::test]
async fn thousands_are_there_and_the_first_are_drawn() {
    let api = Api::start().await.unwrap();
    let limits = Limits { requests_per_second: 0, ..Limits::default() };
    let server = Server::with(&api, Settings { limits, ..Settings::default() }).await;
    let mut crowd = Vec::new();
    for index in 0..5_000 {
        crowd.push(waits(&server, "shop", &format!("web-{index}"), &format!("pod/db-{}", index % 10)).await);
    }
    let browser = Browser::start().await;
    browser.open(&server, "/").await;
    browser.reads("#summary", "5000 of 5000 waiting").await;
    browser.has("tbody tr", 200).await;
    browser.reads("#more", "Show 4800 more").await;
    browser.click("#more").await;
    browser.has("tbody tr", 5_000).await;
    api.apply(pod("db-3").namespace("shop").ready()).unwrap();
    browser.reads("#summary", "4500 of 4500 waiting").await;
    browser.has("tbody tr", 4_500).await;
    browser.complained_of_nothing().await;
    browser.quit().await;
}

/// In each of these it has to be legible, and not wider than the window.
#[tokio::test]
async fn light_dark_wide_and_narrow_it_can_be_read_by_everybody() {
    let api = Api::start().await.unwrap();
    api.apply(pod("db").namespace("shop").waiting(
        "app",
        "ImagePullBackOff",
        "Back-off pulling image \"registry.example/a/very/long/name/of/an/image:2026-11-23\"",
    ))
    .unwrap();
    let server = Server::start(&api).await;
    let _held = waits(&server, "shop", "web-5c7f9d6b48-x2x4z", "pod/db&target=job/migrate").await;
    let browser = Browser::start().await;
    for (scheme, width) in [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)] {
        browser.looks(scheme, width).await;
        browser.open(&server, "/").await;
        browser.has("tbody li", 2).await;
        let overflow = "return document.documentElement.scrollWidth - window.innerWidth";
        assert!(browser.run(overflow).await.as_i64().unwrap() <= 0, "{scheme} {width}");
        let colours = "return getComputedStyle(document.body).backgroundColor";
        let expected = if scheme == "dark" { "rgb(22, 24, 28)" } else { "rgb(255, 255, 255)" };
        assert_eq!(browser.run(colours).await, json!(expected));
        assert_eq!(browser.violations().await, Vec::<String>::new(), "{scheme} {width}");
        browser.picture(&format!("{scheme}-{width}")).await;
    }
    browser.complained_of_nothing().await;
    browser.quit().await;
}
