//! Composed components that are made to hurt: what grows with the number of pairs that are joined, not with the file.

mod plan_check;

use tenon_transpile::{Error, Kind, Options, Transpiled, transpile};

fn run(bytes: &[u8]) -> Result<Transpiled, Error> {
    transpile(bytes, &Options::default())
}

fn parse(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the case is WAT")
}

#[track_caller]
fn over_the_limit(component: &[u8], message: &str) {
    let error = run(component).expect_err("it is over a limit");
    assert_eq!(error.kind, Kind::Limit, "{error}");
    assert!(error.message.contains(message), "{error}");
}

#[test]
fn adapters_between_many_memories() {
    // A chain of components, each of which hands a string to the one before and to some others that have memories of
    // their own. Each link is an adapter over all these memories.
    let component = |links: usize, others: usize| {
        let taker = r#"(core module $m (memory (export "m") 1)
              (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable) (func (export "f") (param i32 i32)))
            (core instance $i (instantiate $m))
            (func (export "f") (param "s" string)
              (canon lift (core func $i "f") (memory (core memory $i "m")) (realloc (core func $i "r"))))"#;
        let mut text = format!("(component (component $taker {taker})");
        let names: Vec<String> = (0..others).map(|i| format!("o{i}")).collect();
        for name in &names {
            text += &format!("(instance ${name} (instantiate $taker))");
        }
        let all = || names.iter().map(String::as_str).chain(["before"]);
        let imports: String = all()
            .map(|name| format!(r#"(import "{name}" (func ${name} (param "s" string)))"#))
            .collect();
        let lowered: String = all()
            .map(|name| {
                format!(r#"(core func ${name}' (canon lower (func ${name}) (memory $mem)))"#)
            })
            .collect();
        let wanted: String = all()
            .map(|name| format!(r#"(import "" "{name}" (func (param i32 i32)))"#))
            .collect();
        let given: String = all()
            .map(|name| format!(r#"(export "{name}" (func ${name}'))"#))
            .collect();
        text += &format!(
            r#"(component $link {imports} (core module $mem (memory (export "m") 1)) (core instance $memory (instantiate $mem))
                (alias core export $memory "m" (core memory $mem)) {lowered}
                (core module $m {wanted} (memory (export "m") 1)
                  (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable) (func (export "f") (param i32 i32)))
                (core instance $i (instantiate $m (with "" (instance {given}))))
                (func (export "f") (param "s" string)
                  (canon lift (core func $i "f") (memory (core memory $i "m")) (realloc (core func $i "r")))))
              (instance $l0 (instantiate $taker))"#
        );
        for link in 1..=links {
            let before = link - 1;
            let args: String = names
                .iter()
                .map(|name| format!(r#"(with "{name}" (func ${name} "f"))"#))
                .collect();
            text += &format!(
                r#"(instance $l{link} (instantiate $link {args} (with "before" (func $l{before} "f"))))"#
            );
        }
        parse(&(text + ")"))
    };
    let transpiled = run(&component(3, 2)).expect("a few are fine");
    plan_check::check(&transpiled);
    let accessors = transpiled
        .plan
        .modules
        .iter()
        .filter(|module| module.adapter);
    assert!(accessors.count() > 6);
    over_the_limit(&component(122, 30), "too many core instances");
}

#[test]
fn many_imported_resources_for_many_components() {
    // The translator copies what it knows of resource types for each component that it instantiates.
    let component = |resources: usize, instances: usize| {
        let resources: String = (0..resources)
            .map(|i| format!(r#"(export "r{i}" (type (sub resource)))"#))
            .collect();
        let instances = "(instance (instantiate $c))".repeat(instances);
        parse(&format!(
            r#"(component (import "i" (instance {resources})) (component $c) {instances})"#
        ))
    };
    let transpiled = run(&component(1_000, 100)).expect("enough for anybody");
    assert_eq!(transpiled.plan.resources.len(), 1_000);
    over_the_limit(&component(50_000, 10), "too many definitions");
}
