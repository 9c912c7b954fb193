//! The server's binary: reads flags, connects, binds, and runs until a signal says otherwise.

mod logging;

use k8s_wait_server::{Listeners, Order, Settings, StartError, read, run, wait};
use std::ffi::OsString;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};

/// Bad usage.
const USAGE: u8 = 2;
/// Open files beyond the connections: watches, what libraries hold.
const SPARE_FILES: u64 = 100;

/// Connections that have come and are not yet taken in. Clients of a replica that went away come all at once, and one that
/// does not fit tries again after a second. The standard library has room for 128.
const BACKLOG: u32 = 4_096;

/// `kubectl k8s-wait` runs a program of this name.
const PLUGIN: &str = "kubectl-k8s_wait";

fn main() -> ExitCode {
    if let Some((name, arguments)) = asked_to_wait(std::env::args_os().collect()) {
        logging::start_silent();
        return ExitCode::from(wait(name, &arguments, &mut std::io::stdout(), &mut std::io::stderr()));
    }
    let arguments: Vec<String> = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
    match read(&arguments, variable) {
        Ok(Order::Say(text)) => say(&format!("{}\n", text.trim_end())),
        Ok(Order::Inject(manifest)) => match manifest.read() {
            Ok(written) => {
                for warning in &written.warnings {
                    complain(&format!("inject: {warning}"), 0);
                }
                say(&written.text)
            }
            Err(sentence) => complain(&format!("inject: {sentence}"), USAGE),
        },
        Ok(Order::Run(settings)) => start(*settings),
        Err(usage) => complain(&usage.to_string(), USAGE),
    }
}

fn say(text: &str) -> ExitCode {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        // What is left of a manifest must not be taken for the whole.
        Err(error) => complain(&format!("cannot write: {error}"), 1),
    }
}

/// The arguments after `wait`, or after the plugin's name, with what the program is called then.
fn asked_to_wait(mut arguments: Vec<OsString>) -> Option<(&'static str, Vec<OsString>)> {
    let program = arguments.first().map(Path::new).and_then(Path::file_name);
    if program.is_some_and(|name| name == PLUGIN) {
        return Some(("kubectl k8s-wait", arguments.split_off(1)));
    }
    (arguments.get(1)? == "wait").then(|| ("k8s-wait-server wait", arguments.split_off(2)))
}

/// A value that is no text is no valid one either, and is refused as such rather than passed over.
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

fn complain(sentence: &str, code: u8) -> ExitCode {
    // Nobody is left to be told when this fails.
    let _ = writeln!(std::io::stderr(), "k8s-wait-server: {}", sentence.trim_end());
    ExitCode::from(code)
}

fn start(settings: Settings) -> ExitCode {
    logging::start(settings.log_format);
    let outcome = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = outcome.map_err(Box::from).and_then(|runtime| {
        let outcome = runtime.block_on(serve(settings));
        // A name that is being looked up by libc cannot be called off, and is not waited for.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error}");
            ExitCode::from(code(error.as_ref()))
        }
    }
}

fn code(error: &(dyn std::error::Error + 'static)) -> u8 {
    match error.downcast_ref::<StartError>() {
        Some(StartError::Preload(_)) => USAGE,
        _ => 1,
    }
}

async fn serve(settings: Settings) -> Result<(), Box<dyn std::error::Error>> {
    let config = kube::Config::infer().await.map_err(|error| {
        format!(
            "no usable Kubernetes configuration, neither a ServiceAccount's nor KUBECONFIG nor ~/.kube/config ({error})"
        )
    })?;
    let api = config.cluster_url.to_string();
    let client = k8s_wait_lib::client(config)?;
    let address = settings.listen;
    let listener = listen(address).map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let webhook = settings.inject.as_ref().map(|inject| inject.listen);
    let webhook = webhook.map(|address| {
        listen(address).map_err(|error| format!("cannot listen on {address} for the webhook: {error}"))
    });
    let listeners = Listeners { main: listener, webhook: webhook.transpose()? };
    let address = listeners.main.local_addr()?.to_string();
    log::info!(version = env!("CARGO_PKG_VERSION"), listen = address.as_str(), api = api.as_str(); "started");
    if let Some(webhook) = &listeners.webhook {
        log::info!(listen = webhook.local_addr()?.to_string().as_str(); "the webhook listens");
    }
    raise_file_limit(&settings);
    let (stop, abort) = (stop_signal()?, stop_signal()?);
    tokio::select! {
        outcome = run(listeners, client, settings, first(stop)) => outcome?,
        () = second(abort) => return Err("a second signal: stopped at once".into()),
    }
    log::info!("stopped");
    Ok(())
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // As the standard library does: connections of a server that was here before need not be forgotten first.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Each connection is an open file, and the soft limit that containers start with is often too low for the hard one.
fn raise_file_limit(settings: &Settings) {
    let connections = u64::try_from(settings.connections()).unwrap_or(u64::MAX);
    let wanted = connections.saturating_add(SPARE_FILES);
    let limit = match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit >= wanted => return,
        limit => limit.unwrap_or_default(),
    };
    log::warn!(open_files = limit, needed = wanted, max_waiters = settings.max_waiters; "fewer files may be open than the waits that are allowed need");
}

/// SIGTERM or SIGINT, as often as it comes.
struct Stop(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

fn stop_signal() -> std::io::Result<Stop> {
    Ok(Stop(signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
}

impl Stop {
    async fn received(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

async fn first(mut stop: Stop) {
    stop.received().await;
    log::info!("stopping: held requests end, clients come back to another replica");
}

async fn second(mut stop: Stop) {
    stop.received().await;
    stop.received().await;
}
