//! Writes the module with its countdown.
//!
//! Bytes that say the same as before are copied; what is new is put in between. Types, globals and functions are added
//! behind the module's own. The tap has to stand before all functions that the module defines, so these move up by one.

use super::bulk::Helpers;
use super::input::Input;
use super::paths::{Priced, pay, write as write_code};
use super::{Edit, Tap, copy};
use crate::error::Error;
use crate::rewrite::sort;
use std::collections::BTreeMap;
use wasm_encoder::{
    Encode, GlobalType, Instruction, NameMap, NameSection, RawSection, TypeSection, ValType,
};
use wasmparser::{BinaryReader, Name, NameSectionReader};

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
    helpers: &Helpers<'_>,
    priced: &[Priced],
    tap: &Tap<'_>,
) -> Result<Vec<u8>, Error> {
    let mut sections: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
    types(input, helpers, &mut sections);
    let mut import = Vec::new();
    tap.module.encode(&mut import);
    tap.name.encode(&mut import);
    import.push(0);
    input.types.encode(&mut import);
    sections.insert(IMPORTS, longer(input, IMPORTS, 1, &import));

    let mut functions = Vec::new();
    let mut added = 0;
    for ty in 0..1 + helpers.functions().count() as u32 {
        (input.types + 1 + ty).encode(&mut functions);
        added += 1;
    }
    sections.insert(FUNCTIONS, longer(input, FUNCTIONS, added, &functions));

    let mut countdown = Vec::new();
    GlobalType {
        val_type: ValType::I64,
        mutable: true,
        shared: false,
    }
    .encode(&mut countdown);
    write_code(
        &mut countdown,
        &[Instruction::I64Const(0), Instruction::End],
    );
    sections.insert(GLOBALS, longer(input, GLOBALS, 1, &countdown));

    exports(input, &mut sections);
    if let Some(start) = input.start {
        sections.insert(START, super::leb(input.moved(start)));
    }
    sections.insert(CODE, code(input, helpers, priced)?);

    let mut module = wasm_encoder::Module::new();
    for id in ORDER {
        let copied;
        let data = match (sections.get(&id), input.sections.get(&id)) {
            (Some(data), _) => data,
            (None, Some(range)) => {
                let mut data = Vec::new();
                copy(input.wasm, range.clone(), &input.edits, &mut data);
                copied = data;
                &copied
            }
            (None, None) => continue,
        };
        module.section(&RawSection { id, data });
    }
    if let Some(names) = input.names.clone().and_then(|names| names_of(input, names)) {
        module.section(&names);
    }
    Ok(module.finish())
}

/// The types of the tap, of the function that calls it, and of those that do bulk operations.
fn types(input: &Input<'_>, helpers: &Helpers<'_>, sections: &mut BTreeMap<u8, Vec<u8>>) {
    let mut added = Vec::new();
    let mut count = 0;
    let mut add = |params: &[ValType], results: &[ValType]| {
        let mut section = TypeSection::new();
        section
            .ty()
            .function(params.iter().copied(), results.iter().copied());
        let mut bytes = Vec::new();
        section.encode(&mut bytes);
        // Behind the section's size and count, which are a byte each.
        added.extend_from_slice(&bytes[2..]);
        count += 1;
    };
    add(&[ValType::I64], &[ValType::I64]);
    add(&[], &[]);
    for helper in helpers.functions() {
        add(&helper.params, &helper.results);
    }
    sections.insert(TYPES, longer(input, TYPES, count, &added));
}

/// The contents of a section, if there is one, with more items behind its own.
fn longer(input: &Input<'_>, id: u8, added: u32, items: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    match input.sections.get(&id) {
        Some(range) => {
            let mut reader = BinaryReader::new(&input.wasm[range.clone()], range.start);
            // The section is valid, so it begins with the count of its items.
            let count = reader.read_var_u32().unwrap_or_default();
            (count + added).encode(&mut data);
            let own = reader.original_position()..range.end;
            copy(input.wasm, own, &input.edits, &mut data);
        }
        None => added.encode(&mut data),
    }
    data.extend_from_slice(items);
    data
}

fn exports(input: &Input<'_>, sections: &mut BTreeMap<u8, Vec<u8>>) {
    if input.exports.is_empty() {
        return;
    }
    let mut data = Vec::new();
    input.exports.len().encode(&mut data);
    for (name, kind, index) in &input.exports {
        name.encode(&mut data);
        data.push(sort(*kind));
        match sort(*kind) {
            0 => input.moved(*index).encode(&mut data),
            _ => index.encode(&mut data),
        }
    }
    sections.insert(EXPORTS, data);
}

fn code(input: &Input<'_>, helpers: &Helpers<'_>, priced: &[Priced]) -> Result<Vec<u8>, Error> {
    let countdown = input.globals;
    let settle = helpers.settle();
    let mut data = Vec::new();
    let count = input.bodies.len() + 1 + helpers.functions().count();
    count.encode(&mut data);
    let mut bytes = Vec::new();
    for (body, priced) in input.bodies.iter().zip(priced) {
        let edits: Vec<Edit> = priced.edits(|cost| pay(countdown, cost, settle));
        bytes.clear();
        copy(input.wasm, body.range(), &edits, &mut bytes);
        if bytes.len() > FUNCTION_SIZE {
            return Err(Error::limit(
                "with the code that makes it interruptible, a function is too large",
                FUNCTION_SIZE,
            )
            .at(body.range().start));
        }
        bytes.encode(&mut data);
    }
    // What is left goes to the tap, and its answer is what there is next.
    let mut calls_tap = Vec::new();
    write_code(
        &mut calls_tap,
        &[
            Instruction::GlobalGet(countdown),
            Instruction::Call(input.imported_funcs),
            Instruction::GlobalSet(countdown),
            Instruction::End,
        ],
    );
    let added = std::iter::once(calls_tap).chain(helpers.functions().map(|helper| helper.code));
    for code in added {
        bytes.clear();
        // No locals.
        bytes.push(0);
        bytes.extend(code);
        bytes.encode(&mut data);
    }
    Ok(data)
}

/// The names of the module and its functions; none where the section is damaged, which validation does not tell.
fn names_of(input: &Input<'_>, names: BinaryReader<'_>) -> Option<NameSection> {
    let mut section = NameSection::new();
    for name in NameSectionReader::new(names) {
        match name.ok()? {
            Name::Module { name, .. } => section.module(name),
            Name::Function(names) => {
                let mut moved = NameMap::new();
                for name in names {
                    let name = name.ok()?;
                    moved.append(input.moved(name.index), name.name);
                }
                section.functions(&moved);
            }
            _ => {}
        }
    }
    Some(section)
}
