use super::repository::Repository;
use super::{cut, versions};
use semver::Version;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const MANIFEST: &str = "[workspace.package]\nversion = \"1.0.0\"\n\n[workspace.dependencies]\n";
const CHART: &str = "version: 1.0.0\nappVersion: 1.0.0\n";

/// A checkout on main, with these files committed besides those that every one of ours has.
fn checkout(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let always = [("Cargo.toml", MANIFEST), ("deploy/chart/k8s-wait/Chart.yaml", CHART)];
    for (path, text) in always.iter().chain(files) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let repository = Repository { root: folder.path() };
    repository.git(&["init", "--quiet", "--initial-branch=main"]).unwrap();
    repository.git(&["add", "--all"]).unwrap();
    let somebody = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"];
    repository.git(&[&somebody[..], &["commit", "--quiet", "--message", "All"]].concat()).unwrap();
    folder
}

fn refusal(root: &Path) -> String {
    Repository { root }.refusal("v1.0.1").unwrap().unwrap_or_default()
}

#[test]
fn a_version_is_cut_from_a_clean_main_and_once() {
    let folder = checkout(&[]);
    assert_eq!(refusal(folder.path()), "");
    fs::write(folder.path().join("new"), "").unwrap();
    assert!(refusal(folder.path()).ends_with("?? new"));
    fs::remove_file(folder.path().join("new")).unwrap();
    let repository = Repository { root: folder.path() };
    repository.git(&["switch", "--quiet", "--create", "other"]).unwrap();
    assert!(refusal(folder.path()).contains("branch main"));
    repository.git(&["switch", "--quiet", "main"]).unwrap();
    repository.git(&["tag", "v1.0.1"]).unwrap();
    assert_eq!(refusal(folder.path()), "v1.0.1 is there already");
}

#[test]
fn a_version_is_greater_than_the_present_one() {
    let folder = checkout(&[]);
    for version in [env!("CARGO_PKG_VERSION"), "0.0.1", concat!(env!("CARGO_PKG_VERSION"), "-rc.1")] {
        let refused = cut(folder.path(), &version.parse().unwrap(), true).unwrap_err().to_string();
        assert!(refused.contains("is not greater"), "{refused}");
    }
}

#[test]
fn what_fails_leaves_the_checkout_as_it_was() {
    let folder = checkout(&[("CHANGELOG.md", "## [Unreleased]\n\n- A.\n"), ("a.yaml", "\"")]);
    let repository = Repository { root: folder.path() };
    // There is no package, and so cargo can do nothing with it.
    assert!(cut(folder.path(), &Version::new(999, 0, 0), false).is_err());
    assert_eq!(repository.ask(&["status", "--porcelain"]).unwrap(), "");
    assert_eq!(repository.ask(&["rev-list", "--count", "HEAD"]).unwrap(), "1");
}

#[test]
fn a_version_is_set_where_it_is_ours_and_told_where_nobody_knows() {
    let image = |version: &str| format!("image: r.example/k8s-wait-server:{version}\n");
    let folder = checkout(&[
        ("a.yaml", &image("1.0.0")),
        (
            "b.md",
            "helm install k8s-wait --version 1.0.0.\nk8s-wait 11.0.0, 1.0.01 and 1.0.0.1\nother 1.0.0\n",
        ),
        ("CHANGELOG.md", &image("1.0.0")),
    ]);
    let repository = Repository { root: folder.path() };
    let (old, new) = (Version::new(1, 0, 0), Version::new(1, 1, 0));
    versions::set(&repository, &old, &new).unwrap();
    assert_eq!(repository.text("a.yaml").unwrap(), image("1.1.0"));
    assert_eq!(repository.text("CHANGELOG.md").unwrap(), image("1.0.0"));
    assert_eq!(repository.text("Cargo.toml").unwrap(), MANIFEST.replace("1.0.0", "1.1.0"));
    let strays = versions::strays(&repository, &old).unwrap();
    assert_eq!(strays, ["b.md:1: helm install k8s-wait --version 1.0.0."]);
}

#[test]
fn a_version_can_be_the_tag_of_an_image() {
    let folder = checkout(&[]);
    let refused = cut(folder.path(), &"999.0.0+linux".parse().unwrap(), true).unwrap_err().to_string();
    assert_eq!(refused, "999.0.0+linux cannot be the tag of an image: leave out +linux");
}
