//! Functions and resources of the host on values: what they answer, how they fail, and when their values end.

mod counters;
mod grants;

use counters::Office;
use grants::{engine, load, twice};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tenon_host::wasmtime::{self, component::Val};
use tenon_host::{CallOptions, Config, Engine, FaultKind, Import, Kernel, LoadOptions};

#[test]
fn a_failure_of_the_host_is_a_trap_with_its_cause() {
    let broken = Import::interface("a:b/c@1.0.0").func("twice", |_, _| {
        Err(std::io::Error::other("the disk is full").into())
    });
    let kernel = load(&twice("a:b/c@1.0.0"), vec![broken]).unwrap();
    let instance = kernel.open().unwrap();
    let fault = instance.call_wave("f", &["1"]).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Trap, "{fault}");
    assert!(fault.message().contains("the disk is full"), "{fault}");
    let cause = fault.source().unwrap().downcast_ref::<std::io::Error>();
    assert_eq!(cause.unwrap().to_string(), "the disk is full");
    assert_eq!(
        instance.call_wave("f", &["1"]).unwrap_err().kind(),
        FaultKind::Closed
    );

    // The wrong shape of an answer is the host's failure too.
    for answer in [None, Some(Val::Bool(true)), Some(Val::String("2".into()))] {
        let wrong = Import::interface("a:b/c@1.0.0").func("twice", move |_, _| Ok(answer.clone()));
        let kernel = load(&twice("a:b/c@1.0.0"), vec![wrong]).unwrap();
        let fault = kernel.call_wave("f", &["1"]).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Trap, "{fault}");
    }
}

#[test]
fn a_panic_of_the_host_costs_the_instance_only() {
    let panics = || {
        Import::interface("a:b/c@1.0.0").func("twice", |_, args| match args {
            [Val::U32(13)] => panic!("the host's own"),
            _ => Ok(Some(Val::U32(1))),
        })
    };
    let kernel = load(&twice("a:b/c@1.0.0"), vec![panics()]).unwrap();
    let instance = kernel.open().unwrap();
    let call = std::panic::AssertUnwindSafe(|| instance.call_wave("f", &["13"]));
    assert!(std::panic::catch_unwind(call).is_err());
    let fault = instance.call_wave("f", &["1"]).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Closed, "{fault}");
    assert_eq!(kernel.call_wave("f", &["1"]).unwrap(), "1");
}

/// What the world of a kernel with resources of the host exports, with its log of tickets.
fn dynamic_audit(ends: &Arc<AtomicU32>) -> Vec<Import> {
    struct Ticket(u32, Arc<AtomicU32>);
    impl Drop for Ticket {
        fn drop(&mut self) {
            self.1.fetch_add(1, Ordering::SeqCst);
        }
    }
    let ends = Arc::clone(ends);
    let audit = Import::interface("acme:counters/audit@0.1.0")
        .resource::<Ticket>("ticket")
        .func("[constructor]ticket", move |call, _| {
            call.give(Ticket(0, Arc::clone(&ends))).map(Some)
        })
        .func("[method]ticket.stamp", |call, args| {
            let [ticket, Val::U32(by)] = args else {
                wasmtime::bail!("{args:?}");
            };
            call.value::<Ticket>(ticket)?.0 += by;
            // A second look is fine, a look at it as something else is not.
            assert!(call.value::<String>(ticket).is_err() && call.take::<Ticket>(ticket).is_err());
            Ok(Some(Val::U32(call.value::<Ticket>(ticket)?.0)))
        })
        .func("note", |_, _| Ok(None));
    let world = Import::world().func("limit", |_, _| Ok(Some(Val::U32(100))));
    vec![audit, world]
}

#[test]
fn values_of_the_host_are_resources_by_hand_too() {
    let ends = Arc::default();
    let options = LoadOptions {
        imports: dynamic_audit(&ends),
        ..LoadOptions::default()
    };
    let kernel = engine()
        .load_with(&counters::component(), &options)
        .unwrap();
    assert_eq!(kernel.grants(), ["acme:counters/audit@0.1.0", "limit"]);
    let instance = kernel.open().unwrap();
    assert_eq!(instance.call_wave("audited", &["1", "5"]).unwrap(), "10");
    assert_eq!(ends.load(Ordering::SeqCst), 1, "dropped by the kernel");
}

/// A component that keeps what `give` gives for ever, and hands what it gets on to `take`, `look` or `back`.
const KEEPER: &str = r#"(component
    (import "a:b/c@1.0.0" (instance $i
        (export "thing" (type $thing (sub resource)))
        (export "give" (func (result (own $thing))))
        (export "take" (func (param "thing" (own $thing)) (result u32)))
        (export "look" (func (param "thing" (borrow $thing)) (result u32)))
        (export "back" (func (param "thing" (own $thing)) (result (own $thing))))))
    (core func $give (canon lower (func $i "give")))
    (core func $take (canon lower (func $i "take")))
    (core func $look (canon lower (func $i "look")))
    (core func $back (canon lower (func $i "back")))
    (core module $m
        (import "" "give" (func $give (result i32)))
        (import "" "take" (func $take (param i32) (result i32)))
        (import "" "look" (func $look (param i32) (result i32)))
        (import "" "back" (func $back (param i32) (result i32)))
        (func (export "keep") (drop (call $give)))
        (func (export "keep-many") (loop (drop (call $give)) (br 0)))
        (func (export "taken") (result i32) (call $take (call $give)))
        (func (export "seen") (result i32) (local i32)
            (local.set 0 (call $give))
            (i32.add (call $look (local.get 0)) (call $look (local.get 0))))
        (func (export "handed") (result i32) (call $take (call $back (call $give))))
        (func (export "twice") (result i32) (local i32)
            (local.set 0 (call $give)) (drop (call $take (local.get 0))) (call $take (local.get 0))))
    (core instance $m (instantiate $m (with "" (instance
        (export "give" (func $give)) (export "take" (func $take))
        (export "look" (func $look)) (export "back" (func $back))))))
    (func (export "keep") (canon lift (core func $m "keep")))
    (func (export "keep-many") (canon lift (core func $m "keep-many")))
    (func (export "taken") (result u32) (canon lift (core func $m "taken")))
    (func (export "seen") (result u32) (canon lift (core func $m "seen")))
    (func (export "handed") (result u32) (canon lift (core func $m "handed")))
    (func (export "twice") (result u32) (canon lift (core func $m "twice"))))"#;

struct Thing(Arc<AtomicU32>);

impl Drop for Thing {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether the host's functions look at what they get.
#[derive(Clone, Copy, PartialEq)]
enum Looks {
    Never,
    Takes,
}

fn keeper(alive: &Arc<AtomicU32>, looks: Looks) -> Kernel {
    let things = Arc::clone(alive);
    let import = Import::interface("a:b/c@1.0.0")
        .resource::<Thing>("thing")
        .func("give", move |call, _| {
            things.fetch_add(1, Ordering::SeqCst);
            call.give(Thing(Arc::clone(&things))).map(Some)
        })
        .func("take", move |call, args| {
            if looks == Looks::Takes {
                drop(call.take::<Thing>(&args[0])?);
                assert!(
                    call.take::<Thing>(&args[0]).is_err() && call.value::<Thing>(&args[0]).is_err()
                );
            }
            Ok(Some(Val::U32(7)))
        })
        .func("look", move |call, args| {
            if looks == Looks::Takes {
                call.value::<Thing>(&args[0])?;
            }
            Ok(Some(Val::U32(4)))
        })
        .func("back", move |call, args| match looks {
            Looks::Never => Ok(Some(args[0].clone())),
            Looks::Takes => {
                let thing = call.take::<Thing>(&args[0])?;
                call.give(thing).map(Some)
            }
        });
    load(KEEPER, vec![import]).unwrap()
}

#[test]
fn values_end_once_whether_the_host_looks_at_them_or_not() {
    for looks in [Looks::Never, Looks::Takes] {
        let alive = Arc::default();
        let kernel = keeper(&alive, looks);
        let instance = kernel.open().unwrap();
        for (export, result) in [("taken", "7"), ("handed", "7")] {
            assert_eq!(
                instance.call_wave(export, &[""; 0]).unwrap(),
                result,
                "{export}"
            );
            assert_eq!(alive.load(Ordering::SeqCst), 0, "{export}");
        }
        assert_eq!(instance.call_wave("seen", &[""; 0]).unwrap(), "8");
        instance.call_wave("keep", &[""; 0]).unwrap();
        assert_eq!(alive.load(Ordering::SeqCst), 2, "the kernel keeps them");
        let fault = instance.call_wave("twice", &[""; 0]).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Abi, "{fault}");
        drop(instance);
        assert_eq!(
            alive.load(Ordering::SeqCst),
            0,
            "what is left ends with the instance"
        );
    }
}

#[test]
fn resources_without_end_are_a_fault_of_limit() {
    let alive = Arc::default();
    let mut instance = keeper(&alive, Looks::Never).open().unwrap();
    // A million calls of the host, which end by themselves.
    let limits = CallOptions {
        deadline: Some(Duration::MAX),
        ..CallOptions::default()
    };
    instance.set_limits(&limits).unwrap();
    let fault = instance.call_wave("keep-many", &[""; 0]).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Limit, "{fault}");
    drop(instance);
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}

#[test]
fn what_a_kernel_tells_the_host_is_bounded() {
    let heavy = |length: u32| {
        format!(
            r#"(component
            (import "a:b/c@1.0.0" (instance $i (export "tell" (func (param "what" (list (list u8)))))))
            (core module $memory (memory (export "memory") 32))
            (core instance $memory (instantiate $memory))
            (core func $tell (canon lower (func $i "tell") (memory (core memory $memory "memory"))))
            (core module $m
                (import "" "memory" (memory 32))
                (import "" "tell" (func $tell (param i32 i32)))
                (func (export "f") (local $i i32)
                    (loop
                        (i32.store (i32.mul (local.get $i) (i32.const 8)) (i32.const 65536))
                        (i32.store (i32.add (i32.mul (local.get $i) (i32.const 8)) (i32.const 4)) (i32.const {length}))
                        (local.set $i (i32.add (local.get $i) (i32.const 1)))
                        (br_if 0 (i32.lt_u (local.get $i) (i32.const 100))))
                    (call $tell (i32.const 0) (i32.const 100))))
            (core instance $m (instantiate $m (with "" (instance
                (export "memory" (memory $memory "memory")) (export "tell" (func $tell))))))
            (func (export "f") (canon lift (core func $m "f"))))"#
        )
    };
    let tell = || Import::interface("a:b/c@1.0.0").func("tell", |_, _| Ok(None));
    let engine = Engine::new(&Config {
        max_instances: 8,
        answer_limit: 1 << 20,
        ..Config::default()
    })
    .unwrap();
    for (length, kind) in [
        (10, None),
        (65_536, Some(FaultKind::Memory)),
        (u32::MAX, Some(FaultKind::Abi)),
    ] {
        let options = LoadOptions {
            imports: vec![tell()],
            ..LoadOptions::default()
        };
        let component = wat::parse_str(heavy(length)).unwrap();
        let kernel = engine.load_with(&component, &options).unwrap();
        let outcome = kernel.call_dynamic("f", &[]).map_err(|fault| fault.kind());
        assert_eq!(outcome.err(), kind, "lists of {length}");
    }
}

#[test]
fn resources_have_no_wave_form() {
    let kernel = Office::default().load(&engine());
    let instance = kernel.open().unwrap();
    for (export, args) in [
        ("[constructor]counter", &["1"][..]),
        ("[method]counter.add", &["1", "2"]),
        ("some", &["1"]),
        ("even", &["1"]),
    ] {
        let fault = instance.call_wave(export, args).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Unsupported, "{fault}");
    }
    // By values they are there, and wrong ones cost nothing.
    let made = instance
        .call("[constructor]counter", &[Val::U32(1)])
        .unwrap()
        .remove(0);
    let add = |value: Val| instance.call("[method]counter.add", &[made.clone(), value]);
    let fault = add(Val::S32(1)).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Abi);
    assert!(
        fault.message().contains("argument n: expected u32"),
        "{fault}"
    );
    let fault = instance
        .call("[method]counter.add", &[Val::U32(1), Val::U32(1)])
        .unwrap_err();
    assert!(fault.message().contains("argument self"), "{fault}");
    assert_eq!(add(Val::U32(2)).unwrap(), [Val::U32(3)]);
    let taken = instance.call("take", &[Val::Option(Some(Box::new(made.clone())))]);
    assert_eq!(taken.unwrap(), [Val::U32(3)]);
    let fault = instance.drop_resource(&made).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Abi, "given away before: {fault}");
}
