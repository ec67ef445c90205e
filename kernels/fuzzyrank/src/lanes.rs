//! Eight lines at a time: the operations on eight numbers of 16 bits that the programme is made of.
//!
//! A comparison gives a mask, all bits of a lane or none.

/// As many lines as are scored at a time.
pub(crate) const LANES: usize = 8;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) use plain::Lanes;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) use simd::Lanes;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd {
    use std::arch::wasm32::{
        i16x8_add, i16x8_eq, i16x8_gt, i16x8_max, i16x8_splat, v128, v128_and, v128_bitselect,
        v128_load, v128_store,
    };

    #[derive(Clone, Copy)]
    pub(crate) struct Lanes(v128);

    impl Lanes {
        #[inline(always)]
        pub(crate) fn all(value: i16) -> Self {
            Self(i16x8_splat(value))
        }

        #[inline(always)]
        pub(crate) fn load(from: &[i16; 8]) -> Self {
            // SAFETY: eight numbers are what is read.
            Self(unsafe { v128_load(from.as_ptr().cast()) })
        }

        #[inline(always)]
        pub(crate) fn store(self, to: &mut [i16; 8]) {
            // SAFETY: eight numbers are what is written.
            unsafe { v128_store(to.as_mut_ptr().cast(), self.0) }
        }

        #[inline(always)]
        pub(crate) fn add(self, other: Self) -> Self {
            Self(i16x8_add(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn max(self, other: Self) -> Self {
            Self(i16x8_max(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn and(self, other: Self) -> Self {
            Self(v128_and(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn is(self, other: Self) -> Self {
            Self(i16x8_eq(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn above(self, other: Self) -> Self {
            Self(i16x8_gt(self.0, other.0))
        }

        /// What `yes` is where the mask is set, and what `no` is elsewhere.
        #[inline(always)]
        pub(crate) fn pick(self, yes: Self, no: Self) -> Self {
            Self(v128_bitselect(yes.0, no.0, self.0))
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod plain {
    use std::array::from_fn;

    #[derive(Clone, Copy)]
    pub(crate) struct Lanes([i16; 8]);

    impl Lanes {
        #[inline(always)]
        pub(crate) fn all(value: i16) -> Self {
            Self([value; 8])
        }

        #[inline(always)]
        pub(crate) fn load(from: &[i16; 8]) -> Self {
            Self(*from)
        }

        #[inline(always)]
        pub(crate) fn store(self, to: &mut [i16; 8]) {
            *to = self.0;
        }

        #[inline(always)]
        fn each(self, other: Self, of: impl Fn(i16, i16) -> i16) -> Self {
            Self(from_fn(|i| of(self.0[i], other.0[i])))
        }

        #[inline(always)]
        pub(crate) fn add(self, other: Self) -> Self {
            self.each(other, i16::wrapping_add)
        }

        #[inline(always)]
        pub(crate) fn max(self, other: Self) -> Self {
            self.each(other, i16::max)
        }

        #[inline(always)]
        pub(crate) fn and(self, other: Self) -> Self {
            self.each(other, |a, b| a & b)
        }

        #[inline(always)]
        pub(crate) fn is(self, other: Self) -> Self {
            self.each(other, |a, b| -i16::from(a == b))
        }

        #[inline(always)]
        pub(crate) fn above(self, other: Self) -> Self {
            self.each(other, |a, b| -i16::from(a > b))
        }

        /// What `yes` is where the mask is set, and what `no` is elsewhere.
        #[inline(always)]
        pub(crate) fn pick(self, yes: Self, no: Self) -> Self {
            Self(from_fn(|i| (yes.0[i] & self.0[i]) | (no.0[i] & !self.0[i])))
        }
    }
}
