//! The termination message, which `kubectl describe pod` shows: [`write()`].

use std::fs::OpenOptions;
use std::io::{self, Write};

use crate::settings::TerminationLog;
use crate::summary::Summary;
use crate::text;

/// More is cut off by Kubernetes, in the middle of a letter if need be.
const LONGEST: usize = 4096;

/// The last reasons of a wait that ended badly.
pub(crate) fn message(summary: &Summary) -> String {
    let reasons: String = summary.unmet.iter().map(text::why).collect();
    text::clean(&summary.sentence()) + &reasons
}

/// Writes `message` to its place. Where that is impossible nobody has asked for it: a debug line is all.
pub(crate) fn write(place: &TerminationLog, message: &str) {
    if let Err(error) = try_write(place, cut(message)) {
        log::debug!("no termination message in {place:?}: {error}");
    }
}

fn try_write(place: &TerminationLog, message: &str) -> io::Result<()> {
    let (path, is_made) = match place {
        // A workstation has no such file, and should not get one in /dev.
        TerminationLog::Default(path) => (path, false),
        TerminationLog::Chosen(path) => (path, true),
    };
    let mut file = OpenOptions::new().write(true).truncate(true).create(is_made).open(path)?;
    file.write_all(message.as_bytes())
}

/// As much as fits, in whole characters.
fn cut(message: &str) -> &str {
    let end = (0..=message.len().min(LONGEST)).rev().find(|&end| message.is_char_boundary(end));
    end.and_then(|end| message.get(..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_chosen_file_is_made_and_replaced_and_its_directory_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        for message in ["a longer first message", "short"] {
            write(&TerminationLog::Chosen(path.clone()), message);
            assert_eq!(fs::read_to_string(&path).unwrap(), message);
        }
        let missing = directory.path().join("no/such/log");
        write(&TerminationLog::Chosen(missing.clone()), "x");
        assert!(!missing.parent().unwrap().exists());
    }

    #[test]
    fn the_default_file_is_written_only_where_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        write(&TerminationLog::Default(path.clone()), "x");
        assert!(!path.exists());
        fs::write(&path, "").unwrap();
        write(&TerminationLog::Default(path.clone()), "x");
        assert_eq!(fs::read_to_string(&path).unwrap(), "x");
    }

    #[test]
    fn it_is_cut_between_characters() {
        let text = "x".repeat(LONGEST - 1) + "ä and more";
        assert_eq!(cut(&text).len(), LONGEST - 1);
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"x".repeat(LONGEST)).len(), LONGEST);
    }
}
