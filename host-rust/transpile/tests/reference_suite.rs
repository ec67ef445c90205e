//! The component model's reference suite: what it calls invalid or malformed is refused, and what the engines' features
//! cover is accepted. The suite is not part of this repository: `TENON_SPEC` names its folder (the one with
//! `validation/` and `values/` in it, or the one above); without it the test says so and passes nothing.

mod plan_check;

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tenon_transpile::{Kind, Options, transpile};
use wasmparser::{Validator, WasmFeatures};

/// Valid components that are refused, by the reason's kind and a part of its message. Everything else has to pass.
const REFUSED: &[(Kind, &str)] = &[(Kind::Unsupported, "the export of a component")];

#[test]
fn the_reference_suite_is_judged_as_it_says() {
    let Some(root) = suite() else {
        eprintln!("skipped: TENON_SPEC is not set to the folder of the reference suite");
        return;
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for file in commands(&root) {
        let folder = file.parent().expect("a file is in a folder");
        let commands: Value =
            serde_json::from_slice(&std::fs::read(&file).expect("readable")).expect("JSON");
        for command in commands["commands"].as_array().expect("a list of commands") {
            let kind = command["type"].as_str().expect("a type");
            let (Some(name), Some("binary")) = (
                command["filename"].as_str(),
                command["module_type"].as_str(),
            ) else {
                continue;
            };
            let wasm = std::fs::read(folder.join(name)).expect("the file that the command names");
            let verdict = transpile(&wasm, &Options::default()).map(|transpiled| {
                plan_check::check(&transpiled);
                let adapters = transpiled
                    .plan
                    .modules
                    .iter()
                    .filter(|module| module.adapter);
                *counts.entry("core module: adapter".into()).or_default() += adapters.count();
            });
            let base =
                Validator::new_with_features(WasmFeatures::WASM2 | WasmFeatures::COMPONENT_MODEL)
                    .validate_all(&wasm)
                    .is_ok();
            let class = match (kind, base, &verdict) {
                ("assert_invalid" | "assert_malformed", _, Err(error))
                    if error.kind != Kind::Internal =>
                {
                    "refused"
                }
                ("assert_invalid" | "assert_malformed", ..) => "WRONG",
                (_, true, Ok(())) => "accepted",
                (_, true, Err(error)) => {
                    match REFUSED
                        .iter()
                        .find(|(kind, text)| *kind == error.kind && error.message.contains(text))
                    {
                        Some(_) => "refused for its exports",
                        None => "WRONG",
                    }
                }
                // A core module is not a component, whatever it is for.
                (_, false, Err(error)) if error.message.contains("core WebAssembly module") => {
                    "core module"
                }
                (_, false, Err(error)) if error.kind == Kind::Unsupported => "unsupported",
                (_, false, _) => "WRONG",
            };
            if class == "WRONG" {
                wrong.push(format!(
                    "{} {name} line {}: {kind}, base {base}: {verdict:?}",
                    folder.display(),
                    command["line"]
                ));
            }
            *counts.entry(format!("{kind}: {class}")).or_default() += 1;
        }
    }
    for (what, count) in &counts {
        println!("{count:5} {what}");
    }
    assert!(
        wrong.is_empty(),
        "{} wrong verdicts:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    // The suite at hand has 409 and more; an empty folder must not pass.
    let refused: usize = counts
        .iter()
        .filter(|(what, _)| what.ends_with(": refused"))
        .map(|(_, count)| count)
        .sum();
    assert!(
        refused > 300,
        "only {refused} refusals in {}",
        root.display()
    );
}

fn suite() -> Option<PathBuf> {
    let root = PathBuf::from(std::env::var_os("TENON_SPEC")?);
    let inner = root.join("component-model");
    Some(if inner.is_dir() { inner } else { root })
}

/// All `t.json`, in a fixed order.
fn commands(root: &Path) -> Vec<PathBuf> {
    let entries = |path: &Path| -> Vec<PathBuf> {
        let mut entries: Vec<_> = std::fs::read_dir(path)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        entries.sort();
        entries
    };
    entries(root)
        .iter()
        .flat_map(|folder| entries(folder))
        .map(|folder| folder.join("t.json"))
        .filter(|file| file.is_file())
        .collect()
}
