//! Components that are valid, but not for our engines: which feature, where, and what to do instead.

use crate::error::{Error, Kind};
use crate::scan::Scan;
use crate::validate::{ENGINE, Refusal, check, one_line};
use std::collections::HashSet;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType,
    ComponentFuncTypeId, ComponentItem, ComponentValType,
};
use wasmparser::types::TypesRef;
use wasmparser::{PrimitiveValType, WasmFeatures};

const PLAIN: &str = "Declare plain functions over the types of the contract language that hosts run: numbers, bool, char, string, list, \
    record, tuple, variant, enum, option, result, flags and resources.";
const CORE: &str = "Hosts run WebAssembly 2 with 128-bit vectors. Build with `tenon build`, and remove other `-C target-feature` and \
    `-C target-cpu` flags from RUSTFLAGS and .cargo/config.toml.";

/// A feature, what it is called, and what to do without it.
type Feature = (WasmFeatures, &'static str, &'static str);

/// Features outside the engines', the more telling ones first.
const FEATURES: &[Feature] = &[
    (
        WasmFeatures::CM_ASYNC,
        "async functions, futures and streams",
        PLAIN,
    ),
    (
        WasmFeatures::CM_ASYNC_STACKFUL,
        "stackful async functions",
        PLAIN,
    ),
    (
        WasmFeatures::CM_MORE_ASYNC_BUILTINS,
        "async built-ins",
        PLAIN,
    ),
    (WasmFeatures::CM_THREADING, "component-model threads", PLAIN),
    (WasmFeatures::CM_ERROR_CONTEXT, "error-context", PLAIN),
    (
        WasmFeatures::CM_FIXED_LENGTH_LISTS,
        "lists of fixed length",
        PLAIN,
    ),
    (WasmFeatures::CM_MAP, "maps", PLAIN),
    (WasmFeatures::CM_VALUES, "component values", PLAIN),
    (
        WasmFeatures::CM_GC,
        "the garbage-collected canonical ABI",
        PLAIN,
    ),
    (WasmFeatures::CM64, "the 64-bit canonical ABI", PLAIN),
    (
        WasmFeatures::CM_NESTED_NAMES,
        "nested package names",
        "Use names of the form namespace:package/interface@version.",
    ),
    (
        WasmFeatures::CM_IMPLEMENTS,
        "names with (implements …)",
        "Export each interface under its own name.",
    ),
    (
        WasmFeatures::CM_CANON_NAMES,
        "names with (versionsuffix …)",
        "Use names of the form namespace:package/interface@version.",
    ),
    (WasmFeatures::THREADS, "threads and atomics", CORE),
    (
        WasmFeatures::SHARED_EVERYTHING_THREADS,
        "threads and atomics",
        CORE,
    ),
    (
        WasmFeatures::MULTI_MEMORY,
        "several memories in one module",
        CORE,
    ),
    (WasmFeatures::MEMORY64, "64-bit memories", CORE),
    (WasmFeatures::RELAXED_SIMD, "relaxed vectors", CORE),
    (WasmFeatures::TAIL_CALL, "tail calls", CORE),
    (WasmFeatures::EXCEPTIONS, "exceptions", CORE),
    (WasmFeatures::LEGACY_EXCEPTIONS, "exceptions", CORE),
    (
        WasmFeatures::EXTENDED_CONST,
        "extended constant expressions",
        CORE,
    ),
    (WasmFeatures::GC, "garbage-collected types", CORE),
    (
        WasmFeatures::FUNCTION_REFERENCES,
        "typed function references",
        CORE,
    ),
    (WasmFeatures::GC_TYPES, "the type `externref`", CORE),
    (WasmFeatures::CUSTOM_PAGE_SIZES, "custom page sizes", CORE),
    (WasmFeatures::MEMORY_CONTROL, "memory control", CORE),
    (WasmFeatures::STACK_SWITCHING, "stack switching", CORE),
    (WasmFeatures::WIDE_ARITHMETIC, "wide arithmetic", CORE),
    (WasmFeatures::CUSTOM_DESCRIPTORS, "custom descriptors", CORE),
    (
        WasmFeatures::COMPACT_IMPORTS,
        "compact import sections",
        CORE,
    ),
];

/// The refusal of a component that is valid with all features on and not with the engines'. `error` is what the
/// engines' features gave, `types` what all of them gave.
pub(crate) fn explain(
    bytes: &[u8],
    error: &wasmparser::Error,
    scan: &Scan<'_>,
    types: TypesRef<'_>,
) -> Error {
    // A type tells more than the byte where it is declared.
    if let Some((path, what)) = find_in_types(scan, types) {
        return refuse(&what, PLAIN).in_path(path).at(error.offset());
    }
    let mut refusal = match feature(bytes, error) {
        Some((_, what, help)) => refuse(what, help),
        None => refuse(
            &format!("something they do not run: {}", one_line(error.message())),
            CORE,
        ),
    };
    refusal.path = scan.place(error.offset()).map(str::to_owned);
    refusal.at(error.offset())
}

/// The feature whose absence gave the error: `wasmparser` often says so; else it is the one that makes the error go away.
fn feature(bytes: &[u8], error: &wasmparser::Error) -> Option<&'static Feature> {
    if let Some(missing) = error.missing_wasm_feature()
        && let Some(feature) = FEATURES
            .iter()
            .find(|(feature, ..)| missing.intersects(*feature))
    {
        return Some(feature);
    }
    FEATURES
        .iter()
        .find(|(feature, ..)| match check(bytes, ENGINE | *feature, 0) {
            Ok(_) | Err(Refusal::Ours(_)) => true,
            Err(Refusal::Invalid(other)) => {
                (other.offset(), other.message()) != (error.offset(), error.message())
            }
        })
}

fn refuse(what: &str, help: &str) -> Error {
    Error::new(
        Kind::Unsupported,
        format!("the component uses {what}, which the hosts do not support yet"),
    )
    .help(help)
}

/// The refusal of a component that hosts could run and the translator does not flatten, with what it says.
pub(crate) fn not_flattened(error: &str, scan: &Scan<'_>, types: TypesRef<'_>) -> Error {
    let exports = || {
        let exports = scan.exports.iter();
        exports.filter_map(|name| Some((*name, types.component_item_for_export(name)?.ty)))
    };
    let help = "Export functions, types, and interfaces of them, defined by the component itself; import no component.";
    let refusal = |what: &str, path: Option<String>| {
        let mut refusal = refuse(what, help);
        refusal.path = path;
        refusal
    };
    if error.contains("exporting a component") {
        let path = exports().find_map(|(name, ty)| component_in(types, name, ty));
        return refusal(
            "the export of a component",
            path.map(|path| format!("export {path}")),
        );
    }
    if error.contains("component imports") {
        let mut imports = scan.imports.iter();
        let import = imports.find(|(name, _)| {
            let item = types.component_item_for_import(name);
            item.is_some_and(|item| matches!(item.ty, ComponentEntityType::Component(_)))
        });
        let path = import.map(|(name, _)| format!("import {name}"));
        return refusal("the import of a component", path);
    }
    let part = error.split('`').nth(1).unwrap_or_default();
    if error.contains("reexport") {
        // The translator names the function, not the instance that it is in.
        let holds = |ty| match ty {
            ComponentEntityType::Instance(id) => types[id].exports.contains_key(part),
            _ => false,
        };
        let path = exports().find_map(|(name, ty)| {
            if name == part {
                return Some(format!("export {name}"));
            }
            holds(ty).then(|| format!("export {name} / func {part}"))
        });
        return refusal("the export of an imported function", path);
    }
    refusal(
        &format!("something that cannot be flattened: {error}"),
        None,
    )
}

/// The path to a component that an export is or holds.
fn component_in(types: TypesRef<'_>, path: &str, item: ComponentEntityType) -> Option<String> {
    match item {
        ComponentEntityType::Component(_) => Some(path.to_owned()),
        ComponentEntityType::Instance(id) => types[id].exports.iter().find_map(|(name, item)| {
            let sort = match item.ty {
                ComponentEntityType::Instance(_) => "instance",
                _ => "component",
            };
            component_in(types, &format!("{path} / {sort} {name}"), item.ty)
        }),
        _ => None,
    }
}

/// Where an import or export first names a type or function that is not supported, and what it is.
fn find_in_types(scan: &Scan<'_>, types: TypesRef<'_>) -> Option<(String, String)> {
    let mut search = Search {
        types,
        seen: HashSet::new(),
    };
    let imports = scan
        .imports
        .iter()
        .map(|(name, _)| ("import", *name, types.component_item_for_import(name)));
    let exports = scan
        .exports
        .iter()
        .map(|name| ("export", *name, types.component_item_for_export(name)));
    imports
        .chain(exports)
        .find_map(|(way, name, item)| search.item(&format!("{way} {name}"), item?))
}

/// A search that looks at each type once.
struct Search<'a> {
    types: TypesRef<'a>,
    seen: HashSet<ComponentDefinedTypeId>,
}

/// The path to what was found, and what it is.
type Found = Option<(String, String)>;

impl Search<'_> {
    fn item(&mut self, path: &str, item: &ComponentItem) -> Found {
        let types = self.types;
        match item.ty {
            ComponentEntityType::Instance(id) => {
                types[id].exports.iter().find_map(|(name, item)| {
                    let sort = match item.ty {
                        ComponentEntityType::Func(_) => "func",
                        ComponentEntityType::Type { .. } => "type",
                        _ => "export",
                    };
                    self.item(&format!("{path} / {sort} {name}"), item)
                })
            }
            ComponentEntityType::Func(id) => self.func(path, id),
            ComponentEntityType::Type {
                created: ComponentAnyTypeId::Defined(id),
                ..
            } => self.defined(path, id),
            ComponentEntityType::Value(_) => {
                Some((path.to_owned(), String::from("a component value")))
            }
            _ => None,
        }
    }

    fn func(&mut self, path: &str, id: ComponentFuncTypeId) -> Found {
        let types = self.types;
        let func = &types[id];
        if func.async_ {
            return Some((path.to_owned(), String::from("an async function")));
        }
        let params = func
            .params
            .iter()
            .map(|(name, ty)| (format!("{path} / param {name}"), *ty));
        let result = func.result.map(|ty| (format!("{path} / result"), ty));
        params
            .chain(result)
            .find_map(|(path, ty)| self.value(&path, ty))
    }

    fn value(&mut self, path: &str, ty: ComponentValType) -> Found {
        match ty {
            ComponentValType::Primitive(PrimitiveValType::ErrorContext) => {
                Some((path.to_owned(), String::from("the type `error-context`")))
            }
            ComponentValType::Primitive(_) => None,
            ComponentValType::Type(id) => self.defined(path, id),
        }
    }

    fn defined(&mut self, path: &str, id: ComponentDefinedTypeId) -> Found {
        if !self.seen.insert(id) {
            return None;
        }
        let found = |what: &str| Some((path.to_owned(), format!("the type `{what}`")));
        let types = self.types;
        let mut inside =
            |part: &str, ty: ComponentValType| self.value(&format!("{path} / {part}"), ty);
        match &types[id] {
            ComponentDefinedType::Primitive(ty) => {
                self.value(path, ComponentValType::Primitive(*ty))
            }
            ComponentDefinedType::Record(ty) => ty
                .fields
                .iter()
                .find_map(|(name, ty)| inside(&format!("field {name}"), *ty)),
            ComponentDefinedType::Variant(ty) => ty
                .cases
                .iter()
                .find_map(|(name, case)| inside(&format!("case {name}"), case.ty?)),
            ComponentDefinedType::Tuple(ty) => ty
                .types
                .iter()
                .enumerate()
                .find_map(|(i, ty)| inside(&format!("field {i}"), *ty)),
            ComponentDefinedType::List { element, .. } => inside("element", *element),
            ComponentDefinedType::Option { ty, .. } => inside("value", *ty),
            ComponentDefinedType::Result { ok, err, .. } => {
                let ok = ok.and_then(|ty| inside("ok", ty));
                ok.or_else(|| err.and_then(|ty| inside("error", ty)))
            }
            ComponentDefinedType::Map { .. } => found("map"),
            ComponentDefinedType::FixedLengthList { length, .. } => {
                found(&format!("list<…, {length}>"))
            }
            ComponentDefinedType::Future { .. } => found("future"),
            ComponentDefinedType::Stream { .. } => found("stream"),
            ComponentDefinedType::Flags(_)
            | ComponentDefinedType::Enum(_)
            | ComponentDefinedType::Own(_)
            | ComponentDefinedType::Borrow(_) => None,
        }
    }
}
