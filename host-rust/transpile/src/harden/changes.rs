//! What becomes of a function: other instructions for some of its own, and what is put between them.

use super::Edit;
use super::added::{Added, Task, pay};
use super::bulk::Bulk;
use super::function::{Change, Function, Spot};
use super::input::Input;
use super::layout::Layout;
use super::paths::{Place, Priced};
use super::scratch::{self, Scratch};
use super::types::Types;
use super::{cost, leb, stack};
use crate::error::Error;
use wasm_encoder::{Encode, Instruction};
use wasmparser::BinaryReader;

/// All that is done to functions.
pub(super) struct Changes<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) layout: &'a Layout,
    pub(super) floats: bool,
    pub(super) lean: bool,
    /// For each function where it pays; nothing without a gate.
    pub(super) priced: Vec<Priced>,
    /// For each function what it takes from the stack, if it counts that.
    pub(super) weights: Vec<Option<u32>>,
}

impl Changes<'_> {
    /// The changes of a function, in order.
    pub(super) fn of(
        &self,
        place: usize,
        added: &mut Added<'_>,
        types: &mut Types,
    ) -> Result<Vec<Edit>, Error> {
        let (function, body) = (&self.input.functions[place], self.input.body(place));
        let weight = self.weights.get(place).copied().flatten();
        let mut scratch = None;
        let mut edits = Vec::new();
        if self.works(function) {
            if function.locals <= LOCALS - scratch::COUNT {
                scratch = Some(Scratch(function.locals));
                edits.extend(declare(function, body));
            } else if self.floats && function.has(|change| matches!(change, Change::Float(_))) {
                let what =
                    "a function with float instructions that are replaced has too many locals";
                return Err(Error::limit(what, LOCALS as usize).at(self.input.body_start(place)));
            }
        }
        let ends = weight.map(|weight| {
            let block = types.block(&self.input.results[function.ty as usize]);
            stack::around(self.layout, weight, block, function.code())
        });
        let (enter, leave) = ends.map_or((None, None), |[enter, leave]| (Some(enter), Some(leave)));
        edits.extend(enter);
        let replaced = Replaced {
            changes: self,
            function,
            scratch,
            counts_stack: weight.is_some(),
        };
        let mut places: Vec<&Place> = (self.priced.get(place).into_iter())
            .flat_map(Priced::places)
            .collect();
        places.sort_by_key(|place| place.at);
        let mut places = places.into_iter().peekable();
        let mut rest = &function.changes[..];
        let (countdown, settle) = (self.layout.countdown(), added.settle());
        let mut ends = Vec::new();
        for each in function.loops.iter().filter(|_| self.layout.gate.is_some()) {
            while let Some(place) = places.next_if(|place| (place.at as usize) < each.head()) {
                edits.push(insert(
                    place.at as usize,
                    pay(countdown, place.price(1), settle),
                ));
            }
            let place = places.next_if(|place| place.at as usize == each.head());
            let copies = match place {
                Some(place) if !self.lean => each.copies(place.cost()),
                _ => 1,
            };
            // Where nothing gets there is no place.
            let price = place.map_or(cost::SITE, |place| place.price(copies));
            let outer = each.outer(body, countdown, settle);
            let inner = each.inner(countdown, price, settle);
            let whole = each.whole();
            if copies == 1 {
                edits.push(insert(whole.start, outer));
                edits.push(insert(each.head(), inner));
                ends.push(insert(whole.end, END.to_vec()));
                continue;
            }
            let (before, others) = split(rest, whole.start);
            let (inside, behind) = split(others, whole.end);
            rest = behind;
            edits.extend(replaced.edits(before, 0, added));
            let changed = |more| replaced.edits(inside, more, added);
            let bytes = each.repeated(body, copies, [outer, inner], changed);
            edits.push(Edit {
                range: whole,
                bytes,
            });
        }
        edits.extend(
            places.map(|place| insert(place.at as usize, pay(countdown, place.price(1), settle))),
        );
        edits.extend(replaced.edits(rest, 0, added));
        edits.extend(leave);
        ends.extend(edits);
        // Stable, so what comes before an instruction stays before it, and a loop ends before that.
        ends.sort_by_key(|edit| edit.range.start);
        Ok(ends)
    }

    /// Whether what takes the place of some instruction works with locals.
    fn works(&self, function: &Function) -> bool {
        function.has(|change| match change {
            Change::Float(_) => self.floats,
            Change::Bulk(bulk) => self.in_place(bulk),
            _ => false,
        })
    }

    /// Whether short ones of an operation are done where they stand.
    fn in_place(&self, bulk: Bulk) -> bool {
        self.layout.gate.is_some() && !self.lean && bulk.is_common()
    }
}

/// The declaration of a function's locals, which begins with the number of their groups, for those of [`scratch::LOCALS`] too.
fn declare(function: &Function, body: &[u8]) -> [Edit; 2] {
    let mut reader = BinaryReader::new(body, 0);
    // The function is valid, so the number is there.
    let groups = reader.read_var_u32().unwrap_or_default();
    let count = Edit {
        range: 0..reader.original_position(),
        bytes: leb(groups + scratch::LOCALS.len() as u32),
    };
    let mut bytes = Vec::new();
    for (count, ty) in scratch::LOCALS {
        count.encode(&mut bytes);
        ty.encode(&mut bytes);
    }
    let at = function.code_start as usize;
    [
        count,
        Edit {
            range: at..at,
            bytes,
        },
    ]
}

/// What takes the place of instructions of one function.
struct Replaced<'a> {
    changes: &'a Changes<'a>,
    function: &'a Function,
    scratch: Option<Scratch>,
    counts_stack: bool,
}

impl Replaced<'_> {
    /// Other instructions for those that need it where there are so many more blocks around them.
    fn edits(&self, changes: &[Spot], more: u32, added: &mut Added<'_>) -> Vec<Edit> {
        let edit = |(range, change): &Spot| {
            Some(Edit {
                range: range.start as usize..range.end as usize,
                bytes: self.instruction(*change, more, added)?,
            })
        };
        changes.iter().filter_map(edit).collect()
    }

    fn instruction(&self, change: Change, more: u32, added: &mut Added<'_>) -> Option<Vec<u8>> {
        let layout = self.changes.layout;
        let gate = layout.gate.is_some();
        let instruction = match change {
            Change::Reference(reference) if layout.moves(reference) => {
                return Some(layout.reference(reference));
            }
            Change::Float(float) if self.changes.floats => return Some(float.code(self.scratch?)),
            Change::Bulk(bulk) if gate => {
                let function = added.index(Task::Bulk(bulk));
                match self.scratch {
                    Some(scratch) if self.changes.in_place(bulk) => {
                        return Some(bulk.in_place(scratch, function));
                    }
                    _ => Instruction::Call(function),
                }
            }
            Change::Growth(growth) if gate => Instruction::Call(added.index(Task::Growth(growth))),
            Change::Return(exit) if self.counts_stack => Instruction::Br(exit.depth(more)),
            Change::Br(exit) if gate => Instruction::Br(exit.depth(more)),
            Change::BrIf(exit) if gate => Instruction::BrIf(exit.depth(more)),
            Change::BrTable(table) if gate => {
                return Some(self.function.tables[table as usize].clone());
            }
            _ => return None,
        };
        let mut bytes = Vec::new();
        instruction.encode(&mut bytes);
        Some(bytes)
    }
}

fn insert(at: usize, bytes: Vec<u8>) -> Edit {
    Edit {
        range: at..at,
        bytes,
    }
}

const END: [u8; 1] = [0x0b];

/// The changes that begin before a byte, and the others.
fn split(changes: &[Spot], at: usize) -> (&[Spot], &[Spot]) {
    changes.split_at(changes.partition_point(|(range, _)| (range.start as usize) < at))
}

/// The most locals of a function.
const LOCALS: u32 = 50_000;
