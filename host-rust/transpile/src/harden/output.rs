//! Writes the module with its countdown.
//!
//! Bytes that say the same as before are copied; what is new is put in between. `layout` says where things stand.

use super::bulk::{Helper, Helpers};
use super::input::Input;
use super::layout::{Import, Layout};
use super::paths::{Priced, pay, write as write_code};
use super::{COUNTDOWN, Edit, Gate, MODULE, OWNER, STACK_LEFT, copy, cost};
use crate::error::Error;
use crate::rewrite::sort;
use std::collections::BTreeMap;
use wasm_encoder::{
    Encode, GlobalType, Instruction, NameMap, NameSection, RawSection, TypeSection, ValType,
};
use wasmparser::{BinaryReader, ExternalKind, Name, NameSectionReader};

const TYPES: u8 = 1;
const IMPORTS: u8 = 2;
const FUNCTIONS: u8 = 3;
const GLOBALS: u8 = 6;
const EXPORTS: u8 = 7;
const START: u8 = 8;
const ELEMENTS: u8 = 9;
const CODE: u8 = 10;
/// All sections, in the order in which they stand in a module.
const ORDER: [u8; 12] = [
    TYPES, IMPORTS, FUNCTIONS, 4, 5, GLOBALS, EXPORTS, START, ELEMENTS, 12, CODE, 11,
];

/// Bytes of a function, as engines accept them.
const FUNCTION_SIZE: usize = 7_654_321;

pub(super) fn write(
    input: &Input<'_>,
    layout: &Layout,
    helpers: &Helpers<'_>,
    priced: &[Priced],
    edits: &[Vec<Edit>],
) -> Result<Vec<u8>, Error> {
    let writer = Writer {
        input,
        layout,
        edits: (input.references.iter())
            .map(|(range, reference)| Edit {
                range: range.clone(),
                bytes: layout.reference(*reference),
            })
            .collect(),
    };
    let added = added(layout, helpers);
    let mut sections: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
    writer.types(&added, &mut sections);
    writer.imports(&mut sections);
    if !added.is_empty() {
        let mut functions = Vec::new();
        for ty in 0..added.len() as u32 {
            (input.types + layout.imports.len() as u32 + ty).encode(&mut functions);
        }
        let count = added.len() as u32;
        sections.insert(FUNCTIONS, writer.longer(FUNCTIONS, count, &functions));
    }
    if layout.gate == Some(Gate::Owner) {
        let mut counters = Vec::new();
        for (ty, value) in [
            (COUNTERS[0].1, Instruction::I64Const(0)),
            (COUNTERS[1].1, Instruction::I32Const(cost::STACK_BUDGET)),
        ] {
            ty.encode(&mut counters);
            write_code(&mut counters, &[value, Instruction::End]);
        }
        sections.insert(GLOBALS, writer.longer(GLOBALS, 2, &counters));
    }
    writer.exports(&mut sections);
    if let Some(start) = input.start {
        sections.insert(START, super::leb(layout.func(start)));
    }
    writer.code(&added, helpers, priced, edits, &mut sections)?;

    let mut module = wasm_encoder::Module::new();
    for id in ORDER {
        let copied;
        let data = match (sections.get(&id), input.sections.get(&id)) {
            (Some(data), _) => data,
            (None, Some(range)) => {
                let mut data = Vec::new();
                copy(input.wasm, range.clone(), &writer.edits, &mut data);
                copied = data;
                &copied
            }
            (None, None) => continue,
        };
        module.section(&RawSection { id, data });
    }
    if let Some(names) = input.names.clone().and_then(|names| writer.names(names)) {
        module.section(&names);
    }
    Ok(module.finish())
}

/// The counters and their types.
const COUNTERS: [(&str, GlobalType); 2] = [
    (COUNTDOWN, counter(ValType::I64)),
    (STACK_LEFT, counter(ValType::I32)),
];

const fn counter(val_type: ValType) -> GlobalType {
    GlobalType {
        val_type,
        mutable: true,
        shared: false,
    }
}

/// The functions that are added: the one that calls the tap, and those that do bulk operations.
fn added(layout: &Layout, helpers: &Helpers<'_>) -> Vec<Helper> {
    let Some(tap) = layout.import(Import::Tap) else {
        return Vec::new();
    };
    let mut added = vec![settle(tap, layout.countdown())];
    added.extend(helpers.functions());
    added
}

/// What is left goes to the tap, and its answer is what there is next.
fn settle(tap: u32, countdown: u32) -> Helper {
    let mut code = Vec::new();
    write_code(
        &mut code,
        &[
            Instruction::GlobalGet(countdown),
            Instruction::Call(tap),
            Instruction::GlobalSet(countdown),
            Instruction::End,
        ],
    );
    Helper {
        params: Vec::new(),
        results: Vec::new(),
        code,
    }
}

struct Writer<'a> {
    input: &'a Input<'a>,
    layout: &'a Layout,
    /// Changes outside of code.
    edits: Vec<Edit>,
}

impl Writer<'_> {
    /// The types of what is imported, and of what is added.
    fn types(&self, added: &[Helper], sections: &mut BTreeMap<u8, Vec<u8>>) {
        let imports = self.layout.imports.iter().map(|import| import.ty());
        let helpers = added.iter().map(|helper| (&*helper.params, &*helper.results));
        let mut types = Vec::new();
        let mut count = 0;
        for (params, results) in imports.chain(helpers) {
            let mut section = TypeSection::new();
            section
                .ty()
                .function(params.iter().copied(), results.iter().copied());
            let mut bytes = Vec::new();
            section.encode(&mut bytes);
            // Behind the section's size and count, which are a byte each.
            types.extend_from_slice(&bytes[2..]);
            count += 1;
        }
        if count > 0 {
            sections.insert(TYPES, self.longer(TYPES, count, &types));
        }
    }

    fn imports(&self, sections: &mut BTreeMap<u8, Vec<u8>>) {
        let mut items = Vec::new();
        let mut count = 0;
        for (ty, import) in self.layout.imports.iter().enumerate() {
            MODULE.encode(&mut items);
            import.name().encode(&mut items);
            items.push(0);
            (self.input.types + ty as u32).encode(&mut items);
            count += 1;
        }
        if self.layout.gate == Some(Gate::Member) {
            for (name, ty) in COUNTERS {
                OWNER.encode(&mut items);
                name.encode(&mut items);
                items.push(3);
                ty.encode(&mut items);
                count += 1;
            }
        }
        if count > 0 {
            sections.insert(IMPORTS, self.longer(IMPORTS, count, &items));
        }
    }

    /// The contents of a section, if there is one, with more items behind its own.
    fn longer(&self, id: u8, added: u32, items: &[u8]) -> Vec<u8> {
        let mut data = Vec::new();
        match self.input.sections.get(&id) {
            Some(range) => {
                let mut reader = BinaryReader::new(&self.input.wasm[range.clone()], range.start);
                // The section is valid, so it begins with the count of its items.
                let count = reader.read_var_u32().unwrap_or_default();
                (count + added).encode(&mut data);
                let own = reader.original_position()..range.end;
                copy(self.input.wasm, own, &self.edits, &mut data);
            }
            None => added.encode(&mut data),
        }
        data.extend_from_slice(items);
        data
    }

    fn exports(&self, sections: &mut BTreeMap<u8, Vec<u8>>) {
        let counters = match self.layout.gate {
            Some(Gate::Owner) => &COUNTERS[..],
            _ => &[],
        };
        let count = self.input.exports.len() + counters.len();
        if count == 0 {
            return;
        }
        let mut data = Vec::new();
        count.encode(&mut data);
        for (name, kind, index) in &self.input.exports {
            name.encode(&mut data);
            data.push(sort(*kind));
            let index = match kind {
                ExternalKind::Func => self.layout.func(*index),
                ExternalKind::Global => self.layout.global(*index),
                _ => *index,
            };
            index.encode(&mut data);
        }
        for (index, (name, _)) in (self.layout.countdown()..).zip(counters) {
            name.encode(&mut data);
            data.push(sort(ExternalKind::Global));
            index.encode(&mut data);
        }
        sections.insert(EXPORTS, data);
    }

    fn code(
        &self,
        added: &[Helper],
        helpers: &Helpers<'_>,
        priced: &[Priced],
        edits: &[Vec<Edit>],
        sections: &mut BTreeMap<u8, Vec<u8>>,
    ) -> Result<(), Error> {
        let count = self.input.bodies.len() + added.len();
        if count == 0 {
            return Ok(());
        }
        let mut data = Vec::new();
        count.encode(&mut data);
        let mut bytes = Vec::new();
        for (number, body) in self.input.bodies.iter().enumerate() {
            // Stable, so what pays for an instruction stays before it.
            let mut all: Vec<Edit> = (priced.iter().skip(number).take(1))
                .flat_map(Priced::places)
                .map(|place| Edit {
                    range: place.at..place.at,
                    bytes: pay(self.layout.countdown(), place.price(), helpers.settle()),
                })
                .chain(edits[number].iter().cloned())
                .collect();
            all.sort_by_key(|edit| edit.range.start);
            bytes.clear();
            copy(self.input.wasm, body.range(), &all, &mut bytes);
            if bytes.len() > FUNCTION_SIZE {
                let what = "with the code that hardens it, a function is too large";
                return Err(Error::limit(what, FUNCTION_SIZE).at(body.range().start));
            }
            bytes.encode(&mut data);
        }
        for helper in added {
            bytes.clear();
            // No locals.
            bytes.push(0);
            bytes.extend(&helper.code);
            bytes.encode(&mut data);
        }
        sections.insert(CODE, data);
        Ok(())
    }

    /// The names of the module and its functions; none where the section is damaged, which validation does not tell.
    fn names(&self, names: BinaryReader<'_>) -> Option<NameSection> {
        let mut section = NameSection::new();
        for name in NameSectionReader::new(names) {
            match name.ok()? {
                Name::Module { name, .. } => section.module(name),
                Name::Function(names) => {
                    let mut moved = NameMap::new();
                    for name in names {
                        let name = name.ok()?;
                        moved.append(self.layout.func(name.index), name.name);
                    }
                    section.functions(&moved);
                }
                _ => {}
            }
        }
        Some(section)
    }
}
