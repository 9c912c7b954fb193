//! The document: [`Bill`].

use super::linked::{Crate, Key, Linked};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::error::Error;

/// Whoever made the crates of the registry is told there.
const REGISTRY: &str = "https://crates.io/crates";

/// What is told of a binary.
pub(super) struct Bill<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) architecture: &'a str,
    pub(super) date: Timestamp,
    /// The version of Rust.
    pub(super) rust: String,
    /// The binary's SHA-256.
    pub(super) sum: String,
    pub(super) linked: Linked,
}

impl Bill<'_> {
    /// CycloneDX 1.6 in JSON, without a serial number or with one that is made of a SHA-256.
    ///
    /// # Errors
    ///
    /// A sum that is none.
    pub(super) fn text(&self, sum: Option<&str>) -> Result<String, Box<dyn Error>> {
        let mut bill = json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"timestamp": self.date.to_string(), "component": self.binary()?},
            "components": self.components(),
            "dependencies": self.dependencies(),
        });
        if let (Some(sum), Some(bill)) = (sum, bill.as_object_mut()) {
            bill.insert("serialNumber".into(), serial(sum).ok_or("that is no SHA-256")?.into());
        }
        Ok(format!("{bill:#}\n"))
    }

    fn binary(&self) -> Result<Value, Box<dyn Error>> {
        let root = self.linked.crates.get(&self.linked.root).ok_or("there is no root")?;
        let (name, version) = &self.linked.root;
        Ok(json!({
            "type": "application",
            "bom-ref": reference(&self.linked.root),
            "name": self.name,
            "version": self.version,
            "licenses": [{"expression": root.licence}],
            "purl": format!("pkg:cargo/{name}@{version}"),
            "hashes": [{"alg": "SHA-256", "content": self.sum}],
            "properties": properties(root, &[("architecture", self.architecture)]),
        }))
    }

    /// Those of others and ours, and the standard library.
    fn components(&self) -> Vec<Value> {
        let others = self.linked.crates.iter().filter(|(key, _)| **key != self.linked.root);
        let components = others.map(|(key, its)| component(key, its));
        components.chain([self.standard_library()]).collect()
    }

    fn standard_library(&self) -> Value {
        json!({
            "type": "library",
            "bom-ref": self.rust_reference(),
            "name": "rust",
            "version": self.rust,
            "description": "The standard library",
            "licenses": [{"expression": "MIT OR Apache-2.0"}],
            "purl": format!("pkg:generic/rust@{}", self.rust),
        })
    }

    fn dependencies(&self) -> Vec<Value> {
        let all = self.linked.crates.iter().map(|(key, its)| {
            let standard = (*key == self.linked.root).then(|| self.rust_reference());
            let needs: Vec<String> = its.needs.iter().map(reference).chain(standard).collect();
            json!({"ref": reference(key), "dependsOn": needs})
        });
        all.chain([json!({"ref": self.rust_reference(), "dependsOn": []})]).collect()
    }

    fn rust_reference(&self) -> String {
        format!("rust@{}", self.rust)
    }
}

fn component((name, version): &Key, its: &Crate) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(&(name.clone(), version.clone())),
        "name": name,
        "version": version,
        "licenses": [{"expression": its.licence}],
        "purl": format!("pkg:cargo/{name}@{version}"),
        "properties": properties(its, &[]),
    });
    if let (Some(sum), Some(component)) = (&its.sum, component.as_object_mut()) {
        component.insert("hashes".into(), json!([{"alg": "SHA-256", "content": sum}]));
        let page = format!("{REGISTRY}/{name}/{version}");
        component.insert("externalReferences".into(), json!([{"type": "distribution", "url": page}]));
    }
    component
}

fn properties(its: &Crate, more: &[(&str, &str)]) -> Vec<Value> {
    let features = its.features.join(",");
    let all = more.iter().copied().chain((!features.is_empty()).then_some(("features", features.as_str())));
    all.map(|(name, value)| json!({"name": format!("k8s-wait:{name}"), "value": value})).collect()
}

fn reference((name, version): &Key) -> String {
    format!("{name}@{version}")
}

/// A UUID of version 8, which is what everybody may make their own of.
fn serial(sum: &str) -> Option<String> {
    let part = |from: usize, to: usize| sum.get(from..to);
    let (low, middle, high) = (part(0, 8)?, part(8, 12)?, part(13, 16)?);
    Some(format!("urn:uuid:{low}-{middle}-8{high}-a{}-{}", part(17, 20)?, part(20, 32)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bill(tree: &str) -> Bill<'_> {
        let lock = "[[package]]\nname = \"log\"\nversion = \"0.4.35\"\nchecksum = \"5e\"\n";
        Bill {
            name: "ours-tls",
            version: "0.1.0",
            architecture: "amd64",
            date: Timestamp::from_second(1_700_000_000).unwrap(),
            rust: "1.95.0".into(),
            sum: "ab".repeat(32),
            linked: Linked::read(tree, lock).unwrap(),
        }
    }

    const TREE: &str = "0|ours v0.1.0 (/src/ours)|Apache-2.0|tls|\n1|log v0.4.35|MIT||\n";

    fn value(bill: &Bill<'_>) -> Value {
        serde_json::from_str(&bill.text(Some(&"0123456789abcdef".repeat(4))).unwrap()).unwrap()
    }

    #[test]
    fn a_bill_names_the_binary_and_each_crate() {
        let bill = value(&bill(TREE));
        let binary = &bill["metadata"]["component"];
        assert_eq!((&binary["name"], &binary["purl"]), (&json!("ours-tls"), &json!("pkg:cargo/ours@0.1.0")));
        assert_eq!(binary["hashes"], json!([{"alg": "SHA-256", "content": "ab".repeat(32)}]));
        let log = &bill["components"][0];
        assert_eq!(log["purl"], "pkg:cargo/log@0.4.35");
        assert_eq!(log["licenses"], json!([{"expression": "MIT"}]));
        assert_eq!(log["hashes"], json!([{"alg": "SHA-256", "content": "5e"}]));
        assert_eq!(bill["components"][1]["purl"], "pkg:generic/rust@1.95.0");
        assert_eq!(bill["components"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn whatever_is_needed_is_there() {
        let bill = value(&bill(TREE));
        let needs = bill["dependencies"].as_array().unwrap();
        assert_eq!(needs[1], json!({"ref": "ours@0.1.0", "dependsOn": ["log@0.4.35", "rust@1.95.0"]}));
        let all: Vec<&Value> = needs.iter().map(|need| &need["ref"]).collect();
        assert!(
            needs.iter().flat_map(|need| need["dependsOn"].as_array().unwrap()).all(|one| all.contains(&one))
        );
    }

    #[test]
    fn the_date_is_the_sources_and_nothing_is_of_this_machine() {
        let text = bill(TREE).text(None).unwrap();
        assert!(text.contains("2023-11-14T22:13:20Z") && !text.contains("/work"), "{text}");
        assert_eq!(text, bill(TREE).text(None).unwrap());
    }

    #[test]
    fn a_serial_number_is_a_uuid_of_what_is_in_it() {
        let serial = value(&bill(TREE))["serialNumber"].clone();
        assert_eq!(serial, "urn:uuid:01234567-89ab-8def-a123-456789abcdef");
        assert!(bill(TREE).text(Some("short")).is_err());
    }
}
