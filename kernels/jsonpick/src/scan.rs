//! The grammar of RFC 8259, without recursion: where a value ends.

use crate::bytes::Bytes;
use crate::{MAX_DEPTH, Mistake, Reason};

/// What was scanned, or what is wrong with it.
pub(crate) type Scanned<T> = Result<T, Mistake>;

/// What a scan knows of a document besides its bytes.
#[derive(Default)]
pub(crate) struct Scan {
    /// Up to where the bytes are known to be UTF-8; found out at the first one that is not ASCII.
    utf8: Option<usize>,
    /// The kinds of open containers beyond the last 64, 64 in a word.
    outer: Vec<u64>,
}

impl Scan {
    /// Makes it ready for another document.
    pub(crate) fn restart(&mut self) {
        self.utf8 = None;
        self.outer.clear();
    }

    /// The end of a string whose text begins there, its quote included, and whether it is plain ASCII.
    #[inline(always)]
    fn string(&mut self, bytes: Bytes<'_>, at: usize) -> Scanned<(usize, bool)> {
        let stop = bytes.stop_or_foreign(at);
        if bytes.at(stop) == b'"' {
            return Ok((stop + 1, true));
        }
        Ok((self.rest_of_string(bytes, stop)?, false))
    }

    /// The same from a byte on that is not an ordinary one.
    #[inline(never)]
    fn rest_of_string(&mut self, bytes: Bytes<'_>, mut at: usize) -> Scanned<usize> {
        loop {
            match bytes.at(at) {
                b'"' => return Ok(at + 1),
                b'\\' => at = escape(bytes, at + 1)?,
                ..0x20 => return Err(bytes.unexpected(at)),
                _ => {}
            }
            if bytes.at(at) < 0x80 {
                at = bytes.stop_or_foreign(at);
                continue;
            }
            let valid = self.valid_to(bytes, at);
            at = bytes.stop(at);
            if valid < at {
                return Err(Mistake::new(valid, Reason::InvalidUtf8));
            }
        }
    }

    /// Up to where the bytes are UTF-8, given that they are up to a character that begins there.
    fn valid_to(&mut self, bytes: Bytes<'_>, at: usize) -> usize {
        *self.utf8.get_or_insert_with(|| {
            let rest = &bytes.0[at..];
            if simdutf8::basic::from_utf8(rest).is_ok() {
                return bytes.0.len();
            }
            let error = std::str::from_utf8(rest).err();
            error.map_or(bytes.0.len(), |error| at + error.valid_up_to())
        })
    }

    /// The end of a member's name that begins there, whether it is plain ASCII, and the value behind it with its first byte.
    #[inline(always)]
    pub(crate) fn name(
        &mut self,
        bytes: Bytes<'_>,
        at: usize,
        first: u8,
    ) -> Scanned<(usize, bool, (usize, u8))> {
        if first != b'"' {
            return Err(bytes.unexpected(at));
        }
        let (end, plain) = self.string(bytes, at + 1)?;
        let (colon, found) = bytes.look(end);
        if found != b':' {
            return Err(bytes.unexpected(colon));
        }
        Ok((end, plain, bytes.look(colon + 1)))
    }

    /// The end of a value that begins there, inside of so many containers.
    pub(crate) fn value(
        &mut self,
        bytes: Bytes<'_>,
        (mut at, mut first): (usize, u8),
        outside: usize,
    ) -> Scanned<usize> {
        let mut depth = outside;
        // The last 64 open containers, the innermost lowest: 1 is an object.
        let mut open = 0u64;
        'value: loop {
            let mut next;
            // As ASCII has them, the closing bracket of either kind is the opening one's code and two.
            if first == b'"' {
                (at, _) = self.string(bytes, at + 1)?;
            } else if first & !0x20 != b'[' {
                at = word(bytes, at, first)?;
            } else {
                if depth == MAX_DEPTH {
                    return Err(Mistake::new(at, Reason::TooDeep));
                }
                if depth > outside && (depth - outside).is_multiple_of(64) {
                    self.outer.push(open);
                }
                depth += 1;
                open = open << 1 | u64::from(first >> 5 & 1);
                let close = first + 2;
                (at, next) = bytes.look(at + 1);
                if next != close {
                    first = next;
                    if open & 1 != 0 {
                        (.., (at, first)) = self.name(bytes, at, first)?;
                    }
                    continue 'value;
                }
                at += 1;
                depth -= 1;
                open >>= 1;
                if depth > outside && (depth - outside).is_multiple_of(64) {
                    open = self.outer.pop().unwrap_or(0);
                }
            }
            // Behind a value.
            loop {
                if depth == outside {
                    return Ok(at);
                }
                (at, next) = bytes.look(at);
                if next == b',' {
                    (at, first) = bytes.look(at + 1);
                    if open & 1 != 0 {
                        (.., (at, first)) = self.name(bytes, at, first)?;
                    }
                    continue 'value;
                }
                let close = if open & 1 != 0 { b'}' } else { b']' };
                if next != close {
                    return Err(bytes.unexpected(at));
                }
                at += 1;
                depth -= 1;
                open >>= 1;
                if depth > outside && (depth - outside).is_multiple_of(64) {
                    open = self.outer.pop().unwrap_or(0);
                }
            }
        }
    }
}

/// The end of an escape, from behind its backslash.
fn escape(bytes: Bytes<'_>, at: usize) -> Scanned<usize> {
    match bytes.at(at) {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 1),
        b'u' => {
            let digits = at + 1..at + 5;
            match { digits }.find(|&digit| !bytes.at(digit).is_ascii_hexdigit()) {
                Some(other) => Err(bytes.unexpected(other)),
                None => Ok(at + 5),
            }
        }
        _ => Err(bytes.unexpected(at)),
    }
}

/// The end of a number or of a literal name that begins there.
#[inline(always)]
fn word(bytes: Bytes<'_>, at: usize, first: u8) -> Scanned<usize> {
    match first {
        b'1'..=b'9' => fraction(bytes, bytes.no_digit(at + 1)),
        b'0' => fraction(bytes, at + 1),
        b'-' => match bytes.at(at + 1) {
            b'1'..=b'9' => fraction(bytes, bytes.no_digit(at + 2)),
            b'0' => fraction(bytes, at + 2),
            _ => Err(bytes.unexpected(at + 1)),
        },
        b't' => literal(bytes, at, b"true"),
        b'f' => literal(bytes, at, b"false"),
        b'n' => literal(bytes, at, b"null"),
        _ => Err(bytes.unexpected(at)),
    }
}

/// The end of a number, from behind its first digits.
#[inline(always)]
fn fraction(bytes: Bytes<'_>, at: usize) -> Scanned<usize> {
    match bytes.at(at) {
        b'.' | b'e' | b'E' => rest_of_number(bytes, at),
        _ => Ok(at),
    }
}

#[inline(never)]
fn rest_of_number(bytes: Bytes<'_>, mut at: usize) -> Scanned<usize> {
    if bytes.at(at) == b'.' {
        at = digits(bytes, at + 1)?;
    }
    if matches!(bytes.at(at), b'e' | b'E') {
        at += 1;
        if matches!(bytes.at(at), b'+' | b'-') {
            at += 1;
        }
        at = digits(bytes, at)?;
    }
    Ok(at)
}

/// The end of at least one digit.
fn digits(bytes: Bytes<'_>, at: usize) -> Scanned<usize> {
    let end = bytes.no_digit(at);
    if end == at {
        return Err(bytes.unexpected(at));
    }
    Ok(end)
}

#[inline(always)]
fn literal(bytes: Bytes<'_>, at: usize, text: &[u8]) -> Scanned<usize> {
    if bytes.0.get(at..at + text.len()) == Some(text) {
        return Ok(at + text.len());
    }
    let wrong = (0..text.len()).find(|&i| bytes.at(at + i) != text[i]);
    Err(bytes.unexpected(at + wrong.unwrap_or(0)))
}
