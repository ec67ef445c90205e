//! `tenon gc`.

use super::{FORMAT, called, contracts, print_json, told};
use crate::args::registry::Gc;
use crate::failure::Result;
use crate::output::print;
use serde::Serialize;
use std::collections::HashSet;
use tenon_registry::Collection;

#[derive(Serialize)]
struct Report {
    format: u32,
    dry_run: bool,
    changed: bool,
    removed: Vec<Removed>,
    dropped: Vec<Dropped>,
    bytes: u64,
}

#[derive(Serialize)]
struct Removed {
    contract: String,
    digest: String,
    labels: Vec<String>,
    size: u64,
}

/// A label that is gone, whatever became of its version.
#[derive(Serialize)]
struct Dropped {
    contract: String,
    label: String,
    digest: String,
}

/// Removes what nobody names.
pub(crate) fn run(args: &Gc) -> Result<()> {
    let registry = args.place.reading()?;
    let what = Collection {
        keep: args.keep,
        now: args.now,
        dry_run: args.dry_run,
    };
    let (mut removed, mut dropped) = (Vec::new(), Vec::new());
    for contract in contracts(&registry, args.contract.as_deref())? {
        let done = registry
            .collect(&contract, &what)
            .map_err(|error| told(&error))?;
        removed.extend(done.removed.into_iter().map(|version| Removed {
            contract: version.contract,
            digest: version.digest,
            labels: version.labels,
            size: version.size,
        }));
        dropped.extend(done.dropped.into_iter().map(|it| Dropped {
            contract: contract.clone(),
            label: it.label,
            digest: it.digest,
        }));
    }
    let bytes = removed.iter().map(|it| it.size).sum();
    if args.place.json {
        return print_json(&Report {
            format: FORMAT,
            dry_run: args.dry_run,
            changed: !removed.is_empty() || !dropped.is_empty(),
            removed,
            dropped,
            bytes,
        });
    }
    if removed.is_empty() && dropped.is_empty() {
        return print("nothing to remove\n");
    }
    let would = if args.dry_run { "would be " } else { "" };
    let mut text = String::new();
    for it in &removed {
        let name = called(&it.labels.join(", "), &it.digest);
        text.push_str(&format!(
            "{} {name}: {would}removed, {} bytes\n",
            it.contract, it.size
        ));
    }
    // The line of a removed version has its labels already.
    let told: HashSet<_> = removed
        .iter()
        .map(|it| (&it.contract, &it.digest))
        .collect();
    for it in &dropped {
        if told.contains(&(&it.contract, &it.digest)) {
            continue;
        }
        let name = called(&it.label, &it.digest);
        text.push_str(&format!("{} {name}: label {would}dropped\n", it.contract));
    }
    print(&text)
}
