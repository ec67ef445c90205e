//! A registry as a team has it after two releases, for tests to damage.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tenon_registry::*;

pub(crate) const CONTRACT: &str = "tenon:redact";

/// What the versions' bytes are.
pub(crate) const ONE: &[u8] = b"the first component";
/// The one that is active.
pub(crate) const TWO: &[u8] = b"the second component";

/// The time of all tests: 2026-11-22T02:04:11.123Z.
pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_313_051_123)
}

/// A key that is the same in each run.
pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// Believes the key of the releases, and nobody else.
pub(crate) fn trust() -> Trust {
    Trust {
        keys: vec![key(1).verifying_key()],
        unsigned: false,
    }
}

/// Opens a registry whose clock stands still.
pub(crate) fn open(root: &Path) -> Registry {
    let options = Options {
        clock: Clock::new(now),
        host: "example".into(),
        lock_wait: Duration::from_secs(10),
        by: "rust".into(),
    };
    Registry::open_with(root, options).unwrap()
}

pub(crate) fn folder(root: &Path) -> PathBuf {
    root.join("tenon/redact")
}

pub(crate) fn component_file(root: &Path, component: &[u8]) -> PathBuf {
    folder(root).join(format!("versions/{}.wasm", digest(component)))
}

pub(crate) fn envelope_file(root: &Path, component: &[u8]) -> PathBuf {
    folder(root).join(format!("versions/{}.dsse.json", digest(component)))
}

/// What is signed about a version.
pub(crate) fn statement(component: &[u8], label: &str, counter: u64) -> Statement {
    Statement {
        digest: digest(component),
        kernel: "redact".into(),
        contract: "tenon:redact@1.0.0".into(),
        contract_hash: "9".repeat(64),
        label: label.into(),
        counter,
        not_before: None,
        not_after: None,
    }
}

/// Publishes two signed versions with golden cases, and activates the first, then the second.
pub(crate) fn released(root: &Path) -> Registry {
    let registry = open(root);
    let golden = br#"{"format": 1, "contract": "tenon:redact@1.0.0", "cases": [{"func": "redact", "args": [""], "result": ""}]}"#;
    for (component, label, counter) in [(ONE, "1.0.0", 4), (TWO, "1.1.0", 5)] {
        let with = Publication {
            label: label.into(),
            envelope: Some(sign(&statement(component, label, counter), &key(1), None).unwrap()),
            golden: Some(golden.to_vec()),
            dry_run: false,
        };
        registry.publish(CONTRACT, component, &with).unwrap();
        let how = Activation {
            trust: Some(trust()),
            ..Activation::default()
        };
        registry.activate(CONTRACT, label, &how).unwrap();
    }
    registry
}

/// A ticket that allows the first version below the second.
pub(crate) fn ticket() -> Vec<u8> {
    let ticket = Ticket {
        contract: CONTRACT.into(),
        digest: digest(ONE),
        floor: 5,
        not_after: None,
    };
    sign_ticket(&ticket, &key(1)).unwrap()
}
