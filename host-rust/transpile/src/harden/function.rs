//! What there is to know of a function: found while it is validated, since only that tells the types of operands.

use super::bulk::Bulk;
use super::float::Float;
use super::frame::{Frame, Locals};
use super::growth::Growth;
use super::input::Input;
use super::layout::Reference;
use std::ops::Range;
use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, Operator, ValidatorResources,
};

/// A function that the module defines.
pub(super) struct Function<'a> {
    pub(super) body: FunctionBody<'a>,
    /// The byte of the module where its instructions begin.
    pub(super) code_start: usize,
    /// Its type.
    pub(super) ty: u32,
    /// Which defined functions it calls by name, by their places, each once.
    pub(super) calls: Vec<usize>,
    /// Whether it calls something through a table.
    pub(super) indirect: bool,
    /// Whether it calls an import.
    pub(super) imports: bool,
    /// Functions that it makes references to.
    pub(super) refers: Vec<u32>,
    /// Parameters and locals.
    pub(super) locals: u32,
    /// Bytes of stack that a call takes, as an estimate.
    pub(super) frame: u32,
    /// Instructions that others may take the place of, in order.
    pub(super) changes: Vec<(Range<usize>, Change)>,
}

impl Function<'_> {
    /// The bytes of the instructions.
    pub(super) fn code(&self) -> Range<usize> {
        self.code_start..self.body.range().end
    }
}

/// An instruction that may be replaced.
#[derive(Clone, Copy)]
pub(super) enum Change {
    /// It names something that moves.
    Reference(Reference),
    Bulk(Bulk),
    Growth(Growth),
    Float(Float),
    /// A `return`, with the number of blocks that it leaves.
    Return(u32),
}

/// What is used for one function after the other.
#[derive(Default)]
pub(super) struct Scratch {
    allocations: FuncValidatorAllocations,
    locals: Locals,
}

impl<'a> Function<'a> {
    /// Validates a function, and finds out about it.
    pub(super) fn read(
        input: &Input<'_>,
        func: FuncToValidate<ValidatorResources>,
        body: FunctionBody<'a>,
        scratch: &mut Scratch,
    ) -> wasmparser::Result<Function<'a>> {
        let ty = func.ty;
        let mut validator = func.into_validator(std::mem::take(&mut scratch.allocations));
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader)?;
        let mut ops = body.get_operators_reader()?;
        let mut frame = Frame::new(&mut scratch.locals);
        let mut function = Function {
            body: body.clone(),
            code_start: ops.original_position(),
            ty,
            calls: Vec::new(),
            indirect: false,
            imports: false,
            refers: Vec::new(),
            locals: validator.len_locals(),
            frame: 0,
            changes: Vec::new(),
        };
        while !ops.eof() {
            let start = ops.original_position();
            let op = ops.read()?;
            let depth = validator.control_stack_height();
            let operand = |depth| validator.get_operand_type(depth).flatten();
            let change = match op {
                Operator::Call { function_index } => {
                    match input.defined(function_index) {
                        Some(callee) => function.calls.push(callee),
                        None => function.imports = true,
                    }
                    Some(Change::Reference(Reference::Call(function_index)))
                }
                Operator::CallIndirect { .. } => {
                    function.indirect = true;
                    None
                }
                Operator::RefFunc { function_index } => {
                    function.refers.push(function_index);
                    Some(Change::Reference(Reference::RefFunc(function_index)))
                }
                Operator::GlobalGet { global_index } => {
                    Some(Change::Reference(Reference::GlobalGet(global_index)))
                }
                Operator::GlobalSet { global_index } => {
                    Some(Change::Reference(Reference::GlobalSet(global_index)))
                }
                Operator::Return => Some(Change::Return(depth.saturating_sub(1))),
                ref op => Bulk::of(op)
                    .map(Change::Bulk)
                    .or_else(|| Growth::of(op).map(Change::Growth))
                    .or_else(|| Float::of(op, operand(1)).map(Change::Float)),
            };
            validator.op(start, &op)?;
            frame.op(&op, validator.operand_stack_height());
            if let Some(change) = change {
                function
                    .changes
                    .push((start..ops.original_position(), change));
            }
        }
        ops.finish()?;
        function.calls.sort_unstable();
        function.calls.dedup();
        function.frame = frame.bytes();
        scratch.allocations = validator.into_allocations();
        Ok(function)
    }
}
