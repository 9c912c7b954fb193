//! The checkout that a version is cut from: [`Repository`].

use crate::run::{self, printed, run};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A checkout.
pub(super) struct Repository<'a> {
    pub(super) root: &'a Path,
}

impl Repository<'_> {
    /// Why no version may be cut from it now.
    ///
    /// # Errors
    ///
    /// git does not work here.
    pub(super) fn refusal(&self, tag: &str) -> Result<Option<String>, Box<dyn Error>> {
        let branch = self.ask(&["branch", "--show-current"])?;
        if branch != "main" {
            return Ok(Some(format!("a version is cut from branch main, and this is {branch:?}")));
        }
        let changes = self.ask(&["status", "--porcelain"])?;
        if !changes.is_empty() {
            return Ok(Some(format!("commit these first, or take them away:\n{changes}")));
        }
        let tags = self.ask(&["tag", "--list", tag])?;
        Ok((!tags.is_empty()).then(|| format!("{tag} is there already")))
    }

    /// Every text that git knows, with its path.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub(super) fn texts(&self) -> Result<Vec<(String, String)>, Box<dyn Error>> {
        let paths = self.ask(&["ls-files", "-z"])?;
        let mut texts = Vec::new();
        for path in paths.split_terminator('\0') {
            let bytes = fs::read(self.root.join(path)).map_err(|error| format!("{path}: {error}"))?;
            texts.extend(String::from_utf8(bytes).ok().map(|text| (path.to_owned(), text)));
        }
        Ok(texts)
    }

    /// A file's text.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub(super) fn text(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(self.root.join(path)).map_err(|error| format!("{path}: {error}"))
    }

    /// Writes a file.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(super) fn write(&self, path: &str, text: &str) -> Result<(), String> {
        fs::write(self.root.join(path), text).map_err(|error| format!("{path}: {error}"))
    }

    /// What git says.
    ///
    /// # Errors
    ///
    /// git fails.
    pub(super) fn ask(&self, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
        printed(Command::new("git").current_dir(self.root).args(arguments))
    }

    /// Has git do something.
    ///
    /// # Errors
    ///
    /// git fails.
    pub(super) fn git(&self, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
        run(Command::new("git").current_dir(self.root).args(arguments))
    }

    /// Has cargo do something, with the manifests as they are by now.
    ///
    /// # Errors
    ///
    /// cargo fails.
    pub(super) fn cargo(&self, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
        run(run::cargo().current_dir(self.root).args(arguments))
    }
}
