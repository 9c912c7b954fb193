//! The server as a whole: [`run`].

use crate::args::Settings;
use crate::auth::Admission;
use crate::connection;
use crate::http::{App, injecting, routes, stopped};
use crate::inject::Inject;
use crate::limits::{Limits, REVIEW_CONNECTIONS};
use crate::metrics::Metrics;
use crate::network::Network;
use crate::places::Places;
use crate::tls::Tls;
use futures::FutureExt;
use k8s_wait_lib::{CheckRegistry, Reach, RegistryError, Watches};
use kube::Client;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

/// For so long after the stop the webhook goes on, or for half the grace: the API server does not ask another replica where
/// one does not answer, and may learn late that this one goes away.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// `--preload` names a kind that nobody registered.
    #[error("--preload: {0}")]
    Preload(#[source] RegistryError),
    /// There are settings of a webhook and no socket for it, or the other way round.
    #[error("the webhook needs a socket and settings, or neither")]
    Webhook,
    /// Two checks want the same name.
    #[error("the checks do not go together: {0}")]
    Registry(#[source] RegistryError),
}

/// The sockets of a server.
#[derive(Debug)]
pub struct Listeners {
    /// For those who wait.
    pub main: TcpListener,
    /// For the API server, where [`Settings::inject`] says what it is answered.
    pub webhook: Option<TcpListener>,
}

impl From<TcpListener> for Listeners {
    fn from(main: TcpListener) -> Self {
        Self { main, webhook: None }
    }
}

/// Serves on `listeners` until `stop` ends; then held requests end, and after the grace so does everything else.
///
/// Starts without an API server too, says so in the log, answers pending, and recovers by itself.
///
/// # Errors
///
/// [`StartError`], before anything is served.
pub async fn run(
    listeners: impl Into<Listeners>,
    client: Client,
    settings: Settings,
    stop: impl Future<Output = ()>,
) -> Result<(), StartError> {
    run_below(listeners.into(), client, settings, None, stop).await
}

/// As [`run`], with every path below `prefix`: whoever does not know it gets nothing but 404.
pub(crate) async fn run_below(
    listeners: Listeners,
    client: Client,
    settings: Settings,
    prefix: Option<String>,
    stop: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let waiters = Places::new(settings.max_waiters, settings.waiters_per_namespace());
    let webhook = match (listeners.webhook, settings.inject) {
        (Some(listener), Some(inject)) => Some((listener, inject)),
        (None, None) => None,
        _ => return Err(StartError::Webhook),
    };
    let registry = registry(settings.network).map_err(StartError::Registry)?;
    let watches = Watches::with(client.clone(), settings.namespaces, settings.linger);
    let preload = settings.preload.iter().map(|kind| registry.preload(kind, &watches));
    let _preloaded = preload.collect::<Result<Vec<_>, _>>().map_err(StartError::Preload)?;
    let stopping = watch::Sender::new(false);
    let limits = settings.limits;
    let admission = Admission::new(settings.auth, client.clone());
    let app = App::new(
        (registry, watches),
        (admission, settings.readers, waiters),
        &limits,
        client.clone(),
        stopping.subscribe(),
    );
    let _following =
        settings.replicas.map(|siblings| AbortOnDropHandle::new(tokio::spawn(app.follow(siblings))));
    let _telling =
        settings.events_after.map(|after| AbortOnDropHandle::new(tokio::spawn(app.tell_pods(client, after))));
    let stop = async {
        stop.await;
        stopping.send_replace(true);
    };
    let metrics = Arc::clone(app.metrics());
    let of_reviews = limits.of_reviews();
    let limits = (limits.connections(settings.max_waiters), limits, Arc::clone(&metrics));
    let grace = settings.shutdown_grace;
    let _renewing = settings.tls.clone().map(renewing);
    let stopped = stopping.subscribe();
    let answering = async {
        if let Some(webhook) = webhook {
            answer(webhook, (REVIEW_CONNECTIONS, of_reviews, metrics), stopped, grace).await;
        }
    };
    let listener = (listeners.main, settings.tls);
    let serving = connection::accept(listener, routes(app, prefix), limits, stop, grace);
    tokio::join!(serving, answering);
    Ok(())
}

/// The webhook, on its own socket: the API server does not stand in line with those who wait.
async fn answer(
    (listener, inject): (TcpListener, Inject),
    limits: (usize, Limits, Arc<Metrics>),
    stopping: watch::Receiver<bool>,
    grace: Duration,
) {
    let _renewing = renewing(inject.tls.clone());
    let listener = (listener, Some(inject.tls.clone()));
    let routes = injecting(inject, &limits.1);
    let farewell = FAREWELL.min(grace / 2);
    let stop = stopped(stopping).then(|()| sleep(farewell));
    connection::accept(listener, routes, limits, stop, grace - farewell).await;
}

fn renewing(tls: Tls) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(tls.renew()))
}

/// Network targets are the client's to probe: the server has them only where it is allowed to connect somewhere.
fn registry(network: Network) -> Result<CheckRegistry, RegistryError> {
    let mut registry = CheckRegistry::kubernetes()?;
    if !network.is_closed() {
        registry.register_network(&Reach::within(move |host, address| network.is_allowed(host, address)))?;
    }
    Ok(registry)
}
