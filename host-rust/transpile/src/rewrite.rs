//! Rewriting of core modules: imports are renamed to where they come from, state becomes exported, element segments that
//! may not fit are checked, and sections that are of no use at run time are left out.

use crate::elements::Check;
use crate::error::Error;
use crate::module::Facts;
use crate::sections::{EXPORTS, IMPORTS, ORDER};
use wasm_encoder::{Encode, RawSection};
use wasmparser::ExternalKind;

/// What the names begin with that [`global_export`] and [`memory_export`] make.
pub(crate) const RESERVED: [&str; 2] = ["tenon:global:", "tenon:memory:"];

/// The name that transpile exports the mutable global with an index under.
pub(crate) fn global_export(index: u32) -> String {
    format!("tenon:global:{index}")
}

/// The name that transpile exports the memory with an index under, when the module does not export it itself.
pub(crate) fn memory_export(index: u32) -> String {
    format!("tenon:memory:{index}")
}

/// The module with the given names (module and name) for its imports, one for each, in order.
pub(crate) fn rewrite(
    wasm: &[u8],
    facts: &Facts<'_>,
    imports: &[(String, String)],
) -> Result<Vec<u8>, Error> {
    if imports.len() != facts.imports.len() {
        return Err(Error::internal(format_args!(
            "{} arguments for {} imports",
            imports.len(),
            facts.imports.len()
        )));
    }
    let check = Check::new(wasm, facts)?;
    let mut module = wasm_encoder::Module::new();
    for id in ORDER {
        let own = facts.section(id).map(|range| &wasm[range]);
        let changed = check.as_ref().and_then(|check| check.section(id));
        match (id, changed.or(own)) {
            (IMPORTS, Some(_)) => {
                let mut data = Vec::new();
                imports.len().encode(&mut data);
                for ((from, name), ty) in imports.iter().zip(&facts.imports) {
                    from.as_str().encode(&mut data);
                    name.as_str().encode(&mut data);
                    data.extend_from_slice(&wasm[ty.clone()]);
                }
                module.section(&RawSection {
                    id: IMPORTS,
                    data: &data,
                });
            }
            (EXPORTS, _) => export(&mut module, facts),
            (id, Some(data)) => {
                module.section(&RawSection { id, data });
            }
            (_, None) => {}
        }
    }
    if let Some(names) = facts.names {
        module.section(&wasm_encoder::CustomSection {
            name: "name".into(),
            data: names.into(),
        });
    }
    Ok(module.finish())
}

/// Writes the export section with the module's own exports and those that make its state reachable.
fn export(module: &mut wasm_encoder::Module, facts: &Facts<'_>) {
    let globals = facts
        .mutable_globals()
        .map(|(index, _)| (global_export(index), ExternalKind::Global, index));
    let memories = facts
        .defined_memories()
        .filter(|index| facts.export_name(ExternalKind::Memory, *index).is_none())
        .map(|index| (memory_export(index), ExternalKind::Memory, index));
    let added: Vec<_> = globals
        .chain(memories)
        .filter(|(name, ..)| !facts.reserved.contains(name.as_str()))
        .collect();
    if facts.exports.is_empty() && added.is_empty() {
        return;
    }
    let mut data = Vec::new();
    (facts.exports.len() + added.len()).encode(&mut data);
    let own = facts
        .exports
        .iter()
        .map(|(name, kind, index)| (*name, *kind, *index));
    for (name, kind, index) in own.chain(
        added
            .iter()
            .map(|(name, kind, index)| (name.as_str(), *kind, *index)),
    ) {
        name.encode(&mut data);
        data.push(sort(kind));
        index.encode(&mut data);
    }
    module.section(&RawSection {
        id: EXPORTS,
        data: &data,
    });
}

/// The byte for a sort of item in the binary format.
pub(crate) fn sort(kind: ExternalKind) -> u8 {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => 0,
        ExternalKind::Table => 1,
        ExternalKind::Memory => 2,
        ExternalKind::Global => 3,
        ExternalKind::Tag => 4,
    }
}
