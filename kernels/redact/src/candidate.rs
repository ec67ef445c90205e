//! Candidates: where an address, a host name or a card number may stand.
//!
//! They are the matches of [`PATTERN`], leftmost first, found without an automaton: whatever
//! matches has a dot or a colon in it, or is a long run of digits, and text has few of either.

use crate::host::is_token;
use memchr::memchr2;
use std::ops::Range;

/// What a candidate is, as a regular expression: the oracle of this module's tests.
#[cfg(test)]
const PATTERN: &str = concat!(
    "(?-u)",
    // Two colons with nothing but hexadecimal digits between, and the run that they start.
    "(?:[0-9A-Fa-f]{0,4}:){2}[0-9A-Fa-f:.]*",
    // The front of a token that may be a host name.
    r"|(?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]",
    // A dotted quad, perhaps amid a token.
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}",
    // Thirteen digits or more, in groups.
    "|[0-9](?:[ -]?[0-9]){12,}",
);

/// The fewest digits of a card's number.
const CARD_DIGITS: usize = 13;

/// A place to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Candidate {
    /// What may be an IPv6 address: hexadecimal digits, colons and dots.
    Colons(Range<usize>),
    /// A token that may be a host name, or hold IPv4 addresses.
    Token(Range<usize>),
    /// Digits in groups that may be a card's number.
    Digits(Range<usize>),
}

/// A candidate with a dot or a colon in it.
struct Found {
    candidate: Candidate,
    /// Where the candidate starts.
    from: usize,
    /// Where the expression's match starts: in a token later than the token, perhaps.
    matched: usize,
}

/// The candidates of a text up to a place, asked for one after the other.
pub(crate) struct Candidates<'t> {
    text: &'t [u8],
    dotted: Dotted,
}

/// What is known of the first candidate with a dot or a colon in it. A text of digits alone would
/// otherwise be searched to its end for every one of its numbers.
enum Dotted {
    Unknown,
    Found(Found),
    None,
}

impl<'t> Candidates<'t> {
    /// The candidates that end at `end` or earlier.
    pub(crate) fn new(text: &'t [u8], end: usize) -> Self {
        Self {
            text: &text[..end],
            dotted: Dotted::Unknown,
        }
    }

    /// The first candidate that starts at `at` or later. `at` never goes back.
    pub(crate) fn next(&mut self, at: usize) -> Option<Candidate> {
        // What stands before `at` belongs to no candidate, so one that reaches there is void.
        let stale = match &self.dotted {
            Dotted::Unknown => true,
            Dotted::Found(found) => found.from < at,
            Dotted::None => false,
        };
        if stale {
            self.dotted = next_dotted(self.text, at).map_or(Dotted::None, Dotted::Found);
        }
        // Digits win only if they start earlier.
        let (limit, dotted) = match &self.dotted {
            Dotted::Found(found) => (found.matched, Some(&found.candidate)),
            _ => (self.text.len(), None),
        };
        next_digits(self.text, at, limit)
            .map(Candidate::Digits)
            .or_else(|| dotted.cloned())
    }
}

/// The first candidate with a dot or a colon in it that starts at `at` or later.
fn next_dotted(text: &[u8], at: usize) -> Option<Found> {
    let mut from = at;
    loop {
        let sign = from + memchr2(b'.', b':', &text[from..])?;
        if text[sign] == b':' {
            if let Some(run) = colons(text, at, sign) {
                return Some(Found {
                    from: run.start,
                    matched: run.start,
                    candidate: Candidate::Colons(run),
                });
            }
            from = sign + 1;
        } else {
            let token = token_around(text, sign, at..text.len());
            if let Some(start) = match_in(&text[token.clone()]) {
                return Some(Found {
                    from: token.start,
                    matched: token.start + start,
                    candidate: Candidate::Token(token),
                });
            }
            from = token.end;
        }
    }
}

/// The run of hexadecimal digits, colons and dots around the colon at `first`, if a second colon
/// follows it closely.
fn colons(text: &[u8], at: usize, first: usize) -> Option<Range<usize>> {
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .take(4)
            .take_while(|b| b.is_ascii_hexdigit())
            .count()
    };
    let second = first + 1 + hex(&text[first + 1..]);
    if text.get(second) != Some(&b':') {
        return None;
    }
    let before = text[at..first]
        .iter()
        .rev()
        .take(4)
        .take_while(|b| b.is_ascii_hexdigit())
        .count();
    let rest = text[second..]
        .iter()
        .take_while(|&&b| b.is_ascii_hexdigit() || b == b':' || b == b'.');
    Some(first - before..second + rest.count())
}

/// Where in a token the front of a host name or a dotted quad starts.
fn match_in(token: &[u8]) -> Option<usize> {
    let quad = quad_in(token);
    let name = name_in(token);
    match (name, quad) {
        (Some(name), Some(quad)) => Some(name.min(quad)),
        (name, quad) => name.or(quad),
    }
}

/// Where the first labels with a dot after each start that lead to a label which may end a host
/// name: a letter first, a letter or digit last.
fn name_in(token: &[u8]) -> Option<usize> {
    let mut chain = None; // the start of the labels, all with something in them, up to here
    let mut start = 0;
    for label in token.split(|&b| b == b'.') {
        if chain.is_some() && may_end_name(label) {
            return chain;
        }
        chain = if label.is_empty() {
            None
        } else {
            chain.or(Some(start))
        };
        start += label.len() + 1;
    }
    None
}

fn may_end_name(label: &[u8]) -> bool {
    let [first, rest @ ..] = label else {
        return false;
    };
    let dashes = rest.iter().take_while(|&&b| b == b'-').count();
    first.is_ascii_alphabetic() && rest.get(dashes).is_some_and(u8::is_ascii_alphanumeric)
}

/// Where the first four groups of one to three digits with dots between them start.
fn quad_in(token: &[u8]) -> Option<usize> {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let mut from = 0;
    while let Some(dot) = memchr::memchr(b'.', &token[from..]) {
        let dot = from + dot;
        let before = token[..dot]
            .iter()
            .rev()
            .take(3)
            .take_while(|b| b.is_ascii_digit())
            .count();
        let (second, third) = (digits(&token[dot + 1..]), dot + 1);
        if before > 0 && (1..=3).contains(&second) && token.get(third + second) == Some(&b'.') {
            let third = third + second + 1;
            let groups = digits(&token[third..]);
            if (1..=3).contains(&groups)
                && token.get(third + groups) == Some(&b'.')
                && token
                    .get(third + groups + 1)
                    .is_some_and(u8::is_ascii_digit)
            {
                return Some(dot - before);
            }
        }
        from = dot + 1;
    }
    None
}

/// The first run of thirteen digits or more, a space or dash between two of them at the most, that
/// starts at `at` or later and before `limit`.
fn next_digits(text: &[u8], at: usize, limit: usize) -> Option<Range<usize>> {
    // Of two neighbours in such a run one is a digit, and one of its first twelve bytes is looked
    // at here together with its neighbour.
    let mut probe = at;
    while probe < limit + CARD_DIGITS - 1 && probe < text.len() {
        let pair = &text[probe..text.len().min(probe + 2)];
        if pair.iter().any(u8::is_ascii_digit) {
            let run = digits_around(text, at, probe);
            if run.start >= limit {
                return None;
            }
            if text[run.clone()]
                .iter()
                .filter(|b| b.is_ascii_digit())
                .count()
                >= CARD_DIGITS
            {
                return Some(run);
            }
            probe = probe.max(run.end);
        }
        probe += CARD_DIGITS - 1;
    }
    None
}

/// The longest run of digits in groups around `probe` or its right neighbour.
fn digits_around(text: &[u8], at: usize, probe: usize) -> Range<usize> {
    let digit = |i: usize| text.get(i).is_some_and(u8::is_ascii_digit);
    let gap = |i: usize| text.get(i).is_some_and(|b| matches!(b, b' ' | b'-'));
    let mut start = if digit(probe) { probe } else { probe + 1 };
    let mut end = start + 1;
    loop {
        if start > at && digit(start - 1) {
            start -= 1;
        } else if start > at + 1 && gap(start - 1) && digit(start - 2) {
            start -= 2;
        } else {
            break;
        }
    }
    loop {
        if digit(end) {
            end += 1;
        } else if gap(end) && digit(end + 1) {
            end += 2;
        } else {
            break;
        }
    }
    start..end
}

/// The token around the byte at `at`, which may itself be none of its bytes.
pub(crate) fn token_around(text: &[u8], at: usize, bounds: Range<usize>) -> Range<usize> {
    let before = text[bounds.start..at]
        .iter()
        .rev()
        .take_while(|&&b| is_token(b));
    let after = text[at..bounds.end].iter().take_while(|&&b| is_token(b));
    at - before.count()..at + after.count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::bytes::Regex;
    use std::sync::LazyLock;

    static ORACLE: LazyLock<Regex> = LazyLock::new(|| Regex::new(PATTERN).expect("it compiles"));

    /// The first candidate by the regular expression.
    fn expected(text: &[u8], at: usize, end: usize) -> Option<Candidate> {
        let found = ORACLE.find(&text[at..end])?;
        let run = at + found.start()..at + found.end();
        let bytes = found.as_bytes();
        Some(if bytes.contains(&b':') {
            Candidate::Colons(run)
        } else if bytes.contains(&b'.') {
            Candidate::Token(token_around(text, run.start, at..end))
        } else {
            Candidate::Digits(run)
        })
    }

    fn check(text: &[u8]) {
        let mut candidates = Candidates::new(text, text.len());
        for at in 0..=text.len() {
            let shown = String::from_utf8_lossy(text);
            assert_eq!(
                candidates.next(at),
                expected(text, at, text.len()),
                "{shown:?} from {at}"
            );
        }
    }

    #[test]
    fn written_cases_agree_with_the_expression() {
        for text in [
            "",
            ".",
            ":",
            "::",
            ":::",
            "a.b",
            "a.bc",
            "a.b-",
            "a.b-c",
            "a..bc",
            ".a.bc",
            "a._b.cd",
            "a.bc_d",
            "1.2.3.4",
            "v1.2.3.4567",
            "1234.2.3.4",
            "1.2.3.4.5.6",
            "1.2.3",
            "1.2.3.4.example.com",
            "ab:cd:ef.com",
            "abcdef::1",
            "x::1",
            "a.b::1",
            "1.2.ab::1",
            "10:20:30",
            "22:10.0.0.1",
            "fe80::1%eth0",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111.example.com",
            "4111 1111 1111 1111.example.com",
            "4111  1111 1111 1111",
            "1234567890123.example.com",
            "0123456789012:0:1",
            "x 1 2 3 4 5 6 7 8 9 0 1 2 3 y",
            "00000000000000000000000000000",
            "- 1-2-3-4-5-6-7-8-9-0-1-2-3 -",
            "1.2.3.4 4111111111111111",
        ] {
            check(text.as_bytes());
        }
    }

    #[test]
    fn many_numbers_without_a_dot_take_linear_time() {
        // Half a million numbers: the square of that would not end.
        let text = "4111111111111111, ".repeat(1 << 19);
        let mut candidates = Candidates::new(text.as_bytes(), text.len());
        let (mut at, mut found) = (0, 0);
        while let Some(Candidate::Digits(run)) = candidates.next(at) {
            at = run.end;
            found += 1;
        }
        assert_eq!(found, 1 << 19);
    }

    #[test]
    fn random_texts_agree_with_the_expression() {
        let alphabet = b"..::--  _/0123456789abfgx";
        let mut state = 0x7465_6e6f_6e00_0002_u64;
        let mut below = |bound: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % bound
        };
        for _ in 0..20_000 {
            let digits_mostly = below(2) == 0;
            let text: Vec<u8> = (0..below(60))
                .map(|_| match digits_mostly && below(8) != 0 {
                    true => b'0' + below(10) as u8,
                    false => alphabet[below(alphabet.len() as u64) as usize],
                })
                .collect();
            check(&text);
        }
    }
}
