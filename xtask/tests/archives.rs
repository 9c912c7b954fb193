//! The archives that `cargo xtask dist` made.
//!
//! `cargo xtask dist && cargo test -p xtask --test archives -- --ignored` runs it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests may, and are no API"
)]

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const VERSION: &str = env!("CARGO_PKG_VERSION");
const ARCHITECTURE: &str = if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" };

fn dist() -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(ROOT).join("target"), PathBuf::from);
    let dist = Path::new(ROOT).join(target).join("dist");
    assert!(dist.exists(), "`cargo xtask dist` makes {}", dist.display());
    dist
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{command:?}: {}\n{said}", output.status);
    said
}

/// The archive for this machine, unpacked.
fn unpacked() -> (tempfile::TempDir, PathBuf) {
    let name = format!("k8s-wait-{VERSION}-linux-{ARCHITECTURE}");
    let folder = tempfile::tempdir().unwrap();
    let archive = dist().join(format!("{name}.tar.gz"));
    said(
        Command::new("tar").arg("--extract").arg("--file").arg(archive).arg("--directory").arg(folder.path()),
    );
    let top = folder.path().join(name);
    (folder, top)
}

#[test]
#[ignore = "needs the distribution"]
fn the_checksums_are_theirs() {
    let checked =
        said(Command::new("sha256sum").current_dir(dist()).args(["--check", "--strict", "SHA256SUMS"]));
    let archives = fs::read_dir(dist())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".tar.gz"));
    assert_eq!(checked.lines().filter(|line| line.ends_with(".tar.gz: OK")).count(), archives.count());
}

#[test]
#[ignore = "needs the distribution"]
fn what_is_in_one_works() {
    let (_folder, top) = unpacked();
    for program in ["k8s-wait-client", "k8s-wait-client-tls", "k8s-wait-server"] {
        let path = top.join("bin").join(program);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o755, "{program}");
        assert!(said(Command::new(&path).arg("--version")).contains(VERSION), "{program}");
    }
    for file in [
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "bin/kubectl_complete-k8s_wait",
        "share/man/man1/k8s-wait-client.1",
        "share/bash-completion/completions/k8s-wait-server",
        "share/zsh/site-functions/_k8s-wait-client",
        "share/fish/vendor_completions.d/k8s-wait-server.fish",
    ] {
        assert!(top.join(file).is_file(), "{file}");
    }
}

/// What a binary is made of.
fn bill(program: &str) -> Value {
    let file = dist().join(format!("{program}-{VERSION}-linux-{ARCHITECTURE}.cdx.json"));
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// `NAME-VERSION` of each crate in it, as cargo's folders of sources are named.
fn crates(bill: &Value) -> BTreeSet<String> {
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    let all = bill["components"].as_array().unwrap().iter();
    all.map(|one| format!("{}-{}", text(one, "name"), text(one, "version"))).collect()
}

#[test]
#[ignore = "needs the distribution"]
fn a_bill_is_that_of_the_binary() {
    let (_folder, top) = unpacked();
    let sums = fs::read_to_string(dist().join("SHA256SUMS")).unwrap();
    for program in ["k8s-wait-client", "k8s-wait-client-tls", "k8s-wait-server"] {
        let bill = bill(program);
        let said = said(Command::new("sha256sum").arg(top.join("bin").join(program)));
        let binary = &bill["metadata"]["component"];
        assert_eq!(binary["hashes"][0]["content"], said.split(' ').next().unwrap(), "{program}");
        assert_eq!(binary["name"], program);
        assert!(sums.contains(&format!("  {program}-{VERSION}-linux-{ARCHITECTURE}.cdx.json\n")), "{sums}");
    }
}

#[test]
#[ignore = "needs the distribution"]
fn a_bill_names_each_crate_that_the_binary_tells_of() {
    let (_folder, top) = unpacked();
    // Where in a crate a panic would be: cargo's folder has another name below the first.
    let path =
        regex::bytes::Regex::new(r"(?-u)/cargo/registry/src/[^/]+/([A-Za-z0-9_-]+-[0-9][A-Za-z0-9.+-]*)/")
            .unwrap();
    for program in ["k8s-wait-client", "k8s-wait-client-tls", "k8s-wait-server"] {
        let (bytes, crates) = (fs::read(top.join("bin").join(program)).unwrap(), crates(&bill(program)));
        let told: BTreeSet<String> =
            path.captures_iter(&bytes).map(|found| String::from_utf8(found[1].to_vec()).unwrap()).collect();
        assert!(!told.is_empty(), "{program} tells of {told:?}");
        assert_eq!(told.difference(&crates).collect::<Vec<_>>(), [""; 0], "{program}");
    }
}

#[test]
#[ignore = "needs the distribution"]
fn the_bills_of_the_clients_have_the_crates_that_are_allowed() {
    let allowed = fs::read_to_string(Path::new(ROOT).join(".ci/client-dependencies.txt")).unwrap();
    let named = |program: &str| -> BTreeSet<String> {
        let bill = bill(program);
        let all = bill["components"].as_array().unwrap().iter();
        all.map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    let listed = |with_tls: bool| -> BTreeSet<String> {
        let lines = allowed.lines().filter(|line| !line.starts_with('#') && !line.contains("build time"));
        let lines = lines.filter(|line| with_tls || !line.contains("tls"));
        let names =
            lines.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "k8s-wait-client");
        names.chain(["rust"]).map(str::to_owned).collect()
    };
    assert_eq!(named("k8s-wait-client"), listed(false));
    assert_eq!(named("k8s-wait-client-tls"), listed(true));
}

#[test]
#[ignore = "needs the distribution"]
fn krew_finds_the_plugin_in_one() {
    let (folder, top) = unpacked();
    // It takes files and folders alone.
    let links = said(Command::new("find").arg(&top).args(["!", "-type", "f", "!", "-type", "d"]));
    assert_eq!(links, "");
    let plugin = krew();
    let platform = &plugin["spec"]["platforms"][0];
    for file in platform["files"].as_array().unwrap() {
        let from = file["from"].as_str().unwrap().replace('*', &format!("{VERSION}-linux-{ARCHITECTURE}"));
        assert!(folder.path().join(&from).is_file(), "{from}");
        assert_eq!(file["to"], ".", "a path with an asterisk is moved into a folder");
    }
    // As krew links it: kubectl looks for names with underscores.
    let link = folder
        .path()
        .join(format!("kubectl-{}", plugin["metadata"]["name"].as_str().unwrap().replace('-', "_")));
    std::os::unix::fs::symlink(top.join("bin").join(platform["bin"].as_str().unwrap()), &link).unwrap();
    let help = said(Command::new(&link).arg("--help"));
    assert!(help.contains("kubectl k8s-wait"), "{help}");
}

/// The plugin's manifest as the release workflow fills it in.
fn krew() -> Value {
    let text = fs::read_to_string(Path::new(ROOT).join("deploy/krew/k8s-wait.yaml")).unwrap();
    let sum = "0123456789abcdef".repeat(4);
    let values =
        [("VERSION", VERSION), ("REPOSITORY", "o/k"), ("SHA256_AMD64", &sum), ("SHA256_ARM64", &sum)];
    let filled = values.iter().fold(text, |text, (name, value)| text.replace(&format!("${{{name}}}"), value));
    let body: String = filled.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    assert!(!body.contains('$'), "the workflow fills in nothing else:\n{body}");
    serde_saphyr::from_str(&body).unwrap()
}

/// What krew's own validation asks of a manifest, and its index of names and descriptions.
#[test]
fn krew_accepts_the_manifest() {
    let plugin = krew();
    let spec = &plugin["spec"];
    assert_eq!(plugin["apiVersion"], "krew.googlecontainertools.github.com/v1alpha2");
    assert_eq!((&plugin["kind"], &plugin["metadata"]["name"]), (&json!("Plugin"), &json!("k8s-wait")));
    assert_eq!(spec["version"], format!("v{VERSION}"));
    let short = spec["shortDescription"].as_str().unwrap();
    assert!(
        !short.is_empty() && short.len() <= 50 && !short.contains('\n') && !short.ends_with('.'),
        "{short}"
    );
    assert!(spec["description"].as_str().unwrap().lines().all(|line| line.len() <= 80));
    let platforms = spec["platforms"].as_array().unwrap();
    for (platform, architecture) in platforms.iter().zip(["amd64", "arm64"]) {
        assert_eq!(platform["selector"], json!({"matchLabels": {"os": "linux", "arch": architecture}}));
        let archive = format!("/releases/download/v{VERSION}/k8s-wait-{VERSION}-linux-{architecture}.tar.gz");
        assert!(platform["uri"].as_str().unwrap().ends_with(&archive), "{platform}");
        assert_eq!(platform["sha256"].as_str().unwrap().len(), 64);
        assert!(
            platform["bin"].is_string() && !platform["files"].as_array().unwrap().is_empty(),
            "{platform}"
        );
    }
    assert_eq!(platforms.len(), 2);
}

#[test]
#[ignore = "needs the distribution"]
fn binaries_need_nothing_and_tell_nothing_of_this_machine() {
    let (_folder, top) = unpacked();
    let root = fs::canonicalize(ROOT).unwrap();
    let home = std::env::home_dir().unwrap().join(".cargo");
    for program in ["k8s-wait-client", "k8s-wait-client-tls", "k8s-wait-server"] {
        let bytes = fs::read(top.join("bin").join(program)).unwrap();
        let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        // What a dynamic executable names first.
        assert!(!has("/lib64/ld-linux") && !has("/lib/ld-linux"), "{program} needs a dynamic linker");
        for path in [&root, &home] {
            assert!(!has(path.to_str().unwrap()), "{program} tells of {}", path.display());
        }
    }
}
