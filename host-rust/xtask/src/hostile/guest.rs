//! A guest of the index, and what a host says of it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

/// One guest, as the index describes it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Guest {
    pub(super) name: String,
    when: String,
    /// The kind of fault, or `ok`.
    pub(super) expect: String,
    pub(super) what: String,
    /// What the fault's message must contain.
    #[serde(default)]
    says: Vec<String>,
    /// Functions that the fault's backtrace must name.
    #[serde(default)]
    backtrace: Vec<String>,
    /// What it answers, as WAVE.
    answer: Option<String>,
    /// The whole entry, for the hosts' programs.
    #[serde(skip)]
    pub(super) entry: String,
}

impl Guest {
    /// The guests of an index.
    pub(super) fn list(index: &[u8]) -> Result<Vec<Self>> {
        let index: Value = serde_json::from_slice(index)?;
        ensure!(index["format"] == 1, "the format is not 1");
        let entries = index["guests"].as_array().context("there is no `guests`")?;
        let mut names = BTreeSet::new();
        let guests = entries.iter().map(|entry| {
            let guest = Self::of(entry)?;
            ensure!(names.insert(guest.name.clone()), "two are {}", guest.name);
            Ok(guest)
        });
        guests.collect()
    }

    /// The guest of one entry.
    pub(super) fn of(entry: &Value) -> Result<Self> {
        let mut guest = Self::deserialize(entry).with_context(|| entry.to_string())?;
        guest.entry = entry.to_string();
        Ok(guest)
    }

    /// Whether it stands for many files, whose faults the message counts.
    pub(super) fn is_family(&self) -> bool {
        self.when == "prefixes"
    }
}

/// What a host's program prints of a guest.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    /// How many attacks ended how: by the kind of fault, or `ok`.
    pub(super) outcomes: BTreeMap<String, u64>,
    /// Of the first fault.
    pub(super) message: String,
    backtrace: Vec<String>,
    answer: Option<String>,
    /// Of each attack, and so the next three; those beyond a deadline only where it passed.
    pub(super) millis: Vec<f64>,
    pub(super) overshoot_millis: Vec<f64>,
    pub(super) peak_bytes: Vec<Option<u64>>,
    beats: Vec<u64>,
    pub(super) heartbeat_gap_millis: f64,
    pub(super) healthy_calls: u64,
    pub(super) healthy_failed: u64,
    healthy_message: String,
    /// Of the garbage collector; the Rust host has none.
    #[serde(default)]
    pub(super) collections: u64,
    wrong: Vec<String>,
}

/// Attacks that last this long together, in milliseconds, must leave room for a beat of the heart. One beat a millisecond
/// is due; a busy machine may lose many of them, a process that stands still has none. The longest attack does not count, in
/// which the whole machine may have stood still, unless it lasts far longer than machines do so.
const SOME_BEAT: f64 = 100.0;
const FAR_LONGER: f64 = 1000.0;

impl Line {
    pub(super) fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).with_context(|| format!("`{}`", text.trim_end()))
    }

    /// How the attacks ended, as one word where all ended alike.
    pub(super) fn kind(&self) -> String {
        let kinds: Vec<&str> = self.outcomes.keys().map(String::as_str).collect();
        kinds.join("+")
    }
}

/// How a guest's process ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// It reported.
    Line(Box<Line>),
    /// It died or hung; this is how.
    Crash(String),
}

impl Ended {
    /// The kind of fault, or `ok`, or `crash`.
    pub(super) fn kind(&self) -> String {
        match self {
            Self::Line(line) => line.kind(),
            Self::Crash(_) => "crash".to_owned(),
        }
    }

    /// What is not as it must be.
    pub(super) fn complaints(&self, guest: &Guest) -> Vec<String> {
        let line = match self {
            Self::Line(line) => line,
            Self::Crash(how) => return vec![how.clone()],
        };
        let mut wrong = line.wrong.clone();
        if line.kind() != guest.expect {
            let (got, want) = (line.kind(), &guest.expect);
            wrong.push(format!("{got} in place of {want}: {}", line.message));
        }
        for words in &guest.says {
            if !line.message.contains(words.as_str()) {
                wrong.push(format!("it does not say {words}: {}", line.message));
            }
        }
        for function in &guest.backtrace {
            if !line.backtrace.iter().any(|it| it.ends_with(function)) {
                wrong.push(format!("no {function} in {:?}", line.backtrace));
            }
        }
        if guest.answer.is_some() && guest.answer != line.answer {
            let (got, want) = (&line.answer, &guest.answer);
            wrong.push(format!("it answers {got:?} in place of {want:?}"));
        }
        if line.healthy_failed > 0 || line.healthy_calls == 0 {
            let (failed, all) = (line.healthy_failed, line.healthy_calls);
            let message = &line.healthy_message;
            wrong.push(format!("{failed} of {all} healthy calls failed: {message}"));
        }
        let took: f64 = line.millis.iter().sum();
        let longest = line.millis.iter().copied().fold(0.0, f64::max);
        let lasts = took - longest >= SOME_BEAT || longest >= FAR_LONGER;
        if lasts && line.beats.iter().sum::<u64>() == 0 {
            wrong.push(format!("the heart stood still for {took:.0} ms"));
        }
        wrong
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    pub(in super::super) fn guest(expect: &str) -> Guest {
        let entry = json!({"name": "g", "when": "call", "expect": expect, "what": "it does"});
        Guest::of(&entry).unwrap()
    }

    fn report(kind: &str) -> Value {
        json!({
            "outcomes": {kind: 3}, "message": "it hurts", "backtrace": ["m.boom", "m.outer"], "answer": null,
            "millis": [50.0, 60.0, 51.0], "overshoot_millis": [0.5, 10.5, 1.5], "peak_bytes": [4096, null, 8192],
            "beats": [40, 50, 45], "heartbeat_gap_millis": 2.5, "healthy_calls": 9, "healthy_failed": 0,
            "healthy_message": "", "wrong": [],
        })
    }

    pub(in super::super) fn line(kind: &str) -> Ended {
        Ended::Line(Box::new(Line::parse(&report(kind).to_string()).unwrap()))
    }

    fn complaints(guest: &Guest, key: &str, value: Value) -> String {
        let mut report = report("trap");
        report[key] = value;
        let line = Line::parse(&report.to_string()).unwrap();
        Ended::Line(Box::new(line)).complaints(guest).join("; ")
    }

    #[test]
    fn what_is_as_it_must_be_has_no_complaints() {
        assert_eq!(line("trap").complaints(&guest("trap")), [""; 0]);
    }

    #[test]
    fn each_departure_is_a_complaint() {
        let mut guest = guest("trap");
        let with = |key, value| complaints(&guest, key, value);
        assert!(with("outcomes", json!({"abi": 3})).contains("abi in place of trap"));
        assert!(with("outcomes", json!({"trap": 2, "ok": 1})).contains("ok+trap in place of"));
        assert!(with("healthy_failed", json!(1)).contains("1 of 9 healthy calls"));
        assert!(with("healthy_calls", json!(0)).contains("0 of 0 healthy calls"));
        assert!(with("beats", json!([0, 0, 0])).contains("stood still for 161 ms"));
        assert!(with("wrong", json!(["it lives on"])).contains("it lives on"));
        let still = |millis: &[f64]| {
            let mut report = report("trap");
            report["millis"] = json!(millis);
            report["beats"] = json!([0]);
            let line = Line::parse(&report.to_string()).unwrap();
            !Ended::Line(Box::new(line)).complaints(&guest).is_empty()
        };
        assert!(!still(&[0.5, 400.0, 0.5]) && still(&[0.5, 1100.0]));
        guest.says = vec!["launch".to_owned()];
        guest.backtrace = vec!["boom".to_owned(), "middle".to_owned()];
        guest.answer = Some("7".to_owned());
        let all = complaints(&guest, "answer", json!("8"));
        assert!(all.contains("does not say launch"), "{all}");
        assert!(
            all.contains("no middle in") && !all.contains("no boom in"),
            "{all}"
        );
        assert!(all.contains(r#"Some("8") in place of Some("7")"#), "{all}");
    }

    #[test]
    fn a_crash_is_a_complaint() {
        let crash = Ended::Crash("signal 9".to_owned());
        assert_eq!(crash.complaints(&guest("trap")), ["signal 9"]);
        assert_eq!(crash.kind(), "crash");
    }

    #[test]
    fn an_index_of_another_shape_is_refused() {
        for index in [
            r#"{"format": 2, "guests": []}"#,
            r#"{"format": 1}"#,
            r#"{"format": 1, "guests": [{"name": "g"}]}"#,
        ] {
            assert!(Guest::list(index.as_bytes()).is_err(), "{index}");
        }
        let twice = json!({"name": "g", "when": "call", "expect": "ok", "what": "it does"});
        let index = json!({"format": 1, "guests": [twice, twice]}).to_string();
        let error = Guest::list(index.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("two are g"), "{error}");
    }
}
