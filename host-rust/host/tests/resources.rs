//! Resources of kernels, and of the host, through the typed interface.

mod counters;

use counters::Office;
use counters::contract::{Contract, Counter, Counting};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use tenon_host::{Config, Engine, Fault, FaultKind, Resource, Slot};

fn engine() -> Engine {
    Engine::new(&Config {
        max_instances: 8,
        ..Config::default()
    })
    .unwrap()
}

/// A slot whose calls have all the time that a lost instance's replacement takes.
fn slot(engine: &Engine, office: &Office, instances: usize) -> Slot<Contract> {
    waiting(engine, office, instances, Duration::from_secs(60))
}

fn waiting(
    engine: &Engine,
    office: &Office,
    instances: usize,
    max_wait: Duration,
) -> Slot<Contract> {
    let kernel = office.load(engine);
    let slot = engine.slot("counters").kernel(&kernel);
    let slot = slot.instances(instances).max_wait(max_wait);
    slot.build().unwrap()
}

/// A baseline with counters of its own.
struct Native;

impl Counting for Native {
    fn counter(&self, start: u32) -> Result<Resource<'_, Counter>, Fault> {
        Ok(Resource::native(Cell::new(start)))
    }
    fn add(&self, counter: &Resource<'_, Counter>, n: u32) -> Result<u32, Fault> {
        let value = counter.get::<Cell<u32>>()?;
        value.set(value.get() + n);
        Ok(value.get())
    }
    fn merge(
        &self,
        a: &Resource<'_, Counter>,
        b: Resource<'_, Counter>,
    ) -> Result<Resource<'_, Counter>, Fault> {
        let sum = a.get::<Cell<u32>>()?.get() + b.take::<Cell<u32>>()?.get();
        self.counter(sum)
    }
    fn even(&self, n: u32) -> Result<Result<Resource<'_, Counter>, u32>, Fault> {
        match n % 2 {
            0 => self.counter(n).map(Ok),
            _ => Ok(Err(n)),
        }
    }
    fn some(&self, n: u32) -> Result<Option<Resource<'_, Counter>>, Fault> {
        (n != 0).then(|| self.counter(n)).transpose()
    }
    fn take(&self, counter: Option<Resource<'_, Counter>>) -> Result<u32, Fault> {
        match counter {
            Some(counter) => Ok(counter.take::<Cell<u32>>()?.get()),
            None => Ok(0),
        }
    }
    fn audited(&self, _: u32, by: u32) -> Result<u32, Fault> {
        Ok(2 * by)
    }
    fn fail(&self) -> Result<(), Fault> {
        Ok(())
    }
}

#[test]
fn resources_live_in_a_call() {
    let engine = engine();
    let office = Office::default();
    let slot = slot(&engine, &office, 1);
    let sum = slot.call(|k| {
        let a = k.counter(3)?;
        let b = k.counter(4)?;
        k.add(&b, 5)?;
        let both = k.merge(&a, b)?;
        k.add(&both, 1)
    });
    assert_eq!(sum.unwrap(), 13);
    // Made, merged away, and dropped in the order that Rust drops: each once.
    assert_eq!(office.notes(), [3, 4, 1_000_009, 1_000_013, 1_000_003]);
}

#[test]
fn resources_travel_in_options_and_results() {
    let engine = engine();
    let office = Office::default();
    let slot = slot(&engine, &office, 1);
    let answers = slot.call(|k| {
        let odd = k.even(3)?.map(|_| ());
        let even = k.even(4)?;
        let taken = k.take(even.ok())?;
        let none = k.take(None)? + k.take(k.some(0)?)?;
        let some = k.take(k.some(7)?)?;
        Ok((odd, taken, none, some))
    });
    assert_eq!(answers.unwrap(), (Err(3), 4, 0, 7));
    assert_eq!(office.notes(), [1_000_004, 1_000_007]);
}

#[test]
fn resources_of_the_host_belong_to_their_instance() {
    let engine = engine();
    let office = Office::default();
    let slot = slot(&engine, &office, 1);
    assert_eq!(slot.call(|k| k.audited(7, 5)).unwrap(), 10);
    assert_eq!(office.ends(), [7], "the kernel has dropped its ticket");
    assert_eq!(slot.call(|k| k.audited(8, 1)).unwrap(), 2);
    assert_eq!(office.ends(), [8]);
}

#[test]
fn a_pin_keeps_resources_between_calls() {
    let engine = engine();
    let office = Office::default();
    let slot = slot(&engine, &office, 2);
    let pin = slot.pin().unwrap();
    assert!(pin.is_kernel());
    let a = pin.counter(1).unwrap();
    let b = pin.counter(10).unwrap();
    // Others go on meanwhile, on the other instance.
    thread::scope(|scope| {
        let other = scope.spawn(|| slot.call(|k| k.audited(1, 1)));
        assert_eq!(other.join().unwrap().unwrap(), 2);
    });
    assert_eq!(pin.add(&a, 1).unwrap(), 2);
    let both = pin.merge(&a, b).unwrap();
    assert_eq!(pin.add(&both, 0).unwrap(), 12);
    both.close().unwrap();
    drop(a);
    drop(pin);
    assert_eq!(office.notes(), [1, 10, 1_000_010, 1_000_012, 1_000_002]);
    let stats = slot.stats();
    assert_eq!((stats.kernel, stats.failed, stats.replaced), (2, 0, 0));
}

#[test]
fn pins_count_against_the_instances() {
    let engine = engine();
    let office = Office::default();
    let slot = waiting(&engine, &office, 1, Duration::from_millis(20));
    let pin = slot.pin().unwrap();
    thread::scope(|scope| {
        let full = scope.spawn(|| slot.call(|k| k.take(None)).unwrap_err().kind());
        assert_eq!(full.join().unwrap(), FaultKind::Overloaded);
        let full = scope.spawn(|| slot.pin().unwrap_err().kind());
        assert_eq!(full.join().unwrap(), FaultKind::Overloaded);
    });
    drop(pin);
    assert_eq!(slot.call(|k| k.take(None)).unwrap(), 0);
}

#[test]
fn resources_of_two_pins_do_not_meet() {
    let engine = engine();
    let office = Office::default();
    let slot = slot(&engine, &office, 2);
    let here = slot.pin().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let there = slot.pin().unwrap();
            let foreign = here_and_there(&slot, &there);
            assert_eq!(foreign.kind(), FaultKind::Policy, "{foreign}");
            // Neither the pin nor its resources have suffered.
            let counter = there.counter(1).unwrap();
            assert_eq!(there.add(&counter, 1).unwrap(), 2);
        });
    });
    let native = Resource::<Counter>::native(Cell::new(1_u32));
    let fault = here.add(&native, 1).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
    let counter = here.counter(1).unwrap();
    let fault = Native.add(&counter, 1).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
    assert_eq!(here.add(&counter, 1).unwrap(), 2);

    // It is the caller's doing: no fault of the version, and nothing that the baseline would be asked for.
    let fault = slot.call(|k| k.add(&counter, 1)).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
    let stats = slot.stats();
    assert_eq!((stats.refused, stats.failed, stats.fallbacks), (2, 1, 0));
    assert_eq!(stats.faults(FaultKind::Policy), 0);
}

/// The fault of lending a resource of one pin to another: both of one slot, on one thread.
fn here_and_there(slot: &Slot<Contract>, there: &tenon_host::Pinned<'_, Contract>) -> Fault {
    let counter = there.counter(1).unwrap();
    let office = Office::default();
    let kernel = office.load(slot.engine());
    let other = slot
        .engine()
        .slot::<Contract>("other")
        .kernel(&kernel)
        .instances(1)
        .build()
        .unwrap();
    let pin = other.pin().unwrap();
    pin.add(&counter, 1).unwrap_err()
}

#[test]
fn a_fault_in_a_pin_ends_all_that_lives_in_it() {
    let engine = engine();
    let office = Office::default();
    let slot = slot(&engine, &office, 1);
    let pin = slot.pin().unwrap();
    let counter = pin.counter(99).unwrap();
    assert_eq!(pin.fail().unwrap_err().kind(), FaultKind::Trap);
    let fault = pin.add(&counter, 1).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Closed, "{fault}");
    assert_eq!(
        fault.export(),
        "acme:counters/counting@0.1.0#[method]counter.add"
    );
    assert_eq!(counter.close().unwrap_err().kind(), FaultKind::Closed);
    drop(pin);
    assert_eq!(
        slot.call(|k| k.take(None)).unwrap(),
        0,
        "on a fresh instance"
    );
    let stats = slot.stats();
    assert_eq!(
        (stats.faults(FaultKind::Trap), stats.failed, stats.replaced),
        (1, 1, 1)
    );
}

#[test]
fn a_fault_of_a_destructor_is_told_by_close() {
    let engine = engine();
    let office = Office::default();
    let slot = slot(&engine, &office, 1);
    let pin = slot.pin().unwrap();
    // The destructor notes the number plus a million: 666 past the turn of 32 bits is what the audit refuses.
    let counter = pin
        .some(0_u32.wrapping_sub(1_000_000 - 666))
        .unwrap()
        .unwrap();
    let fault = counter.close().unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Trap, "{fault}");
    assert!(fault.message().contains("the audit is closed"), "{fault}");
    assert_eq!(pin.take(None).unwrap_err().kind(), FaultKind::Closed);
}

#[test]
fn a_swap_waits_for_pins_and_ends_their_instances() {
    let engine = engine();
    let office = Office::default();
    let slot = slot(&engine, &office, 1);
    let next = {
        let mut bytes = counters::component();
        bytes.extend_from_slice(&[0, 3, 1, b'v', b'2']);
        let options = tenon_host::LoadOptions {
            imports: office.imports(),
            ..Default::default()
        };
        engine.load_with(&bytes, &options).unwrap()
    };
    let swapped = AtomicBool::new(false);
    thread::scope(|scope| {
        let pin = slot.pin().unwrap();
        let counter = pin.counter(1).unwrap();
        scope.spawn(|| {
            slot.swap(&next).unwrap();
            swapped.store(true, Ordering::SeqCst);
        });
        thread::sleep(Duration::from_millis(20));
        assert_eq!(pin.add(&counter, 1).unwrap(), 2);
        assert!(
            !swapped.load(Ordering::SeqCst),
            "the old version has not drained"
        );
    });
    assert_eq!(slot.kernel().unwrap().digest(), next.digest());
    assert_eq!(office.notes(), [1, 1_000_002]);
}

#[test]
fn a_forgotten_resource_costs_the_instance() {
    let engine = engine();
    let office = Office::default();
    let slot = slot(&engine, &office, 1);
    slot.call(|k| {
        std::mem::forget(k.counter(1)?);
        Ok(())
    })
    .unwrap();
    assert_eq!(slot.call(|k| k.take(None)).unwrap(), 0);
    assert_eq!((slot.stats().replaced, slot.stats().leaked), (1, 1));
}

#[test]
fn a_baseline_has_resources_of_its_own() {
    let engine = engine();
    let office = Office::default();
    let kernel = office.load(&engine);
    let slot = engine
        .slot::<Contract>("c")
        .baseline(Native)
        .build()
        .unwrap();
    fn work(k: &(dyn Counting + 'static)) -> Result<u32, Fault> {
        let (a, b) = (k.counter(3)?, k.counter(4)?);
        let both = k.merge(&a, b)?;
        k.take(Some(both))
    }
    assert_eq!(slot.call(work).unwrap(), 7);
    let pin = slot.pin().unwrap();
    assert!(!pin.is_kernel());
    assert_eq!(work(&*pin).unwrap(), 7);
    drop(pin);
    slot.swap(&kernel).unwrap();
    assert_eq!(slot.call(work).unwrap(), 7);
    assert_eq!((slot.stats().baseline, slot.stats().kernel), (2, 1));
}

#[test]
fn a_closed_slot_has_no_pins() {
    let engine = engine();
    let office = Office::default();
    let slot = slot(&engine, &office, 1);
    slot.close();
    assert_eq!(slot.pin().unwrap_err().kind(), FaultKind::Closed);
}

#[test]
fn many_pins_at_once_keep_their_own() {
    let engine = engine();
    let office = Office::default();
    let slot = slot(&engine, &office, 3);
    thread::scope(|scope| {
        for thread in 0..6 {
            let slot = &slot;
            scope.spawn(move || {
                for round in 0..50 {
                    let pin = loop {
                        match slot.pin() {
                            Ok(pin) => break pin,
                            Err(fault) => assert_eq!(fault.kind(), FaultKind::Overloaded),
                        }
                    };
                    let counter = pin.counter(thread).unwrap();
                    assert_eq!(pin.add(&counter, round).unwrap(), thread + round);
                }
            });
        }
    });
    let notes = office.notes();
    assert_eq!(notes.len(), 600);
    assert_eq!(notes.iter().filter(|note| **note >= 1_000_000).count(), 300);
}

#[test]
fn a_refused_call_gives_no_argument_away() {
    let engine = engine();
    let office = Office::default();
    let slot = slot(&engine, &office, 1);
    let pin = slot.pin().unwrap();
    let own = pin.counter(7).unwrap();
    let foreign = Resource::<Counter>::native(Cell::new(1_u32));
    let fault = pin.merge(&foreign, own).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
    // What was to be given away is dropped, as the caller's own.
    let (own, foreign) = (pin.counter(8).unwrap(), foreign);
    let fault = pin.merge(&own, foreign).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
    assert_eq!(pin.add(&own, 1).unwrap(), 9);
    drop(own);
    drop(pin);
    assert_eq!(office.notes(), [7, 1_000_007, 8, 1_000_009]);
    assert_eq!((slot.stats().leaked, slot.stats().replaced), (0, 0));
}

#[test]
fn a_kernel_loaded_again_with_other_grants_is_put_in_force() {
    let engine = engine();
    let (first, second) = (Office::default(), Office::default());
    let slot = slot(&engine, &first, 1);
    let again = second.load(&engine);
    assert_eq!(slot.kernel().unwrap().digest(), again.digest());
    slot.swap(&again).unwrap();
    slot.swap(&again).unwrap();
    assert_eq!(slot.stats().swaps, 1);
    slot.call(|k| k.counter(5).map(drop)).unwrap();
    assert!(first.notes().is_empty());
    assert_eq!(second.notes(), [5, 1_000_005]);
}
