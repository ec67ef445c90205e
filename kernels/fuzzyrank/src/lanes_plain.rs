//! Lanes as arrays, which compilers make vectors of.

use super::{LINES, Lanes};
use std::array::from_fn;

/// Sixteen numbers of 8 bits.
#[derive(Clone, Copy)]
pub(crate) struct Bytes([u8; 16]);

/// Eight numbers of 16 bits.
#[derive(Clone, Copy)]
pub(crate) struct Words([u16; 8]);

macro_rules! arrays {
    ($lanes:ident, $number:ty, $count:literal) => {
        impl $lanes {
            #[inline(always)]
            fn both(self, other: Self, of: impl Fn($number, $number) -> $number) -> Self {
                Self(from_fn(|i| of(self.0[i], other.0[i])))
            }
        }

        impl Lanes for $lanes {
            type Stored = [$number; $count];

            const COUNT: usize = $count;

            const MOST: usize = <$number>::MAX as usize;

            #[inline(always)]
            fn all(value: u8) -> Self {
                Self([value.into(); $count])
            }

            #[inline(always)]
            fn of_lines(lines: &[u8; LINES], at: usize) -> Self {
                let lines = &lines[at..at + $count];
                Self(from_fn(|i| lines[i].into()))
            }

            #[inline(always)]
            fn of_columns(lines: &[u16; LINES], at: usize) -> Self {
                let lines = &lines[at..at + $count];
                Self(from_fn(|i| lines[i].try_into().unwrap_or(<$number>::MAX)))
            }

            #[inline(always)]
            fn load(from: &Self::Stored) -> Self {
                Self(*from)
            }

            #[inline(always)]
            fn store(self, to: &mut Self::Stored) {
                *to = self.0;
            }

            #[inline(always)]
            fn each(self) -> [u16; LINES] {
                from_fn(|i| self.0.get(i).copied().unwrap_or_default().into())
            }

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.both(other, <$number>::wrapping_add)
            }

            #[inline(always)]
            fn less(self, other: Self) -> Self {
                self.both(other, <$number>::saturating_sub)
            }

            #[inline(always)]
            fn max(self, other: Self) -> Self {
                self.both(other, <$number>::max)
            }

            #[inline(always)]
            fn and(self, other: Self) -> Self {
                self.both(other, |a, b| a & b)
            }

            #[inline(always)]
            fn without(self, other: Self) -> Self {
                self.both(other, |a, b| a & !b)
            }

            #[inline(always)]
            fn is(self, other: Self) -> Self {
                self.both(other, |a, b| if a == b { <$number>::MAX } else { 0 })
            }

            #[inline(always)]
            fn above(self, other: Self) -> Self {
                self.both(other, |a, b| if a > b { <$number>::MAX } else { 0 })
            }
        }
    };
}

arrays!(Bytes, u8, 16);
arrays!(Words, u16, 8);
