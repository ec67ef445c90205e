//! The component's exports: a tree of names, and for each function how to call it.

use crate::docs::Docs;
use crate::error::{Error, Kind};
use crate::limits;
use crate::plan::{CoreSignature, CoreType, Encoding, Export, Func, Param, Resource, Spill};
use crate::scan::Scan;
use crate::steps::Steps;
use crate::types::TypeTable;
use std::collections::HashMap;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentFuncTypeId};
use wasmtime_environ::component::{
    Component, ComponentTypesBuilder, CoreDef, Export as Item, ExportIndex, InterfaceType,
    OptionsIndex, StringEncoding, TypeDef, TypeFuncIndex,
};
use wasmtime_environ::{ModuleInternedTypeIndex, WasmHeapType, WasmValType};

/// Builds the tree, the functions, and the names of resources.
pub(crate) struct Exports<'a, 'b> {
    pub(crate) component: &'a Component,
    pub(crate) translated: &'a ComponentTypesBuilder,
    pub(crate) steps: &'b Steps<'a>,
    pub(crate) types: &'b mut TypeTable<'a>,
    pub(crate) docs: &'a Docs,
    pub(crate) resources: &'b mut [Resource],
    pub(crate) funcs: Vec<Func>,
}

impl Exports<'_, '_> {
    /// All exports of the component, in the order of the file.
    pub(crate) fn read(&mut self, scan: &Scan<'_>) -> Result<Vec<Export>, Error> {
        let items: HashMap<&str, ExportIndex> = self
            .component
            .exports
            .raw_iter()
            .map(|(name, (index, _))| (&**name, *index))
            .collect();
        let mut exports = Vec::new();
        for name in &scan.exports {
            let ty = self
                .types
                .validated
                .component_item_for_export(name)
                .ok_or_else(|| Error::internal(format_args!("export `{name}` has no type")))?
                .ty;
            if let Some(index) = items.get(name) {
                exports.extend(self.export(name, None, ty, *index)?);
            }
        }
        Ok(exports)
    }

    fn export(
        &mut self,
        name: &str,
        interface: Option<&str>,
        ty: ComponentEntityType,
        index: ExportIndex,
    ) -> Result<Option<Export>, Error> {
        let component = self.component;
        let owned = name.to_owned();
        Ok(match (&component.export_items[index], ty) {
            (Item::LiftedFunction { ty, func, options }, ComponentEntityType::Func(validated)) => {
                let func = self.func(
                    name,
                    interface,
                    validated,
                    Lifted {
                        ty: *ty,
                        func,
                        options: *options,
                    },
                )?;
                self.funcs.push(func);
                Some(Export::Func {
                    name: owned,
                    func: self.funcs.len() as u32 - 1,
                })
            }
            (Item::Instance { exports, .. }, ComponentEntityType::Instance(id)) => {
                let items: HashMap<&str, ExportIndex> = exports
                    .raw_iter()
                    .map(|(name, (index, _))| (&**name, *index))
                    .collect();
                let types = self.types.validated;
                let mut inner = Vec::new();
                for (part, item) in &types[id].exports {
                    if let Some(index) = items.get(part.as_str()) {
                        inner.extend(self.export(part, Some(name), item.ty, *index)?);
                    }
                }
                Some(Export::Instance {
                    name: owned,
                    exports: inner,
                })
            }
            (Item::Type(TypeDef::Interface(ty)), ComponentEntityType::Type { created, .. }) => {
                let ComponentAnyTypeId::Defined(id) = created else {
                    return Ok(None);
                };
                Some(Export::Type {
                    name: owned,
                    ty: self.types.defined(id, ty)?,
                })
            }
            (Item::Type(TypeDef::Resource(table)), ComponentEntityType::Type { .. }) => {
                let resource = self.types.resource(*table)?;
                if let Some(entry) = self.resources.get_mut(resource as usize)
                    && entry.name.is_none()
                {
                    entry.name = Some(owned.clone());
                    entry.interface = interface.map(str::to_owned);
                    entry.docs = self.docs.resource(interface, name);
                }
                Some(Export::Resource {
                    name: owned,
                    resource,
                })
            }
            (Item::ModuleStatic { .. } | Item::ModuleImport { .. }, _) => {
                Some(Export::Module { name: owned })
            }
            // The type of a function, an instance or a component: nothing to call and nothing to lift.
            (Item::Type(_), _) => None,
            _ => {
                return Err(Error::internal(format_args!(
                    "export `{name}` is described in two ways"
                )));
            }
        })
    }

    fn func(
        &mut self,
        name: &str,
        interface: Option<&str>,
        validated: ComponentFuncTypeId,
        lifted: Lifted<'_>,
    ) -> Result<Func, Error> {
        let translated = self.translated;
        let types = self.types.validated;
        let validated = &types[validated];
        let ty = &translated[lifted.ty];
        let options = &self.component.options[lifted.options];
        if ty.async_ || options.async_ || options.callback.is_some() {
            return Err(Error::new(
                Kind::Unsupported,
                format!("function `{name}` is async, which the hosts do not support yet"),
            ));
        }

        let param_types = &translated[ty.params].types;
        let mut params = Vec::new();
        for ((name, ty), translated) in validated.params.iter().zip(param_types) {
            params.push(Param {
                name: name.to_string(),
                ty: self.types.value(*ty, translated)?,
            });
        }
        let result_types = &translated[ty.results].types;
        let result = match (validated.result, result_types.first()) {
            (Some(ty), Some(translated)) => Some(self.types.value(ty, translated)?),
            _ => None,
        };

        let memory = options.memory().map(|memory| memory.as_u32());
        let realloc = match &options.data_model {
            wasmtime_environ::component::CanonicalOptionsDataModel::LinearMemory(memory) => {
                memory.realloc
            }
            wasmtime_environ::component::CanonicalOptionsDataModel::Gc {} => None,
        };
        Ok(Func {
            name: name.to_owned(),
            interface: interface.map(str::to_owned),
            docs: self.docs.func(interface, name),
            params,
            result,
            callee: self.steps.core_func(lifted.func)?,
            memory,
            realloc: realloc.map(|realloc| realloc.as_u32()),
            post_return: options.post_return.map(|post_return| post_return.as_u32()),
            encoding: match options.string_encoding {
                StringEncoding::Utf8 => Encoding::Utf8,
                StringEncoding::Utf16 => Encoding::Utf16,
                StringEncoding::CompactUtf16 => Encoding::Latin1OrUtf16,
            },
            core: signature(translated, options.core_type)?,
            spill_params: self.spill(param_types),
            spill_result: self.flat_count(result_types).is_none_or(|count| count > 1),
            component_instance: options.instance.as_u32(),
        })
    }

    /// How many core values types take together; `None` when one of them takes too many.
    fn flat_count(&self, types: &[InterfaceType]) -> Option<usize> {
        types
            .iter()
            .map(|ty| Some(self.translated.flat_types(ty)?.len()))
            .sum()
    }

    /// The layout of parameters that do not fit into core parameters.
    fn spill(&self, types: &[InterfaceType]) -> Option<Spill> {
        if self
            .flat_count(types)
            .is_some_and(|count| count <= limits::FLAT_PARAMS)
        {
            return None;
        }
        let mut size = 0;
        let offsets = types
            .iter()
            .map(|ty| self.types.layout(ty).next_field32(&mut size))
            .collect();
        let align = types
            .iter()
            .map(|ty| self.types.layout(ty).align32)
            .max()
            .unwrap_or(1);
        Some(Spill {
            size: size.next_multiple_of(align),
            align,
            offsets,
        })
    }
}

/// What the translator says of an exported function.
struct Lifted<'a> {
    ty: TypeFuncIndex,
    func: &'a CoreDef,
    options: OptionsIndex,
}

/// A core signature in the plan's words.
pub(crate) fn signature(
    types: &ComponentTypesBuilder,
    index: ModuleInternedTypeIndex,
) -> Result<CoreSignature, Error> {
    let ty = types[index].unwrap_func();
    let list = |types: &[WasmValType]| {
        types
            .iter()
            .map(|ty| core_type(*ty))
            .collect::<Result<Vec<_>, Error>>()
    };
    Ok(CoreSignature {
        params: list(ty.params())?,
        results: list(ty.results())?,
    })
}

fn core_type(ty: WasmValType) -> Result<CoreType, Error> {
    Ok(match ty {
        WasmValType::I32 => CoreType::I32,
        WasmValType::I64 => CoreType::I64,
        WasmValType::F32 => CoreType::F32,
        WasmValType::F64 => CoreType::F64,
        WasmValType::V128 => CoreType::V128,
        WasmValType::Ref(ty) => match ty.heap_type {
            WasmHeapType::Func => CoreType::FuncRef,
            WasmHeapType::Extern => CoreType::ExternRef,
            other => {
                return Err(Error::internal(format_args!(
                    "a core signature with {other:?}"
                )));
            }
        },
    })
}
