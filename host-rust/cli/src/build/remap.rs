//! Keeps the paths of this machine out of what is built, so that its bytes are the same everywhere.
//!
//! The compiler is told to write other paths with `--remap-path-prefix`. Those flags hold the very
//! paths that must not matter, and cargo mixes all `RUSTFLAGS` into the names of build folders, which
//! build scripts see. So they do not travel as `RUSTFLAGS`: the command names *itself* as cargo's
//! compiler wrapper, and adds them to each call of the compiler, unseen by cargo.

use super::project::Project;
use super::toolchain::Toolchain;
use crate::failure::{Failure, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The variable that turns this command into a compiler wrapper; it holds the flags to add.
const VARIABLE: &str = "TENON_RUSTC_FLAGS";

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
        folders.dedup();
        Remap { folders }
    }

    /// Makes cargo call the compiler through this command.
    pub(crate) fn apply(&self, cargo: &mut Command) -> Result<()> {
        let wrapper = std::env::current_exe().map_err(|error| {
            Failure::new("cannot find the path of the tenon command itself").found(error)
        })?;
        let flags = self.folders.iter().map(|(from, to)| {
            let mut flag = OsString::from("--remap-path-prefix=");
            flag.push(from);
            flag.push("=");
            flag.push(to);
            flag
        });
        // A list of paths is the one list in a variable for which the standard library has functions.
        let flags = std::env::join_paths(flags).map_err(|error| {
            Failure::new("a folder's name cannot be passed to the compiler")
                .found(error)
                .help("move the crate to a folder whose path has no colon, quote or semicolon")
        })?;
        cargo.env("RUSTC_WRAPPER", wrapper).env(VARIABLE, flags);
        Ok(())
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

/// Acts as the compiler wrapper if cargo called this command as one: `tenon <rustc> <args…>`.
pub(crate) fn wrap_compiler() -> Option<ExitCode> {
    let flags = std::env::var_os(VARIABLE)?;
    let mut args = std::env::args_os().skip(1);
    let compiler = args.next()?;
    let status = Command::new(&compiler)
        .args(args)
        .args(std::env::split_paths(&flags))
        .status();
    Some(match status {
        Ok(status) => ExitCode::from(status.code().map_or(1, |code| code as u8)),
        Err(error) => {
            eprintln!("error: cannot run `{}`: {error}", compiler.display());
            ExitCode::FAILURE
        }
    })
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
