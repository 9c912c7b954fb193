//! What binaries can be built for here: [`platforms`].
//!
//! They are static, with musl where Rust's target and a C compiler for it are installed, else with glibc, which makes larger
//! ones that behave the same in an image without /etc/nsswitch.conf.

use crate::run::{is_well, printed};
use std::path::Path;
use std::process::Command;

/// Docker's names of what is built for, and Rust's of the same.
const CPUS: [(&str, &str); 2] = [("amd64", "x86_64"), ("arm64", "aarch64")];

/// What binaries are built for.
#[derive(Debug, PartialEq)]
pub(super) struct Platform {
    /// As images and archives have it: amd64, arm64.
    pub(super) architecture: &'static str,
    /// The CPU of this machine: its binaries can be run, and its images are the ones that are kept.
    pub(super) is_own: bool,
    pub(super) target: String,
    /// The C compiler that links, unless it is this machine's own.
    pub(super) linker: Option<String>,
}

impl Platform {
    /// The C compiler for it and musl, by the name that Debian and Ubuntu give it.
    pub(super) fn musl_compiler(&self) -> String {
        let cpu = self.target.split('-').next().unwrap_or_default();
        format!("{cpu}-linux-musl-gcc")
    }
}

/// Both of them: how each can be built, or what is missing for it.
pub(super) fn platforms() -> Vec<Result<Platform, String>> {
    let own = std::env::consts::ARCH;
    CPUS.map(|(architecture, cpu)| platform(architecture, cpu, cpu == own, is_target, is_program)).into()
}

fn platform(
    architecture: &'static str,
    cpu: &str,
    is_own: bool,
    is_target: impl Fn(&str) -> bool,
    is_program: impl Fn(&str) -> bool,
) -> Result<Platform, String> {
    let ways = ["musl", "gnu"].map(|libc| {
        let compiler = if is_own && libc == "gnu" { "cc".into() } else { format!("{cpu}-linux-{libc}-gcc") };
        (format!("{cpu}-unknown-linux-{libc}"), compiler)
    });
    let missing = ways.iter().map(|(target, compiler)| format!("{target} with {compiler}"));
    let missing = missing.collect::<Vec<_>>().join(" nor ");
    let way = ways.into_iter().find(|(target, compiler)| is_target(target) && is_program(compiler));
    let (target, compiler) =
        way.ok_or_else(|| format!("nothing is built for {architecture}: neither {missing} is installed"))?;
    Ok(Platform { architecture, is_own, target, linker: (!is_own).then_some(compiler) })
}

fn is_target(target: &str) -> bool {
    let libraries = printed(Command::new("rustc").args(["--print", "target-libdir", "--target", target]));
    libraries.is_ok_and(|folder| Path::new(&folder).exists())
}

/// Whether there is a program of that name.
pub(super) fn is_program(name: &str) -> bool {
    is_well(Command::new(name).arg("--version"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(is_own: bool, installed: &[&str]) -> Result<Platform, String> {
        let is_there = |name: &str| installed.contains(&name);
        platform("arm64", "aarch64", is_own, is_there, is_there)
    }

    #[test]
    fn musl_is_taken_where_rust_and_c_have_it() {
        let (musl, gnu) = ("aarch64-unknown-linux-musl", "aarch64-unknown-linux-gnu");
        let all = [musl, "aarch64-linux-musl-gcc", gnu, "cc"];
        assert_eq!(chosen(true, &all).unwrap().target, musl);
        assert_eq!(chosen(true, &[musl, gnu, "cc"]).unwrap().target, gnu);
        assert_eq!(chosen(true, &[gnu, "cc"]).unwrap().target, gnu);
    }

    #[test]
    fn another_cpu_takes_a_linker_of_its_own() {
        let gnu = "aarch64-unknown-linux-gnu";
        let built = chosen(false, &[gnu, "aarch64-linux-gnu-gcc"]).unwrap();
        assert_eq!((built.target.as_str(), built.linker.as_deref()), (gnu, Some("aarch64-linux-gnu-gcc")));
        assert_eq!(chosen(true, &[gnu, "cc"]).unwrap().linker, None);
        let missing = chosen(false, &[gnu, "cc"]).unwrap_err();
        assert!(
            missing.ends_with("nor aarch64-unknown-linux-gnu with aarch64-linux-gnu-gcc is installed"),
            "{missing}"
        );
    }
}
