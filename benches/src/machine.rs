//! Where and when it was measured: [`Machine`].

use std::fs;

/// A machine on a day; no names.
#[derive(Debug)]
pub struct Machine {
    /// As `2026-01-31`, in UTC.
    pub date: String,
    /// The processors' model.
    pub processor: String,
    /// How many of them this program may use.
    pub cores: usize,
    /// Memory in GiB, rounded.
    pub memory_gib: f64,
    /// The version of Linux.
    pub kernel: String,
}

impl Machine {
    /// This one, now.
    pub fn here() -> Self {
        let memory = field(&read("/proc/meminfo"), "MemTotal");
        let kib = memory.split(' ').next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0);
        let kernel = read("/proc/sys/kernel/osrelease");
        Self {
            date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
            processor: field(&read("/proc/cpuinfo"), "model name"),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_gib: (kib / 1024.0 / 1024.0).round(),
            kernel: kernel.split('-').next().unwrap_or_default().trim().to_owned(),
        }
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn field(text: &str, name: &str) -> String {
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_once(':').map_or("", |(_, value)| value).trim().to_owned()
}
