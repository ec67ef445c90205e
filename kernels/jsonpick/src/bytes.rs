//! What needs no memory of the grammar: runs of bytes of one kind.

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[path = "stops_plain.rs"]
mod stops;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[path = "stops_simd.rs"]
mod stops;

use crate::{Mistake, Reason};

/// How many bytes of a run are looked at together.
const STEP: usize = 16;

/// Whether both are the same, eight at a time: as a call for it, WebAssembly has a loop over single ones.
#[inline]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    let ((a_words, a_rest), (b_words, b_rest)) = (a.as_chunks::<8>(), b.as_chunks());
    let word = |word: &[u8; 8]| u64::from_le_bytes(*word);
    a.len() == b.len()
        && a_words.iter().zip(b_words).all(|(a, b)| word(a) == word(b))
        && a_rest.iter().zip(b_rest).all(|(a, b)| a == b)
}

/// A document. It is handed on by value, so that where it lies stays in registers.
#[derive(Clone, Copy)]
pub(crate) struct Bytes<'d>(pub(crate) &'d [u8]);

impl Bytes<'_> {
    /// The byte there; 0 behind the end, which nothing of the grammar is.
    #[inline(always)]
    pub(crate) fn at(self, at: usize) -> u8 {
        if at < self.0.len() { self.0[at] } else { 0 }
    }

    #[inline(always)]
    fn run(self, mut at: usize, find: impl Fn(&[u8; STEP]) -> usize) -> usize {
        while let Some(chunk) = self.0.get(at..).and_then(<[u8]>::first_chunk) {
            let end = find(chunk);
            at += end;
            if end < STEP {
                return at;
            }
        }
        at + find(&self.last(at))
    }

    /// What is left from there on, less than a step, and zeros, which end each run.
    #[cold]
    #[inline(never)]
    fn last(self, at: usize) -> [u8; STEP] {
        let mut last = [0; STEP];
        if let Some(rest) = self.0.get(at..) {
            last[..rest.len()].copy_from_slice(rest);
        }
        last
    }

    /// The first byte that is no white space from there on, and its place.
    #[inline(always)]
    pub(crate) fn look(self, at: usize) -> (usize, u8) {
        let byte = self.at(at);
        if byte > b' ' {
            return (at, byte);
        }
        let at = self.behind_space(at);
        (at, self.at(at))
    }

    #[inline(never)]
    fn behind_space(self, at: usize) -> usize {
        if self.at(at) == b' ' && self.at(at + 1) > b' ' {
            return at + 1;
        }
        self.run(at, stops::no_space)
    }

    /// The first quote, backslash, control character or byte that is not ASCII.
    #[inline(always)]
    pub(crate) fn stop_or_foreign(self, at: usize) -> usize {
        self.run(at, stops::stop_or_foreign)
    }

    /// The first quote, backslash or control character.
    pub(crate) fn stop(self, at: usize) -> usize {
        self.run(at, stops::stop)
    }

    /// The first byte that is no digit.
    #[inline(always)]
    pub(crate) fn no_digit(self, at: usize) -> usize {
        self.run(at, stops::no_digit)
    }

    /// What is wrong with the byte there.
    #[cold]
    #[inline(never)]
    pub(crate) fn unexpected(self, at: usize) -> Mistake {
        if at < self.0.len() {
            Mistake::new(at, Reason::UnexpectedByte)
        } else {
            Mistake::new(self.0.len(), Reason::UnexpectedEnd)
        }
    }
}
