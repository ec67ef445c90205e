//! What somebody may do to the files: each is refused for a reason of its own, and nothing else is served.

#[allow(dead_code, reason = "each test uses its part")]
mod shared;

use shared::*;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};
use tenon_registry::*;

/// Something that is done to a registry, and what a host says to it.
struct Case {
    name: &'static str,
    reason: Reason,
    act: fn(&Path),
}

fn change(path: &Path, act: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(path).unwrap();
    let changed = act(text.clone());
    assert_ne!(text, changed, "nothing was changed in {}", path.display());
    fs::write(path, changed).unwrap();
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn state(root: &Path, act: impl FnOnce(String) -> String) {
    change(&folder(root).join("state.json"), act);
}

fn labels(root: &Path, act: impl FnOnce(String) -> String) {
    change(&folder(root).join("labels.json"), act);
}

/// Signs the active version anew.
fn resign(root: &Path, key_seed: u8, act: impl FnOnce(&mut Statement)) {
    let mut said = statement(TWO, "1.1.0", 5);
    act(&mut said);
    let envelope = sign(&said, &key(key_seed), None).unwrap();
    fs::write(envelope_file(root, TWO), envelope).unwrap();
}

/// Makes the first version active, with a ticket or without.
fn descend(root: &Path, ticket: Option<&Ticket>, key_seed: u8) {
    let ticket = ticket.map(|ticket| sign_ticket(ticket, &key(key_seed)).unwrap());
    let ticket = ticket.map_or(String::new(), |ticket| {
        format!(r#","ticket":{}"#, String::from_utf8(ticket).unwrap())
    });
    let text = format!(
        r#"{{"format":1,"revision":3,"active":"{}","floor":5{ticket}}}"#,
        digest(ONE)
    );
    fs::write(folder(root).join("state.json"), text).unwrap();
}

fn good_ticket() -> Ticket {
    Ticket {
        contract: CONTRACT.into(),
        digest: digest(ONE),
        floor: 5,
        not_after: None,
    }
}

const CASES: &[Case] = &[
    Case {
        name: "a bit of the component",
        reason: Reason::DigestMismatch,
        act: |root| flip(&component_file(root, TWO), 3),
    },
    Case {
        name: "a longer component",
        reason: Reason::DigestMismatch,
        act: |root| {
            let mut bytes = TWO.to_vec();
            bytes.push(0);
            fs::write(component_file(root, TWO), bytes).unwrap();
        },
    },
    Case {
        name: "an empty component",
        reason: Reason::DigestMismatch,
        act: |root| fs::write(component_file(root, TWO), "").unwrap(),
    },
    Case {
        name: "another component under its name",
        reason: Reason::DigestMismatch,
        act: |root| {
            fs::copy(component_file(root, ONE), component_file(root, TWO)).unwrap();
        },
    },
    Case {
        name: "no component",
        reason: Reason::VersionMissing,
        act: |root| fs::remove_file(component_file(root, TWO)).unwrap(),
    },
    Case {
        name: "a folder in its place",
        reason: Reason::NotAFile,
        act: |root| {
            fs::remove_file(component_file(root, TWO)).unwrap();
            fs::create_dir(component_file(root, TWO)).unwrap();
        },
    },
    Case {
        name: "a component of 1 TB, most of it a hole",
        reason: Reason::TooLarge,
        act: |root| {
            let file = fs::File::create(component_file(root, TWO)).unwrap();
            file.set_len(1 << 40).unwrap();
        },
    },
    Case {
        name: "a state of 1 TB",
        reason: Reason::TooLarge,
        act: |root| {
            fs::File::create(folder(root).join("state.json"))
                .unwrap()
                .set_len(1 << 40)
                .unwrap();
        },
    },
    Case {
        name: "no signature",
        reason: Reason::SignatureMissing,
        act: |root| fs::remove_file(envelope_file(root, TWO)).unwrap(),
    },
    Case {
        name: "an empty signature",
        reason: Reason::SignatureMalformed,
        act: |root| fs::write(envelope_file(root, TWO), "").unwrap(),
    },
    Case {
        name: "half of the signature's file",
        reason: Reason::SignatureMalformed,
        act: |root| {
            let bytes = fs::read(envelope_file(root, TWO)).unwrap();
            fs::write(envelope_file(root, TWO), &bytes[..bytes.len() / 2]).unwrap();
        },
    },
    Case {
        name: "a large signature",
        reason: Reason::TooLarge,
        act: |root| fs::write(envelope_file(root, TWO), vec![b' '; 70_000]).unwrap(),
    },
    Case {
        name: "an envelope without signatures",
        reason: Reason::SignatureMalformed,
        act: |root| {
            change(&envelope_file(root, TWO), |text| {
                let begin = text.find("\"signatures\": [").unwrap();
                format!("{}\"signatures\": []}}", &text[..begin])
            });
        },
    },
    Case {
        name: "a letter of the signature",
        reason: Reason::SignatureInvalid,
        act: |root| {
            change(&envelope_file(root, TWO), |text| {
                let at = text.find("\"sig\": \"").unwrap() + 8;
                let other = if text.as_bytes()[at] == b'A' {
                    "B"
                } else {
                    "A"
                };
                format!("{}{other}{}", &text[..at], &text[at + 1..])
            });
        },
    },
    Case {
        name: "a letter of the payload",
        reason: Reason::SignatureInvalid,
        act: |root| {
            change(&envelope_file(root, TWO), |text| {
                let at = text.find("\"payload\": \"").unwrap() + 30;
                let other = if text.as_bytes()[at] == b'A' {
                    "B"
                } else {
                    "A"
                };
                format!("{}{other}{}", &text[..at], &text[at + 1..])
            });
        },
    },
    Case {
        name: "the payload's type",
        reason: Reason::SignatureMalformed,
        act: |root| {
            change(&envelope_file(root, TWO), |text| {
                text.replace("vnd.tenon.version", "vnd.tenon.rollback")
            });
        },
    },
    Case {
        name: "another key's name",
        reason: Reason::KeyUnknown,
        act: |root| {
            let id = key_id(&key(1).verifying_key());
            change(&envelope_file(root, TWO), |text| {
                text.replace(&id, &"0".repeat(64))
            });
        },
    },
    Case {
        name: "signed by a stranger",
        reason: Reason::KeyUnknown,
        act: |root| resign(root, 9, |_| {}),
    },
    Case {
        name: "a stranger with the name of the trusted key",
        reason: Reason::SignatureInvalid,
        act: |root| {
            resign(root, 9, |_| {});
            let names = [9, 1].map(|seed| key_id(&key(seed).verifying_key()));
            change(&envelope_file(root, TWO), |text| {
                text.replace(&names[0], &names[1])
            });
        },
    },
    Case {
        name: "the signature of the other version",
        reason: Reason::SignatureOfAnother,
        act: |root| {
            fs::copy(envelope_file(root, ONE), envelope_file(root, TWO)).unwrap();
        },
    },
    Case {
        name: "signed for another contract",
        reason: Reason::ContractMismatch,
        act: |root| {
            resign(root, 1, |said| said.contract = "tenon:other@1.0.0".into());
        },
    },
    Case {
        name: "signed under another label",
        reason: Reason::LabelMismatch,
        act: |root| resign(root, 1, |said| said.label = "1.0.0".into()),
    },
    Case {
        name: "a label that moved",
        reason: Reason::LabelMismatch,
        act: |root| {
            labels(root, |text| text.replace(&digest(TWO), &digest(ONE)));
        },
    },
    Case {
        name: "no labels",
        reason: Reason::LabelMismatch,
        act: |root| fs::remove_file(folder(root).join("labels.json")).unwrap(),
    },
    Case {
        name: "over since a second",
        reason: Reason::SignatureExpired,
        act: |root| {
            resign(root, 1, |said| {
                said.not_after = Some(now() - Duration::from_secs(1))
            });
        },
    },
    Case {
        name: "not begun",
        reason: Reason::SignatureNotYetValid,
        act: |root| {
            resign(root, 1, |said| {
                said.not_before = Some(now() + Duration::from_secs(1))
            });
        },
    },
    Case {
        name: "a statement of a newer format",
        reason: Reason::FormatNewer,
        act: |root| {
            signed_payload(root, r#"{"format":2,"digest":"","more":[]}"#);
        },
    },
    Case {
        name: "a statement with one key more",
        reason: Reason::SignatureMalformed,
        act: |root| {
            signed_payload(
                root,
                r#"{"format":1,"digest":"","kernel":"","contract":"","counter":1,"more":[]}"#,
            );
        },
    },
    Case {
        name: "a lower counter",
        reason: Reason::CounterBelowFloor,
        act: |root| resign(root, 1, |said| said.counter = 4),
    },
    Case {
        name: "the version before, by hand",
        reason: Reason::CounterBelowFloor,
        act: |root| descend(root, None, 1),
    },
    Case {
        name: "the version before, and a lower floor",
        reason: Reason::CounterBelowFloor,
        act: |root| {
            let text = format!(
                r#"{{"format":1,"revision":3,"active":"{}","floor":4}}"#,
                digest(ONE)
            );
            fs::write(folder(root).join("state.json"), text).unwrap();
        },
    },
    Case {
        name: "another version with the same counter",
        reason: Reason::CounterBelowFloor,
        act: |root| {
            let envelope = sign(&statement(ONE, "1.0.0", 5), &key(1), None).unwrap();
            fs::write(envelope_file(root, ONE), envelope).unwrap();
            descend(root, None, 1);
        },
    },
    Case {
        name: "a stranger's ticket",
        reason: Reason::TicketInvalid,
        act: |root| descend(root, Some(&good_ticket()), 9),
    },
    Case {
        name: "a ticket of another version",
        reason: Reason::TicketInvalid,
        act: |root| {
            descend(
                root,
                Some(&Ticket {
                    digest: digest(TWO),
                    ..good_ticket()
                }),
                1,
            );
        },
    },
    Case {
        name: "a ticket of another contract",
        reason: Reason::TicketInvalid,
        act: |root| {
            descend(
                root,
                Some(&Ticket {
                    contract: "tenon:other".into(),
                    ..good_ticket()
                }),
                1,
            );
        },
    },
    Case {
        name: "an old ticket",
        reason: Reason::TicketInvalid,
        act: |root| {
            descend(
                root,
                Some(&Ticket {
                    floor: 4,
                    ..good_ticket()
                }),
                1,
            )
        },
    },
    Case {
        name: "a ticket that is over",
        reason: Reason::TicketInvalid,
        act: |root| {
            let over = Some(now() - Duration::from_secs(1));
            descend(
                root,
                Some(&Ticket {
                    not_after: over,
                    ..good_ticket()
                }),
                1,
            );
        },
    },
    Case {
        name: "a ticket that is no envelope",
        reason: Reason::TicketInvalid,
        act: |root| {
            let text = format!(
                r#"{{"format":1,"revision":3,"active":"{}","floor":5,"ticket":{{}}}}"#,
                digest(ONE)
            );
            fs::write(folder(root).join("state.json"), text).unwrap();
        },
    },
    Case {
        name: "a ticket that is a version's envelope",
        reason: Reason::TicketInvalid,
        act: |root| {
            let envelope = fs::read_to_string(envelope_file(root, ONE)).unwrap();
            let text = format!(
                r#"{{"format":1,"revision":3,"active":"{}","floor":5,"ticket":{envelope}}}"#,
                digest(ONE)
            );
            fs::write(folder(root).join("state.json"), text).unwrap();
        },
    },
    Case {
        name: "a digest that is a path",
        reason: Reason::StateMalformed,
        act: |root| {
            state(root, |text| {
                text.replace(&digest(TWO), "../../../../etc/passwd")
            });
        },
    },
    Case {
        name: "half of the state",
        reason: Reason::StateMalformed,
        act: |root| state(root, |text| text[..text.len() / 2].to_owned()),
    },
    Case {
        name: "an empty state",
        reason: Reason::StateMalformed,
        act: |root| fs::write(folder(root).join("state.json"), "").unwrap(),
    },
    Case {
        name: "revision 0",
        reason: Reason::StateMalformed,
        act: |root| {
            state(root, |text| {
                text.replace("\"revision\": 2", "\"revision\": 0")
            })
        },
    },
    Case {
        name: "the active version twice",
        reason: Reason::StateMalformed,
        act: |root| {
            state(root, |text| {
                text.replacen('{', &format!(r#"{{"active":"{}","#, digest(ONE)), 1)
            });
        },
    },
    Case {
        name: "a key that nobody knows",
        reason: Reason::StateMalformed,
        act: |root| state(root, |text| text.replacen('{', r#"{"weight":1,"#, 1)),
    },
    Case {
        name: "a newer state",
        reason: Reason::FormatNewer,
        act: |root| {
            fs::write(
                folder(root).join("state.json"),
                r#"{"format":2,"rollouts":[]}"#,
            )
            .unwrap()
        },
    },
    Case {
        name: "an unknown version",
        reason: Reason::VersionMissing,
        act: |root| state(root, |text| text.replace(&digest(TWO), &"0".repeat(64))),
    },
    Case {
        name: "a bit of the labels",
        reason: Reason::LabelsMalformed,
        act: |root| flip(&folder(root).join("labels.json"), 0),
    },
    Case {
        name: "a label that is a path",
        reason: Reason::LabelsMalformed,
        act: |root| labels(root, |text| text.replace("1.0.0", "../1.0.0")),
    },
    Case {
        name: "a label twice",
        reason: Reason::LabelsMalformed,
        act: |root| labels(root, |text| text.replace("1.0.0", "1.1.0")),
    },
    Case {
        name: "a newer labels.json",
        reason: Reason::FormatNewer,
        act: |root| fs::write(folder(root).join("labels.json"), r#"{"format":9}"#).unwrap(),
    },
    Case {
        name: "damaged golden cases",
        reason: Reason::GoldenMalformed,
        act: |root| fs::write(folder(root).join("golden.json"), "[").unwrap(),
    },
    Case {
        name: "golden cases of another contract",
        reason: Reason::GoldenMalformed,
        act: |root| {
            change(&folder(root).join("golden.json"), |text| {
                text.replace("tenon:redact", "tenon:other")
            });
        },
    },
    #[cfg(unix)]
    Case {
        name: "a pipe that nobody writes to",
        reason: Reason::NotAFile,
        act: |root| {
            fs::remove_file(folder(root).join("state.json")).unwrap();
            pipe(&folder(root).join("state.json"));
        },
    },
    #[cfg(unix)]
    Case {
        name: "a loop of links",
        reason: Reason::NotAFile,
        act: |root| {
            let path = component_file(root, TWO);
            fs::remove_file(&path).unwrap();
            std::os::unix::fs::symlink(&path, &path).unwrap();
        },
    },
    #[cfg(unix)]
    Case {
        name: "a link to another component",
        reason: Reason::DigestMismatch,
        act: |root| {
            let path = component_file(root, TWO);
            fs::remove_file(&path).unwrap();
            std::os::unix::fs::symlink(component_file(root, ONE), &path).unwrap();
        },
    },
    #[cfg(unix)]
    Case {
        name: "a link to a device",
        reason: Reason::NotAFile,
        act: |root| {
            fs::remove_file(envelope_file(root, TWO)).unwrap();
            std::os::unix::fs::symlink("/dev/zero", envelope_file(root, TWO)).unwrap();
        },
    },
];

/// Puts a payload that nothing else would sign under the trusted key.
fn signed_payload(root: &Path, payload: &str) {
    use base64::prelude::{BASE64_STANDARD, Engine};
    use ed25519_dalek::Signer;
    let kind = "application/vnd.tenon.version.v1+json";
    let message = format!("DSSEv1 {} {kind} {} {payload}", kind.len(), payload.len());
    let sig = BASE64_STANDARD.encode(key(1).sign(message.as_bytes()).to_bytes());
    let payload = BASE64_STANDARD.encode(payload);
    let text = format!(
        r#"{{"payloadType":"{kind}","payload":"{payload}","signatures":[{{"sig":"{sig}"}}]}}"#
    );
    fs::write(envelope_file(root, TWO), text).unwrap();
}

#[cfg(unix)]
fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[test]
fn each_is_refused_for_its_reason() {
    assert!(CASES.len() >= 25);
    for case in CASES {
        let root = tempfile::tempdir().unwrap();
        let registry = released(root.path());
        let release = registry
            .fetch(CONTRACT, &trust(), &Served::default())
            .unwrap();
        let served = Served::default().after(&release);
        assert_eq!(release.component, TWO);

        (case.act)(root.path());
        let error = registry
            .fetch(CONTRACT, &trust(), &served)
            .expect_err(case.name);
        assert_eq!(error.reason(), case.reason, "{}: {error}", case.name);
        assert_eq!(
            (error.op(), error.contract()),
            ("fetch", CONTRACT),
            "{}",
            case.name
        );
        assert!(!error.message().is_empty(), "{}", case.name);

        // A look at everything finds it, too, but for what only a host's memory knows.
        let findings = registry.verify(CONTRACT, Some(&trust())).unwrap();
        let in_memory = case.reason == Reason::CounterBelowFloor && findings.is_empty();
        let found = findings.iter().any(|finding| finding.reason == case.reason);
        assert!(found || in_memory, "{}: {findings:?}", case.name);
    }
}

/// The bytes that were checked are the ones that are given, whatever happens to the file while it is looked at.
#[test]
#[cfg(unix)]
fn a_link_that_changes_all_the_time_gives_the_right_bytes_or_an_error() {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    let root = tempfile::tempdir().unwrap();
    let registry = released(root.path());
    let path = component_file(root.path(), TWO);
    let [good, bad, link] = ["good", "bad", "link"].map(|name| root.path().join(name));
    fs::rename(&path, &good).unwrap();
    fs::write(&bad, "something else").unwrap();
    std::os::unix::fs::symlink(&good, &path).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for target in [&bad, &good].iter().cycle() {
                std::os::unix::fs::symlink(target, &link).unwrap();
                fs::rename(&link, &path).unwrap();
                if done.load(Relaxed) {
                    return;
                }
            }
        });
        let mut seen = [0, 0];
        while seen[0] < 50 || seen[1] < 50 {
            match registry.fetch(CONTRACT, &trust(), &Served::default()) {
                Ok(release) => {
                    assert_eq!(release.component, TWO);
                    seen[0] += 1;
                }
                Err(error) => {
                    assert_eq!(error.reason(), Reason::DigestMismatch, "{error}");
                    seen[1] += 1;
                }
            }
        }
        done.store(true, Relaxed);
    });
}

/// A version that was activated by a ticket runs; a new release ends the ticket.
#[test]
fn a_ticket_allows_the_way_back_until_the_next_release() {
    let root = tempfile::tempdir().unwrap();
    let registry = released(root.path());
    let back = registry
        .rollback(CONTRACT, &Activation::default())
        .unwrap_err();
    assert_eq!(back.reason(), Reason::CounterBelowFloor);
    let how = Activation {
        trust: Some(trust()),
        ticket: Some(ticket()),
        dry_run: false,
    };
    let change = registry.rollback(CONTRACT, &how).unwrap();
    assert!(change.changed() && change.state.ticket.is_some());
    assert!(!registry.rollback(CONTRACT, &how).unwrap().changed());
    let served = Served {
        counter: 5,
        digest: digest(TWO),
    };
    let release = registry.fetch(CONTRACT, &trust(), &served).unwrap();
    assert_eq!((release.component.as_slice(), release.counter), (ONE, 4));

    let three = b"the third component";
    let with = Publication {
        label: "1.2.0".into(),
        envelope: Some(sign(&statement(three, "1.2.0", 6), &key(1), None).unwrap()),
        ..Publication::default()
    };
    registry.publish(CONTRACT, three, &with).unwrap();
    let change = registry
        .activate(CONTRACT, "1.2.0", &Activation::default())
        .unwrap();
    assert_eq!((change.state.ticket, change.state.floor), (None, 6));
    // The old ticket was for the floor of its time.
    let error = registry.rollback(CONTRACT, &how).unwrap_err();
    assert_eq!(error.reason(), Reason::TicketInvalid, "{error}");
}

/// The clock decides on validity, and on nothing else.
#[test]
fn a_clock_that_jumps_loses_nothing() {
    use std::sync::{Arc, Mutex};
    let root = tempfile::tempdir().unwrap();
    let time = Arc::new(Mutex::new(SystemTime::now()));
    let clock = time.clone();
    let options = Options {
        clock: Clock::new(move || *clock.lock().unwrap()),
        ..Options::default()
    };
    let registry = Registry::open_with(root.path(), options).unwrap();
    for (component, jump) in [
        (ONE, 0_i64),
        (TWO, -40 * 365 * 24 * 3600),
        (b"three".as_slice(), 24 * 3600),
    ] {
        let seconds = Duration::from_secs(jump.unsigned_abs());
        let mut time = time.lock().unwrap();
        *time = if jump < 0 {
            *time - seconds
        } else {
            *time + seconds
        };
        drop(time);
        registry
            .publish(CONTRACT, component, &Publication::default())
            .unwrap();
        registry
            .activate(CONTRACT, &digest(component), &Activation::default())
            .unwrap();
    }
    // In the past, everything is young.
    assert!(
        registry
            .collect(CONTRACT, &Collection::default())
            .unwrap()
            .is_empty()
    );
    let revisions: Vec<_> = registry
        .trail(CONTRACT, 100)
        .unwrap()
        .into_iter()
        .map(|entry| entry.revision)
        .collect();
    assert_eq!(revisions, [0, 1, 0, 2, 0, 3]);
    *time.lock().unwrap() = SystemTime::now() + Duration::from_secs(7200);
    let removed = registry.collect(CONTRACT, &Collection::default()).unwrap();
    assert_eq!(removed.len(), 1, "{removed:?}");
    assert_eq!(removed[0].digest, digest(ONE));
    assert_eq!(registry.state(CONTRACT).unwrap().revision, 3);
}
