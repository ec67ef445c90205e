//! Imports: what is granted works, what is not is refused with a fault that says so.

mod counters;

use counters::Office;
use counters::contract::{Contract, Counter, Counting};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tenon_host::wasmtime::{self, component::Val};
use tenon_host::{Config, Engine, Fault, FaultKind, Import, Kernel, LoadOptions, Resource, Wasi};

fn engine() -> Engine {
    Engine::new(&Config {
        max_instances: 8,
        ..Config::default()
    })
    .unwrap()
}

fn load(component: &str, imports: Vec<Import>) -> Result<Kernel, Fault> {
    let options = LoadOptions {
        imports,
        ..LoadOptions::default()
    };
    engine().load_with(&wat::parse_str(component).unwrap(), &options)
}

/// A component that imports `twice` in an interface, and exports `f`, which calls it.
fn twice(interface: &str) -> String {
    format!(
        r#"(component
            (import "{interface}" (instance $i (export "twice" (func (param "n" u32) (result u32)))))
            (core func $twice (canon lower (func $i "twice")))
            (core module $m (import "" "twice" (func $twice (param i32) (result i32))) (export "f" (func $twice)))
            (core instance $m (instantiate $m (with "" (instance (export "twice" (func $twice))))))
            (func (export "f") (param "n" u32) (result u32) (canon lift (core func $m "f"))))"#
    )
}

/// An implementation of it that tells which it is.
fn times(interface: &str, factor: u32) -> Import {
    Import::interface(interface).func("twice", move |_, args| match args {
        [Val::U32(n)] => Ok(Some(Val::U32(n * factor))),
        other => wasmtime::bail!("{other:?}"),
    })
}

#[test]
fn an_import_that_nobody_grants_is_a_fault_of_policy() {
    for (component, import, what) in [
        (
            twice("acme:maths/of@1.0.0"),
            "acme:maths/of@1.0.0",
            "function `twice`",
        ),
        (
            r#"(component (import "now" (func (result u64))))"#.to_owned(),
            "now",
            "a function",
        ),
        (
            r#"(component (import "blob" (type (sub resource))))"#.to_owned(),
            "blob",
            "a resource",
        ),
        (
            r#"(component (import "m" (core module)))"#.to_owned(),
            "m",
            "a core module",
        ),
    ] {
        let fault = load(&component, vec![times("acme:other/of@1.0.0", 2)]).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
        assert!(fault.message().contains(&format!("`{import}`")), "{fault}");
        assert!(fault.message().contains(what), "{fault}");
        assert!(!fault.help().is_empty(), "{fault}");
    }
    let fault = load(&twice("wasi:cli/stdout@0.2.3"), vec![]).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Policy);
    assert!(fault.help().contains("WASI"), "the cure: {fault}");
}

#[test]
fn imports_of_types_need_no_grant() {
    let kernel = load(
        r#"(component (import "acme:maths/types@1.0.0" (instance
            (type $point' (record (field "x" u32)))
            (export "point" (type (eq $point'))))))"#,
        vec![],
    );
    let kernel = kernel.unwrap();
    assert_eq!(kernel.imports(), ["acme:maths/types@1.0.0"]);
    assert!(kernel.grants().is_empty() && kernel.is_pure());
}

#[test]
fn versions_match_as_the_component_model_has_it() {
    let grants = |names: &[&str]| -> Vec<Import> {
        (1..).zip(names).map(|(n, name)| times(name, n)).collect()
    };
    for (wanted, given, answer, shown) in [
        ("a:b/c@1.0.0", &["a:b/c@1.0.0"][..], "10", "a:b/c@1.0.0"),
        (
            "a:b/c@1.0.0",
            &["a:b/c@1.2.0"],
            "10",
            "a:b/c@1.0.0 by a:b/c@1.2.0",
        ),
        (
            "a:b/c@1.2.0",
            &["a:b/c@1.0.0"],
            "10",
            "a:b/c@1.2.0 by a:b/c@1.0.0",
        ),
        (
            "a:b/c@0.2.0",
            &["a:b/c@0.2.1"],
            "10",
            "a:b/c@0.2.0 by a:b/c@0.2.1",
        ),
        // The very version, then the highest of the track.
        (
            "a:b/c@1.0.0",
            &["a:b/c@1.9.0", "a:b/c@1.0.0"],
            "20",
            "a:b/c@1.0.0",
        ),
        (
            "a:b/c@1.0.0",
            &["a:b/c@1.9.0", "a:b/c@1.10.0", "a:b/c@1.2.0", "a:b/c@2.0.0"],
            "20",
            "a:b/c@1.0.0 by a:b/c@1.10.0",
        ),
        ("a:b/c@0.0.3", &["a:b/c@0.0.3"], "10", "a:b/c@0.0.3"),
        (
            "a:b/c@1.0.0-rc.1",
            &["a:b/c@1.0.0-rc.1"],
            "10",
            "a:b/c@1.0.0-rc.1",
        ),
        ("a:b/c", &["a:b/c@1.0.0", "a:b/c"], "20", "a:b/c"),
    ] {
        let kernel = load(&twice(wanted), grants(given)).unwrap();
        assert_eq!(kernel.grants(), [shown]);
        assert_eq!(
            kernel.call_wave("f", &["10"]).unwrap(),
            answer,
            "{wanted} {given:?}"
        );
    }
    for (wanted, given) in [
        ("a:b/c@1.0.0", "a:b/c@2.0.0"),
        ("a:b/c@0.2.0", "a:b/c@0.3.0"),
        ("a:b/c@0.2.0", "a:b/c@1.2.0"),
        ("a:b/c@0.0.3", "a:b/c@0.0.4"),
        ("a:b/c@1.0.0", "a:b/c@1.0.0-rc.1"),
        ("a:b/c@1.0.0-rc.1", "a:b/c@1.0.0"),
        ("a:b/c@1.0.0", "a:b/c"),
        ("a:b/c", "a:b/c@1.0.0"),
        ("a:b/c@1.0.0", "a:b/d@1.0.0"),
    ] {
        let fault = load(&twice(wanted), grants(&[given])).unwrap_err();
        assert_eq!(
            fault.kind(),
            FaultKind::Policy,
            "{wanted} by {given}: {fault}"
        );
    }
}

#[test]
fn a_grant_that_lacks_something_or_differs_says_where() {
    let lacking = Import::interface("a:b/c@1.0.0").func("thrice", |_, _| Ok(None));
    let fault = load(&twice("a:b/c@1.0.0"), vec![lacking]).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
    assert!(
        fault.message().contains("`a:b/c@1.0.0`") && fault.message().contains("`twice`"),
        "{fault}"
    );

    let office = Office::default();
    let other_types = r#"(component (import "acme:counters/audit@0.1.0" (instance
        (export "note" (func (param "value" string))))))"#;
    let fault = load(other_types, office.imports()).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Contract, "{fault}");
    assert!(
        fault.message().contains("`acme:counters/audit@0.1.0`"),
        "{fault}"
    );
    assert!(fault.message().contains("`note`"), "{fault}");

    let missing =
        r#"(component (import "acme:counters/audit@0.1.0" (instance (export "erase" (func)))))"#;
    let fault = load(missing, office.imports()).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
    assert!(fault.message().contains("`erase`"), "{fault}");

    let fault = load(
        &twice("a:b/c@1.0.0"),
        vec![times("a:b/c@1.0.0", 1), times("a:b/c@1.0.0", 2)],
    );
    let fault = fault.unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
    assert!(fault.message().contains("a:b/c@1.0.0"), "{fault}");
}

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
    let fault = keeper(&alive, Looks::Never)
        .call_wave("keep-many", &[""; 0])
        .unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Limit, "{fault}");
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}

/// A baseline that counts how often it is asked.
struct Asked(Arc<AtomicU32>);

impl Counting for Asked {
    fn counter(&self, _: u32) -> Result<Resource<'_, Counter>, Fault> {
        Ok(Resource::native(()))
    }
    fn add(&self, _: &Resource<'_, Counter>, _: u32) -> Result<u32, Fault> {
        Ok(0)
    }
    fn merge(
        &self,
        a: &Resource<'_, Counter>,
        _: Resource<'_, Counter>,
    ) -> Result<Resource<'_, Counter>, Fault> {
        a.get::<()>()?;
        self.counter(0)
    }
    fn even(&self, n: u32) -> Result<Result<Resource<'_, Counter>, u32>, Fault> {
        Ok(Err(n))
    }
    fn some(&self, _: u32) -> Result<Option<Resource<'_, Counter>>, Fault> {
        Ok(None)
    }
    fn take(&self, _: Option<Resource<'_, Counter>>) -> Result<u32, Fault> {
        Ok(0)
    }
    fn audited(&self, _: u32, _: u32) -> Result<u32, Fault> {
        Ok(0)
    }
    fn fail(&self) -> Result<(), Fault> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

#[test]
fn the_faults_of_a_kernel_with_grants_are_the_callers() {
    let engine = engine();
    let kernel = Office::default().load(&engine);
    assert!(!kernel.is_pure());
    let asked = Arc::default();
    let slot = engine
        .slot::<Contract>("c")
        .baseline(Asked(Arc::clone(&asked)));
    let slot = slot.kernel(&kernel).instances(1).build().unwrap();
    let fault = slot.call(|k| k.fail()).unwrap_err();
    assert_eq!((fault.kind(), fault.slot()), (FaultKind::Trap, "c"));
    // Nor does the baseline repeat what the caller itself gave up half way.
    let own = || Fault::new(FaultKind::Canceled, "the caller's own");
    let fault = slot.call(|k| k.audited(1, 1).and_then(|_| Err::<(), _>(own())));
    assert_eq!(fault.unwrap_err().kind(), FaultKind::Canceled);
    let stats = slot.stats();
    assert_eq!((stats.failed, stats.attributed, stats.baseline), (2, 0, 0));
    // A full pool has not asked the kernel anything.
    let busy = engine
        .slot::<Contract>("c")
        .baseline(Asked(Arc::clone(&asked)));
    let busy = busy
        .kernel(&kernel)
        .instances(1)
        .max_wait(std::time::Duration::ZERO)
        .build()
        .unwrap();
    let pin = busy.pin().unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| busy.call(|k| k.fail()).is_ok());
        assert!(other.join().unwrap());
    });
    drop(pin);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
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

#[test]
fn the_stub_of_wasi_works_beside_grants_of_its_neighbours() {
    struct Mine;
    let component = r#"(component
        (import "wasi:io/poll@0.2.0" (instance $poll
            (export "pollable" (type $pollable (sub resource)))
            (export "[method]pollable.ready" (func (param "self" (borrow $pollable)) (result bool)))))
        (alias export $poll "pollable" (type $pollable))
        (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
            (alias outer 1 $pollable (type $outer))
            (export "pollable" (type $pollable (eq $outer)))
            (export "now" (func (result u64)))
            (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))))
        (core func $now (canon lower (func $clock "now")))
        (core func $subscribe (canon lower (func $clock "subscribe-duration")))
        (core func $ready (canon lower (func $poll "[method]pollable.ready")))
        (core module $m
            (import "" "now" (func $now (result i64)))
            (import "" "subscribe" (func $subscribe (param i64) (result i32)))
            (import "" "ready" (func $ready (param i32) (result i32)))
            (export "now" (func $now))
            (func (export "ready") (result i32) (call $ready (call $subscribe (i64.const 1)))))
        (core instance $m (instantiate $m (with "" (instance
            (export "now" (func $now)) (export "subscribe" (func $subscribe)) (export "ready" (func $ready))))))
        (func (export "now") (result u64) (canon lift (core func $m "now")))
        (func (export "ready") (result bool) (canon lift (core func $m "ready"))))"#;
    let component = wat::parse_str(component).unwrap();
    let load = |imports| {
        let options = LoadOptions {
            imports,
            wasi: Wasi::Stub,
        };
        engine().load_with(&component, &options).unwrap()
    };
    assert_eq!(load(vec![]).call_wave("ready", &[""; 0]).unwrap(), "true");
    let poll = Import::interface("wasi:io/poll@0.2.0")
        .resource::<Mine>("pollable")
        .func("[method]pollable.ready", |_, _| Ok(Some(Val::Bool(false))));
    let kernel = load(vec![poll]);
    assert_eq!(kernel.call_wave("now", &[""; 0]).unwrap(), "1000000000");
    // The stub has no values of another's resource to give.
    let fault = kernel.call_wave("ready", &[""; 0]).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Trap, "{fault}");
}

#[test]
fn the_stub_of_wasi_goes_behind_grants_and_refuses_what_it_has_not() {
    let component = |name: &str| wat::parse_str(twice(name)).unwrap();
    let load = |name: &str, imports| {
        let options = LoadOptions {
            imports,
            wasi: Wasi::Stub,
        };
        engine().load_with(&component(name), &options)
    };
    for name in ["wasi:maths/of@0.2.0", "wasi:cli/stdout@0.2.99"] {
        let kernel = load(name, vec![]).unwrap();
        assert_eq!(kernel.grants(), [format!("{name} by stub")]);
        let fault = kernel.call_wave("f", &["1"]).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
        assert_eq!(
            fault.message(),
            format!("the WASI stub does not offer {name}#twice")
        );
    }
    let kernel = load("wasi:maths/of@0.2.0", vec![times("wasi:maths/of@0.2.4", 3)]).unwrap();
    assert_eq!(
        kernel.grants(),
        ["wasi:maths/of@0.2.0 by wasi:maths/of@0.2.4"]
    );
    assert_eq!(kernel.call_wave("f", &["2"]).unwrap(), "6");
    for name in ["wasi:maths/of@0.3.0", "acme:maths/of@0.2.0"] {
        assert_eq!(
            load(name, vec![]).unwrap_err().kind(),
            FaultKind::Policy,
            "{name}"
        );
    }
}

#[test]
fn nested_instances_are_granted_by_nested_imports() {
    let component = r#"(component
        (import "outer" (instance $o (export "inner" (instance (export "f" (func (result u32)))))))
        (alias export $o "inner" (instance $i))
        (core func $f (canon lower (func $i "f")))
        (core module $m (import "" "f" (func $f (result i32))) (export "f" (func $f)))
        (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
        (func (export "f") (result u32) (canon lift (core func $m "f"))))"#;
    let inner = Import::interface("inner").func("f", |_, _| Ok(Some(Val::U32(5))));
    let kernel = load(component, vec![Import::interface("outer").nested(inner)]).unwrap();
    assert_eq!(kernel.call_wave("f", &[""; 0]).unwrap(), "5");
    assert_eq!(kernel.grants(), ["outer"]);
}

#[test]
fn the_cache_keeps_no_grants() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::new(&Config {
        cache_dir: Some(dir.path().to_owned()),
        max_instances: 8,
        ..Config::default()
    })
    .unwrap();
    let component = wat::parse_str(twice("a:b/c@1.0.0")).unwrap();
    for factor in [2, 3] {
        let options = LoadOptions {
            imports: vec![times("a:b/c@1.0.0", factor)],
            ..LoadOptions::default()
        };
        let kernel = engine.load_with(&component, &options).unwrap();
        assert_eq!(
            kernel.call_wave("f", &["10"]).unwrap(),
            (factor * 10).to_string()
        );
        assert_eq!(
            engine.load(&component).unwrap_err().kind(),
            FaultKind::Policy
        );
    }
}
