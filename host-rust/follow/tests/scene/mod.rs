//! A registry with an old version, which serves, and a new one, both signed; a slot that follows it; and ways to damage it.

#![allow(dead_code)] // each test file uses its part

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;
use tenon_follow::{Follower, Options, follow};
use tenon_host::contracts::scalar::{self, Calls};
use tenon_host::{Config, Engine, Fault, Slot};
use tenon_registry::{
    Activation, Clock, Publication, Registry, SigningKey, Statement, Ticket, Trust, sign,
    sign_ticket,
};

pub(crate) const CONTRACT: &str = "tenon:scalar";
pub(crate) const OLD_COUNTER: u64 = 5;
pub(crate) const SCALAR: &str = "../../host-go/internal/fixture/scalar/scalar.wasm";
pub(crate) const GOLDEN: &str = "../../wit/vectors/scalar.json";

/// The scalar kernel, with another custom section for each number.
pub(crate) fn component(number: u8) -> Vec<u8> {
    let mut bytes = fs::read(SCALAR).unwrap();
    bytes.extend_from_slice(&[0, 3, 1, b'v', number]);
    bytes
}

/// A baseline, whose answers are its own.
pub(crate) struct Native;

impl Calls for Native {
    fn add(&self, _: u32, _: u32) -> Result<u32, Fault> {
        Ok(u32::MAX)
    }
    fn sum(&self, _: &[u32]) -> Result<u64, Fault> {
        Ok(0)
    }
    fn echo_bytes(&self, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(bytes.to_vec())
    }
    fn echo_string(&self, text: &str) -> Result<String, Fault> {
        Ok(text.to_owned())
    }
    fn fail(&self, _: &str) -> Result<(), Fault> {
        Ok(())
    }
}

pub(crate) struct Scene {
    pub(crate) registry: Registry,
    pub(crate) old: String,
    pub(crate) new: String,
    pub(crate) key: SigningKey,
    pub(crate) stranger: SigningKey,
    pub(crate) engine: Engine,
    folder: TempDir,
}

pub(crate) type Sums = Arc<Slot<scalar::Contract>>;

impl Scene {
    pub(crate) fn new(engine: &Engine) -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let mut scene = Scene {
            registry: Registry::open(folder.path()).unwrap(),
            old: String::new(),
            new: String::new(),
            key: SigningKey::from_bytes(&[7; 32]),
            stranger: SigningKey::from_bytes(&[9; 32]),
            engine: engine.clone(),
            folder,
        };
        scene.old = scene.publish(1, "1.0.0", OLD_COUNTER);
        scene.new = scene.publish(2, "1.1.0", OLD_COUNTER + 1);
        let activation = Activation {
            trust: Some(scene.trust()),
            ..Activation::default()
        };
        let registry = &scene.registry;
        registry.activate(CONTRACT, "1.0.0", &activation).unwrap();
        scene
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust {
            keys: vec![self.key.verifying_key()],
            unsigned: false,
        }
    }

    pub(crate) fn options(&self) -> Options {
        Options {
            trust: self.trust(),
            poll: Duration::from_millis(200),
            ..Options::default()
        }
    }

    /// Publishes a version, signed; gives its digest.
    pub(crate) fn publish(&self, number: u8, label: &str, counter: u64) -> String {
        let component = component(number);
        let digest = tenon_registry::digest(&component);
        let envelope = sign(&self.statement(&digest, label, counter), &self.key, None).unwrap();
        let with = Publication {
            label: label.into(),
            envelope: Some(envelope),
            golden: Some(fs::read(GOLDEN).unwrap()),
            ..Publication::default()
        };
        self.registry.publish(CONTRACT, &component, &with).unwrap();
        digest
    }

    pub(crate) fn statement(&self, digest: &str, label: &str, counter: u64) -> Statement {
        Statement {
            digest: digest.into(),
            kernel: "scalar".into(),
            contract: format!("{CONTRACT}@1.0.0"),
            label: label.into(),
            counter,
            ..Statement::default()
        }
    }

    /// Another signature of the new version.
    pub(crate) fn resign(&self, key: &SigningKey, change: impl FnOnce(&mut Statement)) {
        let mut statement = self.statement(&self.new, "1.1.0", OLD_COUNTER + 1);
        change(&mut statement);
        put(&self.envelope(), &sign(&statement, key, None).unwrap());
    }

    /// A state with the new version active, as whoever may write to the folder can make it: nothing is checked.
    pub(crate) fn force(&self, change: impl FnOnce(&mut Value)) {
        let mut state = json!({"format": 1, "revision": 100, "active": self.new, "previous": self.old, "floor": OLD_COUNTER});
        change(&mut state);
        put(&self.path("state.json"), state.to_string().as_bytes());
    }

    pub(crate) fn ticket(&self, key: &SigningKey, change: impl FnOnce(&mut Ticket)) -> Value {
        let mut ticket = Ticket {
            contract: CONTRACT.into(),
            digest: self.new.clone(),
            floor: OLD_COUNTER,
            not_after: None,
        };
        change(&mut ticket);
        serde_json::from_slice(&sign_ticket(&ticket, key).unwrap()).unwrap()
    }

    /// Goes by a clock that a test sets.
    pub(crate) fn by_clock(&mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) {
        let options = tenon_registry::Options {
            clock: Clock::new(now),
            ..tenon_registry::Options::default()
        };
        self.registry = Registry::open_with(self.folder.path(), options).unwrap();
    }

    pub(crate) fn activate(&self, what: &str) {
        let activation = Activation::default();
        self.registry.activate(CONTRACT, what, &activation).unwrap();
    }

    /// Makes the old version active again, with a ticket that lifts the counters of the new one.
    pub(crate) fn roll_back(&self) {
        let ticket = self.ticket(&self.key, |it| {
            it.digest = self.old.clone();
            it.floor = OLD_COUNTER + 1;
        });
        let activation = Activation {
            ticket: Some(ticket.to_string().into_bytes()),
            ..Activation::default()
        };
        self.registry.rollback(CONTRACT, &activation).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("tenon/scalar").join(name)
    }

    pub(crate) fn wasm(&self) -> PathBuf {
        self.path(&format!("versions/{}.wasm", self.new))
    }

    pub(crate) fn envelope(&self) -> PathBuf {
        self.path(&format!("versions/{}.dsse.json", self.new))
    }

    pub(crate) fn slot(&self, name: &str) -> Sums {
        let slot = self.engine.slot(name).baseline(Native).instances(1);
        // Else the baseline would answer where an instance is late.
        let slot = slot.max_wait(Duration::from_secs(60));
        Arc::new(slot.build().unwrap())
    }

    /// A slot that follows, with the old version in service.
    pub(crate) fn follow(&self, name: &str) -> (Sums, Follower) {
        let slot = self.slot(name);
        let follower = follow(slot.clone(), &self.registry, self.options()).unwrap();
        assert!(follower.status().in_step, "{follower:?}");
        assert_eq!(serving(&slot), self.old);
        (slot, follower)
    }
}

pub(crate) fn engine() -> Engine {
    Engine::new(&Config {
        max_instances: 16,
        ..Config::default()
    })
    .unwrap()
}

pub(crate) fn serving(slot: &Sums) -> String {
    let kernel = slot.kernel();
    kernel.map_or(String::new(), |it| it.digest().to_owned())
}

/// Replaces a file by a rename, as every writer does, so that a host that looks meanwhile sees the old one or the new one.
pub(crate) fn put(path: &Path, text: &[u8]) {
    let temporary = path.with_file_name(".write-test");
    fs::write(&temporary, text).unwrap();
    fs::rename(&temporary, path).unwrap();
}

pub(crate) fn edit(path: &Path, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    put(path, &change(fs::read(path).unwrap()));
}

pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        let waited = start.elapsed();
        assert!(
            waited < Duration::from_secs(60),
            "still waiting until {what}"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}
