//! Validation, by `wasmparser`, with exactly the features that the hosts' engines run.

use crate::error::{Error, Kind};
use crate::harden::{Before, Function, Locals, Reading};
use crate::limits;
use crate::scan::Scan;
use crate::unsupported;
use std::collections::HashMap;
use wasmparser::types::Types;
use wasmparser::{
    BinaryReader, FuncToValidate, FuncValidatorAllocations, FunctionBody, Parser, Payload,
    ValidPayload, Validator, ValidatorResources, WasmFeatures,
};

/// The synchronous component model on core WebAssembly 2, vectors included; without `externref`, which needs a collector
/// that the Rust host's wasmtime is built without.
pub(crate) const ENGINE: WasmFeatures = WasmFeatures::WASM2
    .difference(WasmFeatures::GC_TYPES)
    .union(WasmFeatures::COMPONENT_MODEL);

/// What the translator needs beyond [`ENGINE`]: the adapters that it makes between nested components use two memories.
pub(crate) const TRANSLATOR: WasmFeatures = ENGINE.union(WasmFeatures::MULTI_MEMORY);

/// A valid file.
pub(crate) struct Valid {
    pub(crate) types: Types,
    /// What the code of each core module has in it, by where the module begins.
    pub(crate) code: HashMap<usize, Code>,
}

/// A file that is not valid, as `wasmparser` says or as we do, or that crosses a limit of ours.
pub(crate) enum Refusal {
    Invalid(wasmparser::Error),
    Ours(Error),
}

/// For modules that are made here: they are valid, or it is a bug.
impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        match refusal {
            Refusal::Invalid(error) => Error::internal(error),
            Refusal::Ours(error) => error,
        }
    }
}

impl From<wasmparser::Error> for Refusal {
    fn from(error: wasmparser::Error) -> Refusal {
        Refusal::Invalid(error)
    }
}

/// Reads a component, or a core module, once and whole.
///
/// Functions are validated as they come, so that none is read again for what [`Code`] tells. What hardening has to know of them is
/// kept as long as it takes no more than `room` bytes: a file of 1 MB can have a million functions.
pub(crate) fn check(
    bytes: &[u8],
    features: WasmFeatures,
    mut room: usize,
) -> Result<Valid, Refusal> {
    let mut validator = Validator::new_with_features(features);
    let mut parser = Parser::new(0);
    parser.set_features(features);
    let mut scratch = Scratch::default();
    let mut code = HashMap::new();
    let mut module = 0;
    let mut work = 0;
    let mut root = None;
    for payload in parser.parse_all(bytes) {
        let payload = payload?;
        if let Payload::ModuleSection {
            unchecked_range, ..
        } = &payload
        {
            module = unchecked_range.start;
        }
        count(&payload)?;
        match validator.payload(&payload)? {
            ValidPayload::Func(func, body) => {
                let code = code.entry(module).or_insert_with(Code::default);
                code.read(func, &body, &mut scratch, (&mut work, &mut room))?;
            }
            // The last to end is the root.
            ValidPayload::End(types) => root = Some(types),
            _ => {}
        }
    }
    match root {
        Some(types) => Ok(Valid { types, code }),
        None => Err(Refusal::Ours(Error::internal("a file without an end"))),
    }
}

/// Refuses a section that announces more items than it has bytes, before anybody makes room for them.
fn count(payload: &Payload<'_>) -> Result<(), Refusal> {
    macro_rules! sections {
        ($($section:ident)*) => {
            match payload {
                $(Payload::$section(section) => (section.count(), section.range()),)*
                Payload::CodeSectionStart { count, range, .. } => (*count, range.clone()),
                _ => return Ok(()),
            }
        };
    }
    let (count, range) = sections!(
        TypeSection ImportSection FunctionSection TableSection MemorySection TagSection GlobalSection ExportSection
        ElementSection DataSection InstanceSection CoreTypeSection ComponentInstanceSection ComponentAliasSection
        ComponentTypeSection ComponentCanonicalSection ComponentImportSection ComponentExportSection
    );
    if count as usize <= range.len() {
        return Ok(());
    }
    let what = format!("a section of {} bytes announces {count} items", range.len());
    Err(Refusal::Ours(
        Error::new(Kind::Malformed, what)
            .at(range.start)
            .help(DAMAGED),
    ))
}

/// What is in the functions of a core module, beyond what is on its sections.
#[derive(Default)]
pub(crate) struct Code {
    sign_extension: bool,
    saturating: bool,
    bulk: bool,
    references: bool,
    vectors: bool,
    /// Which of [`HIDDEN_STATE`] occur, by bits.
    hidden: u8,
    /// Functions that the module imports. It is known once there is one that it defines.
    imported: Option<u32>,
    found: Vec<Function>,
    /// Whether there was no room for all.
    lost: bool,
}

/// What is used for one function after the other.
#[derive(Default)]
struct Scratch {
    allocations: FuncValidatorAllocations,
    locals: Locals,
}

/// The bytes that what is found of functions may take. It is beside the file while that can still be refused, which natively is to
/// take little; in a sandbox the memory is the sandbox's own.
pub(crate) const ROOM: usize = if cfg!(target_family = "wasm") {
    64 << 20
} else {
    256 << 10
};

/// Instructions that change state which is neither in a memory nor in a global, by the number behind [`MISC`], in the order of
/// their names.
const HIDDEN_STATE: [(u32, &str); 6] = [
    (9, "data.drop"),
    (13, "elem.drop"),
    (14, "table.copy"),
    (17, "table.fill"),
    (15, "table.grow"),
    (12, "table.init"),
];
const BLOCK: u8 = 0x02;
const LOOP: u8 = 0x03;
const IF: u8 = 0x04;
const BR_IF: u8 = 0x0d;
const BR_TABLE: u8 = 0x0e;
const TABLE_SET: u8 = 0x26;
const MISC: u8 = 0xfc;
const VECTOR: u8 = 0xfd;

/// Whether of an instruction with an opcode there is nothing to note but that it is there. Most are plain: locals, globals, constants,
/// loads, stores, and arithmetic.
fn is_plain(opcode: u8) -> bool {
    matches!(opcode, 0x1a | 0x20..=0x24 | 0x28..=0x3f | 0x41..=0xbf)
}

/// So many instructions weigh as much as a basic block.
const INSTRUCTIONS: u64 = 16;

/// What makes a function dear to compile.
#[derive(Default)]
struct Size {
    /// Basic blocks, roughly, with those that hardening adds to loops.
    blocks: u64,
    /// Those that are declared. There are at most 50,000.
    locals: u64,
    instructions: u64,
}

impl Size {
    /// Notes a valid instruction that is not plain.
    fn note(&mut self, instruction: &[u8]) -> wasmparser::Result<()> {
        self.blocks += match instruction[0] {
            BLOCK | BR_IF => 1,
            LOOP => 8,
            // Both ways, and where they meet.
            IF => 3,
            BR_TABLE => BinaryReader::new(&instruction[1..], 0)
                .read_var_u32()?
                .into(),
            _ => 0,
        };
        Ok(())
    }

    fn too_much(&self, at: usize) -> Error {
        let what = "a compiler would work too long: the squares of the functions' sizes add up to too much";
        let Size {
            blocks,
            locals,
            instructions,
        } = self;
        Error::limit(what, limits::WORK as usize)
            .at(at)
            .help(format!(
                "Divide this function, which has {blocks} blocks, {locals} locals and {instructions} instructions or more, or others as large."
            ))
    }

    /// What the time of compilers grows with the square of.
    fn total(&self) -> u64 {
        self.blocks + self.locals + self.instructions / INSTRUCTIONS
    }
}

impl Code {
    /// What hardening has to know of the functions, if there was room for it.
    pub(crate) fn found(&self) -> Option<&[Function]> {
        (!self.lost).then_some(&self.found)
    }

    /// Validates a function and notes what is in it. `work` is what compiling has taken so far, `room` what may be kept.
    fn read(
        &mut self,
        func: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
        scratch: &mut Scratch,
        (work, room): (&mut u64, &mut usize),
    ) -> Result<(), Refusal> {
        let imported = *self.imported.get_or_insert(func.index);
        self.lost |= *room == 0;
        let mut reading =
            (!self.lost).then(|| Reading::new(imported, &func, body, &mut scratch.locals, *room));
        let mut validator = func.into_validator(std::mem::take(&mut scratch.allocations));
        let mut size = Size::default();
        let most = (limits::WORK - *work).isqrt();
        for local in body.get_locals_reader()? {
            let (count, ty) = local?;
            self.vectors |= ty == wasmparser::ValType::V128;
            size.locals += u64::from(count);
        }
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader)?;
        reader.set_features(*validator.features());
        let (bytes, start) = (body.as_bytes(), body.range().start);
        if let Some(reading) = &mut reading {
            reading.begin(reader.original_position() - start, validator.len_locals());
        }
        while !reader.eof() {
            let at = reader.original_position();
            let opcode = bytes[at - start];
            let before = Before::see(&validator, opcode);
            reader.visit_operator(&mut validator.visitor(at))??;
            let range = at - start..reader.original_position() - start;
            size.instructions += 1;
            let plain = is_plain(opcode);
            if !plain {
                // A function's own block counts too.
                if validator.control_stack_height() as usize > limits::BLOCK_DEPTH + 1 {
                    return Err(Refusal::Ours(
                        Error::limit("a function nests too many blocks", limits::BLOCK_DEPTH)
                            .at(at),
                    ));
                }
                let instruction = &bytes[range.clone()];
                self.note(instruction)?;
                size.note(instruction)?;
            }
            // Others do not change the total.
            if (!plain || size.instructions.is_multiple_of(INSTRUCTIONS)) && size.total() > most {
                return Err(Refusal::Ours(size.too_much(start)));
            }
            if let Some(it) = &mut reading {
                it.op(bytes, range, before, &validator)?;
                if it.room() == 0 {
                    reading = None;
                }
            }
        }
        reader.finish_expression(&validator.visitor(reader.original_position()))?;
        *work += size.total().pow(2);
        scratch.allocations = validator.into_allocations();
        match reading {
            Some(reading) => {
                *room = reading.room();
                self.found.push(reading.finish());
            }
            None => {
                (self.found, self.lost) = (Vec::new(), true);
                *room = 0;
            }
        }
        Ok(())
    }

    /// Notes a valid instruction that is not plain.
    fn note(&mut self, instruction: &[u8]) -> wasmparser::Result<()> {
        match instruction[0] {
            0xc0..=0xc4 => self.sign_extension = true,
            // A select with a type, table.get, and references.
            0x1c | 0x25 | 0xd0..=0xd2 => self.references = true,
            TABLE_SET => {
                self.references = true;
                self.hidden |= 1 << HIDDEN_STATE.len();
            }
            MISC => {
                let number = BinaryReader::new(&instruction[1..], 0).read_var_u32()?;
                match number {
                    0..=7 => self.saturating = true,
                    8..=14 => self.bulk = true,
                    _ => self.references = true,
                }
                if let Some(bit) = HIDDEN_STATE.iter().position(|(it, _)| *it == number) {
                    self.hidden |= 1 << bit;
                }
            }
            VECTOR => self.vectors = true,
            _ => {}
        }
        Ok(())
    }

    /// The proposals that the instructions belong to, by the names of `-C target-feature`.
    pub(crate) fn features(&self) -> impl Iterator<Item = &'static str> {
        [
            (self.sign_extension, "sign-ext"),
            (self.saturating, "nontrapping-fptoint"),
            (self.bulk, "bulk-memory"),
            (self.references, "reference-types"),
            (self.vectors, "simd128"),
        ]
        .into_iter()
        .filter_map(|(used, name)| used.then_some(name))
    }

    /// The instructions that change state which is neither in a memory nor in a global, by name.
    pub(crate) fn hidden_state(&self) -> impl Iterator<Item = &'static str> {
        let names = HIDDEN_STATE.iter().map(|(_, name)| *name);
        let names = names.chain(std::iter::once("table.set")).enumerate();
        names.filter_map(|(bit, name)| (self.hidden & 1 << bit != 0).then_some(name))
    }
}

/// The types of a valid component, and what is in its code.
///
/// A refusal says whether the component is invalid, or valid but in need of a feature outside [`ENGINE`].
///
/// `room` is that of [`check`].
pub(crate) fn validate(bytes: &[u8], scan: &Scan<'_>, room: usize) -> Result<Valid, Error> {
    let error = match check(bytes, ENGINE, room) {
        Ok(valid) => return Ok(valid),
        Err(Refusal::Ours(error)) => return Err(scan.in_part(error, 0)),
        Err(Refusal::Invalid(error)) => error,
    };
    // Which of the two it is, only a second opinion tells: wasmparser does not mark every use of a missing feature.
    match check(bytes, WasmFeatures::all(), 0) {
        Ok(valid) => Err(unsupported::explain(
            bytes,
            &error,
            scan,
            valid.types.as_ref(),
        )),
        Err(Refusal::Ours(limit)) => Err(scan.in_part(limit, 0)),
        Err(Refusal::Invalid(other)) if error.missing_wasm_feature().is_some() => {
            Err(malformed(&other, scan))
        }
        Err(Refusal::Invalid(_)) => Err(malformed(&error, scan)),
    }
}

const DAMAGED: &str = "Either the file is damaged, or the tool that wrote it has a bug. Build it again; if that does not help, try current \
    versions of wit-bindgen and `tenon build`.";

/// A refusal by `wasmparser` as an error of ours.
pub(crate) fn malformed(error: &wasmparser::Error, scan: &Scan<'_>) -> Error {
    let mut refusal = Error::new(
        Kind::Malformed,
        format!("the component is not valid: {}", one_line(error.message())),
    )
    .at(error.offset())
    .help(DAMAGED);
    refusal.path = scan.place(error.offset()).map(str::to_owned);
    refusal
}

/// `wasmparser` puts context on lines of its own; an error of ours is one line.
pub(crate) fn one_line(message: &str) -> String {
    message
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(": ")
}
