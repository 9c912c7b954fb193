//! `cargo xtask`: what is done with this repository besides cargo's own work.

mod generate;

use argh::FromArgs;
use std::error::Error;
use std::path::Path;

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
}

/// Writes the files that are made from the code.
#[derive(FromArgs)]
#[argh(subcommand, name = "generate")]
struct Generate {}

fn main() -> Result<(), Box<dyn Error>> {
    let tasks: Tasks = argh::from_env();
    match tasks.task {
        Task::Generate(Generate {}) => generate::write(root()),
    }
}

/// The top of the repository.
fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}
