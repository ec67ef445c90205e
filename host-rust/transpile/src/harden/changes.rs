//! What becomes of a function: other instructions for some of its own, and what is put between them.

use super::Edit;
use super::added::{Added, Task, pay};
use super::float::{self, Float};
use super::function::{Change, Function};
use super::input::Input;
use super::layout::Layout;
use super::paths::Priced;
use super::types::Types;
use super::{leb, stack};
use crate::error::Error;
use wasm_encoder::{Encode, Instruction};
use wasmparser::BinaryReader;

/// All that is done to functions.
pub(super) struct Changes<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) layout: &'a Layout,
    pub(super) floats: bool,
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
        let function = &self.input.functions[place];
        let weight = self.weights.get(place).copied().flatten();
        let floats = self.floats
            && function
                .changes
                .iter()
                .any(|(_, change)| matches!(change, Change::Float(_)));
        let mut edits = Vec::new();
        if floats {
            if function.locals > LOCALS - float::LOCAL_COUNT {
                let what =
                    "a function with float instructions that are replaced has too many locals";
                return Err(Error::limit(what, LOCALS as usize).at(function.code_start));
            }
            edits.extend(self.declare(function));
        }
        let ends = weight.map(|weight| {
            let block = types.block(&self.input.results[function.ty as usize]);
            stack::around(self.layout, weight, block, function.code())
        });
        let (enter, leave) = ends.map_or((None, None), |[enter, leave]| (Some(enter), Some(leave)));
        edits.extend(enter);
        let places = self.priced.get(place).into_iter().flat_map(Priced::places);
        edits.extend(places.map(|place| Edit {
            range: place.at..place.at,
            bytes: pay(self.layout.countdown(), place.price(), added.settle()),
        }));
        for (range, change) in &function.changes {
            let bytes = match *change {
                Change::Reference(reference) if self.layout.moves(reference) => {
                    self.layout.reference(reference)
                }
                Change::Bulk(bulk) if self.layout.gate.is_some() => {
                    call(added.index(Task::Bulk(bulk)))
                }
                Change::Growth(growth) if self.layout.gate.is_some() => {
                    call(added.index(Task::Growth(growth)))
                }
                Change::Float(float) if self.floats => Float::code(float, function.locals),
                Change::Return(depth) if weight.is_some() => {
                    let mut bytes = Vec::new();
                    super::write(&mut bytes, &[Instruction::Br(depth)]);
                    bytes
                }
                _ => continue,
            };
            edits.push(Edit {
                range: range.clone(),
                bytes,
            });
        }
        edits.extend(leave);
        // Stable, so what pays for an instruction stays before it.
        edits.sort_by_key(|edit| edit.range.start);
        Ok(edits)
    }

    /// The declaration of locals, which begins with the number of their groups, for those of [`float::LOCALS`] too.
    fn declare(&self, function: &Function<'_>) -> [Edit; 2] {
        let body = function.body.range();
        let mut reader = BinaryReader::new(&self.input.wasm[body.clone()], body.start);
        // The function is valid, so the number is there.
        let groups = reader.read_var_u32().unwrap_or_default();
        let count = Edit {
            range: body.start..reader.original_position(),
            bytes: leb(groups + float::LOCALS.len() as u32),
        };
        let mut bytes = Vec::new();
        for (count, ty) in float::LOCALS {
            count.encode(&mut bytes);
            ty.encode(&mut bytes);
        }
        let at = function.code_start;
        [
            count,
            Edit {
                range: at..at,
                bytes,
            },
        ]
    }
}

/// The most locals of a function.
const LOCALS: u32 = 50_000;

fn call(func: u32) -> Vec<u8> {
    let mut bytes = vec![0x10];
    bytes.extend(leb(func));
    bytes
}
