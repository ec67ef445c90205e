//! What the columns of one line are, in a strip of bytes each, and how strips become lanes.

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[path = "strip_plain.rs"]
mod kind;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[path = "strip_simd.rs"]
mod kind;

pub(crate) use kind::{fill, transpose};

use crate::columns::Column;

/// The most columns of a strip.
pub(crate) const WIDEST: usize = 512;

/// The columns of a line.
#[derive(Clone)]
pub(crate) struct Strip {
    /// What the characters are compared by.
    pub(crate) codes: [u8; WIDEST],
    /// What they add to a score, and 1 more.
    pub(crate) bonuses: [u8; WIDEST],
}

impl Strip {
    pub(crate) const EMPTY: Self = Self {
        codes: [0; WIDEST],
        bonuses: [0; WIDEST],
    };

    #[inline(always)]
    pub(crate) fn set(&mut self, at: usize, column: Column) {
        self.codes[at] = column.code as u8;
        self.bonuses[at] = column.bonus as u8 + 1;
    }
}
