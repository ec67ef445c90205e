//! Sizes, alignments, offsets and flat forms of types, computed by hand from the Canonical ABI.

use serde_json::{Value, json};
use tenon_transpile::{Options, transpile};

/// The entry for a type, given in the text format.
fn layout(ty: &str) -> Value {
    let component = wat::parse_str(format!(
        r#"(component (type $t {ty}) (export "t" (type $t)))"#
    ))
    .expect("valid WAT");
    let transpiled =
        transpile(&component, &Options::default()).unwrap_or_else(|error| panic!("{ty}: {error}"));
    let plan = serde_json::to_value(&transpiled.plan).expect("a plan is JSON");
    plan["types"]
        .as_array()
        .and_then(|types| types.last())
        .expect("the type is in the plan")
        .clone()
}

/// Size, alignment and flat form.
fn size_align_flat(ty: &Value) -> (u64, u64, Option<Vec<&str>>) {
    let flat = ty["flat"]
        .as_array()
        .map(|flat| flat.iter().map(|ty| ty.as_str().expect("a word")).collect());
    (
        ty["size"].as_u64().expect("a size"),
        ty["align"].as_u64().expect("an alignment"),
        flat,
    )
}

fn offsets(ty: &Value) -> Vec<u64> {
    ty["fields"]
        .as_array()
        .expect("fields")
        .iter()
        .map(|field| field["offset"].as_u64().expect("an offset"))
        .collect()
}

#[test]
fn primitives() {
    for (ty, size, flat) in [
        ("bool", 1, "i32"),
        ("s8", 1, "i32"),
        ("u8", 1, "i32"),
        ("s16", 2, "i32"),
        ("u16", 2, "i32"),
        ("s32", 4, "i32"),
        ("u32", 4, "i32"),
        ("char", 4, "i32"),
        ("f32", 4, "f32"),
        ("s64", 8, "i64"),
        ("u64", 8, "i64"),
        ("f64", 8, "f64"),
    ] {
        let ty = layout(ty);
        assert_eq!(size_align_flat(&ty), (size, size, Some(vec![flat])), "{ty}");
    }
    assert_eq!(
        size_align_flat(&layout("string")),
        (8, 4, Some(vec!["i32", "i32"]))
    );
    assert_eq!(
        size_align_flat(&layout("(list f64)")),
        (8, 4, Some(vec!["i32", "i32"]))
    );
}

#[test]
fn records_and_tuples_are_padded_to_their_alignment() {
    let record =
        layout(r#"(record (field "a" u8) (field "b" u64) (field "c" u16) (field "d" u8))"#);
    assert_eq!(offsets(&record), [0, 8, 16, 18]);
    assert_eq!(
        size_align_flat(&record),
        (24, 8, Some(vec!["i32", "i64", "i32", "i32"]))
    );
    let tuple = layout("(tuple u8 u16 u8 string u8)");
    assert_eq!(offsets(&tuple), [0, 2, 4, 8, 16]);
    assert_eq!(
        size_align_flat(&tuple),
        (20, 4, Some(vec!["i32", "i32", "i32", "i32", "i32", "i32"]))
    );
}

#[test]
fn discriminants_and_payloads() {
    let option = layout("(option u64)");
    assert_eq!(
        (&option["discriminant"], &option["payload"]),
        (&json!(1), &json!(8))
    );
    assert_eq!(size_align_flat(&option), (16, 8, Some(vec!["i32", "i64"])));

    let result = layout("(result)");
    assert_eq!(
        (&result["ok"], &result["err"], &result["payload"]),
        (&Value::Null, &Value::Null, &json!(1))
    );
    assert_eq!(size_align_flat(&result), (1, 1, Some(vec!["i32"])));

    // The payloads join: f32 with i32 is i32, with f64 (or i64) it is i64.
    let variant = layout(r#"(variant (case "a" f32) (case "b") (case "c" s32))"#);
    assert_eq!(size_align_flat(&variant), (8, 4, Some(vec!["i32", "i32"])));
    let variant = layout(r#"(variant (case "a" f32) (case "b" (tuple f64 u8)))"#);
    assert_eq!(
        (&variant["discriminant"], &variant["payload"]),
        (&json!(1), &json!(8))
    );
    assert_eq!(
        size_align_flat(&variant),
        (24, 8, Some(vec!["i32", "i64", "i32"]))
    );
}

#[test]
fn discriminants_grow_with_the_number_of_cases() {
    let cases = |count: usize| {
        (0..count)
            .map(|i| format!(r#""c{i}""#))
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (count, bytes) in [(1, 1), (256, 1), (257, 2), (10_000, 2)] {
        let ty = layout(&format!("(enum {})", cases(count)));
        assert_eq!(ty["discriminant"], bytes, "{count} cases");
        assert_eq!(
            size_align_flat(&ty),
            (bytes, bytes, Some(vec!["i32"])),
            "{count} cases"
        );
    }
    let cases = (0..300)
        .map(|i| format!(r#"(case "c{i}" u8)"#))
        .collect::<String>();
    let ty = layout(&format!("(variant {cases})"));
    assert_eq!(
        (&ty["discriminant"], &ty["payload"], &ty["size"]),
        (&json!(2), &json!(2), &json!(4))
    );
}

#[test]
fn flags_take_as_many_bytes_as_they_need() {
    for (count, size) in [(1, 1), (8, 1), (9, 2), (16, 2), (17, 4), (32, 4)] {
        let names = (0..count)
            .map(|i| format!(r#""f{i}""#))
            .collect::<Vec<_>>()
            .join(" ");
        let ty = layout(&format!("(flags {names})"));
        assert_eq!(
            size_align_flat(&ty),
            (size, size, Some(vec!["i32"])),
            "{count} flags"
        );
        assert_eq!(ty["flags"].as_array().map(Vec::len), Some(count));
    }
}

#[test]
fn more_than_sixteen_core_values_have_no_flat_form() {
    let tuple = |count: usize| format!("(tuple {})", "u8 ".repeat(count));
    assert_eq!(
        size_align_flat(&layout(&tuple(16)))
            .2
            .map(|flat| flat.len()),
        Some(16)
    );
    assert_eq!(size_align_flat(&layout(&tuple(17))), (17, 1, None));
}
