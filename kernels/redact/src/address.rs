//! The pass for what looks like an address or a number: IPv6, IPv4, host names, cards.
//!
//! The leftmost candidate is examined, and the search goes on after it.

use crate::Kind;
use crate::candidate::{Candidate, Candidates, token_around};
use crate::card::claim_cards;
use crate::claims::Claims;
use crate::host::{Suffixes, claim_token};
use memchr::memrchr;
use std::net::Ipv6Addr;
use std::ops::Range;

/// The longest text of an IPv6 address: six groups and an IPv4 address.
const IPV6_SIZE: usize = 45;

pub(crate) struct Rules {
    suffixes: Suffixes,
}

impl Rules {
    pub(crate) fn new() -> Self {
        Self {
            suffixes: Suffixes::new(),
        }
    }

    /// Claims addresses, host names and card numbers.
    pub(crate) fn find(&self, claims: &mut Claims<'_>) {
        let text = claims.text();
        claims.search(0..text.len(), |claims, gap| {
            let mut candidates = Candidates::new(text, gap.end);
            let mut at = gap.start;
            while let Some(candidate) = candidates.next(at) {
                at = match candidate {
                    Candidate::Colons(run) => claim_ipv6(claims, run),
                    Candidate::Token(token) => {
                        let end = token.end;
                        claim_token(claims, token, &self.suffixes);
                        end
                    }
                    Candidate::Digits(run) => claim_number(claims, run, at..gap.end),
                };
            }
        });
        claims.settle();
    }
}

/// Claims the card numbers in a run of digit groups; returns where the search goes on: behind the last
/// space, where an address may begin, or at the end of the token, but not inside a card number.
fn claim_number(claims: &mut Claims<'_>, run: Range<usize>, bounds: Range<usize>) -> usize {
    let text = claims.text();
    let whole = (!glued_before(text, run.start), !glued_after(text, run.end));
    let token = token_around(text, run.start, bounds);
    let space = memrchr(b' ', &text[run.clone()]).map(|space| run.start + space + 1);
    let claimed = claim_cards(claims, run, whole);
    space.unwrap_or(token.end).max(claimed)
}

/// Claims the run if it is an IPv6 address; returns where the search goes on.
fn claim_ipv6(claims: &mut Claims<'_>, run: Range<usize>) -> usize {
    let text = claims.text();
    if let Some(address) = ipv6_in(text, run.clone()) {
        claims.push(Kind::Ipv6, address);
        return run.end;
    }
    // What follows the last colon may begin a token: `22:10.0.0.1`. In a run longer than an address
    // there may be many such places, and looking at each would cost the square of its length.
    let bytes = &text[run.clone()];
    let head = match memchr::memchr(b'.', bytes) {
        Some(dot) if bytes.len() <= IPV6_SIZE => dot,
        _ => bytes.len(),
    };
    memrchr(b':', &bytes[..head]).map_or(run.end, |colon| run.start + colon + 1)
}

fn ipv6_in(text: &[u8], run: Range<usize>) -> Option<Range<usize>> {
    let Range { mut start, mut end } = run;
    if end - start > IPV6_SIZE || glued_after(text, end) {
        return None;
    }
    if glued_before(text, start) {
        // The end of a word and its colon, as in `node:2001:db8::1`; but `std::fs` is a path.
        start += memchr::memchr(b':', &text[start..end])?;
        if text[start..end].starts_with(b"::") {
            return None;
        }
    }
    if text[start..end].starts_with(b":") && !text[start..end].starts_with(b"::") {
        start += 1;
    }
    while end > start {
        match text[start..end] {
            [.., b'.'] => end -= 1,
            [.., b':', b':'] => break,
            [.., b':'] => end -= 1,
            _ => break,
        }
    }
    let address = str::from_utf8(&text[start..end]).ok()?;
    // The unspecified address identifies nobody, and `::` stands in many texts that mean no address.
    (address != "::" && address.parse::<Ipv6Addr>().is_ok()).then_some(start..end)
}

/// Whether what ends here is part of a word or of a number with a point.
fn glued_before(text: &[u8], at: usize) -> bool {
    match text[..at] {
        [.., before, b'.'] => is_word(before),
        [.., before] => is_word(before),
        [] => false,
    }
}

/// Whether what starts here is part of a word or of a number with a point.
fn glued_after(text: &[u8], at: usize) -> bool {
    match text[at..] {
        [b'.', after, ..] => is_word(after),
        [after, ..] => is_word(after),
        [] => false,
    }
}

/// Letters of other alphabets count as parts of words.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}
