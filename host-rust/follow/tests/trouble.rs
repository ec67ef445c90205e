//! Troubles of a machine, before a slot that follows: a damaged cache, links that move, a clock that jumps, versions that are
//! gone. Each is healed, or refused for its own reason, while the slot goes on answering.

mod scene;

use scene::{CONTRACT, Scene, Sums, component, engine, put, serving, until};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};
use tenon_follow::{Options, follow};
use tenon_host::{Config, Engine};
use tenon_registry::{Activation, Event, Publication, Reason, Registry, Trust};

fn answers(slot: &Sums) -> u32 {
    slot.call(|k| k.add(40, 2)).unwrap()
}

/// The compiled code in a cache.
fn entries(cache: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(cache.join("wasmtime")).unwrap();
    let mut entries: Vec<_> = files.map(|it| it.unwrap().path()).collect();
    entries.retain(|it| it.extension().is_some_and(|ending| ending == "code"));
    entries.sort();
    entries
}

type Damage = fn(Vec<Vec<u8>>) -> Vec<Vec<u8>>;

fn each(change: impl Fn(&mut Vec<u8>)) -> impl Fn(Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    move |mut entries| {
        entries.iter_mut().for_each(&change);
        entries
    }
}

const DAMAGES: &[(&str, Damage)] = &[
    ("a bit of each entry flipped", |entries| {
        each(|it| {
            let middle = it.len() / 2;
            it[middle] ^= 1;
        })(entries)
    }),
    ("the last bit flipped", |entries| {
        each(|it| *it.last_mut().unwrap() ^= 1)(entries)
    }),
    ("entries cut", |entries| {
        each(|it| it.truncate(it.len() / 2))(entries)
    }),
    ("entries emptied", |entries| each(Vec::clear)(entries)),
    ("each entry in the place of the next", |mut entries| {
        entries.rotate_right(1);
        entries
    }),
];

fn damage(cache: &Path, how: Damage) {
    let files = entries(cache);
    assert!(files.len() >= 2, "{files:?}");
    let texts = files.iter().map(|it| fs::read(it).unwrap()).collect();
    for (file, text) in files.iter().zip(how(texts)) {
        fs::write(file, text).unwrap();
    }
}

/// What lies in the cache is damaged between two starts, and under a service that runs: that is a miss, and never another answer.
#[test]
fn a_damaged_cache_is_a_miss() {
    for (name, how) in DAMAGES {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        let open = || {
            let config = Config {
                cache_dir: Some(cache.clone()),
                max_instances: 16,
                ..Config::default()
            };
            Engine::new(&config).unwrap()
        };
        let before = open();
        for number in 1..=2 {
            before.load(&component(number)).unwrap();
        }
        drop(before);
        damage(&cache, *how);

        let engine = open();
        let registry = Registry::open(folder.path().join("registry")).unwrap();
        let slot = engine.slot("sums").baseline(scene::Native).instances(1);
        let slot: Sums = Arc::new(slot.build().unwrap());
        let trust = Trust {
            unsigned: true,
            ..Trust::default()
        };
        let options = Options {
            trust,
            ..Options::default()
        };
        let follower = follow(slot.clone(), &registry, options).unwrap();
        let serve = |number: u8| {
            let version = registry
                .publish(CONTRACT, &component(number), &Publication::default())
                .unwrap();
            let digest = version.version.digest;
            let activation = Activation::default();
            registry.activate(CONTRACT, &digest, &activation).unwrap();
            follower.sync().unwrap();
            assert_eq!((serving(&slot), answers(&slot)), (digest, 42), "{name}");
        };
        serve(1);
        serve(2);
        damage(&cache, *how);
        serve(3);
        serve(1); // long off the shelf: it is loaded again
        assert!(follower.status().refusals.is_empty(), "{name}");
    }
}

/// Somebody points the new version's name at other bytes again and again while a host reads it. What comes into service is what was
/// verified, or nothing does.
#[cfg(unix)]
#[test]
fn links_that_move_while_a_host_reads_bring_in_nothing_else() {
    let scene = Scene::new(&engine());
    let (slot, follower) = scene.follow("sums");
    let path = scene.wasm();
    for (name, number) in [("good", 2), ("other", 1)] {
        fs::write(path.with_file_name(name), component(number)).unwrap();
    }
    let point = |name: &str| {
        let link = path.with_file_name(".link");
        std::os::unix::fs::symlink(name, &link).unwrap();
        fs::rename(&link, &path).unwrap();
    };
    point("other");
    scene.force(|_| {});
    let stop = AtomicBool::new(false);
    thread::scope(|threads| {
        threads.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                point("good");
                point("other");
            }
            point("good");
        });
        threads.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                assert_eq!(answers(&slot), 42, "the baseline answers otherwise");
            }
        });
        for _ in 0..60 {
            if let Err(refusal) = follower.sync() {
                assert_eq!(refusal.reason(), Reason::DigestMismatch, "{refusal}");
            }
            let serves = slot.kernel().unwrap();
            assert!([&*scene.old, &*scene.new].contains(&serves.digest()));
        }
        stop.store(true, Ordering::Relaxed);
    });
    until("what was verified serves", || serving(&slot) == scene.new);
    until("it is told", || follower.status().in_step);
    assert_eq!((answers(&slot), slot.stats().failed), (42, 0));
}

/// A signature's time is by the host's clock: what is out of time now may be in time when the clock is right.
#[test]
fn a_clock_that_jumps_is_waited_for() {
    let now = Arc::new(Mutex::new(SystemTime::now()));
    let noon = *now.lock().unwrap();
    let hour = Duration::from_secs(3600);
    let mut scene = Scene::new(&engine());
    let clock = now.clone();
    scene.by_clock(move || *clock.lock().unwrap());
    let set = |time| *now.lock().unwrap() = time;
    scene.resign(&scene.key, |it| {
        it.not_before = Some(noon - hour);
        it.not_after = Some(noon + hour);
    });
    let (slot, follower) = scene.follow("sums");
    let refused = |reason: Reason, serves: &str| {
        until("it is refused", || {
            let _ = follower.sync();
            follower.status().reason == Some(reason)
        });
        let status = follower.status();
        assert!(!status.in_step && status.retry.is_some(), "{status:?}");
        assert_eq!((&*serving(&slot), answers(&slot)), (serves, 42));
    };
    // Nobody tells the follower that the clock is right: it looks again by itself.
    let healed = |serves: &str| {
        until("it is in step again", || follower.status().in_step);
        assert_eq!((&*serving(&slot), answers(&slot)), (serves, 42));
    };

    set(noon - 2 * hour);
    scene.activate("1.1.0");
    refused(Reason::SignatureNotYetValid, &scene.old);
    set(noon);
    healed(&scene.new);
    // Its time is over while it serves, and it is not.
    set(noon + 2 * hour);
    refused(Reason::SignatureExpired, &scene.new);
    set(noon - 2 * hour);
    refused(Reason::SignatureNotYetValid, &scene.new);
    set(noon + hour / 2);
    healed(&scene.new);

    // What has no such time comes in by any clock, and the order of what happened stays.
    for (number, time) in [(3, noon - 1000 * hour), (4, noon + 5000 * hour)] {
        set(time);
        let digest = scene.publish(number, &format!("{number}.0.0"), 10 + u64::from(number));
        scene.activate(&format!("{number}.0.0"));
        follower.sync().unwrap();
        healed(&digest);
    }
    let trail = scene.registry.trail(CONTRACT, 100).unwrap();
    let activated = trail.iter().filter(|it| it.event == Event::Activated);
    let revisions: Vec<_> = activated.map(|it| it.revision).collect();
    assert_eq!(revisions, [1, 2, 3, 4]);
}

/// A host that starts while its active version is gone has nothing to serve on; it is left as it is until the version is back.
#[test]
fn a_host_that_starts_without_its_version_waits_for_it() {
    let scene = Scene::new(&engine());
    let gone = scene.path(&format!("versions/{}.wasm", scene.old));
    fs::remove_file(&gone).unwrap();
    let slot = scene.slot("sums");
    let follower = follow(slot.clone(), &scene.registry, scene.options()).unwrap();
    let status = follower.status();
    assert_eq!(status.reason, Some(Reason::VersionMissing), "{status:?}");
    assert!(!status.in_step && status.want == scene.old && status.serving.is_empty());
    assert_eq!(answers(&slot), u32::MAX);
    put(&gone, &component(1));
    until("the version serves", || serving(&slot) == scene.old);
    until("it is told", || follower.status().in_step);
    assert_eq!(answers(&slot), 42);
}

/// The state alone is removed, and put back.
#[test]
fn a_state_that_is_gone_leaves_the_slot_and_the_trail_as_they_are() {
    let scene = Scene::new(&engine());
    let (slot, follower) = scene.follow("sums");
    let path = scene.path("state.json");
    let state = fs::read(&path).unwrap();
    let trail = || scene.registry.trail(CONTRACT, 100).unwrap().len();
    let noted = trail();
    fs::remove_file(&path).unwrap();
    until("it is refused", || {
        follower.status().reason == Some(Reason::NotFound)
    });
    assert_eq!(follower.sync().unwrap_err().reason(), Reason::NotFound);
    let status = follower.status();
    assert_eq!((status.revision, &*status.want), (1, &*scene.old));
    assert_eq!((serving(&slot), answers(&slot)), (scene.old.clone(), 42));
    assert_eq!(trail(), noted, "the folder may be one that is just removed");
    put(&path, &state);
    until("it is in step again", || follower.status().in_step);
}
