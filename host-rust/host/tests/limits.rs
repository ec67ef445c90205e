//! How long and how much a kernel may run, and who can stop it. No test asserts a time: a guest that is not stopped
//! never ends.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use tenon_host::contracts::scalar::{self, Calls};
use tenon_host::{
    CallOptions, Cancel, Config, Engine, Fault, FaultKind, Fuel, Kernel, Slot, TrapCode,
};

const SCALAR: &str = "../../host-go/internal/fixture/scalar/scalar.wasm";

/// What a guest may run where it must be stopped soon.
const SHORT: Duration = Duration::from_millis(20);

/// What is waited for that must come, and what a guest may run where it must end by itself.
const LONG: Duration = Duration::from_secs(60);

fn within(deadline: Duration) -> CallOptions {
    CallOptions {
        deadline: Some(deadline),
        ..CallOptions::default()
    }
}

fn engine() -> Engine {
    Engine::new(&Config {
        max_instances: 8,
        ..Config::default()
    })
    .unwrap()
}

fn metered() -> Engine {
    Engine::new(&Config {
        max_instances: 8,
        fuel: true,
        ..Config::default()
    })
    .unwrap()
}

/// A kernel of the contract `tenon:scalar` whose `add` is the body given; its other functions trap.
fn adder(engine: &Engine, module: &str) -> Kernel {
    let text = format!(
        r#"(component
            (core module $m
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
                (func (export "others") (param i32 i32) (result i32) unreachable)
                {module})
            (core instance $i (instantiate $m))
            (alias core export $i "memory" (core memory $memory))
            (alias core export $i "realloc" (core func $realloc))
            (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
            (func $sum (param "values" (list u32)) (result u64)
                (canon lift (core func $i "sum") (memory $memory) (realloc $realloc)))
            (func $bytes (param "bytes" (list u8)) (result (list u8))
                (canon lift (core func $i "others") (memory $memory) (realloc $realloc)))
            (func $string (param "text" string) (result string)
                (canon lift (core func $i "others") (memory $memory) (realloc $realloc)))
            (func $fail (param "message" string)
                (canon lift (core func $i "fail") (memory $memory) (realloc $realloc)))
            (instance $calls
                (export "add" (func $add)) (export "sum" (func $sum)) (export "echo-bytes" (func $bytes))
                (export "echo-string" (func $string)) (export "fail" (func $fail)))
            (export "tenon:scalar/calls@1.0.0" (instance $calls)))"#
    );
    engine.load(&wat::parse_str(text).unwrap()).unwrap()
}

/// The functions of `tenon:scalar` beside `add`.
const REST: &str = r#"
    (func (export "sum") (param i32 i32) (result i64) unreachable)
    (func (export "fail") (param i32 i32) unreachable)"#;

/// A kernel whose `add` never ends where its first argument is 1.
fn endless(engine: &Engine) -> Kernel {
    adder(
        engine,
        &format!(
            r#"{REST} (func $add (export "add") (param i32 i32) (result i32)
                (loop $again (br_if $again (i32.eq (local.get 0) (i32.const 1))))
                (i32.add (local.get 0) (local.get 1)))"#
        ),
    )
}

struct Native;

impl Calls for Native {
    fn add(&self, a: u32, b: u32) -> Result<u32, Fault> {
        Ok(a.wrapping_add(b))
    }
    fn sum(&self, values: &[u32]) -> Result<u64, Fault> {
        Ok(values.iter().map(|value| u64::from(*value)).sum())
    }
    fn echo_bytes(&self, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(bytes.to_vec())
    }
    fn echo_string(&self, text: &str) -> Result<String, Fault> {
        Ok(text.to_owned())
    }
    fn fail(&self, _: &str) -> Result<(), Fault> {
        Ok(())
    }
}

fn slot(engine: &Engine, kernel: &Kernel, deadline: Duration) -> Slot<scalar::Contract> {
    let slot = engine.slot::<scalar::Contract>("sums").kernel(kernel);
    let slot = slot.instances(1).max_wait(LONG).deadline(Some(deadline));
    slot.build().unwrap()
}

#[test]
fn a_deadline_ends_a_call_and_the_next_finds_a_fresh_instance() {
    let engine = engine();
    let slot = slot(&engine, &endless(&engine), SHORT);
    for round in 1..=3 {
        let fault = slot.call(|k| k.add(1, 2)).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Deadline, "{fault}");
        assert_eq!(fault.code(), Some(TrapCode::Deadline));
        assert_eq!(fault.message(), "the call ran longer than 20ms");
        assert_eq!(fault.backtrace(), ["add"]);
        let answer = slot.call_with(&within(LONG), |k| k.add(40, 2));
        assert_eq!(answer.unwrap(), 42);
        assert_eq!(slot.stats().replaced, round);
    }
    assert_eq!(slot.stats().faults(FaultKind::Deadline), 3);
}

#[test]
fn the_baseline_answers_after_a_deadline() {
    let engine = engine();
    let slot = engine
        .slot::<scalar::Contract>("sums")
        .baseline(Native)
        .kernel(&endless(&engine))
        .deadline(Some(SHORT))
        .build()
        .unwrap();
    assert_eq!(slot.call(|k| k.add(1, 2)).unwrap(), 3);
    assert_eq!(slot.stats().faults(FaultKind::Deadline), 1);
    assert_eq!(slot.stats().attributed, 1);
}

#[test]
fn each_function_of_a_closure_has_the_whole_deadline() {
    let engine = engine();
    let kernel = engine.load_file(SCALAR).unwrap();
    let deadline = Duration::from_millis(200);
    let slot = slot(&engine, &kernel, deadline);
    let sum = slot.call(|k| {
        let first = k.add(1, 2)?;
        thread::sleep(2 * deadline);
        k.add(first, 3)
    });
    assert_eq!(sum.unwrap(), 6, "the caller's own time is not the kernel's");
}

#[test]
fn a_call_may_have_a_deadline_of_its_own() {
    let engine = engine();
    let slot = engine
        .slot::<scalar::Contract>("sums")
        .kernel(&endless(&engine))
        .deadline(None)
        .instances(1)
        .max_wait(LONG)
        .build()
        .unwrap();
    let short = slot.call_with(&within(SHORT), |k| k.add(1, 2));
    let fault = short.unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Deadline, "{fault}");
    let long = slot.call_with(&within(LONG), |k| k.add(2, 2));
    assert_eq!(long.unwrap(), 4);
}

#[test]
fn a_canceled_call_ends_and_has_no_baseline() {
    let engine = engine();
    let slot = engine
        .slot::<scalar::Contract>("sums")
        .baseline(Native)
        .kernel(&endless(&engine))
        .deadline(None)
        .instances(1)
        .build()
        .unwrap();
    let cancel = Cancel::new();
    let options = CallOptions {
        cancel: Some(cancel.clone()),
        ..CallOptions::default()
    };
    let (running, begun) = mpsc::channel();
    let fault = thread::scope(|scope| {
        let call = scope.spawn(|| {
            slot.call_with(&options, |k| {
                running.send(()).unwrap();
                k.add(1, 2)
            })
        });
        begun.recv().unwrap();
        cancel.cancel();
        call.join().unwrap().unwrap_err()
    });
    assert_eq!(fault.kind(), FaultKind::Canceled, "{fault}");
    assert_eq!((fault.slot(), slot.stats().baseline), ("sums", 0));
    let fault = slot.call_with(&options, |k| k.add(2, 2)).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Canceled, "used up: {fault}");
    assert_eq!(slot.call(|k| k.add(2, 2)).unwrap(), 4, "without the token");
}

#[test]
fn who_waits_for_an_instance_can_give_up() {
    let engine = engine();
    let kernel = engine.load_file(SCALAR).unwrap();
    let slot = engine
        .slot::<scalar::Contract>("sums")
        .kernel(&kernel)
        .instances(1)
        .max_wait(Duration::from_secs(3600))
        .build()
        .unwrap();
    let pin = slot.pin().unwrap();
    let cancel = Cancel::new();
    let options = CallOptions {
        cancel: Some(cancel.clone()),
        ..CallOptions::default()
    };
    let fault = thread::scope(|scope| {
        let call = scope.spawn(|| slot.call_with(&options, |k| k.add(1, 2)));
        thread::sleep(SHORT);
        cancel.cancel();
        call.join().unwrap().unwrap_err()
    });
    assert_eq!(fault.kind(), FaultKind::Canceled, "{fault}");
    assert_eq!(pin.add(40, 2).unwrap(), 42);
}

#[test]
fn a_call_is_watched_however_long_the_engine_was_idle() {
    let engine = engine();
    let mut instance = endless(&engine).open().unwrap();
    instance.set_limits(&within(LONG)).unwrap();
    // Each pause is about as long as the clock's patience, some shorter, some longer.
    for pause in [0, 5, 10, 14, 15, 16, 17, 18, 20, 25, 40, 100] {
        thread::sleep(Duration::from_millis(pause));
        assert_eq!(instance.call_wave("add", &["2", "2"]).unwrap(), "4");
        thread::sleep(Duration::from_millis(pause));
        let mut fresh = endless(&engine).open().unwrap();
        fresh.set_limits(&within(SHORT)).unwrap();
        thread::sleep(Duration::from_millis(pause));
        let fault = fresh.call_wave("add", &["1", "2"]).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Deadline, "{fault}");
    }
}

#[test]
fn an_engine_ends_its_clock() {
    // Other tests of this process have clocks of their own, so only many tell.
    const MANY: usize = 32;
    let clocks = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let name = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("comm"));
        let names = tasks.flatten().filter_map(|task| name(task).ok());
        names.filter(|name| name.trim() == "tenon-clock").count()
    };
    let comes = |enough: &dyn Fn(usize) -> bool| {
        (0..10_000).any(|_| enough(clocks()) || (thread::sleep(Duration::from_millis(1)), false).1)
    };
    let engines: Vec<_> = (0..MANY).map(|_| engine()).collect();
    let kernels: Vec<_> = engines
        .iter()
        .map(|it| it.load_file(SCALAR).unwrap())
        .collect();
    let instances: Vec<_> = kernels.iter().map(|it| it.open().unwrap()).collect();
    // A thread takes its name once it runs.
    assert!(comes(&|count| count >= MANY), "one an engine");
    drop((instances, kernels, engines));
    assert!(comes(&|count| count < MANY), "{} are left", clocks());
}

#[test]
fn start_functions_and_warming_up_have_a_limit() {
    let engine = Engine::new(&Config {
        max_instances: 8,
        start_timeout: Some(SHORT),
        ..Config::default()
    })
    .unwrap();
    let add = r#"(func (export "add") (param i32 i32) (result i32) (i32.const 0))"#;
    let start = format!("{REST} {add} (func $begin (loop (br 0))) (start $begin)");
    let fault = adder(&engine, &start).open().err().unwrap();
    assert_eq!(fault.kind(), FaultKind::Deadline, "{fault}");
    assert_eq!(fault.backtrace(), ["begin"]);

    let text = r#"(component
        (core module $m (func (export "f") (loop (br 0))))
        (core instance $i (instantiate $m))
        (func (export "f") (canon lift (core func $i "f")))
        (@custom "tenon:kernel" "{\"warm\":[\"f\"]}"))"#;
    let kernel = engine.load(&wat::parse_str(text).unwrap()).unwrap();
    let fault = kernel.open().err().unwrap();
    assert_eq!(fault.kind(), FaultKind::Deadline, "{fault}");
    assert_eq!(fault.export(), "f");
}

#[test]
fn fuel_repeats_to_the_unit() {
    let engine = metered();
    let kernel = engine.load_file(SCALAR).unwrap();
    let values = format!("[{}1]", "1, ".repeat(999));
    // Each time in a fresh instance: what an allocator has at hand makes a difference.
    let spent = |budget: u64| {
        let fuel = Fuel::new(budget);
        let mut instance = kernel.open_cold().unwrap();
        let options = CallOptions {
            fuel: Some(fuel.clone()),
            ..CallOptions::default()
        };
        instance.set_limits(&options).unwrap();
        let answer = instance.call_wave("sum", &[&values]);
        (answer.map_err(|fault| fault.kind()), fuel.used())
    };
    let (sum, whole) = spent(u64::MAX);
    assert_eq!(sum.unwrap(), "1000");
    assert!(whole > 1000, "{whole}");
    for budget in (0..=whole).step_by(500).chain([whole + 1]) {
        let first = spent(budget);
        // What is over is noticed where loops turn and functions begin, so the last of it may be run on credit.
        match &first.0 {
            Ok(sum) => assert!(sum == "1000" && budget + 100 > whole, "{sum} for {budget}"),
            Err(kind) => assert_eq!(*kind, FaultKind::Fuel),
        }
        assert_eq!(first.1, budget.min(whole));
        for _ in 0..5 {
            assert_eq!(spent(budget), first);
        }
    }
}

#[test]
fn a_slot_gives_each_call_its_fuel() {
    let engine = metered();
    let kernel = endless(&engine);
    let slot = engine
        .slot::<scalar::Contract>("sums")
        .kernel(&kernel)
        .fuel(10_000)
        .instances(1)
        .max_wait(LONG)
        .build()
        .unwrap();
    for _ in 0..3 {
        let fault = slot.call(|k| k.add(1, 2)).unwrap_err();
        assert_eq!(
            (fault.kind(), fault.code()),
            (FaultKind::Fuel, Some(TrapCode::Fuel))
        );
        assert_eq!(slot.call(|k| k.add(40, 2)).unwrap(), 42);
    }
    // Starting an instance costs nothing of it, and calls without a budget have none.
    let mut instance = kernel.open().unwrap();
    assert_eq!(instance.call_wave("add", &["2", "2"]).unwrap(), "4");
    let fuel = Fuel::new(1);
    let options = CallOptions {
        fuel: Some(fuel.clone()),
        ..CallOptions::default()
    };
    instance.set_limits(&options).unwrap();
    let fault = instance.call_wave("add", &["2", "2"]).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Fuel, "{fault}");
    assert_eq!((fuel.used(), fuel.left()), (1, 0));
}

#[test]
fn fuel_that_nobody_counts_is_refused() {
    let engine = engine();
    let kernel = engine.load_file(SCALAR).unwrap();
    let builder = || engine.slot::<scalar::Contract>("sums").kernel(&kernel);
    let options = CallOptions {
        fuel: Some(Fuel::new(1)),
        ..CallOptions::default()
    };
    let slot = builder().build().unwrap();
    for fault in [
        builder().fuel(1).build().unwrap_err(),
        slot.call_with(&options, |k| k.add(1, 2)).unwrap_err(),
        kernel.open().unwrap().set_limits(&options).unwrap_err(),
    ] {
        assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
        assert!(fault.help().contains("fuel: true"), "{fault}");
    }
}

#[test]
fn all_instances_of_an_engine_share_its_memory() {
    let engine = Engine::new(&Config {
        max_instances: 8,
        total_memory: 3 << 20,
        ..Config::default()
    })
    .unwrap();
    // It asks for a number of pages, and adds up how many it has.
    let grows = adder(
        &engine,
        &format!(
            r#"{REST} (func (export "add") (param i32 i32) (result i32)
            (if (i32.eq (memory.grow (local.get 0)) (i32.const -1)) (then unreachable)) (memory.size))"#
        ),
    );
    let (one, other) = (grows.open().unwrap(), grows.open().unwrap());
    assert_eq!(engine.memory(), 2 << 16);
    assert_eq!(one.call_wave("add", &["40", "0"]).unwrap(), "41");
    let fault = other.call_wave("add", &["7", "0"]).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Memory, "{fault}");
    assert_eq!(fault.code(), Some(TrapCode::MemoryLimit));
    assert!(fault.help().contains("total_memory"), "{fault}");

    let third = grows.open().unwrap();
    assert_eq!(third.call_wave("add", &["5", "0"]).unwrap(), "6");
    let fault = grows.open().err().unwrap();
    assert_eq!(fault.kind(), FaultKind::Overloaded, "no room for one more");
    assert_eq!(fault.code(), Some(TrapCode::MemoryExhausted));
    drop((one, other));
    assert_eq!(engine.memory(), 6 << 16);
    assert_eq!(third.call_wave("add", &["40", "0"]).unwrap(), "46");
    drop(third);
    assert_eq!(engine.memory(), 0);
}
