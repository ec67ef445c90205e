//! `tenon publish`.

use super::component::Facts;
use super::{FORMAT, called, print_json, read, told};
use crate::args::registry::Publish;
use crate::failure::Result;
use crate::input::{Input, require_contract};
use crate::output::print;
use serde::Serialize;
use tenon_registry::{Publication, limits};

#[derive(Serialize)]
struct Report<'a> {
    format: u32,
    dry_run: bool,
    changed: bool,
    contract: &'a str,
    contract_hash: &'a str,
    kernel: &'a str,
    digest: &'a str,
    size: u64,
    label: &'a str,
    labels: &'a [String],
    stored: bool,
    labelled: bool,
    golden: bool,
}

/// Publishes the file that the arguments name.
pub(crate) fn run(args: &Publish) -> Result<()> {
    let registry = args.place.writing(args.dry_run)?;
    let input = Input::read(&args.file)?;
    let facts = Facts::of(&input)?;
    let contract = (
        facts.contract.package.as_str(),
        facts.contract.version.as_str(),
    );
    require_contract(&input.name, Some(contract), args.contract.as_deref())?;
    let golden = args.golden.as_deref();
    let golden = golden.map(|file| read(file, limits::JSON, "golden cases"));
    let with = Publication {
        label: args.label.clone().unwrap_or_else(|| facts.label.clone()),
        envelope: None,
        golden: golden.transpose()?,
        dry_run: args.dry_run,
    };
    let package = facts.contract.package.as_str();
    let done = registry
        .publish(package, &input.bytes, &with)
        .map_err(|error| told(&error))?;

    if args.place.json {
        return print_json(&Report {
            format: FORMAT,
            dry_run: args.dry_run,
            changed: done.changed(),
            contract: package,
            contract_hash: &facts.contract.hash,
            kernel: &facts.kernel,
            digest: &done.version.digest,
            size: done.version.size,
            label: &with.label,
            labels: &done.version.labels,
            stored: done.stored,
            labelled: done.labelled,
            golden: done.golden,
        });
    }
    let name = format!("{package} {}", called(&with.label, &done.version.digest));
    let would = if args.dry_run { "would be " } else { "" };
    let mut text = match (done.stored, done.labelled) {
        (true, _) => format!("{name}: {would}published\n"),
        (false, true) => format!("{name}: {would}labelled; the component is there already\n"),
        (false, false) => format!("{name}: published already, nothing changes\n"),
    };
    if done.golden {
        text.push_str(&format!("golden cases: {would}replaced\n"));
    }
    print(&text)
}
