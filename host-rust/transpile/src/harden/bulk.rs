//! Functions that do bulk operations in pieces.
//!
//! One `memory.copy` can take a second. Each bulk instruction becomes a call of a function that does the same and pays by length.
//! More than a chunk is done chunk by chunk, but only once it is known to lie inside: an operation that traps must not
//! have written anything before.

use super::cost;
use super::input::Input;
use super::layout::Layout;
use super::paths::{pay, settle, write};
use std::collections::BTreeMap;
use wasm_encoder::{BlockType, Instruction, ValType};
use wasmparser::{Operator, RefType};

/// A bulk operation. There is one memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bulk {
    Fill,
    Copy,
    Init { data: u32 },
    TableFill { table: u32 },
    TableCopy { to: u32, from: u32 },
    TableInit { table: u32, elements: u32 },
    TableGrow { table: u32 },
}

impl Bulk {
    pub(super) fn of(op: &Operator<'_>) -> Option<Bulk> {
        Some(match *op {
            Operator::MemoryFill { .. } => Bulk::Fill,
            Operator::MemoryCopy { .. } => Bulk::Copy,
            Operator::MemoryInit { data_index, .. } => Bulk::Init { data: data_index },
            Operator::TableFill { table } => Bulk::TableFill { table },
            Operator::TableCopy {
                dst_table,
                src_table,
            } => Bulk::TableCopy {
                to: dst_table,
                from: src_table,
            },
            Operator::TableInit { elem_index, table } => Bulk::TableInit {
                table,
                elements: elem_index,
            },
            Operator::TableGrow { table } => Bulk::TableGrow { table },
            _ => return None,
        })
    }

    fn instruction(self) -> Instruction<'static> {
        match self {
            Bulk::Fill => Instruction::MemoryFill(0),
            Bulk::Copy => Instruction::MemoryCopy {
                src_mem: 0,
                dst_mem: 0,
            },
            Bulk::Init { data } => Instruction::MemoryInit {
                mem: 0,
                data_index: data,
            },
            Bulk::TableFill { table } => Instruction::TableFill(table),
            Bulk::TableCopy { to, from } => Instruction::TableCopy {
                src_table: from,
                dst_table: to,
            },
            Bulk::TableInit { table, elements } => Instruction::TableInit {
                elem_index: elements,
                table,
            },
            Bulk::TableGrow { table } => Instruction::TableGrow(table),
        }
    }

    /// The table that is written; none for a memory.
    fn table(self) -> Option<u32> {
        match self {
            Bulk::Fill | Bulk::Copy | Bulk::Init { .. } => None,
            Bulk::TableFill { table }
            | Bulk::TableCopy { to: table, .. }
            | Bulk::TableInit { table, .. }
            | Bulk::TableGrow { table } => Some(table),
        }
    }

    /// Units for a length are the length shifted by this.
    fn shift(self) -> u32 {
        self.table().map_or(cost::BYTES, |_| 0)
    }

    fn chunk(self) -> i32 {
        1 << self
            .table()
            .map_or(cost::CHUNK_BYTES, |_| cost::CHUNK_ELEMENTS)
    }
}

/// The functions that do the bulk operations of a module.
pub(super) struct Helpers<'a> {
    input: &'a Input<'a>,
    layout: &'a Layout,
    indices: BTreeMap<Bulk, u32>,
    order: Vec<Bulk>,
}

/// A function that hardening adds.
pub(super) struct Helper {
    pub(super) params: Vec<ValType>,
    pub(super) results: Vec<ValType>,
    /// Instructions, with the `end` of the function.
    pub(super) code: Vec<u8>,
}

impl<'a> Helpers<'a> {
    pub(super) fn new(input: &'a Input<'a>, layout: &'a Layout) -> Helpers<'a> {
        Helpers {
            input,
            layout,
            indices: BTreeMap::new(),
            order: Vec::new(),
        }
    }

    /// The index of the function that hands the countdown to the tap; those for bulk operations follow.
    pub(super) fn settle(&self) -> u32 {
        self.layout.first_added()
    }

    /// The index of the function that does an operation.
    pub(super) fn index(&mut self, bulk: Bulk) -> u32 {
        let next = self.settle() + 1 + self.order.len() as u32;
        *self.indices.entry(bulk).or_insert_with(|| {
            self.order.push(bulk);
            next
        })
    }

    /// The functions, in the order of their indices.
    pub(super) fn functions(&self) -> impl Iterator<Item = Helper> {
        self.order.iter().map(|bulk| self.function(*bulk))
    }

    fn function(&self, bulk: Bulk) -> Helper {
        let countdown = self.layout.countdown();
        let tap = self.settle();
        let mut code = Vec::new();
        let reference = |table: u32| match self.input.tables[table as usize] {
            RefType::FUNCREF => ValType::Ref(wasm_encoder::RefType::FUNCREF),
            _ => ValType::Ref(wasm_encoder::RefType::EXTERNREF),
        };
        let pay_length = |code: &mut Vec<u8>, length: u32| {
            write(
                code,
                &[
                    Instruction::GlobalGet(countdown),
                    Instruction::LocalGet(length),
                    Instruction::I64ExtendI32U,
                    Instruction::I64Const(i64::from(bulk.shift())),
                    Instruction::I64ShrU,
                ],
            );
            settle(code, countdown, tap);
        };
        if let Bulk::TableGrow { table } = bulk {
            // Not in pieces: growing by a part and failing then is not what the instruction does.
            pay_length(&mut code, 1);
            write(
                &mut code,
                &[
                    Instruction::LocalGet(0),
                    Instruction::LocalGet(1),
                    bulk.instruction(),
                    Instruction::End,
                ],
            );
            return Helper {
                params: vec![reference(table), ValType::I32],
                results: vec![ValType::I32],
                code,
            };
        }
        let second = match bulk {
            Bulk::TableFill { table } => reference(table),
            _ => ValType::I32,
        };
        self.chunks(bulk, &mut code);
        pay_length(&mut code, LENGTH);
        write(
            &mut code,
            &[
                Instruction::LocalGet(TO),
                Instruction::LocalGet(FROM),
                Instruction::LocalGet(LENGTH),
                bulk.instruction(),
                Instruction::End,
            ],
        );
        Helper {
            params: vec![ValType::I32, second, ValType::I32],
            results: Vec::new(),
            code,
        }
    }

    /// All of an operation but the last chunk, where it is longer than that and inside.
    fn chunks(&self, bulk: Bulk, code: &mut Vec<u8>) {
        let longer = [
            Instruction::LocalGet(LENGTH),
            Instruction::I32Const(bulk.chunk()),
            Instruction::I32GtU,
        ];
        let chunk = Instruction::I32Const(bulk.chunk());
        let units = (bulk.chunk() >> bulk.shift()) as u64;
        let pay = pay(self.layout.countdown(), units + cost::SITE, self.settle());

        write(code, &longer);
        write(code, &[Instruction::If(BlockType::Empty)]);
        self.inside(bulk, code);
        write(code, &[Instruction::If(BlockType::Empty)]);
        let copies = matches!(bulk, Bulk::Copy | Bulk::TableCopy { .. });
        if copies {
            // What moves up is copied from its end, lest it overwrite what is still to be copied.
            write(
                code,
                &[
                    Instruction::LocalGet(TO),
                    Instruction::LocalGet(FROM),
                    Instruction::I32GtU,
                    Instruction::If(BlockType::Empty),
                    Instruction::Loop(BlockType::Empty),
                ],
            );
            code.extend_from_slice(&pay);
            shorten(code, bulk.chunk());
            write(
                code,
                &[
                    Instruction::LocalGet(TO),
                    Instruction::LocalGet(LENGTH),
                    Instruction::I32Add,
                    Instruction::LocalGet(FROM),
                    Instruction::LocalGet(LENGTH),
                    Instruction::I32Add,
                    chunk.clone(),
                    bulk.instruction(),
                ],
            );
            write(code, &longer);
            write(
                code,
                &[Instruction::BrIf(0), Instruction::End, Instruction::Else],
            );
        }
        write(code, &[Instruction::Loop(BlockType::Empty)]);
        code.extend_from_slice(&pay);
        write(
            code,
            &[
                Instruction::LocalGet(TO),
                Instruction::LocalGet(FROM),
                chunk,
                bulk.instruction(),
            ],
        );
        advance(code, TO, bulk.chunk());
        if !matches!(bulk, Bulk::Fill | Bulk::TableFill { .. }) {
            advance(code, FROM, bulk.chunk());
        }
        shorten(code, bulk.chunk());
        write(code, &longer);
        write(code, &[Instruction::BrIf(0), Instruction::End]);
        let open = if copies { 3 } else { 2 };
        write(code, &vec![Instruction::End; open]);
    }

    /// Whether the operation lies inside of what it reads and writes, as an `i32`. Of a segment that was dropped meanwhile
    /// the first chunk traps.
    fn inside(&self, bulk: Bulk, code: &mut Vec<u8>) {
        let size = |table: Option<u32>| match table {
            Some(table) => vec![Instruction::TableSize(table), Instruction::I64ExtendI32U],
            None => vec![
                Instruction::MemorySize(0),
                Instruction::I64ExtendI32U,
                Instruction::I64Const(16),
                Instruction::I64Shl,
            ],
        };
        let fixed = |length: u64| vec![Instruction::I64Const(length as i64)];
        let source = match bulk {
            Bulk::Copy => Some(size(None)),
            Bulk::TableCopy { from, .. } => Some(size(Some(from))),
            Bulk::Init { data } => Some(fixed(self.input.data[data as usize])),
            Bulk::TableInit { elements, .. } => Some(fixed(self.input.elements[elements as usize])),
            _ => None,
        };
        let mut ends_inside = |start: u32, size: Vec<Instruction<'_>>| {
            write(
                code,
                &[
                    Instruction::LocalGet(start),
                    Instruction::I64ExtendI32U,
                    Instruction::LocalGet(LENGTH),
                    Instruction::I64ExtendI32U,
                    Instruction::I64Add,
                ],
            );
            write(code, &size);
            write(code, &[Instruction::I64LeU]);
        };
        ends_inside(TO, size(bulk.table()));
        if let Some(source) = source {
            ends_inside(FROM, source);
            write(code, &[Instruction::I32And]);
        }
    }
}

/// The parameters of all operations but `table.grow`. What `fill` fills with stands where others are told what to copy.
const TO: u32 = 0;
const FROM: u32 = 1;
const LENGTH: u32 = 2;

fn advance(code: &mut Vec<u8>, local: u32, by: i32) {
    write(
        code,
        &[
            Instruction::LocalGet(local),
            Instruction::I32Const(by),
            Instruction::I32Add,
            Instruction::LocalSet(local),
        ],
    );
}

fn shorten(code: &mut Vec<u8>, by: i32) {
    advance(code, LENGTH, -by);
}
