//! The passes that each file of the suite has reached: they may rise, and not fall.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::verdicts::Suite;
use crate::repo::Repo;

/// Where the ratchet is kept, from the top of the checkout.
pub(super) const FILE: &str = "host-rust/xtask/spec-ratchet.json";

/// The layout of the file that this program reads and writes.
const FORMAT: u64 = 1;

/// Passes by file and host.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ratchet {
    passes: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Ratchet {
    /// The passes of a run, but for those of our own suites: these have to pass whole.
    pub(super) fn of(suite: &Suite) -> Self {
        let host = |(name, passes): (&str, usize)| (name.to_owned(), passes as u64);
        let passes = suite.passes().into_iter();
        let passes = passes.filter(|(file, _)| !file.starts_with(super::OWN_PREFIX));
        Self {
            passes: passes
                .map(|(file, hosts)| (file, hosts.into_iter().map(host).collect()))
                .collect(),
        }
    }

    /// Whether a run is of the suite that the ratchet was made of. Other suites have files of the same name, but not many.
    pub(super) fn speaks_of(&self, suite: &Suite) -> bool {
        let passes = suite.passes();
        let known = self.passes.keys().filter(|file| passes.contains_key(*file));
        2 * known.count() > self.passes.len()
    }

    pub(super) fn read(repo: &Repo) -> Result<Self> {
        let text = std::fs::read_to_string(repo.path(FILE));
        let text =
            text.with_context(|| format!("{FILE}; `cargo xtask spec --bless` makes it anew"))?;
        Self::parse(&text).context(FILE)
    }

    fn parse(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)?;
        let format = value["format"].as_u64();
        ensure!(
            format == Some(FORMAT),
            "format {format:?} is not known; this program reads {FORMAT}"
        );
        let files = value["passes"].as_object().context("`passes` is missing")?;
        let mut passes: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for (file, hosts) in files {
            for (host, count) in hosts.as_object().with_context(|| file.clone())? {
                let count = count
                    .as_u64()
                    .with_context(|| format!("{file}: {host} is no count"))?;
                passes
                    .entry(file.clone())
                    .or_default()
                    .insert(host.clone(), count);
            }
        }
        Ok(Self { passes })
    }

    pub(super) fn write(&self, repo: &Repo) -> Result<()> {
        std::fs::write(repo.path(FILE), self.text()).context(FILE)
    }

    /// A line a file, so that a difference is read at a glance.
    fn text(&self) -> String {
        let rows: Vec<String> = self
            .passes
            .iter()
            .map(|(file, hosts)| format!("    {}: {}", json!(file), json!(hosts)))
            .collect();
        format!(
            "{{\n  \"format\": {FORMAT},\n  \"passes\": {{\n{}\n  }}\n}}\n",
            rows.join(",\n")
        )
    }

    /// What was reached once and is not now.
    pub(super) fn fallen(&self, suite: &Suite) -> Vec<String> {
        Self::rises(&Self::of(suite), self)
    }

    /// What is reached now for the first time.
    pub(super) fn risen(&self, suite: &Suite) -> Vec<String> {
        Self::rises(self, &Self::of(suite))
    }

    /// Where `high` has more passes than `low`.
    fn rises(low: &Self, high: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (file, hosts) in &high.passes {
            for (host, passes) in hosts {
                let other = low
                    .passes
                    .get(file)
                    .and_then(|hosts| hosts.get(host))
                    .copied()
                    .unwrap_or(0);
                if *passes > other {
                    lines.push(format!("{file} on {host}: {passes} passes against {other}"));
                }
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::super::verdicts::Host::{Go, Rust};
    use super::super::verdicts::tests::suite;
    use super::*;

    #[test]
    fn a_fall_is_a_fall_and_a_rise_is_a_rise() {
        let before = Ratchet::of(&suite(&[
            (Go, 1, "pass"),
            (Go, 2, "skip"),
            (Rust, 1, "pass"),
        ]));
        let now = suite(&[(Go, 1, "pass"), (Go, 2, "pass"), (Rust, 1, "fail")]);
        assert_eq!(before.fallen(&now), ["a/b on rust: 1 passes against 0"]);
        assert_eq!(before.risen(&now), ["a/b on go: 2 passes against 1"]);
        assert!(Ratchet::of(&now).fallen(&now).is_empty());
        assert_eq!(
            before.fallen(&Suite::default()).len(),
            2,
            "a file that is gone has fallen"
        );
    }

    #[test]
    fn another_suite_is_told_by_its_files() {
        let now = suite(&[(Go, 1, "pass"), (Rust, 1, "pass")]);
        assert!(Ratchet::of(&now).speaks_of(&now));
        let text = r#"{"format": 1, "passes": {"a/b": {"go": 1}, "c": {"go": 1}}}"#;
        assert!(!Ratchet::parse(text).unwrap().speaks_of(&now));
    }

    #[test]
    fn the_file_reads_as_it_was_written() {
        let ratchet = Ratchet::of(&suite(&[(Go, 1, "pass"), (Rust, 1, "pass")]));
        assert_eq!(Ratchet::parse(&ratchet.text()).unwrap(), ratchet);
    }

    #[test]
    fn another_format_is_refused() {
        let error = Ratchet::parse(r#"{"format": 2, "passes": {}}"#).unwrap_err();
        assert!(error.to_string().contains("not known"), "{error}");
        assert!(Ratchet::parse(r#"{"format": 1, "passes": {"a": {"go": "many"}}}"#).is_err());
    }
}
