//! How long it takes from a PATCH until a waiter has gone: [`measure`].

use crate::cluster::{Cluster, NAMESPACE, Patched};
use crate::figures::{Millis, Spread, millis};
use crate::process::Started;
use crate::raw::{self, Source};
use crate::tool::{Scene, Service, Tool};
use k8s_wait_benches::Failure;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// What a waiter is given until it waits.
pub(crate) const SETTLE: Duration = Duration::from_secs(1);
/// Longer than any of them takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What one tool, or the floor, took.
pub(crate) struct Latency {
    /// From just before the PATCH was sent.
    pub(crate) sent: Spread,
    /// From its answer; less than none where the event was quicker.
    pub(crate) answered: Spread,
    /// CPU time of a whole wait, its start included; `None` where no process waits.
    pub(crate) cpu: Option<Spread>,
}

/// Those of all.
pub(crate) struct Latencies {
    pub(crate) floors: Vec<Floor>,
    /// In the order of the tools.
    pub(crate) tools: Vec<Latency>,
}

/// What is read without a process of its own.
pub(crate) struct Floor {
    pub(crate) name: &'static str,
    pub(crate) latency: Latency,
}

#[derive(Default)]
struct Samples {
    sent: Vec<Millis>,
    answered: Vec<Millis>,
    cpu: Vec<Millis>,
}

impl Samples {
    fn add(&mut self, patched: &Patched, end: Instant) {
        self.sent.push(millis(end - patched.sent));
        self.answered.push(millis(end - patched.sent) - millis(patched.answered - patched.sent));
    }

    fn latency(self) -> Latency {
        let cpu = (!self.cpu.is_empty()).then(|| Spread::of(self.cpu));
        Latency { sent: Spread::of(self.sent), answered: Spread::of(self.answered), cpu }
    }
}

/// Everybody waits once in each round, one after another, so that a busy minute of the machine is everybody's.
pub(crate) async fn measure(rounds: usize, cluster: &Cluster, tools: &[Tool]) -> Result<Latencies, Failure> {
    let mut services = Vec::new();
    for tool in tools {
        services.push(Service::of(tool, &cluster.kubeconfig).await?);
    }
    let watch = [("the event in a watch", Source::watch(cluster), Samples::default())];
    let mut floors = Vec::from(watch);
    // Ours is the first of the tools, and has a server.
    if let Some(port) = services.first().and_then(Option::as_ref).map(Service::port) {
        floors.push(("the line of k8s-wait-server", Source::lines(port)?, Samples::default()));
    }
    let mut samples: Vec<_> = tools.iter().map(|_| Samples::default()).collect();
    for round in 0..rounds {
        for (index, (_, source, samples)) in floors.iter_mut().enumerate() {
            let (patched, said) = raw::measure(cluster, source, &format!("floor-{index}-{round}")).await?;
            samples.add(&patched, said);
        }
        for (index, ((tool, service), samples)) in tools.iter().zip(&services).zip(&mut samples).enumerate() {
            let job = format!("wait-{index}-{round}");
            let port = service.as_ref().map(Service::port);
            let scene = Scene { kubeconfig: &cluster.kubeconfig, namespace: NAMESPACE, job: &job, port };
            once(cluster, tool, &scene, settle(tool, round), samples).await?;
        }
    }
    let tools = samples.into_iter().map(Samples::latency).collect();
    let floors = floors.into_iter().map(|(name, _, samples)| Floor { name, latency: samples.latency() });
    Ok(Latencies { floors: floors.collect(), tools })
}

/// One who asks every now and then is met anywhere in between, evenly over the rounds.
fn settle(tool: &Tool, round: usize) -> Duration {
    let golden = 0.618_033_988_75;
    let phase = (golden * f64::from(u32::try_from(round).unwrap_or(0))).fract();
    SETTLE + tool.polls.unwrap_or_default().mul_f64(phase)
}

async fn once(
    cluster: &Cluster,
    tool: &Tool,
    scene: &Scene<'_>,
    settle: Duration,
    samples: &mut Samples,
) -> Result<(), Failure> {
    cluster.begin(scene.job).await?;
    let mut waiter = Started::new(tool.wait(scene))?;
    sleep(settle).await;
    if waiter.is_over() {
        return Err(format!("{} did not wait for a Job that is not complete", tool.name).into());
    }
    let patched = cluster.complete(scene.job).await?;
    let exit =
        timeout(PATIENCE, waiter.exit()).await.map_err(|_| format!("{} goes on waiting", tool.name))??;
    if !exit.status.success() {
        return Err(format!("{} ended with {}", tool.name, exit.status).into());
    }
    samples.add(&patched, exit.at);
    samples.cpu.push(millis(exit.cpu));
    Ok(())
}
