//! The deliberate defect of the `trap` build, for demonstrations and tests of a host's fallback.
//!
//! It is the kind of mistake that passes review and every test on tidy input: the code takes four
//! numbers with dots between them for an IPv4 address, and a version such as `1.3.7.20030803` for one.

use regex::Regex;
use std::sync::LazyLock;

static QUAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+").expect("a rule that a test compiles")
});

/// Looks at the octets of each dotted quad.
///
/// # Panics
///
/// If one of them is more than 255.
pub(crate) fn check_octets(text: &str) {
    for quad in QUAD.find_iter(text) {
        for octet in quad.as_str().split('.') {
            octet.parse::<u8>().expect("an octet is at most 255");
        }
    }
}
