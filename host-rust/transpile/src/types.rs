//! The plan's types: names and structure from the validator, layout and handle tables from the translator.
//!
//! The translator interns types by structure and forgets their names; the validator keeps an identity for every name
//! that a type is exported or imported under. So both descriptions of a type are walked side by side.

use crate::docs::Docs;
use crate::error::Error;
use crate::plan::{Case, CoreType, Field, Label, Shape, Type, TypeIndex};
use std::collections::HashMap;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType,
    ComponentInstanceTypeId, ComponentValType,
};
use wasmparser::types::TypesRef;
use wasmtime_environ::component::{
    CanonicalAbiInfo, ComponentTypesBuilder, FlatType, InterfaceType, TypeResourceTable,
    TypeResourceTableIndex, VariantInfo,
};

/// The name of a type and the interface that names it.
#[derive(Clone)]
struct Named {
    name: String,
    interface: Option<String>,
}

/// Builds [`Plan::types`](crate::plan::Plan::types).
pub(crate) struct TypeTable<'a> {
    types: Vec<Type>,
    names: HashMap<ComponentDefinedTypeId, Named>,
    /// Entries by both descriptions, so that a type that is used a thousand times is walked once.
    known: HashMap<(ComponentDefinedTypeId, InterfaceType), TypeIndex>,
    /// The first entry of each type.
    first: HashMap<ComponentDefinedTypeId, TypeIndex>,
    anonymous: HashMap<Type, TypeIndex>,
    pub(crate) validated: TypesRef<'a>,
    pub(crate) translated: &'a ComponentTypesBuilder,
    docs: &'a Docs,
}

impl<'a> TypeTable<'a> {
    /// An empty table.
    pub(crate) fn new(
        validated: TypesRef<'a>,
        translated: &'a ComponentTypesBuilder,
        docs: &'a Docs,
    ) -> TypeTable<'a> {
        TypeTable {
            types: Vec::new(),
            names: HashMap::new(),
            known: HashMap::new(),
            first: HashMap::new(),
            anonymous: HashMap::new(),
            validated,
            translated,
            docs,
        }
    }

    /// The finished list.
    pub(crate) fn finish(self) -> Vec<Type> {
        self.types
    }

    /// Learns the names that an export or import gives to types. The first name of a type counts.
    pub(crate) fn learn_names(
        &mut self,
        name: &str,
        item: ComponentEntityType,
        interface: Option<&str>,
    ) {
        match item {
            ComponentEntityType::Type {
                created: ComponentAnyTypeId::Defined(id),
                ..
            } => {
                let named = Named {
                    name: name.to_owned(),
                    interface: interface.map(str::to_owned),
                };
                self.names.entry(id).or_insert(named);
            }
            ComponentEntityType::Instance(id) => self.learn_instance(name, id),
            _ => {}
        }
    }

    fn learn_instance(&mut self, interface: &str, id: ComponentInstanceTypeId) {
        let types = self.validated;
        for (name, item) in &types[id].exports {
            self.learn_names(name, item.ty, Some(interface));
        }
    }

    /// The entry of a type, given both its descriptions.
    pub(crate) fn value(
        &mut self,
        ty: ComponentValType,
        translated: &InterfaceType,
    ) -> Result<TypeIndex, Error> {
        match ty {
            ComponentValType::Primitive(_) => {
                let shape = primitive(translated).ok_or_else(|| mismatch("a primitive type"))?;
                Ok(self.intern(shape, translated, None))
            }
            ComponentValType::Type(id) => self.defined(id, translated),
        }
    }

    /// The entry of a defined type.
    pub(crate) fn defined(
        &mut self,
        id: ComponentDefinedTypeId,
        translated: &InterfaceType,
    ) -> Result<TypeIndex, Error> {
        if let Some(&index) = self.known.get(&(id, *translated)) {
            return Ok(index);
        }
        let shape = self.shape(id, translated)?;
        let named = self.names.get(&id).cloned();
        let index = self.intern(shape, translated, named);
        self.known.insert((id, *translated), index);
        self.first.entry(id).or_insert(index);
        Ok(index)
    }

    fn shape(
        &mut self,
        id: ComponentDefinedTypeId,
        translated: &InterfaceType,
    ) -> Result<Shape, Error> {
        let types = self.validated;
        let layouts = self.translated;
        Ok(match (&types[id], translated) {
            (ComponentDefinedType::Primitive(_), other) => {
                primitive(other).ok_or_else(|| mismatch("a primitive type"))?
            }
            (ComponentDefinedType::Record(ty), InterfaceType::Record(i)) => {
                let parts = ty.fields.iter().map(|(name, ty)| (name.to_string(), *ty));
                let fields =
                    self.fields(parts, layouts[*i].fields.iter().map(|field| &field.ty))?;
                Shape::Record { fields }
            }
            (ComponentDefinedType::Tuple(ty), InterfaceType::Tuple(i)) => {
                let parts = ty
                    .types
                    .iter()
                    .enumerate()
                    .map(|(index, ty)| (index.to_string(), *ty));
                Shape::Tuple {
                    fields: self.fields(parts, layouts[*i].types.iter())?,
                }
            }
            (ComponentDefinedType::List { element, .. }, InterfaceType::List(i)) => Shape::List {
                element: self.value(*element, &layouts[*i].element)?,
            },
            (ComponentDefinedType::Variant(ty), InterfaceType::Variant(i)) => {
                let layout = &layouts[*i];
                let cases = ty.cases.iter().zip(layout.cases.values());
                let cases = cases
                    .map(|((name, case), translated)| {
                        let ty = self.optional(case.ty, translated.as_ref())?;
                        Ok(Case {
                            name: name.to_string(),
                            ty,
                            docs: String::new(),
                        })
                    })
                    .collect::<Result<_, Error>>()?;
                let (discriminant, payload) = discriminant(&layout.info);
                Shape::Variant {
                    cases,
                    discriminant,
                    payload,
                }
            }
            (ComponentDefinedType::Enum(names), InterfaceType::Enum(i)) => Shape::Enum {
                cases: labels(names.iter()),
                discriminant: discriminant(&layouts[*i].info).0,
            },
            (ComponentDefinedType::Flags(names), InterfaceType::Flags(_)) => Shape::Flags {
                flags: labels(names.iter()),
            },
            (ComponentDefinedType::Option { ty, .. }, InterfaceType::Option(i)) => {
                let element = self.value(*ty, &layouts[*i].ty)?;
                let (discriminant, payload) = discriminant(&layouts[*i].info);
                Shape::Option {
                    element,
                    discriminant,
                    payload,
                }
            }
            (ComponentDefinedType::Result { ok, err, .. }, InterfaceType::Result(i)) => {
                let layout = &layouts[*i];
                let ok = self.optional(*ok, layout.ok.as_ref())?;
                let err = self.optional(*err, layout.err.as_ref())?;
                let (discriminant, payload) = discriminant(&layout.info);
                Shape::Result {
                    ok,
                    err,
                    discriminant,
                    payload,
                }
            }
            (ComponentDefinedType::Own(_), InterfaceType::Own(table)) => Shape::Own {
                resource: self.resource(*table)?,
            },
            (ComponentDefinedType::Borrow(_), InterfaceType::Borrow(table)) => Shape::Borrow {
                resource: self.resource(*table)?,
            },
            _ => return Err(mismatch("a type")),
        })
    }

    fn optional(
        &mut self,
        ty: Option<ComponentValType>,
        translated: Option<&InterfaceType>,
    ) -> Result<Option<TypeIndex>, Error> {
        match (ty, translated) {
            (Some(ty), Some(translated)) => Ok(Some(self.value(ty, translated)?)),
            (None, None) => Ok(None),
            _ => Err(mismatch("a payload")),
        }
    }

    fn fields<'t>(
        &mut self,
        parts: impl ExactSizeIterator<Item = (String, ComponentValType)>,
        translated: impl ExactSizeIterator<Item = &'t InterfaceType>,
    ) -> Result<Vec<Field>, Error> {
        if parts.len() != translated.len() {
            return Err(mismatch("a record"));
        }
        let mut offset = 0;
        parts
            .zip(translated)
            .map(|((name, ty), translated)| {
                let ty = self.value(ty, translated)?;
                let offset = self.layout(translated).next_field32(&mut offset);
                Ok(Field {
                    name,
                    ty,
                    offset,
                    docs: String::new(),
                })
            })
            .collect()
    }

    /// How many types there are so far.
    pub(crate) fn len(&self) -> usize {
        self.types.len()
    }

    /// The entry of a defined type, if anything has referred to the type.
    pub(crate) fn find(&self, id: ComponentDefinedTypeId) -> Option<TypeIndex> {
        self.first.get(&id).copied()
    }

    /// The layout of a type in memory.
    fn layout(&self, ty: &InterfaceType) -> &CanonicalAbiInfo {
        self.translated.canonical_abi(ty)
    }

    /// The resource that a handle table is for.
    pub(crate) fn resource(&self, table: TypeResourceTableIndex) -> Result<u32, Error> {
        match self.translated[table] {
            TypeResourceTable::Concrete { ty, .. } => Ok(ty.as_u32()),
            TypeResourceTable::Abstract(_) => Err(mismatch("a resource")),
        }
    }

    fn intern(
        &mut self,
        shape: Shape,
        translated: &InterfaceType,
        named: Option<Named>,
    ) -> TypeIndex {
        let layout = self.layout(translated);
        let flat = self
            .translated
            .flat_types(translated)
            .map(|flat| flat.memory32.iter().map(|ty| core_type(*ty)).collect());
        let mut ty = Type {
            shape,
            size: layout.size32,
            align: layout.align32,
            flat,
            name: None,
            interface: None,
            docs: String::new(),
        };
        let Some(named) = named else {
            if let Some(&index) = self.anonymous.get(&ty) {
                return index;
            }
            let index = self.push(ty.clone());
            self.anonymous.insert(ty, index);
            return index;
        };
        self.docs
            .put_on_type(&mut ty, named.interface.as_deref(), &named.name);
        ty.name = Some(named.name);
        ty.interface = named.interface;
        self.push(ty)
    }

    fn push(&mut self, ty: Type) -> TypeIndex {
        self.types.push(ty);
        self.types.len() as TypeIndex - 1
    }
}

fn labels<T: ToString>(names: impl Iterator<Item = T>) -> Vec<Label> {
    names
        .map(|name| Label {
            name: name.to_string(),
            docs: String::new(),
        })
        .collect()
}

fn discriminant(info: &VariantInfo) -> (u32, u32) {
    (u32::from(info.size), info.payload_offset32)
}

fn core_type(ty: FlatType) -> CoreType {
    match ty {
        FlatType::I32 => CoreType::I32,
        FlatType::I64 => CoreType::I64,
        FlatType::F32 => CoreType::F32,
        FlatType::F64 => CoreType::F64,
    }
}

fn primitive(ty: &InterfaceType) -> Option<Shape> {
    Some(match ty {
        InterfaceType::Bool => Shape::Bool,
        InterfaceType::S8 => Shape::S8,
        InterfaceType::U8 => Shape::U8,
        InterfaceType::S16 => Shape::S16,
        InterfaceType::U16 => Shape::U16,
        InterfaceType::S32 => Shape::S32,
        InterfaceType::U32 => Shape::U32,
        InterfaceType::S64 => Shape::S64,
        InterfaceType::U64 => Shape::U64,
        InterfaceType::Float32 => Shape::F32,
        InterfaceType::Float64 => Shape::F64,
        InterfaceType::Char => Shape::Char,
        InterfaceType::String => Shape::String,
        _ => return None,
    })
}

fn mismatch(what: &str) -> Error {
    Error::internal(format_args!(
        "validator and translator describe {what} differently"
    ))
}
