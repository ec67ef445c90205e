//! A program with the Go host writes, and a slot here follows. The Go host has the twin of this test, in which `tenon` writes.

mod scene;

use scene::{CONTRACT, Native, component, engine, serving, until};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tenon_follow::{Options, follow};
use tenon_registry::{Registry, SigningKey, Trust};

/// Names the program: `host-go/registry/internal/writer`.
const WRITER: &str = "TENON_GO_WRITER";

const SEED: [u8; 32] = [7; 32];

#[test]
#[ignore = "needs a program of the Go host: `cargo xtask test both-hosts` builds it"]
fn what_the_go_host_activates_is_followed() {
    let writer = std::env::var_os(WRITER).expect("TENON_GO_WRITER names the Go host's writer");
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::open(folder.path().join("registry")).unwrap();
    let seed: String = SEED.iter().map(|byte| format!("{byte:02x}")).collect();
    let write = |args: &[&str]| {
        let written = Command::new(&writer)
            .arg(registry.root())
            .args([&format!("{CONTRACT}@1.0.0"), &seed])
            .args(args)
            .output()
            .unwrap_or_else(|error| panic!("{writer:?}: {error}"));
        let told = String::from_utf8_lossy(&written.stderr);
        assert!(written.status.success(), "writer {args:?}: {told}");
    };

    let engine = engine();
    let slot = engine.slot("sums").baseline(Native).instances(1);
    let slot = Arc::new(slot.build().unwrap());
    let trust = Trust {
        keys: vec![SigningKey::from_bytes(&SEED).verifying_key()],
        unsigned: false,
    };
    let options = Options {
        trust: trust.clone(),
        poll: Duration::from_millis(200),
        ..Options::default()
    };
    let follower = follow(slot.clone(), &registry, options).unwrap();
    for (number, label, counter) in [(1, "1.0.0", "1"), (2, "1.1.0", "2")] {
        let file = folder.path().join(label);
        std::fs::write(&file, component(number)).unwrap();
        write(&["publish", file.to_str().unwrap(), label, counter]);
    }
    for (args, serves, label) in [
        (&["activate", "1.0.0"][..], Some(1), "1.0.0"),
        (&["activate", "1.1.0"], Some(2), "1.1.0"),
        (&["rollback"], Some(1), "1.0.0"),
        (&["activate", "baseline"], None, ""),
    ] {
        write(args);
        let digest = serves.map_or(String::new(), |it| tenon_registry::digest(&component(it)));
        let what = format!("the slot is in step after {args:?}");
        until(&what, || {
            let status = follower.status();
            assert!(status.refusals.is_empty(), "after {args:?}: {status:?}");
            status.in_step && status.serving == digest && status.label == label
        });
        let answer = if digest.is_empty() { u32::MAX } else { 42 };
        assert_eq!(serving(&slot), digest, "after {args:?}");
        assert_eq!(slot.call(|k| k.add(40, 2)).unwrap(), answer, "{args:?}");
    }
    follower.close();
    assert!(registry.verify(CONTRACT, Some(&trust)).unwrap().is_empty());
    let trail = registry.trail(CONTRACT, 100).unwrap();
    let by = |host: &str| trail.iter().filter(|it| it.by == host).count();
    // Published and signed twice each, and changed four times; and the slot's four swaps.
    assert_eq!((by("go"), by("rust")), (8, 4), "{trail:?}");
}
