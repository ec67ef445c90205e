//! Runs of bytes of one kind, sixteen at a time, with WebAssembly's 128-bit vectors.

use std::arch::wasm32::{
    i8x16_bitmask, i8x16_eq, i8x16_lt, i8x16_splat, i8x16_sub, u8x16_gt, u8x16_lt, v128, v128_load,
    v128_not, v128_or,
};

use super::STEP;

#[inline(always)]
fn load(chunk: &[u8; STEP]) -> v128 {
    // SAFETY: there are as many bytes as a vector has, and it may lie anywhere.
    unsafe { v128_load(chunk.as_ptr().cast()) }
}

/// The place of the first byte whose lane is set, or STEP.
#[inline(always)]
fn first(lanes: v128) -> usize {
    (u32::from(i8x16_bitmask(lanes)) | 1 << STEP).trailing_zeros() as usize
}

#[inline(always)]
fn is(bytes: v128, byte: u8) -> v128 {
    i8x16_eq(bytes, i8x16_splat(byte as i8))
}

/// The first byte that is a quote, a backslash, a control character or not ASCII.
#[inline(always)]
pub(super) fn stop_or_foreign(chunk: &[u8; STEP]) -> usize {
    let bytes = load(chunk);
    let below = i8x16_lt(bytes, i8x16_splat(0x20)); // signed: what is not ASCII is negative
    first(v128_or(v128_or(is(bytes, b'"'), is(bytes, b'\\')), below))
}

/// The first byte that is a quote, a backslash or a control character.
#[inline(always)]
pub(super) fn stop(chunk: &[u8; STEP]) -> usize {
    let bytes = load(chunk);
    let below = u8x16_lt(bytes, i8x16_splat(0x20));
    first(v128_or(v128_or(is(bytes, b'"'), is(bytes, b'\\')), below))
}

/// The first byte that is no digit.
#[inline(always)]
pub(super) fn no_digit(chunk: &[u8; STEP]) -> usize {
    let above = i8x16_sub(load(chunk), i8x16_splat(b'0' as i8));
    first(u8x16_gt(above, i8x16_splat(9)))
}

/// The first byte that is no white space.
#[inline(always)]
pub(super) fn no_space(chunk: &[u8; STEP]) -> usize {
    let bytes = load(chunk);
    let line = v128_or(is(bytes, b'\n'), is(bytes, b'\r'));
    let blank = v128_or(is(bytes, b' '), is(bytes, b'\t'));
    first(v128_not(v128_or(line, blank)))
}
