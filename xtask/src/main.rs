//! `cargo xtask`: what is done with this repository besides cargo's own work.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program of developers, who read what it did"
)]

mod dist;
mod generate;
mod manual;
mod release;
mod run;

use argh::FromArgs;
use semver::Version;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What is done with this repository besides cargo's own work.
#[derive(FromArgs)]
struct Tasks {
    #[argh(subcommand)]
    task: Task,
}

#[derive(FromArgs)]
#[argh(subcommand)]
enum Task {
    Dist(Dist),
    Generate(Generate),
    Manual(Manual),
    Notes(Notes),
    Release(Release),
}

/// Makes what is released: static binaries, images, archives and checksums, in target/dist.
#[derive(FromArgs)]
#[argh(subcommand, name = "dist")]
struct Dist {}

/// Writes the files that are made from the code.
#[derive(FromArgs)]
#[argh(subcommand, name = "generate")]
struct Generate {}

/// Writes manual pages and shell completions.
#[derive(FromArgs)]
#[argh(subcommand, name = "manual")]
struct Manual {
    /// where they are installed to, as /usr/local: they are written below share and bin
    #[argh(positional)]
    prefix: PathBuf,
}

/// Prints what the changelog tells of a version.
#[derive(FromArgs)]
#[argh(subcommand, name = "notes")]
struct Notes {
    /// the version, as 1.2.3
    #[argh(positional)]
    version: Version,
}

/// Cuts a version: sets it everywhere, commits, builds what is released, and tags. Nothing is pushed.
#[derive(FromArgs)]
#[argh(subcommand, name = "release")]
struct Release {
    /// the version, as 1.2.3
    #[argh(positional)]
    version: Version,
    /// print what would be changed, and change nothing
    #[argh(switch)]
    dry_run: bool,
}

fn main() -> ExitCode {
    let tasks: Tasks = argh::from_env();
    match done(tasks.task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn done(task: Task) -> Result<(), Box<dyn Error>> {
    match task {
        Task::Dist(Dist {}) => dist::make(root()),
        Task::Generate(Generate {}) => generate::write(root()),
        Task::Manual(Manual { prefix }) => manual::write(&prefix),
        Task::Notes(Notes { version }) => release::notes(root(), &version),
        Task::Release(Release { version, dry_run }) => release::cut(root(), &version, dry_run),
    }
}

/// The top of the repository.
fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}
