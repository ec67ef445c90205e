//! `tenon new`, as somebody uses it who has never seen a kernel: what it writes builds, and its tests pass, in a folder of
//! its own and in this repository.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::Outcome;
use crate::kernels::kernels;
use crate::process::Program;
use crate::repo::Repo;
use crate::scratch::Scratch;

/// A name whose spellings in Rust and in Go differ.
const NAME: &str = "first-kernel";

pub(super) fn check(repo: &Repo) -> Result<Outcome> {
    let scratch = Scratch::new("new")?;
    let outside = scratch.0.join("outside");
    fs::create_dir(&outside)?;
    new(repo, &outside)?;

    let inside = scratch.0.join("inside");
    let count = copy(repo, &inside)?;
    new(repo, &inside)?;
    let inside = Repo {
        root: inside.canonicalize()?,
    };
    let kernels = kernels(&inside)?;
    let own = format!("kernels/{NAME}");
    let kernel = kernels.iter().find(|kernel| kernel.krate == own);
    let kernel = kernel.context("the new kernel is not among those of the repository")?;
    let component = &kernel.builds[0].file;
    ensure!(
        inside.path(component).is_file(),
        "{component}, which `cargo xtask vectors` builds, is not where `tenon new` put it"
    );
    Ok(Outcome::passed(format!(
        "outside, and in a copy of {count} files"
    )))
}

/// Runs the command, which builds and tests what it wrote, in the folder for what is built here.
fn new(repo: &Repo, folder: &Path) -> Result<()> {
    let cargo = [
        "run",
        "--quiet",
        "--release",
        "--package",
        "tenon-cli",
        "--no-default-features",
        "--",
        "new",
        NAME,
        "--in",
    ];
    let target = std::path::absolute(repo.target())?;
    Program::cargo()
        .args(cargo)
        .args([folder])
        .env("CARGO_TARGET_DIR", target)
        .dir(&repo.root)
        .inherit()
}

/// Copies the tracked files as they are now, and tells how many; the corpora of fuzzing are left behind.
fn copy(repo: &Repo, to: &Path) -> Result<usize> {
    let listed = Program::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .dir(&repo.root)
        .output()?;
    let mut count = 0;
    for name in listed.split_terminator('\0') {
        let (from, to) = (repo.path(name), to.join(name));
        if name.starts_with("host-rust/fuzz/corpus/") || !from.is_file() {
            continue;
        }
        let folder = to.parent().unwrap_or(&to);
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        fs::copy(&from, &to).with_context(|| from.display().to_string())?;
        count += 1;
    }
    Ok(count)
}
