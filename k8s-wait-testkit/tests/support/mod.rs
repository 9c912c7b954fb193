//! What the tests share: kube clients and plain HTTP on an [`Api`].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a failed test panics
#![allow(dead_code, unreachable_pub)] // each test file uses its part

use std::time::Duration;

use http::Request;
use http_body_util::BodyExt;
use k8s_wait_testkit::Api;
use kube::client::Body;
use serde_json::Value;

/// Longer than anything here takes; only a broken test waits for it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A kube client that does not try again by itself.
pub fn client(api: &Api) -> kube::Client {
    let mut config = kube::Config::new(api.url().parse().unwrap());
    config.default_retry = false;
    kube::Client::try_from(config).unwrap()
}

/// Sends one request; the body is JSON, or null when it is something else.
pub async fn send(api: &Api, method: &str, path: &str, media_type: &str, body: &Value) -> (u16, Value) {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let request = Request::builder().method(method).uri(path).header("content-type", media_type);
    let response = client(api).send(request.body(Body::from(text.into_bytes())).unwrap()).await.unwrap();
    let code = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (code, serde_json::from_slice(&body).unwrap_or_default())
}

pub async fn get(api: &Api, path: &str) -> (u16, Value) {
    send(api, "GET", path, "", &Value::Null).await
}

pub async fn post(api: &Api, path: &str, body: Value) -> (u16, Value) {
    send(api, "POST", path, "application/json", &body).await
}

pub async fn put(api: &Api, path: &str, body: Value) -> (u16, Value) {
    send(api, "PUT", path, "application/json", &body).await
}

pub async fn patch(api: &Api, path: &str, kind: &str, body: Value) -> (u16, Value) {
    send(api, "PATCH", path, &format!("application/{kind}"), &body).await
}

pub async fn delete(api: &Api, path: &str) -> (u16, Value) {
    send(api, "DELETE", path, "", &Value::Null).await
}

/// An open watch, read line by line.
pub struct Lines {
    body: Body,
    rest: Vec<u8>,
}

/// How a watch went on.
#[derive(Debug, PartialEq)]
pub enum Next {
    Event(Value),
    End,
    /// The connection broke off; this is what was left over.
    Cut(String),
}

pub async fn watch(api: &Api, path: &str) -> Lines {
    let response = client(api).send(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    Lines { body: response.into_body(), rest: Vec::new() }
}

impl Lines {
    pub async fn next(&mut self) -> Next {
        tokio::time::timeout(PATIENCE, self.read()).await.expect("the watch says nothing")
    }

    /// Nothing comes within this time.
    pub async fn is_silent(&mut self, time: Duration) -> bool {
        tokio::time::timeout(time, self.read()).await.is_err()
    }

    async fn read(&mut self) -> Next {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                return Next::Event(serde_json::from_slice(&line).unwrap());
            }
            match self.body.frame().await {
                None => return Next::End,
                Some(Err(_)) => return Next::Cut(String::from_utf8_lossy(&self.rest).into_owned()),
                Some(Ok(frame)) => self.rest.extend_from_slice(frame.data_ref().unwrap()),
            }
        }
    }

    /// The next event as `TYPE name@resourceVersion`-less text: `ADDED web-0`.
    pub async fn event(&mut self) -> String {
        match self.next().await {
            Next::Event(event) => {
                let name = event["object"]["metadata"]["name"].as_str().unwrap_or_default();
                format!("{} {name}", event["type"].as_str().unwrap()).trim_end().to_owned()
            }
            other => format!("{other:?}"),
        }
    }
}

/// Waits until something is so.
pub async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never so: {what}"));
}
