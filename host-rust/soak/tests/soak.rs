//! Swaps under load, and versions that come and go. `TENON_SOAK_SWAPS` and `TENON_SOAK_CYCLES` ask for more of both.

use std::sync::{Mutex, PoisonError};
use tenon_soak::{Options, Report, Through, cycle, grown, run};

/// Held by each test: what a process holds on to is not to be another test's.
static ALONE: Mutex<()> = Mutex::new(());

const LEDGER: &str = "../../host-go/internal/fixture/ledger/ledger.wasm";

fn amount(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect(variable))
}

fn sound(options: &Options) -> Report {
    let report = run(&std::fs::read(LEDGER).unwrap(), options).unwrap();
    println!("{report}");
    report.verdict().unwrap();
    assert!(report.counts.kernel > 0 && report.counts.baseline > 0 && report.counts.pages > 0);
    assert!(report.stats.fallbacks > 0);
    for kind in &report.kinds {
        assert!(
            kind.changes > 0 && kind.steady.calls > 0 && kind.during.calls > 0,
            "{kind:?}"
        );
    }
    let verdict = report.to_string();
    assert!(verdict.ends_with(" lost 0 wrong 0 torn 0\n"), "{verdict}");
    report
}

#[test]
fn nothing_is_lost() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let report = sound(&Options {
        changes: amount("TENON_SOAK_SWAPS", 1000),
        ..Options::default()
    });
    let changes: u64 = report.kinds.iter().map(|kind| kind.changes).sum();
    assert_eq!(changes, 2 * report.changes as u64, "the last row is of all");
}

#[test]
fn nothing_is_lost_by_following_a_registry() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let report = sound(&Options {
        changes: 13, // a stretch of each kind: where nothing is optimized, each takes a second
        segment: 4,
        through: Through::Registry,
        ..Options::default()
    });
    assert_eq!(report.kinds.len(), 5);
}

#[test]
fn versions_that_go_leave_nothing_behind() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let cycles = amount("TENON_SOAK_CYCLES", 80) as u32;
    let mut samples = Vec::new();
    let component = std::fs::read(LEDGER).unwrap();
    cycle(
        &component,
        &Options::default().config,
        (cycles, 3),
        |sample| samples.push(sample),
    )
    .unwrap();
    assert_eq!(samples.len(), 3);
    assert_eq!(samples[2].cycle, cycles);
    grown(&samples[0].holdings, &samples[2].holdings).unwrap();
}
