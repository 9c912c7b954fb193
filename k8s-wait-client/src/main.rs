//! The program: hands its surroundings to [`k8s_wait_client::run`].

mod logger;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use k8s_wait_client::{Environment as _, Process, run};

fn main() -> ExitCode {
    logger::start(&Process.variable("RUST_LOG").unwrap_or_default());
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    ExitCode::from(run(&arguments, &Process, &mut io::stdout(), &mut io::stderr()))
}
