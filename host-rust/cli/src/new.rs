//! `tenon new`: writes a kernel of the shape that this project's own have, and makes sure that it works.
//!
//! In a workspace of kernels, which is one whose Cargo.toml has `[workspace.metadata.tenon]`, it adds the kernel. Elsewhere it
//! makes a folder with such a workspace around it.

mod name;
mod place;
mod steps;
mod template;
mod write;

use crate::args::New;
use crate::failure::Result;
use crate::output::print;
use name::Name;
use place::Place;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use template::Words;

/// A file to be written.
#[derive(Clone)]
struct File {
    /// Its path from the workspace's top folder, with forward slashes.
    path: String,
    /// What it holds.
    content: Vec<u8>,
}

/// Writes the kernel that the arguments name, builds and tests it.
pub(crate) fn run(args: &New) -> Result<()> {
    let name = Name::parse(&args.name)?;
    let place = Place::find(args, &name)?;
    let files = files(args, &place, &name)?;
    place.require_absent(&name)?;
    if args.dry_run {
        return print(&list(&place, &files));
    }
    if !args.no_build {
        steps::require_tools(place.tools_folder())?;
    }
    write::whole(&place, &name, &files)?;
    if !args.no_build {
        steps::run(&place, &name, args.quiet)?;
    }
    print(&ending(args, &place, &name, files.len()))
}

/// All files: the kernel's, and before them the workspace's where that is new.
fn files(args: &New, place: &Place, name: &Name) -> Result<Vec<File>> {
    let owner = name::owner(args.owner.as_deref().unwrap_or(&place.namespace))?;
    let words = Words::of(place, name, owner);
    let mut files = place.workspace_files(&words);
    files.extend(template::kernel(&words));
    Ok(files)
}

/// The files' paths from the folder that the command was started in, if they lie below it.
fn list(place: &Place, files: &[File]) -> String {
    let root = shown(&place.root);
    files.iter().fold(String::new(), |mut text, file| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", root.join(&file.path).display());
        text
    })
}

/// A folder as a person in the current one would name it.
fn shown(folder: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(std::fs::canonicalize);
    let below = here
        .ok()
        .and_then(|here| Some(folder.strip_prefix(here).ok()?.to_owned()));
    below.unwrap_or_else(|| folder.to_owned())
}

/// What was done, and what a person does next.
fn ending(args: &New, place: &Place, name: &Name, files: usize) -> String {
    let root = shown(&place.root);
    let at = if root.as_os_str().is_empty() {
        "here".to_owned()
    } else {
        format!("in {}", root.display())
    };
    let kernel = &name.kebab;
    let mut text = if args.no_build {
        let mut text =
            format!("{kernel}: {files} files written {at}\n\nTo build and test it there:\n");
        for step in steps::commands(place, name) {
            let _ = writeln!(text, "  {step}");
        }
        text
    } else {
        format!(
            "{kernel}: {files} files written {at}; it builds, and its tests in Rust and Go pass\n"
        )
    };
    let _ = write!(
        text,
        "\nBegin with the contract wit/{kernel}/{kernel}.wit and the function kernels/{kernel}/src/lib.rs;\n\
         kernels/{kernel}/README.md says what belongs where, DECISION.md is to be filled in.\n\
         To measure it: tenon bench kernels/{kernel}\n"
    );
    text
}
