//! Adapters for engines without multi-memory.
//!
//! The translator connects two nested components by an adapter module that imports the memories of both. Here such a
//! module keeps its first memory. For each further one there is an *accessor module* that imports that memory alone and
//! exports a function for each load and store that the adapter does on it; in the adapter these instructions become calls.
//!
//! An instruction's static offset stays an offset: each has an accessor of its own, so that an address beyond
//! 4 GiB traps as it did, and nothing is added up in 32 bits.

#[cfg(test)]
mod tests;

use crate::error::Error;
use crate::module::Facts;
use crate::sections::{CODE, EXPORTS, FUNCTIONS, IMPORTS, TYPES};
use crate::validate::{ENGINE, TRANSLATOR};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use wasm_encoder::{Encode, RawSection};
use wasmparser::{BinaryReader, ExternalKind, FunctionBody, MemArg, Operator, TypeRef, Validator};

/// An adapter with one memory, and what it needs instead of the others.
pub(crate) struct Split {
    /// The adapter. Its imports are those that [`Split::kept`] names, then a function for each export of each accessor,
    /// in order.
    pub(crate) wasm: Vec<u8>,
    /// Which of the adapter's imports are left, by their numbers.
    pub(crate) kept: Vec<usize>,
    /// One for each further memory that is used.
    pub(crate) accessors: Vec<Accessor>,
}

/// A module that reads and writes one memory for an adapter. That memory is its only import.
pub(crate) struct Accessor {
    /// The number of the memory among the adapter's imports.
    pub(crate) import: usize,
    /// The module.
    pub(crate) wasm: Vec<u8>,
}

/// Takes the further memories out of an adapter.
pub(crate) fn split(wasm: &[u8], facts: &Facts<'_>) -> Result<Split, Error> {
    let adapter = read(wasm, facts).map_err(Error::internal)?;
    let mut uses: BTreeMap<u32, BTreeSet<Access>> = BTreeMap::new();
    for body in &adapter.bodies {
        for instruction in instructions(body).map_err(Error::internal)? {
            if let What::Access(memory, access) = instruction?.what
                && memory > 0
            {
                uses.entry(memory).or_default().insert(access);
            }
        }
    }

    // The accessors' functions are imported after all others, so the functions that the adapter defines move up.
    let mut calls = BTreeMap::new();
    let mut accessors = Vec::new();
    let mut added = Vec::new();
    for (memory, accesses) in &uses {
        let import = *adapter
            .memories
            .get(*memory as usize)
            .ok_or_else(|| Error::internal("an adapter that defines a memory"))?;
        for access in accesses {
            calls.insert(
                (*memory, *access),
                adapter.imported_funcs + added.len() as u32,
            );
            added.push(*access);
        }
        accessors.push(Accessor {
            import,
            wasm: accessor(&wasm[facts.imports[import].clone()], accesses),
        });
    }
    let kept: Vec<usize> = (0..facts.imports.len())
        .filter(|import| !adapter.memories[1..].contains(import))
        .collect();
    let change = Change {
        kept: &kept,
        added: &added,
        calls: &calls,
    };
    let wasm = adapter.without(wasm, facts, &change)?;
    // Whatever else an adapter might do with a memory that it has no more is not valid.
    Validator::new_with_features(ENGINE)
        .validate_all(&wasm)
        .map_err(|error| Error::internal(format_args!("an adapter with accessors: {error}")))?;
    Ok(Split {
        wasm,
        kept,
        accessors,
    })
}

/// What an adapter consists of.
struct Adapter<'a> {
    /// Numbers of the imports that are memories.
    memories: Vec<usize>,
    imported_funcs: u32,
    types: u32,
    /// The bytes of the types.
    type_range: Range<usize>,
    bodies: Vec<FunctionBody<'a>>,
}

fn read<'a>(wasm: &'a [u8], facts: &Facts<'_>) -> wasmparser::Result<Adapter<'a>> {
    let mut adapter = Adapter {
        memories: Vec::new(),
        imported_funcs: 0,
        types: 0,
        type_range: 0..0,
        bodies: Vec::new(),
    };
    let reader = |range: &Range<usize>| {
        BinaryReader::new_features(&wasm[range.clone()], range.start, TRANSLATOR)
    };
    for (number, range) in facts.imports.iter().enumerate() {
        match reader(range).read::<TypeRef>()? {
            TypeRef::Memory(_) => adapter.memories.push(number),
            TypeRef::Func(_) => adapter.imported_funcs += 1,
            _ => {}
        }
    }
    for (id, range) in &facts.sections {
        let mut reader = reader(range);
        match *id {
            TYPES => {
                adapter.types = reader.read_var_u32()?;
                adapter.type_range = reader.original_position()..range.end;
            }
            CODE => {
                for _ in 0..reader.read_var_u32()? {
                    adapter
                        .bodies
                        .push(FunctionBody::new(reader.read_reader()?));
                }
            }
            _ => {}
        }
    }
    Ok(adapter)
}

/// What is left out of an adapter, and what comes in.
struct Change<'a> {
    /// Imports that stay.
    kept: &'a [usize],
    /// Functions that are imported in addition.
    added: &'a [Access],
    /// The function to call for an access to a memory.
    calls: &'a BTreeMap<(u32, Access), u32>,
}

impl Adapter<'_> {
    /// The adapter with its first memory only.
    fn without(
        &self,
        wasm: &[u8],
        facts: &Facts<'_>,
        change: &Change<'_>,
    ) -> Result<Vec<u8>, Error> {
        let mut module = wasm_encoder::Module::new();
        for (id, range) in &facts.sections {
            let mut data = Vec::new();
            match *id {
                TYPES => {
                    (self.types + change.added.len() as u32).encode(&mut data);
                    data.extend_from_slice(&wasm[self.type_range.clone()]);
                    for access in change.added {
                        access.signature(&mut data);
                    }
                }
                IMPORTS => {
                    (change.kept.len() + change.added.len()).encode(&mut data);
                    for import in change.kept {
                        // Every import gets its name later.
                        data.extend_from_slice(&[0, 0]);
                        data.extend_from_slice(&wasm[facts.imports[*import].clone()]);
                    }
                    for (index, _) in change.added.iter().enumerate() {
                        data.extend_from_slice(&[0, 0, FUNC]);
                        (self.types + index as u32).encode(&mut data);
                    }
                }
                EXPORTS => {
                    facts.exports.len().encode(&mut data);
                    for (name, kind, index) in &facts.exports {
                        if *kind != ExternalKind::Func {
                            return Err(Error::internal("an adapter that exports state"));
                        }
                        name.encode(&mut data);
                        data.push(FUNC);
                        self.moved(*index, change).encode(&mut data);
                    }
                }
                CODE => {
                    self.bodies.len().encode(&mut data);
                    for body in &self.bodies {
                        self.body(wasm, body, change)?.as_slice().encode(&mut data);
                    }
                }
                FUNCTIONS => data.extend_from_slice(&wasm[range.clone()]),
                _ => return Err(Error::internal(format_args!("section {id} in an adapter"))),
            }
            module.section(&RawSection {
                id: *id,
                data: &data,
            });
        }
        Ok(module.finish())
    }

    /// The index of a function once the accessors' are imported.
    fn moved(&self, func: u32, change: &Change<'_>) -> u32 {
        if func < self.imported_funcs {
            func
        } else {
            func + change.added.len() as u32
        }
    }

    fn body(
        &self,
        wasm: &[u8],
        body: &FunctionBody<'_>,
        change: &Change<'_>,
    ) -> Result<Vec<u8>, Error> {
        let mut data = Vec::new();
        let mut copied = body.range().start;
        for instruction in instructions(body).map_err(Error::internal)? {
            let Instruction { what, range } = instruction?;
            let call = match what {
                What::Call(func) => self.moved(func, change),
                What::Access(memory, access) if memory > 0 => *change
                    .calls
                    .get(&(memory, access))
                    .ok_or_else(|| Error::internal("an access that was not there before"))?,
                _ => continue,
            };
            data.extend_from_slice(&wasm[copied..range.start]);
            wasm_encoder::Instruction::Call(call).encode(&mut data);
            copied = range.end;
        }
        data.extend_from_slice(&wasm[copied..body.range().end]);
        Ok(data)
    }
}

/// An instruction and where it stands.
struct Instruction {
    what: What,
    range: Range<usize>,
}

enum What {
    Call(u32),
    Access(u32, Access),
    Other,
}

/// The instructions of a function.
fn instructions<'a>(
    body: &FunctionBody<'a>,
) -> wasmparser::Result<impl Iterator<Item = Result<Instruction, Error>> + use<'a>> {
    let mut reader = body.get_operators_reader()?;
    Ok(std::iter::from_fn(move || {
        if reader.eof() {
            return None;
        }
        let start = reader.original_position();
        let op = match reader.read() {
            Ok(op) => op,
            Err(error) => return Some(Err(Error::internal(error))),
        };
        let range = start..reader.original_position();
        Some(what(&op).map(|what| Instruction { what, range }))
    }))
}

/// One way to get at a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Access {
    kind: &'static Kind,
    offset: u64,
}

/// An instruction on a memory.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    name: &'static str,
    opcode: u8,
    params: &'static [u8],
    results: &'static [u8],
}

const I32: u8 = 0x7f;
const I64: u8 = 0x7e;
const F32: u8 = 0x7d;
const F64: u8 = 0x7c;

const SIZE: Kind = Kind {
    name: "memory.size",
    opcode: 0x3f,
    params: &[],
    results: &[I32],
};

macro_rules! accesses {
    ($op:expr, $( $variant:ident $name:literal $opcode:literal ($($param:ident)*) ($($result:ident)*) )*) => {
        match $op {
            Operator::MemorySize { mem } => What::Access(*mem, Access { kind: &SIZE, offset: 0 }),
            $( Operator::$variant { memarg: MemArg { memory, offset, .. } } => {
                const KIND: Kind =
                    Kind { name: $name, opcode: $opcode, params: &[$($param),*], results: &[$($result),*] };
                What::Access(*memory, Access { kind: &KIND, offset: *offset })
            } )*
            Operator::Call { function_index } => What::Call(*function_index),
            // No adapter of a synchronous call has one. Copied as it is, it would refer to another function.
            Operator::RefFunc { .. } => return Err(Error::internal("ref.func in an adapter")),
            _ => What::Other,
        }
    };
}

fn what(op: &Operator<'_>) -> Result<What, Error> {
    Ok(accesses!(op,
        I32Load "i32.load" 0x28 (I32) (I32)
        I64Load "i64.load" 0x29 (I32) (I64)
        F32Load "f32.load" 0x2a (I32) (F32)
        F64Load "f64.load" 0x2b (I32) (F64)
        I32Load8S "i32.load8_s" 0x2c (I32) (I32)
        I32Load8U "i32.load8_u" 0x2d (I32) (I32)
        I32Load16S "i32.load16_s" 0x2e (I32) (I32)
        I32Load16U "i32.load16_u" 0x2f (I32) (I32)
        I64Load8S "i64.load8_s" 0x30 (I32) (I64)
        I64Load8U "i64.load8_u" 0x31 (I32) (I64)
        I64Load16S "i64.load16_s" 0x32 (I32) (I64)
        I64Load16U "i64.load16_u" 0x33 (I32) (I64)
        I64Load32S "i64.load32_s" 0x34 (I32) (I64)
        I64Load32U "i64.load32_u" 0x35 (I32) (I64)
        I32Store "i32.store" 0x36 (I32 I32) ()
        I64Store "i64.store" 0x37 (I32 I64) ()
        F32Store "f32.store" 0x38 (I32 F32) ()
        F64Store "f64.store" 0x39 (I32 F64) ()
        I32Store8 "i32.store8" 0x3a (I32 I32) ()
        I32Store16 "i32.store16" 0x3b (I32 I32) ()
        I64Store8 "i64.store8" 0x3c (I32 I64) ()
        I64Store16 "i64.store16" 0x3d (I32 I64) ()
        I64Store32 "i64.store32" 0x3e (I32 I64) ()
    ))
}

impl Access {
    /// The name of the accessor's export.
    fn name(self) -> String {
        match self.offset {
            0 => self.kind.name.to_owned(),
            offset => format!("{} offset={offset}", self.kind.name),
        }
    }

    /// The function type, in the binary format.
    fn signature(self, data: &mut Vec<u8>) {
        data.push(0x60);
        self.kind.params.encode(data);
        self.kind.results.encode(data);
    }

    /// The function, in the binary format: the parameters, then the instruction.
    fn body(self) -> Vec<u8> {
        // No locals.
        let mut body = vec![0];
        for param in 0..self.kind.params.len() as u32 {
            wasm_encoder::Instruction::LocalGet(param).encode(&mut body);
        }
        body.push(self.kind.opcode);
        // For loads and stores an alignment of one byte, then the offset; for the size, the memory.
        body.push(0);
        if *self.kind != SIZE {
            self.offset.encode(&mut body);
        }
        wasm_encoder::Instruction::End.encode(&mut body);
        body
    }
}

/// The accessor module for a memory, given the memory's type in the binary format.
fn accessor(memory: &[u8], accesses: &BTreeSet<Access>) -> Vec<u8> {
    let mut types = Vec::new();
    let mut functions = Vec::new();
    let mut exports = Vec::new();
    let mut code = Vec::new();
    for data in [&mut types, &mut functions, &mut exports, &mut code] {
        accesses.len().encode(data);
    }
    for (index, access) in (0u32..).zip(accesses) {
        access.signature(&mut types);
        index.encode(&mut functions);
        access.name().as_str().encode(&mut exports);
        exports.push(FUNC);
        index.encode(&mut exports);
        access.body().as_slice().encode(&mut code);
    }
    let mut imports = vec![1, 0, 0];
    imports.extend_from_slice(memory);
    let mut module = wasm_encoder::Module::new();
    for (id, data) in [
        (TYPES, &types),
        (IMPORTS, &imports),
        (FUNCTIONS, &functions),
        (EXPORTS, &exports),
        (CODE, &code),
    ] {
        module.section(&RawSection { id, data });
    }
    module.finish()
}

/// The sort of a function in imports and exports.
const FUNC: u8 = 0;
