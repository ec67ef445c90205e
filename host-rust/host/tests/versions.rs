//! Two versions beside each other, and versions that are turned off: who answers, and what is told of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use tenon_host::contracts::scalar::{self, Calls};
use tenon_host::{
    Breaker, CallOptions, Config, Engine, Fault, FaultKind, Kernel, Slot, SlotBuilder, VersionState,
};

const SCALAR: &str = "../../host-go/internal/fixture/scalar/scalar.wasm";

/// A baseline that answers `add` in its own way, and panics where it is told to.
struct Native;

const BASELINE: u32 = 1_000;

impl Calls for Native {
    fn add(&self, a: u32, b: u32) -> Result<u32, Fault> {
        Ok(a.wrapping_add(b) + BASELINE)
    }
    fn sum(&self, _: &[u32]) -> Result<u64, Fault> {
        Ok(0)
    }
    fn echo_bytes(&self, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(bytes.to_vec())
    }
    fn echo_string(&self, text: &str) -> Result<String, Fault> {
        panic!("no {text} here")
    }
    fn fail(&self, message: &str) -> Result<(), Fault> {
        match message {
            "panic" => panic!("the baseline's own"),
            "refused" => Err(Fault::new(FaultKind::Internal, "the baseline refuses too")),
            _ => Ok(()),
        }
    }
}

fn engine() -> Engine {
    Engine::new(&Config {
        max_instances: 16,
        ..Config::default()
    })
    .unwrap()
}

/// Versions of the same kernel: the same code, each with another custom section.
fn versions<const N: usize>(engine: &Engine) -> [Kernel; N] {
    let bytes = std::fs::read(SCALAR).unwrap();
    std::array::from_fn(|number| {
        let mut bytes = bytes.clone();
        bytes.extend_from_slice(&[0, 3, 1, b'v', number as u8]);
        engine.load(&bytes).unwrap()
    })
}

fn builder(engine: &Engine, name: &str, kernel: &Kernel) -> SlotBuilder<scalar::Contract> {
    engine
        .slot(name)
        .kernel(kernel)
        .instances(2)
        .max_wait(Duration::from_secs(60))
}

fn answers(slot: &Slot<scalar::Contract>, kernel: &Kernel) -> u64 {
    let stats = slot.stats();
    let of = stats
        .versions
        .iter()
        .find(|it| it.version == kernel.digest());
    of.map_or(0, |it| it.answers)
}

fn state(slot: &Slot<scalar::Contract>, kernel: &Kernel) -> Option<VersionState> {
    let stats = slot.stats();
    let of = stats
        .versions
        .iter()
        .find(|it| it.version == kernel.digest());
    of.map(|it| it.state)
}

#[test]
fn a_staged_version_is_warm_and_serves_by_one_store() {
    let engine = engine();
    let [blue, green, red] = versions(&engine);
    let slot = builder(&engine, "colours", &blue).build().unwrap();
    slot.stage(&green).unwrap();
    slot.call(|k| k.add(1, 2)).unwrap();
    assert_eq!((answers(&slot, &blue), answers(&slot, &green)), (1, 0));
    assert_eq!(state(&slot, &green), Some(VersionState::Staged));
    let both: usize = slot.stats().versions.iter().map(|it| it.instances).sum();
    assert_eq!(both, 4);
    assert!(slot.stats().versions.iter().all(|it| it.memory > 0));

    slot.promote().unwrap();
    slot.call(|k| k.add(1, 2)).unwrap();
    assert_eq!((answers(&slot, &blue), answers(&slot, &green)), (1, 1));
    assert_eq!(slot.kernel().unwrap().digest(), green.digest());
    slot.promote().unwrap();
    slot.call(|k| k.add(1, 2)).unwrap();
    assert_eq!((answers(&slot, &blue), answers(&slot, &green)), (2, 1));
    assert_eq!(slot.stats().swaps, 2);

    // Another one in its place, then none; what it answered stays counted.
    slot.stage(&red).unwrap();
    assert_eq!(slot.staged().unwrap().digest(), red.digest());
    slot.stage(None).unwrap();
    assert_eq!(slot.stats().versions.len(), 1);
    assert_eq!(slot.stats().kernel, 3);
}

#[test]
fn a_swap_to_the_staged_version_is_its_promotion_without_a_way_back() {
    let engine = engine();
    let [blue, green, red] = versions(&engine);
    let slot = builder(&engine, "colours", &blue).build().unwrap();
    slot.stage(&green).unwrap();
    slot.swap(&green).unwrap();
    assert_eq!(slot.kernel().unwrap().digest(), green.digest());
    assert!(slot.staged().is_none());
    slot.stage(&blue).unwrap();
    slot.swap(&red).unwrap();
    assert_eq!(
        slot.staged().unwrap().digest(),
        blue.digest(),
        "another one stays staged"
    );
    assert_eq!(slot.stats().swaps, 2);
}

#[test]
fn changes_that_cannot_be_meant_are_refused_and_counted() {
    let engine = engine();
    let [blue, green] = versions(&engine);
    let slot = builder(&engine, "colours", &blue).build().unwrap();
    let kind = |result: Result<(), Fault>| result.unwrap_err().kind();
    assert_eq!(kind(slot.promote()), FaultKind::Policy);
    assert_eq!(kind(slot.stage(&blue)), FaultKind::Policy);
    assert_eq!(kind(slot.divide(0.5)), FaultKind::Policy);
    for share in [-0.1, 1.1, f64::NAN] {
        assert_eq!(kind(slot.divide(share)), FaultKind::Policy);
    }
    assert_eq!(slot.stats().swap_failures, 2, "a share is no swap");
    slot.stage(&green).unwrap();
    slot.close();
    for closed in [slot.promote(), slot.stage(None), slot.divide(0.0)] {
        assert_eq!(closed.unwrap_err().kind(), FaultKind::Closed);
    }
    assert!(slot.stats().versions.is_empty());
}

#[test]
fn a_baseline_alone_can_have_a_staged_version_beside_it() {
    let engine = engine();
    let [green] = versions(&engine);
    let slot = engine
        .slot::<scalar::Contract>("colours")
        .baseline(Native)
        .build()
        .unwrap();
    slot.stage(&green).unwrap();
    let keyed = CallOptions {
        key: Some("anybody".into()),
        ..CallOptions::default()
    };
    let ask = || slot.call_with(&keyed, |k| k.add(1, 2)).unwrap();
    assert_eq!(ask(), 3 + BASELINE);
    slot.divide(1.0).unwrap();
    assert_eq!(ask(), 3);
    assert_eq!(slot.call(|k| k.add(1, 2)).unwrap(), 3 + BASELINE, "no key");
    slot.promote().unwrap();
    assert_eq!(slot.call(|k| k.add(1, 2)).unwrap(), 3);
    assert!(slot.staged().is_none());
    slot.swap(None).unwrap();
    assert_eq!(ask(), 3 + BASELINE);
}

#[test]
fn a_key_stays_with_its_version() {
    let engine = engine();
    let [blue, green] = versions(&engine);
    let slot = builder(&engine, "colours", &blue).build().unwrap();
    slot.stage(&green).unwrap();
    slot.divide(0.5).unwrap();
    for user in 0..50 {
        let options = CallOptions {
            key: Some(format!("user-{user}").as_str().into()),
            ..CallOptions::default()
        };
        let before = answers(&slot, &green);
        for _ in 0..4 {
            slot.call_with(&options, |k| k.add(1, 2)).unwrap();
        }
        assert!([0, 4].contains(&(answers(&slot, &green) - before)));
    }
    assert!(answers(&slot, &green) > 0 && answers(&slot, &blue) > 0);
    slot.promote().unwrap();
    assert_eq!(slot.stats().share, 0.0);
}

/// A slot whose version is turned off by three faults.
fn touchy(engine: &Engine, name: &str, kernel: &Kernel, pause: Duration) -> Slot<scalar::Contract> {
    let breaker = Breaker {
        faults: 3,
        pause,
        ..Breaker::default()
    };
    let builder = builder(engine, name, kernel).baseline(Native);
    builder.breaker(breaker).build().unwrap()
}

#[test]
fn a_failing_version_is_turned_off_and_tried_back() {
    let engine = engine();
    let [kernel] = versions(&engine);
    let slot = touchy(&engine, "off", &kernel, Duration::from_millis(1));
    for _ in 0..3 {
        slot.call(|k| k.fail("boom")).unwrap();
    }
    assert_eq!(state(&slot, &kernel), Some(VersionState::Tripped));
    assert_eq!((slot.stats().trips, slot.stats().tripped), (1, true));

    // Answers of the kernel, after the pause, bring it back.
    let mut from_the_kernel = 0;
    while slot.stats().tripped {
        from_the_kernel += u32::from(slot.call(|k| k.add(1, 2)).unwrap() == 3);
    }
    assert_eq!(from_the_kernel, 3, "three tries, one at a time");
    assert_eq!(state(&slot, &kernel), Some(VersionState::Serving));
    assert_eq!(slot.call(|k| k.add(1, 2)).unwrap(), 3);
    let version = &slot.stats().versions[0];
    assert_eq!((version.blamed, version.poisoned), (3, 3));
}

#[test]
fn a_version_that_is_turned_off_has_no_calls_but_tries() {
    let engine = engine();
    let [kernel, other] = versions(&engine);
    let slot = touchy(&engine, "off", &kernel, Duration::from_secs(3600));
    for _ in 0..3 {
        slot.call(|k| k.fail("boom")).unwrap();
    }
    assert_eq!(slot.call(|k| k.add(1, 2)).unwrap(), 3 + BASELINE);
    assert!(!slot.pin().unwrap().is_kernel());
    assert_eq!(slot.stats().faults(FaultKind::Trap), 3);
    slot.swap(&other).unwrap();
    assert_eq!(
        slot.call(|k| k.add(1, 2)).unwrap(),
        3,
        "another version is not blamed"
    );
    assert!(!slot.stats().tripped);
}

#[test]
fn a_staged_version_that_is_turned_off_leaves_its_share_to_the_other() {
    let engine = engine();
    let [blue, green] = versions(&engine);
    let slot = touchy(&engine, "off", &blue, Duration::from_secs(3600));
    slot.stage(&green).unwrap();
    slot.divide(1.0).unwrap();
    let keyed = CallOptions {
        key: Some("anybody".into()),
        ..CallOptions::default()
    };
    for _ in 0..3 {
        slot.call_with(&keyed, |k| k.fail("boom")).unwrap();
    }
    assert_eq!(state(&slot, &green), Some(VersionState::Tripped));
    assert_eq!(state(&slot, &blue), Some(VersionState::Serving));
    assert_eq!(slot.call_with(&keyed, |k| k.add(1, 2)).unwrap(), 3);
    assert_eq!(answers(&slot, &blue), 1);
}

#[test]
fn faults_that_nobody_could_answer_turn_nothing_off() {
    let engine = engine();
    let [kernel] = versions(&engine);
    let slot = touchy(&engine, "off", &kernel, Duration::from_secs(3600));
    for _ in 0..5 {
        slot.call(|k| k.fail("refused")).unwrap_err();
    }
    assert!(!slot.stats().tripped);
    let without = builder(&engine, "off", &kernel)
        .baseline(Native)
        .breaker(None);
    let without = without.build().unwrap();
    for _ in 0..30 {
        without.call(|k| k.fail("boom")).unwrap();
    }
    assert_eq!((without.stats().trips, without.stats().attributed), (0, 30));
    let wrong = Breaker {
        faults: 0,
        ..Breaker::default()
    };
    let refused = builder(&engine, "off", &kernel).breaker(wrong).build();
    assert_eq!(refused.unwrap_err().kind(), FaultKind::Policy);
}

#[test]
fn a_baseline_that_panics_in_the_kernels_place_is_the_kernels_fault() {
    let engine = engine();
    let [kernel] = versions(&engine);
    let slot = touchy(&engine, "off", &kernel, Duration::from_secs(3600));
    for _ in 0..5 {
        let fault = slot.call(|k| k.fail("panic")).unwrap_err();
        assert_eq!((fault.kind(), fault.slot()), (FaultKind::Trap, "off"));
        assert!(
            fault
                .message()
                .ends_with("; the baseline panicked, too: the baseline's own"),
            "{fault}"
        );
        assert!(fault.export().ends_with("#fail"));
    }
    let stats = slot.stats();
    assert_eq!((stats.attributed, stats.failed, stats.fallbacks), (0, 5, 5));
    assert_eq!(stats.panics, 5);
    assert!(!stats.tripped);

    // Without a kernel's fault it is as in plain Rust.
    slot.swap(None).unwrap();
    let panic = catch_unwind(AssertUnwindSafe(|| slot.call(|k| k.echo_string("such"))));
    let text = panic.unwrap_err();
    assert_eq!(text.downcast_ref::<String>().unwrap(), "no such here");
}

#[test]
fn keys_stand_where_they_stand_on_every_host() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../wit/vectors/routing.json"
    );
    let vectors: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    assert!(cases.len() > 5);
    for case in cases {
        let key = tenon_host::Key::new(case["key"].as_str().unwrap());
        let hash = u64::from_str_radix(case["hash"].as_str().unwrap(), 16).unwrap();
        let digits = (1_u64 << 53) as f64;
        assert_eq!(key.position() * digits, (hash >> 11) as f64, "{case}");
        // As text the number is read to within its last digit.
        let position = case["position"].as_f64().unwrap();
        assert!((key.position() - position).abs() < 1e-15, "{case}");
    }
}
