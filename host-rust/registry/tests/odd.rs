//! Something else in the place of a file: every call ends, and says what is where.
#![cfg(unix)]

#[allow(dead_code, reason = "each test uses its part")]
mod shared;

use shared::*;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use tenon_registry::*;

/// Puts a folder, a pipe or a loop of links in the place of what has a name.
fn replace(path: &Path, with: &str) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else if path.exists() {
        fs::remove_file(path).unwrap();
    }
    match with {
        "a folder" => fs::create_dir(path).unwrap(),
        "a pipe" => {
            let made = std::process::Command::new("mkfifo").arg(path).status();
            assert!(made.unwrap().success());
        }
        _ => symlink(path, path).unwrap(),
    }
}

const KINDS: [&str; 3] = ["a folder", "a pipe", "a loop"];

#[test]
fn a_lock_that_is_no_file_is_refused() {
    for with in KINDS {
        let root = tempfile::tempdir().unwrap();
        let registry = released(root.path());
        let lock = folder(root.path()).join(".lock");
        replace(&lock, with);
        let refused = registry.activate(CONTRACT, BASELINE, &Activation::default());
        let error = refused.unwrap_err();
        assert_eq!(
            (error.reason(), error.path(), error.is_done()),
            (Reason::NotAFile, Some(lock.as_path()), false),
            "{with}: {error}"
        );
    }
}

/// Nothing keeps anybody from the baseline but the state and the lock; that the trail is silent is told.
#[test]
fn the_baseline_is_activated_whatever_became_of_the_trail_and_the_labels() {
    for with in KINDS {
        let root = tempfile::tempdir().unwrap();
        let registry = released(root.path());
        let trail = folder(root.path()).join("trail.jsonl");
        replace(&trail, with);
        replace(&folder(root.path()).join("labels.json"), with);
        for _ in 0..2 {
            let told = registry.activate(CONTRACT, BASELINE, &Activation::default());
            let error = told.unwrap_err();
            assert_eq!(
                (error.reason(), error.path(), error.is_done()),
                (Reason::NotAFile, Some(trail.as_path()), true),
                "{with}: {error}"
            );
            let state = registry.state(CONTRACT).unwrap();
            assert_eq!((state.revision, state.active.as_str()), (3, ""));
        }
    }
}

#[test]
fn a_folder_of_versions_and_a_version_that_are_loops_are_told() {
    let root = tempfile::tempdir().unwrap();
    let registry = released(root.path());
    let versions = folder(root.path()).join("versions");
    replace(&component_file(root.path(), ONE), "a loop");
    let error = registry.list(CONTRACT).unwrap_err();
    assert_eq!(error.reason(), Reason::NotAFile, "{error}");

    replace(&versions, "a loop");
    let error = registry.list(CONTRACT).unwrap_err();
    assert_eq!(error.reason(), Reason::NotAFile, "{error}");
    let findings = registry.verify(CONTRACT, None).unwrap();
    let found = findings.iter().map(|finding| &finding.path);
    assert!(found.clone().any(|path| *path == versions), "{findings:?}");
}

/// A trail of rubbish is a few findings, and not millions.
#[test]
fn a_trail_of_rubbish_is_read_to_its_end() {
    let root = tempfile::tempdir().unwrap();
    let registry = released(root.path());
    let trail = folder(root.path()).join("trail.jsonl");
    let mut text = fs::read(&trail).unwrap();
    for _ in 0..100_000 {
        text.extend_from_slice(b"\x7f\xff}\n");
    }
    fs::write(&trail, text).unwrap();
    let findings = registry.verify(CONTRACT, None).unwrap();
    assert_eq!(findings.len(), 21);
    assert!(findings[20].message.starts_with("99980 more lines"));
    assert_eq!(registry.trail(CONTRACT, 100).unwrap().len(), 6);
}
