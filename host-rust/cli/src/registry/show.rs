//! `tenon show`.

use super::component::{self, Facts};
use super::{FORMAT, called, contracts, label_of, plain, print_json, refused, told};
use crate::args::registry::Show;
use crate::failure::Result;
use crate::output::print;
use serde::Serialize;
use tenon_registry::{Registry, Statement, format_time, signers};

#[derive(Serialize)]
struct StateReport<'a> {
    format: u32,
    contract: &'a str,
    revision: u64,
    active: &'a str,
    active_label: &'a str,
    previous: &'a str,
    previous_label: &'a str,
    floor: u64,
    ticket: bool,
    golden: bool,
}

#[derive(Serialize)]
struct VersionReport<'a> {
    format: u32,
    contract: String,
    contract_hash: &'a str,
    kernel: &'a str,
    digest: &'a str,
    size: usize,
    labels: &'a [String],
    active: bool,
    previous: bool,
    signature: Option<Signature>,
}

/// A signature as it is: who made it is said, and not checked.
#[derive(Serialize)]
struct Signature {
    keys: Vec<String>,
    label: String,
    counter: u64,
    not_before: Option<String>,
    not_after: Option<String>,
}

/// Shows what the arguments name.
pub(crate) fn run(args: &Show) -> Result<()> {
    let registry = args.place.reading()?;
    contracts(&registry, Some(&args.contract))?;
    match &args.version {
        Some(version) => one(&registry, &args.contract, version, args.place.json),
        None => state(&registry, &args.contract, args.place.json),
    }
}

fn state(registry: &Registry, contract: &str, json: bool) -> Result<()> {
    let state = registry.state(contract).map_err(|error| told(&error))?;
    let golden = registry.golden(contract).map_err(|error| told(&error))?;
    let active = label_of(registry, contract, &state.active)?;
    let previous = label_of(registry, contract, &state.previous)?;
    if json {
        return print_json(&StateReport {
            format: FORMAT,
            contract,
            revision: state.revision,
            active: &state.active,
            active_label: &active,
            previous: &state.previous,
            previous_label: &previous,
            floor: state.floor,
            ticket: state.ticket.is_some(),
            golden: golden.is_some(),
        });
    }
    if !state.exists {
        return print(&format!(
            "{contract}\n  active    nothing activated yet: slots keep what they have\n"
        ));
    }
    let back = if state.previous == state.active {
        "nothing to go back to".to_owned()
    } else {
        called(&previous, &state.previous)
    };
    let floor = match (state.floor, state.ticket.is_some()) {
        (0, _) => "none: no signed version was active".to_owned(),
        (floor, false) => format!("release counter {floor}"),
        (floor, true) => {
            format!("release counter {floor}; a ticket allows the active version below it")
        }
    };
    let golden = if golden.is_some() { "yes" } else { "none" };
    print(&format!(
        "{contract}\n  active    {}\n  previous  {back}\n  revision  {}\n  floor     {floor}\n  golden    {golden}\n",
        called(&active, &state.active),
        state.revision,
    ))
}

fn one(registry: &Registry, contract: &str, version: &str, json: bool) -> Result<()> {
    let digest = registry
        .find(contract, version)
        .map_err(|error| told(&error))?;
    let input = component::version(registry, contract, &digest, "show")?;
    let facts = Facts::of(&input)?;
    let state = registry.state(contract).map_err(|error| told(&error))?;
    let versions = registry.list(contract).map_err(|error| told(&error))?;
    let found = versions.iter().find(|version| version.digest == digest);
    let labels = found
        .map(|version| version.labels.clone())
        .unwrap_or_default();
    let statement = registry
        .statement(contract, &digest, None)
        .map_err(|error| refused(&error))?;
    let envelope = registry
        .envelope(contract, &digest)
        .map_err(|error| told(&error))?;
    let signature = statement.map(|statement| signature(statement, &envelope.unwrap_or_default()));
    let report = VersionReport {
        format: FORMAT,
        contract: facts.full_contract(),
        contract_hash: &facts.contract.hash,
        kernel: &facts.kernel,
        digest: &digest,
        size: input.bytes.len(),
        labels: &labels,
        active: state.exists && state.active == digest,
        previous: state.exists && state.previous == digest && state.active != digest,
        signature,
    };
    if json {
        return print_json(&report);
    }
    print(&text(contract, &report))
}

fn signature(statement: Statement, envelope: &[u8]) -> Signature {
    Signature {
        keys: signers(envelope),
        label: statement.label,
        counter: statement.counter,
        not_before: statement.not_before.map(format_time),
        not_after: statement.not_after.map(format_time),
    }
}

fn text(contract: &str, report: &VersionReport<'_>) -> String {
    let or = |text: String, none: &str| {
        if text.is_empty() {
            none.to_owned()
        } else {
            text
        }
    };
    let serves = match (report.active, report.previous) {
        (true, _) => "active",
        (_, true) => "previous: a rollback goes back to it",
        _ => "no",
    };
    let mut out = format!(
        "{contract} {}\n  digest     sha256:{}\n  size       {} bytes\n  labels     {}\n  kernel     {}\n  contract   {}\n  types      sha256:{}\n  serves     {serves}\n",
        called(
            report.labels.last().map_or("", String::as_str),
            report.digest
        ),
        report.digest,
        report.size,
        or(report.labels.join(", "), "none"),
        or(plain(report.kernel), "the component does not say"),
        report.contract,
        report.contract_hash,
    );
    let Some(signature) = &report.signature else {
        out.push_str("  signature  none\n");
        return out;
    };
    out.push_str(&format!(
        "  signature  release counter {}, label {}\n",
        signature.counter,
        or(signature.label.clone(), "none")
    ));
    for key in &signature.keys {
        out.push_str(&format!(
            "             by key {} (`tenon verify --trust` checks it)\n",
            plain(key)
        ));
    }
    for (word, time) in [
        ("from", &signature.not_before),
        ("until", &signature.not_after),
    ] {
        if let Some(time) = time {
            out.push_str(&format!("             {word} {time}\n"));
        }
    }
    out
}
