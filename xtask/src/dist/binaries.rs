//! The static binaries: [`build`].

use super::platform::{Platform, is_program};
use super::small::Small;
use super::source::Source;
use crate::run::{self, printed, run};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A binary that is shipped.
pub(super) struct Binary {
    /// Its file's name.
    pub(super) name: &'static str,
    pub(super) package: &'static str,
    profile: &'static str,
    pub(super) features: &'static str,
    /// Whether it takes a C compiler for its target.
    has_c: bool,
}

/// All of them. Those of one package differ by their features, and cargo gives them the package's name. What the client
/// never logs, it need not know how to.
pub(super) const BINARIES: [Binary; 3] = [
    Binary {
        name: "k8s-wait-client",
        package: "k8s-wait-client",
        profile: "client",
        features: "log/release_max_level_debug",
        has_c: false,
    },
    Binary {
        name: "k8s-wait-client-tls",
        package: "k8s-wait-client",
        profile: "client",
        features: "tls,log/release_max_level_debug",
        has_c: true,
    },
    Binary {
        name: "k8s-wait-server",
        package: "k8s-wait-server",
        profile: "server",
        features: "",
        has_c: true,
    },
];

/// Has the linker write down in a few KB which addresses move with a binary that may be loaded anywhere: of the server's that
/// would be 0.6 MB. glibc itself applies this in a static binary, from 2.36 on; linkers that do not know it pass over it.
const PACKED: &str = "-Clink-arg=-Wl,-z,pack-relative-relocs";

/// What was built.
pub(super) struct Built {
    pub(super) binary: &'static Binary,
    /// Rust's name of what it is for.
    pub(super) target: String,
    /// The binary's name and what it is for.
    pub(super) told: String,
    /// The binary's file.
    pub(super) file: PathBuf,
    /// What kept it from being smaller.
    pub(super) complaint: Option<String>,
}

/// Builds them for a platform, into its [`folder`].
///
/// # Errors
///
/// One that cannot be built. Those before it are there by then.
pub(super) fn build(source: &Source, platform: &Platform) -> Result<Vec<Built>, Box<dyn Error>> {
    let small = Small::find(platform, &source.target);
    fs::create_dir_all(folder(source, platform))?;
    BINARIES.iter().map(|binary| one(source, platform, binary, &small)).collect()
}

/// Where the binaries for a platform are: `bin/ARCHITECTURE` below the distribution.
pub(super) fn folder(source: &Source, platform: &Platform) -> PathBuf {
    source.dist().join("bin").join(platform.architecture)
}

fn one(
    source: &Source,
    platform: &Platform,
    binary: &'static Binary,
    small: &Result<Small, String>,
) -> Result<Built, Box<dyn Error>> {
    let (way, why) = match way(binary, platform, small) {
        Ok(way) => (way, None),
        Err(why) => (Way { target: &platform.target, small: None }, why),
    };
    run(&mut cargo(source, platform, binary, &way)?)?;
    let built = source.target.join(way.target).join(binary.profile).join(binary.package);
    let file = folder(source, platform).join(binary.name);
    fs::copy(&built, &file).map_err(|error| format!("{}: {error}", built.display()))?;
    let own = if way.small.is_some() { ", with a standard library of its own" } else { "" };
    let complaint = why.map(|why| format!("{} has Rust's usual standard library: {why}", binary.name));
    let told = format!("{} for {}{own}", binary.name, way.target);
    Ok(Built { binary, target: way.target.to_owned(), told, file, complaint })
}

/// How a binary is built: for which target, and with which parts.
struct Way<'a> {
    target: &'a str,
    small: Option<&'a Small>,
}

/// The small way, or why not, if it was meant to be small.
fn way<'a>(
    binary: &Binary,
    platform: &Platform,
    small: &'a Result<Small, String>,
) -> Result<Way<'a>, Option<String>> {
    if binary.profile != "client" {
        return Err(None);
    }
    let small = small.as_ref().map_err(|why| Some(why.clone()))?;
    let compiler = platform.musl_compiler();
    if binary.has_c && !is_program(&compiler) {
        return Err(Some(format!("there is no {compiler}")));
    }
    Ok(Way { target: &small.target, small: Some(small) })
}

fn cargo(
    source: &Source,
    platform: &Platform,
    binary: &Binary,
    way: &Way<'_>,
) -> Result<Command, Box<dyn Error>> {
    let mut cargo = run::cargo();
    cargo.current_dir(source.root).args(["build", "--locked", "--package", binary.package]);
    cargo.args(["--profile", binary.profile, "--features", binary.features]);
    cargo.arg("--target").arg(way.target).arg("--target-dir").arg(&source.target);
    // Instead of RUSTFLAGS, which are the environment's: what is built is the same wherever it is.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags(source, way)?);
    cargo.env("SOURCE_DATE_EPOCH", source.date.as_second().to_string());
    if let Some(small) = way.small {
        small.ask(&mut cargo);
    } else if let Some(linker) = &platform.linker {
        let target = platform.target.replace('-', "_").to_uppercase();
        cargo.env(format!("CARGO_TARGET_{target}_LINKER"), linker);
    }
    Ok(cargo)
}

/// Flags for rustc, as cargo wants them: static, and without the names of this machine's folders, which panics would tell.
fn flags(source: &Source, way: &Way<'_>) -> Result<String, Box<dyn Error>> {
    let sysroot = printed(Command::new("rustc").args(["--print", "sysroot"]))?;
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo =
        cargo.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).ok_or("there is no CARGO_HOME")?;
    // Where one is within another, the last one counts.
    let folders: [(&Path, &str); 4] = [
        (&cargo, "/cargo"),
        (sysroot.as_ref(), "/rust"),
        (source.root, "/k8s-wait"),
        (&source.target, "/target"),
    ];
    let remapped = folders.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    let mut flags = remapped.to_vec();
    if way.target.ends_with("-gnu") {
        flags.extend(["-Ctarget-feature=+crt-static", PACKED].map(str::to_owned));
    }
    flags.extend(way.small.iter().flat_map(|small| small.flags()));
    Ok(flags.join("\x1f"))
}
