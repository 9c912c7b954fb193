//! What is built: [`Source`].

use crate::run::printed;
use jiff::Timestamp;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version that is being built, and where it comes from.
pub(super) struct Source {
    pub(super) root: &'static Path,
    pub(super) version: &'static str,
    /// The commit.
    pub(super) revision: String,
    /// The commit's, or `SOURCE_DATE_EPOCH` in seconds: nothing that is made here has a later date.
    pub(super) date: Timestamp,
    /// Cargo's.
    pub(super) target: PathBuf,
}

impl Source {
    /// The checkout of `root`.
    ///
    /// # Errors
    ///
    /// It is no checkout, or `SOURCE_DATE_EPOCH` is no number.
    pub(super) fn read(root: &'static Path) -> Result<Self, Box<dyn Error>> {
        let git = |arguments: &[&str]| printed(Command::new("git").current_dir(root).args(arguments));
        let date = match std::env::var("SOURCE_DATE_EPOCH") {
            Ok(date) => date,
            Err(_) => git(&["log", "-1", "--format=%ct"])?,
        };
        let date =
            date.parse().map_err(|_| format!("SOURCE_DATE_EPOCH: {date:?} is no number of seconds"))?;
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Ok(Self {
            root,
            version: env!("CARGO_PKG_VERSION"),
            revision: git(&["rev-parse", "HEAD"])?,
            date: Timestamp::from_second(date)?,
            target: std::path::absolute(target)?,
        })
    }

    /// Where everything that is made goes.
    pub(super) fn dist(&self) -> PathBuf {
        self.target.join("dist")
    }
}
