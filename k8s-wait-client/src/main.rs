//! The program: hands its surroundings to [`k8s_wait_client::run`].

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use k8s_wait_client::{Process, run};

fn main() -> ExitCode {
    env_logger::init();
    // Below that, the HTTP client shows every byte that it sends, and a token is among them.
    log::set_max_level(log::max_level().min(log::LevelFilter::Debug));
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    ExitCode::from(run(&arguments, &Process, &mut io::stdout(), &mut io::stderr()))
}
