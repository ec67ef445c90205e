//! Slots that follow: activation, rolling back, several processes, and what no registry should do.

mod scene;

use scene::{CONTRACT, OLD_COUNTER, SCALAR, Scene, Sums, component, engine, put, serving, until};
use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tenon_follow::{Follower, Options, Swap, follow};
use tenon_host::VersionState;
use tenon_registry::{Activation, Event, Publication, Reason, Registry, Trust};

fn answers(slot: &Sums) -> u32 {
    slot.call(|k| k.add(40, 2)).unwrap()
}

#[test]
fn what_is_activated_serves_and_what_is_rolled_back_serves_again() {
    let scene = Scene::new(&engine());
    let (slot, follower) = scene.follow("sums");
    scene.activate("1.1.0");
    until("the new version serves", || serving(&slot) == scene.new);
    until("it is told", || follower.status().revision == 2);
    let status = follower.status();
    assert_eq!((&*status.label, &*status.previous), ("1.1.0", &*scene.old));
    assert!(status.in_step && status.reason.is_none() && status.swaps == 2);

    // The previous version is still compiled, and needs a ticket.
    scene.roll_back();
    let back = follower.sync();
    // The host itself has served a higher counter, which no ticket lifts unless the floor says so, too.
    assert!(back.is_ok(), "{back:?}");
    assert_eq!(serving(&slot), scene.old);

    scene.activate("baseline");
    until("the baseline serves", || answers(&slot) == u32::MAX);
    follower.sync().unwrap();
    let trail = scene.registry.trail(CONTRACT, 100).unwrap();
    let swapped = trail.iter().filter(|it| it.event == Event::Swapped);
    assert_eq!(swapped.clone().count(), 4);
    assert!(
        swapped
            .clone()
            .all(|it| it.by == "rust" && it.slot == "sums")
    );
}

/// A slot that serves the new version, and has the old one staged.
fn blue_and_green(scene: &Scene) -> (Sums, Follower) {
    let slot = scene.slot("sums");
    let options = Options {
        swap: Swap::BlueGreen,
        ..scene.options()
    };
    let follower = follow(slot.clone(), &scene.registry, options).unwrap();
    scene.activate("1.1.0");
    follower.sync().unwrap();
    (slot, follower)
}

#[test]
fn blue_and_green_are_both_warm() {
    let scene = Scene::new(&engine());
    let (slot, _follower) = blue_and_green(&scene);
    let states: Vec<_> = slot
        .stats()
        .versions
        .iter()
        .map(|it| (it.version.clone(), it.state))
        .collect();
    let expected = [
        (scene.new.clone(), VersionState::Serving),
        (scene.old.clone(), VersionState::Staged),
    ];
    assert_eq!(states, expected);
}

/// Somebody who switches a slot by hand has it so until another version is activated, or the registry is asked. That the
/// follower looks once more, at a change that does not concern what is active, makes no difference.
#[test]
fn a_slot_that_is_switched_by_hand_stays_so() {
    let scene = Scene::new(&engine());
    let (slot, follower) = blue_and_green(&scene);
    slot.promote().unwrap();
    let stands = || {
        let status = follower.status();
        assert_eq!((&status.serving, &status.want), (&scene.old, &scene.new));
        assert_eq!((&*status.label, status.reason), ("", None));
        assert!(!status.in_step && status.message.contains("past its follower"));
    };
    stands();
    let looked = follower.status().looked;
    scene.publish(3, "1.2.0", OLD_COUNTER + 2);
    until("it has looked again", || follower.status().looked > looked);
    stands();
    follower.sync().unwrap();
    assert!(follower.status().in_step && serving(&slot) == scene.new);
    slot.swap(None).unwrap();
    scene.roll_back();
    until("it follows", || serving(&slot) == scene.old);
}

#[test]
fn a_version_that_does_not_fit_is_not_tried_again_until_something_changes() {
    let scene = Scene::new(&engine());
    let (slot, follower) = scene.follow("sums");
    let publish = |bytes: &[u8], label: &str, counter| {
        let digest = tenon_registry::digest(bytes);
        let with = Publication {
            label: label.into(),
            envelope: Some(
                tenon_registry::sign(&scene.statement(&digest, label, counter), &scene.key, None)
                    .unwrap(),
            ),
            ..Publication::default()
        };
        scene.registry.publish(CONTRACT, bytes, &with).unwrap();
        scene.activate(label);
        follower.sync().unwrap_err()
    };
    let broken = publish(b"no component at all", "2.0.0", 7);
    assert_eq!(
        (broken.reason(), broken.kind()),
        (Reason::WarmFailed, "malformed")
    );
    let redact = fs::read("../../host-go/kernels/redact/redact-1.0.0.wasm").unwrap();
    let strange = publish(&redact, "2.1.0", 8);
    assert_eq!(strange.reason(), Reason::ContractMismatch);
    let empty = br#"(component
        (component $calls) (instance $i (instantiate $calls)) (export "tenon:scalar/calls@1.0.0" (instance $i)))"#;
    let less = publish(&wat::parse_bytes(empty).unwrap(), "2.2.0", 9);
    assert!(
        matches!(
            less.reason(),
            Reason::Incompatible | Reason::ContractMismatch
        ),
        "{less}"
    );
    assert_eq!(
        follower.status().retry,
        None,
        "it will not change by itself"
    );
    assert_eq!((serving(&slot), answers(&slot)), (scene.old.clone(), 42));
    let good = scene.publish(3, "2.3.0", 10);
    scene.activate("2.3.0");
    until("what fits serves", || serving(&slot) == good);
}

#[test]
fn a_version_deleted_while_active_serves_on() {
    let scene = Scene::new(&engine());
    let (slot, follower) = scene.follow("sums");
    fs::remove_file(scene.path(&format!("versions/{}.wasm", scene.old))).unwrap();
    until("it is told", || {
        follower.status().reason == Some(Reason::VersionMissing)
    });
    assert_eq!(answers(&slot), 42);
    let status = follower.status();
    assert_eq!(
        (status.serving, status.want),
        (scene.old.clone(), scene.old.clone())
    );
    put(
        &scene.path(&format!("versions/{}.wasm", scene.old)),
        &component(1),
    );
    until("it is in step again", || follower.status().in_step);
}

#[test]
fn a_contract_of_which_nothing_was_activated_leaves_the_slot_as_it_is() {
    let engine = engine();
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::open(folder.path()).unwrap();
    let kernel = engine.load_file(SCALAR).unwrap();
    let slot = engine.slot("sums").kernel(&kernel).instances(1);
    let slot: Sums = Arc::new(slot.build().unwrap());
    let options = Options {
        trust: Trust {
            unsigned: true,
            ..Trust::default()
        },
        poll: Duration::from_millis(100),
        ..Options::default()
    };
    let follower = follow(slot.clone(), &registry, options).unwrap();
    assert!(follower.status().in_step && follower.status().revision == 0);
    assert_eq!(serving(&slot), kernel.digest());
    // The folder appears later.
    let version = registry
        .publish(CONTRACT, &component(3), &Publication::default())
        .unwrap();
    registry
        .activate(CONTRACT, &version.version.digest, &Activation::default())
        .unwrap();
    until("it serves", || serving(&slot) == version.version.digest);
    // A baseline that is not there cannot serve.
    registry
        .activate(CONTRACT, "baseline", &Activation::default())
        .unwrap();
    assert_eq!(follower.sync().unwrap_err().reason(), Reason::WarmFailed);
    assert_eq!(answers(&slot), 42);
}

#[cfg(unix)]
#[test]
fn a_registry_that_may_only_be_read_is_followed() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new(&engine());
    let folders = [scene.path(""), scene.path("versions")];
    let may_write = |mode| {
        for folder in &folders {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    may_write(0o555);
    let (slot, follower) = scene.follow("sums");
    assert_eq!(answers(&slot), 42);
    assert!(follower.status().in_step);
    may_write(0o755);
}

#[test]
fn a_closed_follower_leaves_no_thread_and_says_so() {
    let scene = Scene::new(&engine());
    let (slot, follower) = scene.follow("sums");
    follower.close();
    follower.close();
    assert_eq!(follower.sync().unwrap_err().reason(), Reason::Closed);
    scene.activate("1.1.0");
    assert_eq!(serving(&slot), scene.old, "nobody follows");
    drop(follower);
    assert_eq!(Arc::strong_count(&slot), 1, "no thread holds the slot");

    // Dropped in the middle of its work, it has ended, too.
    let follower = follow(slot.clone(), &scene.registry, scene.options()).unwrap();
    scene.activate("baseline");
    drop(follower);
    assert_eq!(Arc::strong_count(&slot), 1);
}

#[test]
fn the_trail_tells_of_a_version_that_was_turned_off() {
    let scene = Scene::new(&engine());
    let (slot, follower) = scene.follow("sums");
    for _ in 0..20 {
        slot.call(|k| k.fail("boom")).unwrap(); // the baseline answers
    }
    assert!(slot.stats().tripped);
    let tripped = || {
        let trail = scene.registry.trail(CONTRACT, 100).unwrap();
        trail.into_iter().find(|it| it.event == Event::Tripped)
    };
    until("it is noted", || tripped().is_some());
    let entry = tripped().unwrap();
    assert_eq!(
        (entry.version, entry.slot),
        (scene.old.clone(), "sums".into())
    );

    // The next version is not blamed for it.
    scene.activate("1.1.0");
    follower.sync().unwrap();
    assert_eq!((serving(&slot), answers(&slot)), (scene.new.clone(), 42));
}

/// What the child process does.
const CHILD: &str = "TENON_FOLLOW_TEST_REGISTRY";

#[test]
fn a_child_process_publishes_and_activates() {
    let Some(root) = std::env::var_os(CHILD) else {
        return; // only as the child of the next test
    };
    let registry = Registry::open(root).unwrap();
    let version = registry
        .publish(CONTRACT, &component(50), &Publication::default())
        .unwrap();
    registry
        .activate(CONTRACT, &version.version.digest, &Activation::default())
        .unwrap();
}

#[test]
fn several_slots_follow_what_another_process_does() {
    let scene = Scene::new(&engine());
    let options = || Options {
        trust: Trust {
            unsigned: true,
            ..scene.trust()
        },
        ..scene.options()
    };
    let slots = ["one", "other"].map(|name| scene.slot(name));
    let followers = slots
        .each_ref()
        .map(|slot| follow(slot.clone(), &scene.registry, options()).unwrap());
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_child_process_publishes_and_activates"])
        .env(CHILD, scene.registry.root())
        .output()
        .unwrap();
    assert!(child.status.success(), "{child:?}");
    let published = tenon_registry::digest(&component(50));
    for (slot, follower) in slots.iter().zip(&followers) {
        until("it serves", || serving(slot) == published);
        until("it is told", || follower.status().want == published);
        assert_eq!(answers(slot), 42);
    }
}

#[test]
fn a_version_that_is_signed_anew_is_tried_again() {
    let scene = Scene::new(&engine());
    let (slot, follower) = scene.follow("sums");
    scene.resign(&scene.key, |it| it.kernel = "another".into());
    scene.activate("1.1.0");
    let mismatch = Some(Reason::ContractMismatch);
    until("it is refused", || follower.status().reason == mismatch);
    scene.resign(&scene.key, |_| {});
    until("the new version serves", || serving(&slot) == scene.new);
}

#[test]
fn what_was_wanted_stays_where_the_registry_cannot_be_read() {
    let scene = Scene::new(&engine());
    let (slot, follower) = scene.follow("sums");
    let before = follower.status();
    put(&scene.path("state.json"), b"{");
    let refusal = follower.sync().unwrap_err();
    assert_eq!(refusal.reason(), Reason::StateMalformed);
    let status = follower.status();
    assert_eq!(
        (status.revision, status.want, status.want_label),
        (before.revision, before.want, before.want_label)
    );
    assert_eq!(serving(&slot), scene.old);
}

#[test]
fn a_contract_s_folder_that_is_gone_does_not_come_back() {
    let scene = Scene::new(&engine());
    let (slot, follower) = scene.follow("sums");
    // In one step: the follower may write to the trail while files are removed one by one.
    fs::rename(scene.path(""), scene.registry.root().join("gone")).unwrap();
    let refusal = follower.sync().unwrap_err();
    assert_eq!(refusal.reason(), Reason::NotFound);
    assert!(!scene.path("").exists());
    assert_eq!(serving(&slot), scene.old);
}
