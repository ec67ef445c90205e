//! Writes the module with its countdown.
//!
//! Bytes that say the same as before are copied; what is new is put in between. `layout` says where things stand.

use super::added::{Added, Function};
use super::changes::Changes;
use super::input::Input;
use super::layout::Layout;
use super::types::Types;
use super::{COUNTDOWN, Edit, Gate, Hardening, MODULE, OWNER, STACK_LEFT, copy, cost, tables};
use crate::error::Error;
use crate::limits;
use crate::rewrite::sort;
use crate::sections::{
    CODE, EXPORTS, FUNCTIONS, GLOBALS, IMPORTS, ORDER, START, TABLES, TYPES, items,
};
use std::collections::BTreeMap;
use wasm_encoder::{Encode, GlobalType, Instruction, NameMap, NameSection, RawSection, ValType};
use wasmparser::{BinaryReader, ExternalKind, Name, NameSectionReader};

pub(super) fn write(changes: &Changes<'_>, hardening: &Hardening) -> Result<Vec<u8>, Error> {
    let (input, layout) = (changes.input, changes.layout);
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
    let mut sections: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
    let mut types = Types::new(input.results.len() as u32);
    let mut added = Added::new(input, layout);
    let mut bodies = Vec::new();
    for place in 0..input.functions.len() {
        let edits = changes.of(place, &mut added, &mut types)?;
        writer.body(place, &edits, &mut bodies)?;
    }
    let added = added.functions();
    for function in &added {
        write_body(function, &mut bodies);
    }
    let count = input.functions.len() + added.len();
    if count > 0 {
        let mut code = Vec::new();
        count.encode(&mut code);
        code.append(&mut bodies);
        sections.insert(CODE, code);
    }
    if !added.is_empty() {
        let mut functions = Vec::new();
        for function in &added {
            types
                .index(&function.params, &function.results)
                .encode(&mut functions);
        }
        let count = added.len() as u32;
        sections.insert(FUNCTIONS, writer.longer(FUNCTIONS, count, &functions));
    }
    writer.imports(&mut types, &mut sections);
    if types.count() > 0 {
        sections.insert(TYPES, writer.longer(TYPES, types.count(), types.items()));
    }
    if let Some(most) = hardening.table_elements
        && input.sections.contains_key(&TABLES)
    {
        sections.insert(TABLES, tables::bounded(input, most));
    }
    if layout.gate == Some(Gate::Owner) {
        let mut counters = Vec::new();
        let stack = hardening.stack.unwrap_or(cost::STACK_BUDGET);
        for (ty, value) in [
            (COUNTERS[0].1, Instruction::I64Const(0)),
            (COUNTERS[1].1, Instruction::I32Const(stack)),
        ] {
            ty.encode(&mut counters);
            super::write(&mut counters, &[value, Instruction::End]);
        }
        sections.insert(GLOBALS, writer.longer(GLOBALS, 2, &counters));
    }
    let most = [
        input.functions.len() + input.imported_funcs as usize + layout.imports.len() + added.len(),
        input.results.len() + types.count() as usize,
        input.globals as usize + COUNTERS.len(),
        input.imports + layout.imports.len() + COUNTERS.len(),
        input.exports.len() + COUNTERS.len(),
    ];
    if most.into_iter().any(|count| count > limits::SECTION_ITEMS) {
        let what = "with what hardens it, a core module has too many items of one sort";
        return Err(Error::limit(what, limits::SECTION_ITEMS));
    }
    writer.exports(&mut sections);
    if let Some(start) = input.start {
        sections.insert(START, super::leb(layout.func(start)));
    }

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
    if let Some(names) = writer.names(&added) {
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

fn write_body(function: &Function, bodies: &mut Vec<u8>) {
    let mut bytes = Vec::new();
    match function.locals {
        0 => bytes.push(0),
        count => {
            bytes.push(1);
            count.encode(&mut bytes);
            ValType::I32.encode(&mut bytes);
        }
    }
    bytes.extend(&function.code);
    bytes.encode(bodies);
}

struct Writer<'a> {
    input: &'a Input<'a>,
    layout: &'a Layout,
    /// Changes outside of code.
    edits: Vec<Edit>,
}

impl Writer<'_> {
    fn imports(&self, types: &mut Types, sections: &mut BTreeMap<u8, Vec<u8>>) {
        let mut items = Vec::new();
        let mut count = 0;
        for import in &self.layout.imports {
            let (params, results) = import.ty();
            MODULE.encode(&mut items);
            import.name().encode(&mut items);
            items.push(0);
            types.index(params, results).encode(&mut items);
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
    fn longer(&self, id: u8, added: u32, more: &[u8]) -> Vec<u8> {
        let mut data = Vec::new();
        match self.input.sections.get(&id) {
            Some(range) => {
                // The section is valid, so it begins with the count of its items.
                let list = items(&self.input.wasm[range.clone()]);
                let (count, own) = list.unwrap_or_default();
                (count + added).encode(&mut data);
                let own = range.end - own.len()..range.end;
                copy(self.input.wasm, own, &self.edits, &mut data);
            }
            None => added.encode(&mut data),
        }
        data.extend_from_slice(more);
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

    /// Writes a function with its changes.
    fn body(&self, place: usize, edits: &[Edit], to: &mut Vec<u8>) -> Result<(), Error> {
        let body = self.input.body(place);
        let mut bytes = Vec::new();
        copy(body, 0..body.len(), edits, &mut bytes);
        if bytes.len() > limits::FUNCTION_SIZE {
            let what = "with the code that hardens it, a function is too large";
            return Err(Error::limit(what, limits::FUNCTION_SIZE).at(self.input.body_start(place)));
        }
        bytes.encode(to);
        Ok(())
    }

    /// The names of the module and its functions, and of those that are added.
    fn names(&self, added: &[Function]) -> Option<NameSection> {
        // Validation does not tell whether names are damaged. Then they are left out.
        let own = self.input.names.clone();
        let own = own.map_or(Some(Names::default()), |names| read_names(names).ok());
        let Names {
            module,
            mut functions,
        } = own.unwrap_or_default();
        let first = self.layout.func(self.input.imported_funcs);
        functions.retain(|(index, _)| *index < self.input.funcs());
        let mut functions: BTreeMap<u32, &str> = (functions.into_iter())
            .map(|(index, name)| (self.layout.func(index), name))
            .collect();
        let imports = self.layout.imports.iter().map(|import| import.label());
        functions.extend((self.input.imported_funcs..first).zip(imports));
        let names = added.iter().map(|function| function.name);
        functions.extend((self.layout.first_added()..).zip(names));
        if module.is_none() && functions.is_empty() {
            return None;
        }
        let mut section = NameSection::new();
        if let Some(module) = module {
            section.module(module);
        }
        let mut map = NameMap::new();
        for (index, name) in functions {
            map.append(index, name);
        }
        section.functions(&map);
        Some(section)
    }
}

/// The names of a module and of its functions.
#[derive(Default)]
struct Names<'a> {
    module: Option<&'a str>,
    functions: Vec<(u32, &'a str)>,
}

fn read_names(names: BinaryReader<'_>) -> wasmparser::Result<Names<'_>> {
    let mut read = Names::default();
    for name in NameSectionReader::new(names) {
        match name? {
            Name::Module { name, .. } => read.module = Some(name),
            Name::Function(names) => {
                for name in names {
                    let name = name?;
                    read.functions.push((name.index, name.name));
                }
            }
            _ => {}
        }
    }
    Ok(read)
}
