//! What everything costs.
//!
//! One unit is one ordinary instruction: some 0.5 ns compiled, some 10 ns interpreted. Prices follow what instructions take when
//! compiled; they need to be right within a factor of a few, since the tap looks at a clock. They may change with
//! any version, so a number of units means something only beside the version that counted it.

use wasmparser::Operator;

/// Paying itself: reading, lowering and testing the countdown.
pub const SITE: u64 = 5;

/// A call of a function of the module, without what it does.
pub const CALL: u64 = 5;

/// A call through a table.
pub const INDIRECT: u64 = 10;

/// A call of an imported function, which may be the host's.
pub const IMPORT: u64 = 100;

/// A division, a remainder or a square root.
pub const DIVISION: u64 = 10;

/// Growing a memory or a table, without the length.
pub const GROW: u64 = 1_000;

/// Each page that a memory grows by.
pub const PAGE: u64 = 1_000;

/// A bulk operation, without what it moves.
pub const BULK: u64 = 20;

/// Bytes of a memory that a bulk operation moves for one unit, as a power of two.
pub const BYTES: u32 = 4;

/// The most bytes of a memory that are moved at once, as a power of two; 65,536 units.
pub const CHUNK_BYTES: u32 = 20;

/// The most elements of a table that are moved at once, as a power of two; each costs a unit.
pub const CHUNK_ELEMENTS: u32 = 16;

/// The dearest function that its callers pay for. A dearer one pays at its entry.
pub const INLINE: u64 = 300;

/// The most that is paid at once: straight code that costs more pays in several places.
pub const SPLIT: u64 = 20_000;

/// Bytes of stack that the calls of an instance may take, as they are estimated.
pub const STACK_BUDGET: i32 = 2 << 20;

/// What an instruction costs that is neither a call nor a bulk operation.
pub(super) fn of(op: &Operator<'_>) -> u64 {
    match op {
        Operator::Block { .. } | Operator::Else | Operator::End | Operator::Nop => 0,
        Operator::I32DivS
        | Operator::I32DivU
        | Operator::I32RemS
        | Operator::I32RemU
        | Operator::I64DivS
        | Operator::I64DivU
        | Operator::I64RemS
        | Operator::I64RemU
        | Operator::F32Div
        | Operator::F64Div
        | Operator::F32Sqrt
        | Operator::F64Sqrt
        | Operator::F32x4Div
        | Operator::F64x2Div
        | Operator::F32x4Sqrt
        | Operator::F64x2Sqrt => DIVISION,
        Operator::MemoryGrow { .. } | Operator::TableGrow { .. } => GROW,
        _ => 1,
    }
}
