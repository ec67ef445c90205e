//! `tenon verify`.

use super::component::Facts;
use super::{FORMAT, contracts, count as counted, plain, print_json, short, told};
use crate::args::registry::Verify;
use crate::failure::{Failure, Result, UNMET};
use crate::input::Input;
use crate::output::print;
use serde::Serialize;
use tenon_registry::{Finding, Reason, Registry, Trust};

#[derive(Serialize)]
struct Report {
    format: u32,
    contracts: usize,
    versions: usize,
    findings: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    contract: String,
    reason: &'static str,
    kind: &'static str,
    file: String,
    version: String,
    message: String,
}

/// Looks at what the arguments name.
pub(crate) fn run(args: &Verify) -> Result<()> {
    let registry = args.place.reading()?;
    let trust = args.trusted.keys(args.unsigned)?;
    let mut report = Report {
        format: FORMAT,
        contracts: 0,
        versions: 0,
        findings: Vec::new(),
    };
    for contract in contracts(&registry, args.contract.as_deref())? {
        report.contracts += 1;
        let mut findings = registry
            .verify(&contract, trust.as_ref())
            .map_err(|error| told(&error))?;
        // Without readable labels no version can be told by name, but the components can still be looked at.
        if let Ok(versions) = registry.list(&contract) {
            report.versions += versions.len();
            for version in versions {
                findings.extend(component(
                    &registry,
                    &contract,
                    &version.digest,
                    trust.as_ref(),
                ));
            }
        }
        report.findings.extend(findings.into_iter().map(|it| Found {
            contract: contract.clone(),
            reason: it.reason.as_str(),
            kind: it.reason.kind(),
            file: it.path.display().to_string(),
            version: it.version,
            message: it.message,
        }));
    }
    let count = report.findings.len();
    let seen = format!(
        "{}, {}",
        counted(report.contracts, "contract"),
        counted(report.versions, "version")
    );
    if args.place.json {
        print_json(&report)?;
    } else if count == 0 {
        print(&format!("{seen}: as they should be\n"))?;
    } else {
        let lines = report.findings.iter().map(|it| {
            let version = if it.version.is_empty() {
                String::new()
            } else {
                format!(" {}", short(&it.version))
            };
            format!(
                "{}{version}: {} ({})\n  {}\n",
                it.contract,
                plain(&it.message),
                it.reason,
                it.file
            )
        });
        print(&lines.collect::<String>())?;
    }
    if count == 0 {
        return Ok(());
    }
    let what = if count == 1 {
        "something is wrong".to_owned()
    } else {
        format!("{count} things are wrong")
    };
    Err(Failure::new(format!("{seen}: {what}"))
        .help("publish or sign again what is damaged, and find out who changed it")
        .status(UNMET))
}

/// What is wrong with a component that has its digest.
fn component(
    registry: &Registry,
    contract: &str,
    digest: &str,
    trust: Option<&Trust>,
) -> Option<Finding> {
    let bytes = registry.read(contract, digest).ok()?;
    let input = Input {
        name: "the component".into(),
        bytes,
    };
    let path = registry
        .folder(contract)
        .ok()?
        .join("versions")
        .join(format!("{digest}.wasm"));
    let mismatch = |message: String| Finding {
        reason: Reason::ContractMismatch,
        path,
        version: digest.to_owned(),
        message,
    };
    let facts = match Facts::of(&input) {
        Ok(facts) => facts,
        Err(failure) => {
            let text = failure.to_string();
            let line = text.lines().next().unwrap_or_default();
            return Some(mismatch(line.trim_start_matches("error: ").to_owned()));
        }
    };
    if facts.contract.package != contract {
        return Some(mismatch(format!(
            "a component of {}",
            facts.full_contract()
        )));
    }
    let statement = registry.statement(contract, digest, trust).ok()??;
    let [own, signed] = facts.other_than_signed(&statement)?;
    Some(mismatch(format!(
        "a component of {own}, signed as one of {signed}"
    )))
}
