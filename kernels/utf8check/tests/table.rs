//! Against the table that defines well-formed UTF-8 (The Unicode Standard, table 3-7), byte by byte.

use std::ops::RangeInclusive;
use tenon_kernel_utf8check::first_error;

/// A row of the table: what the bytes of a character may be.
type Row = &'static [RangeInclusive<u8>];

const TABLE: [Row; 9] = [
    &[0x00..=0x7f],
    &[0xc2..=0xdf, 0x80..=0xbf],
    &[0xe0..=0xe0, 0xa0..=0xbf, 0x80..=0xbf],
    &[0xe1..=0xec, 0x80..=0xbf, 0x80..=0xbf],
    &[0xed..=0xed, 0x80..=0x9f, 0x80..=0xbf],
    &[0xee..=0xef, 0x80..=0xbf, 0x80..=0xbf],
    &[0xf0..=0xf0, 0x90..=0xbf, 0x80..=0xbf, 0x80..=0xbf],
    &[0xf1..=0xf3, 0x80..=0xbf, 0x80..=0xbf, 0x80..=0xbf],
    &[0xf4..=0xf4, 0x80..=0x8f, 0x80..=0xbf, 0x80..=0xbf],
];

/// What the table says of the bytes.
fn table(bytes: &[u8]) -> Option<u32> {
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let fits = |row: &Row| {
            let pairs = || row.iter().zip(rest);
            pairs().count() == row.len() && pairs().all(|(range, byte)| range.contains(byte))
        };
        match TABLE.iter().find(|row| fits(row)) {
            Some(row) => at += row.len(),
            None => return Some(at as u32),
        }
    }
    None
}

#[test]
fn every_sequence_of_up_to_three_bytes() {
    assert_eq!(first_error(&[]), None);
    for a in 0..=255 {
        assert_eq!(first_error(&[a]), table(&[a]), "{a:x}");
        for b in 0..=255 {
            assert_eq!(first_error(&[a, b]), table(&[a, b]), "{a:x} {b:x}");
            // Where the third byte makes a difference it is at the ends of its range.
            for c in [0x00, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xff] {
                let bytes = [a, b, c];
                assert_eq!(first_error(&bytes), table(&bytes), "{bytes:x?}");
            }
        }
    }
}

#[test]
fn every_character_whole_and_cut_off() {
    let mut buffer = [0; 4];
    for scalar in '\0'..=char::MAX {
        let bytes = scalar.encode_utf8(&mut buffer).as_bytes();
        assert_eq!(first_error(bytes), None, "{scalar:?}");
        if bytes.len() > 1 {
            assert_eq!(
                first_error(&bytes[..bytes.len() - 1]),
                Some(0),
                "{scalar:?}"
            );
            assert_eq!(first_error(&bytes[1..]), Some(0), "{scalar:?}");
        }
    }
}

/// Errors at each place of a text that is long enough for steps of many bytes at a time.
#[test]
fn an_error_is_found_wherever_it_stands() {
    for text in [
        "a".repeat(100),
        "é".repeat(50),
        format!("{}日🦀", "a".repeat(60)),
    ] {
        for at in 0..text.len() {
            for byte in [0x80, 0xc0, 0xed, 0xf5, 0xff] {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = byte;
                assert_eq!(first_error(&bytes), table(&bytes), "{text} {at} {byte:x}");
            }
        }
    }
}
