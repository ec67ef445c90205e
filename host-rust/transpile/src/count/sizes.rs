//! How large types are where they are written out.
//!
//! Validation keeps a type once however often it is used, and a type that has the one before twice, twenty times over,
//! takes a hundred bytes. The translator writes such a type out: each use of a function or an instance goes through
//! every field again and copies its name.

use std::collections::HashMap;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType,
    ComponentFuncTypeId, ComponentInstanceTypeId, ComponentItem, ComponentTypeId, ComponentValType,
};
use wasmparser::types::TypesRef;

/// Bytes of names that cost as much as a type.
const NAME_BYTES: usize = 32;

/// The sizes of types, each worked out once. They saturate.
#[derive(Default)]
pub(crate) struct Sizes {
    defined: HashMap<ComponentDefinedTypeId, usize>,
    instances: HashMap<ComponentInstanceTypeId, usize>,
    components: HashMap<ComponentTypeId, usize>,
}

impl Sizes {
    /// The size of whatever an import or export can be.
    pub(crate) fn entity(&mut self, types: TypesRef<'_>, item: ComponentEntityType) -> usize {
        match item {
            ComponentEntityType::Instance(id) => self.instance(types, id),
            ComponentEntityType::Component(id) => self.component(types, id),
            ComponentEntityType::Func(id) => self.func(types, id),
            ComponentEntityType::Type { created, .. } => self.any(types, created),
            ComponentEntityType::Value(ty) => self.value(types, &ty),
            ComponentEntityType::Module(id) => {
                let ty = &types[id];
                ty.imports.len().saturating_add(ty.exports.len())
            }
        }
    }

    /// The size of a type of any sort.
    pub(crate) fn any(&mut self, types: TypesRef<'_>, id: ComponentAnyTypeId) -> usize {
        match id {
            ComponentAnyTypeId::Defined(id) => self.defined(types, id),
            ComponentAnyTypeId::Func(id) => self.func(types, id),
            ComponentAnyTypeId::Instance(id) => self.instance(types, id),
            ComponentAnyTypeId::Component(id) => self.component(types, id),
            ComponentAnyTypeId::Resource(_) => 1,
        }
    }

    /// The size of a function's parameters and result.
    pub(crate) fn func(&mut self, types: TypesRef<'_>, id: ComponentFuncTypeId) -> usize {
        let ty = &types[id];
        let params = ty.params.iter().map(|(name, ty)| (name.as_str(), Some(ty)));
        let all = params.chain(ty.result.iter().map(|ty| ("", Some(ty))));
        self.fields(types, all)
    }

    /// The size of an instance's exports.
    pub(crate) fn instance(&mut self, types: TypesRef<'_>, id: ComponentInstanceTypeId) -> usize {
        if let Some(size) = self.instances.get(&id) {
            return *size;
        }
        let size = self.items(types, types[id].exports.iter());
        self.instances.insert(id, size);
        size
    }

    fn component(&mut self, types: TypesRef<'_>, id: ComponentTypeId) -> usize {
        if let Some(size) = self.components.get(&id) {
            return *size;
        }
        let ty = &types[id];
        let size = self.items(types, ty.imports.iter().chain(&ty.exports));
        self.components.insert(id, size);
        size
    }

    fn items<'n>(
        &mut self,
        types: TypesRef<'_>,
        items: impl Iterator<Item = (&'n String, &'n ComponentItem)>,
    ) -> usize {
        items.fold(1, |size, (name, item)| {
            size.saturating_add(named(name))
                .saturating_add(self.entity(types, item.ty))
        })
    }

    fn defined(&mut self, types: TypesRef<'_>, id: ComponentDefinedTypeId) -> usize {
        if let Some(size) = self.defined.get(&id) {
            return *size;
        }
        let names = |names: &mut dyn Iterator<Item = &str>| names.map(named).sum();
        let size = match &types[id] {
            ComponentDefinedType::Record(ty) => {
                let fields = ty.fields.iter();
                self.fields(types, fields.map(|(name, ty)| (name.as_str(), Some(ty))))
            }
            ComponentDefinedType::Variant(ty) => {
                let cases = ty.cases.iter();
                self.fields(
                    types,
                    cases.map(|(name, case)| (name.as_str(), case.ty.as_ref())),
                )
            }
            ComponentDefinedType::Tuple(ty) => {
                self.fields(types, ty.types.iter().map(|ty| ("", Some(ty))))
            }
            ComponentDefinedType::Enum(cases) => names(&mut cases.iter().map(|name| name.as_str())),
            ComponentDefinedType::Flags(flags) => {
                names(&mut flags.iter().map(|name| name.as_str()))
            }
            ComponentDefinedType::List { element, .. } => {
                self.fields(types, [("", Some(element))].into_iter())
            }
            ComponentDefinedType::FixedLengthList {
                element, length, ..
            } => self.value(types, element).saturating_mul(*length as usize),
            ComponentDefinedType::Map { key, value, .. } => {
                self.fields(types, [("", Some(key)), ("", Some(value))].into_iter())
            }
            ComponentDefinedType::Option { ty, .. } => {
                self.fields(types, [("", Some(ty))].into_iter())
            }
            ComponentDefinedType::Result { ok, err, .. } => {
                self.fields(types, [("", ok.as_ref()), ("", err.as_ref())].into_iter())
            }
            ComponentDefinedType::Future { ty, .. } | ComponentDefinedType::Stream { ty, .. } => {
                self.fields(types, [("", ty.as_ref())].into_iter())
            }
            ComponentDefinedType::Primitive(_)
            | ComponentDefinedType::Own(_)
            | ComponentDefinedType::Borrow(_) => 0,
        };
        let size = size.saturating_add(1);
        self.defined.insert(id, size);
        size
    }

    /// The size of parts with a name, which may be empty, and a type.
    fn fields<'n>(
        &mut self,
        types: TypesRef<'_>,
        fields: impl Iterator<Item = (&'n str, Option<&'n ComponentValType>)>,
    ) -> usize {
        fields.fold(1, |size, (name, ty)| {
            size.saturating_add(name.len() / NAME_BYTES)
                .saturating_add(ty.map_or(1, |ty| self.value(types, ty)))
        })
    }

    fn value(&mut self, types: TypesRef<'_>, ty: &ComponentValType) -> usize {
        match ty {
            ComponentValType::Primitive(_) => 1,
            ComponentValType::Type(id) => self.defined(types, *id),
        }
    }
}

/// What an entry with a name costs.
fn named(name: &str) -> usize {
    1 + name.len() / NAME_BYTES
}
