//! The packages of Cargo.lock, for the bill of the Rust side.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Verdict;
use super::sbom::{self, Component, purl};
use crate::process::Program;
use crate::repo::Repo;

/// What `cargo metadata` says, as far as it matters here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
    workspace_members: Vec<String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

/// `dev`, `build`, or nothing for a plain dependency.
#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

/// A package of Cargo.lock: name and version, and the checksum of its archive unless it is of the workspace.
type Locked = BTreeMap<(String, String), Option<String>>;

/// Writes the bill, and holds it against Cargo.lock.
pub(super) fn bill(repo: &Repo) -> Result<Verdict> {
    let (locked, components) = read(repo)?;
    let missing = missing(&locked, &components);
    if !missing.is_empty() {
        return Ok(Verdict::Failed(format!(
            "not in the bill: {}",
            missing.join(", ")
        )));
    }
    let path = sbom::write(repo, "rust", &components)?;
    Ok(Verdict::Passed(format!(
        "{} packages in {}",
        components.len(),
        path.display()
    )))
}

fn read(repo: &Repo) -> Result<(Locked, Vec<Component>)> {
    let lock = repo.path("Cargo.lock");
    let text = std::fs::read_to_string(&lock).with_context(|| lock.display().to_string())?;
    let locked = packages(&text);
    let printed = Program::cargo()
        .args(["metadata", "--locked", "--format-version", "1"])
        .dir(&repo.root)
        .output()?;
    let metadata = serde_json::from_str(&printed).context("`cargo metadata`")?;
    let components = components(&metadata, &locked);
    Ok((locked, components))
}

/// Reads the few keys of Cargo.lock that matter, one a line, as cargo writes them.
fn packages(lock: &str) -> Locked {
    let value = |package: &str, key: &str| {
        let mut lines = package.lines().filter_map(|line| line.split_once(" = "));
        let found = lines.find(|(name, _)| *name == key);
        found.map(|(_, value)| value.trim_matches('"').to_owned())
    };
    let packages = lock.split("[[package]]").skip(1);
    packages
        .filter_map(|it| {
            Some((
                (value(it, "name")?, value(it, "version")?),
                value(it, "checksum"),
            ))
        })
        .collect()
}

fn components(metadata: &Metadata, locked: &Locked) -> Vec<Component> {
    let purls: BTreeMap<&str, String> = metadata
        .packages
        .iter()
        .map(|package| {
            (
                package.id.as_str(),
                purl("cargo", &package.name, &package.version),
            )
        })
        .collect();
    let needs: BTreeMap<&str, Vec<String>> = metadata
        .resolve
        .nodes
        .iter()
        .map(|node| {
            let needs = node
                .deps
                .iter()
                .filter_map(|edge| purls.get(edge.pkg.as_str()).cloned());
            (node.id.as_str(), needs.collect())
        })
        .collect();
    let required = required(metadata);
    let component = |package: &Package| {
        let key = (package.name.clone(), package.version.clone());
        Component {
            purl: purls[package.id.as_str()].clone(),
            name: package.name.clone(),
            version: package.version.clone(),
            licence: package
                .license
                .as_deref()
                .map(expression)
                .unwrap_or_default(),
            sha256: locked.get(&key).cloned().flatten().unwrap_or_default(),
            excluded: !required.contains(package.id.as_str()),
            needs: needs.get(package.id.as_str()).cloned(),
        }
    };
    metadata.packages.iter().map(component).collect()
}

/// The packages that the workspace's own reach without a development dependency.
fn required(metadata: &Metadata) -> BTreeSet<&str> {
    let nodes: BTreeMap<&str, &Node> = metadata
        .resolve
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), node))
        .collect();
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = metadata
        .workspace_members
        .iter()
        .map(String::as_str)
        .collect();
    while let Some(id) = open.pop() {
        if !reached.insert(id) {
            continue;
        }
        let edges = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        let shipped = |edge: &&Edge| {
            edge.dep_kinds
                .iter()
                .any(|it| it.kind.as_deref() != Some("dev"))
        };
        open.extend(edges.filter(shipped).map(|edge| edge.pkg.as_str()));
    }
    reached
}

/// An SPDX expression: older manifests write a slash for OR.
fn expression(licence: &str) -> String {
    licence
        .split('/')
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(" OR ")
}

/// The packages of Cargo.lock that the bill does not have, or has with another checksum.
fn missing(locked: &Locked, components: &[Component]) -> Vec<String> {
    let has = |name: &str, version: &str, checksum: &Option<String>| {
        let same = |it: &&Component| it.name == name && it.version == version;
        let found = components.iter().find(same);
        found.is_some_and(|it| it.sha256 == *checksum.as_deref().unwrap_or_default())
    };
    let lost = locked
        .iter()
        .filter(|((name, version), checksum)| !has(name, version, checksum));
    lost.map(|((name, version), _)| format!("{name} {version}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"version = 4

[[package]]
name = "a"
version = "1.0.0"
source = "registry+x"
checksum = "ab12"
dependencies = [
 "b",
]

[[package]]
name = "b"
version = "0.1.0"
"#;

    #[test]
    fn every_package_of_this_lock_file_is_in_the_bill() {
        let (locked, components) = read(&Repo::find().unwrap()).unwrap();
        assert!(locked.len() > 100, "{}", locked.len());
        assert_eq!(missing(&locked, &components), Vec::<String>::new());
        assert!(
            components
                .iter()
                .all(|it| !it.licence.is_empty() && !it.licence.contains('/'))
        );
        let find = |name: &str| components.iter().find(|it| it.name == name).unwrap();
        assert!(!find("wasmtime").excluded && find("criterion").excluded);
        assert_eq!(find("wasmtime").sha256.len(), 64);
        let xtask = find("xtask").needs.as_deref().unwrap_or_default();
        assert!(
            xtask.iter().any(|it| it.starts_with("pkg:cargo/anyhow@")),
            "{xtask:?}"
        );
    }

    #[test]
    fn a_package_that_is_lost_or_has_another_checksum_is_noticed() {
        let locked = packages(LOCK);
        let one = Component {
            name: "a".into(),
            version: "1.0.0".into(),
            sha256: "ab12".into(),
            ..Component::default()
        };
        assert_eq!(missing(&locked, std::slice::from_ref(&one)), ["b 0.1.0"]);
        let forged = Component {
            sha256: "ab13".into(),
            ..one
        };
        assert_eq!(missing(&locked, &[forged]), ["a 1.0.0", "b 0.1.0"]);
    }

    #[test]
    fn a_slash_is_an_or() {
        assert_eq!(expression("Apache-2.0 / MIT"), "Apache-2.0 OR MIT");
        assert_eq!(expression("MIT AND (A OR B)"), "MIT AND (A OR B)");
    }
}
