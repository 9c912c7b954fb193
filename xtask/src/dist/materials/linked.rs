//! The crates of a binary: [`Linked`], of what `cargo tree` prints.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use toml_edit::DocumentMut;

/// How `cargo tree` is to print a crate, after its depth.
pub(super) const FORMAT: &str = "|{p}|{l}|{f}|";

/// A name and a version.
pub(super) type Key = (String, String);

/// A crate.
#[derive(Debug, PartialEq)]
pub(super) struct Crate {
    /// An SPDX expression.
    pub(super) licence: String,
    pub(super) features: Vec<String>,
    /// The SHA-256 of its archive in the registry; none of ours.
    pub(super) sum: Option<String>,
    /// What it is linked with.
    pub(super) needs: BTreeSet<Key>,
}

/// The crates of a binary, itself included.
#[derive(Debug)]
pub(super) struct Linked {
    pub(super) root: Key,
    pub(super) crates: BTreeMap<Key, Crate>,
}

impl Linked {
    /// Reads a tree that was printed with depths, and the checksums of a `Cargo.lock`.
    ///
    /// # Errors
    ///
    /// A line that is another one, and a crate without licence.
    pub(super) fn read(tree: &str, lock: &str) -> Result<Self, Box<dyn Error>> {
        let sums = sums(lock)?;
        let mut crates = BTreeMap::<Key, Crate>::new();
        // From the root to the crate that was read last.
        let mut path = Vec::<Key>::new();
        for line in tree.lines() {
            let (depth, key, licence, features) =
                fields(line).ok_or_else(|| format!("cargo tree: {line:?}"))?;
            if licence.is_empty() {
                return Err(format!("{} {} has no licence", key.0, key.1).into());
            }
            path.truncate(depth);
            if let Some(above) = path.last().and_then(|above| crates.get_mut(above)) {
                above.needs.insert(key.clone());
            }
            let sum = sums.get(&key).cloned();
            // One that comes again comes without what it needs.
            crates.entry(key.clone()).or_insert(Crate { licence, features, sum, needs: BTreeSet::new() });
            path.push(key);
        }
        let root = path.into_iter().next().ok_or("cargo tree says nothing")?;
        Ok(Self { root, crates })
    }
}

/// Depth, crate, licence and features of a line.
fn fields(line: &str) -> Option<(usize, Key, String, Vec<String>)> {
    let mut fields = line.split('|');
    let depth = fields.next()?.parse().ok()?;
    let mut words = fields.next()?.split(' ');
    let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
    // As crates wrote it before there were expressions.
    let licence = fields.next()?.replace('/', " OR ");
    let features = fields.next()?.split(',').filter(|feature| !feature.is_empty()).map(str::to_owned);
    Some((depth, (name.to_owned(), version.to_owned()), licence, features.collect()))
}

fn sums(lock: &str) -> Result<BTreeMap<Key, String>, Box<dyn Error>> {
    let lock: DocumentMut = lock.parse()?;
    let packages = lock.get("package").and_then(|packages| packages.as_array_of_tables());
    let sum = |package: &toml_edit::Table| {
        let text = |key: &str| package.get(key)?.as_str().map(str::to_owned);
        Some(((text("name")?, text("version")?), text("checksum")?))
    };
    Ok(packages.into_iter().flatten().filter_map(sum).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "0|ours v0.1.0 (/src/ours)|Apache-2.0|tls|\n\
                        1|log v0.4.35|MIT/Apache-2.0||\n\
                        1|rustls v0.23.46|ISC|log,std|\n\
                        2|log v0.4.35|MIT/Apache-2.0||\n\
                        2|ring v0.17.14|ISC|default|\n\
                        1|web v2.0.0|MIT||\n\
                        2|rustls v0.23.46|ISC|log,std| (*)";
    const LOCK: &str = "version = 4\n[[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n\
                        [[package]]\nname = \"log\"\nversion = \"0.4.35\"\nchecksum = \"5e\"\n\
                        [[package]]\nname = \"log\"\nversion = \"0.3.0\"\nchecksum = \"03\"\n";

    fn key(name: &str, version: &str) -> Key {
        (name.into(), version.into())
    }

    #[test]
    fn each_crate_is_there_once_with_what_it_needs() {
        let linked = Linked::read(TREE, LOCK).unwrap();
        let needs = |name, version| -> Vec<&str> {
            linked.crates[&key(name, version)].needs.iter().map(|key| key.0.as_str()).collect()
        };
        assert_eq!(linked.root, key("ours", "0.1.0"));
        assert_eq!(linked.crates.len(), 5);
        assert_eq!(needs("ours", "0.1.0"), ["log", "rustls", "web"]);
        assert_eq!(needs("rustls", "0.23.46"), ["log", "ring"]);
        assert_eq!(needs("web", "2.0.0"), ["rustls"]);
    }

    #[test]
    fn licences_are_expressions_and_sums_are_those_of_the_version() {
        let linked = Linked::read(TREE, LOCK).unwrap();
        let log = &linked.crates[&key("log", "0.4.35")];
        assert_eq!((log.licence.as_str(), log.sum.as_deref()), ("MIT OR Apache-2.0", Some("5e")));
        assert_eq!(linked.crates[&key("rustls", "0.23.46")].features, ["log", "std"]);
        assert_eq!(linked.crates[&linked.root].sum, None);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for tree in ["", "ours v0.1.0", "0|ours|MIT||", "0|ours v0.1.0|||"] {
            assert!(Linked::read(tree, LOCK).is_err(), "{tree:?}");
        }
    }
}
