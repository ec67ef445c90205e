//! The component's exports: a tree of names, and for each function how to call it.

use crate::docs::Docs;
use crate::error::Error;
use crate::plan::{Export, Func, Resource};
use crate::scan::Scan;
use crate::signature::{Options, Signature, core_signature, signature};
use crate::steps::Steps;
use crate::types::TypeTable;
use std::collections::HashMap;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentFuncTypeId};
use wasmtime_environ::component::{
    Component, ComponentTypesBuilder, CoreDef, Export as Item, ExportIndex, OptionsIndex, TypeDef,
    TypeFuncIndex,
};

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
                    docs: self.docs.interface(name),
                    // The text tells of types that are complete only when all exports are read.
                    text: String::new(),
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
        let options = &self.component.options[lifted.options];
        let core = core_signature(self.translated, options.core_type)?;
        let post_return = options.post_return.map(|post_return| post_return.as_u32());
        let options = Options::read(self.translated, options, lifted.ty)?;
        let Signature { params, result } = signature(self.types, validated, lifted.ty)?;
        Ok(Func {
            name: name.to_owned(),
            interface: interface.map(str::to_owned),
            docs: self.docs.func(interface, name),
            params,
            result,
            callee: self.steps.core_func(lifted.func)?,
            memory: options.memory,
            realloc: options.realloc,
            post_return,
            encoding: options.encoding,
            core,
            spill_params: options.spill_params,
            spill_result: options.spill_result,
            component_instance: options.component_instance,
            entry: None,
        })
    }
}

/// What the translator says of an exported function.
struct Lifted<'a> {
    ty: TypeFuncIndex,
    func: &'a CoreDef,
    options: OptionsIndex,
}
