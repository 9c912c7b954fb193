//! The main job in twenty lines: `cargo quickstart`.
//!
//! Starts a small Kubernetes API in this process (or, with `--cluster`, uses the current context), a real server and a
//! real client, and tells what each of them sees. Ends with the client's exit status, as the init container of the
//! story does: 0, or with `--fail` 3.

mod cluster;
mod processes;
mod story;
mod timeline;

use argh::FromArgs;
use cluster::Cluster;
use k8s_wait_examples::binaries;
use std::error::Error;
use std::process::ExitCode;
use story::Story;
use timeline::Timeline;
use tokio::signal::unix::{SignalKind, signal};

/// Plays a small story: an app whose init container waits for a database and a migration.
#[derive(FromArgs)]
struct Args {
    /// let the migration fail for good: the client ends with 3, and so does this
    #[argh(switch)]
    fail: bool,
    /// play it in the cluster of the current kube context, in a namespace that is deleted afterwards
    #[argh(switch)]
    cluster: bool,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args: Args = argh::from_env();
    Timeline::new().tell("build", "server and client are built, which takes a while the first time");
    let binaries = binaries()?;
    let timeline = Timeline::new();
    let cluster = match args.cluster {
        true => Cluster::current(&timeline).await?,
        false => Cluster::in_process(&timeline).await?,
    };
    let played = tokio::select! {
        played = play(&cluster, &binaries, args.fail, &timeline) => played,
        stopped = stop_signal() => Err(stopped.map_or_else(Into::into, |()| "interrupted".into())),
    };
    if !cluster.is_own() {
        cluster.clean_up().await?;
        timeline.tell("cluster", &format!("namespace {} is deleted", cluster.namespace));
    }
    Ok(ExitCode::from(played?))
}

/// Ctrl-C, or what `timeout` and supervisors send: both leave nothing behind.
async fn stop_signal() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

async fn play(
    cluster: &Cluster,
    binaries: &k8s_wait_examples::Binaries,
    fails: bool,
    timeline: &Timeline,
) -> Result<u8, Box<dyn Error>> {
    let story = Story::new(fails);
    cluster.take_pods().await?;
    story.begin(cluster, timeline).await?;
    let server =
        processes::Server::start(&binaries.server, cluster.kubeconfig().as_deref(), timeline).await?;
    timeline.tell("server", &format!("k8s-wait-server listens on {}", server.url));
    let wait = ["service/db?port=5432", "job/migrate"];
    timeline.tell("app", &format!("its init container starts: k8s-wait-client {}", wait.join(" ")));
    let options = ["-n", &cluster.namespace, "--server", &server.url, "--timeout", "2m"];
    let arguments: Vec<&str> = options.into_iter().chain(wait).collect();
    let client = processes::client(&binaries.client, &arguments, "client", timeline);
    let (code, acted) = tokio::join!(client, act(&story, cluster, timeline));
    acted?;
    let code = code?;
    let outcome = match code {
        0 => "exit 0: the init container is done, the app starts",
        3 => "exit 3: the init container fails, the app does not start, and the reason is in its status",
        _ => "this is not how the story goes",
    };
    timeline.tell("app", outcome);
    Ok(code)
}

/// In a real cluster, others act.
async fn act(story: &Story, cluster: &Cluster, timeline: &Timeline) -> Result<(), Box<dyn Error>> {
    if cluster.is_own() { story.act(cluster, timeline).await } else { Ok(()) }
}
