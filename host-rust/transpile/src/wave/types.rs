//! Types of a plan, as the crate for WAVE wants to see types.

use crate::error::Error;
use crate::plan::{Case, Field, Label, Shape, Type, TypeIndex};
use std::borrow::Cow;
use wasm_wave::wasm::{WasmType, WasmTypeKind};

/// A type with those that it refers to.
#[derive(Clone, Copy)]
pub(super) struct Typed<'a> {
    types: &'a [Type],
    pub(super) shape: &'a Shape,
}

impl<'a> Typed<'a> {
    /// The type with an index, once all that it leads to is known to be there.
    pub(super) fn new(types: &'a [Type], index: TypeIndex) -> Result<Typed<'a>, Error> {
        let list = types.get(..=index as usize);
        let list = list.ok_or_else(|| Error::internal(format_args!("there is no type {index}")))?;
        for (index, ty) in list.iter().enumerate() {
            let mut sound = true;
            ty.shape.each_part(|part| sound &= (part as usize) < index);
            if !sound {
                return Err(Error::internal(format_args!(
                    "type {index} refers to one that comes later"
                )));
            }
        }
        Ok(Typed {
            types,
            shape: &types[index as usize].shape,
        })
    }

    /// A part of this type.
    pub(super) fn part(self, index: TypeIndex) -> Typed<'a> {
        Typed {
            types: self.types,
            shape: &self.types[index as usize].shape,
        }
    }

    pub(super) fn fields(self) -> &'a [Field] {
        match self.shape {
            Shape::Record { fields } | Shape::Tuple { fields } => fields,
            _ => &[],
        }
    }

    pub(super) fn cases(self) -> &'a [Case] {
        match self.shape {
            Shape::Variant { cases, .. } => cases,
            _ => &[],
        }
    }

    /// The cases of an enum, or flags.
    pub(super) fn labels(self) -> &'a [Label] {
        match self.shape {
            Shape::Enum { cases, .. } => cases,
            Shape::Flags { flags } => flags,
            _ => &[],
        }
    }

    /// The element type of a list or option.
    pub(super) fn element(self) -> Option<Typed<'a>> {
        match self.shape {
            Shape::List { element } | Shape::Option { element, .. } => Some(self.part(*element)),
            _ => None,
        }
    }
}

impl WasmType for Typed<'_> {
    fn kind(&self) -> WasmTypeKind {
        match self.shape {
            Shape::Bool => WasmTypeKind::Bool,
            Shape::S8 => WasmTypeKind::S8,
            Shape::U8 => WasmTypeKind::U8,
            Shape::S16 => WasmTypeKind::S16,
            Shape::U16 => WasmTypeKind::U16,
            Shape::S32 => WasmTypeKind::S32,
            Shape::U32 => WasmTypeKind::U32,
            Shape::S64 => WasmTypeKind::S64,
            Shape::U64 => WasmTypeKind::U64,
            Shape::F32 => WasmTypeKind::F32,
            Shape::F64 => WasmTypeKind::F64,
            Shape::Char => WasmTypeKind::Char,
            Shape::String => WasmTypeKind::String,
            Shape::List { .. } => WasmTypeKind::List,
            Shape::Record { .. } => WasmTypeKind::Record,
            Shape::Tuple { .. } => WasmTypeKind::Tuple,
            Shape::Variant { .. } => WasmTypeKind::Variant,
            Shape::Enum { .. } => WasmTypeKind::Enum,
            Shape::Option { .. } => WasmTypeKind::Option,
            Shape::Result { .. } => WasmTypeKind::Result,
            Shape::Flags { .. } => WasmTypeKind::Flags,
            Shape::Own { .. } | Shape::Borrow { .. } => WasmTypeKind::Unsupported,
        }
    }

    fn list_element_type(&self) -> Option<Self> {
        self.element()
    }

    fn record_fields(&self) -> Box<dyn Iterator<Item = (Cow<'_, str>, Self)> + '_> {
        let fields = self.fields().iter();
        Box::new(fields.map(|field| (Cow::from(&field.name), self.part(field.ty))))
    }

    fn tuple_element_types(&self) -> Box<dyn Iterator<Item = Self> + '_> {
        Box::new(self.fields().iter().map(|field| self.part(field.ty)))
    }

    fn variant_cases(&self) -> Box<dyn Iterator<Item = (Cow<'_, str>, Option<Self>)> + '_> {
        let payload = |case: &Case| case.ty.map(|ty| self.part(ty));
        let cases = self.cases().iter();
        Box::new(cases.map(move |case| (Cow::from(&case.name), payload(case))))
    }

    fn enum_cases(&self) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
        Box::new(self.labels().iter().map(|label| Cow::from(&label.name)))
    }

    fn option_some_type(&self) -> Option<Self> {
        self.element()
    }

    fn result_types(&self) -> Option<(Option<Self>, Option<Self>)> {
        match self.shape {
            Shape::Result { ok, err, .. } => {
                Some((ok.map(|ty| self.part(ty)), err.map(|ty| self.part(ty))))
            }
            _ => None,
        }
    }

    fn flags_names(&self) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
        self.enum_cases()
    }
}
