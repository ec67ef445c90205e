//! What is refused, and whether the refusal says what is wrong, where, and what to do.

use tenon_transpile::{Error, Kind, Options, Plan, explain_import, limits, transpile};

fn refuse(bytes: &[u8]) -> Error {
    match transpile(bytes, &Options::default()) {
        Ok(_) => panic!("it was accepted"),
        Err(error) => error,
    }
}

fn plan(text: &str) -> Plan {
    let component = wat::parse_str(text).expect("the case is WAT");
    let transpiled = transpile(&component, &Options::default());
    transpiled
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .plan
}

fn refuse_text(text: &str) -> Error {
    refuse(&wat::parse_str(text).expect("the case is WAT"))
}

#[test]
fn what_is_not_a_component() {
    for (bytes, message, help) in [
        (&b""[..], "is empty", "tenon build"),
        (b"#!/bin/sh\n", "not WebAssembly", "tenon build"),
        (b"(component)", "text", "tenon build"),
        (b"\x7fELF\x02\x01\x01", "ELF", "tenon build"),
        (b"\0as", "ends in the middle", "cut short"),
        (b"\0asm\x0d\0\x01", "ends in the middle", "cut short"),
        (b"\0asm\x07\0\x01\0", "version", "tenon build"),
    ] {
        let error = refuse(bytes);
        assert_eq!(error.kind, Kind::Malformed, "{error}");
        assert!(error.message.contains(message), "{error}");
        assert!(error.help.contains(help), "{error}");
        assert!(error.offset.is_some(), "{error}");
    }
}

#[test]
fn a_core_module_instead_of_a_component() {
    let error = refuse_text("(module)");
    assert_eq!(error.kind, Kind::Malformed);
    assert!(error.message.contains("core WebAssembly module"), "{error}");
    assert!(error.help.contains("tenon build"), "{error}");
    for (name, cure) in [
        ("__wbindgen_placeholder__", "wasm-bindgen"),
        ("env", "extern"),
        ("wasi_snapshot_preview1", "wasm32-unknown-unknown"),
    ] {
        let error = refuse_text(&format!(r#"(module (import "{name}" "f" (func)))"#));
        assert!(
            error.help.contains(name) && error.help.contains(cure),
            "{error}"
        );
    }
    let error = refuse_text(r#"(module (import "acme" "f" (func)))"#);
    assert!(
        !error.help.contains("acme"),
        "a name that tells nothing is not explained: {error}"
    );
}

#[test]
fn invalid_components_name_byte_and_part() {
    // The body of a function is wrong: an i64 where an i32 is due.
    let mut component = wat::parse_str(
        r#"(component (core module) (component (core module (func (result i32) i32.const 5))))"#,
    )
    .expect("valid");
    let at = component
        .windows(2)
        .position(|bytes| bytes == [0x41, 5])
        .expect("the instruction is there");
    component[at] = 0x42;
    let error = refuse(&component);
    assert_eq!(error.kind, Kind::Malformed);
    assert_eq!(error.path.as_deref(), Some("component 0 / core module 0"));
    let offset = error.offset.expect("an offset") as usize;
    assert!(offset.abs_diff(at) < 4, "{error}: the byte is {at}");
}

#[test]
fn imports_are_named_and_explained() {
    for (text, name, wanted, help) in [
        (
            r#"(component (import "log" (func)))"#,
            "log",
            "a function",
            "Grant",
        ),
        (
            r#"(component (import "env" (func)))"#,
            "env",
            "a function",
            "extern",
        ),
        (
            r#"(component (import "wasi:cli/stdout@0.2.3" (instance (export "get-stdout" (func)))))"#,
            "wasi:cli/stdout@0.2.3",
            "function `get-stdout`",
            "wasm32-unknown-unknown",
        ),
        (
            r#"(component (import "acme:a/b@1.0.0" (instance (export "r" (type (sub resource))))))"#,
            "acme:a/b@1.0.0",
            "resource `r`",
            "Grant",
        ),
        (
            r#"(component (import "r" (type (sub resource))))"#,
            "r",
            "a resource",
            "Grant",
        ),
        (
            r#"(component (import "m" (core module)))"#,
            "m",
            "a core module",
            "Grant",
        ),
    ] {
        let import = &plan(text).imports[0];
        assert!(import.needs_grant(), "{text}");
        assert_eq!(import.cure, explain_import(name), "{text}");
        let error = import.refusal();
        assert_eq!(error.kind, Kind::Policy, "{text}: {error}");
        assert!(
            error.message.contains(&format!("`{name}` ({wanted})")),
            "{text}: {error}"
        );
        assert_eq!(error.path, Some(format!("import {name}")));
        assert!(error.help.contains(help), "{text}: {error}");
    }
}

#[test]
fn imports_of_types_alone_are_fine() {
    let plan = plan(
        r#"(component (import "wasi:clocks/types@0.2.0" (instance (type $t (record (field "s" u64))) (export "t" (type (eq $t))))))"#,
    );
    assert_eq!(plan.imports.len(), 1);
    assert!(!plan.imports[0].needs_grant());
    assert_eq!(plan.imports[0].cure, None, "nothing is wrong with it");
}

#[test]
fn metadata_that_is_not_json() {
    // Names that would break a line of a log, or fill it.
    for name in [
        r"a\\u001b[2J",
        r"a\\nb",
        &"a".repeat(limits::METADATA_NAME + 1),
    ] {
        for key in ["kernel", "version"] {
            let error = refuse_text(&format!(
                r#"(component (@custom "tenon:kernel" "{{\"{key}\": \"{name}\"}}"))"#
            ));
            assert_eq!(error.kind, Kind::Malformed, "{error}");
            assert!(error.message.contains(key), "{error}");
        }
    }
    let error = refuse_text(r#"(component (@custom "tenon:kernel" "{format:1}"))"#);
    assert_eq!(error.kind, Kind::Malformed);
    assert!(error.message.contains("tenon:kernel"), "{error}");
    assert!(error.help.contains("tenon build"), "{error}");
}

#[test]
fn documentation_that_does_not_parse_is_no_reason_to_refuse() {
    for docs in [
        "",
        r"\07{}",
        r"\01{",
        r#"\01{\"interfaces\":3}"#,
        r#"\01{\"interfaces\":{\"b\":{\"types\":{\"t\":{\"docs\":9}}}}}"#,
    ] {
        let text = format!(
            r#"(component (type $t u8) (instance $i (export "t" (type $t))) (export "acme:a/b" (instance $i)) (@custom "package-docs" "{docs}"))"#
        );
        let component = wat::parse_str(&text).expect("valid");
        transpile(&component, &Options::default())
            .unwrap_or_else(|error| panic!("{docs}: {error}"));
    }
}

#[test]
fn an_error_reads_as_one_line() {
    let text = refuse_text(r#"(component (import "log" (func async)))"#).to_string();
    assert!(text.starts_with("unsupported: the component uses an async function, which the hosts do not support yet (import log, at byte "), "{text}");
    assert!(!text.contains('\n'), "{text}");
}
