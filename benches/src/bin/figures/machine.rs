//! Where and when it was measured: [`describe`].

use serde_json::{Value, json};
use std::fs;

/// The date, the processors, the memory and the kernel; no names.
pub(crate) fn describe() -> Value {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map_or("", |(_, value)| value).trim().to_owned()
    };
    let memory = field(&read("/proc/meminfo"), "MemTotal");
    let gib =
        memory.split(' ').next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0 / 1024.0;
    json!({
        "date": jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
        "processor": field(&read("/proc/cpuinfo"), "model name"),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "memory_gib": gib.round(),
        "kernel": read("/proc/sys/kernel/osrelease").split('-').next().unwrap_or_default().trim(),
    })
}
