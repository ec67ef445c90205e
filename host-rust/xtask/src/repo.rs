//! Where things are in the checkout.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// The checkout that the tasks work on.
pub(crate) struct Repo {
    /// Its top folder, absolute.
    pub(crate) root: PathBuf,
}

impl Repo {
    /// The checkout of the `xtask` that runs. Cargo names its folder at run time; the one at compile time
    /// serves a binary that is started by hand.
    pub(crate) fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.join("../..");
        let root = root
            .canonicalize()
            .with_context(|| format!("no checkout at {}", root.display()))?;
        ensure!(
            root.join("rust-toolchain.toml").is_file(),
            "{} is no checkout of Tenon; start the task with `cargo xtask` inside one",
            root.display()
        );
        Ok(Self { root })
    }

    /// The folder of the Go workspace.
    pub(crate) fn go(&self) -> PathBuf {
        self.root.join("host-go")
    }

    /// Cargo's folder for what is built.
    pub(crate) fn target(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| self.path("target"), |dir| self.path(dir))
    }

    /// A file or folder by its path from the top, with forward slashes.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }
}
