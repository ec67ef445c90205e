//! What both hosts said of each directive of the suites.

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

/// What a host told of a directive.
struct Told {
    verdict: Verdict,
    reason: String,
    /// Of the fault that an assertion expected; empty where none was.
    class: String,
}

/// A directive: its file, line and type, and which of several with the same three it is.
type Directive = (String, u64, String, usize);

/// Verdicts and reasons of a whole run.
#[derive(Default)]
pub(super) struct Suite {
    told: BTreeMap<Directive, BTreeMap<Host, Told>>,
}

impl Suite {
    /// Takes a line of a host: `{"file","line","type","verdict","reason","class"}`. The file's name gets a prefix.
    pub(super) fn add(&mut self, host: Host, prefix: &str, line: &str) -> Result<()> {
        let value: Value =
            serde_json::from_str(line).with_context(|| format!("no JSON: {line}"))?;
        let word = |key: &str| value[key].as_str().map(str::to_owned);
        let shape = || format!("not of the shape {{file, line, type, verdict, reason}}: {line}");
        let file = prefix.to_owned() + &word("file").with_context(shape)?;
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
        let told = Told {
            verdict,
            reason,
            class: word("class").unwrap_or_default(),
        };
        self.told.entry(directive).or_default().insert(host, told);
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

    /// How many directives of a file and type ended so on a host.
    pub(super) fn count_of(&self, file: &str, kind: &str, host: Host, verdict: Verdict) -> usize {
        self.told
            .iter()
            .filter(|(directive, hosts)| {
                (directive.0.as_str(), directive.2.as_str()) == (file, kind)
                    && ended(hosts, host) == Some(verdict)
            })
            .count()
    }

    /// Directives that at least one host did not run.
    pub(super) fn skipped(&self) -> usize {
        let ran = |hosts: &BTreeMap<Host, Told>, host| {
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

    /// A row a file: how its directives ended on each host.
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
        let width = counts.keys().map(|file| file.len()).max().unwrap_or(0);
        let width = width.max(4);
        let mut text = format!("{:width$}  {:^20}  {:^20}\n", "", "go", "rust");
        let words = format!("{:>6}{:>7}{:>7}", "pass", "fail", "skip");
        text += &format!("{:width$}  {words}  {words}\n", "file");
        for (file, hosts) in counts {
            let [go, rust] = hosts.map(|[p, f, s]| format!("{p:>6}{f:>7}{s:>7}"));
            text += &format!("{file:width$}  {go}  {rust}\n");
        }
        text
    }

    /// A line for every directive that failed on a host.
    pub(super) fn failures(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (directive, hosts) in &self.told {
            for (host, told) in hosts {
                if told.verdict == Verdict::Fail {
                    lines.push(format!(
                        "fail {} on {}: {}",
                        place(directive),
                        host.name(),
                        told.reason
                    ));
                }
            }
        }
        lines
    }

    /// A line for every directive on which the hosts disagree: in the verdict, in the class of the expected fault, or
    /// because one of them never told.
    pub(super) fn disagreements(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (directive, hosts) in &self.told {
            let line = match Host::ALL.map(|host| hosts.get(&host)) {
                [Some(go), Some(rust)] if go.verdict != rust.verdict => {
                    Some(format!("go {}, rust {}", go.shown(), rust.shown()))
                }
                [Some(go), Some(rust)] => (go.class != rust.class)
                    .then(|| format!("go finds {:?}, rust {:?}", go.class, rust.class)),
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
            for (host, told) in hosts {
                if told.verdict == Verdict::Skip {
                    *reasons
                        .entry((*host, without_place(&told.reason)))
                        .or_default() += 1;
                }
            }
        }
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|((host, _), count)| (*host, std::cmp::Reverse(*count)));
        let line = |((host, reason), count): ((Host, &str), usize)| {
            format!("skip {:4} {count:>5}  {reason}", host.name())
        };
        reasons.into_iter().map(line).collect()
    }
}

impl Told {
    fn shown(&self) -> String {
        let word = match self.verdict {
            Verdict::Pass => "passes",
            Verdict::Fail => "fails",
            Verdict::Skip => return format!("skips: {}", self.reason),
        };
        word.to_owned()
    }
}

/// A reason without the place in the component, which is another in every file.
fn without_place(reason: &str) -> &str {
    let end = [" (at ", " at byte "]
        .iter()
        .filter_map(|place| reason.find(place));
    &reason[..end.min().unwrap_or(reason.len())]
}

fn ended(hosts: &BTreeMap<Host, Told>, host: Host) -> Option<Verdict> {
    hosts.get(&host).map(|told| told.verdict)
}

fn place((file, line, kind, _): &Directive) -> String {
    format!("{file}:{line} {kind}")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A suite of one file from (host, line, type, verdict).
    pub(in super::super) fn suite_of(told: &[(Host, u64, &str, &str)]) -> Suite {
        let mut suite = Suite::default();
        for (host, line, kind, verdict) in told {
            let line = format!(
                r#"{{"file":"b","line":{line},"type":"{kind}","verdict":"{verdict}","reason":"why"}}"#
            );
            suite.add(*host, "a/", &line).unwrap();
        }
        suite
    }

    /// The same with directives of one type.
    pub(in super::super) fn suite(told: &[(Host, u64, &str)]) -> Suite {
        let told: Vec<_> = told
            .iter()
            .map(|(host, line, verdict)| (*host, *line, "t", *verdict))
            .collect();
        suite_of(&told)
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
                suite.total(Rust, Verdict::Fail),
                suite.count_of("a/b", "t", Go, Verdict::Skip),
            ),
            (1, 1, 2)
        );
        assert_eq!(suite.skipped(), 2);
        assert_eq!(suite.passes()["a/b"]["go"], 1);
        assert_eq!(suite.failures(), ["fail a/b:2 t on rust: why"]);
        assert_eq!(
            suite.skip_reasons(),
            ["skip go       2  why", "skip rust     1  why"]
        );
        let table = suite.table();
        let row: Vec<&str> = table.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(row, ["a/b", "1", "0", "2", "1", "1", "1"]);
    }

    #[test]
    fn hosts_disagree_in_verdict_and_class_and_by_silence() {
        use Host::{Go, Rust};
        assert_eq!(
            suite(&[(Go, 1, "pass"), (Rust, 1, "fail")]).disagreements(),
            ["disagree a/b:1 t: go passes, rust fails"]
        );
        assert_eq!(
            suite(&[(Go, 1, "skip"), (Rust, 1, "pass")]).disagreements(),
            ["disagree a/b:1 t: go skips: why, rust passes"]
        );
        let silent = suite(&[(Go, 1, "pass"), (Go, 1, "pass"), (Rust, 1, "pass")]);
        assert_eq!(
            silent.disagreements(),
            ["disagree a/b:1 t: the Rust host told nothing"]
        );
        let mut classes = Suite::default();
        for (host, class) in [(Go, "abi"), (Rust, "trap")] {
            let line =
                format!(r#"{{"file":"a","line":1,"type":"t","verdict":"pass","class":"{class}"}}"#);
            classes.add(host, "", &line).unwrap();
        }
        assert_eq!(
            classes.disagreements(),
            [r#"disagree a:1 t: go finds "abi", rust "trap""#]
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
            assert!(suite.add(Host::Go, "", line).is_err(), "{line}");
        }
    }
}
