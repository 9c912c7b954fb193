//! What the examples, the tests beside them and the benches share: [`binaries`], the real server and the real client; and for
//! tests with a real control plane, how to start one ([`plane`]) and what to put into it ([`objects`]).

pub mod objects;
pub mod plane;
pub mod port;

mod pki;

use std::env;
use std::io::{self, Error};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Where the two binaries are.
#[derive(Clone, Debug)]
pub struct Binaries {
    /// `k8s-wait-server`
    pub server: PathBuf,
    /// `k8s-wait-client`
    pub client: PathBuf,
}

/// Builds both binaries beside the program that runs, with the same profile; that is quick when nothing changed.
///
/// # Errors
///
/// When cargo cannot be run, or does not succeed; it has said why on standard error.
pub fn binaries() -> io::Result<Binaries> {
    let folder = profile_folder()?;
    let target = folder.parent().ok_or_else(|| Error::other("the program is not in a target directory"))?;
    let mut build = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // With the examples among the packages, cargo chooses the features that it chose for them, and builds less.
    build.args([
        "build",
        "--quiet",
        "--bins",
        "-p",
        "k8s-wait-examples",
        "-p",
        "k8s-wait-server",
        "-p",
        "k8s-wait-client",
    ]);
    build.arg("--manifest-path").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"));
    build.arg("--target-dir").arg(target).stdin(Stdio::null());
    for (name, _) in env::vars_os().filter(|(name, _)| is_of_a_run(&name.to_string_lossy())) {
        build.env_remove(name);
    }
    if folder.ends_with("release") {
        build.arg("--release");
    }
    match build.status()? {
        status if status.success() => {
            let name = |name: &str| folder.join(format!("{name}{}", env::consts::EXE_SUFFIX));
            Ok(Binaries { server: name("k8s-wait-server"), client: name("k8s-wait-client") })
        }
        status => Err(Error::other(format!("cargo build of the two binaries ended with {status}"))),
    }
}

/// What cargo tells a program that it runs about its package. Build scripts that look at it, ring's above all, would
/// run again in every build that is started from here, and again in the next one that is not.
fn is_of_a_run(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_") || variable.starts_with("CARGO_MANIFEST_")
}

/// `target/debug` or `target/release`: where a binary is, or one above where a test is.
fn profile_folder() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    let folder = program.ancestors().skip(1).find(|folder| !folder.ends_with("deps"));
    folder.map(PathBuf::from).ok_or_else(|| Error::other("the program is nowhere"))
}

/// The README's Rust compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
