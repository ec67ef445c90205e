//! `tenon sign`.

use super::component::{self, Facts};
use super::{FORMAT, called, label_of, plain, print_json, private_key, refused, told};
use crate::args::registry::Sign;
use crate::failure::{Failure, Result};
use crate::output::print;
use serde::Serialize;
use std::time::SystemTime;
use tenon_registry::{Registry, Statement, Trust, key_id, sign};

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
    let input = component::version(&registry, contract, &digest, "sign")?;
    let facts = Facts::of(&input)?;
    let mut trust = args.trusted.keys(true)?.unwrap_or(Trust {
        keys: Vec::new(),
        unsigned: true,
    });
    trust.keys.push(key.verifying_key());
    // What no given key signed is replaced, and nothing of it is taken over.
    let old = registry.signed(contract, &digest, &trust);
    let was = old.as_ref().ok().and_then(Option::as_ref);
    let counter = match (args.counter.or(was.map(|old| old.counter)), &old) {
        (Some(counter), _) => counter,
        (None, Err(error)) => return Err(no_counter(contract, error.message())),
        (None, Ok(_)) => highest(&registry, contract, &trust)?.saturating_add(1),
    };
    let now = SystemTime::now();
    let end = was.and_then(|old| old.not_after).filter(|end| *end >= now);
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
        not_after: args.not_after.or(end),
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

/// The highest release counter that a given key signed in a contract. Whoever may write the folder could make up others.
fn highest(registry: &Registry, contract: &str, trust: &Trust) -> Result<u64> {
    let mut highest = 0;
    for version in registry.list(contract).map_err(|error| told(&error))? {
        if let Ok(Some(statement)) = registry.signed(contract, &version.digest, trust) {
            highest = highest.max(statement.counter);
        }
    }
    let state = registry.state(contract).map_err(|error| told(&error))?;
    if state.floor > highest {
        let found = format!("the floor is {}, and no given key signed that", state.floor);
        return Err(no_counter(contract, &found));
    }
    Ok(highest)
}

fn no_counter(contract: &str, found: &str) -> Failure {
    Failure::new(format!("sign {contract}: no release counter to go by"))
        .found(plain(found))
        .help("give --counter N, or --trust FILE.pub of the key that signed before")
}
