//! The names that become paths: contracts, digests, labels.

use crate::limits;
use crate::{Error, Reason, Result};
use sha2::{Digest, Sha256};

/// The word for "no version: the baseline serves" where a label or digest is asked for.
pub const BASELINE: &str = "baseline";

/// The digest that names a component: SHA-256 in 64 lower-case hexadecimal digits.
///
/// ```
/// assert!(tenon_registry::digest(b"").starts_with("e3b0c442"));
/// ```
pub fn digest(component: &[u8]) -> String {
    hex(&Sha256::digest(component))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(crate) fn is_digest(name: &str) -> bool {
    name.len() == 64 && is_hex(name)
}

pub(crate) fn is_hex(name: &str) -> bool {
    name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

pub(crate) fn is_label(name: &str) -> bool {
    name.len() <= limits::NAME && semver::Version::parse(name).is_ok()
}

/// The namespace and the name of a contract such as `tenon:redact`.
pub(crate) fn contract(name: &str) -> Result<(&str, &str)> {
    let parts = name.split_once(':').filter(|(namespace, package)| {
        name.len() <= limits::NAME && is_word(namespace) && is_word(package)
    });
    parts.ok_or_else(|| {
        malformed("contract", name)
            .help("write a package without its version, such as tenon:redact")
    })
}

/// Words of lower-case letters and digits joined by hyphens; the first begins with a letter.
pub(crate) fn is_word(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

pub(crate) fn check_digest(name: &str) -> Result<()> {
    if is_digest(name) {
        return Ok(());
    }
    Err(malformed("digest", name).help("write 64 lower-case hexadecimal digits"))
}

pub(crate) fn check_label(name: &str) -> Result<()> {
    if is_label(name) {
        return Ok(());
    }
    Err(malformed("label", name).help("write a semantic version such as 1.2.0"))
}

fn malformed(what: &str, name: &str) -> Error {
    let shown: String = name.chars().take(80).collect();
    Error::new(Reason::NameMalformed, format!("{shown:?} is no {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_never_become_paths() {
        for name in [
            "",
            "redact",
            "../x:y",
            "tenon:..",
            "tenon:re/dact",
            "tenon:re\\dact",
            "Tenon:redact",
            "tenon:redact\0",
            "tenon:redact:more",
            "tenon:",
            ":redact",
            "tenon:-a",
            "tenon:a-",
            "tenon:a--b",
            "tenon:1a",
            "tenon:redact@1.0.0",
            "tenon:é",
        ] {
            let error = contract(name).expect_err(name);
            assert_eq!(error.reason(), Reason::NameMalformed, "{name}");
        }
        assert!(contract(&format!("tenon:{}", "a".repeat(200))).is_err());
        assert_eq!(
            contract("tenon:edit-distance2").unwrap(),
            ("tenon", "edit-distance2")
        );
        for label in [
            "", "1", "1.0", "01.0.0", "../1.0.0", "1.0.0/x", "v1.0.0", "1.0.0 ",
        ] {
            assert!(!is_label(label), "{label}");
        }
        for label in ["1.0.0", "1.0.0-rc.1+build.7", "0.0.1"] {
            assert!(is_label(label), "{label}");
        }
        for name in [
            String::new(),
            "A".repeat(64),
            "0".repeat(63),
            "../../x".into(),
        ] {
            assert!(!is_digest(&name), "{name}");
        }
    }
}
