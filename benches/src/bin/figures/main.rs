//! The figures that are promised, each measured and held against its target: `cargo figures`.
//!
//! Takes under ten minutes once all programs are built in release. A target that is missed is a verdict in the table, and
//! no exit status; what cannot be measured here is skipped and says why. `cargo figures NAME...` measures some rows
//! alone, `--growth` how cost grows, and `--json FILE` keeps what was found.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a table is what it is for")]

mod client;
mod growth;
mod latency;
mod page;
mod row;
mod rows;

use argh::FromArgs;
use k8s_wait_benches::Failure;
use k8s_wait_benches::machine::Machine;
use row::Row;
use serde_json::json;
use std::path::PathBuf;

/// Measures what is promised, beside what people would use instead.
#[derive(FromArgs)]
struct Flags {
    /// measure how cost grows with those who wait and with objects, as well
    #[argh(switch)]
    growth: bool,
    /// keep the figures in this file
    #[argh(option)]
    json: Option<PathBuf>,
    /// measure nothing, and write the tables and plots of the book from the figures in the file of --json, and from this
    /// one, which the program compare has kept
    #[argh(option)]
    page: Option<PathBuf>,
    /// the scenarios to run: latency, held, checks, churn, cached, large, size, client (default: all)
    #[argh(positional)]
    names: Vec<String>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let flags: Flags = argh::from_env();
    if let Some(compared) = &flags.page {
        return page::write(flags.json.as_ref().ok_or("--page needs --json")?, compared);
    }
    are_known(&flags.names)?;
    // Each that waits is an open file.
    rlimit::increase_nofile_limit(u64::MAX)?;
    // What is measured is built as it is shipped, or something older would be.
    k8s_wait_benches::program::cargo(&["xtask", "dist"])?;
    k8s_wait_benches::program::cargo(&["build", "--quiet", "--release", "-p", "k8s-wait-benches", "--bins"])?;
    let mut rows = Vec::new();
    for scenario in rows::SCENARIOS.iter().filter(|name| is_wanted(&flags.names, name)) {
        eprintln!("measuring: {scenario}");
        let found = rows::measure(scenario).await;
        rows.extend(found.unwrap_or_else(|error| vec![Row::skipped(scenario, &error.to_string())]));
    }
    let growth = if flags.growth { Some(growth::measure().await?) } else { None };
    print!("{}", row::table(&rows));
    if let Some(growth) = &growth {
        print!("\n{}", growth.table());
    }
    if let Some(file) = &flags.json {
        let rows: Vec<_> = rows.iter().map(Row::json).collect();
        let growth = growth.as_ref().map(growth::Growth::json);
        let Machine { date, processor, cores, memory_gib, kernel } = Machine::here();
        let machine = json!({
            "date": date, "processor": processor, "cores": cores, "memory_gib": memory_gib, "kernel": kernel,
        });
        let found = json!({"machine": machine, "rows": rows, "growth": growth});
        std::fs::write(file, format!("{found:#}\n"))?;
    }
    Ok(())
}

fn are_known(names: &[String]) -> Result<(), Failure> {
    match names.iter().find(|name| !rows::SCENARIOS.contains(&name.as_str())) {
        Some(unknown) => {
            Err(format!("{unknown:?} is unknown; there are {}", rows::SCENARIOS.join(", ")).into())
        }
        None => Ok(()),
    }
}

fn is_wanted(names: &[String], scenario: &str) -> bool {
    names.is_empty() || names.iter().any(|name| name == scenario)
}
