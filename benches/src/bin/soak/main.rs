//! An hour of a server's life, sped up: `cargo soak`.
//!
//! Waits come and go, what they wait for changes, watches break, the API restarts, and somebody hostile is always there. The
//! server is the shipped one, in a process of its own that is looked at from outside. Twelve rounds end in a rest in which
//! everybody has gone: what is still held then has leaked. Exit status 1 when something grows or a wait was told what was
//! not so.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a table is what it is for")]

mod case;
mod found;
mod hostile;
mod page;
mod rest;
mod rounds;
mod rules;
mod sample;
mod waiter;
mod waits;
mod weather;

use argh::FromArgs;
use found::Found;
use k8s_wait_benches::Failure;
use k8s_wait_benches::program::cargo;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// So many sentences about waits that went wrong are printed; the file has all.
const SHOWN: usize = 10;

/// Puts the server as it is shipped under waits that come and go, on an API with bad days, and looks for what grows.
#[derive(FromArgs)]
struct Flags {
    /// how long it takes (default 60); the rests take a little more where that is short
    #[argh(option, default = "60")]
    minutes: u64,
    /// keep what was found in this file
    #[argh(option)]
    json: Option<PathBuf>,
    /// run nothing, and write the table and the plot of the book from the file of --json
    #[argh(switch)]
    page: bool,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let flags: Flags = argh::from_env();
    if flags.page {
        page::write(&flags.json.ok_or("--page needs --json")?)?;
        return Ok(ExitCode::SUCCESS);
    }
    rlimit::increase_nofile_limit(u64::MAX)?;
    // Or something older would be soaked.
    cargo(&["xtask", "dist"])?;
    let found: Found = rounds::play(Duration::from_secs(flags.minutes * 60)).await?;
    if let Some(file) = &flags.json {
        std::fs::write(file, format!("{:#}\n", found.json()))?;
    }
    print!("{}", found.table());
    found.wrong.iter().take(SHOWN).for_each(|sentence| println!("{sentence}"));
    Ok(if found.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
