//! Floating-point instructions that wazero's compiler for amd64 gets wrong, by others that do the same on the bits.
//!
//! It moves one operand to a register and then another there under a condition, and does not tell its register allocator that the second
//! step needs the first: when registers are short, and the other operand has to be brought back, the first may be lost. That is
//! so for `select` of floats and vectors, and much the same for `copysign`. Instructions on integers are not affected, and neither is
//! `reinterpret`, which moves bits.

use super::scratch::Scratch;
use super::write;
use wasm_encoder::Instruction;
use wasmparser::Operator;

/// An instruction that is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Float {
    SelectF32,
    SelectF64,
    SelectV128,
    CopysignF32,
    CopysignF64,
}

impl Float {
    /// The instruction, if it is one of these; `second` is the type of the operand below the top.
    pub(super) fn of(op: &Operator<'_>, second: Option<wasmparser::ValType>) -> Option<Float> {
        let select = |ty| match ty {
            wasmparser::ValType::F32 => Some(Float::SelectF32),
            wasmparser::ValType::F64 => Some(Float::SelectF64),
            wasmparser::ValType::V128 => Some(Float::SelectV128),
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

    /// What takes its place.
    pub(super) fn code(self, scratch: Scratch) -> Vec<u8> {
        let mut code = Vec::new();
        let [condition, word, _] = scratch.words();
        let (bits, to_bits, from_bits) = match self {
            Float::SelectV128 => {
                // All bits of the mask are the condition's.
                write(
                    &mut code,
                    &[
                        Instruction::I32Eqz,
                        Instruction::I32Const(1),
                        Instruction::I32Sub,
                        Instruction::I32x4Splat,
                        Instruction::V128Bitselect,
                    ],
                );
                return code;
            }
            Float::SelectF32 | Float::CopysignF32 => (
                word,
                Instruction::I32ReinterpretF32,
                Instruction::F32ReinterpretI32,
            ),
            Float::SelectF64 | Float::CopysignF64 => (
                scratch.long(),
                Instruction::I64ReinterpretF64,
                Instruction::F64ReinterpretI64,
            ),
        };
        let (sign, rest, and, or) = match self {
            Float::CopysignF32 => (
                Instruction::I32Const(i32::MIN),
                Instruction::I32Const(i32::MAX),
                Instruction::I32And,
                Instruction::I32Or,
            ),
            Float::CopysignF64 => (
                Instruction::I64Const(i64::MIN),
                Instruction::I64Const(i64::MAX),
                Instruction::I64And,
                Instruction::I64Or,
            ),
            _ => {
                write(
                    &mut code,
                    &[
                        Instruction::LocalSet(condition),
                        to_bits.clone(),
                        Instruction::LocalSet(bits),
                        to_bits,
                        Instruction::LocalGet(bits),
                        Instruction::LocalGet(condition),
                        Instruction::Select,
                        from_bits,
                    ],
                );
                return code;
            }
        };
        write(
            &mut code,
            &[
                to_bits.clone(),
                sign,
                and.clone(),
                Instruction::LocalSet(bits),
                to_bits,
                rest,
                and,
                Instruction::LocalGet(bits),
                or,
                from_bits,
            ],
        );
        code
    }
}
