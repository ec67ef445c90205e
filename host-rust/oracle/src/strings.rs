//! Strings: read from a guest, and written to one with the allocations that the rules prescribe.

use crate::guest::{Encoding, Guest, MAX_BYTES, Trap, UTF16_TAG, require};

/// Reads `length` code units at `ptr`.
pub fn load(guest: &Guest, ptr: u32, length: u32) -> Result<String, Trap> {
    let tagged = length & UTF16_TAG != 0;
    let units = u64::from(length & !UTF16_TAG);
    let (size, alignment, wide) = match guest.encoding {
        Encoding::Utf8 => (u64::from(length), 1, false),
        Encoding::Utf16 => (2 * u64::from(length), 2, true),
        Encoding::Latin1Utf16 if tagged => (2 * units, 2, true),
        Encoding::Latin1Utf16 => (units, 2, false),
    };
    require(size <= MAX_BYTES, || format!("a string of {size} bytes"))?;
    guest.range(ptr, size, alignment)?;
    let bytes = &guest.memory[ptr as usize..][..size as usize];
    if wide {
        return decode_utf16(bytes);
    }
    match guest.encoding {
        Encoding::Utf8 => decode_utf8(bytes),
        _ => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// Reads UTF-8 by the shape of its sequences, so that the oracle does not rest on the library that the host uses.
fn decode_utf8(bytes: &[u8]) -> Result<String, Trap> {
    let mut text = String::new();
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        let (more, bits, least) = match first {
            0x00..=0x7f => (0, u32::from(first), 0),
            0xc0..=0xdf => (1, u32::from(first & 0x1f), 0x80),
            0xe0..=0xef => (2, u32::from(first & 0x0f), 0x800),
            0xf0..=0xf7 => (3, u32::from(first & 0x07), 0x1_0000),
            _ => return Err(Trap(format!("{first:#x} begins no character of UTF-8"))),
        };
        require(tail.len() >= more, || "UTF-8 that breaks off".into())?;
        let mut code = bits;
        for byte in &tail[..more] {
            require(byte & 0xc0 == 0x80, || {
                format!("{byte:#x} goes on with no character of UTF-8")
            })?;
            code = code << 6 | u32::from(byte & 0x3f);
        }
        require(code >= least, || format!("U+{code:04X} in too many bytes"))?;
        text.push(scalar(code)?);
        rest = &tail[more..];
    }
    Ok(text)
}

fn decode_utf16(bytes: &[u8]) -> Result<String, Trap> {
    let mut text = String::new();
    let mut units = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) | u32::from(pair[1]) << 8);
    while let Some(unit) = units.next() {
        let code = match unit {
            0xd800..=0xdbff => match units.next() {
                Some(low @ 0xdc00..=0xdfff) => 0x1_0000 + ((unit - 0xd800) << 10 | (low - 0xdc00)),
                _ => return Err(Trap(format!("the surrogate {unit:#x} has no second half"))),
            },
            _ => unit,
        };
        text.push(scalar(code)?);
    }
    Ok(text)
}

/// A code point that is no surrogate and not beyond the last.
pub fn scalar(code: u32) -> Result<char, Trap> {
    require(code < 0x11_0000, || {
        format!("{code:#x} is beyond the last character")
    })?;
    require(!(0xd800..=0xdfff).contains(&code), || {
        format!("{code:#x} is a surrogate")
    })?;
    char::from_u32(code).ok_or_else(|| Trap(format!("{code:#x} is no character")))
}

/// Writes a string as a host does that keeps it as `guest.source`, and gives its pointer and length.
pub fn store(guest: &mut Guest, text: &str) -> Result<(u32, u32), Trap> {
    let narrow = text.chars().all(|c| u32::from(c) < 0x100);
    let characters = text.chars().count() as u64;
    let units = text.encode_utf16().count() as u64;
    let utf8_length = text.len() as u64;
    match (guest.encoding, guest.source) {
        (Encoding::Utf8, Encoding::Utf8) => store_copy(guest, text.as_bytes(), 1, 1),
        (Encoding::Utf8, Encoding::Latin1Utf16) if narrow => {
            store_growing_utf8(guest, text, characters, 2 * characters)
        }
        (Encoding::Utf8, _) => store_growing_utf8(guest, text, units, 3 * units),
        (Encoding::Utf16, Encoding::Utf8) => store_shrinking_utf16(guest, text),
        (Encoding::Utf16, _) => store_copy(guest, &utf16(text), 2, 2),
        (Encoding::Latin1Utf16, Encoding::Utf8) => {
            store_narrow_if_possible(guest, text, utf8_length)
        }
        (Encoding::Latin1Utf16, Encoding::Utf16) => store_narrow_if_possible(guest, text, units),
        (Encoding::Latin1Utf16, Encoding::Latin1Utf16) if narrow => {
            store_copy(guest, &latin1(text), 1, 2)
        }
        (Encoding::Latin1Utf16, Encoding::Latin1Utf16) => {
            let (ptr, units) = store_copy(guest, &utf16(text), 2, 2)?;
            Ok((ptr, units | UTF16_TAG))
        }
    }
}

/// The host has the guest's own bytes: one exact allocation.
fn store_copy(
    guest: &mut Guest,
    bytes: &[u8],
    unit: usize,
    alignment: u32,
) -> Result<(u32, u32), Trap> {
    let ptr = guest.realloc(0, 0, alignment, bytes.len() as u64)?;
    guest.write(ptr, bytes);
    Ok((ptr, (bytes.len() / unit) as u32))
}

/// To UTF-8 from something else: one byte a unit as long as that is enough, then the worst case, then what it takes.
fn store_growing_utf8(
    guest: &mut Guest,
    text: &str,
    units: u64,
    worst: u64,
) -> Result<(u32, u32), Trap> {
    let bytes = text.as_bytes();
    let length = bytes.len() as u64;
    let ascii = bytes.iter().take_while(|byte| byte.is_ascii()).count();
    let mut ptr = guest.realloc(0, 0, 1, units)?;
    guest.write(ptr, &bytes[..ascii]);
    if ascii < bytes.len() {
        ptr = guest.realloc(ptr, units, 1, worst)?;
        guest.write(ptr + ascii as u32, &bytes[ascii..]);
        if worst > length {
            ptr = guest.realloc(ptr, worst, 1, length)?;
        }
    }
    Ok((ptr, length as u32))
}

/// From UTF-8 to UTF-16: room for one unit a byte, then what it takes.
fn store_shrinking_utf16(guest: &mut Guest, text: &str) -> Result<(u32, u32), Trap> {
    let worst = 2 * text.len() as u64;
    let bytes = utf16(text);
    let length = bytes.len() as u64;
    let mut ptr = guest.realloc(0, 0, 2, worst)?;
    guest.write(ptr, &bytes);
    if length < worst {
        ptr = guest.realloc(ptr, worst, 2, length)?;
    }
    Ok((ptr, (length / 2) as u32))
}

/// To Latin-1, until a character does not fit; then what is written is widened and the rest follows as UTF-16.
fn store_narrow_if_possible(guest: &mut Guest, text: &str, units: u64) -> Result<(u32, u32), Trap> {
    let bytes = latin1(text);
    let length = bytes.len() as u64;
    let mut ptr = guest.realloc(0, 0, 2, units)?;
    guest.write(ptr, &bytes);
    if bytes.len() == text.chars().count() {
        if length < units {
            ptr = guest.realloc(ptr, units, 2, length)?;
        }
        return Ok((ptr, length as u32));
    }
    let wide = utf16(text);
    let (worst, length) = (2 * units, wide.len() as u64);
    ptr = guest.realloc(ptr, units, 2, worst)?;
    guest.write(ptr, &wide);
    if worst > length {
        ptr = guest.realloc(ptr, worst, 2, length)?;
    }
    Ok((ptr, (length / 2) as u32 | UTF16_TAG))
}

/// As much of the text as fits in Latin-1.
fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map_while(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Encoding::*;

    fn guest(encoding: Encoding, bytes: &[u8]) -> Guest {
        Guest::new(bytes.to_vec(), encoding, 0)
    }

    #[test]
    fn reading() {
        type Case = (Encoding, &'static [u8], u32, u32, Option<&'static str>);
        let cases: &[Case] = &[
            (Utf8, b"abc", 1, 2, Some("bc")),
            (Utf8, b"abc", 3, 0, Some("")),
            (Utf8, b"abc", 4, 0, None),
            (Utf8, "é☃𝄞".as_bytes(), 0, 9, Some("é☃𝄞")),
            (Utf8, b"\xc0\x80", 0, 2, None),
            (Utf8, b"\xc1\xbf", 0, 2, None),
            (Utf8, b"\xe0\x9f\xbf", 0, 3, None),
            (Utf8, b"\xed\xa0\x80", 0, 3, None),
            (Utf8, b"\xf0\x8f\xbf\xbf", 0, 4, None),
            (Utf8, b"\xf4\x90\x80\x80", 0, 4, None),
            (Utf8, b"\xf8\x88\x80\x80\x80", 0, 5, None),
            (Utf8, b"\x80", 0, 1, None),
            (Utf8, b"\xe2\x98", 0, 2, None),
            (Utf8, b"\xe2\x28\xa1", 0, 3, None),
            (Utf16, b"\x34\xd8\x1e\xdd", 0, 2, Some("𝄞")),
            (Utf16, b"\x34\xd8", 0, 1, None),
            (Utf16, b"\x1e\xdd\x34\xd8", 0, 2, None),
            (Utf16, b"\x34\xd8\x41\x00", 0, 2, None),
            (Utf16, b"abcd", 1, 1, None),
            (Utf16, b"a\0", 0, 1, Some("a")),
            (Latin1Utf16, b"\xe9\xff", 0, 2, Some("éÿ")),
            (Latin1Utf16, b"\x03\x26", 0, 1 | UTF16_TAG, Some("☃")),
            (Latin1Utf16, b"a\0", 0, 1 | UTF16_TAG, Some("a")),
            (Latin1Utf16, b"ab", 1, 1, None),
            (Latin1Utf16, b"\x00\xd8", 0, 1 | UTF16_TAG, None),
        ];
        for (encoding, bytes, ptr, length, want) in cases {
            let got = load(&guest(*encoding, bytes), *ptr, *length).ok();
            assert_eq!(got.as_deref(), *want, "{encoding:?} {bytes:x?}");
        }
    }

    #[test]
    fn the_limit_counts_bytes() {
        let mut guest = guest(Utf16, &[]);
        guest.memory = vec![0; 1 << 28];
        assert!(load(&guest, 0, (1 << 27) - 1).is_ok());
        assert!(
            load(&guest, 0, 1 << 27)
                .unwrap_err()
                .0
                .contains("268435456 bytes")
        );
    }

    /// Allocations as (alignment, size), the pointer's place among them, and the length, by hand.
    #[test]
    fn writing() {
        type Case = (
            Encoding,
            Encoding,
            &'static str,
            &'static [(u32, u32)],
            &'static [u8],
            u32,
        );
        let cases: &[Case] = &[
            (Utf8, Utf8, "é", &[(1, 2)], b"\xc3\xa9", 2),
            (Utf8, Utf16, "ab", &[(1, 2)], b"ab", 2),
            (
                Utf8,
                Utf16,
                "aé",
                &[(1, 2), (1, 6), (1, 3)],
                b"a\xc3\xa9",
                3,
            ),
            (Utf8, Utf16, "☃", &[(1, 1), (1, 3)], b"\xe2\x98\x83", 3),
            (
                Utf8,
                Latin1Utf16,
                "éé",
                &[(1, 2), (1, 4)],
                b"\xc3\xa9\xc3\xa9",
                4,
            ),
            (
                Utf8,
                Latin1Utf16,
                "☃",
                &[(1, 1), (1, 3)],
                b"\xe2\x98\x83",
                3,
            ),
            (Utf16, Utf8, "ab", &[(2, 4)], b"a\0b\0", 2),
            (Utf16, Utf8, "é", &[(2, 4), (2, 2)], b"\xe9\0", 1),
            (Utf16, Utf16, "é", &[(2, 2)], b"\xe9\0", 1),
            (Utf16, Latin1Utf16, "é", &[(2, 2)], b"\xe9\0", 1),
            (Latin1Utf16, Utf8, "ab", &[(2, 2)], b"ab", 2),
            (Latin1Utf16, Utf8, "aé", &[(2, 3), (2, 2)], b"a\xe9", 2),
            (
                Latin1Utf16,
                Utf8,
                "a☃",
                &[(2, 4), (2, 8), (2, 4)],
                b"a\0\x03\x26",
                2 | UTF16_TAG,
            ),
            (Latin1Utf16, Utf16, "aé", &[(2, 2)], b"a\xe9", 2),
            (
                Latin1Utf16,
                Utf16,
                "a☃",
                &[(2, 2), (2, 4)],
                b"a\0\x03\x26",
                2 | UTF16_TAG,
            ),
            (Latin1Utf16, Latin1Utf16, "aé", &[(2, 2)], b"a\xe9", 2),
            (
                Latin1Utf16,
                Latin1Utf16,
                "a☃",
                &[(2, 4)],
                b"a\0\x03\x26",
                2 | UTF16_TAG,
            ),
            (Utf8, Utf8, "", &[(1, 0)], b"", 0),
        ];
        for (encoding, source, text, allocations, bytes, length) in cases {
            let mut guest = guest(*encoding, &[0xaa; 64]);
            guest.source = *source;
            let (ptr, got) = store(&mut guest, text).unwrap();
            let asked: Vec<_> = guest
                .reallocs
                .iter()
                .map(|call| (call[2], call[3]))
                .collect();
            assert_eq!(asked, *allocations, "{source:?} to {encoding:?}: {text}");
            assert_eq!(
                (&guest.memory[ptr as usize..][..bytes.len()], got),
                (*bytes, *length),
                "{source:?} to {encoding:?}: {text}"
            );
            assert_eq!(load(&guest, ptr, got).unwrap(), *text);
        }
    }
}
