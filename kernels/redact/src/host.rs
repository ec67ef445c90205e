//! Tokens with dots: host names and IPv4 addresses.

use crate::Kind;
use crate::claims::Claims;
use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::ops::Range;

/// The longest host name and the longest label (RFC 1035, section 2.3.4; a name without the root's dot).
const NAME_SIZE: usize = 253;
const LABEL_SIZE: usize = 63;

/// The last labels that make a dotted name a host name.
pub(crate) struct Suffixes {
    /// The two-letter ones, a bit for each second letter under the first.
    countries: [u32; 26],
    others: HashSet<&'static [u8]>,
    longest: usize,
}

impl Suffixes {
    pub(crate) fn new() -> Self {
        let list = include_str!("../data/suffixes.txt");
        let lines = list.lines().filter(|line| !line.starts_with('#'));
        let mut suffixes = Self {
            countries: [0; 26],
            others: HashSet::new(),
            longest: 0,
        };
        for suffix in lines.flat_map(str::split_ascii_whitespace) {
            match *suffix.as_bytes() {
                [first, second] => {
                    suffixes.countries[usize::from(first - b'a')] |= 1 << (second - b'a');
                }
                _ => {
                    suffixes.longest = suffixes.longest.max(suffix.len());
                    suffixes.others.insert(suffix.as_bytes());
                }
            }
        }
        suffixes
    }

    fn contain(&self, label: &[u8]) -> bool {
        if let [first, second] = *label {
            let (first, second) = (first.to_ascii_lowercase(), second.to_ascii_lowercase());
            return first.is_ascii_lowercase()
                && second.is_ascii_lowercase()
                && self.countries[usize::from(first - b'a')] >> (second - b'a') & 1 == 1;
        }
        label.len() <= self.longest && self.others.contains(&*label.to_ascii_lowercase())
    }
}

/// The bytes of a token: what host names and IPv4 addresses are made of.
pub(crate) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// Claims what the token is: a host name as a whole, or else the IPv4 addresses between its dashes.
pub(crate) fn claim_token(claims: &mut Claims<'_>, token: Range<usize>, suffixes: &Suffixes) {
    let text = claims.text();
    let name = trim(text, token.clone(), b".-");
    if !is_path(text, token.start) && is_host(&text[name.clone()], suffixes) {
        claims.push(Kind::Host, name);
        return;
    }
    let mut start = token.start;
    for piece in text[token].split(|&b| b == b'-') {
        let address = trim(text, start..start + piece.len(), b".");
        if is_ipv4(&text[address.clone()]) {
            claims.push(Kind::Ipv4, address);
        }
        start += piece.len() + 1;
    }
}

/// Whether the token that starts here is a part of a path, and so a file's name: it stands after a
/// slash that is not the second of `//`.
fn is_path(text: &[u8], start: usize) -> bool {
    match text[..start] {
        [.., b'/', b'/'] => false,
        [.., b'/' | b'\\'] => true,
        _ => false,
    }
}

fn is_host(name: &[u8], suffixes: &Suffixes) -> bool {
    if name.len() > NAME_SIZE {
        return false;
    }
    let Some(dot) = name.iter().rposition(|&b| b == b'.') else {
        return false;
    };
    let is_label = |label: &[u8]| {
        (1..=LABEL_SIZE).contains(&label.len()) && label[0] != b'-' && !label.ends_with(b"-")
    };
    suffixes.contain(&name[dot + 1..]) && name[..dot].split(|&b| b == b'.').all(is_label)
}

fn is_ipv4(text: &[u8]) -> bool {
    (7..=15).contains(&text.len())
        && str::from_utf8(text).is_ok_and(|text| text.parse::<Ipv4Addr>().is_ok())
}

/// The range without the given bytes at its ends.
fn trim(text: &[u8], range: Range<usize>, bytes: &[u8]) -> Range<usize> {
    let Range { mut start, mut end } = range;
    while start < end && bytes.contains(&text[start]) {
        start += 1;
    }
    while start < end && bytes.contains(&text[end - 1]) {
        end -= 1;
    }
    start..end
}
