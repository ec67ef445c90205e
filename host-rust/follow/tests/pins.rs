//! A pin of an old version in hand while its slot follows: it holds up neither the next version, nor the way back, nor the end.

mod scene;

use scene::{OLD_COUNTER, Scene, Sums, engine, serving, until};
use std::sync::Arc;
use tenon_follow::{Follower, Options, Swap, follow};
use tenon_host::VersionState;

/// A slot whose own changes wait for ever, so that it is the follower who does not.
fn slot(scene: &Scene) -> Sums {
    let slot = scene.engine.slot("sums").baseline(scene::Native);
    let slot = slot.instances(2).drain_timeout(std::time::Duration::MAX);
    Arc::new(slot.build().unwrap())
}

fn followed(scene: &Scene, slot: &Sums, swap: Swap) -> Follower {
    let options = Options {
        swap,
        ..scene.options()
    };
    follow(slot.clone(), &scene.registry, options).unwrap()
}

/// The slot serves a version, and the follower knows and tells it.
fn in_step(slot: &Sums, follower: &Follower, digest: &str) {
    follower.sync().unwrap();
    let status = follower.status();
    assert_eq!(serving(slot), digest);
    assert_eq!((&*status.serving, &*status.want), (digest, digest));
    assert!(status.in_step && status.reason.is_none(), "{status:?}");
    let answer = if digest.is_empty() { u32::MAX } else { 42 };
    assert_eq!(slot.call(|k| k.add(40, 2)).unwrap(), answer);
}

fn draining(slot: &Sums) -> Vec<String> {
    let versions = slot.stats().versions.into_iter();
    let draining = versions.filter(|it| it.state == VersionState::Draining);
    draining.map(|it| it.version).collect()
}

fn a_pin_holds_up_no_change(swap: Swap) {
    let scene = Scene::new(&engine());
    let slot = slot(&scene);
    let follower = followed(&scene, &slot, swap);
    in_step(&slot, &follower, &scene.old);
    let pin = slot.pin().unwrap();
    scene.activate("1.1.0");
    in_step(&slot, &follower, &scene.new);

    // The way back.
    scene.roll_back();
    in_step(&slot, &follower, &scene.old);

    let third = scene.publish(3, "1.2.0", OLD_COUNTER + 2);
    scene.activate("1.2.0");
    in_step(&slot, &follower, &third);
    scene.activate("baseline");
    in_step(&slot, &follower, "");
    scene.activate("1.2.0");
    in_step(&slot, &follower, &third);

    assert_eq!(pin.add(1, 2).unwrap(), 3);
    // Blue and green: the version of the pin may be the staged one.
    let seen = slot.stats().versions;
    assert!(seen.iter().any(|it| it.version == scene.old), "{seen:?}");
    let status = follower.status();
    assert_eq!((status.swaps, status.refusals.len()), (6, 0));
    drop(pin);
    until("nothing drains any more", || draining(&slot).is_empty());
    assert_eq!(slot.stats().failed, 0);
}

#[test]
fn a_pin_holds_up_no_change_when_versions_are_retired_at_once() {
    a_pin_holds_up_no_change(Swap::Straight);
}

#[test]
fn a_pin_holds_up_no_change_when_two_versions_are_warm() {
    a_pin_holds_up_no_change(Swap::BlueGreen);
}

#[test]
fn a_follower_ends_with_a_pin_in_hand() {
    let scene = Scene::new(&engine());
    let slot = slot(&scene);
    let follower = followed(&scene, &slot, Swap::Straight);
    let pin = slot.pin().unwrap();
    scene.activate("1.1.0");
    until("the new version serves", || serving(&slot) == scene.new);
    assert_eq!(draining(&slot), std::slice::from_ref(&scene.old));
    follower.close();
    drop(follower);
    assert_eq!(Arc::strong_count(&slot), 1, "no thread holds the slot");
    assert_eq!(pin.add(1, 2).unwrap(), 3);

    // Dropped in the middle of a change, it ends, too.
    let follower = followed(&scene, &slot, Swap::Straight);
    scene.activate("baseline");
    drop(follower);
    assert_eq!(Arc::strong_count(&slot), 1);
    assert_eq!(pin.add(1, 2).unwrap(), 3);
    drop(pin);
    until("nothing drains any more", || draining(&slot).is_empty());
}
