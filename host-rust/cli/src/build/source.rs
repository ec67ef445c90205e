//! The hash that names the sources of a kernel.

use super::compile::Compiled;
use super::project::Project;
use crate::failure::{Failure, Result};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The SHA-256, in hexadecimal, over all that a kernel was built from.
///
/// It covers each file of the crate that the compiler or a build script read, files of other folders
/// that went in (the kernel SDK, included data), the contract, the flags, and name, version, edition
/// and features of every package that was compiled. It does not cover tests, documentation, the
/// rest of manifests, or the compiler, which the metadata names.
///
/// The text that is hashed has a line a flag, a line a package, sorted, and then for each file,
/// sorted by its name, a line with its name and its length, followed by its bytes. A file's name is
/// its path from the workspace's root with slashes, so the hash is the same in every checkout.
pub(crate) fn hash(project: &Project, compiled: &Compiled, contract: &[PathBuf]) -> Result<String> {
    let target_dir = project.target_dir();
    let target_dir = std::fs::canonicalize(&target_dir).unwrap_or(target_dir);
    let mut files = BTreeSet::new();
    for path in compiled.sources.iter().chain(contract) {
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        // What a build script writes follows from sources that are listed.
        if !path.starts_with(&target_dir) {
            files.insert((name_of(&path, project), path));
        }
    }
    let mut hash = Sha256::new();
    for flag in &compiled.flags {
        hash.update(format!("flag {flag}\n"));
    }
    for package in &compiled.packages {
        hash.update(format!("package {package}\n"));
    }
    for (name, path) in files {
        let bytes = std::fs::read(&path).map_err(|error| {
            Failure::new(format!("{}: cannot read a source file", path.display())).found(error)
        })?;
        hash.update(format!("file {name} {}\n", bytes.len()));
        hash.update(bytes);
    }
    Ok(hex(&hash.finalize()))
}

/// The SHA-256 of bytes in hexadecimal: what names a component.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn name_of(path: &Path, project: &Project) -> String {
    let within = |root: &Path| {
        path.strip_prefix(std::fs::canonicalize(root).ok()?)
            .ok()
            .map(slashed)
    };
    if let Some(name) = within(project.workspace_root()) {
        return name;
    }
    let packages = project.closure();
    let outside = packages.iter().find_map(|package| {
        within(package.root()).map(|name| format!("{}/{name}", package.file_name()))
    });
    // Elsewhere only the file's own name is the same on another machine.
    outside.unwrap_or_else(|| {
        path.file_name()
            .map(Path::new)
            .map(slashed)
            .unwrap_or_default()
    })
}

fn slashed(path: &Path) -> String {
    let parts = path.iter().map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_sha_256() {
        assert_eq!(
            digest(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn names_have_slashes() {
        assert_eq!(
            slashed(&["a", "b", "c.rs"].iter().collect::<PathBuf>()),
            "a/b/c.rs"
        );
    }
}
