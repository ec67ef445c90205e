//! Text: encoding, validation, tokens, distance.

use std::hint::black_box;

use crate::{each_round, fold, input};

/// Base64 of 3 KiB; the text becomes the next round's input.
pub fn base64(rounds: u32) -> u64 {
    let mut data = input::bytes(3 << 10);
    each_round(rounds, || {
        let text = base64_of(&data);
        let length = data.len();
        data.copy_from_slice(&text[..length]);
        u64::from(text[text.len() - 1]) << 8 | u64::from(text[1])
    })
}

fn base64_of(data: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Vec::with_capacity(data.len().div_ceil(3) * 4);
    for group in data.chunks(3) {
        let byte = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            text.push(if i <= group.len() {
                ALPHABET[(bits >> (18 - 6 * i) & 63) as usize]
            } else {
                b'='
            });
        }
    }
    text
}

/// UTF-8 validation of a text in several scripts.
pub fn utf8(rounds: u32) -> u64 {
    let text = input::scripts(8 << 10);
    each_round(rounds, || {
        chars(black_box(&text).as_bytes()).map_or(0, |count| count as u64)
    })
}

/// The number of characters; none where the bytes are not UTF-8.
fn chars(mut text: &[u8]) -> Option<usize> {
    let mut count = 0;
    while let [first, rest @ ..] = text {
        // What the second byte may be keeps out overlong forms, surrogates, and what lies above 10FFFF.
        let (more, low, high) = match first {
            0..=0x7f => (0, 0x80, 0xbf),
            0xc2..=0xdf => (1, 0x80, 0xbf),
            0xe0 => (2, 0xa0, 0xbf),
            0xed => (2, 0x80, 0x9f),
            0xe1..=0xef => (2, 0x80, 0xbf),
            0xf0 => (3, 0x90, 0xbf),
            0xf1..=0xf3 => (3, 0x80, 0xbf),
            0xf4 => (3, 0x80, 0x8f),
            _ => return None,
        };
        let (tail, after) = rest.split_at_checked(more)?;
        for (i, byte) in tail.iter().enumerate() {
            let (low, high) = if i == 0 { (low, high) } else { (0x80, 0xbf) };
            if !(low..=high).contains(byte) {
                return None;
            }
        }
        count += 1;
        text = after;
    }
    Some(count)
}

/// The tokens of a JSON document.
pub fn json(rounds: u32) -> u64 {
    let document = input::document(8 << 10);
    each_round(rounds, || {
        let mut tokens = Tokens {
            text: black_box(&document).as_bytes(),
            at: 0,
        };
        let (mut checksum, mut depth) = (0, 0_u64);
        while let Some(token) = tokens.next() {
            match token {
                Token::Open => depth += 1,
                Token::Close => depth -= 1,
                _ => {}
            }
            checksum = fold(checksum, depth << 8 | token as u64);
        }
        checksum ^ tokens.at as u64
    })
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Colon,
    Comma,
    String,
    Number,
    Word,
}

/// The tokens up to the end or the first byte that starts none.
struct Tokens<'a> {
    text: &'a [u8],
    at: usize,
}

impl Tokens<'_> {
    fn next(&mut self) -> Option<Token> {
        self.skip(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
        let first = *self.text.get(self.at)?;
        self.at += 1;
        Some(match first {
            b'{' | b'[' => Token::Open,
            b'}' | b']' => Token::Close,
            b':' => Token::Colon,
            b',' => Token::Comma,
            b'"' => return self.string(),
            b'-' | b'0'..=b'9' => {
                self.skip(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
                Token::Number
            }
            b't' | b'f' | b'n' => {
                self.skip(|byte| byte.is_ascii_lowercase());
                Token::Word
            }
            _ => return None,
        })
    }

    fn skip(&mut self, belongs: impl Fn(u8) -> bool) {
        while self.text.get(self.at).is_some_and(|&byte| belongs(byte)) {
            self.at += 1;
        }
    }

    /// The rest of a string, whose first quote is read.
    fn string(&mut self) -> Option<Token> {
        loop {
            let byte = *self.text.get(self.at)?;
            self.at += 1;
            match byte {
                b'"' => return Some(Token::String),
                b'\\' => {
                    let escape = *self.text.get(self.at)?;
                    self.at += 1;
                    if escape == b'u' {
                        let digits = self.text.get(self.at..self.at + 4)?;
                        if !digits.iter().all(u8::is_ascii_hexdigit) {
                            return None;
                        }
                        self.at += 4;
                    }
                }
                0..0x20 => return None,
                _ => {}
            }
        }
    }
}

/// The edit distance of two strings of 96 bytes.
pub fn levenshtein(rounds: u32) -> u64 {
    let text = input::log(4 << 10).into_bytes();
    let mut at = 0;
    each_round(rounds, || {
        let (a, b) = (&text[at..at + 96], &text[at + 1000..at + 1096]);
        at = (at + 7) % 2048;
        distance(a, b) as u64
    })
}

fn distance(a: &[u8], b: &[u8]) -> usize {
    // One row of the matrix: how far each start of b is from what is read of a.
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replace = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_the_standards_examples() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ];
        for (data, text) in cases {
            assert_eq!(base64_of(data.as_bytes()), text.as_bytes(), "{data}");
        }
    }

    #[test]
    fn utf8_agrees_with_the_standard_library() {
        let text = input::scripts(200);
        assert_eq!(chars(text.as_bytes()), Some(text.chars().count()));
        let mut bytes = text.into_bytes();
        for at in 0..bytes.len() {
            for value in [0x00, 0x80, 0xbf, 0xc0, 0xe0, 0xed, 0xf0, 0xf4, 0xff] {
                let old = std::mem::replace(&mut bytes[at], value);
                let expected = std::str::from_utf8(&bytes)
                    .ok()
                    .map(|text| text.chars().count());
                assert_eq!(chars(&bytes), expected, "{value:x} at {at}");
                bytes[at] = old;
            }
            let cut = std::str::from_utf8(&bytes[..at])
                .ok()
                .map(|text| text.chars().count());
            assert_eq!(chars(&bytes[..at]), cut, "cut at {at}");
        }
    }

    #[test]
    fn json_has_these_tokens() {
        use Token::*;
        let text = br#"{"a\"\u00e9": [-1.5e3, true]}"#;
        let mut tokens = Tokens { text, at: 0 };
        let all: Vec<Token> = std::iter::from_fn(|| tokens.next()).collect();
        assert_eq!(
            all,
            [Open, String, Colon, Open, Number, Comma, Word, Close, Close]
        );
        for broken in [r#""open"#, r#""\u12x4""#, "?", "\"\n\""] {
            assert_eq!(
                Tokens {
                    text: broken.as_bytes(),
                    at: 0
                }
                .next(),
                None,
                "{broken}"
            );
        }
    }

    #[test]
    fn the_whole_document_is_tokens() {
        let document = input::document(1000);
        let mut tokens = Tokens {
            text: document.as_bytes(),
            at: 0,
        };
        while tokens.next().is_some() {}
        assert_eq!(tokens.at, document.len());
    }

    #[test]
    fn distances() {
        assert_eq!(distance(b"kitten", b"sitting"), 3);
        assert_eq!(distance(b"", b"abc"), 3);
        assert_eq!(distance(b"flaw", b"lawn"), 2);
    }
}
