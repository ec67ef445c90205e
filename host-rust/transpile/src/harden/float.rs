//! Floating-point instructions that wazero's compiler for amd64 gets wrong, by others that do the same on the bits.
//!
//! When registers are short it loses a value that `select` or `copysign` reads. Instructions on integers are not affected, and neither
//! is `reinterpret`, which moves bits.

use super::write;
use wasm_encoder::{Instruction, ValType};
use wasmparser::Operator;

/// An instruction that is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Float {
    SelectF32,
    SelectF64,
    CopysignF32,
    CopysignF64,
}

/// The locals that the replacements use, behind the function's own.
pub(super) const LOCALS: [(u32, ValType); 2] = [(2, ValType::I32), (1, ValType::I64)];

/// How many locals these are.
pub(super) const LOCAL_COUNT: u32 = 3;

impl Float {
    /// The instruction, if it is one of these; `second` is the type of the operand below the top.
    pub(super) fn of(op: &Operator<'_>, second: Option<wasmparser::ValType>) -> Option<Float> {
        let select = |ty| match ty {
            wasmparser::ValType::F32 => Some(Float::SelectF32),
            wasmparser::ValType::F64 => Some(Float::SelectF64),
            _ => None,
        };
        match *op {
            // Where no type is known, nothing gets.
            Operator::Select => select(second?),
            Operator::TypedSelect { ty } => select(ty),
            Operator::F32Copysign => Some(Float::CopysignF32),
            Operator::F64Copysign => Some(Float::CopysignF64),
            _ => None,
        }
    }

    /// What takes its place, with the given number of locals before those of [`LOCALS`].
    pub(super) fn code(self, locals: u32) -> Vec<u8> {
        let condition = locals;
        let mut code = Vec::new();
        let (bits, to_bits, from_bits) = match self {
            Float::SelectF32 | Float::CopysignF32 => (
                locals + 1,
                Instruction::I32ReinterpretF32,
                Instruction::F32ReinterpretI32,
            ),
            Float::SelectF64 | Float::CopysignF64 => (
                locals + 2,
                Instruction::I64ReinterpretF64,
                Instruction::F64ReinterpretI64,
            ),
        };
        match self {
            Float::SelectF32 | Float::SelectF64 => write(
                &mut code,
                &[
                    Instruction::LocalSet(condition),
                    to_bits.clone(),
                    Instruction::LocalSet(bits),
                    to_bits,
                    Instruction::LocalGet(bits),
                    Instruction::LocalGet(condition),
                    Instruction::Select,
                ],
            ),
            Float::CopysignF32 => write(
                &mut code,
                &[
                    to_bits.clone(),
                    Instruction::I32Const(i32::MIN),
                    Instruction::I32And,
                    Instruction::LocalSet(bits),
                    to_bits,
                    Instruction::I32Const(i32::MAX),
                    Instruction::I32And,
                    Instruction::LocalGet(bits),
                    Instruction::I32Or,
                ],
            ),
            Float::CopysignF64 => write(
                &mut code,
                &[
                    to_bits.clone(),
                    Instruction::I64Const(i64::MIN),
                    Instruction::I64And,
                    Instruction::LocalSet(bits),
                    to_bits,
                    Instruction::I64Const(i64::MAX),
                    Instruction::I64And,
                    Instruction::LocalGet(bits),
                    Instruction::I64Or,
                ],
            ),
        }
        write(&mut code, &[from_bits]);
        code
    }
}
