//! Rust's licences and advisories, by cargo-deny.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Options, Tool, Verdict, last_line, transcript};
use crate::process::Program;
use crate::repo::Repo;
use crate::scratch::Scratch;

/// The version that is installed where there is none.
const VERSION: &str = "0.20.2";

/// What may be depended on, from the top of the checkout.
const CONFIG: &str = "host-rust/xtask/deny.toml";

/// Finds cargo-deny, or installs it.
pub(super) fn find(repo: &Repo, options: Options) -> Result<Tool> {
    let tools = repo.target().join("tools");
    let program = format!("cargo-deny{}", std::env::consts::EXE_SUFFIX);
    let own = tools.join("bin").join(program);
    for candidate in [PathBuf::from("cargo-deny"), own.clone()] {
        if Program::new(&candidate).args(["--version"]).succeeds() {
            return Ok(Tool::Ready(candidate));
        }
    }
    let install = Program::cargo()
        .args([
            "install",
            "cargo-deny",
            "--version",
            VERSION,
            "--locked",
            "--root",
        ])
        .args([&tools])
        .dir(&repo.root);
    if options.no_install {
        return Ok(Tool::Missing(format!(
            "no cargo-deny; `{}`",
            install.shown()
        )));
    }
    eprintln!(
        "cargo-deny is missing; installing it takes some minutes: `{}`",
        install.shown()
    );
    let scratch = Scratch::new("release-check")?;
    let (status, text) = transcript(install.env("CARGO_TARGET_DIR", &scratch.0))?;
    if status.success() {
        return Ok(Tool::Ready(own));
    }
    Ok(Tool::Missing(format!(
        "cargo-deny could not be installed: {}",
        last_line(&text)
    )))
}

/// Whether each package has a licence that is allowed, and comes from crates.io.
pub(super) fn licences(repo: &Repo, deny: &Path) -> Result<Verdict> {
    let (success, text) = ask(repo, deny, &["licenses", "bans", "sources"])?;
    Ok(match verdict(success, &text, &version(deny)?) {
        // Nothing here needs a database: whatever stopped it is no reason to go on.
        Verdict::Skipped(why) => Verdict::Failed(why),
        other => other,
    })
}

/// Whether an advisory is out against a package, or its version was yanked.
pub(super) fn advisories(repo: &Repo, deny: &Path) -> Result<Verdict> {
    let (success, text) = ask(repo, deny, &["advisories"])?;
    Ok(verdict(success, &text, &version(deny)?))
}

fn version(deny: &Path) -> Result<String> {
    let printed = Program::new(deny).args(["--version"]).output()?;
    Ok(printed.trim().to_owned())
}

/// Runs checks: whether they ended well, and a line of JSON for each thing found.
fn ask(repo: &Repo, deny: &Path, checks: &[&str]) -> Result<(bool, String)> {
    let program = Program::new(deny)
        .args(["--locked", "--workspace", "--format", "json", "--config"])
        .args([repo.path(CONFIG)])
        .args(["check"])
        .args(checks)
        .dir(&repo.root);
    let (status, text) = transcript(program).context("cargo-deny")?;
    Ok((status.success(), text))
}

/// Reads what cargo-deny printed. Findings come first: a database that is missing excuses none of them.
fn verdict(success: bool, text: &str, version: &str) -> Verdict {
    let events: Vec<Value> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let of = |kind: &str, key: &str, level: &str| -> Vec<&Value> {
        let fields = events
            .iter()
            .filter(|event| event["type"] == kind)
            .map(|event| &event["fields"]);
        fields.filter(|fields| fields[key] == level).collect()
    };
    let findings = of("diagnostic", "severity", "error");
    if !findings.is_empty() {
        return Verdict::Failed(
            findings
                .into_iter()
                .map(shown)
                .collect::<Vec<_>>()
                .join("\n"),
        );
    }
    if success {
        let warnings: String = of("diagnostic", "severity", "warning")
            .into_iter()
            .map(|it| format!("\nwarning: {}", shown(it)))
            .collect();
        return Verdict::Passed(format!("{version}{warnings}"));
    }
    let mut stops = of("log", "level", "ERROR")
        .into_iter()
        .filter_map(|log| log["message"].as_str());
    match stops.find(|message| message.starts_with("failed to fetch advisory database")) {
        Some(message) => Verdict::Skipped(format!("no advisory database: {}", last_line(message))),
        None => Verdict::Failed(format!("cargo-deny broke off: {}", last_line(text))),
    }
}

/// A finding on one line: an advisory's number, the package, what is wrong, and with which words of its manifest.
fn shown(finding: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut text = word(&finding["message"]);
    let package = &finding["graphs"][0]["Krate"];
    if package.is_object() {
        text = format!(
            "{} {}: {text}",
            word(&package["name"]),
            word(&package["version"])
        );
    }
    if let Some(id) = finding["advisory"]["id"].as_str() {
        return format!("{id}: {text}");
    }
    match finding["labels"][0]["span"].as_str() {
        Some(span) => format!("{text}: {span}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOUND: &str = r#"{"fields":{"advisory":{"id":"RUSTSEC-2020-0001"},"graphs":[{"Krate":{"name":"a","version":"1.0.0"}}],"labels":[{"span":"a 1.0.0 registry"}],"message":"out of bounds","severity":"error"},"type":"diagnostic"}"#;
    const REJECTED: &str = r#"{"fields":{"graphs":[{"Krate":{"name":"b","version":"2.0.0"}}],"labels":[{"span":"GPL-3.0"}],"message":"failed to satisfy license requirements","severity":"error"},"type":"diagnostic"}"#;
    const UNFETCHED: &str = r#"{"fields":{"level":"ERROR","message":"failed to fetch advisory database https://db: failed to clone\nCould not resolve host\n"},"type":"log"}"#;
    const OTHER: &str = r#"{"fields":{"level":"ERROR","message":"failed to parse the configuration"},"type":"log"}"#;
    const WARNED: &str = r#"{"fields":{"labels":[],"message":"unmatched exception","severity":"warning"},"type":"diagnostic"}"#;

    #[test]
    fn a_database_that_cannot_be_had_is_skipped_in_its_own_words() {
        let skipped = verdict(false, UNFETCHED, "v");
        assert_eq!(
            skipped,
            Verdict::Skipped("no advisory database: Could not resolve host".into())
        );
    }

    #[test]
    fn a_finding_fails_whatever_else_happened() {
        for text in [FOUND.to_owned(), format!("{UNFETCHED}\n{FOUND}\n")] {
            let failed = Verdict::Failed("RUSTSEC-2020-0001: a 1.0.0: out of bounds".into());
            assert_eq!(verdict(false, &text, "v"), failed);
        }
        let failed = "b 2.0.0: failed to satisfy license requirements: GPL-3.0";
        assert_eq!(
            verdict(false, REJECTED, "v"),
            Verdict::Failed(failed.into())
        );
    }

    #[test]
    fn only_a_good_end_passes() {
        assert_eq!(verdict(true, "", "v"), Verdict::Passed("v".into()));
        assert_eq!(
            verdict(true, WARNED, "v"),
            Verdict::Passed("v\nwarning: unmatched exception".into())
        );
        assert!(matches!(verdict(false, "", "v"), Verdict::Failed(_)));
        assert!(matches!(verdict(false, OTHER, "v"), Verdict::Failed(_)));
    }
}
