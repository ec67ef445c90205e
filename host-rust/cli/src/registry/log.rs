//! `tenon log`.

use super::{FORMAT, called, contracts, plain, print_json, told};
use crate::args::registry::Log;
use crate::failure::Result;
use crate::output::print;
use serde::Serialize;
use tenon_registry::{Entry, Event, format_time};

#[derive(Serialize)]
struct Report {
    format: u32,
    entries: Vec<Entry>,
}

/// Prints the end of the trail.
pub(crate) fn run(args: &Log) -> Result<()> {
    let registry = args.place.reading()?;
    let mut entries = Vec::new();
    for contract in contracts(&registry, args.contract.as_deref())? {
        let of_one = registry.trail(&contract, args.last);
        entries.extend(of_one.map_err(|error| told(&error))?);
    }
    // Of one contract the lines are in the order of what happened; between contracts only clocks tell.
    if args.contract.is_none() {
        entries.sort_by_key(|entry| entry.time);
    }
    entries.drain(..entries.len().saturating_sub(args.last));
    if args.place.json {
        return print_json(&Report {
            format: FORMAT,
            entries,
        });
    }
    print(&entries.iter().map(line).collect::<String>())
}

fn line(entry: &Entry) -> String {
    let mut text = format!(
        "{}  {}  {}",
        format_time(entry.time),
        entry.contract,
        entry.event.as_str()
    );
    let about_what_serves = matches!(
        entry.event,
        Event::Activated | Event::RolledBack | Event::Swapped
    );
    if !entry.version.is_empty() || about_what_serves {
        text.push_str(&format!("  {}", called(&entry.label, &entry.version)));
    }
    if about_what_serves && entry.previous != entry.version {
        text.push_str(&format!(", before it {}", called("", &entry.previous)));
    }
    for (word, value) in [("slot", &entry.slot), ("reason", &entry.reason)] {
        if !value.is_empty() {
            text.push_str(&format!(", {word} {value}"));
        }
    }
    if entry.revision > 0 {
        text.push_str(&format!(", revision {}", entry.revision));
    }
    text.push_str(&format!(
        "  by {} on {} ({})",
        entry.by, entry.host, entry.pid
    ));
    if !entry.message.is_empty() {
        text.push_str(&format!(": {}", entry.message));
    }
    plain(&text) + "\n"
}
