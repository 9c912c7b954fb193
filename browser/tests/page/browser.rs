//! Chromium, for one test: [`Browser`].

use crate::support::{Server, until};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::{Child, Command};

/// A browser with a driver of its own, which end with it.
pub(crate) struct Browser {
    client: Client,
    _driver: Child,
}

/// What chromedriver has beyond WebDriver.
#[derive(Debug)]
struct Extra {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extra {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

impl Browser {
    pub(crate) async fn start() -> Self {
        Self::with(json!({})).await
    }

    pub(crate) async fn without_javascript() -> Self {
        Self::with(json!({"profile.managed_default_content_settings.javascript": 2})).await
    }

    async fn with(prefs: Value) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver should be installed");
        let capabilities = json!({
            "goog:chromeOptions": {"prefs": prefs, "args": [
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--lang=en-GB",
            ]},
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let url = format!("http://127.0.0.1:{port}");
        until(async || tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities.as_object().unwrap().clone());
        Self { client: builder.connect(&url).await.unwrap(), _driver: driver }
    }

    pub(crate) async fn open(&self, server: &Server, path: &str) {
        self.client.goto(&format!("http://{}{path}", server.address)).await.unwrap();
    }

    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Waits until the first of these says so.
    pub(crate) async fn reads(&self, selector: &str, expected: &str) {
        let script = format!("return document.querySelector({selector:?})?.innerText?.trim()");
        let mut last = Value::Null;
        for _ in 0..600 {
            last = self.run(&script).await;
            if last == expected {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{selector} says {last} and not {expected:?}");
    }

    /// Waits until there are so many of these.
    pub(crate) async fn has(&self, selector: &str, count: usize) {
        let script = format!("return document.querySelectorAll({selector:?}).length");
        until(async || self.run(&script).await == json!(count)).await;
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.client.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    /// Keys, to whatever has the focus.
    pub(crate) async fn press(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    pub(crate) async fn focus_is_on(&self, name: &str) {
        until(async || self.run("return document.activeElement.name").await == name).await;
    }

    /// From now on: a colour scheme, and a width.
    pub(crate) async fn looks(&self, scheme: &str, width: u32) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features})).await;
        let size = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500});
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    async fn devtools(&self, cmd: &str, params: Value) {
        let body = json!({"cmd": cmd, "params": params});
        self.client.issue_cmd(Extra { path: "goog/cdp/execute", body }).await.unwrap();
    }

    /// Nothing that the browser reports as an error, as of a script or against the policy.
    pub(crate) async fn complained_of_nothing(&self) {
        let body = json!({"type": "browser"});
        let log = self.client.issue_cmd(Extra { path: "se/log", body }).await.unwrap();
        assert_eq!(log, json!([]));
    }

    /// What axe finds that is serious or worse, with where.
    pub(crate) async fn violations(&self) -> Vec<String> {
        let axe = std::env::var_os("K8S_WAIT_AXE")
            .expect("K8S_WAIT_AXE should name axe.min.js of the npm package axe-core");
        self.client.execute(&std::fs::read_to_string(PathBuf::from(axe)).unwrap(), Vec::new()).await.unwrap();
        let script = "const done = arguments[0]; axe.run().then((found) => done(found.violations), (error) => done([String(error)]))";
        let found = self.client.execute_async(script, Vec::new()).await.unwrap();
        let is_serious =
            |violation: &&Value| !["minor", "moderate"].iter().any(|impact| violation["impact"] == *impact);
        found.as_array().unwrap().iter().filter(is_serious).map(Value::to_string).collect()
    }

    /// For people to look at, where K8S_WAIT_PICTURES names a folder.
    pub(crate) async fn picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os("K8S_WAIT_PICTURES") {
            let picture = self.client.screenshot().await.unwrap();
            std::fs::write(PathBuf::from(folder).join(format!("{name}.png")), picture).unwrap();
        }
    }

    pub(crate) async fn quit(self) {
        self.client.close().await.unwrap();
    }
}
