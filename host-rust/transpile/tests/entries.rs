//! Which functions get an entry, and the modules that they stand in. What entries do is tested where there is an engine:
//! `host-rust/host/tests/entry`.

mod plan_check;

use tenon_transpile::plan::{Answer, Func};
use tenon_transpile::{Options, Transpiled, limits, transpile};
use wasmparser::{KnownCustom, Name, Parser, Payload};

const GUEST: &str = r#"
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func $f (export "f") (param i32 i32) (result i32) unreachable)"#;

const INSTANCE: &str = r#"
    (core instance $i (instantiate $m))
    (alias core export $i "memory" (core memory $memory))"#;

fn run(text: &str) -> Transpiled {
    let component = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let transpiled = transpile(&component, &Options::default()).expect("a valid component");
    plan_check::check(&transpiled);
    transpiled
}

/// A component of one core module, with a function of a type.
fn component(module: &str, ty: &str) -> String {
    let func = lift("f", ty);
    format!("(component (core module $m {module}) {INSTANCE} {func})")
}

fn lift(name: &str, ty: &str) -> String {
    format!(
        r#"(func (export "{name}") {ty}
          (canon lift (core func $i "f") (memory (core memory $memory)) (realloc (core func $i "realloc"))))"#
    )
}

fn func_of(text: &str) -> Func {
    run(text).plan.funcs.remove(0)
}

#[test]
fn strings_and_lists_of_numbers_are_staged() {
    let numbers = [
        "u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64",
    ];
    let lists = numbers.map(|ty| format!("(list {ty})"));
    for ty in lists.iter().map(String::as_str).chain(["string"]) {
        for (result, answer) in [
            ("u32", Answer::Flat),
            (ty, Answer::Text),
            ("(option u32)", Answer::Flat),
        ] {
            let ty = format!(r#"(param "a" {ty}) (result {result})"#);
            let entry = func_of(&component(GUEST, &ty)).entry.expect("an entry");
            assert_eq!(
                (&entry.staged[..], entry.words, entry.answer),
                (&[0][..], 8, answer)
            );
        }
    }
    for ty in [
        "bool",
        "char",
        "string",
        "(option u8)",
        "(list u8)",
        "(tuple u8 u8)",
    ] {
        let ty = format!(r#"(param "a" (list {ty})) (result u32)"#);
        assert_eq!(func_of(&component(GUEST, &ty)).entry, None, "{ty}");
    }
}

#[test]
fn a_component_that_calls_its_host_has_none() {
    let ty = r#"(param "a" string) (result u32)"#;
    let func = lift("f", ty);
    let with = |more: &str, args: &str| {
        format!(
            r#"(component {more}
              (core module $m {args} {GUEST})
              (core instance $i (instantiate $m {}))
              (alias core export $i "memory" (core memory $memory)) {func})"#,
            if args.is_empty() {
                ""
            } else {
                r#"(with "" (instance (export "x" (func $x))))"#
            },
        )
    };
    assert!(func_of(&with("", "")).entry.is_some());
    let import = r#"(import "x" (func $h)) (core func $x (canon lower (func $h)))"#;
    assert!(
        func_of(&with(import, r#"(import "" "x" (func))"#))
            .entry
            .is_none()
    );
    let resource = r#"(type $r (resource (rep i32)))"#;
    assert!(func_of(&with(resource, "")).entry.is_none());
}

#[test]
fn a_name_that_is_taken_is_left_alone() {
    let taken = format!(r#"{GUEST} (func (export "tenon:entry:0"))"#);
    let transpiled = run(&component(&taken, r#"(param "a" string) (result u32)"#));
    assert_eq!(transpiled.plan.funcs[0].entry, None);
}

#[test]
fn functions_that_travel_alike_share_an_entry() {
    let funcs: String = (0..50)
        .map(|n| lift(&format!("f{n}"), r#"(param "a" string) (result u32)"#))
        .collect();
    let transpiled = run(&format!(
        "(component (core module $m {GUEST}) {INSTANCE} {funcs})"
    ));
    let mut entries = transpiled.plan.funcs.iter().map(|func| func.entry.clone());
    let first = entries.next().flatten().expect("an entry");
    assert!(entries.all(|entry| entry.as_ref() == Some(&first)));
}

#[test]
fn there_is_an_end_to_entries() {
    let funcs: String = (0..limits::ENTRIES + 10)
        .map(|n| lift(&format!("f{n}"), r#"(param "a" string) (result u32)"#))
        .collect();
    let transpiled = run(&format!(
        "(component (core module $m {GUEST}) {INSTANCE} {funcs})"
    ));
    let funcs = &transpiled.plan.funcs;
    assert!(funcs[limits::ENTRIES - 1].entry.is_some());
    assert!(funcs[limits::ENTRIES].entry.is_none());
}

#[test]
fn entries_have_a_name_that_backtraces_leave_out() {
    let damaged = format!(r#"{GUEST} (@custom "name" (after data) "\01\05\02\00")"#);
    let few = format!(r#"{GUEST} (@custom "name" (after data) "\02\03\01\00\00")"#);
    for (module, own) in [(GUEST, true), (&damaged[..], false), (&few[..], false)] {
        let text = component(module, r#"(param "a" string) (result u32)"#);
        let bytes = &run(&text).modules[0];
        let names = function_names(bytes);
        if module == damaged {
            assert!(names.is_empty());
            continue;
        }
        assert_eq!(names.contains(&(1, String::from("f"))), own, "{names:?}");
        assert_eq!(names.last(), Some(&(2, String::from("tenon:entry"))));
    }
}

fn function_names(wasm: &[u8]) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::CustomSection(section) = payload.expect("valid") else {
            continue;
        };
        let KnownCustom::Name(names) = section.as_known() else {
            continue;
        };
        for name in names {
            if let Name::Function(names) = name.expect("sound names") {
                let names = names.into_iter().map(|name| name.expect("a name"));
                found.extend(names.map(|name| (name.index, name.name.to_owned())));
            }
        }
    }
    found
}

/// A module may have nothing but imports that it passes on.
#[test]
fn a_module_without_code_gets_a_code_section() {
    let text = format!(
        r#"(component
          (core module $m {GUEST})
          (core instance $inner (instantiate $m))
          (core module $n
            (memory (export "memory") (import "m" "memory") 1)
            (func (export "realloc") (import "m" "realloc") (param i32 i32 i32 i32) (result i32))
            (func (export "f") (import "m" "f") (param i32 i32) (result i32)))
          (core instance $i (instantiate $n (with "m" (instance $inner))))
          (alias core export $i "memory" (core memory $memory)) {})"#,
        lift("f", r#"(param "a" string) (result string)"#)
    );
    let transpiled = run(&text);
    let entry = transpiled.plan.funcs[0].entry.as_ref();
    assert_eq!(entry.expect("an entry").instance, 1);
}
