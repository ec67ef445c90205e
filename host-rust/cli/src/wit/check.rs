//! `tenon wit check`: whether versions allow what changed in a contract.

mod report;

use super::read::Contract;
use super::rules::{Rule, Step};
use super::steps::{Comparison, Move};
use crate::args::{CheckFormat, WitCheck};
use crate::failure::{Failure, Result, UNMET};
use crate::output::print;

/// Compares what the arguments name.
pub(crate) fn run(args: &WitCheck) -> Result<()> {
    if args.rules {
        return print(&rules());
    }
    let (Some(old), Some(new)) = (&args.old, &args.new) else {
        return Err(Failure::new("two contracts are compared")
            .help("give the old and the new one, or --rules")
            .status(2));
    };
    let (old, new) = (Contract::read(old)?, Contract::read(new)?);
    let compared = compare(&old, &new, args.world.as_deref())?;
    let format = if args.json {
        CheckFormat::Json
    } else {
        args.format
    };
    print(&match format {
        CheckFormat::Text => report::text(&compared),
        CheckFormat::Json => report::json(&compared, (&old.name, &new.name))?,
        CheckFormat::Github => report::github(&compared),
    })?;
    if compared.allowed() {
        return Ok(());
    }
    Err(unmet(&compared))
}

/// A component shows one world, and of its imports what it uses: then the other side is taken to be one world, too.
pub(super) fn compare(old: &Contract, new: &Contract, world: Option<&str>) -> Result<Comparison> {
    if world.is_none() && !old.is_component() && !new.is_component() {
        return Ok(Comparison::of(&old.model()?, &new.model()?));
    }
    let (mut a, mut b) = (old.world(world)?, new.world(world)?);
    a.name_world_as(&mut b);
    if new.is_component() && !old.is_component() {
        a.forget_imports_but_of(&b);
    }
    Ok(Comparison::of(&a, &b))
}

/// What goes beyond the versions, and the way out.
fn unmet(compared: &Comparison) -> Failure {
    let (old, new) = &compared.packages;
    let many = compared
        .differences
        .iter()
        .filter(|it| !compared.allows(it))
        .count();
    let what = match many {
        1 => "a difference that the versions do not allow".to_owned(),
        many => format!("{many} differences that the versions do not allow"),
    };
    let found = match compared.moved {
        Move::Up(Step::None) => format!(
            "a {} step is asked for, and the version is the same",
            compared.demanded
        ),
        Move::Up(step) => format!(
            "a {} step is asked for, the version makes a {step} one",
            compared.demanded
        ),
        Move::Down => format!(
            "a {} step is asked for, and the version is lower",
            compared.demanded
        ),
        Move::Unversioned => {
            "a major step is asked for, and there is no version to show it in".to_owned()
        }
    };
    let renamed = compared
        .differences
        .iter()
        .any(|it| it.rule == Rule::PackageRenamed);
    let help = match &compared.next {
        _ if renamed => {
            "callers have to move to another contract: publish it beside this one".to_owned()
        }
        Some(version) => format!("make it version {version}, or take back what asks for it"),
        None => "give the package a version, or take back what asks for the step".to_owned(),
    };
    Failure::new(format!("{old} to {new}: {what}"))
        .found(found)
        .help(help)
        .status(UNMET)
}

/// The table of the rules.
fn rules() -> String {
    let mut out = String::new();
    for rule in Rule::ALL {
        let line = format!(
            "{:<27} {:<5}  {}",
            rule.name(),
            rule.step().name(),
            rule.about()
        );
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
