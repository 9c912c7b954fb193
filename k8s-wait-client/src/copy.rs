//! `copy PATH`: this program as a file, for images that have none: [`copy`].

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::{NAME, backoff};

/// This very program, whatever it was started as.
const SELF: &str = "/proc/self/exe";
/// Everybody may execute it: the containers of a pod have users of their own.
const MODE: u32 = 0o755;

/// Where the arguments want a copy of this program; `None` where they ask for something else. No target is a word
/// alone, so `copy` is free.
///
/// # Errors
///
/// A sentence where that is no single path.
pub(crate) fn asked(arguments: &[OsString]) -> Option<Result<&Path, String>> {
    match arguments {
        [verb, path] if verb == "copy" && !path.as_encoded_bytes().starts_with(b"-") => {
            Some(Ok(Path::new(path)))
        }
        [verb, ..] if verb == "copy" => {
            Some(Err("copy takes one PATH, a directory or a file's name, and nothing else".to_owned()))
        }
        _ => None,
    }
}

/// Copies this program to `path`, a directory or a file's name, and returns where it is now.
///
/// Whoever looks there sees the old file or the whole new one: it is written beside its place and renamed.
///
/// # Errors
///
/// A sentence that names the path. Nothing is left behind then.
pub(crate) fn copy(path: &Path) -> Result<PathBuf, String> {
    let place = if path.is_dir() { path.join(NAME) } else { path.to_owned() };
    write(&place).map_err(|error| {
        format!(
            "this program cannot be copied to {}: {error}; PATH is a writable directory or a file in one",
            place.display()
        )
    })?;
    Ok(place)
}

fn write(place: &Path) -> io::Result<()> {
    let name = place.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    // Two pods may share the volume, and each is process 1.
    let draft = place.with_file_name(format!(".{name}.{:08x}", backoff::random()));
    let written = fill(&draft).and_then(|()| fs::rename(&draft, place));
    if written.is_err() {
        // It may not even be there.
        let _ = fs::remove_file(&draft);
    }
    written
}

fn fill(draft: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(draft)?;
    io::copy(&mut File::open(SELF)?, &mut file)?;
    // The umask may have taken something away.
    file.set_permissions(Permissions::from_mode(MODE))?;
    // A volume may run full only now.
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_this_program(path: &Path) -> bool {
        fs::read(path).unwrap() == fs::read(SELF).unwrap()
    }

    #[test]
    fn one_path_is_asked_for_and_need_not_be_text() {
        use std::os::unix::ffi::OsStringExt;
        let asked_for = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(Into::into).collect();
            asked(&words).map(|path| path.map(Path::to_owned))
        };
        assert_eq!(asked_for(&["copy", "/tools"]), Some(Ok("/tools".into())));
        assert_eq!(asked_for(&["job/copy", "/tools"]), None);
        for words in
            [&["copy"] as &[&str], &["copy", "a", "b"], &["copy", "--help"], &["copy", "a", "--", "b"]]
        {
            assert!(asked_for(words).unwrap().unwrap_err().contains("one PATH"), "{words:?}");
        }
        let path = OsString::from_vec(b"/tools/\xff".to_vec());
        assert_eq!(asked(&["copy".into(), path.clone()]), Some(Ok(Path::new(&path))));
    }

    #[test]
    fn a_directory_and_a_name_are_places_and_an_old_file_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let named = directory.path().join("wait");
        fs::write(&named, "old").unwrap();
        for (path, place) in [(directory.path(), directory.path().join(NAME)), (&named, named.clone())] {
            assert_eq!(copy(path).unwrap(), place);
            assert!(is_this_program(&place));
            assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o7777, MODE);
        }
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 2, "no draft is left");
    }

    #[test]
    fn a_file_that_is_running_can_be_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let place = copy(directory.path()).unwrap();
        let running = File::open(&place).unwrap();
        copy(directory.path()).unwrap();
        assert_eq!(running.metadata().unwrap().len(), fs::metadata(SELF).unwrap().len());
    }

    #[test]
    fn what_cannot_be_is_one_sentence_and_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join(NAME)).unwrap();
        fs::write(directory.path().join("file"), "").unwrap();
        let inside = |name: &str| directory.path().join(name);
        for path in [inside("none/wait"), inside("file/wait"), inside("none/.."), inside("")] {
            let complaint = copy(&path).unwrap_err();
            assert!(complaint.contains(&*path.to_string_lossy()) && complaint.contains("writable directory"));
        }
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 2, "no draft is left");
    }
}
