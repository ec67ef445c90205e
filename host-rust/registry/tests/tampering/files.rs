//! Damage to components, states, labels and golden cases.

use crate::shared::*;
use crate::{Case, change};
use std::fs;
use std::path::Path;
use tenon_registry::*;

pub(crate) const CASES: &[Case] = &[
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
];

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

#[cfg(unix)]
fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}
