//! A folder for what a task throws away.

use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// A folder in the system's temporary one, which goes away with the value.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    /// Makes one for a task.
    pub(crate) fn new(task: &str) -> Result<Self> {
        let name = format!("tenon-{task}-{}", std::process::id());
        let mut folder = std::env::temp_dir().join(&name);
        let mut number = 1;
        loop {
            match std::fs::create_dir(&folder) {
                // A run of the same number that was killed has left it.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    folder.set_file_name(format!("{name}-{number}"));
                    number += 1;
                }
                made => {
                    made.with_context(|| format!("cannot make the folder {}", folder.display()))?;
                    return Ok(Self(folder));
                }
            }
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind lies in the system's temporary folder: not worth an error.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
