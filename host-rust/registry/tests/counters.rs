//! Release counters that several versions have.

#[allow(dead_code, reason = "each test uses its part")]
mod shared;

use shared::*;
use tenon_registry::*;

fn publish(registry: &Registry, component: &[u8], label: &str, counter: Option<u64>) {
    let signed = |counter| sign(&statement(component, label, counter), &key(1), None).unwrap();
    let with = Publication {
        label: label.into(),
        envelope: counter.map(signed),
        ..Publication::default()
    };
    registry.publish(CONTRACT, component, &with).unwrap();
}

/// All envelopes of the folder are held against a version with the floor's release counter, which hosts may have served.
#[test]
fn the_counter_of_the_floor_is_held_against_all_envelopes() {
    let root = tempfile::tempdir().unwrap();
    let registry = open(root.path());
    publish(&registry, b"one", "1.0.0", Some(5));
    publish(&registry, b"two", "1.1.0", Some(5));
    publish(&registry, b"unsigned", "1.2.0", None);
    publish(&registry, b"four", "1.3.0", Some(5));
    let activate = |what: &str| {
        let done = registry.activate(CONTRACT, what, &Activation::default());
        done.map(|_| ()).map_err(|error| error.reason())
    };
    let sign_anew = |component: &[u8], label: &str, counter| {
        let envelope = sign(&statement(component, label, counter), &key(1), None).unwrap();
        registry
            .put_envelope(CONTRACT, &digest(component), &envelope)
            .unwrap();
    };
    for what in ["1.0.0", "1.2.0", BASELINE] {
        activate(what).unwrap();
    }
    let taken = Err(Reason::CounterBelowFloor);
    assert_eq!(activate("1.1.0"), taken);
    assert_eq!(activate("1.0.0"), taken);
    sign_anew(b"two", "1.1.0", 6);
    assert_eq!(activate("1.0.0"), taken);
    sign_anew(b"four", "1.3.0", 7);
    assert_eq!(activate("1.0.0"), Ok(()));
    // Those that serve, or served before, are held against each other only.
    assert_eq!(activate("1.2.0"), Ok(()));
    sign_anew(b"four", "1.3.0", 5);
    assert_eq!(activate("1.0.0"), Ok(()));
}
