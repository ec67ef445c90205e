//! Types that are small in the file and large where they are written out: each is refused before the translator sees it.

mod plan_check;

use tenon_transpile::{Error, Kind, Options, Transpiled, transpile};

fn run(text: &str) -> Result<Transpiled, Error> {
    let component = wat::parse_str(text).expect("the case is WAT");
    transpile(&component, &Options::default())
}

#[track_caller]
fn accepted(text: &str) {
    plan_check::check(&run(text).expect("it is within the limits"));
}

#[track_caller]
fn over_the_limit(text: &str, message: &str) {
    let error = run(text).expect_err("it is over a limit");
    assert_eq!(error.kind, Kind::Limit, "{error}");
    assert!(error.message.contains(message), "{error}");
}

const DEFINITIONS: &str = "too many definitions";
const NAMES: &str = "too many or too long names";

/// A record with one field of the given name, exported, and a type `$t` that has two of the one before at each level.
fn doubling(levels: usize, name: &str) -> String {
    let mut text = format!(r#"(type $r (record (field "{name}" u8))) (export $t0 "r" (type $r))"#);
    for level in 1..=levels {
        let before = level - 1;
        text += &format!("(type $t{level} (tuple $t{before} $t{before}))");
    }
    text + &format!("(alias outer 0 $t{levels} (type $t))")
}

/// A core instance `$i` whose function `f` takes an address.
const TAKER: &str = r#"
    (core module $m (memory (export "m") 1) (func (export "f") (param i32))
      (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable))
    (core instance $i (instantiate $m))"#;

/// How `f` of [`TAKER`] is lifted.
const LIFT: &str =
    r#"(canon lift (core func $i "f") (memory (core memory $i "m")) (realloc (core func $i "r")))"#;

#[test]
fn a_doubled_type_in_a_function_of_every_instance() {
    let component = |levels: usize, instances: usize| {
        let types = doubling(levels, "a");
        let instances = "(instance (instantiate $c))".repeat(instances);
        format!(
            r#"(component (component $c {types} {TAKER} (func (param "x" $t) {LIFT})) {instances})"#
        )
    };
    accepted(&component(12, 1));
    accepted(&component(5, 20));
    over_the_limit(&component(17, 1), DEFINITIONS);
    over_the_limit(&component(12, 60), DEFINITIONS);
    over_the_limit(&component(8, 900), DEFINITIONS);
}

#[test]
fn a_doubled_type_in_functions_of_one_instance() {
    let component = |levels: usize, functions: usize| {
        let types = doubling(levels, "a");
        let functions = format!(r#"(func (param "x" $t) {LIFT})"#).repeat(functions);
        format!(r#"(component {types} {TAKER} {functions})"#)
    };
    accepted(&component(12, 1));
    over_the_limit(&component(12, 60), DEFINITIONS);
}

#[test]
fn a_long_name_in_a_doubled_type() {
    let component = |levels: usize, length: usize| {
        let types = doubling(levels, &"a".repeat(length));
        format!(r#"(component {types} {TAKER} (func (export "f") (param "x" $t) {LIFT}))"#)
    };
    accepted(&component(8, 10));
    accepted(&component(5, 50_000));
    over_the_limit(&component(12, 10_000), NAMES);
    // The same type, and nothing that is exported.
    let hidden = component(9, 50_000).replace(r#"(export "f") (param "x""#, r#"(param "x""#);
    over_the_limit(&hidden, DEFINITIONS);
}

#[test]
fn doubled_types_that_are_imported_or_exported() {
    let types = doubling(18, "a");
    over_the_limit(
        &format!(r#"(component {types} (export "t" (type $t)))"#),
        NAMES,
    );
    let types = types.replace(
        r#"(export $t0 "r" (type $r))"#,
        r#"(import "r" (type $t0 (eq $r)))"#,
    );
    over_the_limit(
        &format!(r#"(component {types} (import "f" (func (param "x" $t))))"#),
        NAMES,
    );
    over_the_limit(
        &format!(
            r#"(component {types} (import "i" (instance (alias outer 1 $t (type $t)) (export "f" (func (param "x" $t))))))"#
        ),
        NAMES,
    );
}

#[test]
fn doubled_types_in_instances_that_are_made() {
    // An instance's type is written out for each instance, whatever is lifted or lowered.
    let types = doubling(10, "a");
    let component = |instances: usize| {
        let bags = r#"(instance (export "t" (type $t)))"#.repeat(instances);
        format!("(component {types} {bags})")
    };
    accepted(&component(10));
    over_the_limit(&component(200), DEFINITIONS);
    let exported = |instances: usize| {
        let instances = "(instance (instantiate $c))".repeat(instances);
        format!(r#"(component (component $c {types} (export "t" (type $t))) {instances})"#)
    };
    accepted(&exported(10));
    over_the_limit(&exported(200), DEFINITIONS);
}

#[test]
fn a_chain_of_adapters_over_a_large_type() {
    let component = |kinds: usize, fields: usize, links: usize| {
        let primitives = ["u8", "s16", "u32", "s64", "f32", "char", "bool"];
        let mut text = String::from("(component ");
        for kind in 0..kinds {
            let fields: Vec<_> = (0..fields)
                .map(|field| primitives[(field * field + kind * 3 + field * kind) % 7])
                .collect();
            text += &format!("(type $t{kind} (tuple {}))", fields.join(" "));
        }
        let all: String = (0..kinds).map(|kind| format!("$t{kind} ")).collect();
        text += &format!(
            r#"(type $T (tuple {all}))
            (component $end (alias outer 1 $T (type $T)) {TAKER} (func (export "f") (param "x" $T) {LIFT}))
            (component $link (alias outer 1 $T (type $T)) (import "f" (func $f (param "x" $T))) {TAKER}
              (core func $l (canon lower (func $f) (memory (core memory $i "m"))))
              (core module $m2 (import "" "f" (func (param i32))))
              (core instance (instantiate $m2 (with "" (instance (export "f" (func $l))))))
              (func (export "f") (param "x" $T) {LIFT}))
            (instance $i0 (instantiate $end))"#
        );
        for link in 1..=links {
            let before = link - 1;
            text += &format!(
                r#"(instance $i{link} (instantiate $link (with "f" (func $i{before} "f"))))"#
            );
        }
        text + ")"
    };
    accepted(&component(5, 10, 20));
    over_the_limit(&component(20, 50, 100), DEFINITIONS);
    over_the_limit(&component(100, 100, 3), DEFINITIONS);
}
