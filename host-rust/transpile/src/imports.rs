//! Imports: what a component asks of its host. Nothing is granted, so one that needs more than the names of types is
//! refused, with an explanation where the name tells how it came about.

use crate::error::{Error, Kind};
use crate::plan::Import;
use crate::scan::Scan;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentEntityType, ComponentInstanceTypeId,
};
use wasmparser::types::TypesRef;

/// Why a name that is known to be imported by mistake appears, and the cure; `None` for other names.
///
/// Takes the module name of a core import or the name of a component's import.
///
/// ```
/// let cure = tenon_transpile::explain_import("__wbindgen_placeholder__").unwrap();
/// assert!(cure.contains("wasm-bindgen"));
/// assert!(tenon_transpile::explain_import("acme:shop/prices@1.0.0").is_none());
/// ```
pub fn explain(name: &str) -> Option<&'static str> {
    if name.starts_with("__wbindgen") || name == "wbg" {
        return Some(
            "it was compiled with wasm-bindgen, for JavaScript hosts. Find the dependency with `cargo tree -i wasm-bindgen \
             --target wasm32-unknown-unknown` and turn off its feature for browsers (often `js`, `wasm-bindgen` or `wasmbind`).",
        );
    }
    if name == "env" {
        return Some(
            "a function that is declared but defined nowhere became an import of `env`: an `extern \"C\"` declaration, or a C \
             library that was not linked. Link its definition, or remove the call.",
        );
    }
    if name == "wasi_snapshot_preview1" || name == "wasi_unstable" {
        return Some(
            "it was built for the target wasm32-wasip1, whose standard library calls the system. Build for \
             wasm32-unknown-unknown, as `tenon build` does.",
        );
    }
    if name == "__main_module__" || name == "cm32p2" || name.starts_with("[export]") {
        return Some(
            "its module was never turned into a whole component. Run `tenon build` on the crate.",
        );
    }
    if name.starts_with("wasi:") {
        return Some(
            "it needs the system interface WASI, usually because it was built for wasm32-wasip2 or uses files, clocks, \
             random numbers or the environment. Build for wasm32-unknown-unknown with `tenon build`, and pass what the \
             kernel needs as an argument.",
        );
    }
    None
}

/// The component's imports, all of which name types only.
pub(crate) fn check(scan: &Scan<'_>, types: TypesRef<'_>) -> Result<Vec<Import>, Error> {
    let mut imports = Vec::new();
    for &(name, offset) in &scan.imports {
        let item = types
            .component_item_for_import(name)
            .ok_or_else(|| Error::internal(format_args!("import `{name}` has no type")))?;
        let wanted = match item.ty {
            ComponentEntityType::Instance(id) => {
                imports.push(Import::Instance {
                    name: name.to_owned(),
                });
                first_wanted(types, id)
            }
            ComponentEntityType::Type { created, .. } => {
                imports.push(Import::Type {
                    name: name.to_owned(),
                });
                matches!(created, ComponentAnyTypeId::Resource(_))
                    .then(|| String::from("a resource"))
            }
            ComponentEntityType::Func(_) => Some(String::from("a function")),
            ComponentEntityType::Module(_) => Some(String::from("a core module")),
            ComponentEntityType::Component(_) => Some(String::from("a component")),
            ComponentEntityType::Value(_) => Some(String::from("a value")),
        };
        if let Some(wanted) = wanted {
            return Err(refuse(name, &wanted).at(offset));
        }
    }
    Ok(imports)
}

fn refuse(name: &str, wanted: &str) -> Error {
    let help = match explain(name) {
        Some(cure) => format!("A host grants no imports, and {cure}"),
        None => String::from(
            "A host grants no imports: a kernel is a pure function of its arguments. Pass what it needs as an argument, or remove \
             the import from its world.",
        ),
    };
    Error::new(
        Kind::Policy,
        format!("the component imports `{name}` ({wanted}), which is not granted"),
    )
    .in_path(format!("import {name}"))
    .help(help)
}

/// The first thing in an imported instance that a host would have to supply.
fn first_wanted(types: TypesRef<'_>, id: ComponentInstanceTypeId) -> Option<String> {
    types[id]
        .exports
        .iter()
        .find_map(|(name, item)| match item.ty {
            ComponentEntityType::Type {
                created: ComponentAnyTypeId::Resource(_),
                ..
            } => Some(format!("resource `{name}`")),
            ComponentEntityType::Type { .. } => None,
            ComponentEntityType::Instance(id) => first_wanted(types, id),
            ComponentEntityType::Func(_) => Some(format!("function `{name}`")),
            ComponentEntityType::Module(_) => Some(format!("core module `{name}`")),
            ComponentEntityType::Component(_) => Some(format!("component `{name}`")),
            ComponentEntityType::Value(_) => Some(format!("value `{name}`")),
        })
}
