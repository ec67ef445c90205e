//! `tenon ls`.

use super::{FORMAT, called, contracts, count, print_json, short, told};
use crate::args::registry::Ls;
use crate::failure::Result;
use crate::output::print;
use serde::Serialize;
use tenon_registry::{Registry, State, Version};

#[derive(Serialize)]
struct Contracts {
    format: u32,
    contracts: Vec<Contract>,
}

#[derive(Serialize)]
struct Contract {
    contract: String,
    versions: usize,
    active: String,
    label: String,
    revision: u64,
}

#[derive(Serialize)]
struct Versions {
    format: u32,
    contract: String,
    active: String,
    previous: String,
    revision: u64,
    versions: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    digest: String,
    labels: Vec<String>,
    size: u64,
    signed: bool,
    active: bool,
    previous: bool,
}

/// Lists contracts, or versions of one.
pub(crate) fn run(args: &Ls) -> Result<()> {
    let registry = args.place.reading()?;
    match &args.contract {
        Some(contract) => {
            contracts(&registry, Some(contract))?;
            versions(&registry, contract, args.place.json)
        }
        None => all(&registry, args.place.json),
    }
}

fn all(registry: &Registry, json: bool) -> Result<()> {
    let mut rows = Vec::new();
    for contract in contracts(registry, None)? {
        let (versions, state) = look(registry, &contract)?;
        let active = versions
            .iter()
            .find(|version| version.digest == state.active);
        let label = active.and_then(|version| version.labels.last().cloned());
        rows.push(Contract {
            contract,
            versions: versions.len(),
            active: state.active,
            label: label.unwrap_or_default(),
            revision: state.revision,
        });
    }
    if json {
        return print_json(&Contracts {
            format: FORMAT,
            contracts: rows,
        });
    }
    let cells = rows.iter().map(|row| {
        let active = match row.revision {
            0 => "nothing activated yet".to_owned(),
            _ => format!("active: {}", called(&row.label, &row.active)),
        };
        let versions = count(row.versions, "version");
        [row.contract.clone(), versions, active]
    });
    print(&table(cells.collect()))
}

fn versions(registry: &Registry, contract: &str, json: bool) -> Result<()> {
    let (mut versions, state) = look(registry, contract)?;
    // Those without a label come first, then in the order of labels.
    versions.sort_by_cached_key(|version| {
        let label = version.labels.last();
        label.and_then(|label| semver::Version::parse(label).ok())
    });
    let rows: Vec<Row> = versions
        .into_iter()
        .map(|version| Row {
            active: version.digest == state.active,
            previous: version.digest == state.previous && state.previous != state.active,
            digest: version.digest,
            labels: version.labels,
            size: version.size,
            signed: version.signed,
        })
        .collect();
    if json {
        return print_json(&Versions {
            format: FORMAT,
            contract: contract.to_owned(),
            active: state.active,
            previous: state.previous,
            revision: state.revision,
            versions: rows,
        });
    }
    let cells = rows.iter().map(|row| {
        let mut marks = Vec::new();
        marks.extend(row.active.then_some("active"));
        marks.extend(row.previous.then_some("previous"));
        marks.extend(row.signed.then_some("signed"));
        let label = match row.labels.join(", ") {
            none if none.is_empty() => "-".to_owned(),
            labels => labels,
        };
        let size = format!("{} bytes", row.size);
        [
            label,
            format!("{}  {size}", short(&row.digest)),
            marks.join(", "),
        ]
    });
    print(&table(cells.collect()))
}

fn look(registry: &Registry, contract: &str) -> Result<(Vec<Version>, State)> {
    let versions = registry.list(contract).map_err(|error| told(&error))?;
    let state = registry.state(contract).map_err(|error| told(&error))?;
    Ok((versions, state))
}

/// Rows of cells, in columns.
fn table(rows: Vec<[String; 3]>) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let (first, second) = (width(0), width(1));
    let mut text = String::new();
    for [a, b, c] in &rows {
        let line = format!("{a:first$}  {b:second$}  {c}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
