//! What somebody may do to the files: each is refused for a reason of its own, and nothing else is served.

mod files;
#[allow(dead_code, reason = "each test uses its part")]
#[path = "../shared/mod.rs"]
mod shared;
mod signatures;

use shared::*;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};
use tenon_registry::*;

/// Something that is done to a registry, and what a host says to it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) reason: Reason,
    pub(crate) act: fn(&Path),
}

pub(crate) fn change(path: &Path, act: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(path).unwrap();
    let changed = act(text.clone());
    assert_ne!(text, changed, "nothing was changed in {}", path.display());
    fs::write(path, changed).unwrap();
}

#[test]
fn each_is_refused_for_its_reason() {
    let cases = files::CASES.iter().chain(signatures::CASES);
    assert!(cases.clone().count() >= 25);
    for case in cases {
        let root = tempfile::tempdir().unwrap();
        let registry = released(root.path());
        let release = registry
            .fetch(CONTRACT, &trust(), &Served::default())
            .unwrap();
        let served = Served::default().after(&release);
        assert_eq!(release.component, TWO);

        (case.act)(root.path());
        let error = registry
            .fetch(CONTRACT, &trust(), &served)
            .expect_err(case.name);
        assert_eq!(error.reason(), case.reason, "{}: {error}", case.name);
        assert_eq!(
            (error.op(), error.contract()),
            ("fetch", CONTRACT),
            "{}",
            case.name
        );
        assert!(!error.message().is_empty(), "{}", case.name);

        // A look at everything finds it, too, but for what only a host's memory knows.
        let findings = registry.verify(CONTRACT, Some(&trust())).unwrap();
        let in_memory = case.reason == Reason::CounterBelowFloor && findings.is_empty();
        let found = findings.iter().any(|finding| finding.reason == case.reason);
        assert!(found || in_memory, "{}: {findings:?}", case.name);
    }
}

/// The bytes that were checked are the ones that are given, whatever happens to the file while it is looked at.
#[test]
#[cfg(unix)]
fn a_link_that_changes_all_the_time_gives_the_right_bytes_or_an_error() {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    let root = tempfile::tempdir().unwrap();
    let registry = released(root.path());
    let path = component_file(root.path(), TWO);
    let [good, bad, link] = ["good", "bad", "link"].map(|name| root.path().join(name));
    fs::rename(&path, &good).unwrap();
    fs::write(&bad, "something else").unwrap();
    std::os::unix::fs::symlink(&good, &path).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for target in [&bad, &good].iter().cycle() {
                std::os::unix::fs::symlink(target, &link).unwrap();
                fs::rename(&link, &path).unwrap();
                if done.load(Relaxed) {
                    return;
                }
            }
        });
        let mut seen = [0, 0];
        while seen[0] < 50 || seen[1] < 50 {
            match registry.fetch(CONTRACT, &trust(), &Served::default()) {
                Ok(release) => {
                    assert_eq!(release.component, TWO);
                    seen[0] += 1;
                }
                Err(error) => {
                    assert_eq!(error.reason(), Reason::DigestMismatch, "{error}");
                    seen[1] += 1;
                }
            }
        }
        done.store(true, Relaxed);
    });
}

/// Nobody can keep a host from its baseline.
#[test]
fn golden_cases_that_are_damaged_do_not_matter_to_the_baseline() {
    let root = tempfile::tempdir().unwrap();
    let registry = released(root.path());
    registry
        .activate(CONTRACT, BASELINE, &Activation::default())
        .unwrap();
    fs::write(folder(root.path()).join("golden.json"), "{").unwrap();
    let release = registry
        .fetch(CONTRACT, &trust(), &Served::default())
        .unwrap();
    assert!(release.state.exists && release.digest.is_empty());
    assert_eq!(release.golden, None);
}

/// A version that was activated by a ticket runs; a new release ends the ticket.
#[test]
fn a_ticket_allows_the_way_back_until_the_next_release() {
    let root = tempfile::tempdir().unwrap();
    let registry = released(root.path());
    let back = registry
        .rollback(CONTRACT, &Activation::default())
        .unwrap_err();
    assert_eq!(back.reason(), Reason::CounterBelowFloor);
    let how = Activation {
        trust: Some(trust()),
        ticket: Some(ticket()),
        dry_run: false,
    };
    let change = registry.rollback(CONTRACT, &how).unwrap();
    assert!(change.changed() && change.state.ticket.is_some());
    assert!(!registry.rollback(CONTRACT, &how).unwrap().changed());
    let served = Served {
        counter: 5,
        digest: digest(TWO),
    };
    let release = registry.fetch(CONTRACT, &trust(), &served).unwrap();
    assert_eq!((release.component.as_slice(), release.counter), (ONE, 4));

    let three = b"the third component";
    let with = Publication {
        label: "1.2.0".into(),
        envelope: Some(sign(&statement(three, "1.2.0", 6), &key(1), None).unwrap()),
        ..Publication::default()
    };
    registry.publish(CONTRACT, three, &with).unwrap();
    let change = registry
        .activate(CONTRACT, "1.2.0", &Activation::default())
        .unwrap();
    assert_eq!((change.state.ticket, change.state.floor), (None, 6));
    // The old ticket was for the floor of its time.
    let error = registry.rollback(CONTRACT, &how).unwrap_err();
    assert_eq!(error.reason(), Reason::TicketInvalid, "{error}");
}

/// The clock decides on validity, and on nothing else.
#[test]
fn a_clock_that_jumps_loses_nothing() {
    use std::sync::{Arc, Mutex};
    let root = tempfile::tempdir().unwrap();
    let time = Arc::new(Mutex::new(SystemTime::now()));
    let clock = time.clone();
    let options = Options {
        clock: Clock::new(move || *clock.lock().unwrap()),
        ..Options::default()
    };
    let registry = Registry::open_with(root.path(), options).unwrap();
    for (component, jump) in [
        (ONE, 0_i64),
        (TWO, -40 * 365 * 24 * 3600),
        (b"three".as_slice(), 24 * 3600),
    ] {
        let seconds = Duration::from_secs(jump.unsigned_abs());
        let mut time = time.lock().unwrap();
        *time = if jump < 0 {
            *time - seconds
        } else {
            *time + seconds
        };
        drop(time);
        registry
            .publish(CONTRACT, component, &Publication::default())
            .unwrap();
        registry
            .activate(CONTRACT, &digest(component), &Activation::default())
            .unwrap();
    }
    // In the past, everything is young.
    let young = registry.collect(CONTRACT, &Collection::default()).unwrap();
    assert!(!young.changed(), "{young:?}");
    let revisions: Vec<_> = registry
        .trail(CONTRACT, 100)
        .unwrap()
        .into_iter()
        .map(|entry| entry.revision)
        .collect();
    assert_eq!(revisions, [0, 1, 0, 2, 0, 3]);
    *time.lock().unwrap() = SystemTime::now() + Duration::from_secs(7200);
    let done = registry.collect(CONTRACT, &Collection::default()).unwrap();
    let removed = &done.removed;
    assert_eq!(removed.len(), 1, "{done:?}");
    assert_eq!(removed[0].digest, digest(ONE));
    assert_eq!(registry.state(CONTRACT).unwrap().revision, 3);
}
