//! The program: hands its surroundings to [`k8s_wait_client::run`].

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use k8s_wait_client::{Process, run};

fn main() -> ExitCode {
    env_logger::init();
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    ExitCode::from(run(&arguments, &Process, &mut io::stdout(), &mut io::stderr()))
}
