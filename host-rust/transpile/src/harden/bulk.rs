//! Functions that do bulk operations in pieces.
//!
//! One `memory.copy` can take a second. Each bulk instruction becomes a call of a function that does the same and pays by length,
//! unless it is short.
//! More than a chunk is done chunk by chunk, but only once it is known to lie inside: an operation that traps must not
//! have written anything before.

use super::added::{pay, settle};
use super::cost;
use super::input::Input;
use super::layout::Layout;
use super::scratch::Scratch;
use super::write;
use wasm_encoder::{BlockType, Instruction, ValType};
use wasmparser::Operator;

/// A bulk operation. There is one memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bulk {
    Fill,
    Copy,
    Init { data: u32 },
    TableFill { table: u32 },
    TableCopy { to: u32, from: u32 },
    TableInit { table: u32, elements: u32 },
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
        }
    }

    /// The table that is written; none for a memory.
    fn table(self) -> Option<u32> {
        match self {
            Bulk::Fill | Bulk::Copy | Bulk::Init { .. } => None,
            Bulk::TableFill { table }
            | Bulk::TableCopy { to: table, .. }
            | Bulk::TableInit { table, .. } => Some(table),
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

    pub(super) fn name(self) -> &'static str {
        match self {
            Bulk::Fill => "tenon:memory.fill",
            Bulk::Copy => "tenon:memory.copy",
            Bulk::Init { .. } => "tenon:memory.init",
            Bulk::TableFill { .. } => "tenon:table.fill",
            Bulk::TableCopy { .. } => "tenon:table.copy",
            Bulk::TableInit { .. } => "tenon:table.init",
        }
    }

    /// Whether short ones are done where they stand. Code that compilers write is full of them.
    pub(super) fn is_common(self) -> bool {
        matches!(self, Bulk::Fill | Bulk::Copy)
    }

    /// A common operation: where it stands if it is short, else by the function with the index. What a short one costs is paid already.
    pub(super) fn in_place(self, scratch: Scratch, function: u32) -> Vec<u8> {
        let words = scratch.words();
        let [to, from, length] = words;
        let operands = words.map(Instruction::LocalGet);
        let mut code = Vec::new();
        write(
            &mut code,
            &[
                Instruction::LocalSet(length),
                Instruction::LocalSet(from),
                Instruction::LocalSet(to),
                Instruction::LocalGet(length),
                Instruction::I32Const(cost::SHORT),
                Instruction::I32LeU,
                Instruction::If(BlockType::Empty),
            ],
        );
        write(&mut code, &operands);
        write(&mut code, &[self.instruction(), Instruction::Else]);
        write(&mut code, &operands);
        write(&mut code, &[Instruction::Call(function), Instruction::End]);
        code
    }

    /// The parameters of the function. It has no results.
    pub(super) fn params(self) -> Vec<ValType> {
        let second = match self {
            // There are no tables of anything else.
            Bulk::TableFill { .. } => ValType::FUNCREF,
            _ => ValType::I32,
        };
        vec![ValType::I32, second, ValType::I32]
    }

    pub(super) fn code(self, input: &Input<'_>, layout: &Layout, settle_index: u32) -> Vec<u8> {
        let countdown = layout.countdown();
        let mut code = Vec::new();
        let pieces = Pieces {
            bulk: self,
            input,
            pay: pay(
                countdown,
                (self.chunk() >> self.shift()) as u64 + cost::SITE,
                settle_index,
            ),
        };
        pieces.chunks(&mut code);
        write(
            &mut code,
            &[
                Instruction::GlobalGet(countdown),
                Instruction::LocalGet(LENGTH),
                Instruction::I64ExtendI32U,
                Instruction::I64Const(i64::from(self.shift())),
                Instruction::I64ShrU,
            ],
        );
        settle(&mut code, countdown, settle_index);
        write(
            &mut code,
            &[
                Instruction::LocalGet(TO),
                Instruction::LocalGet(FROM),
                Instruction::LocalGet(LENGTH),
                self.instruction(),
                Instruction::End,
            ],
        );
        code
    }
}

/// What a bulk operation is divided with.
struct Pieces<'a> {
    bulk: Bulk,
    input: &'a Input<'a>,
    /// The code that pays for a chunk.
    pay: Vec<u8>,
}

impl Pieces<'_> {
    /// All of an operation but the last chunk, where it is longer than that and inside.
    fn chunks(&self, code: &mut Vec<u8>) {
        let bulk = self.bulk;
        let longer = [
            Instruction::LocalGet(LENGTH),
            Instruction::I32Const(bulk.chunk()),
            Instruction::I32GtU,
        ];
        let chunk = Instruction::I32Const(bulk.chunk());

        write(code, &longer);
        write(code, &[Instruction::If(BlockType::Empty)]);
        self.inside(code);
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
            code.extend_from_slice(&self.pay);
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
        code.extend_from_slice(&self.pay);
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
    fn inside(&self, code: &mut Vec<u8>) {
        let bulk = self.bulk;
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

/// The parameters of all operations. What `fill` fills with stands where others are told what to copy.
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
