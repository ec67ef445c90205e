//! Adds functions to a core module that is done otherwise.

use super::{Spec, body};
use crate::harden::Types;
use crate::limits;
use crate::sections::{CODE, CUSTOM, EXPORTS, FUNCTIONS, ORDER, TYPES, items, longer};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use wasm_encoder::{CustomSection, Encode, RawSection};
use wasmparser::{BinaryReader, ExternalKind, Parser, Payload, TypeRef};

/// The name of an entry in backtraces, which leave it out.
const NAME: &str = "tenon:entry";

/// A module to add to.
pub(super) struct Module<'a> {
    wasm: &'a [u8],
    /// The contents of each section but custom ones, by number.
    sections: BTreeMap<u8, Range<usize>>,
    names: Option<&'a [u8]>,
    exports: HashMap<&'a str, (ExternalKind, u32)>,
    functions: u32,
}

impl<'a> Module<'a> {
    /// Reads a valid module.
    pub(super) fn read(wasm: &'a [u8]) -> wasmparser::Result<Module<'a>> {
        let mut module = Module {
            wasm,
            sections: BTreeMap::new(),
            names: None,
            exports: HashMap::new(),
            functions: 0,
        };
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section()
                && id != CUSTOM
            {
                module.sections.insert(id, range);
            }
            match payload {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let imported = matches!(import?.ty, TypeRef::Func(_));
                        module.functions += u32::from(imported);
                    }
                }
                Payload::FunctionSection(section) => module.functions += section.count(),
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        module
                            .exports
                            .insert(export.name, (export.kind, export.index));
                    }
                }
                Payload::CustomSection(section) if section.name() == "name" => {
                    module.names = Some(section.data());
                }
                _ => {}
            }
        }
        Ok(module)
    }

    /// The index of an exported function.
    pub(super) fn function(&self, name: &str) -> Option<u32> {
        match self.exports.get(name)? {
            (ExternalKind::Func, index) => Some(*index),
            _ => None,
        }
    }

    /// Whether something is exported under a name.
    pub(super) fn exports(&self, name: &str) -> bool {
        self.exports.contains_key(name)
    }

    /// Whether so many functions find room.
    pub(super) fn has_room(&self, count: usize) -> bool {
        let counts = [TYPES, FUNCTIONS, EXPORTS].map(|id| self.count(id));
        let most = counts
            .into_iter()
            .max()
            .unwrap_or_default()
            .max(self.functions);
        most as usize + count <= limits::SECTION_ITEMS
    }

    /// How many items a section has.
    fn count(&self, id: u8) -> u32 {
        // The section is valid, so it begins with that number.
        items(self.list(id)).map_or(0, |(count, _)| count)
    }

    /// The contents of a section. A list that is missing is empty.
    fn list(&self, id: u8) -> &'a [u8] {
        (self.sections.get(&id)).map_or(&[0], |range| &self.wasm[range.clone()])
    }

    /// The module with one more function for each entry, exported under its name.
    pub(super) fn with(&self, entries: &[(String, Spec)]) -> Vec<u8> {
        let mut types = Types::new(self.count(TYPES));
        let mut added: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        for (index, (name, spec)) in (self.functions..).zip(entries) {
            let mut add = |id: u8, bytes: &[u8]| added.entry(id).or_default().extend(bytes);
            add(
                FUNCTIONS,
                &encoded(types.index(&spec.params(), &spec.results())),
            );
            add(EXPORTS, &encoded(name.as_str()));
            add(EXPORTS, &[0]);
            add(EXPORTS, &encoded(index));
            add(CODE, &encoded(&body::body(spec)[..]));
        }
        added.insert(TYPES, types.items().to_vec());
        let mut module = wasm_encoder::Module::new();
        for id in ORDER {
            let data = match (self.sections.get(&id), added.get(&id)) {
                (None, None) => continue,
                (Some(range), None) => self.wasm[range.clone()].to_vec(),
                (_, Some(items)) => {
                    let more = match id {
                        TYPES => types.count(),
                        _ => entries.len() as u32,
                    };
                    // There is room for them.
                    longer(self.list(id), more, items).unwrap_or_default()
                }
            };
            module.section(&RawSection { id, data: &data });
        }
        if let Some(names) = self.names(entries.len() as u32) {
            module.section(&CustomSection {
                name: "name".into(),
                data: names.into(),
            });
        }
        module.finish()
    }

    /// The names of the module, with those of functions that are added. `None` where they are damaged, which is no fault in a
    /// module: nothing depends on them.
    fn names(&self, entries: u32) -> Option<Vec<u8>> {
        const FUNCTION_NAMES: u8 = 1;
        let mut added = Vec::new();
        for index in self.functions..self.functions + entries {
            index.encode(&mut added);
            NAME.encode(&mut added);
        }
        let mut names = Vec::new();
        let mut write = |id: u8, data: &[u8]| {
            names.push(id);
            data.encode(&mut names);
        };
        let mut named = Some([encoded(entries), added.clone()].concat());
        let mut reader = BinaryReader::new(self.names.unwrap_or_default(), 0);
        while !reader.eof() {
            let id = reader.read_u8().ok()?;
            let len = reader.read_var_u32().ok()?;
            let data = reader.read_bytes(len as usize).ok()?;
            if id == FUNCTION_NAMES {
                named = Some(longer(data, entries, &added)?);
            }
            if id >= FUNCTION_NAMES
                && let Some(named) = named.take()
            {
                write(FUNCTION_NAMES, &named);
            }
            if id != FUNCTION_NAMES {
                write(id, data);
            }
        }
        if let Some(named) = named {
            write(FUNCTION_NAMES, &named);
        }
        Some(names)
    }
}

fn encoded(item: impl Encode) -> Vec<u8> {
    let mut bytes = Vec::new();
    item.encode(&mut bytes);
    bytes
}
