//! The functions that hardening adds to a module.

use super::bulk::Bulk;
use super::growth::Growth;
use super::input::Input;
use super::layout::{Import, Layout};
use super::write;
use std::collections::BTreeMap;
use wasm_encoder::{BlockType, Instruction, ValType};

/// What an added function does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    /// Hands the countdown to the tap; its answer is what there is next.
    Settle,
    Bulk(Bulk),
    Growth(Growth),
}

/// An added function.
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) params: Vec<ValType>,
    pub(super) results: Vec<ValType>,
    /// Locals beside the parameters, all of them `i32`.
    pub(super) locals: u32,
    /// Instructions, with the `end` of the function.
    pub(super) code: Vec<u8>,
}

/// The functions that are added to a module, each once.
pub(super) struct Added<'a> {
    input: &'a Input<'a>,
    layout: &'a Layout,
    indices: BTreeMap<Task, u32>,
    order: Vec<Task>,
}

impl<'a> Added<'a> {
    pub(super) fn new(input: &'a Input<'a>, layout: &'a Layout) -> Added<'a> {
        let mut added = Added {
            input,
            layout,
            indices: BTreeMap::new(),
            order: Vec::new(),
        };
        if layout.import(Import::Tap).is_some() {
            added.index(Task::Settle);
        }
        added
    }

    /// The index of the function for a task.
    pub(super) fn index(&mut self, task: Task) -> u32 {
        let next = self.layout.first_added() + self.order.len() as u32;
        *self.indices.entry(task).or_insert_with(|| {
            self.order.push(task);
            next
        })
    }

    /// The functions, in the order of their indices.
    pub(super) fn functions(&self) -> Vec<Function> {
        self.order.iter().map(|task| self.function(*task)).collect()
    }

    /// The index of [`Task::Settle`], which comes first.
    pub(super) fn settle(&self) -> u32 {
        self.layout.first_added()
    }

    fn function(&self, task: Task) -> Function {
        match task {
            Task::Settle => {
                let countdown = self.layout.countdown();
                let mut code = Vec::new();
                write(
                    &mut code,
                    &[
                        Instruction::GlobalGet(countdown),
                        Instruction::Call(self.layout.import(Import::Tap).unwrap_or_default()),
                        Instruction::GlobalSet(countdown),
                        Instruction::End,
                    ],
                );
                Function {
                    name: "tenon:settle",
                    params: Vec::new(),
                    results: Vec::new(),
                    locals: 0,
                    code,
                }
            }
            Task::Bulk(bulk) => Function {
                name: bulk.name(),
                params: bulk.params(),
                results: Vec::new(),
                locals: 0,
                code: bulk.code(self.input, self.layout, self.settle()),
            },
            Task::Growth(growth) => Function {
                name: growth.name(),
                params: growth.params(),
                results: vec![ValType::I32],
                locals: 1,
                code: growth.code(self.input, self.layout, self.settle()),
            },
        }
    }
}

/// The code that takes a price from the countdown, and calls `settle` when that leaves less than nothing.
pub(super) fn pay(countdown: u32, cost: u64, settle_index: u32) -> Vec<u8> {
    let mut code = Vec::new();
    write(
        &mut code,
        &[
            Instruction::GlobalGet(countdown),
            Instruction::I64Const(cost as i64),
        ],
    );
    settle(&mut code, countdown, settle_index);
    code
}

/// The end of [`pay`]: the countdown and the price are on the stack.
pub(super) fn settle(code: &mut Vec<u8>, countdown: u32, settle_index: u32) {
    write(
        code,
        &[Instruction::I64Sub, Instruction::GlobalSet(countdown)],
    );
    settled(code, countdown, settle_index);
}

/// Calls `settle` when the countdown is below zero.
///
/// What is usual comes first: where ways meet, wazero's compiler keeps values in the registers in which the first one has them, so
/// the other one, with the call, loads them again.
pub(super) fn settled(code: &mut Vec<u8>, countdown: u32, settle_index: u32) {
    write(
        code,
        &[
            Instruction::GlobalGet(countdown),
            Instruction::I64Const(0),
            Instruction::I64GeS,
            Instruction::If(BlockType::Empty),
            Instruction::Else,
            Instruction::Call(settle_index),
            Instruction::End,
        ],
    );
}
