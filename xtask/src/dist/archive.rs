//! An archive for each platform, and checksums: [`pack`], [`sum`].

use super::binaries::BINARIES;
use super::source::Source;
use crate::manual;
use crate::run::{printed, run};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Packs the binaries of a folder with all that belongs below a prefix as `/usr/local`: manual pages and completions. There
/// are no links in it, at which krew would stop: kubectl's plugin is the server under another name.
///
/// # Errors
///
/// A file that cannot be read or written.
pub(super) fn pack(source: &Source, architecture: &str, binaries: &Path) -> Result<(), Box<dyn Error>> {
    let name = format!("k8s-wait-{}-linux-{architecture}", source.version);
    let folder = source.target.join("archive").join(&name);
    let _ = fs::remove_dir_all(&folder);
    manual::write(&folder)?;
    for binary in &BINARIES {
        fs::copy(binaries.join(binary.name), folder.join("bin").join(binary.name))?;
    }
    for file in ["LICENSE", "README.md", "CHANGELOG.md"] {
        fs::copy(source.root.join(file), folder.join(file))?;
    }
    run(&mut tar(source, &name))
}

/// Whose files, when they were written and in which order: nothing of that is this machine's.
fn tar(source: &Source, name: &str) -> Command {
    let mut tar = Command::new("tar");
    tar.args(["--create", "--format=ustar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner"]);
    tar.args(["--mode=u=rwX,go=rX", "--use-compress-program=gzip --no-name --best"]);
    tar.arg(format!("--mtime=@{}", source.date.as_second()));
    tar.arg("--file").arg(source.dist().join(format!("{name}.tar.gz")));
    tar.arg("--directory").arg(source.target.join("archive")).arg(name);
    tar
}

/// Writes `SHA256SUMS` of all files beside it, which `sha256sum --check` reads.
///
/// # Errors
///
/// A file that cannot be read or written.
pub(super) fn sum(source: &Source) -> Result<(), Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(source.dist())? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(entry.file_name());
        }
    }
    names.sort();
    let sums = printed(Command::new("sha256sum").current_dir(source.dist()).arg("--").args(names))?;
    Ok(fs::write(source.dist().join("SHA256SUMS"), sums + "\n")?)
}
