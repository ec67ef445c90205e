//! The contract that a kernel says it implements, read from its WIT package.

#[cfg(feature = "host")]
mod warm;

use super::project::Project;
use super::settings::Settings;
use crate::failure::{Failure, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
#[cfg(feature = "host")]
pub(crate) use warm::{WarmCall, Zero};
use wit_parser::{PackageId, PackageMetadata, Resolve, WorldId, WorldItem};

/// A world of a WIT package.
pub(crate) struct Contract {
    resolve: Resolve,
    package: PackageId,
    world: WorldId,
    /// The world's full name, as in `tenon:redact/kernel@1.0.0`.
    pub(crate) name: String,
    /// The package's files.
    pub(crate) files: Vec<PathBuf>,
}

impl Contract {
    /// Finds the world that the crate names, and checks what else the crate says about it.
    pub(crate) fn of(project: &Project, settings: &Settings) -> Result<Self> {
        let Some(world) = &settings.world else {
            return Err(Failure::new(format!(
                "{}: [package.metadata.tenon] names no world",
                project.manifest()
            ))
            .help("add world = \"<package>/kernel@<version>\", as in tenon:redact/kernel@1.0.0"));
        };
        let folder = folder(project, settings, world)?;
        let mut resolve = Resolve::default();
        let (package, sources) = match resolve.push_dir(&folder) {
            Ok(parsed) => parsed,
            Err(error) => {
                return Err(Failure::new(format!("{}: not a WIT package", folder.display()))
                    .found(resolve.render_error(&error))
                    .help("correct the contract; each file begins with or belongs to one `package`"));
            }
        };
        let files = sources.paths().map(Path::to_owned).collect();
        let named = |id: &WorldId| resolve.id_of_name(package, &resolve.worlds[*id].name);
        let worlds = &resolve.packages[package].worlds;
        let Some(&id) = worlds.values().find(|id| named(id) == *world) else {
            let found: Vec<String> = worlds.values().map(named).collect();
            let found = if found.is_empty() {
                "no world".into()
            } else {
                found.join(", ")
            };
            return Err(
                Failure::new(format!("{}: no world {world}", folder.display()))
                    .found(found)
                    .help("make `world` in [package.metadata.tenon] and the contract agree"),
            );
        };
        let contract = Contract {
            name: world.clone(),
            files,
            package,
            world: id,
            resolve,
        };
        contract.require_warm(project, settings)?;
        Ok(contract)
    }

    /// The documentation of every item, as the content of a `package-docs` section.
    pub(crate) fn docs(&self) -> Result<Vec<u8>> {
        PackageMetadata::extract(&self.resolve, self.package)
            .encode()
            .map_err(|error| {
                Failure::new(format!(
                    "{}: its documentation cannot be written",
                    self.name
                ))
                .found(error)
            })
    }

    /// The names of the world's exports, as a component shows them.
    pub(crate) fn exports(&self) -> BTreeSet<String> {
        let exports = &self.resolve.worlds[self.world].exports;
        exports
            .keys()
            .map(|key| self.resolve.name_world_key(key))
            .collect()
    }

    /// A warm-up function that does not exist would only be noticed in production.
    fn require_warm(&self, project: &Project, settings: &Settings) -> Result<()> {
        let mut functions = Vec::new();
        for (key, item) in &self.resolve.worlds[self.world].exports {
            match item {
                WorldItem::Function(_) => functions.push(self.resolve.name_world_key(key)),
                WorldItem::Interface { id, .. } => {
                    functions.extend(self.resolve.interfaces[*id].functions.keys().cloned());
                }
                WorldItem::Type { .. } => {}
            }
        }
        match settings.warm.iter().find(|name| !functions.contains(name)) {
            None => Ok(()),
            Some(name) => Err(Failure::new(format!(
                "{}: `warm` names `{name}`, which {} does not export",
                project.manifest(),
                self.name
            ))
            .found(format!("the functions {}", functions.join(", ")))
            .help("name functions of the contract, or leave `warm` out")),
        }
    }
}

/// Where the contract lies: where the crate says, in the crate, or in the workspace's `wit/`.
fn folder(project: &Project, settings: &Settings, world: &str) -> Result<PathBuf> {
    let root = project.package().root();
    let package = world.split(['/', '@']).next().unwrap_or_default();
    let name = package.rsplit(':').next().unwrap_or_default();
    let candidates = match &settings.wit {
        Some(folder) => vec![root.join(folder)],
        None => vec![
            root.join("wit"),
            project.workspace_root().join("wit").join(name),
        ],
    };
    if let Some(folder) = candidates.iter().find(|folder| folder.is_dir()) {
        return Ok(folder.clone());
    }
    let looked: Vec<String> = candidates
        .iter()
        .map(|folder| folder.display().to_string())
        .collect();
    Err(Failure::new(format!(
        "{}: the WIT package of {world} is missing",
        project.manifest()
    ))
    .found(format!("no folder {}", looked.join(" and no folder ")))
    .help("put it there, or name its folder with `wit` in [package.metadata.tenon]"))
}
