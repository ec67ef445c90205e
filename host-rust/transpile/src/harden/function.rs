//! What there is to know of a function: found while it is validated, since only that tells the types of operands.

use super::bulk::Bulk;
use super::float::Float;
use super::frame::{Frame, Locals};
use super::growth::Growth;
use super::input::Input;
use super::layout::Reference;
use super::loops::{Loop, Search};
use std::ops::Range;
use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, Operator, ValidatorResources,
    WasmModuleResources,
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
    /// How it calls itself by name.
    pub(super) recursion: Recursion,
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
    pub(super) changes: Vec<Spot>,
    /// The bytes of each `br_table` as it leaves the loops around it and those that these then stand in.
    pub(super) tables: Vec<Vec<u8>>,
    /// Its loops, in order.
    pub(super) loops: Vec<Loop>,
}

/// How a function calls itself by name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Recursion {
    None,
    /// In loops only, so between two calls a loop's head pays.
    InLoops,
    Anywhere,
}

impl Recursion {
    fn found(&mut self, in_loop: bool) {
        *self = match self {
            Recursion::None | Recursion::InLoops if in_loop => Recursion::InLoops,
            _ => Recursion::Anywhere,
        };
    }
}

impl Function<'_> {
    /// Whether some instruction of a sort may be replaced.
    pub(super) fn has(&self, sort: impl Fn(Change) -> bool) -> bool {
        self.changes.iter().any(|(_, change)| sort(*change))
    }

    /// The bytes of the instructions.
    pub(super) fn code(&self) -> Range<usize> {
        self.code_start..self.body.range().end
    }
}

/// Where an instruction stands that may be replaced.
pub(super) type Spot = (Range<usize>, Change);

/// An instruction that may be replaced.
#[derive(Clone, Copy)]
pub(super) enum Change {
    /// It names something that moves.
    Reference(Reference),
    Bulk(Bulk),
    Growth(Growth),
    Float(Float),
    Return(Exit),
    Br(Exit),
    BrIf(Exit),
    /// The place in [`Function::tables`].
    BrTable(usize),
}

/// A branch that leaves blocks.
#[derive(Clone, Copy)]
pub(super) struct Exit {
    /// How many.
    pub(super) depth: u32,
    /// How many of them are loops.
    pub(super) loops: u32,
}

impl Exit {
    /// How many blocks it leaves when each loop stands in another, and with so many more around.
    pub(super) fn depth(self, more: u32) -> u32 {
        self.depth + self.loops + more
    }
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
        let params =
            (func.resources.sub_type_at(ty)).map_or(0, |ty| ty.unwrap_func().params().len());
        let mut validator = func.into_validator(std::mem::take(&mut scratch.allocations));
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader)?;
        let mut ops = body.get_operators_reader()?;
        let mut frame = Frame::new(&mut scratch.locals, params);
        let mut function = Function {
            body: body.clone(),
            code_start: ops.original_position(),
            ty,
            calls: Vec::new(),
            recursion: Recursion::None,
            indirect: false,
            imports: false,
            refers: Vec::new(),
            locals: validator.len_locals(),
            frame: 0,
            changes: Vec::new(),
            tables: Vec::new(),
            loops: Vec::new(),
        };
        let mut loops = Search::default();
        while !ops.eof() {
            let start = ops.original_position();
            let op = ops.read()?;
            let blocks = validator.control_stack_height().saturating_sub(1);
            let operand = |depth| validator.get_operand_type(depth).flatten();
            let change = match op {
                Operator::Call { function_index } => {
                    match input.defined(function_index) {
                        Some(callee) => {
                            function.calls.push(callee);
                            if callee == input.functions.len() {
                                function.recursion.found(loops.any());
                            }
                        }
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
                Operator::Return => Some(Change::Return(loops.exit(blocks as u32))),
                Operator::Br { relative_depth } => loops.leave(relative_depth).map(Change::Br),
                Operator::BrIf { relative_depth } => loops.leave(relative_depth).map(Change::BrIf),
                Operator::BrTable { ref targets } if loops.any() => {
                    function.tables.push(loops.table(targets)?);
                    Some(Change::BrTable(function.tables.len() - 1))
                }
                ref op => Bulk::of(op)
                    .map(Change::Bulk)
                    .or_else(|| Growth::of(op).map(Change::Growth))
                    .or_else(|| Float::of(op, operand(1)).map(Change::Float)),
            };
            let behind = ops.original_position();
            if matches!(change, Some(Change::Bulk(_) | Change::Growth(_))) {
                loops.calls();
            }
            validator.op(start, &op)?;
            loops.op(&op, start..behind);
            frame.op(&op, validator.operand_stack_height());
            if let Some(change) = change {
                function.changes.push((start..behind, change));
            }
        }
        ops.finish()?;
        function.calls.sort_unstable();
        function.calls.dedup();
        function.frame = frame.bytes();
        function.loops = loops.loops();
        scratch.allocations = validator.into_allocations();
        Ok(function)
    }
}
