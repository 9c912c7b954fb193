//! A bad week in an hour, on a real control plane: `cargo chaos`.
//!
//! For each fault of [`faults::ALL`] thousands of clients, each a process, wait for objects that become ready, fail or flap
//! before, in and after it; what each is told is held against a ledger of what was true when. etcd, kube-apiserver, two
//! replicas and the clients are real ones, on loopback. Exit status 1 when a verdict was wrong or a wait was lost, 2 where it
//! cannot be played.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a table is what it is for")]

mod clock;
mod crowd;
mod faults;
mod group;
mod ledger;
mod link;
mod network;
mod plane;
mod replicas;
mod report;
mod round;
mod script;
mod targets;

use argh::FromArgs;
use faults::{ALL, Fault};
use group::Group;
use k8s_wait_benches::Failure;
use k8s_wait_benches::program::{cargo, distributed};
use k8s_wait_examples::plane as layout;
use network::Network;
use plane::Plane;
use report::{Row, table};
use round::Setting;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Breaks what can break while clients wait, and holds what they are told against what was true.
#[derive(FromArgs)]
struct Flags {
    /// how many wait in each round (default 2000)
    #[argh(option, default = "2000")]
    waiters: usize,
    /// for how many seconds a fault goes on (default 60)
    #[argh(option, default = "60")]
    pause: u64,
    /// the client (default: as it is shipped, built by cargo xtask dist)
    #[argh(option)]
    client: Option<PathBuf>,
    /// the server (default: as it is shipped, built by cargo xtask dist)
    #[argh(option)]
    server: Option<PathBuf>,
    /// the rounds to play (default: all)
    #[argh(positional)]
    names: Vec<String>,
}

/// A round by its name.
type Round = (&'static str, Fault);

fn main() -> Result<ExitCode, Failure> {
    let flags: Flags = argh::from_env();
    let (rounds, programs) = match rounds(&flags.names).and_then(|rounds| Ok((rounds, programs()?))) {
        Ok(chosen) => chosen,
        Err(sentence) => {
            eprintln!("{sentence}");
            return Ok(ExitCode::from(2));
        }
    };
    if Network::around().is_none() {
        if flags.client.is_none() || flags.server.is_none() {
            cargo(&["xtask", "dist"])?;
        }
        Network::enter();
    }
    // A connection through a Service is two, and each has two ends.
    rlimit::increase_nofile_limit(u64::MAX)?;
    let rows = tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        tokio::select! {
            // Whatever it has started ends with it.
            rows = play(flags, &programs, rounds) => rows,
            _ = tokio::signal::ctrl_c() => Err("stopped before the end".into()),
        }
    })?;
    print!("{}", table(&rows));
    Ok(if rows.iter().all(Row::is_well) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn rounds(names: &[String]) -> Result<Vec<Round>, String> {
    let known = |name: &String| ALL.iter().find(|(known, ..)| known == name);
    if let Some(unknown) = names.iter().find(|name| known(name).is_none()) {
        let all: Vec<_> = ALL.iter().map(|(name, ..)| *name).collect();
        return Err(format!("there is no round {unknown:?}; there are {}", all.join(", ")));
    }
    let is_wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    Ok(ALL.iter().filter(|(name, ..)| is_wanted(name)).map(|(name, fault, _)| (*name, *fault)).collect())
}

fn programs() -> Result<PathBuf, String> {
    layout::Plane::programs().map_err(|folder| {
        let folder = folder.display();
        format!("nothing to break: etcd and kube-apiserver are not in {folder} ($KUBEBUILDER_ASSETS names another folder)")
    })
}

async fn play(flags: Flags, programs: &Path, rounds: Vec<Round>) -> Result<Vec<Row>, Failure> {
    let group = Group::new()?;
    let shipped = |given: Option<PathBuf>, name| given.map_or_else(|| distributed(name), Ok);
    let mut setting = Setting {
        plane: Plane::start(&group, programs, group.folder()).await?,
        group,
        client: shipped(flags.client, "k8s-wait-client")?,
        server: shipped(flags.server, "k8s-wait-server")?,
        network: Network::around(),
        waiters: flags.waiters,
        pause: Duration::from_secs(flags.pause),
    };
    let mut rows = Vec::new();
    for (name, fault) in rounds {
        eprintln!("{name}");
        let row = round::play(name, fault, &mut setting).await?;
        row.complaints().iter().for_each(|complaint| eprintln!("{complaint}"));
        eprintln!("{}", row.line());
        rows.push(row);
    }
    Ok(rows)
}
