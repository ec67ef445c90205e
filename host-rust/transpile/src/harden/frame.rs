//! How much stack a call takes, as an estimate.
//!
//! wazero's compiler keeps a value that has to survive a call in a slot of its own for as long as the function runs: it does not give the
//! slot to another value afterwards. So what counts is how many values are made that live across some call, not how many
//! live at once. Loops count as calls, since they may call the tap. The estimate is not to be too low for any code, and not
//! to be more than a few times what the code that compilers write takes.

use super::bulk::Bulk;
use super::growth::Growth;
use super::paths::Flow;
use wasmparser::Operator;

/// Bytes of a call of a function without values: return address, frame pointer and saved registers.
const BASE: u32 = 80;

/// Values for which there are registers, if no call comes.
const REGISTERS: u32 = 8;

/// Which locals a function reads. It is used for one function after the other, so that nothing need be cleared.
#[derive(Default)]
pub(crate) struct Locals {
    /// For each local the number of the function that read it at last.
    readers: Vec<u32>,
    function: u32,
}

impl Locals {
    /// Whether this is the first time that the function reads a local.
    fn is_first(&mut self, local: u32) -> bool {
        let local = local as usize;
        if local >= self.readers.len() {
            self.readers.resize(local + 1, 0);
        }
        std::mem::replace(&mut self.readers[local], self.function) != self.function
    }
}

/// The stack of one function, while one goes over its instructions.
pub(super) struct Frame<'a> {
    locals: &'a mut Locals,
    /// Locals that are read.
    read: u32,
    /// How often locals were written so far.
    writes: u32,
    /// Writes since the last call.
    fresh: u32,
    /// Values that live across a call.
    kept: u32,
    /// How many operands, from the bottom, are among them.
    counted: u32,
    height: u32,
    highest: u32,
    /// For each open block, whether it is a loop, and `writes` where it began.
    blocks: Vec<(bool, u32)>,
    wide: bool,
    /// Parameters that are passed on the stack: by the caller, and once more by this function, kept meanwhile.
    passed: u32,
}

impl<'a> Frame<'a> {
    pub(super) fn new(locals: &'a mut Locals, params: usize) -> Frame<'a> {
        locals.function += 1;
        Frame {
            locals,
            read: 0,
            writes: 0,
            fresh: 0,
            kept: 0,
            counted: 0,
            height: 0,
            highest: 0,
            blocks: Vec::new(),
            wide: false,
            passed: (params as u32).saturating_sub(REGISTERS),
        }
    }

    /// Goes over an instruction that leaves so many operands and does no more than compute.
    pub(super) fn plain(&mut self, height: u32) {
        self.height = height;
        self.highest = self.highest.max(height);
        // What the instruction left on top is a new value.
        self.counted = self.counted.min(height.saturating_sub(1));
    }

    /// Goes over a `local.get`.
    pub(super) fn get(&mut self, local: u32, height: u32) {
        self.height = height;
        self.highest = self.highest.max(height);
        self.read += u32::from(self.locals.is_first(local));
    }

    /// Goes over a `local.set` or `local.tee`.
    pub(super) fn set(&mut self, height: u32) {
        self.writes += 1;
        self.fresh += 1;
        self.plain(height);
    }

    /// Goes over an instruction that leads somewhere.
    pub(super) fn flow(&mut self, flow: Flow, height: u32) {
        match flow {
            Flow::Block | Flow::If => self.blocks.push((false, self.writes)),
            Flow::Loop => {
                self.blocks.push((true, self.writes));
                self.call(height);
            }
            Flow::End => {
                if let Some((is_loop, writes)) = self.blocks.pop() {
                    // Where ways meet, there is one more value for each local that was written on one of them.
                    let written = self.writes - writes;
                    let merged = written.min(self.read.max(1));
                    if is_loop {
                        self.kept += merged;
                    } else {
                        self.fresh += merged;
                    }
                }
            }
            Flow::Call(_) => self.call(self.height.min(height)),
            Flow::Straight | Flow::Else | Flow::Branch(_) | Flow::Leave(_) | Flow::Stop => {}
        }
        self.plain(height);
    }

    /// Goes over any other instruction.
    pub(super) fn other(&mut self, op: &Operator<'_>, height: u32) {
        match op {
            Operator::CallIndirect { .. } => self.call(self.height.min(height)),
            Operator::V128Load { .. } | Operator::V128Const { .. } => self.wide = true,
            op if Bulk::of(op).is_some() || Growth::of(op).is_some() => {
                self.call(self.height.min(height))
            }
            _ => {}
        }
        self.plain(height);
    }

    /// A call across which so many operands live.
    fn call(&mut self, operands: u32) {
        self.kept += operands.saturating_sub(self.counted) + self.fresh;
        self.counted = self.counted.max(operands);
        self.fresh = 0;
    }

    /// The estimate.
    pub(super) fn bytes(&self) -> u32 {
        let values = u64::from(self.read)
            + u64::from(self.kept)
            + 3 * u64::from(self.passed)
            + u64::from(self.highest.saturating_sub(REGISTERS));
        let size = if self.wide { 16 } else { 8 };
        u32::try_from(u64::from(BASE) + values * size).unwrap_or(u32::MAX)
    }
}
