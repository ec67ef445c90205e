//! The fixture kernel of the ledger test: answers that say which version gave them.

#[cfg(target_family = "wasm")]
mod component;

use std::hint::black_box;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The version, and at which numbers it traps: at the multiples of the second number, unless that is 0, and never at 0. Tests
/// write other digits into the component.
static HEAD: [u8; 35] = *b"tenon-ledger-head:00000001:00000000";

/// The version once more, elsewhere.
static TAIL: [u8; 26] = *b"tenon-ledger-tail:00000001";

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The version, as read before the work.
    pub before: u32,
    /// The version, as noted when the instance or the page was made.
    pub kept: u32,
    /// The version, as read after the work.
    pub after: u32,
    /// How many entries the page has with this one; 0 for one on no page.
    pub line: u32,
    /// A checksum of number, version and payload.
    pub check: u64,
    /// The payload, combined with number and version.
    pub receipt: Vec<u8>,
}

/// Answers one question.
///
/// # Panics
///
/// If this version traps at the number.
pub fn enter(sequence: u64, payload: &[u8]) -> Entry {
    static NOTED: OnceLock<Box<u32>> = OnceLock::new();
    answer(
        sequence,
        payload,
        **NOTED.get_or_init(|| Box::new(head())),
        0,
    )
}

/// Entries that belong together.
pub struct Page {
    noted: u32,
    lines: AtomicU32,
}

impl Page {
    /// An empty page.
    #[allow(clippy::new_without_default)] // it has a version: that is no default
    pub fn new() -> Page {
        Page {
            noted: head(),
            lines: AtomicU32::new(0),
        }
    }

    /// Answers one question, as [`enter`] does.
    pub fn enter(&self, sequence: u64, payload: &[u8]) -> Entry {
        let line = self.lines.fetch_add(1, Ordering::Relaxed) + 1;
        answer(sequence, payload, self.noted, line)
    }
}

fn answer(sequence: u64, payload: &[u8], kept: u32, line: u32) -> Entry {
    let before = head();
    let every = u64::from(digits(&black_box(&HEAD)[27..]));
    // Not at 0, which is what a host asks to warm an instance up.
    if every != 0 && sequence != 0 && sequence.is_multiple_of(every) {
        panic!("version {before} traps at question {sequence}");
    }
    let numbers = sequence
        .to_le_bytes()
        .into_iter()
        .chain(before.to_le_bytes());
    let check = numbers
        .chain(payload.iter().copied())
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
    let after = digits(&black_box(&TAIL)[18..]);
    let stamp = (sequence ^ u64::from(after) << 32).to_le_bytes();
    let receipt = payload
        .iter()
        .zip(stamp.iter().cycle())
        .map(|(byte, stamp)| byte ^ stamp);
    Entry {
        before,
        kept,
        after,
        line,
        check,
        receipt: receipt.collect(),
    }
}

fn head() -> u32 {
    digits(&black_box(&HEAD)[18..26])
}

fn digits(text: &[u8]) -> u32 {
    text.iter()
        .fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}
