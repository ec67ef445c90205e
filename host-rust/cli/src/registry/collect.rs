//! `tenon gc`.

use super::{FORMAT, called, contracts, print_json, told};
use crate::args::registry::Gc;
use crate::failure::Result;
use crate::output::print;
use serde::Serialize;
use tenon_registry::Collection;

#[derive(Serialize)]
struct Report {
    format: u32,
    dry_run: bool,
    changed: bool,
    removed: Vec<Removed>,
    bytes: u64,
}

#[derive(Serialize)]
struct Removed {
    contract: String,
    digest: String,
    labels: Vec<String>,
    size: u64,
}

/// Removes what nobody names.
pub(crate) fn run(args: &Gc) -> Result<()> {
    let registry = args.place.reading()?;
    let what = Collection {
        keep: args.keep,
        now: args.now,
        dry_run: args.dry_run,
    };
    let mut removed = Vec::new();
    for contract in contracts(&registry, args.contract.as_deref())? {
        let versions = registry
            .collect(&contract, &what)
            .map_err(|error| told(&error))?;
        removed.extend(versions.into_iter().map(|version| Removed {
            contract: version.contract,
            digest: version.digest,
            labels: version.labels,
            size: version.size,
        }));
    }
    let bytes = removed.iter().map(|it| it.size).sum();
    if args.place.json {
        return print_json(&Report {
            format: FORMAT,
            dry_run: args.dry_run,
            changed: !removed.is_empty(),
            removed,
            bytes,
        });
    }
    if removed.is_empty() {
        return print("nothing to remove\n");
    }
    let would = if args.dry_run { "would be " } else { "" };
    let lines = removed.iter().map(|it| {
        let label = it.labels.last().map_or("", String::as_str);
        format!(
            "{} {}: {would}removed, {} bytes\n",
            it.contract,
            called(label, &it.digest),
            it.size
        )
    });
    print(&lines.collect::<String>())
}
