//! All that was measured: [`Outcome`].

use crate::cluster::Cluster;
use crate::figures::{Spread, millis};
use crate::flags::Flags;
use crate::held::{Held, Memory};
use crate::latency::{Floor, Latency};
use crate::start::Start;
use crate::tool::Tool;
use crate::tools::Absent;
use k8s_wait_benches::Failure;
use k8s_wait_benches::machine::Machine;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// A run.
pub(crate) struct Outcome {
    pub(crate) run: Run,
    /// From the PATCH to what a waiter is told, read by itself.
    pub(crate) floors: Vec<Floor>,
    pub(crate) rows: Vec<Row>,
    pub(crate) absent: Vec<Absent>,
}

/// Where and how it was measured.
pub(crate) struct Run {
    /// Without the places of programs, which are each machine's own.
    pub(crate) command: String,
    pub(crate) date: String,
    pub(crate) machine: String,
    pub(crate) api: String,
    pub(crate) rounds: usize,
    pub(crate) held_seconds: u64,
}

/// What was measured of a tool.
pub(crate) struct Row {
    pub(crate) tool: Tool,
    pub(crate) latency: Latency,
    pub(crate) start: Start,
    pub(crate) held: Held,
}

impl Run {
    pub(crate) fn of(flags: &Flags, cluster: &Cluster) -> Self {
        let (rounds, held_seconds) = (flags.rounds, flags.held().as_secs());
        let Machine { date, processor, cores, kernel, .. } = Machine::here();
        Self {
            command: format!(
                "cargo run --release -p k8s-wait-benches --bin compare -- --rounds {rounds} --held {held_seconds}"
            ),
            date,
            machine: format!("{cores} cores of {processor}, Linux {kernel}"),
            api: cluster.version.clone(),
            rounds,
            held_seconds,
        }
    }
}

impl Outcome {
    /// An object a line: the run, the floor, the tools and their servers, and what was skipped.
    pub(crate) fn json_lines(&self) -> Result<String, Failure> {
        let Run { command, date, machine, api, rounds, held_seconds } = &self.run;
        let mut lines = vec![json!({
            "what": "run", "command": command, "date": date, "machine": machine, "api": api, "rounds": rounds,
            "held_seconds": held_seconds,
        })];
        let floor = |floor: &Floor| json!({ "what": "floor", "name": floor.name, "latency": latency(&floor.latency) });
        lines.extend(self.floors.iter().map(floor));
        for row in &self.rows {
            lines.push(row.waiter()?);
            lines.extend(row.server()?);
        }
        lines.extend(
            self.absent
                .iter()
                .map(|absent| json!({ "what": "skipped", "name": absent.name, "how": absent.how })),
        );
        Ok(lines.iter().map(|line| format!("{line}\n")).collect())
    }
}

impl Row {
    fn waiter(&self) -> Result<Value, Failure> {
        let Self { tool, latency: measured, start, held } = self;
        Ok(json!({
            "what": "waiter", "name": tool.name, "version": tool.version, "command": tool.command,
            "latency": latency(measured),
            "start_ms": start.wall.json(), "start_cpu_ms": start.cpu.json(),
            "held": {
                "memory": memory(held.waiter), "cpu_ms": millis(held.cpu),
                "first_requests": held.first_requests, "requests_a_minute": held.requests_a_minute,
            },
            "bytes": bytes(&tool.files)?,
        }))
    }

    fn server(&self) -> Result<Option<Value>, Failure> {
        let Some((server, held)) = self.tool.server.as_ref().zip(self.held.server.as_ref()) else {
            return Ok(None);
        };
        Ok(Some(json!({
            "what": "server", "name": server.name, "version": self.tool.version,
            "held": { "memory": memory(held.memory), "cpu_ms_a_minute": millis(held.cpu_a_minute) },
            "bytes": bytes(&server.files)?,
        })))
    }
}

fn latency(latency: &Latency) -> Value {
    let Latency { sent, answered, cpu } = latency;
    json!({
        "sent_ms": sent.json(), "answered_ms": answered.json(), "cpu_ms": cpu.map(Spread::json),
    })
}

fn memory(memory: Memory) -> Value {
    json!({ "resident_kib": memory.resident, "peak_kib": memory.peak })
}

/// What files and folders take. Links are followed, but for those within folders.
pub(crate) fn bytes(files: &[PathBuf]) -> std::io::Result<u64> {
    files.iter().map(|file| bytes_of(&file.canonicalize()?)).sum()
}

fn bytes_of(file: &Path) -> std::io::Result<u64> {
    let meta = fs::symlink_metadata(file)?;
    if !meta.is_dir() {
        return Ok(meta.len());
    }
    fs::read_dir(file)?.map(|entry| bytes_of(&entry?.path())).sum()
}
