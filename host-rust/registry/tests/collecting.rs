//! What a collection says that it did.

#[allow(dead_code, reason = "each test uses its part")]
mod shared;

use shared::*;
use tenon_registry::*;

/// What is dropped is told, whether or not the version goes with it.
#[test]
fn a_collection_tells_the_labels_that_it_drops() {
    let root = tempfile::tempdir().unwrap();
    let registry = open(root.path());
    for (label, component) in [
        ("1.9.0", b"one".as_slice()),
        ("1.10.0", b"two"),
        ("2.0.0", b"one"),
        ("1.2.0", b"one"),
        ("3.0.0", b"three"),
    ] {
        let with = Publication {
            label: label.into(),
            ..Publication::default()
        };
        registry.publish(CONTRACT, component, &with).unwrap();
    }
    let dropped = |label: &str, component| Dropped {
        label: label.into(),
        digest: digest(component),
    };
    for dry_run in [true, false] {
        let what = Collection {
            keep: Some(2),
            dry_run,
            ..Collection::default()
        };
        let done = registry.collect(CONTRACT, &what).unwrap();
        let gone: Vec<_> = done
            .removed
            .iter()
            .map(|it| (&it.digest, &it.labels))
            .collect();
        assert_eq!(gone, [(&digest(b"two"), &vec!["1.10.0".to_owned()])]);
        let labels = [("1.2.0", "one"), ("1.9.0", "one"), ("1.10.0", "two")];
        assert_eq!(
            done.dropped,
            labels.map(|(label, of)| dropped(label, of.as_bytes()))
        );
    }
    let again = Collection {
        keep: Some(2),
        ..Collection::default()
    };
    assert!(!registry.collect(CONTRACT, &again).unwrap().changed());
}
