//! Bulk operations in pieces, so that a deadline ends them too.
//!
//! wasmtime looks at the clock before each `memory.fill`, `memory.copy` and `memory.init`, and not again until it is done: 256 MiB take
//! a tenth of a second. So before a component is compiled, each of these instructions of its core modules becomes a call of a
//! function that does the same, piece by piece where it is long. Nothing else changes, since functions are added behind all others.

use std::collections::BTreeSet;
use tenon_transpile::limits::{FUNCTION_SIZE, SECTION_ITEMS};
use wasm_encoder::{BlockType, Encode, Function, InstructionSink};
use wasmparser::{BinaryReader, BinaryReaderError, DataSectionReader, FunctionBody, Operator};

/// What is done at once: some 0.3 ms where every page is fresh.
const PIECE: i32 = 1 << 20;

/// The numbers of sections, and of the part of the section `name` that has the functions' names.
const CUSTOM: u8 = 0;
const TYPES: u8 = 1;
const IMPORTS: u8 = 2;
const FUNCTIONS: u8 = 3;
const CODE: u8 = 10;
const DATA: u8 = 11;
const CORE_MODULE: u8 = 1;
const COMPONENT: u8 = 4;
const FUNCTION_NAMES: u8 = 1;

/// Bytes of a header: magic, version, layer.
const HEADER: usize = 8;

type Result<T> = std::result::Result<T, Error>;

/// Why a component has no pieces.
#[derive(Debug)]
pub(crate) enum Error {
    /// What has been validated before cannot be read.
    Unreadable(BinaryReaderError),
    /// What is added makes this too large.
    TooLarge(&'static str),
}

impl From<BinaryReaderError> for Error {
    fn from(error: BinaryReaderError) -> Error {
        Error::Unreadable(error)
    }
}

/// The component with its long operations in pieces. It has passed validation.
pub(crate) fn component(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut output = bytes[..HEADER.min(bytes.len())].to_vec();
    for section in sections(bytes) {
        let (id, content) = section?;
        let replaced = match id {
            CORE_MODULE => module(content)?,
            COMPONENT => Some(component(content)?),
            _ => None,
        };
        put(&mut output, id, replaced.as_deref().unwrap_or(content));
    }
    Ok(output)
}

/// Whether a function of the kernel's backtrace is one of those that are added here.
pub(crate) fn is_added(name: &str) -> bool {
    [Bulk::Fill, Bulk::Copy, Bulk::Init(0)]
        .iter()
        .any(|bulk| bulk.name() == name)
}

/// An operation on the memory; the kernel's modules have one at most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bulk {
    Fill,
    Copy,
    Init(u32),
}

impl Bulk {
    fn of(op: &Operator<'_>) -> Option<Bulk> {
        match *op {
            Operator::MemoryFill { mem: 0 } => Some(Bulk::Fill),
            Operator::MemoryCopy {
                dst_mem: 0,
                src_mem: 0,
            } => Some(Bulk::Copy),
            Operator::MemoryInit { data_index, mem: 0 } => Some(Bulk::Init(data_index)),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Bulk::Fill => "tenon:memory.fill",
            Bulk::Copy => "tenon:memory.copy",
            Bulk::Init(_) => "tenon:memory.init",
        }
    }

    fn instruction(self, code: &mut InstructionSink<'_>) {
        match self {
            Bulk::Fill => code.memory_fill(0),
            Bulk::Copy => code.memory_copy(0, 0),
            Bulk::Init(data) => code.memory_init(0, data),
        };
    }

    /// The function in its stead: of the place, a second parameter, and the length.
    ///
    /// ```text
    /// if length > PIECE and all of it is inside {
    ///     while length > PIECE { one piece; the rest is that much shorter }
    /// }
    /// the operation on what is left        // traps as it ever did where not all of it is inside
    /// ```
    ///
    /// Only the end of a data segment is not known here. What goes beyond it has written some pieces when it traps; the
    /// instance ends with that, so nobody can see it.
    fn function(self) -> Function {
        let mut function = Function::new([]);
        let mut code = function.instructions();
        code.local_get(LENGTH).i32_const(PIECE).i32_gt_u();
        code.if_(BlockType::Empty);
        inside(&mut code, TO);
        if self == Bulk::Copy {
            inside(&mut code, SECOND);
            code.i32_and();
        }
        code.if_(BlockType::Empty);
        match self {
            // What lies above its source is copied from the end, as the instruction does.
            Bulk::Copy => {
                code.local_get(TO).local_get(SECOND).i32_gt_u();
                code.if_(BlockType::Empty);
                self.backwards(&mut code);
                code.else_();
                self.forwards(&mut code);
                code.end();
            }
            _ => self.forwards(&mut code),
        }
        code.end().end();
        code.local_get(TO).local_get(SECOND).local_get(LENGTH);
        self.instruction(&mut code);
        code.end();
        function
    }

    fn forwards(self, code: &mut InstructionSink<'_>) {
        code.loop_(BlockType::Empty);
        code.local_get(TO).local_get(SECOND).i32_const(PIECE);
        self.instruction(code);
        code.local_get(TO).i32_const(PIECE).i32_add().local_set(TO);
        if self != Bulk::Fill {
            code.local_get(SECOND).i32_const(PIECE).i32_add();
            code.local_set(SECOND);
        }
        shorten(code);
        code.local_get(LENGTH).i32_const(PIECE).i32_gt_u().br_if(0);
        code.end();
    }

    fn backwards(self, code: &mut InstructionSink<'_>) {
        code.loop_(BlockType::Empty);
        shorten(code);
        code.local_get(TO).local_get(LENGTH).i32_add();
        code.local_get(SECOND).local_get(LENGTH).i32_add();
        code.i32_const(PIECE);
        self.instruction(code);
        code.local_get(LENGTH).i32_const(PIECE).i32_gt_u().br_if(0);
        code.end();
    }
}

/// The parameters of an added function.
const TO: u32 = 0;
const SECOND: u32 = 1;
const LENGTH: u32 = 2;

fn shorten(code: &mut InstructionSink<'_>) {
    code.local_get(LENGTH).i32_const(PIECE).i32_sub();
    code.local_set(LENGTH);
}

/// Whether the length from a place on lies inside the memory, in numbers that cannot overflow.
fn inside(code: &mut InstructionSink<'_>, place: u32) {
    code.local_get(place).i64_extend_i32_u();
    code.local_get(LENGTH).i64_extend_i32_u().i64_add();
    code.memory_size(0).i64_extend_i32_u();
    code.i64_const(16).i64_shl().i64_le_u();
}

/// The sections of a module or component: number and content.
fn sections(bytes: &[u8]) -> impl Iterator<Item = Result<(u8, &[u8])>> {
    let mut reader = BinaryReader::new(bytes.get(HEADER..).unwrap_or_default(), HEADER);
    std::iter::from_fn(move || {
        (!reader.eof()).then(|| {
            let id = reader.read_u8()?;
            let size = reader.read_var_u32()?;
            Ok((id, reader.read_bytes(size as usize)?))
        })
    })
}

/// Adds a section.
fn put(output: &mut Vec<u8>, id: u8, content: &[u8]) {
    output.push(id);
    content.encode(output);
}

/// A vector of the binary format: how many items, and their bytes.
fn vector(content: &[u8]) -> Result<(u32, BinaryReader<'_>)> {
    let mut reader = BinaryReader::new(content, 0);
    Ok((reader.read_var_u32()?, reader))
}

fn rest<'a>(mut reader: BinaryReader<'a>) -> Result<&'a [u8]> {
    Ok(reader.read_bytes(reader.bytes_remaining())?)
}

/// A vector with more items behind its own.
fn longer(content: &[u8], more: usize, items: impl FnOnce(&mut Vec<u8>)) -> Result<Vec<u8>> {
    let (count, reader) = vector(content)?;
    let mut output = Vec::with_capacity(content.len() + 16);
    (count as usize + more).encode(&mut output);
    output.extend_from_slice(rest(reader)?);
    items(&mut output);
    Ok(output)
}

/// The module, if there is something to replace.
fn module(bytes: &[u8]) -> Result<Option<Vec<u8>>> {
    let (mut types, mut functions, mut bulks) = (0, 0, BTreeSet::new());
    let mut long = BTreeSet::new();
    for section in sections(bytes) {
        let (id, content) = section?;
        match id {
            TYPES => types = vector(content)?.0,
            IMPORTS => functions += imported_functions(content)?,
            FUNCTIONS => functions += vector(content)?.0,
            CODE => {
                for body in bodies(content)? {
                    operations(body?, |bulk, _| {
                        bulks.insert(bulk);
                    })?;
                }
            }
            DATA => long = long_segments(content)?,
            _ => {}
        }
    }
    // What a short segment initialises is short, or traps. So there are few functions, as many segments as there are.
    bulks.retain(|bulk| match bulk {
        Bulk::Init(data) => long.contains(data),
        Bulk::Fill | Bulk::Copy => true,
    });
    if bulks.is_empty() {
        return Ok(None);
    }
    let added: Vec<(Bulk, u32)> = bulks.into_iter().zip(functions..).collect();
    if types as usize >= SECTION_ITEMS {
        return Err(Error::TooLarge("a module has too many types"));
    }
    if functions as usize + added.len() > SECTION_ITEMS {
        return Err(Error::TooLarge("a module has too many functions"));
    }
    let mut output = bytes[..HEADER].to_vec();
    let mut named = false;
    for section in sections(bytes) {
        let (id, content) = section?;
        let replaced = match id {
            // From three numbers to nothing.
            TYPES => Some(longer(content, 1, |output| {
                output.extend([0x60, 3, 0x7F, 0x7F, 0x7F, 0]);
            })?),
            FUNCTIONS => Some(longer(content, added.len(), |output| {
                added.iter().for_each(|_| types.encode(output));
            })?),
            CODE => Some(code(content, &added)?),
            CUSTOM if !named => names(content, &added),
            _ => None,
        };
        named |= id == CUSTOM && replaced.is_some();
        put(&mut output, id, replaced.as_deref().unwrap_or(content));
    }
    if !named {
        put(&mut output, CUSTOM, &only_names(&added));
    }
    Ok(Some(output))
}

/// The data segments that are longer than a piece.
fn long_segments(content: &[u8]) -> Result<BTreeSet<u32>> {
    let mut long = BTreeSet::new();
    for (segment, number) in DataSectionReader::new(BinaryReader::new(content, 0))?
        .into_iter()
        .zip(0..)
    {
        if segment?.data.len() > PIECE as usize {
            long.insert(number);
        }
    }
    Ok(long)
}

fn imported_functions(content: &[u8]) -> Result<u32> {
    let imports = wasmparser::ImportSectionReader::new(BinaryReader::new(content, 0))?;
    let mut functions = 0;
    for import in imports.into_imports() {
        if let wasmparser::TypeRef::Func(_) = import?.ty {
            functions += 1;
        }
    }
    Ok(functions)
}

/// The functions of a code section.
fn bodies(content: &[u8]) -> Result<impl Iterator<Item = Result<&[u8]>>> {
    let (count, mut reader) = vector(content)?;
    Ok((0..count).map(move |_| {
        let size = reader.read_var_u32()?;
        Ok(reader.read_bytes(size as usize)?)
    }))
}

/// Finds the operations of a function, and where they stand in it.
fn operations(body: &[u8], mut found: impl FnMut(Bulk, std::ops::Range<usize>)) -> Result<()> {
    let mut reader = FunctionBody::new(BinaryReader::new(body, 0)).get_operators_reader()?;
    while !reader.eof() {
        let (op, start) = reader.read_with_offset()?;
        if let Some(bulk) = Bulk::of(&op) {
            found(bulk, start..reader.original_position());
        }
    }
    Ok(())
}

/// The code section with calls in the place of the operations, and the functions that they call.
fn code(content: &[u8], added: &[(Bulk, u32)]) -> Result<Vec<u8>> {
    let mut output = Vec::with_capacity(content.len() + 256);
    (vector(content)?.0 as usize + added.len()).encode(&mut output);
    for body in bodies(content)? {
        let body = body?;
        let (mut changed, mut done) = (Vec::new(), 0);
        operations(body, |bulk, place| {
            let call = added.iter().find(|(other, _)| *other == bulk);
            if let Some((_, function)) = call {
                changed.extend_from_slice(&body[done..place.start]);
                InstructionSink::new(&mut changed).call(*function);
                done = place.end;
            }
        })?;
        changed.extend_from_slice(&body[done..]);
        // A call may have more bytes than the operation in whose place it is.
        if changed.len() > FUNCTION_SIZE {
            return Err(Error::TooLarge("a function is too large"));
        }
        changed.encode(&mut output);
    }
    for (bulk, _) in added {
        bulk.function().encode(&mut output);
    }
    Ok(output)
}

/// The custom section with names for the added functions, if it is the one with names, and whole.
fn names(content: &[u8], added: &[(Bulk, u32)]) -> Option<Vec<u8>> {
    let mut reader = BinaryReader::new(content, 0);
    if reader.read_string().ok()? != "name" {
        return None;
    }
    let mut output = Vec::with_capacity(content.len() + 64);
    "name".encode(&mut output);
    let mut named = false;
    while !reader.eof() {
        let id = reader.read_u8().ok()?;
        let size = reader.read_var_u32().ok()?;
        let part = reader.read_bytes(size as usize).ok()?;
        let functions = (id == FUNCTION_NAMES && !named)
            .then(|| longer(part, added.len(), |output| name_all(added, output)));
        let functions = functions.transpose().ok()?;
        named |= functions.is_some();
        put(&mut output, id, functions.as_deref().unwrap_or(part));
    }
    named.then_some(output)
}

/// A custom section with names for the added functions alone, where the module has none to add them to: backtraces must know them.
fn only_names(added: &[(Bulk, u32)]) -> Vec<u8> {
    let mut functions = Vec::new();
    added.len().encode(&mut functions);
    name_all(added, &mut functions);
    let mut output = Vec::new();
    "name".encode(&mut output);
    put(&mut output, FUNCTION_NAMES, &functions);
    output
}

fn name_all(added: &[(Bulk, u32)], output: &mut Vec<u8>) {
    for (bulk, function) in added {
        function.encode(output);
        bulk.name().encode(output);
    }
}

#[cfg(test)]
mod tests;
