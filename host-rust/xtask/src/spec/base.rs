//! How much of the reference suite every host must pass: the directives that need no more than the synchronous component
//! model on core Wasm 2.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::verdicts::{Host, Suite, Verdict};

/// The file beside the suite's folder that counts them.
const FILE: &str = "component-model-expected.json";

/// Base directives by file and type. They are counted, not named: of a type that a file has with and without further
/// features, as many as are counted must pass.
pub(super) struct Base {
    counts: BTreeMap<String, BTreeMap<&'static str, usize>>,
}

/// Names of directives in the file of counts, and in the suite.
const TYPES: [(&str, &str); 9] = [
    ("define", "module_definition"),
    ("define+inst", "module"),
    ("instance", "module_instance"),
    ("assert_return", "assert_return"),
    ("assert_trap", "assert_trap"),
    ("assert_invalid", "assert_invalid"),
    ("assert_malformed", "assert_malformed"),
    ("assert_uninstantiable", "assert_uninstantiable"),
    ("action", "action"),
];

impl Base {
    /// Reads the counts that lie beside the folder of a suite, if any do.
    pub(super) fn beside(folder: &Path) -> Result<Option<Self>> {
        let Some(file) = folder.parent().map(|parent| parent.join(FILE)) else {
            return Ok(None);
        };
        if !file.is_file() {
            return Ok(None);
        }
        let shown = file.display().to_string();
        let text = std::fs::read_to_string(&file).with_context(|| shown.clone())?;
        Self::parse(&text).with_context(|| shown).map(Some)
    }

    fn parse(text: &str) -> Result<Self> {
        let files: BTreeMap<String, BTreeMap<String, Value>> = serde_json::from_str(text)?;
        let mut counts = BTreeMap::new();
        for (file, entries) in files {
            let mut base = BTreeMap::new();
            for (entry, count) in entries {
                let Some(name) = entry.strip_suffix(" base") else {
                    continue;
                };
                let (_, kind) = TYPES
                    .iter()
                    .find(|(known, _)| *known == name)
                    .with_context(|| format!("{file}: `{entry}` is not known"))?;
                let count = count
                    .as_u64()
                    .with_context(|| format!("{file}: `{entry}` is no count"))?;
                base.insert(*kind, usize::try_from(count)?);
            }
            counts.insert(file, base);
        }
        Ok(Self { counts })
    }

    /// How many there are.
    pub(super) fn total(&self) -> usize {
        self.counts.values().flat_map(BTreeMap::values).sum()
    }

    /// How many of them a host passes.
    pub(super) fn passed(&self, suite: &Suite, host: Host) -> usize {
        let entries = self.entries();
        entries
            .map(|(file, kind, base)| base.min(suite.count_of(file, kind, host, Verdict::Pass)))
            .sum()
    }

    /// A line for each file, type and host where less pass.
    pub(super) fn missed(&self, suite: &Suite) -> Vec<String> {
        let mut lines = Vec::new();
        for (file, kind, base) in self.entries() {
            for host in Host::ALL {
                let count = |verdict| suite.count_of(file, kind, host, verdict);
                let (passed, skipped) = (count(Verdict::Pass), count(Verdict::Skip));
                if passed < base {
                    let host = host.name();
                    lines.push(format!(
                        "{file} on {host}: {passed} of {base} base {kind} pass, {skipped} of that type are skipped"
                    ));
                }
            }
        }
        lines
    }

    fn entries(&self) -> impl Iterator<Item = (&str, &'static str, usize)> {
        self.counts.iter().flat_map(|(file, kinds)| {
            kinds
                .iter()
                .map(move |(kind, base)| (file.as_str(), *kind, *base))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::verdicts::Host::{Go, Rust};
    use super::super::verdicts::tests::suite_of;
    use super::*;

    const COUNTS: &str =
        r#"{"a/b": {"assert_trap base": 2, "assert_trap feat": 1, "define base": 1}}"#;

    #[test]
    fn base_is_missed_by_a_skip_as_by_a_failure() {
        let base = Base::parse(COUNTS).unwrap();
        assert_eq!(base.total(), 3);
        let told = [
            (Go, 1, "assert_trap", "pass"),
            (Go, 2, "assert_trap", "skip"),
            (Go, 3, "assert_trap", "pass"),
            (Go, 4, "module_definition", "pass"),
            (Rust, 1, "assert_trap", "pass"),
            (Rust, 2, "assert_trap", "skip"),
            (Rust, 3, "assert_trap", "fail"),
        ];
        let suite = suite_of(&told);
        assert_eq!((base.passed(&suite, Go), base.passed(&suite, Rust)), (3, 1));
        assert_eq!(
            base.missed(&suite),
            [
                "a/b on rust: 1 of 2 base assert_trap pass, 1 of that type are skipped",
                "a/b on rust: 0 of 1 base module_definition pass, 0 of that type are skipped",
            ]
        );
    }

    #[test]
    fn counts_of_another_shape_are_refused() {
        for text in [
            "[]",
            r#"{"a/b": {"assert_nothing base": 1}}"#,
            r#"{"a/b": {"define base": "many"}}"#,
        ] {
            assert!(Base::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_suite_may_come_without_counts() {
        let folder = std::env::temp_dir().join("no suite/at all");
        assert!(Base::beside(&folder).unwrap().is_none());
    }
}
