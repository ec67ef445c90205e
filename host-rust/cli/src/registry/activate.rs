//! `tenon activate` and `tenon rollback`.

use super::component::{self, Facts};
use super::{FORMAT, called, label_of, plain, print_json, private_key, refused, told};
use crate::args::registry::{Activate, Place, Rollback, Tickets};
use crate::failure::{Failure, Result, UNMET};
use crate::output::print;
use crate::wit::compare_components;
use serde::Serialize;
use tenon_registry::{Activation, BASELINE, Change, Reason, Registry, Ticket, sign_ticket};

#[derive(Serialize)]
struct Report<'a> {
    format: u32,
    dry_run: bool,
    changed: bool,
    contract: &'a str,
    active: &'a str,
    label: &'a str,
    previous: &'a str,
    was: &'a str,
    revision: u64,
    floor: u64,
    ticket: bool,
}

/// Makes a version the active one.
pub(crate) fn run(args: &Activate) -> Result<()> {
    let registry = args.place.writing(args.dry_run)?;
    let contract = &args.contract;
    let trust = args.trusted.keys(false)?;
    let digest = if args.version == BASELINE {
        String::new()
    } else {
        let found = registry.find(contract, &args.version);
        found.map_err(|error| told(&error.doing("activate")))?
    };
    if !digest.is_empty() {
        fits(&registry, contract, &digest, args.force)?;
    }
    let how = Activation {
        trust,
        ticket: ticket(&registry, contract, &digest, &args.tickets)?,
        dry_run: args.dry_run,
    };
    let name = if digest.is_empty() { BASELINE } else { &digest };
    let change = registry
        .activate(contract, name, &how)
        .map_err(|error| refused(&error))?;
    let said = ["activated", "active already, nothing changes"];
    let how = (args.dry_run, args.version.as_str());
    report(&registry, contract, &change, &args.place, how, said)
}

/// Makes the version active that was so before.
pub(crate) fn back(args: &Rollback) -> Result<()> {
    let registry = args.place.writing(args.dry_run)?;
    let contract = &args.contract;
    let state = registry.state(contract).map_err(|error| told(&error))?;
    let how = Activation {
        trust: args.trusted.keys(false)?,
        ticket: ticket(&registry, contract, &state.previous, &args.tickets)?,
        dry_run: args.dry_run,
    };
    let change = registry
        .rollback(contract, &how)
        .map_err(|error| refused(&error))?;
    let said = [
        "active again",
        "active, and there is nothing to go back to: nothing changes",
    ];
    report(
        &registry,
        contract,
        &change,
        &args.place,
        (args.dry_run, ""),
        said,
    )
}

/// Signs the ticket that the arguments ask for.
fn ticket(
    registry: &Registry,
    contract: &str,
    digest: &str,
    tickets: &Tickets,
) -> Result<Option<Vec<u8>>> {
    let Some(file) = &tickets.key else {
        return Ok(None);
    };
    let key = private_key(file)?;
    if digest.is_empty() {
        return Ok(None);
    }
    let state = registry.state(contract).map_err(|error| told(&error))?;
    let ticket = Ticket {
        contract: contract.to_owned(),
        digest: digest.to_owned(),
        floor: state.floor,
        not_after: tickets.not_after,
    };
    sign_ticket(&ticket, &key)
        .map(Some)
        .map_err(|error| told(&error))
}

/// Fails unless the component is of the contract, as its signature says it is, and can stand in for the active version.
fn fits(registry: &Registry, contract: &str, digest: &str, force: bool) -> Result<()> {
    let input = component::version(registry, contract, digest, "activate")?;
    let facts = Facts::of(&input).map_err(|failure| failure.status(UNMET))?;
    let other = |found: String, help: &str| {
        Failure::new(format!(
            "activate {contract}: the component is of another contract"
        ))
        .found(found)
        .note("fault", "contract, contract-mismatch")
        .help(help)
        .status(UNMET)
    };
    if facts.contract.package != contract {
        let help = "publish it again, which puts it where it belongs; `tenon gc` removes this one";
        return Err(other(facts.full_contract(), help));
    }
    let statement = registry
        .statement(contract, digest, None)
        .map_err(|error| refused(&error.doing("activate")))?;
    let other_signed = statement.and_then(|statement| facts.other_than_signed(&statement));
    if let Some([_, signed]) = other_signed {
        let found = format!("{}, says its signature", plain(&signed));
        return Err(other(found, "sign the version again"));
    }
    let state = registry
        .state(contract)
        .map_err(|error| refused(&error.doing("activate")))?;
    if force || state.active.is_empty() || state.active == digest {
        return Ok(());
    }
    let active = match registry.read(contract, &state.active) {
        Ok(active) => active,
        // What is damaged or gone is no reason to stay with it.
        Err(error) if matches!(error.reason(), Reason::DigestMismatch | Reason::NotFound) => {
            return Ok(());
        }
        Err(error) => return Err(refused(&error)),
    };
    let name = format!("the active version {}", called("", &state.active));
    let compared = compare_components((&name, &active), (&input.name, &input.bytes))?;
    if compared.compatible {
        return Ok(());
    }
    let shown = compared.differences.iter().take(20);
    let mut lines: Vec<_> = shown
        .map(|it| format!("{}: {}: {}", it.path, it.rule.name(), it.message))
        .collect();
    match compared.differences.len().saturating_sub(lines.len()) {
        0 => {}
        more => lines.push(format!("and {more} more")),
    }
    if lines.is_empty() {
        lines.push(format!(
            "{} after {}",
            compared.packages.1, compared.packages.0
        ));
    }
    Err(Failure::new(format!(
        "activate {contract}: {} cannot stand in for {}",
        called("", digest),
        called("", &state.active)
    ))
    .found(lines.join("\n"))
    .note("fault", "contract, incompatible")
    .help("--force activates it all the same; a host with callers of the old contract refuses it")
    .status(UNMET))
}

fn report(
    registry: &Registry,
    contract: &str,
    change: &Change,
    place: &Place,
    (dry_run, asked): (bool, &str),
    said: [&str; 2],
) -> Result<()> {
    let state = &change.state;
    // What is done is told, also where labels cannot be read.
    let label_of = |digest| label_of(registry, contract, digest).unwrap_or_default();
    // A version that was asked for by one of its labels is called so.
    let labels = registry.resolve(contract, asked);
    let label = match labels {
        Ok(digest) if digest == state.active => asked.to_owned(),
        _ => label_of(&state.active),
    };
    if place.json {
        return print_json(&Report {
            format: FORMAT,
            dry_run,
            changed: change.changed(),
            contract,
            active: &state.active,
            label: &label,
            previous: &state.previous,
            was: &change.before.active,
            revision: state.revision,
            floor: state.floor,
            ticket: state.ticket.is_some(),
        });
    }
    let would = if dry_run { "would be " } else { "" };
    let name = called(&label, &state.active);
    if !change.changed() {
        return print(&format!("{contract} {name}: {}\n", said[1]));
    }
    let mut text = format!(
        "{contract} {name}: {would}{}, revision {}\n",
        said[0], state.revision
    );
    if change.before.exists && change.before.active != state.active {
        let was = label_of(&change.before.active);
        text.push_str(&format!(
            "before it: {}\n",
            called(&was, &change.before.active)
        ));
    }
    print(&text)
}
