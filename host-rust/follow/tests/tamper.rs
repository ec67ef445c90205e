//! Registries damaged in many ways, before a slot that follows: each is refused for its own reason, and the old version serves on.

mod scene;

use scene::{OLD_COUNTER, Scene, edit, put, serving, until};
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, SystemTime};
use tenon_registry::{Entry, Event, Reason, Statement};

type Damage = fn(&Scene);

fn flip(at: impl Fn(&[u8]) -> usize) -> impl FnOnce(Vec<u8>) -> Vec<u8> {
    move |mut bytes| {
        let at = at(&bytes);
        bytes[at] ^= 1;
        bytes
    }
}

fn half(bytes: Vec<u8>) -> Vec<u8> {
    bytes[..bytes.len() / 2].to_vec()
}

/// Makes the new version active as it is.
fn force(scene: &Scene) {
    scene.force(|_| {});
}

/// Changes the new version's envelope.
fn reseal(scene: &Scene, change: impl FnOnce(&mut Value)) {
    edit(&scene.envelope(), |text| {
        let mut envelope = serde_json::from_slice(&text).unwrap();
        change(&mut envelope);
        envelope.to_string().into_bytes()
    });
    force(scene);
}

fn resign(scene: &Scene, change: impl FnOnce(&mut Statement)) {
    scene.resign(&scene.key, change);
    force(scene);
}

/// The new version below the floor, with a ticket.
fn below(scene: &Scene, ticket: Value) {
    scene.resign(&scene.key, |it| it.counter = OLD_COUNTER - 1);
    scene.force(|state| state["ticket"] = ticket);
}

fn folder(path: &std::path::Path) {
    fs::remove_file(path).unwrap();
    fs::create_dir(path).unwrap();
}

const CASES: &[(&str, Reason, Damage)] = &[
    (
        "a bit of the component flipped",
        Reason::DigestMismatch,
        |s| {
            edit(&s.wasm(), flip(|bytes| bytes.len() / 2));
            force(s);
        },
    ),
    ("the component cut", Reason::DigestMismatch, |s| {
        edit(&s.wasm(), half);
        force(s);
    }),
    (
        "the old component under the new name",
        Reason::DigestMismatch,
        |s| {
            put(&s.wasm(), &scene::component(1));
            force(s);
        },
    ),
    ("the component gone", Reason::VersionMissing, |s| {
        fs::remove_file(s.wasm()).unwrap();
        force(s);
    }),
    ("a folder in the component's place", Reason::NotAFile, |s| {
        folder(&s.wasm());
        force(s);
    }),
    #[cfg(unix)]
    (
        "the component's name linked to the old one",
        Reason::DigestMismatch,
        |s| {
            fs::remove_file(s.wasm()).unwrap();
            std::os::unix::fs::symlink(format!("{}.wasm", s.old), s.wasm()).unwrap();
            force(s);
        },
    ),
    ("a component of 257 MiB", Reason::TooLarge, |s| {
        let file = fs::OpenOptions::new().write(true).open(s.wasm()).unwrap();
        file.set_len(257 << 20).unwrap();
        force(s);
    }),
    ("the signature gone", Reason::SignatureMissing, |s| {
        fs::remove_file(s.envelope()).unwrap();
        force(s);
    }),
    (
        "a letter of the signature changed",
        Reason::SignatureInvalid,
        |s| {
            reseal(s, |envelope| {
                let signature = envelope["signatures"][0]["sig"].as_str().unwrap();
                let first = if signature.starts_with('A') { "B" } else { "A" };
                envelope["signatures"][0]["sig"] = json!(format!("{first}{}", &signature[1..]));
            });
        },
    ),
    ("the envelope cut", Reason::SignatureMalformed, |s| {
        edit(&s.envelope(), half);
        force(s);
    }),
    (
        "an envelope without signatures",
        Reason::SignatureMalformed,
        |s| {
            reseal(s, |envelope| envelope["signatures"] = json!([]));
        },
    ),
    (
        "the old version's envelope",
        Reason::SignatureOfAnother,
        |s| {
            let old = s.path(&format!("versions/{}.dsse.json", s.old));
            put(&s.envelope(), &fs::read(old).unwrap());
            force(s);
        },
    ),
    ("signed by a stranger", Reason::KeyUnknown, |s| {
        s.resign(&s.stranger, |_| {});
        force(s);
    }),
    (
        "signed for a time that is over",
        Reason::SignatureExpired,
        |s| {
            resign(s, |it| {
                it.not_after = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(86_400))
            });
        },
    ),
    (
        "signed for a time to come",
        Reason::SignatureNotYetValid,
        |s| {
            resign(s, |it| {
                it.not_before = Some(SystemTime::now() + Duration::from_secs(86_400))
            });
        },
    ),
    (
        "signed for another contract",
        Reason::ContractMismatch,
        |s| {
            resign(s, |it| it.contract = "tenon:other@1.0.0".into());
        },
    ),
    (
        "signed for another version of the contract",
        Reason::ContractMismatch,
        |s| {
            resign(s, |it| it.contract = "tenon:scalar@2.0.0".into());
        },
    ),
    (
        "signed for a contract with other types",
        Reason::ContractMismatch,
        |s| {
            resign(s, |it| it.contract_hash = "0".repeat(64));
        },
    ),
    ("signed for another kernel", Reason::ContractMismatch, |s| {
        resign(s, |it| it.kernel = "other".into());
    }),
    (
        "signed under a label that it has not",
        Reason::LabelMismatch,
        |s| {
            resign(s, |it| it.label = "9.9.9".into());
        },
    ),
    ("the label moved", Reason::LabelMismatch, |s| {
        edit(&s.path("labels.json"), |text| {
            let text = String::from_utf8(text).unwrap();
            text.replace(&s.new, &s.old).into_bytes()
        });
        force(s);
    }),
    ("the labels cut", Reason::LabelsMalformed, |s| {
        edit(&s.path("labels.json"), half);
        force(s);
    }),
    ("labels of a newer format", Reason::FormatNewer, |s| {
        put(&s.path("labels.json"), br#"{"format":2,"names":[]}"#);
        force(s);
    }),
    ("a lower counter", Reason::CounterBelowFloor, |s| {
        resign(s, |it| it.counter = OLD_COUNTER - 1);
    }),
    (
        "a lower counter and the floor turned back",
        Reason::CounterBelowFloor,
        |s| {
            s.resign(&s.key, |it| it.counter = OLD_COUNTER - 1);
            s.force(|state| state["floor"] = json!(0));
        },
    ),
    (
        "the counter of the old version",
        Reason::CounterBelowFloor,
        |s| {
            resign(s, |it| it.counter = OLD_COUNTER);
        },
    ),
    ("a ticket by a stranger", Reason::TicketInvalid, |s| {
        below(s, s.ticket(&s.stranger, |_| {}));
    }),
    ("a ticket for another floor", Reason::TicketInvalid, |s| {
        below(s, s.ticket(&s.key, |it| it.floor -= 1));
    }),
    ("a ticket for another version", Reason::TicketInvalid, |s| {
        below(s, s.ticket(&s.key, |it| it.digest = s.old.clone()));
    }),
    ("the state cut", Reason::StateMalformed, |s| {
        put(&s.path("state.json"), br#"{"format":1,"revision":100,"act"#);
    }),
    ("a state with a strange key", Reason::StateMalformed, |s| {
        s.force(|state| state["surprise"] = json!(1));
    }),
    (
        "a path in the place of a digest",
        Reason::StateMalformed,
        |s| {
            s.force(|state| state["active"] = json!(format!("../{}", &s.new[3..])));
        },
    ),
    ("a state of a newer format", Reason::FormatNewer, |s| {
        s.force(|state| state["format"] = json!(2));
    }),
    ("a state of 10 GiB", Reason::TooLarge, |s| {
        let file = fs::OpenOptions::new()
            .write(true)
            .open(s.path("state.json"));
        file.unwrap().set_len(10 << 30).unwrap();
    }),
    ("the state gone", Reason::NotFound, |s| {
        fs::remove_file(s.path("state.json")).unwrap();
    }),
    (
        "golden cases of another contract",
        Reason::GoldenMalformed,
        |s| {
            put(
                &s.path("golden.json"),
                br#"{"format":1,"contract":"tenon:other@1.0.0","cases":[]}"#,
            );
            force(s);
        },
    ),
    ("a golden case that fails", Reason::GoldenFailed, |s| {
        put(
            &s.path("golden.json"),
            br#"{"format":1,"contract":"tenon:scalar@1.0.0","cases":[{"func":"add","args":[1,2],"result":4}]}"#,
        );
        force(s);
    }),
];

#[test]
fn damage_is_refused_for_its_reason_and_the_old_version_serves_on() {
    assert!(CASES.len() >= 25);
    let engine = scene::engine();
    for (name, reason, damage) in CASES {
        let scene = Scene::new(&engine);
        let (slot, follower) = scene.follow("sums");
        damage(&scene);
        until(name, || {
            follower.status().reason == Some(*reason) || {
                let status = follower.status();
                assert_ne!(serving(&slot), scene.new, "{name}: {status:?}");
                false
            }
        });
        assert_eq!(follower.sync().unwrap_err().reason(), *reason, "{name}");
        assert_eq!(slot.call(|k| k.add(40, 2)).unwrap(), 42, "{name}");
        let status = follower.status();
        assert_eq!(status.serving, scene.old, "{name}");
        assert!(
            !status.in_step && status.refusals[reason] >= 1,
            "{name}: {status:?}"
        );
        assert_eq!(status.kind, reason.kind(), "{name}");
        if reason.kind() == "integrity" {
            assert!(status.retry.is_some(), "{name}: it may be repaired");
        }
        let trail = scene.registry.trail(scene::CONTRACT, 100).unwrap();
        let noted = trail.iter().filter(|it| it.event == Event::Refused);
        let of_this = |it: &Entry| it.reason == reason.as_str() && it.slot == "sums";
        // Without its state a folder may be one that is just removed: nothing is written to it.
        let stateless = !scene.path("state.json").exists();
        assert_eq!(noted.clone().any(of_this), !stateless, "{name}");
        assert!(noted.count() <= 3, "{name}: the same is noted once");
        follower.close();
    }
}
