//! A folder for what a task throws away.

use std::path::PathBuf;

use anyhow::{Context, Result};

/// A folder in the system's temporary one, which goes away with the value.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    /// Makes one for a task.
    pub(crate) fn new(task: &str) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("tenon-{task}-{}", std::process::id()));
        std::fs::create_dir(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind lies in the system's temporary folder: not worth an error.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
