//! Names of members, as texts.

use std::borrow::Cow;

/// The text of a well-formed string without its quotes. Half a surrogate pair becomes U+FFFD.
pub(crate) fn unescape(written: &[u8]) -> Cow<'_, [u8]> {
    let Some(mut at) = written.iter().position(|&byte| byte == b'\\') else {
        return Cow::Borrowed(written);
    };
    let mut text = written[..at].to_vec();
    while let Some(&byte) = written.get(at) {
        if byte != b'\\' {
            text.push(byte);
            at += 1;
            continue;
        }
        let escape = written.get(at + 1).copied().unwrap_or_default();
        at += 2;
        let plain = match escape {
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let (letter, end) = letter(written, at);
                text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                at = end;
                continue;
            }
            other => other,
        };
        text.push(plain);
    }
    Cow::Owned(text)
}

/// The character whose digits begin there, with the second half of its pair if it is one, and where they end.
fn letter(written: &[u8], at: usize) -> (char, usize) {
    let first = unit(written, at);
    if let Some(letter) = char::from_u32(first) {
        return (letter, at + 4);
    }
    let follows = written.get(at + 4..at + 6) == Some(b"\\u");
    let second = if follows { unit(written, at + 6) } else { 0 };
    if (0xd800..0xdc00).contains(&first) && (0xdc00..0xe000).contains(&second) {
        let both = 0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00));
        if let Some(letter) = char::from_u32(both) {
            return (letter, at + 10);
        }
    }
    (char::REPLACEMENT_CHARACTER, at + 4)
}

/// The number of the four digits there.
fn unit(written: &[u8], at: usize) -> u32 {
    let digits = written.get(at..at + 4).unwrap_or_default();
    let digit = |&digit: &u8| char::from(digit).to_digit(16).unwrap_or_default();
    digits
        .iter()
        .fold(0, |number, byte| number << 4 | digit(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_what_they_stand_for() {
        for (written, want) in [
            ("", ""),
            ("plain é", "plain é"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"a\u0062\u00E9\uD83D\uDE00z", "abé😀z"),
            (r"\ud83d", "\u{fffd}"),
            (r"\ude00\ud83d!", "\u{fffd}\u{fffd}!"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
            (r"\u0000", "\0"),
        ] {
            let text = unescape(written.as_bytes());
            assert_eq!(std::str::from_utf8(&text), Ok(want), "{written}");
        }
    }
}
