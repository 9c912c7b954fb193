//! What the other replicas of this server know: [`Replicas`].
//!
//! Nothing that decides a verdict: who waits there, so that pods which wait for one another are found wherever they wait.

mod snapshot;

pub(crate) use snapshot::Snapshot;

use futures::future::join_all;
use http_body_util::{BodyExt, Limited};
use k8s_wait_lib::client;
use kube::client::Body;
use kube::{Client, Config};
use parking_lot::Mutex;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::lookup_host;
use tokio::time::{sleep, timeout};
use warp::http::{Request, StatusCode, Uri};

/// Where it is told.
pub(crate) const PATH: &str = "/v1/graph";
/// How often they are asked.
const STEP: Duration = Duration::from_secs(2);
/// How long one may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// So many times in a row, half a minute, are worth a word.
const LONG: u32 = 15;
/// No answer is longer, however many wait there.
const LONGEST: usize = 64 * 1024 * 1024;

/// Where the other replicas are, and how to ask them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Siblings {
    /// A name that stands for all of them, this one included, as that of a headless Service does, with scheme and port.
    url: Uri,
    /// The token to ask with, read again when it changes.
    token_file: Option<PathBuf>,
    /// Who vouches for their certificates.
    roots: Option<Vec<Vec<u8>>>,
}

/// What the others have told last.
pub(crate) struct Replicas {
    /// The name of this one.
    own: String,
    told: Mutex<Vec<Arc<Snapshot>>>,
}

impl Siblings {
    /// Those at `http://HOST:PORT` or `https://HOST:PORT`; the certificate has to be for HOST.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in a sentence.
    pub fn new(url: &str, token_file: Option<&str>, ca_file: Option<&str>) -> Result<Self, String> {
        let expected = || "expected a URL such as http://k8s-wait-replicas.k8s-wait.svc:8080".to_owned();
        let url: Uri = url.parse().map_err(|_| expected())?;
        let is_known = matches!(url.scheme_str(), Some("http" | "https"));
        if !is_known || url.host().is_none() || url.query().is_some() {
            return Err(expected());
        }
        let roots = ca_file.map(roots).transpose()?;
        Ok(Self { url, token_file: token_file.map(PathBuf::from), roots })
    }

    async fn addresses(&self) -> Result<Vec<SocketAddr>, String> {
        let port = match self.url.scheme_str() {
            Some("https") => 443,
            _ => 80,
        };
        let host = self.url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let found = timeout(PATIENCE, lookup_host((host, self.url.port_u16().unwrap_or(port)))).await;
        let found = found.map_err(|_| "its name was not looked up in time".to_owned())?;
        found.map(Iterator::collect).map_err(|error| format!("its name does not resolve: {error}"))
    }

    fn client(&self, address: SocketAddr) -> Result<Client, String> {
        let scheme = self.url.scheme_str().unwrap_or("http");
        let path = self.url.path().trim_end_matches('/');
        let url = format!("{scheme}://{address}{path}").parse().map_err(|error| format!("{error}"))?;
        let mut config = Config::new(url);
        config.root_cert.clone_from(&self.roots);
        config.tls_server_name = self.url.host().map(str::to_owned);
        config.auth_info.token_file =
            self.token_file.as_ref().map(|file| file.to_string_lossy().into_owned());
        client(config).map_err(|error| error.to_string())
    }
}

/// How often in a row one of them could not be asked.
#[derive(Default)]
struct Silence(u32);

impl Silence {
    /// A replica that comes or goes cannot be asked for a moment, which is nothing to tell.
    fn note(&mut self, trouble: Option<&str>) {
        match trouble {
            Some(error) => {
                self.0 = self.0.saturating_add(1);
                if self.0 == LONG {
                    log::warn!(error; "other replicas cannot be asked who waits on them");
                }
            }
            None => {
                if self.0 >= LONG {
                    log::info!("other replicas tell who waits on them");
                }
                self.0 = 0;
            }
        }
    }
}

fn roots(file: &str) -> Result<Vec<Vec<u8>>, String> {
    let certificates = CertificateDer::pem_file_iter(file).map_err(|error| format!("{file}: {error}"))?;
    let certificates = certificates.map(|found| found.map(|der| der.to_vec()));
    let certificates: Vec<_> =
        certificates.collect::<Result<_, _>>().map_err(|error| format!("{file}: {error}"))?;
    match certificates.is_empty() {
        true => Err(format!("{file}: there is no certificate (PEM) in it")),
        false => Ok(certificates),
    }
}

impl Replicas {
    pub(crate) fn new(own: String) -> Arc<Self> {
        Arc::new(Self { own, told: Mutex::default() })
    }

    pub(crate) fn own(&self) -> &str {
        &self.own
    }

    /// What each of the others has told within the last seconds.
    pub(crate) fn told(&self) -> Vec<Arc<Snapshot>> {
        self.told.lock().clone()
    }

    /// Asks them again and again, for ever. What one that does not answer has told before is forgotten.
    pub(crate) async fn follow(self: Arc<Self>, siblings: Siblings) {
        let (mut clients, mut silence) = (HashMap::new(), Silence::default());
        loop {
            let (told, trouble) = match siblings.addresses().await {
                Ok(addresses) => self.ask(&siblings, &addresses, &mut clients).await,
                Err(error) => (Vec::new(), Some(error)),
            };
            *self.told.lock() = told;
            silence.note(trouble.as_deref());
            sleep(STEP).await;
        }
    }

    /// What they tell, and the first reason why one does not.
    async fn ask(
        &self,
        siblings: &Siblings,
        addresses: &[SocketAddr],
        clients: &mut HashMap<SocketAddr, Client>,
    ) -> (Vec<Arc<Snapshot>>, Option<String>) {
        clients.retain(|address, _| addresses.contains(address));
        let (mut asked, mut trouble) = (Vec::new(), None);
        for address in addresses {
            let known = clients.get(address).cloned().map_or_else(|| siblings.client(*address), Ok);
            match known {
                Ok(client) => {
                    clients.insert(*address, client.clone());
                    asked.push(ask(*address, client));
                }
                Err(error) => trouble = Some(error),
            }
        }
        let mut told = Vec::new();
        for answer in join_all(asked).await {
            match answer {
                Ok(snapshot) if snapshot.replica == self.own => {}
                Ok(snapshot) => told.push(Arc::new(snapshot)),
                Err(error) => trouble = trouble.or(Some(error)),
            }
        }
        (told, trouble)
    }
}

async fn ask(address: SocketAddr, client: Client) -> Result<Snapshot, String> {
    let asked = timeout(PATIENCE, snapshot(client)).await;
    let answer = asked.unwrap_or_else(|_| Err("there was no answer in time".to_owned()));
    answer.map_err(|error| format!("{address}: {error}"))
}

/// What lies behind an error, which says more than what is in front.
fn root(mut error: &dyn Error) -> String {
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}

async fn snapshot(client: Client) -> Result<Snapshot, String> {
    let request = Request::get(PATH).body(Body::empty()).map_err(|error| error.to_string())?;
    let response = client.send(request).await.map_err(|error| root(&error))?;
    if response.status() != StatusCode::OK {
        return Err(format!("HTTP {}", response.status()));
    }
    let body =
        Limited::new(response.into_body(), LONGEST).collect().await.map_err(|error| error.to_string())?;
    serde_json::from_slice(&body.to_bytes()).map_err(|error| format!("its answer is not understood: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;
    use warp::Filter;

    /// Somebody who answers with this.
    async fn answering(status: u16, body: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        let answer = warp::path!("v1" / "graph").map(move || warp::reply::with_status(body, status));
        tokio::spawn(warp::serve(answer).incoming(listener).run());
        address
    }

    #[tokio::test]
    async fn what_this_one_or_nobody_has_told_is_left_out() {
        let siblings = Siblings::new("http://localhost:1", None, None).unwrap();
        let replicas = Replicas::new("own".to_owned());
        let own = answering(200, r#"{"replica": "own", "targets": [], "waits": []}"#).await;
        let other = answering(200, r#"{"replica": "other", "targets": [], "waits": [], "new": 1}"#).await;
        let mut clients = HashMap::new();
        let (told, trouble) = replicas.ask(&siblings, &[own, other], &mut clients).await;
        let names: Vec<&str> = told.iter().map(|snapshot| snapshot.replica.as_str()).collect();
        assert_eq!((names, trouble), (vec!["other"], None));
        let gone = {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            listener.local_addr().unwrap()
        };
        for (address, expected) in [
            (answering(403, "{}").await, "HTTP 403 Forbidden"),
            (answering(200, "{").await, "its answer is not understood: "),
            (gone, "refused"),
        ] {
            let (told, trouble) = replicas.ask(&siblings, &[address, other], &mut clients).await;
            assert_eq!((told.len(), clients.len()), (1, 2));
            assert!(trouble.as_ref().is_some_and(|error| error.contains(expected)), "{trouble:?}");
        }
    }

    #[test]
    fn places_that_are_none_are_left_out() {
        let told = r#"{"replica": "a", "targets": [{"target": "service/shop/a", "needs": []}],
            "waits": [{"namespace": "shop", "pod": "b", "targets": [0, 1, 7]}]}"#;
        let snapshot: Snapshot = serde_json::from_str(told).unwrap();
        let waits: Vec<_> = snapshot.waits(5).collect();
        assert_eq!((waits[0].id, waits[0].targets.len(), waits.len()), (5, 1, 1));
    }
}
