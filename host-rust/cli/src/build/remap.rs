//! Keeps the paths of this machine out of what is built, so that its bytes are the same everywhere.

use super::project::Project;
use super::toolchain::Toolchain;
use crate::failure::{Failure, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Which folders are written as what. A later one wins over an earlier one that also matches.
pub(crate) struct Remap {
    folders: Vec<(PathBuf, String)>,
}

impl Remap {
    /// The folders that a build of the project reads sources from.
    pub(crate) fn of(project: &Project, toolchain: &Toolchain, target_dir: &Path) -> Self {
        let mut folders = vec![(cargo_home(), "/cargo".to_owned())];
        for package in project.closure() {
            // What cargo fetched: the folder's name holds a hash of the registry's address.
            let root = package.root();
            if let (true, Some(parent)) = (package.source.is_some(), root.parent()) {
                folders.push((parent.to_owned(), "/registry".to_owned()));
            } else if !root.starts_with(project.workspace_root()) {
                folders.push((root.to_owned(), format!("/{}", package.file_name())));
            }
        }
        folders.push((
            toolchain.sysroot.join("lib/rustlib/src/rust"),
            format!("/rustc/{}", toolchain.commit),
        ));
        // Relative, as cargo names the sources of a workspace's members itself.
        folders.push((project.workspace_root().to_owned(), String::new()));
        folders.push((target_dir.to_owned(), "target".to_owned()));
        // Each package of a registry named its folder; the order of the others decides.
        let mut seen = BTreeSet::new();
        folders.retain(|(from, _)| seen.insert(from.clone()));
        Remap { folders }
    }

    /// The flags that make the compiler write the other names.
    ///
    /// Cargo mixes `RUSTFLAGS` into the names of build folders, which build scripts see, unless one
    /// of them remaps paths: then it leaves all of them out, and the names are the same everywhere.
    pub(crate) fn flags(&self) -> Result<Vec<String>> {
        let flag = |(from, to): &(PathBuf, String)| match from.to_str() {
            Some(from) => Ok(format!("--remap-path-prefix={from}={to}")),
            None => Err(Failure::new(format!(
                "{}: the folder's name cannot be passed to the compiler",
                from.display()
            ))
            .found("a name that is not UTF-8")
            .help("build in a folder with another name")),
        };
        self.folders.iter().map(flag).collect()
    }

    /// Fails if a folder of this machine is named in what was built.
    ///
    /// A compiler flag cannot reach a path that the sources put into a string themselves.
    pub(crate) fn require_absent(&self, wasm: &[u8], name: &str) -> Result<()> {
        for (folder, _) in &self.folders {
            let needle = folder.as_os_str().as_encoded_bytes();
            let Some(at) = find(wasm, needle) else {
                continue;
            };
            let end = wasm[at..]
                .iter()
                .position(|byte| !(b' '..=b'~').contains(byte));
            let end = end.map_or(wasm.len(), |length| at + length).min(at + 200);
            let text = String::from_utf8_lossy(&wasm[at..end]);
            return Err(Failure::new(format!("{name}: the built module names a folder of this machine"))
                .found(format!("`{text}` at byte {at:#x}"))
                .help(
                    "look for env!(\"CARGO_MANIFEST_DIR\"), env!(\"OUT_DIR\") or a build script that writes a \
                     path into the code, also in dependencies; read files with include_str! or \
                     include_bytes! instead",
                ));
        }
        Ok(())
    }
}

fn cargo_home() -> PathBuf {
    let home = || std::env::home_dir().unwrap_or_default().join(".cargo");
    std::env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    if needle.len() < 2 {
        return None;
    }
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_this_machine_is_found_with_what_follows_it() {
        let remap = Remap {
            folders: vec![("/home/me/kernel".into(), String::new())],
        };
        assert!(remap.require_absent(b"\0asm src/lib.rs", "kernel").is_ok());
        let error = remap.require_absent(b"\0asm\x01/home/me/kernel/data.txt\0rest", "kernel");
        let error = error.expect_err("the path is there").to_string();
        assert!(
            error.contains("`/home/me/kernel/data.txt` at byte 0x5"),
            "{error}"
        );
    }
}
