//! Slots under load: swaps lose nothing, faults cost an instance and never an answer.

mod stop;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};
use stop::Stop;
use tenon_host::contracts::scalar::{self, Calls};
use tenon_host::{Config, Engine, Fault, FaultKind, Kernel, Slot};

const SCALAR: &str = "../../host-go/internal/fixture/scalar/scalar.wasm";

/// A baseline that wants no instance of the engine.
struct Native;

impl Calls for Native {
    fn add(&self, a: u32, b: u32) -> Result<u32, Fault> {
        Ok(a.wrapping_add(b))
    }
    fn sum(&self, values: &[u32]) -> Result<u64, Fault> {
        Ok(values.iter().fold(0, |sum, value| sum + u64::from(*value)))
    }
    fn echo_bytes(&self, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(bytes.to_vec())
    }
    fn echo_string(&self, text: &str) -> Result<String, Fault> {
        Ok(text.to_owned())
    }
    fn fail(&self, message: &str) -> Result<(), Fault> {
        match message {
            "refused" => Err(Fault::new(FaultKind::Internal, "the baseline refuses too")),
            _ => Ok(()),
        }
    }
}

fn engine() -> Engine {
    Engine::new(&Config {
        max_instances: 16,
        ..Config::default()
    })
    .unwrap()
}

/// Another version of the same kernel: the same code, with one more custom section.
fn versions(engine: &Engine) -> (Kernel, Kernel) {
    let mut bytes = std::fs::read(SCALAR).unwrap();
    let first = engine.load(&bytes).unwrap();
    bytes.extend_from_slice(&[0, 3, 1, b'v', b'2']);
    let second = engine.load(&bytes).unwrap();
    assert_ne!(first.digest(), second.digest());
    (first, second)
}

fn swap_to_and_fro(slot: &Slot<scalar::Contract>, versions: [&Kernel; 2]) {
    for _ in 0..100 {
        for version in versions {
            slot.swap(version).unwrap();
        }
    }
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "still waiting until {what}"
        );
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn every_value_type_of_the_contract_travels_both_ways() {
    let engine = engine();
    let kernel = engine.load_file(SCALAR).unwrap();
    let slot = engine
        .slot::<scalar::Contract>("sums")
        .kernel(&kernel)
        .build()
        .unwrap();
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    for text in ["", "plain", "NUL\0 CRLF\r\n", "\u{fffd}\u{1f980}ß"] {
        assert_eq!(slot.call(|k| k.echo_string(text)).unwrap(), text);
    }
    assert_eq!(slot.call(|k| k.add(u32::MAX, 1)).unwrap(), 0);
    assert_eq!(slot.call(|k| k.sum(&[])).unwrap(), 0);
    assert_eq!(slot.call(|k| k.sum(&[u32::MAX, 1])).unwrap(), 1 << 32);
    assert_eq!(slot.call(|k| k.echo_bytes(&bytes)).unwrap(), bytes);
    let large = "x".repeat(10 << 20);
    assert_eq!(slot.call(|k| k.echo_string(&large)).unwrap(), large);
    assert_eq!(slot.stats().kernel, 9);
}

#[test]
fn the_baseline_answers_alone_and_after_a_fault() {
    let engine = engine();
    let slot = engine
        .slot::<scalar::Contract>("sums")
        .baseline(Native)
        .build()
        .unwrap();
    assert_eq!(slot.call(|k| k.add(1, 2)).unwrap(), 3);
    assert!(slot.kernel().is_none());
    let (first, _) = versions(&engine);
    slot.swap(&first).unwrap();
    slot.call(|k| k.fail("boom")).unwrap();
    let fault = slot.call(|k| k.fail("refused")).unwrap_err();
    assert_eq!(fault.message(), "the baseline refuses too");
    let stats = slot.stats();
    assert_eq!(
        (
            stats.baseline,
            stats.faults(FaultKind::Trap),
            stats.attributed,
            stats.failed
        ),
        (2, 2, 1, 1)
    );
    until("the instances are replaced", || slot.stats().replaced >= 1);
    assert_eq!(slot.call(|k| k.add(1, 2)).unwrap(), 3);
    slot.swap(None).unwrap();
    assert_eq!(slot.call(|k| k.add(1, 2)).unwrap(), 3);
    assert_eq!(slot.stats().swaps, 2);
}

#[test]
fn a_call_runs_wholly_on_one_version() {
    let engine = engine();
    let (first, second) = versions(&engine);
    let slot = engine
        .slot::<scalar::Contract>("sums")
        .kernel(&first)
        .instances(1)
        .build()
        .unwrap();
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        let call = scope.spawn(|| {
            slot.call(|k| {
                barrier.wait();
                // The swap waits for this call, so it cannot be through before the second half.
                thread::sleep(Duration::from_millis(20));
                k.add(1, 2)
            })
        });
        barrier.wait();
        slot.swap(&second).unwrap();
        assert!(call.is_finished() || call.join().unwrap().unwrap() == 3);
    });
    assert_eq!(slot.kernel().unwrap().digest(), second.digest());
}

#[test]
fn a_full_slot_is_overloaded_or_falls_back() {
    let engine = engine();
    let (kernel, _) = versions(&engine);
    let overloaded = |slot: &Slot<scalar::Contract>| {
        slot.call(|k| {
            // The only instance is in this call; another thread finds none.
            let other =
                thread::scope(|scope| scope.spawn(|| slot.call(|k| k.add(20, 22))).join().unwrap());
            k.add(1, 2).map(|_| other)
        })
        .unwrap()
    };
    let builder = || {
        engine
            .slot("sums")
            .kernel(&kernel)
            .instances(1)
            .max_wait(Duration::from_millis(5))
    };
    let fault = overloaded(&builder().build().unwrap()).unwrap_err();
    assert_eq!(
        (fault.kind(), fault.slot()),
        (FaultKind::Overloaded, "sums")
    );
    let slot = builder().baseline(Native).build().unwrap();
    assert_eq!(overloaded(&slot).unwrap(), 42);
    let stats = slot.stats();
    assert_eq!(
        (
            stats.faults(FaultKind::Overloaded),
            stats.attributed,
            stats.baseline
        ),
        (1, 0, 1)
    );
}

#[test]
fn a_call_may_wait_for_ever() {
    let engine = engine();
    let kernel = engine.load_file(SCALAR).unwrap();
    let slot = engine
        .slot::<scalar::Contract>("sums")
        .kernel(&kernel)
        .instances(1)
        .max_wait(Duration::MAX)
        .build()
        .unwrap();
    let pin = slot.pin().unwrap();
    thread::scope(|scope| {
        let call = scope.spawn(|| slot.call(|k| k.add(40, 2)));
        // Whether it waits by then or not, its answer is the same.
        thread::sleep(Duration::from_millis(5));
        drop(pin);
        assert_eq!(call.join().unwrap().unwrap(), 42);
    });
}

#[test]
fn more_threads_than_instances_all_get_their_turn() {
    let engine = engine();
    let (kernel, _) = versions(&engine);
    let slot = engine
        .slot::<scalar::Contract>("sums")
        .kernel(&kernel)
        .instances(2)
        .max_wait(Duration::from_secs(60))
        .build()
        .unwrap();
    thread::scope(|scope| {
        for thread in 0..8 {
            let slot = &slot;
            scope.spawn(move || {
                (0..2_000)
                    .for_each(|i| assert_eq!(slot.call(|k| k.add(thread, i)).unwrap(), thread + i))
            });
        }
    });
    assert_eq!(slot.stats().kernel, 16_000);
}

#[test]
fn swaps_under_load_lose_nothing() {
    let engine = engine();
    let (first, second) = versions(&engine);
    let slot = engine
        .slot::<scalar::Contract>("sums")
        .baseline(Native)
        .kernel(&first)
        .instances(2)
        .build()
        .unwrap();
    let stop = AtomicBool::new(false);
    let (asked, answered) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        for thread in 0..4u32 {
            let (slot, stop, asked, answered) = (&slot, &stop, &asked, &answered);
            scope.spawn(move || {
                let mut i = 0u32;
                while !stop.load(Ordering::Relaxed) {
                    asked.fetch_add(1, Ordering::Relaxed);
                    // Now and then a fault in between.
                    if i.is_multiple_of(997) {
                        slot.call(|k| k.fail("boom")).unwrap();
                    } else {
                        assert_eq!(slot.call(|k| k.add(thread, i)).unwrap(), thread + i);
                    }
                    answered.fetch_add(1, Ordering::Relaxed);
                    i += 1;
                }
            });
        }
        let _stopped = Stop(&stop);
        swap_to_and_fro(&slot, [&second, &first]);
    });
    let stats = slot.stats();
    assert_eq!(
        asked.load(Ordering::Relaxed),
        answered.load(Ordering::Relaxed)
    );
    assert_eq!(
        stats.kernel + stats.baseline,
        answered.load(Ordering::Relaxed),
        "{stats:?}"
    );
    assert_eq!((stats.swaps, stats.failed), (200, 0));
}

#[test]
fn faults_and_swaps_faster_than_the_refiller_stay_within_the_engine() {
    // Two in force, two leaving, two built by a swap, three lost, one being made, two made that no lane has yet, and what each
    // thread is just giving back: three at most, of seven threads.
    let engine = Engine::new(&Config {
        max_instances: 64,
        ..Config::default()
    })
    .unwrap();
    let (first, second) = versions(&engine);
    let slot = engine
        .slot::<scalar::Contract>("sums")
        .baseline(Native)
        .kernel(&first)
        .instances(2)
        .build()
        .unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    slot.call(|k| k.fail("boom")).unwrap();
                }
            });
        }
        let _stopped = Stop(&stop);
        swap_to_and_fro(&slot, [&second, &first]);
    });
    assert_eq!((slot.stats().swaps, slot.stats().failed), (200, 0));
}

#[test]
fn swapping_is_idempotent_and_a_bad_swap_changes_nothing() {
    let engine = engine();
    let (first, _) = versions(&engine);
    let slot = engine
        .slot::<scalar::Contract>("sums")
        .kernel(&first)
        .build()
        .unwrap();
    slot.swap(&first).unwrap();
    assert_eq!(slot.stats().swaps, 0);
    let other = wat::parse_str(
        r#"(component (instance $i) (export "acme:other/thing@1.0.0" (instance $i)))"#,
    )
    .unwrap();
    let other = engine.load(&other).unwrap();
    assert_eq!(slot.swap(&other).unwrap_err().kind(), FaultKind::Contract);
    assert_eq!(slot.swap(None).unwrap_err().kind(), FaultKind::Policy);
    assert_eq!(slot.call(|k| k.add(1, 2)).unwrap(), 3);
}

#[test]
fn a_closed_slot_says_so() {
    let engine = engine();
    let (first, second) = versions(&engine);
    let slot = engine
        .slot::<scalar::Contract>("sums")
        .baseline(Native)
        .kernel(&first)
        .build()
        .unwrap();
    slot.close();
    slot.close();
    assert_eq!(
        slot.call(|k| k.add(1, 2)).unwrap_err().kind(),
        FaultKind::Closed
    );
    assert_eq!(slot.swap(&second).unwrap_err().kind(), FaultKind::Closed);
}

#[test]
fn a_caller_that_panics_costs_an_instance_only() {
    let engine = engine();
    let (kernel, _) = versions(&engine);
    let slot = Arc::new(
        engine
            .slot::<scalar::Contract>("sums")
            .kernel(&kernel)
            .instances(1)
            .max_wait(Duration::from_secs(60))
            .build()
            .unwrap(),
    );
    let caller = thread::spawn({
        let slot = Arc::clone(&slot);
        move || slot.call(|_| -> Result<(), Fault> { panic!("the caller's own") })
    });
    assert!(caller.join().is_err());
    assert_eq!(slot.call(|k| k.add(1, 2)).unwrap(), 3);
    assert_eq!(slot.stats().replaced, 1);
}

/// Callers look for the replacement of a lost instance, and ask for it, while it is made.
#[test]
fn each_lost_instance_is_replaced_once() {
    const EACH: u64 = 300;
    let engine = engine();
    let (kernel, _) = versions(&engine);
    let slot = engine.slot::<scalar::Contract>("sums").kernel(&kernel);
    let slot = slot.instances(1).max_wait(Duration::from_secs(60));
    let slot = slot.breaker(None).build().unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..EACH {
                    let fault = slot.call(|k| k.fail("boom")).unwrap_err();
                    assert_eq!(fault.kind(), FaultKind::Trap, "{fault}");
                }
            });
        }
    });
    assert_eq!(slot.call(|k| k.add(1, 2)).unwrap(), 3);
    assert_eq!(slot.stats().replaced, 4 * EACH);
}

#[test]
fn load_and_close_many_times_leaves_nothing() {
    // With room for four instances, a leaked one would soon be missed.
    let engine = Engine::new(&Config {
        max_instances: 4,
        ..Config::default()
    })
    .unwrap();
    let (first, second) = versions(&engine);
    for _ in 0..50 {
        let slot = engine
            .slot::<scalar::Contract>("sums")
            .kernel(&first)
            .instances(2)
            .build()
            .unwrap();
        slot.swap(&second).unwrap();
        assert_eq!(slot.call(|k| k.add(1, 2)).unwrap(), 3);
    }
}

#[test]
fn the_slot_says_what_serves_while_sides_turn_and_change() {
    let engine = engine();
    let (blue, green) = versions(&engine);
    let mut bytes = std::fs::read(SCALAR).unwrap();
    bytes.extend_from_slice(&[0, 3, 1, b'v', b'3']);
    let red = engine.load(&bytes).unwrap();
    let slot = engine.slot::<scalar::Contract>("turning").kernel(&blue);
    let slot = slot.instances(2).build().unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let serves = slot.kernel().expect("there is no baseline");
                assert_ne!(serves.digest(), red.digest(), "it was never promoted");
            }
        });
        for next in [&green, &blue].into_iter().cycle().take(300) {
            slot.stage(next).unwrap();
            slot.promote().unwrap();
            slot.stage(&red).unwrap();
        }
        slot.stage(None).unwrap();
        done.store(true, Ordering::Relaxed);
    });
    assert!(slot.staged().is_none());
}
