//! Go's known vulnerabilities, by govulncheck.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};

use super::{Options, Tool, Verdict, last_line, transcript};
use crate::process::Program;
use crate::repo::Repo;
use crate::test::go;

/// The package and version that is installed where there is none.
const PACKAGE: &str = "golang.org/x/vuln/cmd/govulncheck@v1.8.0";

/// Its status when it has found something.
const FOUND: i32 = 3;

/// Finds govulncheck, or installs it.
pub(super) fn find(repo: &Repo, options: Options) -> Result<Tool> {
    let tools = repo.target().join("tools");
    let bin = tools.join("bin");
    let program = bin.join(format!("govulncheck{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(Tool::Ready(program));
    }
    std::fs::create_dir_all(&bin).with_context(|| bin.display().to_string())?;
    // Away from the checkout and its go.work: the tool's own dependencies are none of ours.
    let install = Program::new("go")
        .args(["install", PACKAGE])
        .env("GOBIN", &bin)
        .env("GOWORK", "off")
        .env("GOFLAGS", "-mod=mod")
        .dir(&bin);
    if options.no_install {
        let command = format!("GOWORK=off GOBIN={} {}", bin.display(), install.shown());
        return Ok(Tool::Missing(format!("no govulncheck; `{command}`")));
    }
    let (status, text) = transcript(install)?;
    if status.success() {
        return Ok(Tool::Ready(program));
    }
    Ok(Tool::Missing(format!(
        "govulncheck could not be installed: {}",
        last_line(&text)
    )))
}

/// Looks at each module of the workspace, until the database turns out to be out of reach.
pub(super) fn check(repo: &Repo, govulncheck: &Path) -> Result<Verdict> {
    let modules = go::modules(repo)?;
    // The program itself knows the flag alone.
    let database = match std::env::var("GOVULNDB") {
        Ok(database) if !database.is_empty() => vec!["-db".to_owned(), database],
        _ => Vec::new(),
    };
    let mut failures = Vec::new();
    for module in &modules {
        let program = Program::new(govulncheck)
            .args(&database)
            .args(["./..."])
            .dir(repo.go().join(module));
        let (status, text) = transcript(program)?;
        match verdict(status.code(), &text) {
            Verdict::Passed(_) => {}
            Verdict::Failed(why) => failures.push(format!("host-go/{module}: {why}")),
            skipped @ Verdict::Skipped(_) if failures.is_empty() => return Ok(skipped),
            Verdict::Skipped(_) => break,
        }
    }
    Ok(if failures.is_empty() {
        Verdict::Passed(format!("{} modules", modules.len()))
    } else {
        Verdict::Failed(failures.join("\n"))
    })
}

/// Reads what govulncheck printed about one module.
fn verdict(status: Option<i32>, text: &str) -> Verdict {
    if status == Some(0) {
        return Verdict::Passed(String::new());
    }
    if status == Some(FOUND) {
        let ids: BTreeSet<&str> = text
            .lines()
            .filter(|line| line.starts_with("Vulnerability #"))
            .filter_map(|line| line.split_once(": "))
            .map(|(_, id)| id.trim())
            .collect();
        return Verdict::Failed(ids.into_iter().collect::<Vec<_>>().join(", "));
    }
    match text.split_once("fetching vulnerabilities: ") {
        Some((_, why)) => {
            Verdict::Skipped(format!("no vulnerability database: {}", last_line(why)))
        }
        None => Verdict::Failed(format!("govulncheck broke off: {}", last_line(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_out_of_reach_is_skipped_in_its_own_words() {
        let text = "govulncheck: fetching vulnerabilities: Get \"https://db\": no such host\n";
        let why = "no vulnerability database: Get \"https://db\": no such host";
        assert_eq!(verdict(Some(1), text), Verdict::Skipped(why.into()));
    }

    #[test]
    fn each_vulnerability_is_named_once() {
        let text = "=== Symbol Results ===\n\nVulnerability #1: GO-2024-2\n  More info\nVulnerability #2: GO-2023-1\nVulnerability #3: GO-2024-2\n";
        assert_eq!(
            verdict(Some(3), text),
            Verdict::Failed("GO-2023-1, GO-2024-2".into())
        );
    }

    #[test]
    fn whatever_else_stops_it_fails() {
        assert_eq!(
            verdict(Some(0), "No vulnerabilities found."),
            Verdict::Passed(String::new())
        );
        assert!(matches!(
            verdict(Some(1), "loading packages: does not compile"),
            Verdict::Failed(_)
        ));
        assert!(matches!(verdict(None, ""), Verdict::Failed(_)));
    }
}
