//! Whose a token is: [`Reviews`].
//!
//! The API server is asked, by a TokenReview for the audience `k8s-wait`, and what it said is believed for a while. A token
//! itself is neither kept nor logged: what is remembered is its SHA-256.

use super::Account;
use crate::contact::root;
use crate::peers::{Peer, REVIEWS};
use kube::Client;
use parking_lot::Mutex;
use quick_cache::sync::Cache;
use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use warp::http::header::CONTENT_TYPE;
use warp::http::{Request, StatusCode};

/// Whom a token has to be made for.
pub(crate) const AUDIENCE: &str = "k8s-wait";
/// How long the API server is believed about a token that it accepts.
const GOOD_FOR: Duration = Duration::from_secs(60);
/// The same for one that it does not accept. It may come to accept it, as when a review was ahead of the pod that the token
/// is bound to.
const BAD_FOR: Duration = Duration::from_secs(10);
/// The most tokens that are remembered.
const REMEMBERED: usize = 20_000;
/// The most reviews at a time, whoever asks: made-up tokens must not become as many requests to the API server at once. Of
/// these an address has [`REVIEWS`], so that who makes tokens up keeps no others out. How many there are in a second, the
/// limit for an address says.
const AT_ONCE: usize = 16;
/// How long a caller waits until it is its address's turn. Less than it waits in all: it is told which of them it is.
const TURN: Duration = Duration::from_secs(5);
/// The log tells no more often of an address that asks for more.
const TOLD_AGAIN: Duration = Duration::from_secs(60);
/// How long a caller waits for a review.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of what the API server says of a token is repeated.
const SAID_CHARS: usize = 200;
/// The path of TokenReviews.
const PATH: &str = "/apis/authentication.k8s.io/v1/tokenreviews";

/// Why it is not known who asks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Doubt {
    #[error(
        "there is no token; send Authorization: Bearer TOKEN with a ServiceAccount's token for the audience \
         {AUDIENCE} (k8s-wait-client --token-file FILE)"
    )]
    NoToken,
    #[error("the token is not accepted for the audience {AUDIENCE}: {0}")]
    BadToken(Arc<str>),
    #[error("the token is that of {0}, which is no ServiceAccount")]
    NoAccount(Arc<str>),
    #[error("the token cannot be reviewed at the moment: {0}; try again")]
    Unreviewed(String),
    #[error(
        "the token cannot be reviewed at the moment: {REVIEWS} others from this address are under review, and no turn came \
         within {} s; try again",
        TURN.as_secs()
    )]
    NoTurn,
}

/// What is known of tokens.
pub(crate) struct Reviews {
    client: Client,
    known: Cache<[u8; SHA256_OUTPUT_LEN], Known>,
    at_once: Semaphore,
    /// Why reviews fail, as the log has been told; empty while they do not.
    trouble: Mutex<String>,
    /// When the log was told that an address gets no turn.
    told: Mutex<Option<Instant>>,
}

#[derive(Clone)]
struct Known {
    outcome: Result<Arc<Account>, Doubt>,
    until: Instant,
}

/// The part of a TokenReview that matters.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Review {
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    authenticated: bool,
    user: User,
    audiences: Vec<String>,
    error: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct User {
    username: String,
    extra: HashMap<String, Vec<String>>,
}

impl Reviews {
    pub(crate) fn new(client: Client) -> Self {
        let (known, at_once) = (Cache::new(REMEMBERED), Semaphore::new(AT_ONCE));
        Self { client, known, at_once, trouble: Mutex::default(), told: Mutex::default() }
    }

    /// Whose token this is, that came from there. Who asks about the same token at the same time waits for the same review.
    pub(crate) async fn account(&self, token: &str, peer: &Peer) -> Result<Arc<Account>, Doubt> {
        let known = timeout(PATIENCE, self.known(token, peer)).await;
        known.unwrap_or_else(|_| Err(self.unreviewed(self.delay())))
    }

    /// What keeps a caller waiting for too long.
    fn delay(&self) -> String {
        let seconds = PATIENCE.as_secs();
        match self.at_once.available_permits() {
            0 => format!("{AT_ONCE} other tokens are under review, and no turn came within {seconds} s"),
            _ => format!("no answer within {seconds} s"),
        }
    }

    async fn known(&self, token: &str, peer: &Peer) -> Result<Arc<Account>, Doubt> {
        let key = key(token);
        self.known.remove_if(&key, |known| known.until <= Instant::now());
        match self.known.get_value_or_guard_async(&key).await {
            Ok(known) => known.outcome,
            Err(place) => {
                let outcome = self.review(token, peer).await;
                if let Some(until) = until(&outcome) {
                    // It is forgotten at once where the cache makes no room for it.
                    let _ = place.insert(Known { outcome: outcome.clone(), until });
                }
                outcome
            }
        }
    }

    async fn review(&self, token: &str, peer: &Peer) -> Result<Arc<Account>, Doubt> {
        // Neither semaphore is ever closed.
        let _turn_of_peer = timeout(TURN, peer.reviews.acquire()).await.map_err(|_| self.no_turn())?;
        let _turn = self.at_once.acquire().await;
        let review = self.client.request::<Review>(request(token)).await;
        let status = review.map_err(|error| self.unreviewed(sentence(&error)))?.status;
        self.trouble.lock().clear();
        let account = status.account();
        if let Ok(account) = &account {
            log::debug!(caller = account.to_string().as_str(); "token reviewed");
        }
        account
    }

    /// Says it in the log too, once a minute.
    fn no_turn(&self) -> Doubt {
        let mut told = self.told.lock();
        if told.is_none_or(|told| told.elapsed() >= TOLD_AGAIN) {
            *told = Some(Instant::now());
            log::warn!(reviews = REVIEWS; "an address shows more tokens than may be under review for it, and is asked to wait");
        }
        Doubt::NoTurn
    }

    /// Says it in the log too, once for each reason.
    fn unreviewed(&self, error: String) -> Doubt {
        let mut trouble = self.trouble.lock();
        if *trouble != error {
            log::warn!(error = error.as_str(); "tokens cannot be reviewed, so that callers who are not known may not ask");
            trouble.clone_from(&error);
        }
        Doubt::Unreviewed(error)
    }
}

fn key(token: &str) -> [u8; SHA256_OUTPUT_LEN] {
    let digest = digest(&SHA256, token.as_bytes());
    let mut key = [0; SHA256_OUTPUT_LEN];
    key.copy_from_slice(digest.as_ref());
    key
}

/// How long an outcome is remembered; `None` where nothing has come out.
fn until(outcome: &Result<Arc<Account>, Doubt>) -> Option<Instant> {
    let time = match outcome {
        Ok(_) => GOOD_FOR,
        Err(Doubt::Unreviewed(_) | Doubt::NoTurn) => return None,
        Err(_) => BAD_FOR,
    };
    Some(Instant::now() + time)
}

fn request(token: &str) -> Request<Vec<u8>> {
    let review = json!({
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "spec": { "token": token, "audiences": [AUDIENCE] },
    });
    let mut request = Request::new(review.to_string().into_bytes());
    *request.method_mut() = warp::http::Method::POST;
    *request.uri_mut() = warp::http::Uri::from_static(PATH);
    request.headers_mut().insert(CONTENT_TYPE, warp::http::HeaderValue::from_static("application/json"));
    request
}

fn sentence(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) if status.code == StatusCode::FORBIDDEN.as_u16() => {
            "no right to create tokenreviews.authentication.k8s.io; a ClusterRole has to grant it to this \
             server's ServiceAccount"
                .to_owned()
        }
        error => root(error).to_string(),
    }
}

impl Status {
    fn account(self) -> Result<Arc<Account>, Doubt> {
        if !self.authenticated {
            return Err(Doubt::BadToken(said(&self.error)));
        }
        // An API server that knows no audiences accepts every token, for whomever it was made.
        if !self.audiences.iter().any(|audience| audience == AUDIENCE) {
            return Err(Doubt::BadToken("the API server does not look at audiences".into()));
        }
        let User { username, mut extra } = self.user;
        let [pod, pod_uid] = ["pod-name", "pod-uid"].map(|key| {
            let values = extra.remove(&format!("authentication.kubernetes.io/{key}"));
            values.and_then(|values| values.into_iter().next())
        });
        let account = Account::read(&username, pod).ok_or_else(|| Doubt::NoAccount(said(&username)))?;
        Ok(Arc::new(Account { pod_uid, ..account }))
    }
}

/// The beginning of a text from the API server, without control characters.
fn said(text: &str) -> Arc<str> {
    let text = if text.is_empty() { "it is none that the API server knows" } else { text };
    text.chars().filter(|char| !char.is_control()).take(SAID_CHARS).collect::<String>().into()
}

#[cfg(test)]
mod tests;
