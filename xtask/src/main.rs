//! `cargo xtask`: what is done with this repository besides cargo's own work.

mod generate;
mod manual;

use argh::FromArgs;
use std::error::Error;
use std::path::{Path, PathBuf};

/// What is done with this repository besides cargo's own work.
#[derive(FromArgs)]
struct Tasks {
    #[argh(subcommand)]
    task: Task,
}

#[derive(FromArgs)]
#[argh(subcommand)]
enum Task {
    Generate(Generate),
    Manual(Manual),
}

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

fn main() -> Result<(), Box<dyn Error>> {
    let tasks: Tasks = argh::from_env();
    match tasks.task {
        Task::Generate(Generate {}) => generate::write(root()),
        Task::Manual(Manual { prefix }) => manual::write(&prefix),
    }
}

/// The top of the repository.
fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}
