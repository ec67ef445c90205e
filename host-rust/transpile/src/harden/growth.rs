//! Functions that memories and tables grow by.
//!
//! Growth is not divided, since half a growth is another result, and it is paid for when it is done, since a refusal costs nothing; the
//! host's limits bound it. The host is told when it was refused although the declared maximum allows it: a guest that traps after
//! that was short of memory.

use super::added::settle;
use super::cost;
use super::input::Input;
use super::layout::{Import, Layout};
use super::write;
use wasm_encoder::{BlockType, Instruction, ValType};
use wasmparser::Operator;

/// What grows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Growth {
    Memory,
    Table(u32),
}

impl Growth {
    pub(super) fn of(op: &Operator<'_>) -> Option<Growth> {
        match *op {
            Operator::MemoryGrow { .. } => Some(Growth::Memory),
            Operator::TableGrow { table } => Some(Growth::Table(table)),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Growth::Memory => "tenon:memory.grow",
            Growth::Table(_) => "tenon:table.grow",
        }
    }

    /// The parameters of the function, the length last. It has one result.
    pub(super) fn params(self) -> Vec<ValType> {
        match self {
            Growth::Memory => vec![ValType::I32],
            // There are no tables of anything else.
            Growth::Table(_) => vec![ValType::FUNCREF, ValType::I32],
        }
    }

    pub(super) fn code(self, input: &Input<'_>, layout: &Layout, settle_index: u32) -> Vec<u8> {
        let (length, size, maximum) = match self {
            Growth::Memory => (0, Instruction::MemorySize(0), input.memory_maximum),
            Growth::Table(table) => {
                let maximum = input.tables[table as usize].maximum;
                (1, Instruction::TableSize(table), maximum)
            }
        };
        let mut code = Vec::new();
        for param in 0..=length {
            write(&mut code, &[Instruction::LocalGet(param)]);
        }
        let result = length + 1;
        write(
            &mut code,
            &[
                match self {
                    Growth::Memory => Instruction::MemoryGrow(0),
                    Growth::Table(table) => Instruction::TableGrow(table),
                },
                Instruction::LocalTee(result),
                Instruction::I32Const(-1),
                Instruction::I32Eq,
                Instruction::If(BlockType::Empty),
            ],
        );
        let refused = Instruction::Call(layout.import(Import::Refused).unwrap_or_default());
        match maximum {
            // Whatever it asked for was not its own to refuse.
            None => write(&mut code, &[refused]),
            Some(maximum) => write(
                &mut code,
                &[
                    Instruction::LocalGet(length),
                    Instruction::I32Const(maximum as i32),
                    size,
                    Instruction::I32Sub,
                    Instruction::I32LeU,
                    Instruction::If(BlockType::Empty),
                    refused,
                    Instruction::End,
                ],
            ),
        }
        write(
            &mut code,
            &[
                Instruction::Else,
                Instruction::GlobalGet(layout.countdown()),
                Instruction::LocalGet(length),
                Instruction::I64ExtendI32U,
                Instruction::I64Const(match self {
                    Growth::Memory => cost::PAGE as i64,
                    Growth::Table(_) => 1,
                }),
                Instruction::I64Mul,
            ],
        );
        settle(&mut code, layout.countdown(), settle_index);
        write(
            &mut code,
            &[
                Instruction::End,
                Instruction::LocalGet(result),
                Instruction::End,
            ],
        );
        code
    }
}
