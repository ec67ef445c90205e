//! What both hosts said of each directive of the suite.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// One of the two hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Host {
    Go,
    Rust,
}

impl Host {
    pub(super) const ALL: [Self; 2] = [Self::Go, Self::Rust];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Rust => "rust",
        }
    }
}

/// How a directive ended on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    Fail,
    /// The host did not run it, for the reason beside it.
    Skip,
}

/// A directive: its file, line and type, and which of several with the same three it is.
type Directive = (String, u64, String, usize);

/// Verdicts and reasons of a whole run.
#[derive(Default)]
pub(super) struct Suite {
    told: BTreeMap<Directive, BTreeMap<Host, (Verdict, String)>>,
}

impl Suite {
    /// Takes a line of a host: `{"file","line","type","verdict","reason"}`.
    pub(super) fn add(&mut self, host: Host, line: &str) -> Result<()> {
        let value: Value =
            serde_json::from_str(line).with_context(|| format!("no JSON: {line}"))?;
        let word = |key: &str| value[key].as_str().map(str::to_owned);
        let shape = || format!("not of the shape {{file, line, type, verdict, reason}}: {line}");
        let file = word("file").with_context(shape)?;
        let number = value["line"].as_u64().with_context(shape)?;
        let kind = word("type").with_context(shape)?;
        let reason = word("reason").unwrap_or_default();
        let verdict = match word("verdict").with_context(shape)?.as_str() {
            "pass" => Verdict::Pass,
            "fail" => Verdict::Fail,
            "skip" if reason.is_empty() => bail!("a skip without its reason: {line}"),
            "skip" => Verdict::Skip,
            other => bail!("`{other}` is no verdict: {line}"),
        };
        let mut directive = (file, number, kind, 0);
        while self
            .told
            .get(&directive)
            .is_some_and(|hosts| hosts.contains_key(&host))
        {
            directive.3 += 1;
        }
        self.told
            .entry(directive)
            .or_default()
            .insert(host, (verdict, reason));
        Ok(())
    }

    /// How many directives a host told of.
    pub(super) fn count(&self, host: Host) -> usize {
        self.told
            .values()
            .filter(|hosts| hosts.contains_key(&host))
            .count()
    }

    /// How many directives ended so on a host.
    pub(super) fn total(&self, host: Host, verdict: Verdict) -> usize {
        self.told
            .values()
            .filter(|hosts| ended(hosts, host) == Some(verdict))
            .count()
    }

    /// Directives that at least one host did not run.
    pub(super) fn skipped(&self) -> usize {
        let ran = |hosts: &BTreeMap<Host, (Verdict, String)>, host| {
            matches!(ended(hosts, host), Some(Verdict::Pass | Verdict::Fail))
        };
        self.told
            .values()
            .filter(|hosts| Host::ALL.iter().any(|host| !ran(hosts, *host)))
            .count()
    }

    /// The passes of each file on each host.
    pub(super) fn passes(&self) -> BTreeMap<String, BTreeMap<&'static str, usize>> {
        let mut files: BTreeMap<String, BTreeMap<&'static str, usize>> = BTreeMap::new();
        for (directive, hosts) in &self.told {
            let file = files.entry(directive.0.clone()).or_default();
            for host in Host::ALL {
                let passed = usize::from(ended(hosts, host) == Some(Verdict::Pass));
                *file.entry(host.name()).or_default() += passed;
            }
        }
        files
    }

    /// A row a file: passes of the directives that each host ran, skips of each.
    pub(super) fn table(&self) -> String {
        let mut counts: BTreeMap<&str, [[usize; 3]; 2]> = BTreeMap::new();
        for (directive, hosts) in &self.told {
            let row = counts.entry(&directive.0).or_default();
            for host in Host::ALL {
                if let Some(verdict) = ended(hosts, host) {
                    row[host as usize][verdict as usize] += 1;
                }
            }
        }
        let width = counts
            .keys()
            .map(|file| file.len())
            .max()
            .unwrap_or(0)
            .max(4);
        let mut text = format!(
            "{:width$}  {:>9}  {:>9}  {:>8}  {:>9}\n",
            "file", "go", "rust", "go skips", "rust skips"
        );
        for (file, [go, rust]) in counts {
            let of = |[passed, failed, _]: [usize; 3]| format!("{passed}/{}", passed + failed);
            text += &format!(
                "{file:width$}  {:>9}  {:>9}  {:>8}  {:>9}\n",
                of(go),
                of(rust),
                go[2],
                rust[2]
            );
        }
        text
    }

    /// A line for every directive that failed on a host.
    pub(super) fn failures(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (directive, hosts) in &self.told {
            for (host, (verdict, reason)) in hosts {
                if *verdict == Verdict::Fail {
                    lines.push(format!(
                        "fail {} on {}: {reason}",
                        place(directive),
                        host.name()
                    ));
                }
            }
        }
        lines
    }

    /// A line for every directive on which two hosts that both ran it disagree, or of which one host never told.
    pub(super) fn disagreements(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (directive, hosts) in &self.told {
            let line = match Host::ALL.map(|host| ended(hosts, host)) {
                [Some(go), Some(rust)] => {
                    let both_ran = go != Verdict::Skip && rust != Verdict::Skip;
                    (both_ran && go != rust).then(|| format!("go {go:?}, rust {rust:?}"))
                }
                [None, _] => Some("the Go host told nothing".to_owned()),
                [_, None] => Some("the Rust host told nothing".to_owned()),
            };
            lines.extend(line.map(|line| format!("disagree {}: {line}", place(directive))));
        }
        lines
    }

    /// The reasons of skips with their counts, the most frequent first.
    pub(super) fn skip_reasons(&self) -> Vec<String> {
        let mut reasons: BTreeMap<(Host, &str), usize> = BTreeMap::new();
        for hosts in self.told.values() {
            for (host, (verdict, reason)) in hosts {
                if *verdict == Verdict::Skip {
                    *reasons.entry((*host, reason)).or_default() += 1;
                }
            }
        }
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|((host, _), count)| (*host, std::cmp::Reverse(*count)));
        let line = |((host, reason), count): ((Host, &str), usize)| {
            format!("skip {} {count:>5}  {reason}", host.name())
        };
        reasons.into_iter().map(line).collect()
    }
}

fn ended(hosts: &BTreeMap<Host, (Verdict, String)>, host: Host) -> Option<Verdict> {
    hosts.get(&host).map(|(verdict, _)| *verdict)
}

fn place((file, line, kind, _): &Directive) -> String {
    format!("{file}:{line} {kind}")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A suite of one file from (host, line, verdict).
    pub(in super::super) fn suite(told: &[(Host, u64, &str)]) -> Suite {
        let mut suite = Suite::default();
        for (host, line, verdict) in told {
            let line = format!(
                r#"{{"file":"a/b","line":{line},"type":"t","verdict":"{verdict}","reason":"why"}}"#
            );
            suite.add(*host, &line).unwrap();
        }
        suite
    }

    #[test]
    fn verdicts_are_counted_by_host_and_skips_once() {
        use Host::{Go, Rust};
        let told = [
            (Go, 1, "pass"),
            (Rust, 1, "pass"),
            (Go, 2, "skip"),
            (Rust, 2, "fail"),
            (Go, 3, "skip"),
            (Rust, 3, "skip"),
        ];
        let suite = suite(&told);
        assert_eq!(
            (
                suite.total(Go, Verdict::Pass),
                suite.total(Rust, Verdict::Fail)
            ),
            (1, 1)
        );
        assert_eq!(suite.skipped(), 2);
        assert_eq!(suite.passes()["a/b"]["go"], 1);
        assert_eq!(suite.failures(), ["fail a/b:2 t on rust: why"]);
        assert_eq!(
            suite.skip_reasons(),
            ["skip go     2  why", "skip rust     1  why"]
        );
        assert!(suite.disagreements().is_empty());
        assert!(suite.table().contains("1/1"), "{}", suite.table());
    }

    #[test]
    fn hosts_disagree_when_both_ran_or_one_is_silent() {
        use Host::{Go, Rust};
        assert_eq!(
            suite(&[(Go, 1, "pass"), (Rust, 1, "fail")]).disagreements(),
            ["disagree a/b:1 t: go Pass, rust Fail"]
        );
        let silent = suite(&[(Go, 1, "pass"), (Go, 1, "pass"), (Rust, 1, "pass")]);
        assert_eq!(
            silent.disagreements(),
            ["disagree a/b:1 t: the Rust host told nothing"]
        );
    }

    #[test]
    fn lines_of_another_shape_are_refused() {
        let mut suite = Suite::default();
        for line in [
            "",
            "{}",
            r#"{"file":"a","line":1,"type":"t","verdict":"maybe","reason":""}"#,
            r#"{"file":"a","line":1,"type":"t","verdict":"skip","reason":""}"#,
        ] {
            assert!(suite.add(Host::Go, line).is_err(), "{line}");
        }
    }
}
