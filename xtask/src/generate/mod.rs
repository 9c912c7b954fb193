//! Files of the repository that are made from its code, so that they cannot say anything else: [`write`].
//!
//! They are committed, for people who read them without building anything. A test fails when one is behind.

mod kinds;
mod rbac;

use std::error::Error;
use std::fs;
use std::path::Path;

/// A file as it has to be.
struct Generated {
    /// From the top of the repository.
    path: &'static str,
    text: String,
}

/// Everything that is generated. What makes a further file is a module beside this one, and a line here.
fn files() -> Result<Vec<Generated>, Box<dyn Error>> {
    Ok(vec![
        Generated { path: "docs/src/generated/kinds.md", text: kinds::table()? },
        Generated { path: "deploy/kustomize/base/rbac.yaml", text: rbac::cluster()? },
    ])
}

/// Writes them all.
///
/// # Errors
///
/// The first file that cannot be made or written. Those before it are written by then.
pub(crate) fn write(root: &Path) -> Result<(), Box<dyn Error>> {
    for file in files()? {
        let path = root.join(file.path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(&path, file.text).map_err(|error| format!("{}: {error}", file.path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::root;

    #[test]
    fn everything_generated_is_up_to_date() {
        let is_behind =
            |file: &Generated| fs::read_to_string(root().join(file.path)).ok() != Some(file.text.clone());
        let behind: Vec<&str> =
            files().unwrap().iter().filter(|file| is_behind(file)).map(|file| file.path).collect();
        assert!(behind.is_empty(), "run `cargo xtask generate`, which changes {behind:?}");
    }
}
