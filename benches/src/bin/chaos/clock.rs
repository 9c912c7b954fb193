//! A wall clock that jumps: [`Clock`], by libfaketime in a replica's process.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What a process has in its memory that has such a clock.
pub(crate) const LIBRARY: &str = "libfaketime.so.1";

/// The wall clock of the process to which it is given. The monotonic one goes on as it did, as the kernel's does.
pub(crate) struct Clock {
    library: PathBuf,
    offset: PathBuf,
}

impl Clock {
    /// One that is right, when libfaketime is installed.
    pub(crate) fn new(folder: &Path) -> Option<Self> {
        let architecture = format!("/usr/lib/{}-linux-gnu/faketime", std::env::consts::ARCH);
        let library = Path::new(&architecture).join(LIBRARY);
        let clock = Self { library, offset: folder.join("clock") };
        (clock.library.is_file() && clock.jump("+0").is_ok()).then_some(clock)
    }

    /// The process that this command starts has this clock, if it is linked dynamically.
    pub(crate) fn give(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("FAKETIME_TIMESTAMP_FILE", &self.offset);
        command.env("FAKETIME_NO_CACHE", "1").env("DONT_FAKE_MONOTONIC", "1");
    }

    /// From now on it is so far from the right time: `+3600`, `-3600`, `+0`.
    pub(crate) fn jump(&self, seconds: &str) -> std::io::Result<()> {
        std::fs::write(&self.offset, seconds)
    }
}
