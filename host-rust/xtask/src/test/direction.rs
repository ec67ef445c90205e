//! Which crate of the workspace may depend on which: the Rust half of the rule that keeps the layers apart.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::Outcome;
use crate::process::Program;
use crate::repo::Repo;

/// A crate, and the crates of this workspace that it may depend on. Kernels and benches are judged by rule.
const MAY_USE: &[(&str, &[&str])] = &[
    ("xtask", &["tenon-stats"]),
    ("tenon-stats", &[]),
    ("tenon-kernel", &[]),
    ("tenon-transpile", &[]),
    ("tenon-oracle", &[]),
    ("tenon-registry", &[]),
    ("tenon-host", &["tenon-transpile"]),
    ("tenon-follow", &["tenon-host", "tenon-registry"]),
    (
        "tenon-soak",
        &["tenon-follow", "tenon-host", "tenon-registry"],
    ),
    (
        "tenon-cli",
        &[
            "tenon-host",
            "tenon-registry",
            "tenon-stats",
            "tenon-transpile",
        ],
    ),
    ("tenon-fuzz", &["tenon-host", "tenon-transpile"]),
];

/// An outside crate, and the only crate here that may name it.
const ONLY_FOR: &[(&str, &str)] = &[
    ("wasmtime", "tenon-host"),
    ("wasmtime-environ", "tenon-transpile"),
    ("wasmtime-wizer", "tenon-cli"),
];

/// A member of the workspace.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    /// Its Cargo.toml, absolute.
    pub(super) manifest: PathBuf,
    /// What it links: the names in `[dependencies]`, not those that only its tests and build script use.
    dependencies: Vec<String>,
}

/// The members of the workspace.
pub(super) fn packages(repo: &Repo) -> Result<Vec<Package>> {
    let metadata = ["metadata", "--no-deps", "--format-version", "1"];
    let printed = Program::cargo().args(metadata).dir(&repo.root).output()?;
    let metadata: Value = serde_json::from_str(&printed).context("`cargo metadata`")?;
    let packages = metadata["packages"]
        .as_array()
        .context("`cargo metadata` lists no packages")?;
    packages
        .iter()
        .map(package)
        .collect::<Option<_>>()
        .context("`cargo metadata` has another shape")
}

fn package(value: &Value) -> Option<Package> {
    let linked = value["dependencies"]
        .as_array()?
        .iter()
        .filter(|dependency| dependency["kind"].is_null());
    Some(Package {
        name: value["name"].as_str()?.to_owned(),
        manifest: value["manifest_path"].as_str()?.into(),
        dependencies: linked
            .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
            .collect(),
    })
}

pub(super) fn check(repo: &Repo) -> Result<Outcome> {
    let packages = packages(repo)?;
    let complaints = complaints(&packages, |package| {
        package.manifest.starts_with(repo.path("kernels"))
    });
    if !complaints.is_empty() {
        bail!("{}", complaints.join("\n"));
    }

    // What is compiled to Wasm for the Go host must not carry a runtime, by whatever way.
    let tree = [
        "tree",
        "--package",
        "tenon-transpile",
        "--edges",
        "normal",
        "--prefix",
        "none",
    ];
    let tree = Program::cargo().args(tree).dir(&repo.root).output()?;
    let runtime = tree
        .lines()
        .find(|line| line.split(' ').next() == Some("wasmtime"));
    ensure!(
        runtime.is_none(),
        "tenon-transpile depends on wasmtime's runtime: {runtime:?}"
    );
    Ok(Outcome::passed(format!("{} crates", packages.len())))
}

fn complaints(packages: &[Package], is_kernel: impl Fn(&Package) -> bool) -> Vec<String> {
    let is_member = |name: &String| packages.iter().any(|package| package.name == *name);
    let mut complaints = Vec::new();
    for package in packages {
        let listed = MAY_USE
            .iter()
            .find(|(name, _)| *name == package.name)
            .map(|(_, uses)| *uses);
        // A kernel knows its SDK; the benches are a measure of everything.
        let allowed = match listed {
            None if is_kernel(package) => Some(&["tenon-kernel"][..]),
            listed => listed,
        };
        let measures = package
            .manifest
            .ancestors()
            .any(|folder| folder.ends_with("benches"));
        for used in &package.dependencies {
            let layered = match allowed {
                _ if !is_member(used) || measures => true,
                Some(allowed) => allowed.contains(&used.as_str()),
                None => false,
            };
            let named = ONLY_FOR.iter().find(|(name, _)| name == used);
            if !layered || named.is_some_and(|(_, owner)| *owner != package.name && !measures) {
                complaints.push(format!(
                    "{} must not depend on {used} (host-rust/xtask/src/test/direction.rs says why)",
                    package.name
                ));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, folder: &str, dependencies: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            manifest: PathBuf::from(folder).join("Cargo.toml"),
            dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn judge(packages: &[Package]) -> Vec<String> {
        complaints(packages, |package| package.manifest.starts_with("kernels"))
    }

    #[test]
    fn layers_may_only_look_down() {
        let sdk = || member("tenon-kernel", "kernels/sdk", &[]);
        let host = || {
            member(
                "tenon-host",
                "host-rust/host",
                &["wasmtime", "tenon-transpile"],
            )
        };
        let transpile = |uses: &[&str]| member("tenon-transpile", "host-rust/transpile", uses);
        let redact = |uses: &[&str]| member("redact", "kernels/redact", uses);
        assert!(
            judge(&[
                sdk(),
                host(),
                transpile(&["wasmtime-environ"]),
                redact(&["tenon-kernel", "regex"])
            ])
            .is_empty()
        );

        assert_eq!(judge(&[host(), transpile(&["tenon-host"])]).len(), 1);
        assert_eq!(judge(&[transpile(&["wasmtime"])]).len(), 1);
        assert_eq!(judge(&[host(), redact(&["tenon-host"])]).len(), 1);
        assert_eq!(
            judge(&[
                sdk(),
                member("newcomer", "host-rust/newcomer", &["tenon-kernel"])
            ])
            .len(),
            1
        );
    }
}
