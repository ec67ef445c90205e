//! Small components and the plans they give. `golden/<name>.wat` is transpiled and compared with `golden/<name>.json`:
//! the plan without sizes, digests and the tool's version, and the imports and exports of the rewritten core modules.
//!
//! `BLESS=1 cargo test -p tenon-transpile --test golden` writes the files anew.

mod plan_check;

use serde_json::{Value, json};
use std::path::Path;
use tenon_transpile::{Options, Transpiled, transpile};
use wasmparser::{Parser, Payload};

#[test]
fn plans_are_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .expect("the golden folder")
        .filter_map(|entry| {
            Some(
                entry
                    .ok()?
                    .file_name()
                    .to_str()?
                    .strip_suffix(".wat")?
                    .to_owned(),
            )
        })
        .collect();
    names.sort();
    assert!(names.len() > 5, "the golden folder lost its cases");

    let mut different = Vec::new();
    for name in names {
        let component =
            wat::parse_file(folder.join(format!("{name}.wat"))).expect("the case is valid WAT");
        let transpiled = transpile(&component, &Options::default())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        plan_check::check(&transpiled);
        let again = transpile(&component, &Options::default()).expect("it passed once");
        assert_eq!(
            transpiled.encode(),
            again.encode(),
            "{name}: the same component gives the same bytes"
        );

        let mut got = serde_json::to_string_pretty(&record(&transpiled)).expect("a plan is JSON");
        got.push('\n');
        let file = folder.join(format!("{name}.json"));
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&file, &got).expect("the golden folder can be written");
        }
        if std::fs::read_to_string(&file).unwrap_or_default() != got {
            different.push(format!("{name}.json: got\n{got}"));
        }
    }
    assert!(
        different.is_empty(),
        "plans differ; if that is meant, run `BLESS=1 cargo test -p tenon-transpile --test golden` and read the diff.\n{}",
        different.join("\n")
    );
}

/// What is recorded of a case.
fn record(transpiled: &Transpiled) -> Value {
    let mut plan = serde_json::to_value(&transpiled.plan).expect("a plan is JSON");
    plan["component"] = json!("left out");
    plan["tool"] = json!("left out");
    for (module, bytes) in plan["modules"]
        .as_array_mut()
        .expect("a list")
        .iter_mut()
        .zip(&transpiled.modules)
    {
        let module = module.as_object_mut().expect("an object");
        module.remove("size");
        module.remove("digest");
        module.insert("imports".into(), imports(bytes));
        module.insert("exports".into(), exports(bytes));
    }
    plan
}

fn imports(wasm: &[u8]) -> Value {
    let sections = Parser::new(0)
        .parse_all(wasm)
        .filter_map(|payload| match payload {
            Ok(Payload::ImportSection(section)) => Some(section),
            _ => None,
        });
    let imports = sections.flat_map(|section| section.into_imports());
    imports
        .map(|import| {
            import
                .map(|import| format!("{} {}", import.module, import.name))
                .expect("valid")
        })
        .collect()
}

fn exports(wasm: &[u8]) -> Value {
    let sections = Parser::new(0)
        .parse_all(wasm)
        .filter_map(|payload| match payload {
            Ok(Payload::ExportSection(section)) => Some(section),
            _ => None,
        });
    sections
        .flatten()
        .map(|export| export.map(|export| export.name.to_owned()).expect("valid"))
        .collect()
}
