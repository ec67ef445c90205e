//! Imports: what a component asks of its host. All are planned; whether one is granted is for a host to decide.

use crate::docs::Docs;
use crate::error::{Error, Kind};
use crate::plan::{Import, ImportFunc, ImportItem};
use crate::scan::Scan;
use crate::signature::{Signature, signature};
use crate::types::TypeTable;
use std::collections::HashMap;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType};
use wasmtime_environ::component::{Component, RuntimeImportIndex, TypeDef};

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

impl Import {
    /// Whether a host has to supply something: an import of types alone needs nothing.
    pub fn needs_grant(&self) -> bool {
        self.wanted().is_some()
    }

    /// The refusal by a host that does not grant this import of the component's own.
    ///
    /// ```
    /// let component = wat::parse_str(r#"(component (import "log" (func)))"#).unwrap();
    /// let plan = tenon_transpile::transpile(&component, &Default::default()).unwrap().plan;
    /// let refusal = plan.imports[0].refusal();
    /// assert_eq!(refusal.kind, tenon_transpile::Kind::Policy);
    /// assert_eq!(refusal.message, "the component imports `log` (a function), which is not granted");
    /// ```
    pub fn refusal(&self) -> Error {
        let wanted = self.wanted().unwrap_or_else(|| String::from("types"));
        let help = match self.cure {
            Some(cure) => format!("No host function is granted for it, and {cure}"),
            None => String::from(
                "Grant the host's functions for it when the component is loaded, pass what it needs as an argument, or remove the \
                 import from its world.",
            ),
        };
        Error::new(
            Kind::Policy,
            format!(
                "the component imports `{}` ({wanted}), which is not granted",
                self.name
            ),
        )
        .in_path(format!("import {}", self.name))
        .help(help)
    }

    /// The first thing that a host has to supply, in words.
    fn wanted(&self) -> Option<String> {
        Some(match &self.item {
            ImportItem::Instance { exports, .. } => {
                return exports.iter().find_map(|item| match &item.item {
                    ImportItem::Instance { .. } => item.wanted(),
                    other => Some(format!("{} `{}`", word(other)?, item.name)),
                });
            }
            other => format!("a {}", word(other)?),
        })
    }
}

/// What a host has to supply, in a word; nothing for a type, and for an instance what is in it.
fn word(item: &ImportItem) -> Option<&'static str> {
    match item {
        ImportItem::Instance { .. } | ImportItem::Type { .. } => None,
        ImportItem::Func { .. } => Some("function"),
        ImportItem::Resource { .. } => Some("resource"),
        ImportItem::Module => Some("core module"),
        ImportItem::Component => Some("component"),
    }
}

/// The names that lead to an import.
pub(crate) fn path_of(component: &Component, import: RuntimeImportIndex) -> Vec<String> {
    let (index, inner) = &component.imports[import];
    let (name, _) = &component.import_types[*index];
    std::iter::once(name).chain(inner).cloned().collect()
}

/// Builds the tree and the functions.
pub(crate) struct Imports<'a, 'b> {
    pub(crate) component: &'a Component,
    pub(crate) types: &'b mut TypeTable<'a>,
    pub(crate) docs: &'a Docs,
    pub(crate) funcs: Vec<ImportFunc>,
}

impl Imports<'_, '_> {
    /// All imports of the component, in the order of the file.
    pub(crate) fn read(&mut self, scan: &Scan<'_>) -> Result<Vec<Import>, Error> {
        // Types of values are not among the translator's imports.
        let translated: HashMap<&str, TypeDef> = self
            .component
            .import_types
            .values()
            .map(|(name, item)| (name.as_str(), item.ty))
            .collect();
        let mut imports = Vec::new();
        let mut types = Vec::new();
        for (name, _) in &scan.imports {
            let ty = self
                .types
                .validated
                .component_item_for_import(name)
                .ok_or_else(|| Error::internal(format_args!("import `{name}` has no type")))?
                .ty;
            let item = match (translated.get(name), ty) {
                (Some(translated), ty) => {
                    self.item(&mut vec![(*name).to_owned()], ty, translated)?
                }
                (None, ComponentEntityType::Type { created, .. }) => {
                    if let ComponentAnyTypeId::Defined(id) = created {
                        types.push((imports.len(), id));
                    }
                    Some(ImportItem::Type { ty: None })
                }
                (None, _) => None,
            };
            let mut import = Import {
                name: (*name).to_owned(),
                item: item.ok_or_else(|| described_twice(name))?,
                cure: None,
            };
            if import.needs_grant() {
                import.cure = explain(name);
            }
            imports.push(import);
        }
        for (index, id) in types {
            let ty = self.types.find(id);
            imports[index].item = ImportItem::Type { ty };
        }
        Ok(imports)
    }

    /// The item at a path; `None` for the type of a function, an instance or a component, which nothing can be made of.
    fn item(
        &mut self,
        path: &mut Vec<String>,
        validated: ComponentEntityType,
        translated: &TypeDef,
    ) -> Result<Option<ImportItem>, Error> {
        let (name, interface) = match &path[..] {
            [.., interface, name] => (name, Some(interface.as_str())),
            [name] => (name, None),
            [] => return Err(Error::internal("an import without a name")),
        };
        Ok(Some(match (validated, translated) {
            (ComponentEntityType::Instance(id), TypeDef::ComponentInstance(instance)) => {
                let docs = self.docs.interface(name);
                let types = self.types.validated;
                let translated = &self.types.translated[*instance].exports;
                let mut exports = Vec::new();
                for (name, item) in &types[id].exports {
                    let translated = translated.get(name).ok_or_else(|| described_twice(name))?;
                    path.push(name.clone());
                    if let Some(item) = self.item(path, item.ty, &translated.ty)? {
                        exports.push(Import {
                            name: name.clone(),
                            item,
                            cure: None,
                        });
                    }
                    path.pop();
                }
                ImportItem::Instance {
                    docs,
                    // The text tells of types that are complete only when all imports are read.
                    text: String::new(),
                    exports,
                }
            }
            (ComponentEntityType::Func(id), TypeDef::ComponentFunc(ty)) => {
                let Signature { params, result } = signature(self.types, id, *ty)?;
                self.funcs.push(ImportFunc {
                    name: name.clone(),
                    interface: interface.map(str::to_owned),
                    docs: self.docs.func(interface, name),
                    path: path.clone(),
                    params,
                    result,
                });
                ImportItem::Func {
                    func: self.funcs.len() as u32 - 1,
                }
            }
            (ComponentEntityType::Type { created, .. }, TypeDef::Interface(ty)) => {
                let ComponentAnyTypeId::Defined(id) = created else {
                    return Ok(None);
                };
                ImportItem::Type {
                    ty: Some(self.types.defined(id, ty)?),
                }
            }
            (ComponentEntityType::Type { .. }, TypeDef::Resource(table)) => ImportItem::Resource {
                resource: self.types.resource(*table)?,
            },
            (ComponentEntityType::Type { .. }, _) => return Ok(None),
            (ComponentEntityType::Module(_), TypeDef::Module(_)) => ImportItem::Module,
            (ComponentEntityType::Component(_), TypeDef::Component(_)) => ImportItem::Component,
            _ => return Err(described_twice(name)),
        }))
    }
}

fn described_twice(name: &str) -> Error {
    Error::internal(format_args!("import `{name}` is described in two ways"))
}
