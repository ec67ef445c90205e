//! Instructions that others take the place of: those that name what has moved, and those that functions are called for.

use super::Edit;
use super::bulk::{Bulk, Helpers};
use super::input::Input;
use super::layout::{Layout, Reference};
use super::leb;
use wasmparser::Operator;

/// Other instructions for some of a function's own, in order.
pub(super) fn edits(
    input: &Input<'_>,
    body: usize,
    layout: &Layout,
    helpers: &mut Helpers<'_>,
) -> wasmparser::Result<Vec<Edit>> {
    let mut edits = Vec::new();
    let mut ops = input.bodies[body].get_operators_reader()?;
    while !ops.eof() {
        let start = ops.original_position();
        let op = ops.read()?;
        let reference = match op {
            Operator::Call { function_index } => Some(Reference::Call(function_index)),
            Operator::RefFunc { function_index } => Some(Reference::RefFunc(function_index)),
            Operator::GlobalGet { global_index } if layout.moves_globals() => {
                Some(Reference::GlobalGet(global_index))
            }
            Operator::GlobalSet { global_index } if layout.moves_globals() => {
                Some(Reference::GlobalSet(global_index))
            }
            _ => None,
        };
        let bytes = match reference {
            Some(reference) => layout.reference(reference),
            None if layout.gate.is_none() => continue,
            None => match Bulk::of(&op) {
                Some(bulk) => {
                    let mut bytes = vec![0x10];
                    bytes.extend(leb(helpers.index(bulk)));
                    bytes
                }
                None => continue,
            },
        };
        let range = start..ops.original_position();
        edits.push(Edit { range, bytes });
    }
    Ok(edits)
}
