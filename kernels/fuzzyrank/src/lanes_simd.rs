//! Lanes as WebAssembly's 128-bit vectors.

use super::{LINES, Lanes};
use std::arch::wasm32::{
    i8x16_add, i8x16_eq, i16x8_add, i16x8_eq, i16x8_load_extend_u8x8, u8x16_gt, u8x16_max,
    u8x16_narrow_i16x8, u8x16_splat, u8x16_sub_sat, u16x8_gt, u16x8_max, u16x8_splat,
    u16x8_sub_sat, v128, v128_and, v128_andnot, v128_load, v128_store,
};

/// Sixteen numbers of 8 bits.
#[derive(Clone, Copy)]
pub(crate) struct Bytes(v128);

/// Eight numbers of 16 bits.
#[derive(Clone, Copy)]
pub(crate) struct Words(v128);

macro_rules! vectors {
    ($lanes:ident, $number:ty, $count:literal, $splat:ident, $add:ident, $less:ident, $max:ident, $is:ident, $above:ident,
     $of_lines:item, $of_columns:item) => {
        impl Lanes for $lanes {
            type Stored = [$number; $count];

            const COUNT: usize = $count;

            const MOST: usize = <$number>::MAX as usize;

            #[inline(always)]
            fn all(value: u8) -> Self {
                Self($splat(value.into()))
            }

            #[inline(always)]
            $of_lines

            #[inline(always)]
            $of_columns

            #[inline(always)]
            fn load(from: &Self::Stored) -> Self {
                // SAFETY: there are sixteen bytes.
                Self(unsafe { v128_load(from.as_ptr().cast()) })
            }

            #[inline(always)]
            fn store(self, to: &mut Self::Stored) {
                // SAFETY: there are sixteen bytes.
                unsafe { v128_store(to.as_mut_ptr().cast(), self.0) }
            }

            #[inline(always)]
            fn each(self) -> [u16; LINES] {
                let mut stored = Self::Stored::default();
                self.store(&mut stored);
                let mut numbers = [0; LINES];
                for (to, from) in numbers.iter_mut().zip(stored) {
                    *to = from.into();
                }
                numbers
            }

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Self($add(self.0, other.0))
            }

            #[inline(always)]
            fn less(self, other: Self) -> Self {
                Self($less(self.0, other.0))
            }

            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Self($max(self.0, other.0))
            }

            #[inline(always)]
            fn and(self, other: Self) -> Self {
                Self(v128_and(self.0, other.0))
            }

            #[inline(always)]
            fn without(self, other: Self) -> Self {
                Self(v128_andnot(self.0, other.0))
            }

            #[inline(always)]
            fn is(self, other: Self) -> Self {
                Self($is(self.0, other.0))
            }

            #[inline(always)]
            fn above(self, other: Self) -> Self {
                Self($above(self.0, other.0))
            }
        }
    };
}

vectors! {
    Bytes, u8, 16, u8x16_splat, i8x16_add, u8x16_sub_sat, u8x16_max, i8x16_eq, u8x16_gt,
    fn of_lines(lines: &[u8; LINES], _: usize) -> Self {
        Self::load(lines)
    },
    fn of_columns(lines: &[u16; LINES], _: usize) -> Self {
        // SAFETY: there are twice sixteen bytes.
        let (low, high) = unsafe {
            let lines = lines.as_ptr();
            (v128_load(lines.cast()), v128_load(lines.add(8).cast()))
        };
        Self(u8x16_narrow_i16x8(low, high))
    }
}

vectors! {
    Words, u16, 8, u16x8_splat, i16x8_add, u16x8_sub_sat, u16x8_max, i16x8_eq, u16x8_gt,
    fn of_lines(lines: &[u8; LINES], at: usize) -> Self {
        // SAFETY: eight bytes from `at` on are checked to be there.
        Self(unsafe { i16x8_load_extend_u8x8(lines[at..at + 8].as_ptr()) })
    },
    fn of_columns(lines: &[u16; LINES], at: usize) -> Self {
        // SAFETY: eight numbers from `at` on are checked to be there.
        Self(unsafe { v128_load(lines[at..at + 8].as_ptr().cast()) })
    }
}
