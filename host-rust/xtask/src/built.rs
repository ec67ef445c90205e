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
    let mut found = None;
    let status =
        Program::cargo()
            .args(build)
            .dir(&repo.root)
            .lines(|stream, line| match stream {
                Stream::Out => found = executable(line, kind, name).or(found.take()),
                Stream::Err => eprintln!("{line}"),
            })?;
    ensure!(
        status.success(),
        "`cargo build --workspace` failed ({status})"
    );
    found.with_context(|| format!("the workspace has no {kind} `{name}`"))
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
}
