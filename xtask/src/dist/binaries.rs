//! The static binaries: [`build`].

use super::platform::Platform;
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
    package: &'static str,
    profile: &'static str,
    features: &'static str,
}

/// All of them. Those of one package differ by their features, and cargo gives them the package's name.
pub(super) const BINARIES: [Binary; 3] = [
    Binary { name: "k8s-wait-client", package: "k8s-wait-client", profile: "client", features: "" },
    Binary { name: "k8s-wait-client-tls", package: "k8s-wait-client", profile: "client", features: "tls" },
    Binary { name: "k8s-wait-server", package: "k8s-wait-server", profile: "release", features: "" },
];

/// Builds them for a platform, and returns the folder that they are in: `bin/ARCHITECTURE` below that of the distribution.
///
/// # Errors
///
/// One that cannot be built. Those before it are there by then.
pub(super) fn build(source: &Source, platform: &Platform) -> Result<PathBuf, Box<dyn Error>> {
    let folder = source.dist().join("bin").join(platform.architecture);
    fs::create_dir_all(&folder)?;
    let flags = flags(source, platform)?;
    for binary in &BINARIES {
        run(&mut cargo(source, platform, binary, &flags))?;
        let built = source.target.join(&platform.target).join(binary.profile).join(binary.package);
        fs::copy(&built, folder.join(binary.name))
            .map_err(|error| format!("{}: {error}", built.display()))?;
    }
    Ok(folder)
}

fn cargo(source: &Source, platform: &Platform, binary: &Binary, flags: &str) -> Command {
    let mut cargo = run::cargo();
    cargo.current_dir(source.root).args(["build", "--locked", "--package", binary.package]);
    cargo.args(["--profile", binary.profile, "--features", binary.features]);
    cargo.arg("--target").arg(&platform.target).arg("--target-dir").arg(&source.target);
    // Instead of RUSTFLAGS, which are the environment's: what is built is the same wherever it is.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags);
    cargo.env("SOURCE_DATE_EPOCH", source.date.as_second().to_string());
    if let Some(linker) = &platform.linker {
        let target = platform.target.replace('-', "_").to_uppercase();
        cargo.env(format!("CARGO_TARGET_{target}_LINKER"), linker);
    }
    cargo
}

/// Flags for rustc, as cargo wants them: static, and without the names of this machine's folders, which panics would tell.
fn flags(source: &Source, platform: &Platform) -> Result<String, Box<dyn Error>> {
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
    let libc = if platform.is_glibc() { &["-Ctarget-feature=+crt-static"][..] } else { &[] };
    Ok(remapped.iter().map(String::as_str).chain(libc.iter().copied()).collect::<Vec<_>>().join("\x1f"))
}
