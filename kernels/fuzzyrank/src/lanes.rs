//! Sixteen numbers of 8 bits or eight of 16 bits at a time: the operations that the programme is made of.
//!
//! Numbers have no sign; a subtraction stops at 0. A comparison gives a mask, all bits of a lane or none.

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[path = "lanes_plain.rs"]
mod kind;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[path = "lanes_simd.rs"]
mod kind;

pub(crate) use kind::{Bytes, Words};

/// The lines that are scored at a time.
pub(crate) const LINES: usize = 16;

/// A number for each of some lines.
pub(crate) trait Lanes: Copy {
    /// As they lie in memory.
    type Stored: Copy + Default;

    /// How many there are.
    const COUNT: usize;

    /// The largest of a number.
    const MOST: usize;

    fn all(value: u8) -> Self;

    /// The numbers of the lines from `at` on.
    fn of_lines(lines: &[u8; LINES], at: usize) -> Self;

    /// The same of what can be larger than a byte.
    fn of_columns(lines: &[u16; LINES], at: usize) -> Self;

    fn load(from: &Self::Stored) -> Self;

    fn store(self, to: &mut Self::Stored);

    fn each(self) -> [u16; LINES];

    fn add(self, other: Self) -> Self;

    fn less(self, other: Self) -> Self;

    fn max(self, other: Self) -> Self;

    fn and(self, other: Self) -> Self;

    /// What is not set in the other.
    fn without(self, other: Self) -> Self;

    fn is(self, other: Self) -> Self;

    fn above(self, other: Self) -> Self;
}
