//! `cargo xtask vectors`: the committed files that are made from sources, made again or compared.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::Task;
use crate::repo::Repo;

pub(crate) const TASK: Task = Task {
    name: "vectors",
    usage: "[--check]",
    summary: "Rebuild the committed components and generated files, or check that they are fresh",
    details: "Options:\n  --check  Change nothing; fail when a file would change",
    run,
};

fn run(_repo: &Repo, _args: &[String]) -> Result<ExitCode> {
    bail!("nothing to rebuild yet")
}
