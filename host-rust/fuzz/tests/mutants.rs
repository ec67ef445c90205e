//! The corpus and mutants of all our components, as many as take seconds. `cargo run -p tenon-fuzz` goes on for hours.

use std::path::Path;
use std::time::Duration;
use tenon_fuzz::{Campaign, Mutator, Report, TARGETS, Target, components, rewriter, small_modules};

fn target(name: &str) -> &'static Target {
    let target = TARGETS.iter().find(|target| target.name == name);
    target.expect("it is in the list")
}

/// Runs the corpus and so many mutants, always the same ones.
#[track_caller]
fn mutants(name: &str, mutants: u64) -> Report {
    let target = target(name);
    let campaign = Campaign {
        target,
        mutator: &Mutator::new((target.samples)()),
        seed: 1,
        mutants,
        time: Duration::ZERO,
        out: Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz"),
    };
    match campaign.run() {
        Ok(report) => {
            println!("{name}: {report}");
            report
        }
        Err(failure) => panic!("{failure}"),
    }
}

#[test]
fn mutants_run_within_limits_or_are_refused() {
    let report = mutants("component", 20_000);
    // Damage to names, constants and code gets through; most other damage does not.
    let words = [
        ("answered", 200),
        ("faulted", 500),
        ("malformed", 5_000),
        ("policy", 10),
        ("unsupported", 1),
    ];
    for (word, least) in words {
        assert!(report.of(word) >= least, "{report}");
    }
}

#[test]
fn mutants_are_transpiled_or_refused() {
    let report = mutants("transpile", 4_000);
    for (word, least) in [("answer", 300), ("malformed", 1_000)] {
        assert!(report.of(word) >= least, "{report}");
    }
}

#[test]
fn containers_are_read_back() {
    let report = mutants("plan", 2_000);
    assert!(report.of("answer") >= 100, "{report}");
}

#[test]
fn hardened_mutants_compute_the_same() {
    let report = mutants("rewriter", 2_000);
    for (word, least) in [("same", 300), ("endless", 3), ("malformed", 300)] {
        assert!(report.of(word) >= least, "{report}");
    }
}

/// Every component, cut off anywhere; a large one in two hundred places.
#[test]
fn components_cut_off_anywhere() {
    let transpile = target("transpile").run;
    for sample in components() {
        let length = sample.bytes.len();
        for end in (0..length).step_by(1 + length / 20_000 * 100) {
            transpile(&sample.bytes[..end]);
        }
    }
}

#[test]
fn hardened_modules_compute_the_same() {
    let mut same = 0;
    for sample in small_modules() {
        same += usize::from(rewriter(&sample.bytes) == "same");
    }
    assert!(same > 150, "{same}");
}
