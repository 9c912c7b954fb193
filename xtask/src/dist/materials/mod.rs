//! What a binary is made of, as CycloneDX has it: [`write()`].
//!
//! `cargo cyclonedx` lists what a package may be made of, for all features of the workspace at once and with what only builds
//! it. `cargo tree` knows what is linked into one binary with its features for its target, and the rest is a page of JSON.

mod bill;
mod linked;

use super::binaries::Built;
use super::source::Source;
use crate::run::{cargo, printed};
use bill::Bill;
use linked::Linked;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Writes `BINARY-VERSION-linux-ARCHITECTURE.cdx.json` beside the archives. It is the same for the same binary, and dates are
/// the commit's.
///
/// # Errors
///
/// A crate without licence or checksum, or a file that cannot be written.
pub(super) fn write(source: &Source, architecture: &str, built: &Built) -> Result<(), Box<dyn Error>> {
    let name = built.binary.name;
    let file = source.dist().join(format!("{name}-{}-linux-{architecture}.cdx.json", source.version));
    let bill = Bill {
        name,
        version: source.version,
        architecture,
        date: source.date,
        rust: rust()?,
        sum: sum(&built.file)?,
        linked: Linked::read(&tree(source, built)?, &fs::read_to_string(source.root.join("Cargo.lock"))?)?,
    };
    // Its number is made of all else that is in it, so that two that differ have two numbers.
    fs::write(&file, bill.text(None)?)?;
    let number = sum(&file)?;
    Ok(fs::write(&file, bill.text(Some(&number))?)?)
}

/// What is linked, with the features that each crate has for this binary. Macros and what builds are left out.
fn tree(source: &Source, built: &Built) -> Result<String, Box<dyn Error>> {
    let mut tree = cargo();
    tree.current_dir(source.root).args(["tree", "--locked", "--package", built.binary.package]);
    tree.args(["--features", built.binary.features, "--target", &built.target]);
    tree.args(["--edges", "normal,no-proc-macro", "--prefix", "depth", "--format", linked::FORMAT]);
    printed(&mut tree)
}

/// The version of Rust, whose standard library is in every binary.
fn rust() -> Result<String, Box<dyn Error>> {
    let said = printed(Command::new("rustc").arg("--version"))?;
    Ok(said.split(' ').nth(1).ok_or("rustc has no version")?.to_owned())
}

/// The SHA-256 of a file.
fn sum(file: &Path) -> Result<String, Box<dyn Error>> {
    let said = printed(Command::new("sha256sum").arg("--").arg(file))?;
    Ok(said.split(' ').next().unwrap_or_default().to_owned())
}
