//! Several writers, a registry that may only be read, and files that any bytes may stand in.

#[allow(dead_code, reason = "each test uses its part")]
mod shared;

use shared::*;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tenon_registry::*;

/// A registry of its own, and so a lock of its own, as another process has. It waits for its turn for as long as that takes: the
/// writers' turns are not fair, and a disk may be slow.
fn patient(root: &Path) -> Registry {
    let options = Options {
        lock_wait: Duration::from_secs(600),
        ..Options::default()
    };
    Registry::open_with(root, options).unwrap()
}

/// Two publishers at once: everything that both publish is there, and so is every line of the trail.
#[test]
fn writers_take_turns() {
    const EACH: usize = 25;
    let root = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let root = root.path();
            scope.spawn(move || {
                let registry = patient(root);
                for number in 0..EACH {
                    let component = format!("component {writer} {number}");
                    let with = Publication {
                        label: format!("{writer}.{number}.0"),
                        ..Publication::default()
                    };
                    registry
                        .publish(CONTRACT, component.as_bytes(), &with)
                        .unwrap();
                    registry
                        .activate(CONTRACT, &with.label, &Activation::default())
                        .unwrap();
                }
            });
        }
    });
    let registry = Registry::open(root.path()).unwrap();
    assert_eq!(registry.list(CONTRACT).unwrap().len(), 4 * EACH);
    assert_eq!(registry.state(CONTRACT).unwrap().revision, 4 * EACH as u64);
    assert!(registry.verify(CONTRACT, None).unwrap().is_empty());
    let trail = registry.trail(CONTRACT, usize::MAX).unwrap();
    assert_eq!(trail.len(), 8 * EACH);
    let revisions = trail
        .iter()
        .map(|entry| entry.revision)
        .filter(|revision| *revision > 0);
    assert!(revisions.eq(1..=4 * EACH as u64));
}

#[test]
fn two_writers_of_one_label_agree_or_one_is_told() {
    let root = tempfile::tempdir().unwrap();
    let with = Publication {
        label: "1.0.0".into(),
        ..Publication::default()
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let (root, with) = (root.path(), &with);
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                scope.spawn(move || {
                    let component = format!("{writer}");
                    patient(root).publish(CONTRACT, component.as_bytes(), with)
                })
            })
            .collect();
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect()
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        assert_eq!(error.reason(), Reason::LabelTaken, "{error}");
    }
}

#[test]
fn a_writer_that_waits_too_long_says_so() {
    let root = tempfile::tempdir().unwrap();
    let options = Options {
        lock_wait: Duration::from_millis(20),
        ..Options::default()
    };
    let registry = Registry::open_with(root.path(), options).unwrap();
    registry
        .publish(CONTRACT, ONE, &Publication::default())
        .unwrap();
    let lock = fs::File::open(folder(root.path()).join(".lock")).unwrap();
    lock.lock().unwrap();
    let error = registry
        .publish(CONTRACT, TWO, &Publication::default())
        .unwrap_err();
    assert_eq!(error.reason(), Reason::Locked, "{error}");
    // Readers take no lock.
    assert_eq!(registry.list(CONTRACT).unwrap().len(), 1);
    lock.unlock().unwrap();
    registry
        .publish(CONTRACT, TWO, &Publication::default())
        .unwrap();
}

/// A folder that this user may not write: everything can be read, and what writes says why it cannot.
#[test]
#[cfg(unix)]
fn a_registry_that_may_only_be_read_is_read() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    released(root.path());
    let folders = [
        root.path().to_owned(),
        root.path().join("tenon"),
        folder(root.path()),
        folder(root.path()).join("versions"),
    ];
    let mode = |mode: u32| {
        for folder in &folders {
            fs::set_permissions(folder, PermissionsExt::from_mode(mode)).unwrap();
        }
    };
    fs::set_permissions(
        folder(root.path()).join(".lock"),
        PermissionsExt::from_mode(0o444),
    )
    .unwrap();
    mode(0o555);
    let probe = fs::write(root.path().join("probe"), "");
    let registry = open(root.path());
    assert_eq!(
        registry
            .fetch(CONTRACT, &trust(), &Served::default())
            .unwrap()
            .component,
        TWO
    );
    assert!(
        registry
            .verify(CONTRACT, Some(&trust()))
            .unwrap()
            .is_empty()
    );
    // The superuser writes wherever it likes.
    if probe.is_err() {
        for error in [
            registry
                .publish(CONTRACT, b"three", &Publication::default())
                .unwrap_err(),
            registry
                .activate(CONTRACT, BASELINE, &Activation::default())
                .unwrap_err(),
            registry
                .note(CONTRACT, Entry::new(Event::Swapped))
                .unwrap_err(),
            registry
                .publish("acme:new", b"three", &Publication::default())
                .unwrap_err(),
        ] {
            assert_eq!(error.reason(), Reason::ReadOnly, "{error}");
        }
    }
    mode(0o755);
}

#[test]
fn a_trail_survives_what_crashes_leave() {
    let root = tempfile::tempdir().unwrap();
    let registry = released(root.path());
    let path = folder(root.path()).join("trail.jsonl");
    let before = registry.trail(CONTRACT, 100).unwrap();
    let mut text = fs::read(&path).unwrap();
    let line = text.split(|byte| *byte == b'\n').next().unwrap().to_vec();
    for cut in [1, 10, line.len() - 1] {
        text.extend_from_slice(&line[..cut]);
        fs::write(&path, &text).unwrap();
        assert_eq!(registry.trail(CONTRACT, 100).unwrap().len(), before.len());
        assert!(registry.verify(CONTRACT, None).unwrap().is_empty());
        text.push(b'\n');
    }
    text.extend_from_slice(&[0; 100]);
    fs::write(&path, &text).unwrap();
    registry.note(CONTRACT, Entry::new(Event::Swapped)).unwrap();
    let after = registry.trail(CONTRACT, 100).unwrap();
    assert_eq!(after.len(), before.len() + 1);
    assert_eq!(after.last().unwrap().event, Event::Swapped);
    assert_eq!(
        registry.trail(CONTRACT, 1).unwrap(),
        after[after.len() - 1..]
    );
    assert!(registry.trail(CONTRACT, 0).unwrap().is_empty());
    assert!(registry.verify(CONTRACT, None).unwrap().is_empty());

    // A message of any length has its line.
    let long = Entry {
        message: "\u{7}\"é".repeat(100_000),
        ..Entry::new(Event::Refused)
    };
    registry.note(CONTRACT, long).unwrap();
    assert!(registry.verify(CONTRACT, None).unwrap().is_empty());
    assert_eq!(
        registry.trail(CONTRACT, 1).unwrap()[0].event,
        Event::Refused
    );
    fs::write(
        &path,
        "{\"format\":1,\"event\":\"tripped\",\"more\":1}\n{\"format\":2}\n",
    )
    .unwrap();
    let reasons: Vec<_> = registry
        .verify(CONTRACT, None)
        .unwrap()
        .into_iter()
        .map(|finding| finding.reason)
        .collect();
    assert_eq!(reasons, [Reason::TrailMalformed, Reason::FormatNewer]);
}

#[test]
fn a_change_that_was_not_noted_is_noted_by_the_next_writer() {
    let root = tempfile::tempdir().unwrap();
    let registry = released(root.path());
    let path = folder(root.path()).join("trail.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let kept: Vec<_> = text
        .lines()
        .filter(|line| !line.contains("\"revision\":2"))
        .collect();
    fs::write(&path, kept.join("\n") + "\n").unwrap();
    assert!(
        !registry
            .activate(CONTRACT, "1.1.0", &Activation::default())
            .unwrap()
            .changed()
    );
    let last = registry.trail(CONTRACT, 1).unwrap();
    assert_eq!((last[0].event, last[0].revision), (Event::Activated, 2));
}

/// Bytes that are damaged at random: whatever they are, a look ends, and what is served has its digest.
#[test]
fn any_bytes_end_in_an_answer_or_a_reason() {
    let root = tempfile::tempdir().unwrap();
    let registry = released(root.path());
    let how = Activation {
        ticket: Some(ticket()),
        ..Activation::default()
    };
    registry.rollback(CONTRACT, &how).unwrap();
    let files = ["state.json", "labels.json", "golden.json", "trail.jsonl"]
        .map(|name| folder(root.path()).join(name));
    let files = files.into_iter().chain([envelope_file(root.path(), ONE)]);
    let files: Vec<_> = files.map(|file| (fs::read(&file).unwrap(), file)).collect();
    let served = Served {
        counter: 5,
        digest: digest(TWO),
    };
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap()
    };
    let mut refused = 0;
    for _ in 0..3_000 {
        let (content, file) = &files[next(files.len())];
        let mut bytes = content.clone();
        for _ in 0..=next(3) {
            let at = next(bytes.len().max(1));
            match next(4) {
                0 => bytes.truncate(at),
                1 if at < bytes.len() => bytes[at] ^= 1 << next(8),
                2 if at < bytes.len() => drop(
                    bytes.splice(
                        at..at,
                        content[next(content.len())..]
                            .iter()
                            .copied()
                            .take(40)
                            .collect::<Vec<_>>(),
                    ),
                ),
                _ => drop(bytes.drain(at.min(bytes.len())..(at + next(20)).min(bytes.len()))),
            }
        }
        fs::write(file, &bytes).unwrap();
        match registry.fetch(CONTRACT, &trust(), &served) {
            Ok(release) => assert!(
                release.component == ONE || release.digest.is_empty(),
                "{bytes:?}"
            ),
            Err(_) => refused += 1,
        }
        registry.verify(CONTRACT, Some(&trust())).unwrap();
        registry.trail(CONTRACT, 10).unwrap();
        fs::write(file, content).unwrap();
    }
    assert!(refused > 700, "{refused}");
    registry.fetch(CONTRACT, &trust(), &served).unwrap();
}
