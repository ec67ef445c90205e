//! Imports: what is granted is found by name and version, what is not is refused with a fault that says so.

mod counters;
mod grants;

use counters::Office;
use counters::contract::{Contract, Counter, Counting};
use grants::{engine, load, twice};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tenon_host::wasmtime::{self, component::Val};
use tenon_host::{Config, Engine, Fault, FaultKind, Import, LoadOptions, Resource, Wasi};

/// An implementation of `twice` that tells which it is.
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
    let slot = slot.kernel(&kernel).instances(1);
    let slot = slot.max_wait(std::time::Duration::from_secs(60)).build();
    let slot = slot.unwrap();
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
        engine().load_with(&component, &options)
    };
    let kernel = load(vec![]).unwrap();
    assert_eq!(kernel.call_wave("ready", &[""; 0]).unwrap(), "true");
    let clock = || {
        Import::interface("wasi:clocks/monotonic-clock@0.2.0")
            .func("now", |_, _| Ok(Some(Val::U64(7))))
            .func("subscribe-duration", |call, _| call.give(Mine).map(Some))
    };
    let poll = || {
        Import::interface("wasi:io/poll@0.2.0")
            .resource::<Mine>("pollable")
            .func("[method]pollable.ready", |_, _| Ok(Some(Val::Bool(false))))
    };
    let kernel = load(vec![poll(), clock()]).unwrap();
    assert_eq!(kernel.call_wave("now", &[""; 0]).unwrap(), "7");
    assert_eq!(kernel.call_wave("ready", &[""; 0]).unwrap(), "false");
    // The stub has no values of another's resource to give.
    let fault = load(vec![poll()]).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Contract, "{fault}");
    let place = "import wasi:clocks/monotonic-clock@0.2.0.subscribe-duration";
    assert!(fault.message().starts_with(place), "{fault}");
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
fn an_instance_within_one_of_wasi_is_refused_at_load() {
    let component = r#"(component (import "wasi:io/poll@0.2.0" (instance
        (export "inner" (instance (export "f" (func)))))))"#;
    let options = LoadOptions {
        wasi: Wasi::Stub,
        ..LoadOptions::default()
    };
    let fault = engine()
        .load_with(&wat::parse_str(component).unwrap(), &options)
        .unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
    assert!(fault.message().contains("inner"), "{fault}");
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
