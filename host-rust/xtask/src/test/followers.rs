//! A folder that one host writes, with signatures and labels, while a live slot of the other one follows it.

use std::path::Path;

use anyhow::Result;

use super::{go, rust};
use crate::process::Program;
use crate::repo::Repo;
use crate::tally::Tally;

/// Both ways: `tenon` writes for the Go host, and a program with the Go host's registry writes for the Rust host.
pub(super) fn check(repo: &Repo, tenon: &Path, folder: &Path) -> Result<Tally> {
    let theirs = Program::new("go")
        .args(["test", "-count=1", "-json"])
        .args(["-run", "TestWhatTheTenonCommandActivatesIsFollowed"])
        .args(["./registry/follow"])
        .env("TENON_CALL", tenon)
        .dir(repo.go());
    let (mut tally, _) = go::counted(theirs, go::Shown::All)?;

    let writer = folder.join("writer");
    Program::new("go")
        .args(["build", "-o"])
        .args([&writer])
        .args(["./registry/internal/writer"])
        .dir(repo.go())
        .inherit()?;
    let ours = Program::cargo()
        .args(["test", "--release", "--workspace", "--test", "both_hosts"])
        .args(["--", "--ignored"])
        .env("TENON_GO_WRITER", &writer)
        .dir(&repo.root);
    tally += rust::counted(ours)?.tally;
    Ok(tally)
}
