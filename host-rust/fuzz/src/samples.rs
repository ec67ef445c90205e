//! What mutants are made of: every component in this repository, and the inputs of `corpus/`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Bytes with the name of the file they come from.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The path, from the repository's root.
    pub name: String,
    /// The component or core module.
    pub bytes: Vec<u8>,
}

/// Folders with components, as files in the binary or the text format.
const FOLDERS: &[&str] = &[
    "host-go/internal/fixture",
    "host-go/internal/gen/testdata",
    "host-go/kernels",
    "host-go/testdata",
    "host-rust/transpile/tests/golden",
    "kernels/guests",
    "kernels/hostile",
    "wit/vectors",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All components of this repository, by name. Some of them are refused by design.
pub fn components() -> Vec<Sample> {
    let files = FOLDERS
        .iter()
        .flat_map(|folder| files(&root().join(folder)));
    let samples = files.filter_map(|file| {
        let bytes = match file.extension()?.to_str()? {
            "wasm" => std::fs::read(&file).ok()?,
            // Others than components are texts of the suites, or cases that no text parser accepts.
            "wat" => wat::parse_file(&file).ok()?,
            _ => return None,
        };
        Some(Sample {
            name: name(&file),
            bytes,
        })
    });
    samples.collect()
}

/// Core modules whose mutants run in milliseconds: those of 200 random programs, and the small ones in [`components`], each once.
pub fn small_modules() -> Vec<Sample> {
    let mut seen = BTreeSet::new();
    let mut modules = random_modules();
    for component in components() {
        let Ok(transpiled) = tenon_transpile::transpile(&component.bytes, &Default::default())
        else {
            continue;
        };
        for (number, bytes) in transpiled.modules.into_iter().enumerate() {
            if bytes.len() <= SMALL && seen.insert(bytes.clone()) {
                modules.push(Sample {
                    name: format!("{} module {number}", component.name),
                    bytes,
                });
            }
        }
    }
    modules
}

/// Bytes of a core module that is small.
const SMALL: usize = 4_000;

/// The programs that wasm-smith wrote for the tests of the Rust host: each behind its length in four bytes.
const RANDOM: &str = "host-rust/host/tests/harden/random.bin";

fn random_modules() -> Vec<Sample> {
    let file = std::fs::read(root().join(RANDOM)).unwrap_or_default();
    let mut rest = &file[..];
    let mut modules = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk() {
        let length = (u32::from_le_bytes(*length) as usize).min(after.len());
        let (bytes, after) = after.split_at(length);
        rest = after;
        modules.push(Sample {
            name: format!("{RANDOM} {}", modules.len()),
            bytes: bytes.to_vec(),
        });
    }
    modules
}

/// The inputs that are kept for a target in `corpus/`, by name: those that once failed, and those that show what it is about.
pub fn corpus(target: &str) -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    let samples = files(&folder).into_iter().filter_map(|file| {
        Some(Sample {
            name: name(&file),
            bytes: std::fs::read(&file).ok()?,
        })
    });
    samples.collect()
}

fn name(file: &Path) -> String {
    let root = root();
    let short = file.strip_prefix(&root).unwrap_or(file);
    short.display().to_string()
}

/// All files in a folder, at any depth, by name; none if there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            found.extend(files(&entry));
        } else {
            found.push(entry);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_has_samples() {
        let samples = components();
        for folder in FOLDERS {
            // The hostile guests are a folder that a checkout may not have yet.
            let is_there = root().join(folder).is_dir();
            let has = samples.iter().any(|sample| sample.name.starts_with(folder));
            assert_eq!(has, is_there, "{folder}");
        }
        assert!(random_modules().len() > 100);
        assert!(small_modules().len() > random_modules().len() + 50);
    }
}
