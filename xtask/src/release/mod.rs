//! Cutting a version: [`cut`], and [`notes`] for who publishes it.

mod changelog;
mod repository;
mod versions;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use repository::Repository;
use semver::Version;
use std::error::Error;
use std::path::Path;

/// Makes `new` the version of everything: changes the files that name it, commits, builds what is released from the commit,
/// and tags it. Nothing is pushed. When it fails, or with `is_dry_run`, the checkout is left as it was.
///
/// # Errors
///
/// A checkout that is not clean or not on main, a version that is not greater or has been tagged, nothing to release, a
/// line that names the old version and nobody knows why, or something that cannot be built.
pub(crate) fn cut(root: &Path, new: &Version, is_dry_run: bool) -> Result<(), Box<dyn Error>> {
    let repository = Repository { root };
    let (old, tag) = (Version::parse(env!("CARGO_PKG_VERSION"))?, format!("v{new}"));
    successor(&old, new)?;
    if let Some(refusal) = repository.refusal(&tag)? {
        return Err(refusal.into());
    }
    let before = repository.ask(&["rev-parse", "HEAD"])?;
    let done = change(&repository, &old, new)
        .and_then(|()| if is_dry_run { preview(&repository, &tag) } else { commit(&repository, new, &tag) });
    if is_dry_run || done.is_err() {
        repository.git(&["reset", "--quiet", "--hard", &before])?;
    }
    done
}

fn successor(old: &Version, new: &Version) -> Result<(), String> {
    if *new <= *old {
        return Err(format!("{new} is not greater than {old}, which is the present version"));
    }
    if !new.build.is_empty() {
        return Err(format!("{new} cannot be the tag of an image: leave out +{}", new.build));
    }
    Ok(())
}

/// Prints what the changelog tells of a version.
///
/// # Errors
///
/// It tells nothing.
pub(crate) fn notes(root: &Path, version: &Version) -> Result<(), Box<dyn Error>> {
    let changelog = Repository { root }.text("CHANGELOG.md")?;
    print!("{}", changelog::notes(&changelog, &version.to_string())?);
    Ok(())
}

fn change(repository: &Repository<'_>, old: &Version, new: &Version) -> Result<(), Box<dyn Error>> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date().to_string();
    let changelog = changelog::moved(&repository.text("CHANGELOG.md")?, &new.to_string(), &today)?;
    repository.write("CHANGELOG.md", &changelog)?;
    versions::set(repository, old, new)?;
    for manifest in ["Cargo.toml", "fuzz/Cargo.toml", "browser/Cargo.toml"] {
        repository.cargo(&["update", "--quiet", "--offline", "--workspace", "--manifest-path", manifest])?;
    }
    repository.cargo(&["xtask", "generate"])?;
    match versions::strays(repository, old)?.join("\n") {
        strays if strays.is_empty() => Ok(()),
        strays => Err(format!("these name version {old}: is it theirs to keep?\n{strays}").into()),
    }
}

fn preview(repository: &Repository<'_>, tag: &str) -> Result<(), Box<dyn Error>> {
    repository.git(&["--no-pager", "diff"])?;
    println!(
        "Nothing was changed. Without --dry-run this is committed and tagged {tag} after `cargo xtask dist`."
    );
    Ok(())
}

fn commit(repository: &Repository<'_>, new: &Version, tag: &str) -> Result<(), Box<dyn Error>> {
    let message = format!("Release {new}");
    repository.git(&["commit", "--quiet", "--all", "--message", &message])?;
    repository.cargo(&["xtask", "dist"])?;
    repository.git(&["tag", "--annotate", "--message", &message, tag])?;
    println!("{tag} is made, and nothing is published yet: git push --follow-tags origin main");
    Ok(())
}

#[cfg(test)]
mod tests;
