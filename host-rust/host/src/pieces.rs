//! Bulk operations in pieces, so that a deadline ends them too.
//!
//! wasmtime looks at the clock before each `memory.fill`, `memory.copy` and `memory.init`, and not again until it is done: 256 MiB take
//! a tenth of a second. So before a component is compiled, each of these instructions of its core modules becomes a call of a
//! function that does the same, piece by piece where it is long. Nothing else changes, since functions are added behind all others.

use std::collections::BTreeSet;
use wasm_encoder::{BlockType, Encode, Function, InstructionSink};
use wasmparser::{BinaryReader, FunctionBody, Operator};

/// What is done at once: some 0.3 ms where every page is fresh.
const PIECE: i32 = 1 << 20;

/// The numbers of sections, and of the part of the section `name` that has the functions' names.
const CUSTOM: u8 = 0;
const TYPES: u8 = 1;
const IMPORTS: u8 = 2;
const FUNCTIONS: u8 = 3;
const CODE: u8 = 10;
const CORE_MODULE: u8 = 1;
const COMPONENT: u8 = 4;
const FUNCTION_NAMES: u8 = 1;

/// Bytes of a header: magic, version, layer.
const HEADER: usize = 8;

/// What cannot be read, in what has been validated before.
type Result<T> = std::result::Result<T, wasmparser::BinaryReaderError>;

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
    reader.read_bytes(reader.bytes_remaining())
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
            _ => {}
        }
    }
    if bulks.is_empty() {
        return Ok(None);
    }
    let added: Vec<(Bulk, u32)> = bulks.into_iter().zip(functions..).collect();
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
    Ok(Some(output))
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
        reader.read_bytes(size as usize)
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
        let functions = (id == FUNCTION_NAMES && !named).then(|| {
            longer(part, added.len(), |output| {
                for (bulk, function) in added {
                    function.encode(output);
                    bulk.name().encode(output);
                }
            })
        });
        let functions = functions.transpose().ok()?;
        named |= functions.is_some();
        put(&mut output, id, functions.as_deref().unwrap_or(part));
    }
    named.then_some(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::{Engine, Instance, Module, Store};

    const TEXT: &str = r#"(module
        (import "h" "none" (func))
        (memory (export "memory") 64)
        (func $fill (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
        (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
        (func (export "init") (param i32 i32 i32) (memory.init 1 (local.get 0) (local.get 1) (local.get 2)))
        (data (i32.const 0) "seed") (data "DATA"))"#;

    /// The module with a data segment of some pieces.
    fn text() -> Vec<u8> {
        let data = "0123456789abcdef".repeat(3 << 16);
        wat::parse_str(TEXT.replace("DATA", &data)).unwrap()
    }

    /// What the memory holds after each of the calls, and which of them trapped.
    fn run(wasm: &[u8], calls: &[(&str, [u32; 3])]) -> Vec<(Option<wasmtime::Trap>, Vec<u8>)> {
        let engine = Engine::default();
        let module = Module::new(&engine, wasm).unwrap();
        let mut store = Store::new(&engine, ());
        let none = wasmtime::Func::wrap(&mut store, || {});
        let instance = Instance::new(&mut store, &module, &[none.into()]).unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        for (place, byte) in memory.data_mut(&mut store).iter_mut().enumerate() {
            *byte = ((place * 31) >> 7) as u8;
        }
        let mut outcomes = Vec::new();
        for (name, args) in calls {
            let func = instance.get_typed_func::<(u32, u32, u32), ()>(&mut store, name);
            let result = func.unwrap().call(&mut store, (*args).into());
            let trap = result.err().map(|error| *error.downcast_ref().unwrap());
            outcomes.push((trap, memory.data(&store).to_vec()));
            if trap.is_some() {
                memory.data_mut(&mut store).fill(1);
            }
        }
        outcomes
    }

    #[test]
    fn pieces_compute_what_the_whole_does() {
        let (piece, end) = (PIECE as u32, 64 << 16);
        // Compared after each call, but for what a trap beyond a data segment leaves.
        let mut calls = Vec::new();
        for length in [
            0,
            1,
            piece - 1,
            piece,
            piece + 1,
            2 * piece,
            3 * piece - 7,
            end - 9,
        ] {
            calls.push(("fill", [5, length, length]));
            calls.push(("fill", [end - length, 256 + length, length]));
            for (to, from) in [(9, 0), (0, 9), (3, 3), (piece + 1, 0), (0, piece + 1)] {
                calls.push(("copy", [to, from, length]));
            }
            calls.push(("init", [7, 11, length]));
        }
        // What traps writes nothing before, as long as it is.
        for length in [1, piece, 2 * piece, u32::MAX] {
            let place = end - length.min(end) + 1;
            calls.push(("fill", [place, 1, length]));
            calls.push(("copy", [place, 0, length]));
            calls.push(("copy", [0, place, length]));
            calls.push(("init", [place, 0, length]));
            calls.push(("fill", [u32::MAX, 1, length]));
        }
        let whole = text();
        let pieces = module(&whole).unwrap().unwrap();
        let (expected, found) = (run(&whole, &calls), run(&pieces, &calls));
        assert!(expected.iter().filter(|(trap, _)| trap.is_some()).count() >= 20);
        for (call, (expected, found)) in calls.iter().zip(expected.iter().zip(&found)) {
            assert_eq!(expected.0, found.0, "{call:?}");
            let beyond = expected.0.is_some() && call.0 == "init";
            assert!(
                beyond || expected.1 == found.1,
                "{call:?} leaves another memory"
            );
        }
    }

    #[test]
    fn names_stay_and_added_functions_have_theirs() {
        let pieces = module(&text()).unwrap().unwrap();
        let module = Module::new(&Engine::default(), &pieces).unwrap();
        let names = sections(&pieces)
            .flatten()
            .filter(|(id, _)| *id == CUSTOM)
            .map(|(_, content)| String::from_utf8_lossy(content).into_owned())
            .collect::<String>();
        for name in [
            "fill",
            "tenon:memory.fill",
            "tenon:memory.copy",
            "tenon:memory.init",
        ] {
            assert!(names.contains(name), "{names}");
        }
        assert_eq!(module.exports().count(), 4, "nothing else is exported");
    }

    #[test]
    fn what_has_no_long_operation_stays_as_it_is() {
        let component = wat::parse_str(
            r#"(component (core module (func (export "f")))
                (component (core module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 9))))))"#,
        )
        .unwrap();
        let pieces = super::component(&component).unwrap();
        assert!(pieces.len() > component.len(), "the inner one has");
        let plain = wat::parse_str("(component (core module (func)) (component))").unwrap();
        assert_eq!(super::component(&plain).unwrap(), plain);
        let cut = &component[..component.len() - 3];
        assert!(super::component(cut).is_err());
    }
}
