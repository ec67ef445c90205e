//! From a core module to a component.

use super::contract::Contract;
use crate::failure::{Failure, Result};
use std::collections::BTreeSet;
use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;
use wit_parser::PackageMetadata;

/// The custom section that says what a kernel is.
pub(crate) const METADATA_SECTION: &str = "tenon:kernel";

/// Makes sure that the module is a kernel's: it imports nothing and carries a world.
pub(crate) fn require_kernel(module: &[u8], name: &str) -> Result<()> {
    let failed = |what: &str| Failure::new(format!("{name}: {what}"));
    let mut has_world = false;
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(|error| not_wasm(name, error))? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.map_err(|error| not_wasm(name, error))?;
                    if !is_resource_table(import.module, import.name) {
                        return Err(refuse_import(name, import.module, import.name));
                    }
                }
            }
            Payload::CustomSection(section) => {
                has_world |= section.name().starts_with("component-type");
            }
            _ => {}
        }
    }
    if has_world {
        return Ok(());
    }
    Err(failed("the module carries no world")
        .found("no section component-type, which wit_bindgen::generate! leaves there")
        .help(
            "call wit_bindgen::generate! and export! in the crate, and make sure that the file is not \
             left out by a cfg",
        ))
}

fn not_wasm(name: &str, error: wasmparser::BinaryReaderError) -> Failure {
    Failure::new(format!("{name}: the compiler's output is not Wasm")).found(error)
}

/// Encodes a kernel's module as a component that exports the contract and imports nothing.
pub(crate) fn encode(module: &[u8], name: &str, contract: &Contract) -> Result<Vec<u8>> {
    let failed = |what: &str| Failure::new(format!("{name}: {what}"));
    let encoded = ComponentEncoder::default().validate(true).module(module);
    let component = encoded
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| {
            failed("the module cannot be made a component")
            .found(format!("{error:#}"))
            .help("make sure that export! stands in the crate and that the world is the contract's")
        })?;
    let (exported, promised) = (
        exports(&component).map_err(|error| not_wasm(name, error))?,
        contract.exports(),
    );
    if exported != promised {
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
        return Err(failed(&format!("the component is not what {} says", contract.name))
            .found(format!("it exports {}\nthe world exports {}", list(&exported), list(&promised)))
            .help("let wit_bindgen::generate! read the contract that [package.metadata.tenon] names"));
    }
    Ok(component)
}

/// Appends the sections that hold what encoding loses: documentation, and who made the kernel of what.
pub(crate) fn append_sections(component: &mut Vec<u8>, docs: &[u8], metadata: &[u8]) {
    for (name, data) in [
        (PackageMetadata::SECTION_NAME, docs),
        (METADATA_SECTION, metadata),
    ] {
        CustomSection {
            name: name.into(),
            data: data.into(),
        }
        .append_to_component(component);
    }
}

fn exports(
    component: &[u8],
) -> std::result::Result<BTreeSet<String>, wasmparser::BinaryReaderError> {
    let mut names = BTreeSet::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentExportSection(exports) if depth == 0 => {
                for export in exports {
                    names.insert(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

/// Whether a core module's import is the table of a resource that the component itself exports. The encoder provides
/// it inside the component, which imports nothing for it.
fn is_resource_table(module: &str, name: &str) -> bool {
    module.starts_with("[export]") && name.starts_with("[resource-")
}

fn refuse_import(kernel: &str, module: &str, name: &str) -> Failure {
    let help = match tenon_transpile::explain_import(module) {
        Some(cure) => cure,
        None if module.contains(':') || module == "$root" => {
            "the world imports it: take the import out of the contract and pass what it gives as an argument"
        }
        None => {
            "find the crate that declares it with #[link(wasm_import_module)], and leave that feature out"
        }
    };
    Failure::new(format!("{kernel}: a kernel must not import anything"))
        .found(format!("the import `{name}` from `{module}`"))
        .help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tables_of_exported_resources_are_no_imports() {
        for (module, name, table) in [
            ("[export]a:b/c@1.0.0", "[resource-new]r", true),
            ("[export]a:b/c@1.0.0", "[resource-rep]r", true),
            ("[export]$root", "[resource-drop]r", true),
            ("[export]a:b/c@1.0.0", "[task-return]f", false),
            ("a:b/c@1.0.0", "[resource-drop]r", false),
            ("env", "[resource-new]r", false),
        ] {
            assert_eq!(is_resource_table(module, name), table, "{name} of {module}");
        }
    }

    #[test]
    fn every_kind_of_import_has_a_cure() {
        for (module, cure) in [
            ("env", "extern \"C\""),
            ("wasi_snapshot_preview1", "wasm32-unknown-unknown"),
            ("__wbindgen_placeholder__", "cargo tree -i wasm-bindgen"),
            ("a:b/c@1.0.0", "contract"),
            ("odd", "wasm_import_module"),
        ] {
            let error = refuse_import("k", module, "f").to_string();
            assert!(
                error.contains(cure) && error.contains("`f` from"),
                "{error}"
            );
        }
    }
}
