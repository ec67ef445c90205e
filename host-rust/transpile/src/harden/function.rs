//! What there is to know of a function: found while it is validated, since only that tells the types of operands.
//!
//! All places are counted from where the function's body begins, so that what is found holds wherever the body is copied to.

use super::FEATURES;
use super::bulk::Bulk;
use super::cost;
use super::float::Float;
use super::frame::{Frame, Locals};
use super::growth::Growth;
use super::layout::Reference;
use super::loops::{Loop, Search};
use super::paths::{Event, Flow, RETURN, index};
use std::ops::Range;
use wasmparser::{
    BinaryReader, FrameKind, FrameStack, FuncToValidate, FuncValidator, FuncValidatorAllocations,
    FunctionBody, Operator, ValType, ValidatorResources, WasmModuleResources,
};

/// A function that the module defines.
#[derive(Clone)]
pub(crate) struct Function {
    /// Bytes of its body: the declaration of its locals and its instructions.
    pub(super) size: u32,
    /// The byte where its instructions begin.
    pub(super) code_start: u32,
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
    /// What its price depends on, in order.
    pub(super) events: Vec<Event>,
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

impl Function {
    /// Whether some instruction of a sort may be replaced.
    pub(super) fn has(&self, sort: impl Fn(Change) -> bool) -> bool {
        self.changes.iter().any(|(_, change)| sort(*change))
    }

    /// The bytes of the instructions.
    pub(super) fn code(&self) -> Range<usize> {
        self.code_start as usize..self.size as usize
    }
}

/// Where an instruction stands that may be replaced.
pub(super) type Spot = (Range<u32>, Change);

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
    BrTable(u32),
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

impl Function {
    /// Validates a function of a module that imports so many, and finds out about it.
    pub(super) fn read(
        imported: u32,
        func: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
        scratch: &mut Scratch,
    ) -> wasmparser::Result<Function> {
        let mut reading = Reading::new(imported, &func, body, &mut scratch.locals, usize::MAX);
        let mut validator = func.into_validator(std::mem::take(&mut scratch.allocations));
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader)?;
        reader.set_features(FEATURES);
        let (bytes, start) = (body.as_bytes(), body.range().start);
        reading.begin(reader.original_position() - start, validator.len_locals());
        while !reader.eof() {
            let at = reader.original_position();
            let before = Before::see(&validator, bytes[at - start]);
            reader.visit_operator(&mut validator.visitor(at))??;
            let range = at - start..reader.original_position() - start;
            reading.op(bytes, range, before, &validator)?;
        }
        reader.finish_expression(&validator.visitor(reader.original_position()))?;
        scratch.allocations = validator.into_allocations();
        Ok(reading.finish())
    }
}

/// What has to be known of the operands before an instruction is validated.
#[derive(Clone, Copy)]
pub(crate) struct Before {
    /// The type of the one below the top, where it matters.
    second: Option<ValType>,
}

impl Before {
    /// Looks at the operands of the instruction with an opcode.
    pub(crate) fn see(validator: &FuncValidator<ValidatorResources>, opcode: u8) -> Before {
        let second = match opcode {
            SELECT => validator.get_operand_type(1).flatten(),
            _ => None,
        };
        Before { second }
    }
}

/// Finds out about a function, while somebody validates one instruction after the other.
pub(crate) struct Reading<'a> {
    function: Function,
    /// Functions that the module imports.
    imported: u32,
    /// The function's own place among those that the module defines.
    place: usize,
    loops: Search,
    frame: Frame<'a>,
    /// What the instructions since the last event cost.
    cost: u64,
    /// Bytes that may still be taken for what is found.
    room: usize,
}

impl<'a> Reading<'a> {
    /// Begins with a function of a module that imports so many. What is found may take about so many bytes.
    pub(crate) fn new(
        imported: u32,
        func: &FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
        locals: &'a mut Locals,
        room: usize,
    ) -> Reading<'a> {
        let ty = func.resources.sub_type_at(func.ty);
        let params = ty.map_or(0, |ty| ty.unwrap_func().params().len());
        Reading {
            function: Function {
                size: body.range().len() as u32,
                code_start: 0,
                ty: func.ty,
                calls: Vec::new(),
                recursion: Recursion::None,
                indirect: false,
                imports: false,
                refers: Vec::new(),
                locals: 0,
                frame: 0,
                changes: Vec::new(),
                tables: Vec::new(),
                loops: Vec::new(),
                events: Vec::new(),
            },
            imported,
            place: (func.index - imported) as usize,
            loops: Search::default(),
            frame: Frame::new(locals, params),
            cost: 0,
            room: room.saturating_sub(size_of::<Function>()),
        }
    }

    /// The instructions begin at a byte of the body, and there are so many parameters and locals.
    pub(crate) fn begin(&mut self, code_start: usize, locals: u32) {
        (self.function.code_start, self.function.locals) = (code_start as u32, locals);
    }

    /// The bytes that are left; 0 where there was not enough, and what was found is of no use.
    pub(crate) fn room(&self) -> usize {
        self.room
    }

    /// Goes over the instruction at some bytes of the body, which is valid: the validator has just seen it.
    pub(crate) fn op(
        &mut self,
        body: &[u8],
        at: Range<usize>,
        before: Before,
        validator: &FuncValidator<ValidatorResources>,
    ) -> wasmparser::Result<()> {
        let instruction = &body[at.clone()];
        let at = at.start as u32..at.end as u32;
        let height = validator.operand_stack_height();
        let opcode = instruction[0];
        let cost = match opcode {
            LOCAL_GET => {
                self.frame.get(index(instruction)?, height);
                1
            }
            LOCAL_SET | LOCAL_TEE => {
                self.frame.set(height);
                1
            }
            GLOBAL_GET | GLOBAL_SET => {
                let global = index(instruction)?;
                let reference = match opcode {
                    GLOBAL_GET => Reference::GlobalGet(global),
                    _ => Reference::GlobalSet(global),
                };
                self.found(&at, Change::Reference(reference));
                self.frame.plain(height);
                1
            }
            _ => match (cost::plain(opcode), Flow::read(instruction)?) {
                (Some(cost), _) => {
                    self.frame.plain(height);
                    cost
                }
                (None, Some(flow)) => {
                    if let Some(change) = self.branch(flow, opcode) {
                        self.found(&at, change);
                    }
                    self.loops.flow(flow, instruction, at.clone());
                    self.frame.flow(flow, height);
                    self.event(at, flow);
                    return Ok(());
                }
                (None, None) => {
                    let mut reader = BinaryReader::new(instruction, 0);
                    reader.set_features(FEATURES);
                    let op = reader.peek_operator(&Anywhere)?;
                    return self.other(&op, at, before, height);
                }
            },
        };
        self.loops.plain();
        self.spend(cost, at.end);
        Ok(())
    }

    /// What may take the place of an instruction that leads somewhere.
    fn branch(&mut self, flow: Flow, opcode: u8) -> Option<Change> {
        match flow {
            Flow::Call(func) => {
                match func.checked_sub(self.imported) {
                    Some(callee) => {
                        let callee = callee as usize;
                        self.take(size_of::<usize>());
                        self.function.calls.push(callee);
                        if callee == self.place {
                            self.function.recursion.found(self.loops.any());
                        }
                    }
                    None => self.function.imports = true,
                }
                Some(Change::Reference(Reference::Call(func)))
            }
            Flow::Leave(depth) => self.loops.leave(depth).map(Change::Br),
            Flow::Branch(depth) => self.loops.leave(depth).map(Change::BrIf),
            Flow::Stop if opcode == RETURN => Some(Change::Return(self.loops.outermost())),
            _ => None,
        }
    }

    /// Goes over an instruction of which more has to be known than its opcode and an index.
    fn other(
        &mut self,
        op: &Operator<'_>,
        at: Range<u32>,
        before: Before,
        height: u32,
    ) -> wasmparser::Result<()> {
        self.loops.plain();
        let change = match *op {
            Operator::CallIndirect { .. } => {
                self.function.indirect = true;
                None
            }
            Operator::RefFunc { function_index } => {
                self.take(size_of::<u32>());
                self.function.refers.push(function_index);
                Some(Change::Reference(Reference::RefFunc(function_index)))
            }
            Operator::BrTable { ref targets } if self.loops.any() => {
                let table = self.loops.table(targets)?;
                self.take(size_of::<Vec<u8>>() + table.len());
                self.function.tables.push(table);
                Some(Change::BrTable(self.function.tables.len() as u32 - 1))
            }
            ref op => Bulk::of(op)
                .map(Change::Bulk)
                .or_else(|| Growth::of(op).map(Change::Growth))
                .or_else(|| Float::of(op, before.second).map(Change::Float)),
        };
        if let Some(change) = change {
            if matches!(change, Change::Bulk(_) | Change::Growth(_)) {
                self.loops.calls();
            }
            self.found(&at, change);
        }
        self.frame.other(op, height);
        self.spend(cost::straight(op), at.end);
        if let Operator::BrTable { targets } = op {
            // It may go wherever one of so many branches may.
            let mut last = targets.default();
            self.event(at.end..at.end, Flow::Branch(last));
            for target in targets.targets() {
                let target = target?;
                if std::mem::replace(&mut last, target) != target {
                    self.event(at.end..at.end, Flow::Branch(target));
                }
            }
            self.event(at.end..at.end, Flow::Stop);
        }
        Ok(())
    }

    fn found(&mut self, at: &Range<u32>, change: Change) {
        self.take(size_of::<Spot>());
        self.function.changes.push((at.clone(), change));
    }

    /// Notes what an instruction costs that ends before a byte.
    fn spend(&mut self, cost: u64, behind: u32) {
        self.cost += cost;
        if self.cost > cost::SPLIT {
            self.event(behind..behind, Flow::Straight);
        }
    }

    fn event(&mut self, at: Range<u32>, flow: Flow) {
        self.take(size_of::<Event>());
        let cost = std::mem::take(&mut self.cost) as u32;
        self.function.events.push(Event { at, cost, flow });
    }

    fn take(&mut self, bytes: usize) {
        self.room = self.room.saturating_sub(bytes);
    }

    /// What was found, once all instructions were seen.
    pub(crate) fn finish(self) -> Function {
        let mut function = self.function;
        function.calls.sort_unstable();
        function.calls.dedup();
        function.frame = self.frame.bytes();
        function.loops = self.loops.loops();
        function
    }
}

/// An instruction is read alone: which block it stands in was looked at when it was validated.
struct Anywhere;

impl FrameStack for Anywhere {
    fn current_frame(&self) -> Option<FrameKind> {
        Some(FrameKind::If)
    }
}

const SELECT: u8 = 0x1b;
const LOCAL_GET: u8 = 0x20;
const LOCAL_SET: u8 = 0x21;
const LOCAL_TEE: u8 = 0x22;
const GLOBAL_GET: u8 = 0x23;
const GLOBAL_SET: u8 = 0x24;
