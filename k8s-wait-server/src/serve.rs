//! The server as a whole: [`run`].

use crate::args::Settings;
use crate::auth::Admission;
use crate::connection;
use crate::http::{App, routes};
use crate::network::Network;
use crate::places::Places;
use k8s_wait_lib::{CheckRegistry, Reach, RegistryError, Watches};
use kube::Client;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// `--preload` names a kind that nobody registered.
    #[error("--preload: {0}")]
    Preload(#[source] RegistryError),
    /// Two checks want the same name.
    #[error("the checks do not go together: {0}")]
    Registry(#[source] RegistryError),
}

/// Serves on `listener` until `stop` ends; then held requests end, and after the grace so does everything else.
///
/// Starts without an API server too, says so in the log, answers pending, and recovers by itself.
///
/// # Errors
///
/// [`StartError`], before anything is served.
pub async fn run(
    listener: TcpListener,
    client: Client,
    settings: Settings,
    stop: impl Future<Output = ()>,
) -> Result<(), StartError> {
    run_below(listener, client, settings, None, stop).await
}

/// As [`run`], with every path below `prefix`: whoever does not know it gets nothing but 404.
pub(crate) async fn run_below(
    listener: TcpListener,
    client: Client,
    settings: Settings,
    prefix: Option<String>,
    stop: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let waiters = Places::new(settings.max_waiters, settings.waiters_per_namespace());
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
    let limits = (limits.connections(settings.max_waiters), limits, Arc::clone(app.metrics()));
    let _renewing = settings.tls.clone().map(|tls| AbortOnDropHandle::new(tokio::spawn(tls.renew())));
    let listener = (listener, settings.tls);
    connection::accept(listener, routes(app, prefix), limits, stop, settings.shutdown_grace).await;
    Ok(())
}

/// Network targets are the client's to probe: the server has them only where it is allowed to connect somewhere.
fn registry(network: Network) -> Result<CheckRegistry, RegistryError> {
    let mut registry = CheckRegistry::kubernetes()?;
    if !network.is_closed() {
        registry.register_network(&Reach::within(move |host, address| network.is_allowed(host, address)))?;
    }
    Ok(registry)
}
