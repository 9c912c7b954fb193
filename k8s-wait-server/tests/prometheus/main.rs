//! The metrics and the alerts with a real Prometheus, which scrapes every second what it would scrape every minute.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "tests may, and are no API"
)]

#[path = "../support/mod.rs"]
mod support;

use k8s_wait_server::Settings;
use k8s_wait_testkit::build::{pod, service};
use k8s_wait_testkit::{Api, Fault};
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use support::{Lines, NDJSON, Server, ask};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/observability");

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A Prometheus that ends with this.
struct Prometheus {
    address: SocketAddr,
    _folder: TempDir,
    _process: Child,
}

impl Prometheus {
    /// Scrapes `target`. Its minutes are seconds.
    async fn scraping(target: SocketAddr) -> Self {
        let (folder, address) = (tempfile::tempdir().unwrap(), free());
        let rules = std::fs::read_to_string(Path::new(FOLDER).join("alerts.yaml")).unwrap();
        std::fs::write(folder.path().join("alerts.yaml"), in_seconds(&rules)).unwrap();
        let config = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [alerts.yaml]\n\
             scrape_configs: [{{job_name: k8s-wait, static_configs: [{{targets: ['{target}']}}]}}]\n"
        );
        std::fs::write(folder.path().join("prometheus.yml"), config).unwrap();
        let process = Command::new("prometheus")
            .arg(format!("--config.file={}", folder.path().join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--query.lookback-delta=3s")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("prometheus should be installed");
        Self { address, _folder: folder, _process: process }
    }

    /// The alerts that fire, with the resource that they are about.
    async fn firing(&self) -> BTreeSet<String> {
        if tokio::net::TcpStream::connect(self.address).await.is_err() {
            return BTreeSet::new();
        }
        let answer = ask(self.address, "GET", "/api/v1/alerts", &[], "").await;
        if answer.status != 200 {
            return BTreeSet::new();
        }
        let json = answer.json();
        let alerts = json["data"]["alerts"].as_array().unwrap().iter();
        let firing = alerts.filter(|alert| alert["state"] == "firing");
        let name = |labels: &serde_json::Value| {
            [&labels["alertname"], &labels["resource"]]
                .map(|word| word.as_str().unwrap_or_default())
                .join(" ")
        };
        firing.map(|alert| name(&alert["labels"]).trim().to_owned()).collect()
    }

    /// Waits until these fire, and no others.
    async fn fires(&self, expected: &[&str]) {
        let expected: BTreeSet<String> = expected.iter().map(|name| (*name).to_owned()).collect();
        let so = async {
            while self.firing().await != expected {
                sleep(Duration::from_millis(100)).await;
            }
        };
        if timeout(Duration::from_secs(90), so).await.is_err() {
            panic!("{:?} fire, and not {expected:?}", self.firing().await);
        }
    }
}

/// Rules whose minutes are seconds.
fn in_seconds(rules: &str) -> String {
    let mut words = rules.to_owned();
    for minutes in [1, 2, 5, 10, 15] {
        for (before, after) in [("for: ", "\n"), ("[", "]")] {
            words =
                words.replace(&format!("{before}{minutes}m{after}"), &format!("{before}{minutes}s{after}"));
        }
    }
    words
}

#[tokio::test]
#[ignore = "needs prometheus"]
async fn alerts_fire_and_clear_as_things_go_wrong_and_right_again() {
    let api = Api::start().await.unwrap();
    let address = free();
    let prometheus = Prometheus::scraping(address).await;
    prometheus.fires(&["K8sWaitAbsent"]).await;
    let server = Server::on(&api, address).await;
    prometheus.fires(&[]).await;
    let mut held = server.lines("/v1/wait?target=pod/web&timeout=1h").await;
    held.until_reason("NotFound").await;
    let refused = api.inject(Fault::status(403).on("pods"));
    api.drop_watches();
    prometheus.fires(&["K8sWaitForbidden pods", "K8sWaitWatchDown pods"]).await;
    refused.clear();
    prometheus.fires(&[]).await;
    drop(held);
    server.stop().await.unwrap().unwrap();
    prometheus.fires(&["K8sWaitAbsent"]).await;
}

/// Waits that are held, each by a connection of its own.
async fn hold(server: &Server, pod: &str, targets: &[&str]) -> Vec<Lines> {
    let mut held = Vec::new();
    for target in targets {
        let path = format!("/v1/wait?namespace=shop&timeout=1h&target={target}");
        held.push(Lines::open_with(server.address, &path, &[NDJSON, ("k8s-wait-pod", pod)]).await);
    }
    held
}

#[tokio::test]
#[ignore = "needs prometheus"]
async fn alerts_fire_and_clear_as_clients_ask_for_what_cannot_be() {
    let api = Api::start().await.unwrap();
    let address = free();
    let prometheus = Prometheus::scraping(address).await;
    let server = Server::on_with(&api, address, Settings { max_waiters: 5, ..Settings::default() }).await;
    // A pod waits for its own service.
    let waiting = pod("web-0").label("app", "web").waiting("app", "PodInitializing", "");
    api.apply(waiting.namespace("shop")).unwrap();
    api.apply(service("web").selector("app", "web").namespace("shop")).unwrap();
    let own = hold(&server, "web-0", &["service/web"]).await;
    prometheus.fires(&["K8sWaitCycle"]).await;
    drop(own);
    prometheus.fires(&[]).await;
    // There is room for no more, and some go on asking.
    let all = hold(&server, "web-1", &["pod/a", "pod/b", "pod/c", "pod/d", "pod/e"]).await;
    prometheus.fires(&["K8sWaitNearlyFull"]).await;
    let asking = tokio::spawn(async move {
        loop {
            ask(address, "GET", "/v1/wait?target=pod/shop/f", &[], "").await.problem(503);
            sleep(Duration::from_millis(100)).await;
        }
    });
    prometheus.fires(&["K8sWaitLimitHit", "K8sWaitNearlyFull"]).await;
    asking.abort();
    prometheus.fires(&["K8sWaitNearlyFull"]).await;
    drop(all);
    prometheus.fires(&[]).await;
}

/// promtool's own check of what is scraped, which is stricter than Prometheus.
#[tokio::test]
#[ignore = "needs prometheus"]
async fn promtool_finds_nothing_wrong_with_the_metrics() {
    let api = Api::start().await.unwrap();
    let server = Server::with(&api, Settings::default()).await;
    server.get("/v1/wait?target=pod/web&timeout=1ms").await;
    server.get("/nowhere").await.problem(404);
    let text = as_plain_text(server.get("/metrics").await.text());
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = promtool.spawn().expect("promtool should be installed");
    running.stdin.take().unwrap().write_all(text.as_bytes()).await.unwrap();
    let output = running.wait_with_output().await.unwrap();
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.is_empty(), "{said}\n{text}");
}

/// What promtool reads is the format before OpenMetrics: there a counter's name has its ending everywhere, and an info is a gauge.
fn as_plain_text(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| *line != "# EOF").collect();
    let ending = |name: &str| {
        let of = |word: &str| lines.contains(&format!("# TYPE {name} {word}").as_str());
        if of("counter") {
            "_total"
        } else if of("info") {
            "_info"
        } else {
            ""
        }
    };
    let plain = lines.iter().map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
        ["#", word, name, ref rest @ ..] => {
            let rest = rest.join(" ").replace("info", if word == "TYPE" { "gauge" } else { "info" });
            format!("# {word} {name}{} {rest}\n", ending(name))
        }
        _ => format!("{line}\n"),
    });
    plain.collect()
}

#[tokio::test]
#[ignore = "needs prometheus"]
async fn each_alert_fires_when_it_should_and_not_when_it_should_not() {
    for arguments in [["check", "rules", "alerts.yaml"], ["test", "rules", "alerts.test.yaml"]] {
        let output = Command::new("promtool").args(arguments).current_dir(FOLDER).output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
