//! What chance would not meet soon enough: types, numbers and strings at the edges of the rules.

use crate::guest::{Encoding, UTF16_TAG};
use crate::types::Type;

/// Types that each have something of their own.
pub fn types() -> Vec<Type> {
    use Type::*;
    let list = |ty| List(Box::new(ty));
    let option = |ty| Option(Box::new(ty));
    let result = |ok, error| Result(Some(Box::new(ok)), Some(Box::new(error)));
    let mut types = vec![
        Bool, S8, U8, S16, U16, S32, U32, S64, U64, F32, F64, Char, String,
    ];
    types.extend([1, 7, 8, 9, 15, 16, 17, 31, 32].map(Flags));
    types.extend([1, 2, 255, 256, 257, 300].map(Enum));
    // Lists by the size and alignment of their elements.
    types.extend([Bool, U8, S16, U32, U64, F32, F64, Char, String].map(list));
    types.extend([
        list(list(U8)),
        list(list(list(U16))),
        list(option(U8)),
        list(Flags(3)),
        list(Enum(257)),
        list(Tuple(vec![U8, U32])),
        list(Tuple(vec![U64, U8])),
        list(Record(vec![U8, U16, U8])),
    ]);
    // Options, results, and slots that join.
    types.extend([
        option(Bool),
        option(option(U8)),
        option(String),
        Result(None, None),
        Result(Some(Box::new(U32)), None),
        Result(None, Some(Box::new(String))),
        result(F32, U32),
        result(U64, F32),
        result(F32, F64),
        result(U32, F64),
        result(S8, S64),
        result(String, F64),
        result(list(U64), U64),
        Variant(vec![None]),
        Variant(vec![Some(F32), None]),
        Variant(vec![Some(F32), Some(S32), Some(F64), Some(S64), Some(Char)]),
        Variant(vec![Some(U64), Some(F32), Some(String), None]),
        Variant(vec![
            Some(Tuple(vec![F32, F32])),
            Some(Tuple(vec![F64, U32])),
            Some(Tuple(vec![U8, S64])),
        ]),
        Variant(vec![
            Some(Bool),
            Some(Flags(9)),
            Some(Enum(257)),
            Some(Char),
        ]),
        Variant(vec![Some(result(F32, U64)), Some(option(F64)), Some(F32)]),
        wide_variant(257),
        wide_variant(256),
    ]);
    // Parameters: the most that stay flat, and one more.
    types.extend([
        Tuple(vec![U8; 16]),
        Tuple(vec![U8; 17]),
        Tuple(vec![F32; 16]),
        Tuple(vec![F64; 17]),
        Tuple(vec![String; 8]),
        Tuple([vec![String; 8], vec![U8]].concat()),
        Record(vec![Variant(vec![Some(Tuple(vec![U64; 15])), Some(F32)])]),
        Record(vec![Variant(vec![Some(Tuple(vec![U64; 16])), Some(F32)])]),
        Record(vec![U8, U64, U8, U32, U16, F64, Bool]),
        Tuple(vec![Char, Bool, Flags(2), Enum(3), S8, S16]),
        Record(vec![Record(vec![Record(vec![Record(vec![U8])])])]),
        Tuple(vec![
            option(F32),
            option(F64),
            option(U64),
            option(String),
            Bool,
        ]),
        Tuple(vec![
            S8, S16, S32, S64, U8, U16, U32, U64, F32, F64, Char, Bool,
        ]),
    ]);
    types
}

/// A variant whose last case alone has a payload.
fn wide_variant(cases: usize) -> Type {
    let mut payloads = vec![None; cases - 1];
    payloads.push(Some(Type::U32));
    Type::Variant(payloads)
}

/// Numbers of which each decides something somewhere, for a memory of `memory` bytes.
pub fn numbers(memory: u32) -> Vec<u64> {
    let memory = u64::from(memory);
    let mut numbers = vec![
        0, 1, 2, 3, 4, 7, 8, 16, 255, 256, 257, 300, 0x7fff, 0x8000, 0xffff, 0x1_0000,
    ];
    numbers.extend([
        memory - 8,
        memory - 4,
        memory - 1,
        memory,
        memory + 1,
        memory + 8,
    ]);
    numbers.extend([0xd7ff, 0xd800, 0xdfff, 0xe000, 0x10_ffff, 0x11_0000]);
    numbers.extend([
        (1 << 27) - 1,
        1 << 27,
        (1 << 28) - 1,
        1 << 28,
        (1 << 31) - 1,
        1 << 31,
        (1 << 31) + 1,
        (1 << 32) - 1,
    ]);
    numbers.extend([
        0x7f80_0001,
        0x7fc0_0000,
        0xffc0_0001,
        0x8000_0000,
        0x3fc0_0000,
    ]);
    numbers
}

/// Numbers of 64 bits besides.
pub const LONG_NUMBERS: [u64; 9] = [
    1 << 32,
    (1 << 32) + 1,
    0xdead_beef_0000_0001,
    0xffff_ffff_3fc0_0000,
    1 << 63,
    u64::MAX,
    0x7ff0_0000_0000_0001,
    0x7ff8_0000_0000_0000,
    0xfff8_0000_dead_beef,
];

/// Bytes of strings, good and bad, with the length that goes with them.
pub fn strings(encoding: Encoding) -> Vec<(Vec<u8>, u32)> {
    match encoding {
        Encoding::Utf8 => utf8()
            .into_iter()
            .map(|bytes| (bytes.to_vec(), bytes.len() as u32))
            .collect(),
        Encoding::Utf16 => utf16(0),
        Encoding::Latin1Utf16 => {
            let mut strings = utf16(UTF16_TAG);
            strings.extend(
                [&b""[..], b"a", b"\x00\x7f\x80\xff", b"caf\xe9"]
                    .map(|bytes| (bytes.to_vec(), bytes.len() as u32)),
            );
            strings
        }
    }
}

fn utf8() -> Vec<&'static [u8]> {
    vec![
        b"",
        b"plain",
        b"\x00\x7f",
        b"\xc2\x80\xdf\xbf",
        b"\xe0\xa0\x80\xef\xbf\xbf",
        b"\xed\x9f\xbf\xee\x80\x80",
        b"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
        // Bytes that begin nothing.
        b"\x80",
        b"\xbf",
        b"a\x80",
        b"\xfe",
        b"\xff",
        b"\xf8\x88\x80\x80\x80",
        b"\xfc\x84\x80\x80\x80\x80",
        // Too many bytes for the character.
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xe0\x80\x80",
        b"\xe0\x9f\xbf",
        b"\xf0\x80\x80\x80",
        b"\xf0\x8f\xbf\xbf",
        // Surrogates, and beyond the last character.
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xed\xa0\xb4\xed\xb4\x9e",
        b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80",
        b"\xf7\xbf\xbf\xbf",
        // Sequences that break off, at the end and before another character.
        b"\xc3",
        b"\xe2\x98",
        b"\xe2",
        b"\xf0\x9d\x84",
        b"\xc3a",
        b"\xe2\x98a",
        b"\xe2a\x83",
        b"\xf0\x9d\x84a",
        b"abcdefgh\xc3",
        b"abcdefghijklmnop\xed\xa0\x80",
    ]
}

fn utf16(tag: u32) -> Vec<(Vec<u8>, u32)> {
    let units: [&[u16]; 16] = [
        &[],
        &[0x61],
        &[0, 0x7f, 0xff, 0x100],
        &[0xd7ff, 0xe000, 0xffff],
        &[0xd834, 0xdd1e],
        &[0xdbff, 0xdfff],
        &[0xd800, 0xdc00, 0x61],
        // Halves without the other.
        &[0xd800],
        &[0xdc00],
        &[0xdfff],
        &[0xd834, 0x61],
        &[0x61, 0xd834],
        &[0xdd1e, 0xd834],
        &[0xd834, 0xd834, 0xdd1e],
        &[0xd834, 0xdd1e, 0xdd1e],
        &[0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0xdbff],
    ];
    units
        .map(|units| {
            (
                units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
                units.len() as u32 | tag,
            )
        })
        .to_vec()
}
