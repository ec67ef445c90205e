//! A file system that fails at the Nth step, for every N and every kind of failure: whatever happens, the registry has the old
//! content or the new one, and the same call does its work when the trouble is over.

use crate::disk::{Disk, Step, Trouble};
use crate::*;
use std::io::{Error as IoError, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

const CONTRACT: &str = "tenon:redact";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Failure {
    /// The disk is full: nothing is written.
    Full,
    /// The disk is full: half is written.
    Half,
    /// It fails, and did nothing.
    Before,
    /// It fails, and did it all the same.
    After,
    /// The step and all those after it fail, as they do for a process that dies there.
    Dead,
}

const FAILURES: [Failure; 5] = [
    Failure::Full,
    Failure::Half,
    Failure::Before,
    Failure::After,
    Failure::Dead,
];

/// A file system that fails at one step, and how many steps there were.
fn failing(at: usize, failure: Failure) -> (Disk, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let steps = count.clone();
    let disk = Disk::probed(Arc::new(move |step| {
        let now = steps.fetch_add(1, Relaxed);
        let hit = now == at || failure == Failure::Dead && now > at;
        let error = || IoError::from(ErrorKind::Other);
        hit.then(|| match failure {
            Failure::Full => Trouble::Before(ErrorKind::StorageFull.into()),
            Failure::Half if matches!(step, Step::Write | Step::Append) => {
                Trouble::Half(ErrorKind::StorageFull.into())
            }
            Failure::After if !matches!(step, Step::Open | Step::Create) => Trouble::After(error()),
            _ => Trouble::Before(error()),
        })
    }));
    (disk, count)
}

/// A registry with three versions, of which the second is active and the first the previous one; the third has no label.
fn prepared(root: &Path) -> Registry {
    let registry = open(root);
    for (label, bytes) in [("1.0.0", "one"), ("1.1.0", "two"), ("", "three")] {
        let with = Publication {
            label: label.into(),
            ..Publication::default()
        };
        registry.publish(CONTRACT, bytes.as_bytes(), &with).unwrap();
    }
    for label in ["1.0.0", "1.1.0"] {
        registry
            .activate(CONTRACT, label, &Activation::default())
            .unwrap();
    }
    registry
}

/// A copy of a prepared registry, which is faster than a further one.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn open(root: &Path) -> Registry {
    let later = Clock::new(|| SystemTime::now() + Duration::from_secs(2 * 60 * 60));
    Registry::open_with(
        root,
        Options {
            clock: later,
            ..Options::default()
        },
    )
    .unwrap()
}

type Act = fn(&Registry) -> Result<()>;

/// What is done to the registry.
const ACTS: &[(&str, Act)] = &[
    ("publish", |registry| {
        let with = Publication {
            label: "2.0.0".into(),
            envelope: Some(envelope(b"four", "2.0.0")),
            golden: Some(br#"{"format":1,"contract":"tenon:redact@1.0.0","cases":[]}"#.to_vec()),
            dry_run: false,
        };
        registry.publish(CONTRACT, b"four", &with).map(|_| ())
    }),
    ("publish the active version", |registry| {
        let with = Publication {
            label: "1.1.1".into(),
            envelope: Some(envelope(b"two", "1.1.1")),
            ..Publication::default()
        };
        registry.publish(CONTRACT, b"two", &with).map(|_| ())
    }),
    ("activate", |registry| {
        registry
            .activate(CONTRACT, "1.0.0", &Activation::default())
            .map(|_| ())
    }),
    ("baseline", |registry| {
        registry
            .activate(CONTRACT, BASELINE, &Activation::default())
            .map(|_| ())
    }),
    ("rollback", |registry| {
        registry
            .rollback(CONTRACT, &Activation::default())
            .map(|_| ())
    }),
    ("sign", |registry| {
        registry
            .put_envelope(CONTRACT, &digest(b"two"), &envelope(b"two", "1.1.0"))
            .map(|_| ())
    }),
    ("collect", |registry| {
        registry
            .collect(
                CONTRACT,
                &Collection {
                    keep: Some(1),
                    ..Collection::default()
                },
            )
            .map(|_| ())
    }),
    ("note", |registry| {
        registry.note(CONTRACT, Entry::new(Event::Swapped))
    }),
    ("publish elsewhere", |registry| {
        registry
            .publish("acme:other", b"one", &Publication::default())
            .map(|_| ())
    }),
];

fn envelope(component: &[u8], label: &str) -> Vec<u8> {
    let statement = Statement {
        digest: digest(component),
        contract: "tenon:redact@1.0.0".into(),
        label: label.into(),
        counter: 3,
        ..Statement::default()
    };
    sign(&statement, &SigningKey::from_bytes(&[1; 32]), None).unwrap()
}

/// Everything that readers see, apart from the trail.
fn seen(registry: &Registry) -> String {
    let state = registry.state(CONTRACT).unwrap();
    let trust = Trust {
        unsigned: true,
        keys: vec![SigningKey::from_bytes(&[1; 32]).verifying_key()],
    };
    let release = registry
        .fetch(CONTRACT, &trust, &Served::default())
        .unwrap();
    let golden = registry.golden(CONTRACT).unwrap().is_some();
    format!(
        "{state:?} {:?} {golden} {}",
        registry.list(CONTRACT).unwrap(),
        release.label
    )
}

/// A reader takes no lock: the active version gets another label, and a signature that states it, between two of its steps.
#[test]
fn a_fetch_goes_on_beside_a_publish() {
    let template = tempfile::tempdir().unwrap();
    prepared(template.path());
    let (_, act) = ACTS[1];
    let trust = Trust {
        unsigned: true,
        keys: vec![SigningKey::from_bytes(&[1; 32]).verifying_key()],
    };
    for at in 0.. {
        let folder = tempfile::tempdir().unwrap();
        copy(template.path(), folder.path());
        let (writer, count) = (open(folder.path()), Arc::new(AtomicUsize::new(0)));
        let steps = count.clone();
        let disk = Disk::probed(Arc::new(move |_| {
            if steps.fetch_add(1, Relaxed) == at {
                act(&writer).unwrap();
            }
            None
        }));
        let reader = open(folder.path()).on(disk);
        let release = reader.fetch(CONTRACT, &trust, &Served::default());
        assert!(release.is_ok(), "a publish before step {at}: {release:?}");
        if count.load(Relaxed) <= at {
            assert!(at > 3, "{at} steps");
            return;
        }
    }
}

#[test]
fn every_step_may_fail() {
    fail_at_every_step(|_| crate::limits::TRAIL);
}

/// The first line that each of them appends begins a new trail, and those after it do not.
#[test]
fn every_step_may_fail_where_the_trail_is_full() {
    fail_at_every_step(|trail| trail.metadata().unwrap().len());
}

fn fail_at_every_step(full: impl Fn(&Path) -> u64) {
    let template = tempfile::tempdir().unwrap();
    let prepared = prepared(template.path());
    let before = seen(&prepared);
    let told = prepared.trail(CONTRACT, 100).unwrap();
    let full = full(&template.path().join("tenon/redact/trail.jsonl"));
    let mut steps_in_all = 0;
    for (name, act) in ACTS {
        let whole = tempfile::tempdir().unwrap();
        copy(template.path(), whole.path());
        let registry = open(whole.path()).full_at(full);
        let (disk, count) = failing(usize::MAX, Failure::Before);
        act(&registry.on(disk)).unwrap();
        let steps = count.load(Relaxed);
        assert!(steps > 2, "{name}: {steps} steps");
        let done = seen(&registry);

        for at in 0..steps {
            for failure in FAILURES {
                let folder = tempfile::tempdir().unwrap();
                copy(template.path(), folder.path());
                let registry = open(folder.path()).full_at(full);
                let (disk, _) = failing(at, failure);
                let result = act(&registry.on(disk));
                let place = format!("{name}, step {at}, {failure:?}: {result:?}");

                // A look that only tells whether something is there already may fail for nothing.
                if let Err(error) = &result {
                    let expected = [Reason::Io, Reason::NoSpace];
                    assert!(expected.contains(&error.reason()), "{place}");
                    assert!(
                        !error.op().is_empty() && !error.contract().is_empty(),
                        "{place}"
                    );
                }
                let mut findings = registry.verify(CONTRACT, None).unwrap();
                // A new version's signature comes before its label, so that no host sees a label whose signature is missing.
                findings.retain(|finding| {
                    *name != "publish" || finding.reason != Reason::LabelMismatch
                });
                assert!(findings.is_empty(), "{place}: {findings:?}");
                let now = seen(&registry);
                // What publishing stores, and what collecting removes, is several files: each is there or not.
                let many = name.starts_with("publish") || *name == "collect";
                assert!(many || now == before || now == done, "{place}: {now}");

                act(&registry).unwrap_or_else(|error| panic!("{place}: and then {error}"));
                assert_eq!(seen(&registry), done, "{place}");
                let last = registry.trail(CONTRACT, 100).unwrap();
                assert!(last.starts_with(&told), "{place}: {last:?}");
                let revision = registry.state(CONTRACT).unwrap().revision;
                assert!(
                    last.iter().any(|entry| entry.revision == revision),
                    "{place}: {last:?}"
                );
            }
        }
        steps_in_all += steps;
    }
    println!(
        "{} failures at {steps_in_all} steps",
        FAILURES.len() * steps_in_all
    );
}

/// A full disk and a read-only one have reasons of their own.
#[test]
fn what_the_system_says_becomes_a_reason() {
    for (kind, reason) in [
        (ErrorKind::StorageFull, Reason::NoSpace),
        (ErrorKind::QuotaExceeded, Reason::NoSpace),
        (ErrorKind::ReadOnlyFilesystem, Reason::ReadOnly),
        (ErrorKind::PermissionDenied, Reason::ReadOnly),
        (ErrorKind::Other, Reason::Io),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let registry = prepared(folder.path());
        let disk = Disk::probed(Arc::new(move |step| {
            let writes = !matches!(step, Step::Open | Step::Read);
            writes.then(|| Trouble::Before(kind.into()))
        }));
        let registry = registry.on(disk);
        let error = registry
            .activate(CONTRACT, "1.0.0", &Activation::default())
            .unwrap_err();
        assert_eq!(error.reason(), reason, "{error}");
        assert!(
            error.path().is_some() && !error.advice().is_empty(),
            "{error}"
        );
        // Readers read on.
        registry
            .fetch(
                CONTRACT,
                &Trust {
                    unsigned: true,
                    ..Trust::default()
                },
                &Served::default(),
            )
            .unwrap();
        let dry = Activation {
            dry_run: true,
            ..Activation::default()
        };
        assert!(
            registry
                .activate(CONTRACT, "1.0.0", &dry)
                .unwrap()
                .changed()
        );
    }
}

/// A try before may have failed between a file and its folder: the next one makes it durable before a label names it.
#[test]
fn what_is_there_already_is_made_durable_again() {
    use std::sync::Mutex;
    let root = tempfile::tempdir().unwrap();
    let registry = prepared(root.path());
    let envelope = envelope(b"three", "");
    registry
        .put_envelope(CONTRACT, &digest(b"three"), &envelope)
        .unwrap();
    let steps = Arc::new(Mutex::new(Vec::new()));
    let seen = steps.clone();
    let registry = registry.on(Disk::probed(Arc::new(move |step| {
        seen.lock().unwrap().push(step);
        None
    })));

    let with = Publication {
        label: "2.0.0".into(),
        ..Publication::default()
    };
    registry.publish(CONTRACT, b"three", &with).unwrap();
    let done = std::mem::take(&mut *steps.lock().unwrap());
    let first = |step| done.iter().position(|it| *it == step).unwrap();
    assert!(first(Step::SyncFolder) < first(Step::Rename), "{done:?}");

    let changed = registry.put_envelope(CONTRACT, &digest(b"three"), &envelope);
    assert!(!changed.unwrap());
    assert!(steps.lock().unwrap().contains(&Step::SyncFolder));
}
