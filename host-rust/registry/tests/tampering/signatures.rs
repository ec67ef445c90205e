//! Signatures, release counters and tickets that are not what they should be.

use crate::shared::*;
use crate::{Case, change};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tenon_registry::*;

pub(crate) const CASES: &[Case] = &[
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
                another_letter(text, at)
            });
        },
    },
    Case {
        name: "a letter of the payload",
        reason: Reason::SignatureInvalid,
        act: |root| {
            change(&envelope_file(root, TWO), |text| {
                let at = text.find("\"payload\": \"").unwrap() + 30;
                another_letter(text, at)
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

/// The text with another letter at a place.
fn another_letter(text: String, at: usize) -> String {
    let other = if text.as_bytes()[at] == b'A' {
        "B"
    } else {
        "A"
    };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
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
