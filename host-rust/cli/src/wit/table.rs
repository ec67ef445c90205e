//! The table of pairs in `wit/vectors/compat`, which the Go host reads, too: what it says of them here holds there.
//!
//! `BLESS=1 cargo test -p tenon-cli --bin tenon wit::table` writes the answers.

use super::compare_components;
use super::read::Contract;
use super::rules::Rule;
use super::steps::Comparison;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tenon_transpile::plan::ImportItem;
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

#[derive(Serialize, Deserialize)]
struct Table {
    format: u32,
    /// What hosts see of a kernel of base.wit.
    #[serde(default)]
    base: Seen,
    cases: Vec<Case>,
}

#[derive(Serialize, Deserialize)]
struct Case {
    name: String,
    /// What is replaced in base.wit, once each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    old: Vec<[String; 2]>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    new: Vec<[String; 2]>,
    #[serde(default)]
    there: Answer,
    /// New in force, old to stand in.
    #[serde(default)]
    back: Answer,
    /// What hosts see of kernels of the two; where it is missing, as of base.wit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old_kernel: Option<Seen>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    new_kernel: Option<Seen>,
}

#[derive(Default, Serialize, Deserialize)]
struct Answer {
    /// Step, side, rule and path.
    #[serde(default)]
    differences: Vec<String>,
    allowed: bool,
    compatible: bool,
    /// Whether hosts take the one kernel for the other.
    hosts: bool,
}

/// The canonical texts of a component.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
struct Seen {
    contract: String,
    imports: BTreeMap<String, String>,
    /// Of what is imported outside of interfaces.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    world: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/vectors/compat")
}

/// WIT, and a component of its world `kernel` that does nothing.
struct Side {
    wit: Contract,
    component: Vec<u8>,
    seen: Seen,
}

impl Side {
    fn of(base: &str, edits: &[[String; 2]]) -> Side {
        let mut text = base.to_owned();
        for [from, to] in edits {
            assert!(text.contains(from.as_str()), "{from:?} is not in base.wit");
            text = text.replacen(from, to, 1);
        }
        let wit =
            Contract::of_text("base.wit", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let component = component(&text);
        let plan = tenon_transpile::transpile(&component, &Default::default())
            .expect("a component")
            .plan;
        let imports = plan.imports.iter().filter_map(|import| match &import.item {
            ImportItem::Instance { text, exports, .. } if !exports.iter().all(is_type) => {
                Some((import.name.clone(), text.clone()))
            }
            _ => None,
        });
        let seen = Seen {
            contract: plan.contract.as_ref().expect("a contract").text.clone(),
            imports: imports.collect(),
            world: plan.import_text.clone(),
        };
        Side {
            wit,
            component,
            seen,
        }
    }
}

fn is_type(import: &tenon_transpile::plan::Import) -> bool {
    matches!(import.item, ImportItem::Type { .. })
}

fn component(text: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve.push_source("base.wit", text).expect("a package");
    let world = resolve.packages[package].worlds["kernel"];
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("a module");
    let encoder = ComponentEncoder::default()
        .module(&module)
        .expect("a module");
    encoder.validate(true).encode().expect("a component")
}

fn answer(old: &Side, new: &Side) -> Answer {
    let wit = Comparison::of(
        &old.wit.model().expect("a model"),
        &new.wit.model().expect("a model"),
    );
    let components = compare_components(("old", &old.component), ("new", &new.component))
        .expect("two components");
    assert!(
        components.compatible || !wit.compatible,
        "hosts refuse what is called compatible: {:#?}",
        components.differences
    );
    let lines = wit.differences.iter().map(|it| {
        let side = serde_json::to_value(it.side).expect("a word");
        format!(
            "{} {} {} {}",
            it.step,
            side.as_str().unwrap_or_default(),
            it.rule,
            it.path
        )
    });
    Answer {
        differences: lines.collect(),
        allowed: wit.allowed(),
        compatible: wit.compatible,
        hosts: components.compatible,
    }
}

#[test]
fn the_table_says_what_the_command_says() {
    let base = std::fs::read_to_string(folder().join("base.wit")).expect("base.wit");
    let file = folder().join("cases.json");
    let before = std::fs::read_to_string(&file).expect("cases.json");
    let mut table: Table = serde_json::from_str(&before).expect("the table");
    assert_eq!(table.format, 1);
    table.base = Side::of(&base, &[]).seen;
    for case in &mut table.cases {
        let (old, new) = (Side::of(&base, &case.old), Side::of(&base, &case.new));
        case.there = answer(&old, &new);
        case.back = answer(&new, &old);
        case.old_kernel = Some(old.seen).filter(|seen| *seen != table.base);
        case.new_kernel = Some(new.seen).filter(|seen| *seen != table.base);
    }
    let after = serde_json::to_string_pretty(&table).expect("the table") + "\n";
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, &after).expect("cases.json");
    } else if before != after {
        let line = before
            .lines()
            .zip(after.lines())
            .position(|(a, b)| a != b)
            .unwrap_or(0);
        panic!(
            "wit/vectors/compat/cases.json:{}: the command says {}\nBLESS=1 writes what it says; look at the difference before you commit it",
            line + 1,
            after.lines().nth(line).unwrap_or_default()
        );
    }
}

/// A component against the WIT that it was made from, and against another one, is like WIT against WIT.
#[test]
fn a_component_is_compared_with_its_world() {
    let base = std::fs::read_to_string(folder().join("base.wit")).expect("base.wit");
    let text = std::fs::read_to_string(folder().join("cases.json")).expect("cases.json");
    let table: Table = serde_json::from_str(&text).expect("the table");
    for case in &table.cases {
        let (old, new) = (Side::of(&base, &case.old), Side::of(&base, &case.new));
        let component = Contract::of_component("new.wasm", &new.component).expect("a component");
        let own =
            super::check::compare(&new.wit, &component, Some("kernel")).expect("a comparison");
        assert_eq!(own.differences, [], "{}", case.name);
        let other =
            super::check::compare(&old.wit, &component, Some("kernel")).expect("a comparison");
        assert_eq!(
            other.compatible, case.there.hosts,
            "{}: {:?}",
            case.name, other.differences
        );
    }
}

/// Every rule is met by a pair, so that its name and its step are held.
#[test]
fn the_table_has_every_rule() {
    let text = std::fs::read_to_string(folder().join("cases.json")).expect("cases.json");
    let table: Table = serde_json::from_str(&text).expect("the table");
    let answers = table
        .cases
        .iter()
        .flat_map(|case| [&case.there, &case.back]);
    let lines: Vec<&String> = answers.flat_map(|answer| &answer.differences).collect();
    for rule in Rule::ALL {
        let met = |line: &&&String| line.split(' ').nth(2) == Some(rule.name());
        assert!(lines.iter().any(|line| met(&line)), "no pair for {rule}");
    }
}
