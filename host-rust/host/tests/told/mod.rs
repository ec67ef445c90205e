//! Listens to what is told by `tracing`, and holds it against the table of both hosts.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// An event: its fields as text, its level among them.
pub(crate) type Line = BTreeMap<String, String>;

/// Keeps what is told to the target `tenon`.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<Line>>>);

impl Told {
    pub(crate) fn lines(&self) -> Vec<Line> {
        self.0.lock().unwrap().clone()
    }
}

impl Subscriber for Told {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "tenon"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(Line::new());
        event.record(&mut fields);
        let level = event.metadata().level().to_string().to_lowercase();
        fields.0.insert("level".into(), level);
        self.0.lock().unwrap().push(fields.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Fields(Line);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().into(), value.into());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().into(), format!("{value:?}"));
    }
}

/// Every line, its level and fields stand in `wit/vectors/names.json`; what a fault is called `message` there is `error` here.
pub(crate) fn check(lines: &[Line]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/vectors/names.json");
    let names: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let texts = |list: &serde_json::Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let fault = names["fault"].as_array().unwrap().iter();
    let fault: Vec<_> = fault
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect();
    for line in lines {
        let logs = names["logs"].as_array().unwrap();
        let known = logs.iter().find(|log| log["message"] == line["message"]);
        let known = known.unwrap_or_else(|| panic!("not in the table: {line:?}"));
        assert_eq!(known["level"], line["level"], "{line:?}");
        let keys = texts(&known["keys"]);
        let of_fault = keys.iter().any(|key| key == "those of fault");
        for key in line.keys().map(String::as_str) {
            let there = ["message", "level"].contains(&key)
                || keys.iter().any(|it| it == key)
                || of_fault && (key == "error" || fault.iter().any(|it| it == key));
            assert!(there, "{key} of {line:?}");
        }
    }
}
