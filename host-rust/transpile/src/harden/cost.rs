//! What everything costs.
//!
//! One unit is one ordinary instruction: some 0.5 ns compiled, some 10 ns interpreted. Prices follow what instructions take when
//! compiled; they need to be right within a factor of a few, since the tap looks at a clock. They may change with
//! any version, so a number of units means something only beside the version that counted it.

use super::bulk::Bulk;
use super::growth::Growth;
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

/// Reading a memory, which takes a hundred times as long where no cache has the bytes.
pub const LOAD: u64 = 3;

/// Growing a memory or a table, without the length.
pub const GROW: u64 = 1_000;

/// Each page that a memory grows by.
pub const PAGE: u64 = 1_000;

/// A bulk operation, with as much as it moves if that is short.
pub const BULK: u64 = 30;

/// The most bytes of a memory that a short operation moves.
pub const SHORT: i32 = 512;

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

/// What an instruction costs by its opcode alone, where nothing else has to be known of it: it does not branch, call or name
/// what may move, and nothing takes its place. `None` for all others.
pub(super) fn plain(opcode: u8) -> Option<u64> {
    Some(match opcode {
        // nop
        0x01 => 0,
        // Integers are divided; floats are divided or have a root drawn.
        0x6d..=0x70 | 0x7f..=0x82 | 0x91 | 0x95 | 0x9f | 0xa3 => DIVISION,
        // copysign
        0x98 | 0xa6 => return None,
        // Loads.
        0x28..=0x35 => LOAD,
        // drop, stores and memory.size, constants, and all that computes.
        0x1a | 0x36..=0x3f | 0x41..=0xc4 => 1,
        _ => return None,
    })
}

/// What an instruction costs but for a call that names its function.
pub(super) fn straight(op: &Operator<'_>) -> u64 {
    match op {
        Operator::CallIndirect { .. } => INDIRECT,
        op if Bulk::of(op).is_some() || Growth::of(op).is_some() => CALL + BULK + of(op),
        op => of(op),
    }
}

/// What an instruction costs that is neither a call nor a bulk operation.
fn of(op: &Operator<'_>) -> u64 {
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
        Operator::I32Load { .. }
        | Operator::I32Load8S { .. }
        | Operator::I32Load8U { .. }
        | Operator::I32Load16S { .. }
        | Operator::I32Load16U { .. }
        | Operator::I64Load { .. }
        | Operator::I64Load8S { .. }
        | Operator::I64Load8U { .. }
        | Operator::I64Load16S { .. }
        | Operator::I64Load16U { .. }
        | Operator::I64Load32S { .. }
        | Operator::I64Load32U { .. }
        | Operator::F32Load { .. }
        | Operator::F64Load { .. }
        | Operator::V128Load { .. }
        | Operator::V128Load8x8S { .. }
        | Operator::V128Load8x8U { .. }
        | Operator::V128Load16x4S { .. }
        | Operator::V128Load16x4U { .. }
        | Operator::V128Load32x2S { .. }
        | Operator::V128Load32x2U { .. }
        | Operator::V128Load8Splat { .. }
        | Operator::V128Load16Splat { .. }
        | Operator::V128Load32Splat { .. }
        | Operator::V128Load64Splat { .. }
        | Operator::V128Load32Zero { .. }
        | Operator::V128Load64Zero { .. }
        | Operator::V128Load8Lane { .. }
        | Operator::V128Load16Lane { .. }
        | Operator::V128Load32Lane { .. }
        | Operator::V128Load64Lane { .. }
        | Operator::TableGet { .. } => LOAD,
        Operator::MemoryGrow { .. } | Operator::TableGrow { .. } => GROW,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harden::float::Float;
    use wasmparser::{BinaryReader, FrameKind, FrameStack};

    struct Anywhere;

    impl FrameStack for Anywhere {
        fn current_frame(&self) -> Option<FrameKind> {
            Some(FrameKind::If)
        }
    }

    #[test]
    fn what_is_plain_costs_the_same_and_stays() {
        let mut count = 0;
        for opcode in 0..=u8::MAX {
            let Some(cost) = plain(opcode) else { continue };
            let bytes = [opcode, 0, 0, 0, 0, 0, 0, 0, 0];
            let op = BinaryReader::new(&bytes, 0).peek_operator(&Anywhere);
            let op = op.unwrap();
            assert_eq!(cost, straight(&op), "{op:?}");
            assert!(Float::of(&op, None).is_none(), "{op:?}");
            assert!(Bulk::of(&op).is_none(), "{op:?}");
            count += 1;
        }
        // nop and drop, 24 with memory, 4 constants and 128 that compute, but for two.
        assert_eq!(count, 2 + 24 + 4 + 128 - 2);
    }
}
