//! The crate that is built: what cargo knows about it, and what it says about itself as a kernel.

use super::toolchain::TARGET;
use crate::failure::{Failure, Result};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which features of the crate are built, and how cargo may find its dependencies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// Features that are switched on.
    pub(crate) features: Vec<String>,
    /// Whether the crate's default features are off.
    pub(crate) no_default_features: bool,
    /// Whether a `Cargo.lock` that does not fit is an error.
    pub(crate) locked: bool,
    /// Whether the network may not be used.
    pub(crate) offline: bool,
}

impl Selection {
    /// The flags by which cargo learns of it.
    pub(crate) fn apply(&self, cargo: &mut Command) {
        if !self.features.is_empty() {
            cargo.arg("--features").arg(self.features.join(","));
        }
        for (flag, given) in [
            ("--no-default-features", self.no_default_features),
            ("--locked", self.locked),
            ("--offline", self.offline),
        ] {
            if given {
                cargo.arg(flag);
            }
        }
    }
}

/// A crate with everything that a build of it depends on.
pub(crate) struct Project {
    metadata: Metadata,
    root: String,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
    target_directory: PathBuf,
    workspace_root: PathBuf,
}

/// One package of the crate's dependency graph.
#[derive(Deserialize)]
pub(crate) struct Package {
    id: String,
    /// Its name in its manifest.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Where it was fetched from; `None` for a folder.
    pub(crate) source: Option<String>,
    /// The edition of the language.
    pub(crate) edition: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
    #[serde(default)]
    metadata: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    crate_types: Vec<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

impl Package {
    /// The folder of its manifest.
    pub(crate) fn root(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }

    /// Its `Cargo.toml`.
    pub(crate) fn manifest(&self) -> &Path {
        &self.manifest_path
    }

    /// As a registry names its folder.
    pub(crate) fn file_name(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

impl Project {
    /// Reads the manifest in a folder, and asks cargo for all that it depends on.
    pub(crate) fn in_dir(dir: &Path, selection: &Selection) -> Result<Self> {
        let manifest = manifest_in(dir)?;
        let mut cargo = cargo(dir);
        cargo.args([
            "metadata",
            // An error says what is wrong with the crate, and not that another cargo was waited for.
            "--quiet",
            "--format-version",
            "1",
            "--filter-platform",
            TARGET,
        ]);
        cargo.arg("--manifest-path").arg(&manifest);
        selection.apply(&mut cargo);
        let failed = || {
            Failure::new(format!(
                "{}: cargo cannot read the crate",
                manifest.display()
            ))
        };
        let output = cargo.output().map_err(|error| no_cargo(&cargo, &error))?;
        if !output.status.success() {
            return Err(failed().found(String::from_utf8_lossy(&output.stderr)));
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout).map_err(|error| {
            failed().found(format!("output of cargo that makes no sense: {error}"))
        })?;
        // Paths are compared as files: cargo may spell a folder otherwise than the system does.
        let package = metadata.packages.iter().find(|package| {
            package.source.is_none()
                && std::fs::canonicalize(&package.manifest_path).is_ok_and(|path| path == manifest)
        });
        let Some(package) = package else {
            let help = "give the folder of one member, not the workspace's";
            return Err(Failure::new(format!(
                "{}: a workspace without a crate of its own",
                dir.display()
            ))
            .help(help));
        };
        let root = package.id.clone();
        Ok(Project { metadata, root })
    }

    /// The crate itself.
    pub(crate) fn package(&self) -> &Package {
        let found = self
            .metadata
            .packages
            .iter()
            .find(|package| package.id == self.root);
        found.unwrap_or(&self.metadata.packages[0])
    }

    /// The crate's name in cargo's messages.
    pub(crate) fn id(&self) -> &str {
        &self.root
    }

    /// The folder that holds `Cargo.lock`.
    pub(crate) fn workspace_root(&self) -> &Path {
        &self.metadata.workspace_root
    }

    /// Where kernels are compiled, apart from the developer's own builds and their locks.
    pub(crate) fn target_dir(&self) -> PathBuf {
        self.metadata.target_directory.join("tenon")
    }

    /// A package of the graph by the name that cargo's messages give it.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Package> {
        self.metadata
            .packages
            .iter()
            .find(|package| package.id == id)
    }

    /// The crate and all that may be compiled into it or run while it is compiled.
    pub(crate) fn closure(&self) -> Vec<&Package> {
        let nodes: BTreeMap<&str, &Node> = self
            .metadata
            .resolve
            .nodes
            .iter()
            .map(|node| (node.id.as_str(), node))
            .collect();
        let mut seen = BTreeSet::from([self.root.as_str()]);
        let mut waiting = vec![self.root.as_str()];
        while let Some(node) = waiting.pop().and_then(|id| nodes.get(id)) {
            for dependency in &node.deps {
                let only_for_tests = dependency
                    .dep_kinds
                    .iter()
                    .all(|kind| kind.kind.as_deref() == Some("dev"));
                if !only_for_tests && seen.insert(&dependency.pkg) {
                    waiting.push(&dependency.pkg);
                }
            }
        }
        self.metadata
            .packages
            .iter()
            .filter(|package| seen.contains(package.id.as_str()))
            .collect()
    }

    /// The kernel's name: the one that was set, or the crate's.
    pub(crate) fn kernel_name<'a>(&'a self, set: Option<&'a str>) -> &'a str {
        let name = &self.package().name;
        set.unwrap_or(name.strip_prefix("tenon-kernel-").unwrap_or(name))
    }

    /// Whether the crate has a bench of this name.
    pub(crate) fn has_bench(&self, name: &str) -> bool {
        let is_bench = |target: &Target| target.kind.iter().any(|kind| kind == "bench");
        let targets = &self.package().targets;
        targets.iter().any(|it| it.name == name && is_bench(it))
    }

    /// The name of the library target, which must be a `cdylib`.
    pub(crate) fn library(&self) -> Result<&str> {
        let package = self.package();
        let is_cdylib = |target: &&Target| target.crate_types.iter().any(|kind| kind == "cdylib");
        if let Some(target) = package.targets.iter().find(is_cdylib) {
            return Ok(&target.name);
        }
        let kinds: Vec<&str> = package
            .targets
            .iter()
            .flat_map(|target| &target.crate_types)
            .map(String::as_str)
            .collect();
        Err(Failure::new(format!(
            "{}: not a cdylib, so it makes no Wasm module",
            self.manifest()
        ))
        .found(format!("the crate types {}", kinds.join(", ")))
        .help("add to Cargo.toml: [lib] crate-type = [\"cdylib\", \"rlib\"]"))
    }

    /// The table `[package.metadata.NAME]` of the crate, if it has one.
    pub(crate) fn table(&self, name: &str) -> Option<&serde_json::Value> {
        self.package().metadata.as_ref()?.get(name)
    }

    /// The crate's manifest as errors name it.
    pub(crate) fn manifest(&self) -> std::path::Display<'_> {
        self.package().manifest_path.display()
    }

    /// Whether the workspace defines a profile of this name.
    pub(crate) fn defines_profile(&self, profile: &str) -> bool {
        let manifest = std::fs::read_to_string(self.workspace_root().join("Cargo.toml"));
        let manifest = manifest
            .ok()
            .and_then(|text| text.parse::<toml::Table>().ok());
        let profiles = manifest
            .as_ref()
            .and_then(|manifest| manifest.get("profile"));
        profiles.is_some_and(|profiles| profiles.get(profile).is_some())
    }
}

/// A cargo that does not even start.
pub(crate) fn no_cargo(cargo: &Command, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot run `{}`", cargo.get_program().display()))
        .found(error)
        .help("install Rust with rustup, and make sure that `cargo --version` works")
}

/// The command `cargo`, the very one that runs this program if one does, in a crate's folder.
pub(crate) fn cargo(dir: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(dir);
    cargo
}

fn manifest_in(dir: &Path) -> Result<PathBuf> {
    let help = "give the folder of a kernel's crate, the one that holds its Cargo.toml";
    let folder = std::fs::canonicalize(dir).map_err(|error| {
        Failure::new(format!("{}: no such folder", dir.display()))
            .found(error)
            .help(help)
    })?;
    let manifest = folder.join("Cargo.toml");
    if manifest.is_file() {
        return Ok(manifest);
    }
    let found = if folder.is_file() {
        "a file"
    } else {
        "a folder without Cargo.toml"
    };
    Err(Failure::new(format!("{}: not a crate", dir.display()))
        .found(found)
        .help(help))
}
