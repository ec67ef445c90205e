//! What is told by `tracing`, alone in its process: other threads would settle which events anybody listens to.

mod told;

use std::time::Duration;
use tenon_host::contracts::scalar::{self, Calls};
use tenon_host::{Breaker, Config, Engine, Fault};
use told::Told;

/// A baseline that panics where it is told to.
struct Native;

impl Calls for Native {
    fn add(&self, a: u32, b: u32) -> Result<u32, Fault> {
        Ok(a.wrapping_add(b))
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
    fn fail(&self, message: &str) -> Result<(), Fault> {
        match message {
            "panic" => panic!("the baseline's own"),
            _ => Ok(()),
        }
    }
}

#[test]
fn what_happens_is_told_by_the_names_of_both_hosts() {
    let engine = Engine::new(&Config::default()).unwrap();
    let bytes = std::fs::read("../../host-go/internal/fixture/scalar/scalar.wasm").unwrap();
    let load = |number| engine.load(&[&bytes[..], &[0, 3, 1, b'v', number]].concat());
    let (blue, green) = (load(0).unwrap(), load(1).unwrap());
    let breaker = Breaker {
        faults: 3,
        pause: Duration::ZERO,
        ..Breaker::default()
    };
    let told = Told::default();
    let slot = tracing::subscriber::with_default(told.clone(), || {
        let slot = engine
            .slot::<scalar::Contract>("told")
            .baseline(Native)
            .kernel(&blue)
            .instances(2)
            .max_wait(Duration::from_secs(60))
            .breaker(breaker)
            .build()
            .unwrap();
        for _ in 0..3 {
            slot.call(|k| k.fail("boom")).unwrap();
        }
        for _ in 0..3 {
            slot.call(|k| k.add(1, 2)).unwrap();
        }
        slot.stage(&green).unwrap();
        slot.divide(0.25).unwrap();
        slot.promote().unwrap();
        slot.promote().unwrap();
        slot.stage(None).unwrap();
        slot.promote().unwrap_err();
        slot.call(|k| k.fail("panic")).unwrap_err();
        slot
    });
    let lines = told.lines();
    let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str()).collect();
    assert_eq!(
        messages,
        [
            "kernel fault",
            "kernel fault",
            "version tripped",
            "version recovered",
            "version staged",
            "calls divided",
            "slot swapped",
            "slot swapped",
            "version staged",
            "swap failed",
            "kernel fault",
            "baseline panicked",
        ]
    );
    told::check(&lines);
    for line in &lines {
        assert_eq!(line["slot"], slot.name(), "{line:?}");
    }
    assert_eq!((&*lines[0]["count"], &*lines[1]["count"]), ("1", "2"));
    assert_eq!(lines[0]["kind"], "trap");
    assert!(lines[0]["error"].contains("boom"), "{lines:?}");
    assert_eq!((&*lines[2]["faults"], &*lines[2]["pause_ms"]), ("3", "0"));
    assert_eq!(lines[5]["share"], "0.25");
    assert_eq!(lines[6]["version"], green.digest());
    assert_eq!(lines[6]["previous"], blue.digest());
    assert_eq!(lines[9]["previous"], blue.digest());
    assert_eq!(lines[10]["count"], "4", "the third is not told");
    assert_eq!(lines[11]["panic"], "the baseline's own");
}
