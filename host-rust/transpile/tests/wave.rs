//! Values as text: every type there and back, what people mistype, and what is made to hurt.

use serde_json::json;
use tenon_transpile::plan::{Shape, Type};
use tenon_transpile::wave::{Value, parse, parse_json, print, print_json};
use tenon_transpile::{Error, Kind, Plan, limits, transpile};

/// The types of a function's parameters, in the text format.
fn plan(params: &str) -> Plan {
    let params: String = params
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .enumerate()
        .map(|(index, ty)| {
            format!("(type $t{index} {ty}) (export \"t{index}\" (type $n{index} (eq $t{index})))")
        })
        .collect();
    let text = format!(r#"(component (import "i" (instance {params})))"#);
    let component = wat::parse_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    transpile(&component, &Default::default())
        .unwrap_or_else(|error| panic!("{error}"))
        .plan
}

/// The entry of the type `t<index>`.
fn named(plan: &Plan, index: usize) -> u32 {
    let name = format!("t{index}");
    let found = plan
        .types
        .iter()
        .position(|ty| ty.name.as_deref() == Some(&name));
    found.unwrap_or_else(|| panic!("no type {name}")) as u32
}

#[track_caller]
fn read(plan: &Plan, ty: u32, text: &str) -> Value {
    let values = parse(&plan.types, &[ty], &[text]);
    let mut values = values.unwrap_or_else(|error| panic!("{text}: {error}"));
    values.remove(0)
}

#[track_caller]
fn refuse(plan: &Plan, ty: u32, text: &str) -> Error {
    let error = parse(&plan.types, &[ty], &[text]).expect_err(text);
    assert!(!error.to_string().contains('\n'), "{error}");
    error
}

fn number(bits: u64) -> Value {
    Value {
        bits,
        ..Value::default()
    }
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value {
        items: items.into_iter().collect(),
        ..Value::default()
    }
}

fn case(bits: u64, payload: Value) -> Value {
    Value {
        bits,
        items: vec![payload],
        ..Value::default()
    }
}

fn text(text: &str) -> Value {
    Value {
        text: text.to_owned(),
        ..Value::default()
    }
}

const TYPES: &str = r#"
    bool
    s8
    s64
    u64
    f32
    f64
    char
    string
    (list u8)
    (record (field "name" string) (field "some" (option u8)))
    (tuple s16 u16)
    (variant (case "none") (case "some" u32) (case "high-five" (tuple u8)))
    (enum "true" "inf" "calm")
    (option (option u8))
    (result (error string))
    (flags "true" "b1" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l" "m" "n" "o" "p" "q" "r" "s" "t" "u" "v" "w" "x" "y" "z" "aa" "bb" "cc" "dd" "ee" "last")
    (result u8 (error u16))
    s32
    u32
    (result)
"#;

#[test]
fn every_type_there_and_back() {
    let plan = plan(TYPES);
    let minus = |number: i64| self::number(number as u64);
    for (index, written, value) in [
        (0, "true", number(1)),
        (0, "false", number(0)),
        (1, "-128", minus(-128)),
        (2, "-9223372036854775808", minus(i64::MIN)),
        (3, "18446744073709551615", number(u64::MAX)),
        (4, "-0", number(0x8000_0000)),
        (4, "nan", number(0x7fc0_0000)),
        (4, "0.1", number(u64::from(0.1f32.to_bits()))),
        (5, "inf", number(f64::INFINITY.to_bits())),
        (5, "-inf", number(f64::NEG_INFINITY.to_bits())),
        (5, "-0", number(1 << 63)),
        (5, "0.30000000000000004", number((0.1f64 + 0.2).to_bits())),
        (6, r"'\''", number(0x27)),
        (6, "'é'", number(0xe9)),
        (6, r"'\u{0}'", number(0)),
        (6, r"'\u{10ffff}'", number(0x10_ffff)),
        (7, r#""""#, text("")),
        (7, r#""a\"b\\c\n\r\t\u{1b}é""#, text("a\"b\\c\n\r\t\u{1b}é")),
        (8, "[]", list([])),
        (8, "[0, 255]", list([number(0), number(255)])),
        (9, r#"{name: "x"}"#, list([text("x"), number(0)])),
        (
            9,
            r#"{name: "x", some: some(1)}"#,
            list([text("x"), case(1, number(1))]),
        ),
        (10, "(-1, 65535)", list([minus(-1), number(65535)])),
        (11, "%none", number(0)),
        (11, "%some(7)", case(1, number(7))),
        (11, "high-five((1))", case(2, list([number(1)]))),
        (12, "%true", number(0)),
        (12, "%inf", number(1)),
        (12, "calm", number(2)),
        (13, "none", number(0)),
        (13, "some(none)", case(1, number(0))),
        (13, "some(some(3))", case(1, case(1, number(3)))),
        (14, "ok", number(0)),
        (14, r#"err("no")"#, case(1, text("no"))),
        (15, "{}", number(0)),
        (15, "{true, last}", number(1 | 1 << 31)),
        (16, "ok(1)", case(0, number(1))),
        (16, "err(2)", case(1, number(2))),
        (17, "-2147483648", minus(i64::from(i32::MIN))),
        (18, "4294967295", number(u64::from(u32::MAX))),
        (19, "err", number(1)),
    ] {
        let ty = named(&plan, index);
        assert_eq!(read(&plan, ty, written), value, "{written}");
        let again =
            print(&plan.types, ty, &value).unwrap_or_else(|error| panic!("{written}: {error}"));
        assert_eq!(again, written);

        // The same by way of JSON, as the Go host does it.
        let types = serde_json::to_value(&plan.types).expect("JSON");
        let input = json!({"types": types, "params": [ty], "args": [written]});
        let values = parse_json(input.to_string().as_bytes()).expect("it passed without JSON");
        assert_eq!(
            values,
            serde_json::to_vec(&[&value]).expect("JSON"),
            "{written}"
        );
        let input = json!({"types": types, "type": ty, "value": flat(&value)});
        let again = print_json(input.to_string().as_bytes()).expect("it passed without JSON");
        assert_eq!(again, written.as_bytes());
    }
}

/// A value as the parts that `print_json` takes.
fn flat(value: &Value) -> Vec<serde_json::Value> {
    let own = json!({"bits": value.bits, "text": value.text, "items": value.items.len()});
    let inside = value.items.iter().flat_map(flat);
    std::iter::once(own).chain(inside).collect()
}

#[test]
fn other_ways_to_write_the_same() {
    let plan = plan(TYPES);
    for (index, written, value) in [
        (4, "1e400", number(u64::from(f32::INFINITY.to_bits()))),
        (7, "\"\"\"\n  two\n  lines\n  \"\"\"", text("two\nlines")),
        (
            8,
            " [ 1 , 2 , ] // and no more",
            list([number(1), number(2)]),
        ),
        (
            9,
            r#"{some: none, name: "x"}"#,
            list([text("x"), number(0)]),
        ),
        (12, "%calm", number(2)),
        (15, "{%true}", number(1)),
        (16, "5", case(0, number(5))),
    ] {
        assert_eq!(
            read(&plan, named(&plan, index), written),
            value,
            "{written}"
        );
    }
}

#[test]
fn what_people_mistype() {
    let plan = plan(TYPES);
    for (index, written, message, at) in [
        (0, "1", "is not a bool", 0),
        (0, "", "is not a bool", 0),
        (1, "128", "is not a s8", 0),
        (3, "-1", "is not a u64", 0),
        (6, "'ab'", "is not a char", 0),
        (6, r"'\u{d800}'", "is not a char", 0),
        (7, r#""\q""#, "is not a string", 0),
        (7, "\"open", "is not a string", 0),
        (8, "[1, 256]", "is not a list", 4),
        (8, "[1, 2", "is not a list", 5),
        (8, "[1] 2", "is not a list: trailing", 4),
        (9, "{some: some(1)}", r#"missing field "name""#, 0),
        (9, r#"{name: "a", name: "b"}"#, "duplicate field", 12),
        (10, "(1, 2, 3)", "expected 2 tuple elements; got 3", 0),
        (11, "%some", "missing payload", 0),
        (11, "%none(1)", "unexpected payload", 0),
        (11, "low-five", r#"unknown case "low-five""#, 0),
        (12, "true", "is not a enum", 0),
        (15, "{c, zz}", r#"unknown case "zz""#, 0),
        (16, "ok", "missing payload", 0),
    ] {
        let error = refuse(&plan, named(&plan, index), written);
        assert_eq!(error.kind, Kind::Malformed, "{written}: {error}");
        assert!(
            error.message.starts_with("argument 1 is not a "),
            "{written}: {error}"
        );
        assert!(error.message.contains(message), "{written}: {error}");
        assert_eq!(error.offset, Some(at), "{written}: {error}");
        assert_eq!(error.path.as_deref(), Some("argument 1"));
    }
    let u8 = named(&plan, 1);
    let error = parse(&plan.types, &[u8, u8], &["1", "x"]).expect_err("x is no number");
    assert_eq!(error.path.as_deref(), Some("argument 2"));
    for args in [&["1"][..], &["1", "2", "3"], &[]] {
        let error = parse(&plan.types, &[u8, u8], args).expect_err("two are due");
        assert!(error.message.contains("takes 2 arguments"), "{error}");
    }
}

#[test]
fn deep_and_long_texts() {
    let plan = plan(TYPES);
    let bytes = named(&plan, 8);
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("some(", ")"),
        ("{a: ", "}"),
        ("x(", ")"),
    ] {
        for closed in [true, false] {
            let deep = 100_000;
            let close = if closed {
                close.repeat(deep)
            } else {
                String::new()
            };
            let error = refuse(&plan, bytes, &format!("{}{close}", open.repeat(deep)));
            assert_eq!(error.kind, Kind::Limit, "{open}: {error}");
            assert!(error.message.contains("nests too many"), "{error}");
        }
    }
    let long = format!("[{}]", "1,".repeat(limits::WAVE_SIZE / 2 - 1));
    assert_eq!(
        read(&plan, bytes, &long).items.len(),
        limits::WAVE_SIZE / 2 - 1
    );
    assert_eq!(refuse(&plan, bytes, &format!("{long} ")).kind, Kind::Limit);
    // Each of them alone would pass.
    let error = parse(&plan.types, &[bytes, bytes], &[&long[..], "[]"]).expect_err("too long");
    assert_eq!(error.kind, Kind::Limit);
}

#[test]
fn types_as_deep_as_they_may_be() {
    let mut text = String::from("(component (type $t0 u8)");
    for level in 1..100 {
        text += &format!("(type $t{level} (list $t{}))", level - 1);
    }
    text += r#"(import "f" (func (param "x" $t99))))"#;
    let component = wat::parse_str(&text).expect("valid");
    let plan = transpile(&component, &Default::default())
        .unwrap_or_else(|error| panic!("{error}"))
        .plan;
    let ty = plan.import_funcs[0].params[0].ty;
    let written = format!("{}7{}", "[".repeat(99), "]".repeat(99));
    let value = read(&plan, ty, &written);
    assert_eq!(print(&plan.types, ty, &value).as_deref(), Ok(&written[..]));
    let types = serde_json::to_value(&plan.types).expect("JSON");
    let input = json!({"types": types, "type": ty, "value": flat(&value)});
    assert_eq!(
        print_json(input.to_string().as_bytes()).as_deref(),
        Ok(written.as_bytes())
    );
}

#[test]
fn resources_have_no_text() {
    let text = r#"(component (import "r" (type $r (sub resource)))
        (import "f" (func (param "x" (list (own $r))) (param "y" (option (borrow $r))))))"#;
    let component = wat::parse_str(text).expect("valid");
    let plan = transpile(&component, &Default::default())
        .unwrap_or_else(|error| panic!("{error}"))
        .plan;
    let params: Vec<u32> = plan.import_funcs[0]
        .params
        .iter()
        .map(|param| param.ty)
        .collect();
    let values = parse(&plan.types, &params, &["[]", "none"]).expect("no resource is in them");
    assert_eq!(
        print(&plan.types, params[0], &values[0]).as_deref(),
        Ok("[]")
    );
    for (args, at) in [(["[1]", "none"], 1), (["[]", "some(1)"], 5)] {
        let error = parse(&plan.types, &params, &args).expect_err("a resource");
        assert_eq!(error.kind, Kind::Unsupported, "{error}");
        assert_eq!(error.message, "resources have no WAVE form");
        assert_eq!(error.offset, Some(at));
    }
    let error = print(&plan.types, params[0], &list([number(1)])).expect_err("a resource");
    assert_eq!(error.kind, Kind::Unsupported, "{error}");
    assert_eq!(error.path.as_deref(), Some("value.items[0]"));
}

#[test]
fn values_of_other_types() {
    let plan = plan(TYPES);
    for (index, value, path) in [
        (0, number(2), "value"),
        (0, text("true"), "value"),
        (1, number(128), "value"),
        (1, number(255), "value"),
        (4, number(1 << 32), "value"),
        (6, number(0xd800), "value"),
        (6, number(0x11_0000), "value"),
        (7, list([number(1)]), "value"),
        (8, list([number(1), number(256)]), "value.items[1]"),
        (8, case(1, number(1)), "value"),
        (9, list([text("x")]), "value"),
        (
            9,
            list([text("x"), case(1, text("y"))]),
            "value.items[1].items[0]",
        ),
        (11, number(3), "value"),
        (11, number(1), "value"),
        (11, case(0, number(1)), "value"),
        (12, number(3), "value"),
        (13, number(u64::MAX), "value"),
        (15, number(1 << 32), "value"),
        (19, case(1, number(1)), "value"),
    ] {
        let error = print(&plan.types, named(&plan, index), &value).expect_err("another type");
        assert_eq!(error.kind, Kind::Malformed, "{value:?}: {error}");
        assert_eq!(error.path.as_deref(), Some(path), "{value:?}: {error}");
    }
}

#[test]
fn input_that_no_host_sends() {
    let loops = Type {
        shape: Shape::List { element: 0 },
        size: 8,
        align: 4,
        flat: None,
        name: None,
        interface: None,
        docs: String::new(),
    };
    assert_eq!(
        print(&[loops], 0, &list([])).unwrap_err().kind,
        Kind::Internal
    );
    assert_eq!(print(&[], 0, &list([])).unwrap_err().kind, Kind::Internal);
    let u8s = r#"[{"kind":"u8"},{"kind":"list","element":0}]"#;
    for input in [
        String::new(),
        "[".repeat(1_000_000),
        r#"{"types":[{"kind":"u9"}],"type":0,"value":[{}]}"#.to_owned(),
        r#"{"types":[{"kind":"list"}],"type":0,"value":[{}]}"#.to_owned(),
        r#"{"types":[{"kind":"list","element":0}],"type":0,"value":[{}]}"#.to_owned(),
        format!(r#"{{"types":{u8s},"type":2,"value":[{{}}]}}"#),
        format!(r#"{{"types":{u8s},"type":1,"value":[]}}"#),
        format!(r#"{{"types":{u8s},"type":1,"value":[{{}},{{}}]}}"#),
        format!(r#"{{"types":{u8s},"type":1,"value":[{{"items":2}},{{}}]}}"#),
        format!(r#"{{"types":{u8s},"type":1,"value":[{{"items":18446744073709551615}}]}}"#),
    ] {
        let error = print_json(input.as_bytes()).expect_err("it is broken");
        assert_eq!(error.kind, Kind::Internal, "{input:.80}: {error}");
    }
    // A value that is deeper than any type, which could not be dropped if it were made.
    let chain = vec![r#"{"items":1}"#; 1_000_000].join(",");
    let input = format!(r#"{{"types":{u8s},"type":1,"value":[{chain},{{}}]}}"#);
    assert_eq!(print_json(input.as_bytes()).unwrap_err().kind, Kind::Limit);
}
