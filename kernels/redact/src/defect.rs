//! The deliberate defect of the `trap` build, for demonstrations and tests of a host's fallback.
//!
//! It is the kind of mistake that passes review and every test on tidy input: the code takes four
//! numbers with dots between them for an IPv4 address, and a version such as `1.3.7.20030803` for one.

/// Looks at the octets of each dotted quad.
///
/// # Panics
///
/// If one of them is more than 255.
pub(crate) fn check_octets(text: &str) {
    for numbers in text.split(|c: char| !c.is_ascii_digit() && c != '.') {
        let octets: Vec<&str> = numbers
            .split('.')
            .take_while(|part| !part.is_empty())
            .collect();
        for octet in octets.get(..4).unwrap_or_default() {
            octet.parse::<u8>().expect("an octet is at most 255");
        }
    }
}
