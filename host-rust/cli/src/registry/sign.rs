//! `tenon sign`.

use super::component::Facts;
use super::{FORMAT, called, label_of, print_json, private_key, refused, told};
use crate::args::registry::Sign;
use crate::failure::Result;
use crate::input::Input;
use crate::output::print;
use serde::Serialize;
use tenon_registry::{Registry, Statement, key_id, sign};

#[derive(Serialize)]
struct Report<'a> {
    format: u32,
    dry_run: bool,
    changed: bool,
    contract: &'a str,
    digest: &'a str,
    label: &'a str,
    counter: u64,
    key_id: &'a str,
}

/// Signs the version that the arguments name.
pub(crate) fn run(args: &Sign) -> Result<()> {
    let registry = args.place.reading()?;
    let key = private_key(&args.key)?;
    let contract = &args.contract;
    let digest = registry
        .find(contract, &args.version)
        .map_err(|error| told(&error.doing("sign")))?;
    let bytes = registry
        .read(contract, &digest)
        .map_err(|error| refused(&error.doing("sign")))?;
    let input = Input {
        name: format!("{contract} {}", called("", &digest)),
        bytes,
    };
    let facts = Facts::of(&input)?;
    // A signature that is damaged, or of something else, is replaced.
    let old = registry.statement(contract, &digest, None).ok().flatten();
    let was = old.as_ref();
    let counter = args.counter.or(was.map(|old| old.counter));
    let counter = match counter {
        Some(counter) => counter,
        None => highest(&registry, contract)?.saturating_add(1),
    };
    let signed_label = was.map(|old| old.label.clone());
    let label = match signed_label.filter(|label| !label.is_empty()) {
        Some(label) => label,
        None => label_of(&registry, contract, &digest)?,
    };
    let statement = Statement {
        digest: digest.clone(),
        kernel: facts.kernel.clone(),
        contract: facts.full_contract(),
        contract_hash: facts.contract.hash.clone(),
        label,
        counter,
        not_before: args.not_before.or(was.and_then(|old| old.not_before)),
        not_after: args.not_after.or(was.and_then(|old| old.not_after)),
    };
    let before = registry.envelope(contract, &digest).ok().flatten();
    let envelope = sign(&statement, &key, before.as_deref()).map_err(|error| told(&error))?;
    let changed = before.as_ref() != Some(&envelope);
    if changed && !args.dry_run {
        registry
            .put_envelope(contract, &digest, &envelope)
            .map_err(|error| refused(&error))?;
    }

    if args.place.json {
        return print_json(&Report {
            format: FORMAT,
            dry_run: args.dry_run,
            changed,
            contract,
            digest: &digest,
            label: &statement.label,
            counter,
            key_id: &key_id(&key.verifying_key()),
        });
    }
    let name = format!("{contract} {}", called(&statement.label, &digest));
    let would = if args.dry_run { "would be " } else { "" };
    print(&if changed {
        format!("{name}: {would}signed, release counter {counter}\n")
    } else {
        format!(
            "{name}: signed already with this key, release counter {counter}, nothing changes\n"
        )
    })
}

/// The highest release counter of a contract.
fn highest(registry: &Registry, contract: &str) -> Result<u64> {
    let mut highest = registry
        .state(contract)
        .map_err(|error| told(&error))?
        .floor;
    for version in registry.list(contract).map_err(|error| told(&error))? {
        // What cannot be read has no counter.
        if let Ok(Some(statement)) = registry.statement(contract, &version.digest, None) {
            highest = highest.max(statement.counter);
        }
    }
    Ok(highest)
}
