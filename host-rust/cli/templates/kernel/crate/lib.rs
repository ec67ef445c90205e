//! Counts the lines, words and characters of a text: a pure function, which knows nothing of Wasm.
//!
//! ```
//! use tenon_kernel_{{snake}}::{Counts, Failure, count};
//!
//! let counts = Counts { lines: 2, words: 3, characters: 14 };
//! assert_eq!(count("größer als\ndas"), Ok(counts));
//! assert_eq!(count("a\0b"), Err(Failure::Binary(1)));
//! ```

#[cfg(target_family = "wasm")]
mod component;

/// How much there is of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Its lines. A line ends with a line feed, which the last one may lack.
    pub lines: u32,
    /// Its words: the longest runs of characters that are no ASCII white space.
    pub words: u32,
    /// Its characters: Unicode scalar values.
    pub characters: u32,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The byte at this offset is zero, so that the input is no text.
    Binary(u32),
}

/// Counts the lines, words and characters of a text of less than 4 GiB, as all that a host can pass are.
pub fn count(text: &str) -> Result<Counts, Failure> {
    let bytes = text.as_bytes();
    let Some((first, rest)) = bytes.split_first() else {
        return Ok(Counts::default());
    };
    // What stands before a text is like white space: a word may begin with it.
    let mut sums = tally(b" ", &[*first]).map(u32::from);
    for (before, block) in bytes.chunks(BLOCK).zip(rest.chunks(BLOCK)) {
        for (sum, more) in sums.iter_mut().zip(tally(before, block)) {
            *sum += u32::from(more);
        }
    }
    let [lines, words, characters, zeros] = sums;
    if zeros > 0 {
        let at = bytes.iter().take_while(|byte| **byte != 0).count();
        return Err(Failure::Binary(at as u32));
    }
    Ok(Counts {
        lines: lines + u32::from(!text.ends_with('\n')),
        words,
        characters,
    })
}

/// How many bytes are counted at a time: no sum of them exceeds a byte, and they are a multiple of 16. So the compiler makes
/// SIMD code of the loop in [`tally`], which takes 16 bytes at a time. Go's compiler does no such thing, and that is where the
/// kernel wins.
const BLOCK: usize = 240;

/// The line feeds, beginnings of words, beginnings of characters, and zeros among the bytes, each of which has the one
/// before it at the same place in `before`.
fn tally(before: &[u8], bytes: &[u8]) -> [u8; 4] {
    let (mut lines, mut words, mut characters, mut zeros) = (0, 0, 0, 0);
    for (before, byte) in before.iter().zip(bytes) {
        lines += u8::from(*byte == b'\n');
        words += u8::from(is_space(*before) & !is_space(*byte));
        characters += u8::from(byte & 0b1100_0000 != 0b1000_0000);
        zeros += u8::from(*byte == 0);
    }
    [lines, words, characters, zeros]
}

/// As `u8::is_ascii_whitespace`, but without a branch.
fn is_space(byte: u8) -> bool {
    (byte == b' ') | (byte == b'\n') | (byte == b'\t') | (byte == b'\r') | (byte == 0x0c)
}
