//! What a wait costs while nothing happens: [`measure`].

use crate::cluster::{Cluster, NAMESPACE, write_kubeconfig};
use crate::process::{Started, cpu, resident};
use crate::proxy::Proxy;
use crate::tool::{Scene, Service, Tool};
use k8s_wait_benches::Failure;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// What everybody is given to begin.
const SETTLE: Duration = Duration::from_secs(5);
/// Often enough to see what runs for a tenth of a second.
const SAMPLE: Duration = Duration::from_millis(50);
/// No process has this id.
const NOBODY: u32 = u32::MAX;
const PATIENCE: Duration = Duration::from_secs(60);

/// One wait of a tool, held.
pub(crate) struct Held {
    pub(crate) waiter: Memory,
    /// CPU time of the whole wait.
    pub(crate) cpu: Duration,
    pub(crate) server: Option<HeldServer>,
    /// Until everybody waited, the server's included.
    pub(crate) first_requests: u64,
    /// While one wait was held, in a minute.
    pub(crate) requests_a_minute: f64,
}

/// The server that is asked, while one wait is held.
pub(crate) struct HeldServer {
    pub(crate) memory: Memory,
    pub(crate) cpu_a_minute: Duration,
}

/// KiB in memory.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    /// The median.
    pub(crate) resident: u64,
    pub(crate) peak: u64,
}

/// Everybody holds one wait at the same time, each with a way to the API server on which its requests are counted.
pub(crate) async fn measure(time: Duration, cluster: &Cluster, tools: &[Tool]) -> Result<Vec<Held>, Failure> {
    let directory = tempfile::tempdir()?;
    let mut waits = Vec::new();
    for (index, tool) in tools.iter().enumerate() {
        waits.push(Wait::begin(index, tool, cluster, &directory).await?);
    }
    sleep(SETTLE).await;
    let before = waits.iter().map(Wait::look).collect::<Result<Vec<_>, _>>()?;
    let memory = watch_memory(time, &waits).await?;
    let after = waits.iter().map(Wait::look).collect::<Result<Vec<_>, _>>()?;
    let mut held = Vec::new();
    for (((wait, memory), before), after) in waits.into_iter().zip(memory).zip(before).zip(after) {
        held.push(wait.end(cluster, memory, &before, &after).await?);
    }
    Ok(held)
}

struct Wait {
    name: &'static str,
    job: String,
    proxy: Proxy,
    service: Option<Service>,
    waiter: Started,
}

/// What has been counted at a time.
struct Look {
    at: Instant,
    requests: u64,
    server_cpu: Option<Duration>,
}

impl Wait {
    async fn begin(
        index: usize,
        tool: &Tool,
        cluster: &Cluster,
        directory: &TempDir,
    ) -> Result<Self, Failure> {
        let job = format!("held-{index}");
        cluster.begin(&job).await?;
        let proxy = Proxy::start(cluster.client.clone()).await?;
        let kubeconfig = directory.path().join(&job);
        write_kubeconfig(&kubeconfig, &proxy.url)?;
        let service = Service::of(tool, &kubeconfig).await?;
        let port = service.as_ref().map(Service::port);
        let scene = Scene { kubeconfig: &kubeconfig, namespace: NAMESPACE, job: &job, port };
        let waiter = Started::new(tool.wait(&scene))?;
        Ok(Self { name: tool.name, job, proxy, service, waiter })
    }

    fn look(&self) -> Result<Look, Failure> {
        if self.waiter.is_over() {
            return Err(format!("{} does not wait", self.name).into());
        }
        let server_cpu = self.service.as_ref().map(|service| cpu(service.process.pid)).transpose()?;
        Ok(Look { at: Instant::now(), requests: self.proxy.requests(), server_cpu })
    }

    async fn end(
        mut self,
        cluster: &Cluster,
        (waiter, server): (Memory, Memory),
        before: &Look,
        after: &Look,
    ) -> Result<Held, Failure> {
        cluster.complete(&self.job).await?;
        let exit = timeout(PATIENCE, self.waiter.exit()).await;
        let exit = exit.map_err(|_| format!("{} goes on waiting", self.name))??;
        let a_minute = 60.0 / (after.at - before.at).as_secs_f64();
        let requests = u32::try_from(after.requests - before.requests)?;
        let server_cpu =
            before.server_cpu.zip(after.server_cpu).map(|(before, after)| after.saturating_sub(before));
        let server = server_cpu.map(|cpu| HeldServer { memory: server, cpu_a_minute: cpu.mul_f64(a_minute) });
        Ok(Held {
            waiter,
            cpu: exit.cpu,
            server,
            first_requests: before.requests,
            requests_a_minute: f64::from(requests) * a_minute,
        })
    }
}

/// The memory of each waiter and of its server.
async fn watch_memory(time: Duration, waits: &[Wait]) -> Result<Vec<(Memory, Memory)>, Failure> {
    let server = |wait: &Wait| wait.service.as_ref().map_or(NOBODY, |service| service.process.pid);
    let processes: Vec<u32> = waits.iter().flat_map(|wait| [wait.waiter.pid, server(wait)]).collect();
    let mut samples = vec![Vec::new(); processes.len()];
    let end = Instant::now() + time;
    while Instant::now() < end {
        sleep(SAMPLE).await;
        for (samples, kibibytes) in samples.iter_mut().zip(resident(&processes)?) {
            samples.push(kibibytes);
        }
    }
    let memory: Vec<_> = samples.into_iter().map(Memory::of).collect();
    Ok(memory.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?))).collect())
}

impl Memory {
    fn of(mut samples: Vec<u64>) -> Self {
        samples.sort_unstable();
        let resident = samples.get(samples.len() / 2).copied().unwrap_or(0);
        Self { resident, peak: samples.last().copied().unwrap_or(0) }
    }
}
