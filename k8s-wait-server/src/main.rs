//! The server's binary: reads flags, connects, binds, and runs until a signal says otherwise.

use k8s_wait_server::{Order, Settings, read, run};
use std::io::Write;
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Bad usage.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
    match read(&arguments, |name| std::env::var(name).ok()) {
        Ok(Order::Say(text)) => say(&mut std::io::stdout(), &text, ExitCode::SUCCESS),
        Ok(Order::Run(settings)) => start(*settings),
        Err(usage) => {
            say(&mut std::io::stderr(), &format!("k8s-wait-server: {usage}"), ExitCode::from(USAGE))
        }
    }
}

fn say(to: &mut impl Write, text: &str, code: ExitCode) -> ExitCode {
    // Nobody is left to be told when this fails.
    let _ = writeln!(to, "{}", text.trim_end());
    code
}

fn start(settings: Settings) -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info")).init();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Box::<dyn std::error::Error>::from)
        .and_then(|runtime| runtime.block_on(serve(settings)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(settings: Settings) -> Result<(), Box<dyn std::error::Error>> {
    let config = kube::Config::infer().await.map_err(|error| {
        format!(
            "no Kubernetes configuration: neither in a cluster, nor KUBECONFIG, nor ~/.kube/config ({error})"
        )
    })?;
    let api = config.cluster_url.to_string();
    let client = k8s_wait_lib::client(config)?;
    let listen = settings.listen;
    let listener =
        TcpListener::bind(listen).await.map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let address = listener.local_addr()?.to_string();
    log::info!(version = env!("CARGO_PKG_VERSION"), listen = address.as_str(), api = api.as_str(); "started");
    let (stop, abort) = (stop_signal()?, stop_signal()?);
    tokio::select! {
        outcome = run(listener, client, settings, first(stop)) => outcome?,
        () = second(abort) => return Err("a second signal: stopped at once".into()),
    }
    log::info!("stopped");
    Ok(())
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
