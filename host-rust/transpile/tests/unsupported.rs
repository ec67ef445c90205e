//! What is valid and not run by the hosts: each refusal names the feature, and the place by path or byte.

use tenon_transpile::{Kind, Options, transpile};

/// A component, a word of the feature in the message, and the path.
const CASES: &[(&str, &str, &str)] = &[
    // Functions
    (
        r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
             (func (export "f") async (canon lift (core func $i "f"))))"#,
        "an async function",
        "export f",
    ),
    (
        r#"(component (import "f" (func $f async)) (core func (canon lower (func $f) async)))"#,
        "an async function",
        "import f",
    ),
    (
        r#"(component (import "a:b/c" (instance (export "f" (func async)))))"#,
        "an async function",
        "import a:b/c / func f",
    ),
    (
        r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
             (func async (result u32) (canon lift (core func $i "f") async)))"#,
        "async functions",
        "byte",
    ),
    (
        r#"(component (core func (canon task.cancel)))"#,
        "async functions",
        "byte",
    ),
    (
        r#"(component (core func (canon backpressure.inc)))"#,
        "async functions",
        "byte",
    ),
    (
        r#"(component (core func (canon waitable-set.new)))"#,
        "async functions",
        "byte",
    ),
    (
        r#"(component (core func (canon context.get i32 0)))"#,
        "async functions",
        "byte",
    ),
    // Types
    (
        r#"(component (type $t (stream u8)) (export "t" (type $t)))"#,
        "`stream`",
        "export t",
    ),
    (r#"(component (type $t (stream u8)))"#, "streams", "byte"),
    (
        r#"(component (import "f" (func (param "x" (list (future))))))"#,
        "`future`",
        "import f / param x / element",
    ),
    (
        r#"(component (import "f" (func (result error-context))))"#,
        "`error-context`",
        "import f / result",
    ),
    (
        r#"(component (core func (canon error-context.drop)))"#,
        "error-context",
        "byte",
    ),
    (
        r#"(component (type $t (record (field "inner" (list (list u8 4))))) (export "t" (type $t)))"#,
        "`list<…, 4>`",
        "export t / field inner / element",
    ),
    (
        r#"(component (type $t (variant (case "some" (map string u8)))) (export "t" (type $t)))"#,
        "`map`",
        "export t / case some",
    ),
    (r#"(component (type (map string u8)))"#, "maps", "byte"),
    (
        r#"(component (import "v" (value $v u8)) (export "w" (value $v)))"#,
        "a component value",
        "import v",
    ),
    // Core modules
    (
        r#"(component (core module (memory 1) (memory 1)))"#,
        "several memories",
        "core module 0",
    ),
    (
        r#"(component (core module (memory i64 1)))"#,
        "64-bit memories",
        "core module 0",
    ),
    (
        r#"(component (core module (table i64 1 funcref)))"#,
        "64-bit",
        "core module 0",
    ),
    (
        r#"(component (core module (memory 1 1 shared)))"#,
        "threads",
        "core module 0",
    ),
    (
        r#"(component (core module (memory 1) (func (drop (i32.atomic.load (i32.const 0))))))"#,
        "threads",
        "core module 0",
    ),
    (
        r#"(component (core module (func return_call 0)))"#,
        "tail calls",
        "core module 0",
    ),
    (
        r#"(component (core module (tag)))"#,
        "exceptions",
        "core module 0",
    ),
    (
        r#"(component (core module (func (try_table))))"#,
        "exceptions",
        "core module 0",
    ),
    (
        r#"(component (core module (type (struct))))"#,
        "garbage-collected",
        "core module 0",
    ),
    (
        r#"(component (core module (func (param externref))))"#,
        "externref",
        "core module 0",
    ),
    (
        r#"(component (core module (func (param (ref func)))))"#,
        "typed function references",
        "core module 0",
    ),
    (
        r#"(component (core module (memory 1 (pagesize 1))))"#,
        "custom page sizes",
        "core module 0",
    ),
    (
        r#"(component (core module (func (drop (drop (i64.mul_wide_u (i64.const 1) (i64.const 2)))))))"#,
        "wide arithmetic",
        "core module 0",
    ),
    (
        r#"(component (component (core module) (core module (func (param v128) (result v128)
             (f32x4.relaxed_min (local.get 0) (local.get 0))))))"#,
        "relaxed vectors",
        "component 0 / core module 1",
    ),
    (
        r#"(component (core module (global i32 (i32.add (i32.const 1) (i32.const 2)))))"#,
        "extended constant",
        "core module 0",
    ),
    // Components
    (
        r#"(component (component $c) (export "c" (component $c)))"#,
        "the export of a component",
        "export c",
    ),
    (
        r#"(component (component $c) (instance $i (export "c" (component $c))) (export "a:b/c" (instance $i)))"#,
        "the export of a component",
        "export a:b/c / component c",
    ),
    (
        r#"(component (import "c" (component)))"#,
        "the import of a component",
        "import c",
    ),
    (
        r#"(component (import "f" (func $f)) (export "g" (func $f)))"#,
        "the export of an imported function",
        "export g",
    ),
    (
        r#"(component (import "i" (instance $i (export "f" (func)))) (export "j" (instance $i)))"#,
        "the export of an imported function",
        "export j / func f",
    ),
];

#[test]
fn each_refusal_names_feature_and_place() {
    let mut wrong = Vec::new();
    for (text, word, path) in CASES {
        let component = match wat::parse_str(text) {
            Ok(component) => component,
            Err(error) => {
                wrong.push(format!("{text}: {error}"));
                continue;
            }
        };
        match transpile(&component, &Options::default()) {
            Ok(_) => wrong.push(format!("{text}: it was accepted")),
            Err(error) => {
                let place = match *path {
                    "byte" => error.offset.is_some(),
                    path => error.path.as_deref() == Some(path),
                };
                if error.kind != Kind::Unsupported
                    || !error.message.contains(word)
                    || !place
                    || error.help.is_empty()
                {
                    wrong.push(format!("{text}: want {word} at {path}, got\n    {error}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
