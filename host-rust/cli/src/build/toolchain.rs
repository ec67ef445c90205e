//! The Rust toolchain that a kernel is built with.

use crate::failure::{Failure, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What kernels are compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The compiler that cargo will use in a folder.
pub(crate) struct Toolchain {
    /// As in `rustc 1.95.0`.
    pub(crate) name: String,
    /// The commit that the compiler was built from; the standard library's paths carry it.
    pub(crate) commit: String,
    /// The folder that holds the compiler and the standard libraries.
    pub(crate) sysroot: PathBuf,
}

impl Toolchain {
    /// Asks the compiler about itself, and makes sure that it can compile for Wasm.
    ///
    /// `dir` matters because a `rust-toolchain.toml` there, or above, chooses the compiler.
    pub(crate) fn in_dir(dir: &Path) -> Result<Self> {
        let version = ask(dir, &["--version", "--verbose"])?;
        let field = |name: &str| version.lines().find_map(|line| line.strip_prefix(name));
        let release = field("release: ").unwrap_or("of an unknown version");
        let sysroot = PathBuf::from(ask(dir, &["--print", "sysroot"])?.trim());
        let toolchain = Toolchain {
            name: format!("rustc {release}"),
            commit: field("commit-hash: ").unwrap_or("unknown").to_owned(),
            sysroot,
        };
        toolchain.require_target()?;
        Ok(toolchain)
    }

    fn require_target(&self) -> Result<()> {
        let libraries = self.sysroot.join("lib/rustlib").join(TARGET).join("lib");
        let has_core = std::fs::read_dir(&libraries).is_ok_and(|entries| {
            entries
                .flatten()
                .any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
        });
        if has_core {
            return Ok(());
        }
        let found = format!("{} without a standard library for {TARGET}", self.name);
        let help = match rustup_name(&self.sysroot) {
            Some(name) => format!("run `rustup target add --toolchain {name} {TARGET}`"),
            None => format!(
                "this compiler was not installed by rustup: install its standard library for {TARGET} \
                 as you installed the compiler, or install rustup"
            ),
        };
        Err(Failure::new(format!("the target {TARGET} is missing"))
            .found(found)
            .help(help))
    }
}

/// The name under which rustup knows the toolchain, read off its folder.
fn rustup_name(sysroot: &Path) -> Option<&str> {
    let is_rustup = sysroot.parent()?.file_name()? == "toolchains";
    is_rustup.then(|| sysroot.file_name()?.to_str()).flatten()
}

fn ask(dir: &Path, args: &[&str]) -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let help = "install Rust with rustup, and make sure that `rustc --version` works in the crate's folder";
    let failed = || Failure::new(format!("cannot run `{}`", rustc.display())).help(help);
    let output = Command::new(&rustc)
        .args(args)
        .current_dir(dir)
        .output()
        .map_err(|error| failed().found(error))?;
    if !output.status.success() {
        return Err(failed().found(String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_for_a_missing_target_is_a_command() {
        let missing = |sysroot: &str| {
            let toolchain = Toolchain {
                name: "rustc 1.95.0".into(),
                commit: String::new(),
                sysroot: sysroot.into(),
            };
            toolchain
                .require_target()
                .expect_err("no such folder")
                .to_string()
        };
        let of_rustup = missing("/none/toolchains/1.95.0-x86_64-unknown-linux-gnu");
        assert!(
            of_rustup.contains(
                "`rustup target add --toolchain 1.95.0-x86_64-unknown-linux-gnu wasm32-unknown-unknown`"
            ),
            "{of_rustup}"
        );
        assert!(missing("/none/usr").contains("not installed by rustup"));
    }
}
