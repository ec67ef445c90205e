//! Runs of bytes of one kind, sixteen at a time, in two machine words.

use super::STEP;

const EACH: u64 = u64::from_le_bytes([1; 8]);
const TOP: u64 = 0x80 * EACH;

/// The top bit of the first zero byte is set, and none of a byte before it.
#[inline(always)]
fn zero(word: u64) -> u64 {
    word.wrapping_sub(EACH) & !word & TOP
}

/// The same for the first byte below 0x20.
#[inline(always)]
fn control(word: u64) -> u64 {
    word.wrapping_sub(0x20 * EACH) & !word & TOP
}

#[inline(always)]
fn is(word: u64, byte: u8) -> u64 {
    zero(word ^ (u64::from(byte) * EACH))
}

/// The place of the first byte whose top bit `find` sets, or STEP.
#[inline(always)]
fn first(chunk: &[u8; STEP], find: impl Fn(u64) -> u64) -> usize {
    let (words, _) = chunk.as_chunks();
    for (i, word) in words.iter().enumerate() {
        let found = find(u64::from_le_bytes(*word));
        if found != 0 {
            return i * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    STEP
}

/// The first byte that is a quote, a backslash, a control character or not ASCII.
#[inline(always)]
pub(super) fn stop_or_foreign(chunk: &[u8; STEP]) -> usize {
    first(chunk, |word| {
        is(word, b'"') | is(word, b'\\') | control(word) | word & TOP
    })
}

/// The first byte that is a quote, a backslash or a control character.
#[inline(always)]
pub(super) fn stop(chunk: &[u8; STEP]) -> usize {
    first(chunk, |word| {
        is(word, b'"') | is(word, b'\\') | control(word)
    })
}

/// The first byte that is no digit.
#[inline(always)]
pub(super) fn no_digit(chunk: &[u8; STEP]) -> usize {
    let digits = chunk.iter().position(|byte| !byte.is_ascii_digit());
    digits.unwrap_or(STEP)
}

/// The first byte that is no white space.
#[inline(always)]
pub(super) fn no_space(chunk: &[u8; STEP]) -> usize {
    let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    chunk.iter().position(|byte| !space(byte)).unwrap_or(STEP)
}
