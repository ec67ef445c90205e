//! Element segments that may lie outside their tables.
//!
//! A module whose segment does not fit traps when it is instantiated. wazero goes on instead: it ignores the segment and
//! all that follow, so that a module that never was would answer calls. So a module with a segment that is not known
//! to fit gets a start function that looks for itself, before the module's own.

use crate::error::Error;
use crate::module::Facts;
use crate::sections::{CODE, FUNCTIONS, START, TYPES, longer};
use wasm_encoder::{Encode, Function, Instruction};

/// A function type without parameters and results.
const NO_PARAMETERS: [u8; 3] = [0x60, 0, 0];

/// An active element segment.
pub(crate) struct Segment<'a> {
    pub(crate) table: u32,
    /// The instruction that computes the offset.
    pub(crate) offset: &'a [u8],
    /// The offset, where it is a plain `i32.const`.
    pub(crate) constant: Option<u32>,
    pub(crate) len: u32,
}

impl Segment<'_> {
    /// Whether it fits into a table of the given size.
    fn fits(&self, size: u64) -> bool {
        self.constant
            .is_some_and(|offset| u64::from(offset) + u64::from(self.len) <= size)
    }
}

/// The sections that change when a check is added, by identifier.
pub(crate) struct Check {
    sections: Vec<(u8, Vec<u8>)>,
}

impl Check {
    /// The check of a module; `None` where every segment fits whatever the module is linked with.
    pub(crate) fn new(wasm: &[u8], facts: &Facts<'_>) -> Result<Option<Check>, Error> {
        let open: Vec<_> = facts
            .segments
            .iter()
            .filter(|segment| {
                let least = facts.tables.get(segment.table as usize);
                !least.is_some_and(|least| segment.fits(*least))
            })
            .collect();
        if open.is_empty() {
            return Ok(None);
        }
        let mut index = Vec::new();
        facts.types.encode(&mut index);
        let mut body = Vec::new();
        check(&open, facts.start).encode(&mut body);
        let mut start = Vec::new();
        facts.functions.encode(&mut start);
        Ok(Some(Check {
            sections: vec![
                (TYPES, append(wasm, facts, TYPES, &NO_PARAMETERS)?),
                (FUNCTIONS, append(wasm, facts, FUNCTIONS, &index)?),
                (START, start),
                (CODE, append(wasm, facts, CODE, &body)?),
            ],
        }))
    }

    /// The contents that a section gets.
    pub(crate) fn section(&self, id: u8) -> Option<&[u8]> {
        let section = self.sections.iter().find(|section| section.0 == id);
        section.map(|section| section.1.as_slice())
    }
}

/// The function: traps as instantiation does where a segment does not fit, and goes on with the start function.
fn check(segments: &[&Segment<'_>], start: Option<u32>) -> Function {
    let mut function = Function::new([]);
    for segment in segments {
        function
            .raw(segment.offset.iter().copied())
            .instruction(&Instruction::I64ExtendI32U)
            .instruction(&Instruction::I64Const(segment.len.into()))
            .instruction(&Instruction::I64Add)
            .instruction(&Instruction::TableSize(segment.table))
            .instruction(&Instruction::I64ExtendI32U)
            .instruction(&Instruction::I64GtU)
            .instruction(&Instruction::If(wasm_encoder::BlockType::Empty))
            // No table has an element with the highest number.
            .instruction(&Instruction::I32Const(-1))
            .instruction(&Instruction::TableGet(segment.table))
            .instruction(&Instruction::Drop)
            .instruction(&Instruction::End);
    }
    if let Some(start) = start {
        function.instruction(&Instruction::Call(start));
    }
    function.instruction(&Instruction::End);
    function
}

/// A section that is a list, with one entry more. The section may be missing.
fn append(wasm: &[u8], facts: &Facts<'_>, id: u8, entry: &[u8]) -> Result<Vec<u8>, Error> {
    let old = facts.section(id).map_or(&[0][..], |section| &wasm[section]);
    longer(old, 1, entry).ok_or_else(|| Error::internal("a section that is no list"))
}
