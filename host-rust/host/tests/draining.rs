//! Calls and pins that outlast a change of their slot: the change is done all the same, and the old version goes with the last of
//! them.

mod stop;

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use stop::Stop;
use tenon_host::contracts::scalar::{self, Calls};
use tenon_host::{Config, Engine, Fault, FaultKind, Kernel, Slot, SlotBuilder, VersionState};

const SCALAR: &str = "../../host-go/internal/fixture/scalar/scalar.wasm";

type Sums = Slot<scalar::Contract>;

/// A baseline, whose sums are its own.
struct Native;

impl Calls for Native {
    fn add(&self, _: u32, _: u32) -> Result<u32, Fault> {
        Ok(u32::MAX)
    }
    fn sum(&self, _: &[u32]) -> Result<u64, Fault> {
        Ok(0)
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

fn engine() -> Engine {
    let config = Config {
        max_instances: 16,
        ..Config::default()
    };
    Engine::new(&config).unwrap()
}

/// Versions of one kernel, which differ in a custom section.
fn versions<const N: usize>(engine: &Engine) -> [Kernel; N] {
    let bytes = std::fs::read(SCALAR).unwrap();
    std::array::from_fn(|number| {
        engine
            .load(&[&bytes[..], &[0, 3, 1, b'v', number as u8]].concat())
            .unwrap()
    })
}

/// A slot whose changes wait for a moment only.
fn impatient(engine: &Engine, kernel: &Kernel, instances: usize) -> SlotBuilder<scalar::Contract> {
    let slot = engine.slot("sums").kernel(kernel).instances(instances);
    slot.drain_timeout(Duration::from_millis(10))
}

/// A slot whose changes wait for ever.
fn patient(engine: &Engine, kernel: &Kernel) -> Sums {
    let slot = engine.slot("sums").kernel(kernel).instances(2);
    slot.drain_timeout(Duration::MAX).build().unwrap()
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        let waited = start.elapsed();
        assert!(
            waited < Duration::from_secs(60),
            "still waiting until {what}"
        );
        thread::sleep(Duration::from_millis(1));
    }
}

fn serves(slot: &Sums, kernel: &Kernel) -> bool {
    slot.kernel()
        .is_some_and(|it| it.digest() == kernel.digest())
}

/// The versions that drain, with the instances that each has.
fn draining(slot: &Sums) -> Vec<(String, usize)> {
    let versions = slot.stats().versions.into_iter();
    let draining = versions.filter(|it| it.state == VersionState::Draining);
    draining.map(|it| (it.version, it.instances)).collect()
}

#[test]
fn a_pin_holds_up_no_swap_and_no_other_caller() {
    let engine = engine();
    let [v1, v2, v3] = versions(&engine);
    let slot = impatient(&engine, &v1, 3)
        .max_wait(Duration::from_secs(60))
        .build()
        .unwrap();
    let memory = engine.memory();
    let pin = slot.pin().unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|threads| {
        for number in 0..2u32 {
            let (slot, stop) = (&slot, &stop);
            threads.spawn(move || {
                let mut i = 0;
                while !stop.load(Ordering::Relaxed) {
                    assert_eq!(slot.call(|k| k.add(number, i)).unwrap(), number + i);
                    i += 1;
                }
            });
        }
        let _stopped = Stop(&stop);
        // There, further, the whole way back to the version of the pin, and there again.
        for next in [&v2, &v3, &v2, &v1, &v2] {
            slot.swap(next).unwrap();
            assert!(serves(&slot, next));
            assert_eq!(slot.call(|k| k.add(40, 2)).unwrap(), 42);
            assert_eq!(pin.add(1, 2).unwrap(), 3);
            let pinned = (v1.digest().to_owned(), 1);
            until("only the pin's instance drains", || {
                draining(&slot).contains(&pinned)
            });
        }
    });
    let stats = slot.stats();
    assert_eq!((stats.failed, stats.swaps), (0, 5), "{stats:?}");
    drop(pin);
    until("the pin's version is gone", || draining(&slot).is_empty());
    until("it has given back what it had", || {
        engine.memory() == memory
    });
    assert_eq!(slot.call(|k| k.add(40, 2)).unwrap(), 42);
    assert_eq!(slot.stats().kernel, stats.kernel + 2, "the pin counts");
}

#[test]
fn each_version_drains_for_itself() {
    let engine = engine();
    let [v1, v2, v3] = versions(&engine);
    let slot = impatient(&engine, &v1, 3).build().unwrap();
    let first = slot.pin().unwrap();
    slot.swap(&v2).unwrap();
    let second = slot.pin().unwrap();
    slot.swap(&v3).unwrap();
    let both = [(v1.digest().to_owned(), 1), (v2.digest().to_owned(), 1)];
    until("one instance each is left", || draining(&slot) == both);
    let stats = slot.stats();
    assert_eq!(stats.versions[0].version, v3.digest());
    let in_use: Vec<_> = stats.versions.iter().map(|it| it.in_use).collect();
    assert_eq!(in_use, [0, 1, 1]);
    // Whose fault it is stays clear.
    assert_eq!(first.fail("boom").unwrap_err().version(), v1.digest());
    let poisoned: Vec<_> = slot.stats().versions.iter().map(|it| it.poisoned).collect();
    assert_eq!(poisoned, [0, 1, 0]);
    drop(first);
    until("the first is gone", || draining(&slot) == both[1..]);
    assert_eq!(second.add(40, 2).unwrap(), 42);
    drop(second);
    until("the second is gone", || draining(&slot).is_empty());
    // The lane of the instance that was lost is one of the new version's.
    let pins: Vec<_> = (0..3).map(|_| slot.pin().unwrap()).collect();
    assert!(pins.iter().all(|pin| pin.add(1, 2).unwrap() == 3));
    assert_eq!(slot.stats().versions[0].instances, 3);
    assert_eq!(slot.stats().replaced, 0);
}

#[test]
fn with_one_instance_the_baseline_answers_until_the_pin_ends() {
    let engine = engine();
    let [v1, v2] = versions(&engine);
    let slot = impatient(&engine, &v1, 1).baseline(Native);
    let slot = slot.max_wait(Duration::from_millis(1)).build().unwrap();
    let pin = slot.pin().unwrap();
    slot.swap(&v2).unwrap();
    assert_eq!(slot.call(|k| k.add(40, 2)).unwrap(), u32::MAX);
    assert_eq!(pin.add(40, 2).unwrap(), 42);
    drop(pin);
    until("the new version answers", || {
        slot.call(|k| k.add(40, 2)).unwrap() == 42
    });
    assert!(serves(&slot, &v2) && slot.stats().failed == 0);
}

#[test]
fn a_call_that_lasts_ends_on_its_version() {
    let engine = engine();
    let [v1, v2] = versions(&engine);
    let slot = patient(&engine, &v1);
    let memory = engine.memory();
    let (began, swapped) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|threads| {
        let call = threads.spawn(|| {
            slot.call(|k| {
                began.wait();
                swapped.wait();
                k.add(1, 2)
            })
        });
        began.wait();
        slot.swap_within(&v2, Duration::ZERO).unwrap();
        assert!(serves(&slot, &v2));
        assert_eq!(draining(&slot), [(v1.digest().to_owned(), 1)]);
        swapped.wait();
        assert_eq!(call.join().unwrap().unwrap(), 3);
    });
    until("its version is gone", || draining(&slot).is_empty());
    until("its memory is given back", || engine.memory() == memory);
}

#[test]
fn a_swap_that_waits_for_a_pin_holds_up_no_other_change() {
    let engine = engine();
    let [v1, v2, v3] = versions(&engine);
    let slot = patient(&engine, &v1);
    let pin = slot.pin().unwrap();
    thread::scope(|threads| {
        let swap = threads.spawn(|| slot.swap(&v2));
        until("the swap is in force", || serves(&slot, &v2));
        let pinned = (v1.digest().to_owned(), 1);
        until("what is idle is gone", || draining(&slot).contains(&pinned));
        slot.stage(&v3).unwrap();
        slot.promote().unwrap();
        slot.stage(None).unwrap();
        assert!(serves(&slot, &v3) && !swap.is_finished());
        drop(pin);
        swap.join().unwrap().unwrap();
    });
    assert!(draining(&slot).is_empty(), "whoever waits sees it gone");
}

#[test]
fn a_pin_on_a_staged_version_holds_up_no_other_one() {
    let engine = engine();
    let [v1, v2, v3] = versions(&engine);
    let slot = patient(&engine, &v1);
    let pin = slot.pin().unwrap();
    slot.stage(&v2).unwrap();
    slot.promote().unwrap();
    slot.stage_within(&v3, Duration::from_millis(10)).unwrap();
    assert_eq!(slot.staged().unwrap().digest(), v3.digest());
    slot.promote().unwrap();
    assert!(serves(&slot, &v3) && pin.add(1, 2).unwrap() == 3);
    drop(pin);
    until("its version is gone", || draining(&slot).is_empty());
}

#[test]
fn a_swap_within_a_call_of_the_same_slot_ends() {
    let engine = engine();
    let [v1, v2] = versions(&engine);
    let slot = impatient(&engine, &v1, 1).build().unwrap();
    let answer = slot.call(|k| {
        slot.swap(&v2)?;
        k.add(40, 2)
    });
    assert_eq!(answer.unwrap(), 42);
    assert!(serves(&slot, &v2));
    assert_eq!(slot.call(|k| k.add(1, 2)).unwrap(), 3);
    until("the old version is gone", || draining(&slot).is_empty());
}

#[test]
fn closing_with_a_pin_in_hand_leaves_the_pin_alone() {
    let engine = engine();
    let [v1, v2] = versions(&engine);
    let slot = impatient(&engine, &v1, 2).build().unwrap();
    let first = slot.pin().unwrap();
    slot.swap(&v2).unwrap();
    let second = slot.pin().unwrap();
    slot.close();
    assert_eq!(slot.pin().unwrap_err().kind(), FaultKind::Closed);
    assert_eq!(first.add(40, 2).unwrap(), 42);
    assert_eq!(second.add(40, 2).unwrap(), 42);
    assert_eq!(draining(&slot).len(), 2);
    drop((first, second));
    until("nothing is left", || engine.memory() == 0);
    assert!(slot.stats().versions.is_empty());
}

#[test]
fn a_close_waits_for_what_drains_already() {
    let engine = engine();
    let [v1, v2] = versions(&engine);
    let slot = patient(&engine, &v1);
    let pin = slot.pin().unwrap();
    slot.swap_within(&v2, Duration::ZERO).unwrap();
    thread::scope(|threads| {
        let close = threads.spawn(|| slot.close());
        until("the slot is closed", || slot.call(|k| k.add(1, 2)).is_err());
        assert!(!close.is_finished());
        drop(pin);
    });
    // The refiller's thread may be just ending the last of it.
    until("nothing is left", || engine.memory() == 0);
}

#[test]
fn a_forgotten_pin_goes_with_the_slot() {
    let engine = engine();
    let [v1, v2] = versions(&engine);
    let slot = impatient(&engine, &v1, 2).build().unwrap();
    std::mem::forget(slot.pin().unwrap());
    slot.swap(&v2).unwrap();
    assert_eq!(slot.call(|k| k.add(40, 2)).unwrap(), 42);
    drop(slot);
    until("nothing is left", || engine.memory() == 0);

    // Nobody can be calling a slot that is dropped: it waits for nothing, however patient it is.
    let slot = patient(&engine, &v1);
    std::mem::forget(slot.pin().unwrap());
    drop(slot);
    until("nothing is left", || engine.memory() == 0);
}
