//! Programs of the workspace, built the way the tests build them.
//!
//! Cargo unites the features of all packages that one command builds. A command for one package alone gets other
//! features for shared dependencies, and compiles wasmtime a second time for them; so whatever the tests run is built
//! for the whole workspace.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::process::{Program, Stream};
use crate::repo::Repo;

/// The example of this name.
pub(crate) fn example(repo: &Repo, name: &str) -> Result<Program> {
    Ok(Program::new(path(repo, "example", name)?).dir(&repo.root))
}

/// The C library of a package: built alone, for it shares no dependency with wasmtime, in the profile of kernels.
pub(crate) fn library(repo: &Repo, package: &str) -> Result<PathBuf> {
    let build = [
        "build",
        "--profile",
        "kernel",
        "--message-format=json-render-diagnostics",
        "--package",
        package,
    ];
    find(repo, &build, |line| file(line, package))
}

/// Where cargo puts the target `name` of this kind, after it has built everything.
pub(crate) fn path(repo: &Repo, kind: &str, name: &str) -> Result<PathBuf> {
    let build = [
        "build",
        "--release",
        "--workspace",
        "--bins",
        "--examples",
        "--message-format=json-render-diagnostics",
    ];
    find(repo, &build, |line| executable(line, kind, name))
        .with_context(|| format!("the {kind} `{name}`"))
}

/// Builds, and takes the last of cargo's messages that `wanted` knows.
fn find(repo: &Repo, build: &[&str], wanted: impl Fn(&str) -> Option<PathBuf>) -> Result<PathBuf> {
    let mut found = None;
    let status =
        Program::cargo()
            .args(build)
            .dir(&repo.root)
            .lines(|stream, line| match stream {
                Stream::Out => found = wanted(line).or(found.take()),
                Stream::Err => eprintln!("{line}"),
            })?;
    ensure!(
        status.success(),
        "`cargo {}` failed ({status})",
        build.join(" ")
    );
    found.context("cargo built no such target")
}

/// The library in one of cargo's messages, if the message is about this package's.
fn file(message: &str, package: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    let target = &message["target"];
    let kinds = target["kind"].as_array()?;
    let same = target["name"] == package.replace('-', "_") && kinds.iter().any(|it| it == "cdylib");
    let file = message["filenames"].as_array()?.first()?.as_str();
    Some(PathBuf::from(file.filter(|_| same)?))
}

/// The program in one of cargo's messages, if the message is about this target.
fn executable(message: &str, kind: &str, name: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    let target = &message["target"];
    let kinds = target["kind"].as_array()?;
    let same = target["name"] == name && kinds.iter().any(|it| it == kind);
    let program = message["executable"].as_str().filter(|_| same)?;
    Some(PathBuf::from(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_kind_and_name() {
        let message = r#"{"reason":"compiler-artifact","target":{"name":"spec","kind":["example"]},"executable":"/t/spec"}"#;
        assert_eq!(
            executable(message, "example", "spec"),
            Some(PathBuf::from("/t/spec"))
        );
        assert_eq!(executable(message, "bin", "spec"), None);
        assert_eq!(executable(message, "example", "other"), None);
        assert_eq!(executable("warning: not JSON", "example", "spec"), None);
    }

    #[test]
    fn a_library_is_found_by_its_package() {
        let message = r#"{"reason":"compiler-artifact","target":{"name":"a_b","kind":["cdylib"]},"filenames":["/t/liba_b.so"]}"#;
        assert_eq!(file(message, "a-b"), Some(PathBuf::from("/t/liba_b.so")));
        assert_eq!(file(message, "a-c"), None);
    }
}
