//! The committed versions of `redact`, swapped under load: every answer is one version's, none is lost.

mod stop;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use stop::Stop;
use tenon_host::contracts::redact::{self, Kind, Redaction, Redactor};
use tenon_host::{Config, Engine, Fault, FaultKind, Kernel};

/// The versions are compiled once for all tests.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(&Config::default()).unwrap());
static OLD: LazyLock<Kernel> = LazyLock::new(|| load("1.0.0"));
static NEW: LazyLock<Kernel> = LazyLock::new(|| load("1.1.0"));

fn load(label: &str) -> Kernel {
    ENGINE
        .load_file(format!("../../host-go/kernels/redact/redact-{label}.wasm"))
        .unwrap()
}

fn kinds(redaction: &Redaction) -> Vec<Kind> {
    redaction.findings.iter().map(|found| found.kind).collect()
}

/// A line on which 1.0.0 and 1.1.0 differ.
const TELLS: &str = "GET http://example.org/x from 192.0.2.7 by jo@example.org";

/// A line on which the faulty version panics.
const TRAPS: &str = "see 1.3.7.20030803 for details";

/// Masks nothing: an answer of its own kind tells that it came from here.
struct Native;

impl Redactor for Native {
    fn redact(&self, text: &str) -> Result<Redaction, Fault> {
        Ok(Redaction {
            text: text.to_owned(),
            findings: Vec::new(),
        })
    }
}

#[test]
fn versions_differ_where_they_should() {
    let (old, new) = (&*OLD, &*NEW);
    assert_eq!(
        (old.name(), old.label(), new.label()),
        ("redact", "1.0.0", "1.1.0")
    );
    assert_eq!(old.contract().unwrap().hash, new.contract().unwrap().hash);
    let slot = ENGINE
        .slot::<redact::Contract>("logs")
        .kernel(old)
        .build()
        .unwrap();
    let answer = slot.call(|k| k.redact(TELLS)).unwrap();
    assert!(!kinds(&answer).contains(&Kind::Url), "{answer:?}");
    assert!(
        kinds(&answer).contains(&Kind::Ipv4) && answer.text.contains("<ipv4>"),
        "{answer:?}"
    );
    for found in &answer.findings {
        assert!(found.start < found.end && found.end as usize <= TELLS.len());
    }
    slot.swap(new).unwrap();
    assert!(kinds(&slot.call(|k| k.redact(TELLS)).unwrap()).contains(&Kind::Url));
}

#[test]
fn swaps_under_load_answer_every_call_by_one_version() {
    let (old, new) = (&*OLD, &*NEW);
    let slot = ENGINE
        .slot::<redact::Contract>("logs")
        .kernel(old)
        .instances(2)
        .max_wait(Duration::from_secs(60))
        .build()
        .unwrap();
    let answers = [old, new].map(|kernel| {
        let slot = ENGINE
            .slot::<redact::Contract>("alone")
            .kernel(kernel)
            .instances(1)
            .build()
            .unwrap();
        slot.call(|k| k.redact(TELLS)).unwrap()
    });
    let (stop, calls) = (AtomicBool::new(false), AtomicU64::new(0));
    let seen = [const { AtomicBool::new(false) }; 2];
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let answer = slot.call(|k| k.redact(TELLS)).unwrap();
                    let version = answers
                        .iter()
                        .position(|known| *known == answer)
                        .expect("an answer of a version");
                    seen[version].store(true, Ordering::Relaxed);
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let _stopped = Stop(&stop);
        for kernel in [new, old].into_iter().cycle().take(10) {
            let (before, start) = (calls.load(Ordering::Relaxed), Instant::now());
            slot.swap(kernel).unwrap();
            // Calls go on with the version in force before the next swap.
            while calls.load(Ordering::Relaxed) < before + 20 {
                assert!(start.elapsed() < Duration::from_secs(60), "no more calls");
                thread::yield_now();
            }
        }
    });
    assert!(seen.iter().all(|seen| seen.load(Ordering::Relaxed)));
    let stats = slot.stats();
    assert_eq!(
        (stats.kernel, stats.swaps, stats.failed),
        (calls.load(Ordering::Relaxed), 10, 0)
    );
}

#[test]
fn a_version_that_traps_costs_no_answer() {
    let faulty = load("1.2.0-trap");
    let slot = ENGINE
        .slot::<redact::Contract>("logs")
        .baseline(Native)
        .kernel(&faulty)
        .breaker(None)
        .instances(2)
        .max_wait(Duration::from_secs(60))
        .build()
        .unwrap();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(slot.call(|k| k.redact(TRAPS)).unwrap().text, TRAPS);
                    assert!(slot.call(|k| k.redact("192.0.2.7")).is_ok());
                }
            });
        }
    });
    let stats = slot.stats();
    assert_eq!(stats.faults(FaultKind::Trap), 60);
    assert_eq!(
        (
            stats.attributed,
            stats.failed,
            stats.kernel + stats.baseline
        ),
        (60, 0, 120)
    );
    let alone = ENGINE
        .slot::<redact::Contract>("alone")
        .kernel(&faulty)
        .build()
        .unwrap();
    let fault = alone.call(|k| k.redact(TRAPS)).unwrap_err();
    assert!(
        fault.message().contains("an octet is at most 255"),
        "{fault}"
    );
    assert!(fault.message().contains("defect.rs:"), "{fault}");
    assert_eq!(fault.export(), "tenon:redact/redactor@1.0.0#redact");
}
