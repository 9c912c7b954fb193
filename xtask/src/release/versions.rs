//! The version, everywhere it stands: [`set`], [`strays`].

use super::repository::Repository;
use regex::Regex;
use semver::Version;
use std::error::Error;
use toml_edit::{DocumentMut, Item, value};

/// Written by cargo, and for people: they keep the versions that they have.
const LEFT_ALONE: [&str; 4] = ["Cargo.lock", "fuzz/Cargo.lock", "browser/Cargo.lock", "CHANGELOG.md"];
const CHART: &str = "deploy/chart/k8s-wait/Chart.yaml";

/// Sets it in the manifests of the workspace and of the chart, and as the tag of our images in every file.
///
/// # Errors
///
/// A file that cannot be read, understood or written.
pub(super) fn set(repository: &Repository<'_>, old: &Version, new: &Version) -> Result<(), Box<dyn Error>> {
    for (path, text) in repository.texts()? {
        let after = match path.as_str() {
            path if LEFT_ALONE.contains(&path) => continue,
            "Cargo.toml" => manifest(&text, new)?,
            CHART => chart(&text, new),
            _ => tagged(&text, old, new),
        };
        if after != text {
            repository.write(&path, &after)?;
        }
    }
    Ok(())
}

/// Lines that still name the old version beside our name: nobody knows whether it has to be set there.
///
/// # Errors
///
/// A file that cannot be read.
pub(super) fn strays(repository: &Repository<'_>, old: &Version) -> Result<Vec<String>, Box<dyn Error>> {
    let named =
        Regex::new(&format!(r"(^|[^0-9.]){}($|[^0-9.]|\.($|[^0-9]))", regex::escape(&old.to_string())))?;
    let mut strays = Vec::new();
    for (path, text) in repository.texts()? {
        if LEFT_ALONE.contains(&path.as_str()) {
            continue;
        }
        let lines =
            text.lines().zip(1..).filter(|(line, _)| line.contains("k8s-wait") && named.is_match(line));
        strays.extend(lines.map(|(line, number)| format!("{path}:{number}: {}", line.trim())));
    }
    Ok(strays)
}

/// The workspace's version, and the one that its members want of each other.
fn manifest(text: &str, new: &Version) -> Result<String, Box<dyn Error>> {
    let mut manifest: DocumentMut = text.parse()?;
    let missing = "Cargo.toml has no workspace.package.version and workspace.dependencies";
    let workspace = manifest.get_mut("workspace").ok_or(missing)?;
    put(workspace.get_mut("package").and_then(|package| package.get_mut("version")).ok_or(missing)?, new);
    let dependencies = workspace.get_mut("dependencies").and_then(Item::as_table_like_mut).ok_or(missing)?;
    for (_, dependency) in dependencies.iter_mut() {
        if dependency.get("path").is_some() {
            put(
                dependency
                    .get_mut("version")
                    .ok_or("a dependency of Cargo.toml has a path and no version")?,
                new,
            );
        }
    }
    Ok(manifest.to_string())
}

/// Another value in the place of the old one, with the spaces around it.
fn put(item: &mut Item, new: &Version) {
    let spaces = item.as_value().map(|value| value.decor().clone()).unwrap_or_default();
    *item = value(new.to_string());
    if let Some(value) = item.as_value_mut() {
        *value.decor_mut() = spaces;
    }
}

/// The chart has the version of what it installs.
fn chart(text: &str, new: &Version) -> String {
    let line = |line: &str| match line.split_once(':') {
        Some((key @ ("version" | "appVersion"), _)) => format!("{key}: {new}\n"),
        _ => line.to_owned(),
    };
    text.split_inclusive('\n').map(line).collect()
}

fn tagged(text: &str, old: &Version, new: &Version) -> String {
    ["k8s-wait-client:", "k8s-wait-server:"]
        .iter()
        .fold(text.to_owned(), |text, image| text.replace(&format!("{image}{old}"), &format!("{image}{new}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_keeps_all_but_its_versions() {
        let before = "# Why.\n[workspace.package]\nversion = \"1.0.0\" # here\n\n[workspace.dependencies]\na = { path = \"a\", version = \"1.0.0\", default-features = false }\nb = \"1.0.0\"\n";
        let after = manifest(before, &Version::new(1, 1, 0)).unwrap();
        let expected = "# Why.\n[workspace.package]\nversion = \"1.1.0\" # here\n\n[workspace.dependencies]\na = { path = \"a\", version = \"1.1.0\", default-features = false }\nb = \"1.0.0\"\n";
        assert_eq!(after, expected);
        assert!(manifest("[workspace]\n", &Version::new(1, 1, 0)).is_err());
    }

    #[test]
    fn a_chart_has_the_version_twice_and_others_are_kept() {
        let before = "apiVersion: v2\nversion: 1.0.0\nappVersion: 1.0.0\nkubeVersion: \">=1.27.0-0\"\n";
        let after = "apiVersion: v2\nversion: 2.0.0\nappVersion: 2.0.0\nkubeVersion: \">=1.27.0-0\"\n";
        assert_eq!(chart(before, &Version::new(2, 0, 0)), after);
    }

    #[test]
    fn tags_keep_their_registry_and_their_flavour() {
        let text = |version: &str| {
            format!("r.example/k8s-wait-client:{version}-tls k8s-wait-server:{version}\nx:1.0.0")
        };
        assert_eq!(tagged(&text("1.0.0"), &Version::new(1, 0, 0), &Version::new(1, 0, 1)), text("1.0.1"));
    }
}
