//! The locals that what takes the place of instructions works with, behind the function's own.

use wasm_encoder::ValType;

/// How many there are of which types.
pub(super) const LOCALS: [(u32, ValType); 2] = [(3, ValType::I32), (1, ValType::I64)];

/// How many there are.
pub(super) const COUNT: u32 = 4;

/// Where they begin.
#[derive(Clone, Copy)]
pub(super) struct Scratch(pub(super) u32);

impl Scratch {
    /// The three of the type `i32`.
    pub(super) fn words(self) -> [u32; 3] {
        [self.0, self.0 + 1, self.0 + 2]
    }

    /// The one of the type `i64`.
    pub(super) fn long(self) -> u32 {
        self.0 + 3
    }
}
