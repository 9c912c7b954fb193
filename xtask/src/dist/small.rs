//! How the client becomes small: [`Small::find`].
//!
//! It gets musl, and a standard library of its own, made from the sources of the very compiler. docs/src/images.md tells what
//! each of it saves. Where the parts are not here, it is built as the others are.

use super::platform::Platform;
use crate::run::printed;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with the compiler's sources, as Debian's package rust-src has it, for who has no rustup.
const SOURCES: &str = "K8S_WAIT_RUST_SRC";
/// A folder with musl's libraries, as Debian's package musl-dev has it, for who has no rustup.
const MUSL: &str = "K8S_WAIT_MUSL";
/// The flags for rustc, a line for each. deploy/images/client.source.Dockerfile reads the same file.
const FLAGS: &str = include_str!("../../../deploy/images/client.rustflags");
/// What cargo makes of the sources. `optimize_for_size` is the standard library's own choice of code.
const STD: [&str; 2] = ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];
/// An archive of nothing.
const NOTHING: &str = "!<arch>\n";

/// The parts that it takes.
#[derive(Debug, PartialEq)]
pub(super) struct Small {
    pub(super) target: String,
    /// The compiler's sources, unless they are where cargo looks.
    sources: Option<PathBuf>,
    /// Folders with objects and libraries to link, unless Rust's own target has them.
    libraries: Vec<PathBuf>,
}

impl Small {
    /// The parts for a platform.
    ///
    /// # Errors
    ///
    /// What is missing, or is not of this compiler.
    pub(super) fn find(platform: &Platform, target_folder: &Path) -> Result<Self, String> {
        if !platform.is_own {
            return Err("it is made for this machine's CPU alone".into());
        }
        let target = platform.target.replace("-gnu", "-musl");
        let asked = |command: &mut Command| printed(command).map_err(|error| error.to_string());
        let sysroot =
            PathBuf::from(asked(Command::new("rustc").args(["--print", "sysroot"]))?).join("lib/rustlib");
        let rustc = asked(Command::new("rustc").arg("--version"))?;
        let named = |variable| std::env::var_os(variable).map(PathBuf::from);
        let sources = sources(&sysroot, named(SOURCES), &rustc)?;
        let libraries = match musl(&sysroot.join(&target), named(MUSL))? {
            None => Vec::new(),
            Some(musl) => beside(musl, target_folder).map_err(|error| error.to_string())?,
        };
        Ok(Self { target, sources, libraries })
    }

    /// Flags for rustc, besides those that everything gets.
    pub(super) fn flags(&self) -> impl Iterator<Item = String> {
        let libraries = self.libraries.iter().map(|folder| format!("-Lnative={}", folder.display()));
        let remapped =
            self.sources.iter().map(|from| format!("--remap-path-prefix={}=/rust", from.display()));
        FLAGS.lines().map(str::to_owned).chain(libraries).chain(remapped)
    }

    /// Has cargo build the standard library too. Stable Rust has no such option yet, and takes it from who asks so.
    pub(super) fn ask(&self, cargo: &mut Command) {
        cargo.args(STD).env("RUSTC_BOOTSTRAP", "1");
        if let Some(sources) = &self.sources {
            cargo.env("__CARGO_TESTS_ONLY_SRC_ROOT", sources.join("library"));
        }
    }
}

/// The compiler's sources: `None` where cargo finds them, which is where `rustup component add rust-src` puts them.
fn sources(sysroot: &Path, named: Option<PathBuf>, rustc: &str) -> Result<Option<PathBuf>, String> {
    let Some(named) = named else {
        let is_there = sysroot.join("src/rust/library/std").exists();
        let missing =
            format!("there are no sources of it: rustup component add rust-src, or {SOURCES}=FOLDER");
        return is_there.then_some(None).ok_or(missing);
    };
    let version = fs::read_to_string(named.join("src/version"));
    let version = version.map_err(|error| format!("{SOURCES}={}: src/version: {error}", named.display()))?;
    let version = version.trim();
    if rustc.split(' ').nth(1) != Some(version) {
        return Err(format!("{SOURCES}={} has the sources of {version}, not of {rustc}", named.display()));
    }
    Ok(Some(named))
}

/// The folder with musl's libraries: `None` where Rust's target has them, which `rustup target add` brings.
fn musl(target: &Path, named: Option<PathBuf>) -> Result<Option<PathBuf>, String> {
    match named {
        Some(named) if named.join("rcrt1.o").exists() => Ok(Some(named)),
        Some(named) => Err(format!("{MUSL}={} holds no musl", named.display())),
        None if target.join("lib/self-contained/rcrt1.o").exists() => Ok(None),
        None => Err(format!("there is no musl: rustup target add TARGET, or {MUSL}=FOLDER")),
    }
}

/// What musl is linked with: the C compiler's first and last objects, and nothing as the library that unwinds stacks. Rust's
/// target has both.
fn beside(musl: PathBuf, target_folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let object = PathBuf::from(printed(Command::new("cc").arg("-print-file-name=crtbeginS.o"))?);
    let compiler = object.parent().ok_or("cc has no crtbeginS.o")?.to_owned();
    let unwind = target_folder.join("no-unwind");
    fs::create_dir_all(&unwind)?;
    fs::write(unwind.join("libunwind.a"), NOTHING)?;
    Ok(vec![musl, compiler, unwind])
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUSTC: &str = "rustc 1.95.0 (59807616e 2026-04-14)";

    fn with(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            fs::create_dir_all(folder.path().join(file).parent().unwrap()).unwrap();
            fs::write(folder.path().join(file), "1.95.0\n").unwrap();
        }
        folder
    }

    #[test]
    fn sources_are_the_compilers_own_or_those_that_are_named() {
        let (none, rustup) = (with(&[]), with(&["src/rust/library/std/Cargo.toml"]));
        let debian = with(&["src/version", "library/std/Cargo.toml"]);
        let named = || Some(debian.path().to_owned());
        assert_eq!(sources(rustup.path(), None, RUSTC), Ok(None));
        assert_eq!(sources(none.path(), named(), RUSTC), Ok(named()));
        let missing = sources(none.path(), None, RUSTC).unwrap_err();
        assert!(missing.contains("rustup component add rust-src"), "{missing}");
    }

    #[test]
    fn sources_of_another_compiler_are_refused() {
        let debian = with(&["src/version"]);
        for rustc in ["rustc 1.95.1 (59807616e 2026-04-14)", "rustc 1.9", ""] {
            let refused = sources(Path::new("/"), Some(debian.path().to_owned()), rustc).unwrap_err();
            assert!(refused.contains("1.95.0"), "{refused}");
        }
        assert!(sources(Path::new("/"), Some(PathBuf::from("/no/such")), "rustc ").is_err());
    }

    #[test]
    fn musl_is_that_of_rusts_target_or_the_one_that_is_named() {
        let (none, rustup, debian) = (with(&[]), with(&["lib/self-contained/rcrt1.o"]), with(&["rcrt1.o"]));
        let named = || Some(debian.path().to_owned());
        assert_eq!(musl(rustup.path(), None), Ok(None));
        assert_eq!(musl(none.path(), named()), Ok(named()));
        assert_eq!(musl(rustup.path(), named()), Ok(named()), "who names one means it");
        assert!(musl(none.path(), None).unwrap_err().contains("rustup target add"));
        assert!(musl(rustup.path(), Some(none.path().to_owned())).unwrap_err().contains("holds no musl"));
    }
}
