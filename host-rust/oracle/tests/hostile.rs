//! The hostile guests of wit/vectors/hostile-abi: what is committed as binaries is what the texts say.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/vectors/hostile-abi")
}

#[test]
fn binaries_are_fresh() {
    let mut count = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let text = entry.unwrap().path();
        if text.extension().is_none_or(|extension| extension != "wat") {
            continue;
        }
        count += 1;
        let wasm = wat::parse_file(&text).unwrap_or_else(|error| panic!("{error}"));
        let binary = text.with_extension("wasm");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&binary, &wasm).unwrap();
        }
        let fresh = fs::read(&binary).is_ok_and(|committed| committed == wasm);
        assert!(
            fresh,
            "{} is stale: BLESS=1 writes it anew",
            binary.display()
        );
    }
    assert!(count > 5, "{count} guests");
}

/// Each function that a guest exports has a case, but for `ok`, and each case a function and a word of the list.
#[test]
fn the_index_is_whole() {
    let index: Json =
        serde_json::from_slice(&fs::read(folder().join("index.json")).unwrap()).unwrap();
    let cases = index["cases"].as_array().unwrap();
    let mut called = BTreeSet::new();
    for case in cases {
        let word = case["fault"].as_str().unwrap();
        assert!(
            ["abi", "limit", "memory", "ok", "stack", "trap"].contains(&word),
            "{case}"
        );
        called.insert((
            case["file"].as_str().unwrap().to_owned(),
            case["export"].as_str().unwrap().to_owned(),
        ));
    }
    let mut exported = BTreeSet::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let Some(file) = path
            .file_name()
            .and_then(|name| name.to_str())
            .filter(|name| name.ends_with(".wat"))
        else {
            continue;
        };
        // What the outermost component exports stands two columns in.
        let text = fs::read_to_string(&path).unwrap();
        let names = text
            .lines()
            .filter_map(|line| line.strip_prefix("  (func ").or(line.strip_prefix("  ")))
            .filter_map(|line| line.strip_prefix("(export \"")?.split('"').next());
        exported.extend(
            names
                .filter(|name| *name != "ok")
                .map(|name| (file.replace(".wat", ".wasm"), name.to_owned())),
        );
    }
    assert_eq!(called, exported);
}
