//! Guests that attack the host: each ends in its fault, and the host serves on. No test asserts a time: a guest that is not
//! stopped never ends.

use std::time::Duration;
use tenon_host::wasmtime::component::Val;
use tenon_host::{CallOptions, Config, Engine, Fault, FaultKind, Kernel, TrapCode};

/// How long a start and a call may run.
#[derive(Clone, Copy)]
struct Gate(Duration);

/// For guests that have to be stopped.
const STRICT: Gate = Gate(Duration::from_millis(20));

/// For guests that end by themselves, however busy the machine is.
const PATIENT: Gate = Gate(Duration::from_secs(60));

impl Gate {
    fn engine(self) -> Engine {
        Engine::new(&Config {
            memory_limit: 16 << 20,
            max_instances: 4,
            start_timeout: Some(self.0),
            ..Config::default()
        })
        .unwrap()
    }

    fn limits(self) -> CallOptions {
        CallOptions {
            deadline: Some(self.0),
            ..CallOptions::default()
        }
    }

    /// Calls `f` in a fresh instance.
    fn call(self, kernel: &Kernel, args: &[Val]) -> Result<Vec<Val>, Fault> {
        let mut instance = kernel.open()?;
        instance.set_limits(&self.limits())?;
        instance.call("f", args)
    }

    /// Loads and calls a component with the module given, whose `f` is lifted with a type and options; then a call beside it.
    fn attack(self, module: &str, ty: &str, options: &str, args: &[Val]) -> Fault {
        let engine = self.engine();
        let text = format!(
            r#"(component
                (core module $m {module}) (core instance $i (instantiate $m))
                (func (export "f") {ty} (canon lift (core func $i "f") {options})))"#
        );
        let loaded = engine.load(&wat::parse_str(text).unwrap());
        let fault = loaded
            .and_then(|kernel| self.call(&kernel, args))
            .unwrap_err();
        let healthy = r#"(component
            (core module $m (func (export "f") (result i32) i32.const 7)) (core instance $i (instantiate $m))
            (func (export "f") (result u32) (canon lift (core func $i "f"))))"#;
        let healthy = engine.load(&wat::parse_str(healthy).unwrap()).unwrap();
        assert_eq!(PATIENT.call(&healthy, &[]).unwrap(), [Val::U32(7)]);
        fault
    }

    /// As [`Gate::attack`], for an `f` without parameters and results.
    fn plain(self, module: &str) -> Fault {
        self.attack(module, "", "", &[])
    }
}

#[track_caller]
fn ends(fault: &Fault, code: TrapCode, frames: &[&str]) {
    assert_eq!(fault.code(), Some(code), "{fault:?}");
    assert_eq!(fault.kind(), code.kind(), "{fault:?}");
    assert_eq!(fault.backtrace(), frames, "{fault:?}");
}

#[test]
fn a_loop_without_end_is_stopped() {
    let fault = STRICT.plain(r#"(func $spin (loop (br 0))) (func $f (export "f") (call $spin))"#);
    ends(&fault, TrapCode::Deadline, &["spin", "f"]);
}

#[test]
fn calls_that_double_are_stopped() {
    let levels: String = (1..60)
        .map(|n| format!("(func $f{n} (call $f{} ) (call $f{}))", n - 1, n - 1))
        .collect();
    let fault = STRICT.plain(&format!(
        r#"(func $f0) {levels} (func (export "f") (call $f59))"#
    ));
    assert_eq!(fault.code(), Some(TrapCode::Deadline), "{fault}");
}

#[test]
fn bulk_operations_in_a_straight_line_are_stopped() {
    let straight = |operation: &str, declared: &str| {
        let body = operation.repeat(4000);
        let fault = STRICT.plain(&format!(r#"{declared} (func $f (export "f") {body})"#));
        ends(&fault, TrapCode::Deadline, &["f"]);
    };
    let fill = "(memory.fill (i32.const 0) (i32.const 7) (i32.const 16777216))";
    straight(fill, "(memory 256)");
    let copy = "(memory.copy (i32.const 0) (i32.const 1) (i32.const 16777215))";
    straight(copy, "(memory 256)");
    let table = "(table.fill (i32.const 0) (ref.null func) (i32.const 65536))";
    straight(table, "(table 65536 funcref)");
}

#[test]
fn loops_around_a_call_are_stopped() {
    let list = [Val::List(vec![Val::U8(1), Val::U8(2)])];
    let memory = r#"(memory (export "memory") 1)"#;
    let options = r#"(memory (core memory $i "memory")) (realloc (core func $i "realloc"))"#;
    let fault = STRICT.attack(
        &format!(
            r#"{memory} (func $realloc (export "realloc") (param i32 i32 i32 i32) (result i32) (loop (br 0)) unreachable)
            (func (export "f") (param i32 i32))"#
        ),
        r#"(param "bytes" (list u8))"#,
        options,
        &list,
    );
    ends(&fault, TrapCode::Deadline, &["realloc"]);

    let fault = STRICT.attack(
        r#"(func (export "f") (result i32) i32.const 0) (func $after (export "after") (param i32) (loop (br 0)))"#,
        "(result u32)",
        r#"(post-return (core func $i "after"))"#,
        &[],
    );
    ends(&fault, TrapCode::Deadline, &["after"]);

    let fault = STRICT.plain(r#"(func (export "f")) (func $begin (loop (br 0))) (start $begin)"#);
    ends(&fault, TrapCode::Deadline, &["begin"]);
}

/// A component with a resource whose destructor has a body.
fn with_destructor(body: &str) -> Kernel {
    let text = format!(
        r#"(component
            (core module $d (func $end (export "end") (param i32) {body}))
            (core instance $d (instantiate $d))
            (type $box (resource (rep i32) (dtor (core func $d "end"))))
            (core func $new (canon resource.new $box))
            (core module $m (import "" "new" (func $new (param i32) (result i32)))
                (func (export "f") (result i32) (call $new (i32.const 7))))
            (core instance $m (instantiate $m (with "" (instance (export "new" (func $new))))))
            (export $b "box" (type $box))
            (func (export "f") (result (own $b)) (canon lift (core func $m "f"))))"#
    );
    PATIENT
        .engine()
        .load(&wat::parse_str(text).unwrap())
        .unwrap()
}

#[test]
fn destructors_are_stopped_and_trap_as_calls_do() {
    for (gate, body, code) in [
        (STRICT, "(loop (br 0))", TrapCode::Deadline),
        (PATIENT, "unreachable", TrapCode::Unreachable),
    ] {
        let mut instance = with_destructor(body).open().unwrap();
        instance.set_limits(&PATIENT.limits()).unwrap();
        let made = instance.call("f", &[]).unwrap().remove(0);
        instance.set_limits(&gate.limits()).unwrap();
        ends(&instance.drop_resource(&made).unwrap_err(), code, &["end"]);
        let again = instance.call("f", &[]).unwrap_err();
        assert_eq!(again.kind(), FaultKind::Closed, "{again}");
    }
}

#[test]
fn traps_around_a_call_have_a_backtrace() {
    let fault = PATIENT.plain(r#"(func (export "f")) (func $begin unreachable) (start $begin)"#);
    ends(&fault, TrapCode::Unreachable, &["begin"]);
    let fault = PATIENT.attack(
        r#"(func (export "f") (result i32) i32.const 0)
        (func $after (export "after") (param i32) (drop (i32.rem_u (i32.const 1) (local.get 0))))"#,
        "(result u32)",
        r#"(post-return (core func $i "after"))"#,
        &[],
    );
    ends(&fault, TrapCode::DivideByZero, &["after"]);
    let fault = PATIENT.plain(r#"(func (export "f") (drop (i32.trunc_f64_s (f64.const 1e300))))"#);
    ends(&fault, TrapCode::IntegerOverflow, &["function 0"]);
}

#[test]
fn recursion_without_end_is_a_fault_of_the_stack() {
    let fault = PATIENT.plain(r#"(func $f (export "f") (call $g)) (func $g (call $f))"#);
    assert_eq!(fault.code(), Some(TrapCode::StackOverflow), "{fault}");
    assert_eq!(fault.kind(), FaultKind::Stack);
    // Frames of 20,000 locals, in few steps.
    let locals = "i64 ".repeat(20_000);
    let sum = (0..20_000).fold(String::new(), |sum, n| {
        sum + &format!("(local.set {n} (local.get {}))", (n + 1) % 20_000)
    });
    let fault = PATIENT.plain(&format!(
        r#"(func $f (export "f") (local {locals}) {sum} (call $f))"#
    ));
    assert_eq!(fault.code(), Some(TrapCode::StackOverflow), "{fault}");
}

#[test]
fn bombs_of_memory_and_tables_are_refused() {
    let memory = r#"(memory 1) (func $bomb (export "f") (loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable)"#;
    ends(&PATIENT.plain(memory), TrapCode::MemoryLimit, &["bomb"]);
    let table = r#"(table 1 funcref) (func $bomb (export "f")
        (if (i32.eq (table.grow (ref.null func) (i32.const -2)) (i32.const -1)) (then unreachable)))"#;
    ends(&PATIENT.plain(table), TrapCode::MemoryLimit, &["bomb"]);
    for huge in [
        "(memory 65536)",
        "(memory 4000)",
        "(table 4294967295 funcref)",
        "(table 65537 funcref)",
    ] {
        let fault = PATIENT.plain(&format!(r#"{huge} (func (export "f"))"#));
        assert_eq!(fault.kind(), FaultKind::Policy, "{huge}: {fault}");
        assert_eq!(fault.code(), None);
    }
}

#[test]
fn a_table_that_no_table_can_be_is_refused_by_nobody() {
    let fault = PATIENT.plain(
        r#"(table 1 funcref) (func $bomb (export "f")
        (if (i32.eq (table.grow (ref.null func) (i32.const -1)) (i32.const -1)) (then unreachable)))"#,
    );
    ends(&fault, TrapCode::Unreachable, &["bomb"]);
}

#[test]
fn functions_that_nobody_wrote_are_in_no_backtrace() {
    let fill = "(memory.fill (i32.const 0) (i32.const 0) (i32.const 65537))";
    let fault = PATIENT.plain(&format!(r#"(memory 1) (func (export "f") {fill})"#));
    ends(&fault, TrapCode::MemoryBounds, &["function 0"]);
}

#[test]
fn names_that_a_guest_gives_are_fit_for_a_log() {
    let name = r"\1b[2Jboom\n    at main ".to_owned() + &"x".repeat(9000);
    let fault = PATIENT.plain(&format!(
        r#"(func (@name "{name}") (export "f") unreachable)"#
    ));
    let shown = "\u{fffd}[2Jboom\u{fffd}    at main ".to_owned() + &"x".repeat(231) + "…";
    ends(&fault, TrapCode::Unreachable, &[&shown]);
}

#[cfg(unix)]
#[test]
fn a_file_without_end_is_a_limit() {
    let fault = PATIENT.engine().load_file("/dev/zero").unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Limit, "{fault}");
    assert_eq!(fault.file(), "/dev/zero");
}

#[test]
fn what_a_realloc_answers_is_checked() {
    let options = r#"(memory (core memory $i "memory")) (realloc (core func $i "realloc"))"#;
    let with = |ty: &str, realloc: &str, arg: Val| {
        let engine = PATIENT.engine();
        let text = format!(
            r#"(component
                (core module $m (memory (export "memory") 1)
                    (func (export "realloc") (param i32 i32 i32 i32) (result i32) {realloc})
                    (func (export "f") (param i32 i32) (result i32) (local.get 0)))
                (core instance $i (instantiate $m))
                (func (export "f") (param "values" {ty}) (result u32) (canon lift (core func $i "f") {options})))"#
        );
        let kernel = engine.load(&wat::parse_str(text).unwrap()).unwrap();
        PATIENT.call(&kernel, &[arg]).map_err(|fault| fault.code())
    };
    let numbers = || Val::List(vec![Val::U32(1), Val::U32(2)]);
    let abi = Err(Some(TrapCode::Abi));
    assert_eq!(
        with("(list u32)", "i32.const 65532", numbers()),
        abi,
        "partly outside"
    );
    assert_eq!(
        with("(list u32)", "i32.const -8", numbers()),
        abi,
        "outside"
    );
    assert_eq!(
        with("(list u32)", "i32.const 2", numbers()),
        abi,
        "misaligned"
    );
    // Null, and what overlaps the kernel's own data, are its own affair.
    assert_eq!(
        with("(list u32)", "i32.const 0", numbers()),
        Ok(vec![Val::U32(0)])
    );
    let grow = "(i32.mul (memory.grow (i32.const 1)) (i32.const 65536))";
    assert_eq!(
        with("(list u32)", grow, numbers()),
        Ok(vec![Val::U32(65536)])
    );
    let greedy = "(drop (memory.grow (i32.const 4000))) unreachable";
    assert_eq!(
        with("(list u32)", greedy, numbers()),
        Err(Some(TrapCode::MemoryLimit))
    );
}

#[test]
fn a_thousand_instances_that_fill_are_stopped_within_one_start() {
    // What starts twice as much in each of a thousand core instances ends in one start's time.
    let instances: String = (0..900)
        .map(|n| format!("(core instance $i{n} (instantiate $m))"))
        .collect();
    let text = format!(
        r#"(component (core module $m
                (func $begin (local $n i32)
                    (loop (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if 0 (i32.lt_u (local.get $n) (i32.const 100000000)))))
                (start $begin) (func (export "f")))
            {instances} (func (export "f") (canon lift (core func $i0 "f"))))"#
    );
    let kernel = STRICT
        .engine()
        .load(&wat::parse_str(text).unwrap())
        .unwrap();
    ends(
        &kernel.open().err().unwrap(),
        TrapCode::Deadline,
        &["begin"],
    );
}
