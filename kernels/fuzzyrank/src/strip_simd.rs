//! Strips, sixteen bytes at a time.

use super::Strip;
use crate::character::Class;
use crate::columns::Columns;
use crate::lanes::LINES;
use crate::query::Word;
use std::arch::wasm32::{
    i8x16_add, i8x16_eq, i8x16_gt, i8x16_shuffle, i8x16_swizzle, u8x16, u8x16_max, u8x16_splat,
    v128, v128_and, v128_load, v128_not, v128_or, v128_store,
};

/// Fills the strip with the columns of a line in which the word was found, and some that follow with anything.
#[inline(always)]
pub(crate) fn fill(strip: &mut Strip, columns: &Columns, word: &Word, line: &str) {
    let bytes = line.as_bytes();
    let width = columns.width();
    if !columns.ascii() || bytes.len() < LINES {
        let mut at = 0;
        columns.each(word, line, |column| {
            strip.set(at, column);
            at += 1;
        });
        return;
    }
    let fold = u8x16_splat(if word.any_case() { 0x20 } else { 0 });
    let start = columns.first[0];
    let mut before = u8x16_splat(kind_of(columns.before(bytes)));
    let mut at = 0;
    while at < width {
        let chunk = sixteen(bytes, start + at);
        let codes = &mut strip.codes[at..at + LINES];
        let bonuses = &mut strip.bonuses[at..at + LINES];
        let columns = columns_of(chunk, fold, before);
        before = columns.kinds;
        // SAFETY: both have sixteen bytes.
        unsafe {
            v128_store(codes.as_mut_ptr().cast(), columns.codes);
            v128_store(bonuses.as_mut_ptr().cast(), columns.bonuses);
        }
        at += LINES;
    }
}

/// Sixteen bytes of a line of at least sixteen; 0 behind its end.
#[inline(always)]
fn sixteen(line: &[u8], at: usize) -> v128 {
    if let Some(bytes) = line.get(at..at + LINES) {
        // SAFETY: there are sixteen bytes.
        return unsafe { v128_load(bytes.as_ptr().cast()) };
    }
    let last = line.len() - LINES;
    // SAFETY: the line has sixteen bytes from there on.
    let bytes = unsafe { v128_load(line[last..].as_ptr().cast()) };
    let places = u8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    i8x16_swizzle(bytes, i8x16_add(places, u8x16_splat((at - last) as u8)))
}

/// What a character's bonus depends on, of the one before it: the bonus of a letter behind it, and whether it is a lower-case
/// letter or a number.
const LOWER: u8 = 0x10;
const NUMBER: u8 = 0x20;

fn kind_of(class: Class) -> u8 {
    match class {
        Class::White => 10,
        Class::Delimiter => 9,
        Class::Other => 8,
        Class::Lower => LOWER,
        Class::Number => NUMBER,
        Class::Upper | Class::Letter => 0,
    }
}

struct SixteenColumns {
    codes: v128,
    bonuses: v128,
    kinds: v128,
}

/// The columns of sixteen bytes of ASCII; the last of the kinds `before` is that of the character before them.
#[inline(always)]
fn columns_of(bytes: v128, fold: v128, before: v128) -> SixteenColumns {
    let all = u8x16_splat;
    let is = |byte: u8| i8x16_eq(bytes, all(byte));
    let within = |first: u8, last: u8| {
        v128_and(
            i8x16_gt(bytes, all(first.wrapping_sub(1))),
            i8x16_gt(all(last + 1), bytes),
        )
    };
    let lower = within(b'a', b'z');
    let upper = within(b'A', b'Z');
    let number = within(b'0', b'9');
    let white = v128_or(is(b' '), within(9, 13));
    let delimiter = v128_or(
        v128_or(is(b'/'), is(b',')),
        v128_or(within(b':', b';'), is(b'|')),
    );
    let word = v128_or(v128_or(lower, upper), number);
    // White space has 10 = 8 + 2, a delimiter 8 as it is and 8 + 1 for what follows, others 8.
    let own = i8x16_add(v128_and(v128_not(word), all(8)), v128_and(white, all(2)));
    let kinds = v128_or(
        i8x16_add(own, v128_and(delimiter, all(1))),
        v128_or(v128_and(lower, all(LOWER)), v128_and(number, all(NUMBER))),
    );
    let before = i8x16_shuffle::<15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30>(
        before, kinds,
    );
    let has = |flag: u8| i8x16_eq(v128_and(before, all(flag)), all(flag));
    let behind = v128_and(v128_and(before, all(15)), v128_or(word, delimiter));
    let turn = v128_or(
        v128_and(upper, has(LOWER)),
        v128_and(number, v128_not(has(NUMBER))),
    );
    let bonuses = u8x16_max(u8x16_max(behind, own), v128_and(turn, all(7)));
    SixteenColumns {
        codes: v128_or(bytes, v128_and(upper, fold)),
        bonuses: i8x16_add(bonuses, all(1)),
        kinds,
    }
}

/// Makes columns of rows: four times, the first half of the rows is interleaved with the second.
#[inline(always)]
pub(crate) fn transpose(rows: [&[u8; LINES]; LINES]) -> [[u8; LINES]; LINES] {
    // SAFETY: each has sixteen bytes.
    let mut rows = rows.map(|row| unsafe { v128_load(row.as_ptr().cast()) });
    for _ in 0..4 {
        rows = std::array::from_fn(|i| {
            let (a, b) = (rows[i / 2], rows[i / 2 + 8]);
            if i % 2 == 0 {
                i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(a, b)
            } else {
                i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(a, b)
            }
        });
    }
    rows.map(|row| {
        let mut column = [0; LINES];
        // SAFETY: it has sixteen bytes.
        unsafe { v128_store(column.as_mut_ptr().cast(), row) };
        column
    })
}
