//! Input that is made to hurt: every case ends in an answer or a typed refusal, never in a panic, and soon.

mod plan_check;

use tenon_transpile::{Error, Kind, Options, Transpiled, limits, transpile};

fn run(bytes: &[u8]) -> Result<Transpiled, Error> {
    let result = transpile(bytes, &Options::default());
    if let Err(error) = &result {
        assert_ne!(error.kind, Kind::Internal, "{error}");
        assert!(!error.message.is_empty());
    }
    result
}

fn parse(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the case is WAT")
}

/// Everything that the golden cases have in them.
fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the golden folder")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "wat"));
    files.sort();
    let samples = files.iter().map(|file| {
        (
            file.display().to_string(),
            wat::parse_file(file).expect("valid"),
        )
    });
    samples.collect()
}

#[test]
fn a_component_cut_off_anywhere() {
    for (name, component) in samples() {
        for end in 0..component.len() {
            // A cut between two sections leaves a component that may well be valid.
            if let Ok(transpiled) = run(&component[..end]) {
                plan_check::check(&transpiled);
            }
        }
        assert!(run(&component).is_ok(), "{name}");
    }
}

#[test]
fn a_component_with_wrong_bytes() {
    let mut random = Random(0x7e40_0b5e_55ed);
    let (mut passed, mut refused) = (0, 0);
    for (_, component) in samples() {
        for _ in 0..2_000 {
            let mut damaged = component.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(damaged.len() - 8) + 8;
                match random.below(4) {
                    0 => damaged[at] = random.below(256) as u8,
                    1 => damaged[at] ^= 1 << random.below(8),
                    2 => drop(damaged.remove(at)),
                    _ => damaged.insert(at, random.below(256) as u8),
                }
            }
            match run(&damaged) {
                Ok(transpiled) => {
                    plan_check::check(&transpiled);
                    passed += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    // Damage to names and constants goes unnoticed, most other damage does not.
    assert!(
        passed > 100 && refused > 1_000,
        "{passed} passed, {refused} refused"
    );
}

/// xorshift64*: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }
}

#[track_caller]
fn over_the_limit(component: &[u8], message: &str) {
    let error = run(component).expect_err("it is over a limit");
    assert_eq!(error.kind, Kind::Limit, "{error}");
    assert!(error.message.contains(message), "{error}");
}

#[test]
fn components_that_multiply() {
    // Each component captures and instantiates the one before twice: 2^40 instances from 40 lines.
    let mut text = String::from("(component (component $c0)");
    for i in 1..=40 {
        let before = i - 1;
        text += &format!(
            "(component $c{i} (instance (instantiate $c{before})) (instance (instantiate $c{before})))"
        );
    }
    text += "(instance (instantiate $c40)))";
    over_the_limit(&parse(&text), "the component has too many definitions");

    // The same with components handed over as arguments, which no look at the definitions alone would show.
    let mut text = String::from("(component (component $c0)");
    for i in 1..=40 {
        text += &format!(
            r#"(component $t{i} (import "c" (component $c)) (component $d (alias outer 1 $c (component $e))
                 (instance (instantiate $e)) (instance (instantiate $e))) (export "d" (component $d)))
               (instance $i{i} (instantiate $t{i} (with "c" (component $c{}))))
               (alias export $i{i} "d" (component $c{i}))"#,
            i - 1
        );
    }
    text += "(instance (instantiate $c40)))";
    over_the_limit(&parse(&text), "instantiates too many");
}

#[test]
fn a_long_chain_of_components() {
    // Each one instantiates the one before, once.
    let chain = |length: usize| {
        let mut text = String::from("(component (component $c0)");
        for i in 1..length {
            text += &format!("(component $c{i} (instance (instantiate $c{})))", i - 1);
        }
        text += &format!("(instance (instantiate $c{})))", length - 1);
        parse(&text)
    };
    assert!(run(&chain(300)).is_ok());
    // Copying what each one captures is quadratic.
    over_the_limit(&chain(limits::INSTANCES - 2), "too many definitions");
}

#[test]
fn captures_that_multiply() {
    // Each component captures the one before twice, and instantiates nothing.
    let mut text = String::from("(component (component $c0)");
    for i in 1..=60 {
        let before = i - 1;
        text += &format!(
            "(component $c{i} (alias outer 1 $c{before} (component $a)) (alias outer 1 $c{before} (component $b)))"
        );
    }
    text += ")";
    over_the_limit(&parse(&text), "too many definitions");
    // The same through a component in between.
    let mut text = String::from("(component (component $c0)");
    for i in 1..=60 {
        let before = i - 1;
        text += &format!(
            "(component $c{i} (component (alias outer 2 $c{before} (component $a)) (alias outer 2 $c{before} (component $b))))"
        );
    }
    text += ")";
    over_the_limit(&parse(&text), "too many definitions");
}

#[test]
fn instances_of_instances_that_multiply() {
    let mut text = String::from("(component (component $c) (instance $i0 (instantiate $c))");
    for i in 1..=60 {
        let before = i - 1;
        text += &format!(
            r#"(instance $i{i} (export "a" (instance $i{before})) (export "b" (instance $i{before})))"#
        );
    }
    text += ")";
    let error = run(&parse(&text)).expect_err("2^60 instances");
    assert!(
        matches!(error.kind, Kind::Limit | Kind::Malformed),
        "{error}"
    );
}

#[test]
fn imports_that_multiply() {
    let exports: String = (0..2_000)
        .map(|i| format!(r#"(export "f{i}" (func 0))"#))
        .collect();
    let imports: String = (0..2_000)
        .map(|i| format!(r#"(import "a" "f{i}" (func))"#))
        .collect();
    let instances = r#"(core instance (instantiate $m (with "a" (instance $a))))"#.repeat(400);
    let text = format!(
        "(component (core module $f (func) {exports}) (core instance $a (instantiate $f)) (core module $m {imports}) {instances})"
    );
    over_the_limit(&parse(&text), "too many definitions");
}

#[test]
fn the_number_of_instances_is_exact() {
    // The root counts, each core instance counts.
    let with = |count: usize| {
        parse(&format!(
            "(component (core module $m) {})",
            "(core instance (instantiate $m))".repeat(count)
        ))
    };
    assert!(run(&with(limits::INSTANCES - 1)).is_ok());
    // A thousand in one component is wasmparser's limit already.
    assert!(run(&with(limits::INSTANCES + 1)).is_err());
    let halves = |count: usize| {
        let half = "(core instance (instantiate $m))".repeat(count);
        parse(&format!(
            "(component (component $c (core module $m) {half}) (instance (instantiate $c)) (instance (instantiate $c)))"
        ))
    };
    assert!(run(&halves(498)).is_ok());
    over_the_limit(&halves(499), "instantiates too many");
}

#[test]
fn definitions_that_multiply() {
    let types = "(type u8)".repeat(3_000);
    let instances = "(instance (instantiate $c))".repeat(500);
    over_the_limit(
        &parse(&format!("(component (component $c {types}) {instances})")),
        "too many definitions",
    );
}

#[test]
fn components_nested_too_deep() {
    let nested = |depth: usize| {
        let mut component = HEADER.to_vec();
        for _ in 1..depth {
            let mut outer = HEADER.to_vec();
            outer.push(4);
            outer.extend(leb(component.len()));
            outer.append(&mut component);
            component = outer;
        }
        component
    };
    assert!(run(&nested(limits::NESTING)).is_ok());
    over_the_limit(&nested(limits::NESTING + 1), "nested too deep");
    over_the_limit(&nested(20_000), "nested too deep");
}

/// The first bytes of a component.
const HEADER: &[u8] = b"\0asm\x0d\0\x01\0";

/// A number as WebAssembly writes it.
fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = number as u8 & 0x7f;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

#[test]
fn too_many_definitions() {
    let modules = "(core module)".repeat(600);
    over_the_limit(
        &parse(&format!(
            "(component (component {modules}) (component {modules}))"
        )),
        "too many component",
    );
}

/// Valid, small, and the work of a minute or more for a compiler that takes the square of a function's size.
#[test]
fn code_that_takes_compilers_long() {
    let functions = |count: usize, locals: usize, code: &str| {
        let locals = "i32 ".repeat(locals);
        let function = format!("(func (local {locals}) {code})");
        parse(&format!(
            "(component (core module {}))",
            function.repeat(count)
        ))
    };
    for (count, locals, code) in [
        (1, 0, "loop end ".repeat(20_000)),
        (1, 0, "i32.const 0 if end ".repeat(20_000)),
        (1, 0, "i32.const 0 drop ".repeat(400_000)),
        (1, 45_000, String::new()),
        (30, 0, "i32.const 0 if end ".repeat(3_000)),
        (
            1,
            0,
            format!("i32.const 0 br_table {}", "0 ".repeat(45_000)),
        ),
    ] {
        over_the_limit(&functions(count, locals, &code), "work too long");
    }
    assert!(run(&functions(3_000, 10, &"loop end ".repeat(20))).is_ok());
}

#[test]
fn blocks_nested_too_deep() {
    let nested = |depth: usize| {
        parse(&format!(
            "(component (core module (func {} {})))",
            "block ".repeat(depth),
            "end ".repeat(depth)
        ))
    };
    assert!(run(&nested(limits::BLOCK_DEPTH)).is_ok());
    over_the_limit(&nested(limits::BLOCK_DEPTH + 1), "nests too many blocks");
}

#[test]
fn one_module_written_many_times() {
    let with = |contents: &str| {
        let mut text = format!(
            r#"(component (core module $m (import "a" "a" (global i32)) {contents})
                (core module $g (global (export "a") i32 (i32.const 0)))"#
        );
        for i in 0..40 {
            text += &format!(
                r#"(core instance $g{i} (instantiate $g)) (core instance (instantiate $m (with "a" (instance $g{i}))))"#
            );
        }
        parse(&(text + ")"))
    };
    let bytes = "x".repeat(4 << 20);
    let names = with(&format!(r#"(@custom "name" "{bytes}")"#));
    over_the_limit(&names, "bytes of core modules");
    let data = with(&format!(r#"(memory 65) (data (i32.const 0) "{bytes}")"#));
    over_the_limit(&data, "bytes of data segments");
}

#[test]
fn what_instances_have_together() {
    let with = |contents: &str, instances: usize| {
        let instances = "(core instance (instantiate $m))".repeat(instances);
        parse(&format!(
            "(component (core module $m {contents}) {instances})"
        ))
    };
    let globals = "(global i32 (i32.const 0))".repeat(10_000);
    assert!(run(&with(&globals, 100)).is_ok());
    over_the_limit(&with(&globals, 101), "functions, globals");
    let elements = format!("(func $f) (elem func {})", "$f ".repeat(9_999));
    assert!(run(&with(&elements, 100)).is_ok());
    over_the_limit(&with(&elements, 101), "elements of segments");
    let tables = format!("(table {} funcref)", limits::TABLE_ELEMENTS / 2).repeat(2);
    assert!(run(&with(&tables, 16)).is_ok());
    over_the_limit(&with(&tables, 17), "table elements");
}

#[test]
fn tables_that_start_too_large() {
    let with = |elements: u32| {
        parse(&format!(
            "(component (core module) (core module (table 1 funcref) (table {elements} funcref)))"
        ))
    };
    assert!(run(&with(limits::TABLE_ELEMENTS)).is_ok());
    for elements in [limits::TABLE_ELEMENTS + 1, 10_000_000] {
        let error = run(&with(elements)).expect_err("it is larger than hosts want");
        assert_eq!(error.kind, Kind::Policy, "{error}");
        assert!(error.message.starts_with("table 1 starts with"), "{error}");
        assert_eq!(error.path.as_deref(), Some("core module 1"));
        assert!(error.offset.is_some_and(|at| at > 20), "{error}");
    }
    let own = Options {
        table_elements: 10,
        ..Options::default()
    };
    assert!(transpile(&with(10), &own).is_ok());
    assert!(transpile(&with(11), &own).is_err());
    // What is imported is somebody else's.
    let import = r#"(component (core module (import "a" "t" (table 4000000000 funcref))))"#;
    assert!(run(&parse(import)).is_ok());
}

#[test]
fn names_repeated_many_times() {
    let name = "a".repeat(90_000);
    // One instance with a long name in it, exported under many.
    let exports: String = (0..300)
        .map(|i| format!(r#"(export "e{i}" (instance $i))"#))
        .collect();
    let text =
        format!(r#"(component (type $t u8) (instance $i (export "{name}" (type $t))) {exports})"#);
    over_the_limit(&parse(&text), "names");
    // A long name of a core export, behind many short ones.
    let exports: String = (0..300)
        .map(|i| format!(r#"(func (export "f{i}") (canon lift (core func $i "{name}")))"#))
        .collect();
    let text = format!(
        r#"(component (core module $m (func (export "{name}"))) (core instance $i (instantiate $m)) {exports})"#
    );
    over_the_limit(&parse(&text), "names");
    // A contract that refers to a long name many times.
    let params: String = (0..200).map(|i| format!(r#"(param "p{i}" $t)"#)).collect();
    let text = format!(
        r#"(component (core module $m (memory (export "m") 1) (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable)
              (func (export "f") (param i32)))
            (core instance $i (instantiate $m))
            (type $u8 u8) (import "{name}" (type $t (eq $u8)))
            (func $f {params} (canon lift (core func $i "f") (memory (core memory $i "m")) (realloc (core func $i "r"))))
            (instance $x (export "f" (func $f))) (export "acme:a/b" (instance $x)))"#
    );
    over_the_limit(&parse(&text), "contract");
    // One interface under many names, each of which has a text.
    let params: String = (0..100).map(|i| format!(r#"(param "p{i}" $t)"#)).collect();
    let imports: String = (0..100)
        .map(|i| format!(r#"(import "acme:a/b{i}" (instance (type $i)))"#))
        .collect();
    let name = &name[..900];
    let text = format!(
        r#"(component (type $u8 u8) (import "{name}" (type $t (eq $u8)))
            (type $f (func {params})) (type $i (instance (alias outer 1 $f (type $f)) (export "f" (func (type $f))))) {imports})"#
    );
    over_the_limit(&parse(&text), "texts");
    // A long name of an interface, which stands in the plan with each of its functions and types.
    let name = format!("acme:a/{}", "b".repeat(20_000));
    let items: String = (0..500)
        .map(|i| format!(r#"(export "f{i}" (func))"#))
        .collect();
    let text = format!(r#"(component (import "{name}" (instance {items})))"#);
    over_the_limit(&parse(&text), "names");
}

#[test]
fn types_that_multiply() {
    let mut text = String::from("(component (type $t0 u8)");
    for i in 1..=60 {
        let before = i - 1;
        text += &format!(r#"(type $t{i} (tuple $t{before} $t{before}))"#);
    }
    text += r#"(export "t" (type $t60)))"#;
    assert!(run(&parse(&text)).is_err());
}

#[test]
fn counts_beyond_the_file() {
    // A section of each identifier that announces four billion entries.
    for id in 0..=14u8 {
        for contents in [
            &[0xff, 0xff, 0xff, 0xff, 0x0f][..],
            &[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0],
        ] {
            let mut component = HEADER.to_vec();
            component.extend([id, contents.len() as u8]);
            component.extend(contents);
            assert!(run(&component).is_err(), "section {id}");
        }
    }
}

#[test]
fn a_file_beyond_the_limit() {
    let mut component = HEADER.to_vec();
    component.resize(limits::INPUT_SIZE + 1, 0);
    over_the_limit(&component, "bytes");
}

#[test]
fn metadata_beyond_the_limit() {
    let metadata = "1".repeat(limits::METADATA_SIZE + 1);
    over_the_limit(
        &parse(&format!(
            r#"(component (@custom "tenon:kernel" "{metadata}"))"#
        )),
        "tenon:kernel",
    );
    // JSON nested without end is refused by the parser's own limit.
    let metadata = "[".repeat(10_000);
    let error = run(&parse(&format!(
        r#"(component (@custom "tenon:kernel" "{metadata}"))"#
    )))
    .expect_err("not JSON");
    assert_eq!(error.kind, Kind::Malformed);
}

#[test]
fn names_that_transpile_wants_for_itself() {
    let component = parse(
        r#"(component (core module $m (global (mut i32) (i32.const 1)) (func (export "tenon:global:0")))
            (core instance (instantiate $m)))"#,
    );
    let plan = run(&component).expect("a strange name is no crime").plan;
    assert!(
        !plan.clone.safe && plan.clone.reason.contains("name"),
        "{:?}",
        plan.clone
    );
}

#[test]
fn panic_buffers_outside_the_memory() {
    let buffer = |global: &str| {
        let text = format!(
            r#"(component (core module $m (memory (export "memory") 1) (global (export "tenon_panic") {global})) (core instance (instantiate $m)))"#
        );
        run(&parse(&text)).expect("valid").plan.panic
    };
    assert_eq!(
        buffer("i32 (i32.const 64)").map(|panic| (panic.address, panic.size)),
        Some((64, 1028))
    );
    assert_eq!(
        buffer("i32 (i32.const 65400)").map(|panic| panic.size),
        Some(136),
        "it ends with the memory"
    );
    assert_eq!(buffer("i32 (i32.const 65532)"), None, "no room for a text");
    assert_eq!(buffer("i32 (i32.const -8)"), None);
    assert_eq!(buffer("i64 (i64.const 64)"), None);
    assert_eq!(
        buffer("(mut i32) (i32.const 64)"),
        None,
        "an address that can change"
    );
}
