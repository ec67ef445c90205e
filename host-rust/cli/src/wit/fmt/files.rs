//! The files that `tenon wit fmt` is about.

use crate::failure::{Failure, Result};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The longest file of WIT, in bytes.
const SIZE: u64 = 16 << 20;

/// A file of WIT, or standard input.
pub(super) struct File {
    /// How messages name it.
    pub(super) name: String,
    path: PathBuf,
}

impl File {
    fn at(path: &Path) -> File {
        let name = match path.as_os_str() == "-" {
            true => "standard input".to_owned(),
            false => path.display().to_string(),
        };
        File {
            name,
            path: path.to_owned(),
        }
    }

    pub(super) fn is_stdin(&self) -> bool {
        self.path.as_os_str() == "-"
    }

    /// What it holds.
    pub(super) fn read(&self) -> Result<String> {
        let cannot = |error: std::io::Error| {
            Failure::new(format!("{}: cannot be read", self.name))
                .found(error)
                .help("give WIT files, or folders of them")
        };
        let mut bytes = Vec::new();
        let limit = SIZE + 1;
        if self.is_stdin() {
            std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
        } else {
            // A pipe would keep the command waiting.
            if !std::fs::metadata(&self.path).map_err(cannot)?.is_file() {
                return Err(Failure::new(format!("{}: not a file", self.name))
                    .help("give WIT files, or folders of them"));
            }
            std::fs::File::open(&self.path)
                .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        }
        .map_err(cannot)?;
        if bytes.len() as u64 > SIZE {
            return Err(Failure::new(format!("{}: too long for WIT", self.name))
                .found(format!("more than {SIZE} bytes"))
                .note("fault", tenon_transpile::Kind::Limit)
                .help("divide it into several files of one package"));
        }
        String::from_utf8(bytes).map_err(|error| {
            Failure::new(format!("{}: not text", self.name))
                .found(format!(
                    "a byte that is no UTF-8 at {}",
                    error.utf8_error().valid_up_to()
                ))
                .help("give WIT files; a component has no text to format")
        })
    }

    /// Puts a new text in place of the old one: whoever reads meanwhile sees one of them.
    pub(super) fn write(&self, text: &str) -> Result<()> {
        // A link stays one.
        let replaced = std::fs::canonicalize(&self.path).and_then(|path| replace(&path, text));
        replaced.map_err(|error| {
            Failure::new(format!("{}: cannot be written", self.name))
                .found(error)
                .help("make the file and its folder writable; the file is as it was")
        })
    }
}

fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(name);
    let written = (|| {
        let mut file = std::fs::File::create_new(&beside)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(std::fs::metadata(path)?.permissions())?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    })();
    if written.is_err() {
        // What is left is of no use; that it cannot be removed says nothing new.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// The files that paths name: a folder stands for all `.wit` files in and below it, but for those in hidden folders.
pub(super) fn find(paths: &[PathBuf]) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() != "-" && path.is_dir() {
            let before = files.len();
            below(path, &mut files)?;
            if files.len() == before {
                return Err(
                    Failure::new(format!("{}: no WIT in this folder", path.display()))
                        .help("give a folder with .wit files"),
                );
            }
        } else {
            files.push(File::at(path));
        }
    }
    Ok(files)
}

fn below(folder: &Path, files: &mut Vec<File>) -> Result<()> {
    let cannot = |error| {
        Failure::new(format!("{}: cannot be read", folder.display()))
            .found(error)
            .help("make it readable for this user")
    };
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(cannot)? {
        entries.push(entry.map_err(cannot)?);
    }
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        // Links to folders are left alone: they may lead in circles.
        if entry.file_type().map_err(cannot)?.is_dir() {
            if !hidden {
                below(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "wit") && !hidden {
            files.push(File::at(&path));
        }
    }
    Ok(())
}
