//! Writes a kernel whole or not at all.

use super::File;
use super::name::Name;
use super::place::{Place, below};
use crate::failure::{Failure, Result};
use std::path::{Path, PathBuf};

/// A folder beside what is written, and what already left it for its place. What is left when the value goes is removed.
struct Staging {
    folder: PathBuf,
    placed: Vec<PathBuf>,
}

/// Writes all files into a folder of its own first, and then moves each part of the kernel to its place. If a part cannot be
/// moved, those before it are taken away again.
pub(super) fn whole(place: &Place, name: &Name, files: &[File]) -> Result<()> {
    let beside = if place.is_new() {
        place.root.parent()
    } else {
        None
    };
    let beside = beside.unwrap_or(&place.root);
    let mut staging = Staging {
        folder: beside.join(format!(".tenon-new-{}", std::process::id())),
        placed: Vec::new(),
    };
    let failed = |path: &Path, error: std::io::Error| {
        Failure::new(format!("{}: cannot be written", path.display()))
            .found(error)
            .help("nothing was left behind; mend that and try again")
    };
    std::fs::create_dir(&staging.folder).map_err(|error| failed(&staging.folder, error))?;
    for file in files {
        let path = staging.folder.join(&file.path);
        let folder = path.parent().unwrap_or(&staging.folder);
        let written =
            std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, &file.content));
        written.map_err(|error| failed(&path, error))?;
    }
    for part in place.parts(name) {
        let (from, to) = (below(&staging.folder, &part), below(&place.root, &part));
        let parent = to.parent().unwrap_or(&place.root);
        let moved = std::fs::create_dir_all(parent).and_then(|()| std::fs::rename(&from, &to));
        moved.map_err(|error| failed(&to, error))?;
        staging.placed.push(to);
    }
    staging.placed.clear();
    Ok(())
}

impl Drop for Staging {
    fn drop(&mut self) {
        for path in self.placed.iter().chain([&self.folder]) {
            // What cannot be removed was reported as the error that led here, or is an empty folder.
            let _ = if path.is_dir() {
                std::fs::remove_dir_all(path)
            } else {
                std::fs::remove_file(path)
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::place::fixture::workspace;
    use super::*;

    #[test]
    fn a_part_that_cannot_be_placed_takes_the_others_with_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = workspace(folder.path());
        let name = Name::parse("word-count").expect("a name");
        let file = |path: &str| File {
            path: path.to_owned(),
            content: b"x".to_vec(),
        };
        // Without a Go package the last part is missing.
        let files = [
            file("wit/word-count/word-count.wit"),
            file("wit/vectors/word-count.json"),
            file("kernels/word-count/Cargo.toml"),
        ];
        let error = whole(&place, &name, &files)
            .expect_err("a part is missing")
            .to_string();
        assert!(error.contains("go/wordcount: cannot be written"), "{error}");
        for gone in [
            "wit/word-count",
            "wit/vectors/word-count.json",
            "kernels/word-count",
        ] {
            assert!(!folder.path().join(gone).exists(), "{gone}");
        }
        let left = std::fs::read_dir(folder.path())
            .expect("the folder")
            .flatten();
        let hidden = left.filter(|entry| entry.file_name().to_string_lossy().starts_with('.'));
        assert_eq!(hidden.count(), 0);

        let all = [&files[..], &[file("go/wordcount/embed.go")]].concat();
        whole(&place, &name, &all).expect("all parts");
        assert!(folder.path().join("go/wordcount/embed.go").is_file());
    }
}
