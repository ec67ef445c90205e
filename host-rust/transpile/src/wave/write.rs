//! Values while they are written.

use super::types::Typed;
use super::{Value, resources};
use crate::error::{Error, Kind};
use crate::limits;
use crate::plan::Shape;
use std::borrow::Cow;
use wasm_wave::wasm::{WasmType, WasmTypeKind, WasmValue};

/// A value that is known to be one of its type.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    ty: Typed<'a>,
    value: &'a Value,
}

impl<'a> Written<'a> {
    /// Checks a value against its type.
    pub(super) fn new(ty: Typed<'a>, value: &'a Value) -> Result<Written<'a>, Error> {
        check(ty, value, &mut Vec::new())?;
        Ok(Written { ty, value })
    }

    fn part(&self, ty: Typed<'a>, index: usize) -> Cow<'_, Self> {
        Cow::Owned(Written {
            ty,
            value: &self.value.items[index],
        })
    }

    fn payload(&self) -> Option<Cow<'_, Self>> {
        payload(self.ty, self.value.bits)
            .flatten()
            .map(|ty| self.part(ty, 0))
    }
}

/// The payload type of a case; `None` when there is no such case.
fn payload(ty: Typed<'_>, case: u64) -> Option<Option<Typed<'_>>> {
    let case = usize::try_from(case).ok()?;
    match ty.shape {
        Shape::Option { element, .. } => match case {
            0 => Some(None),
            1 => Some(Some(ty.part(*element))),
            _ => None,
        },
        Shape::Result { ok, err, .. } => match case {
            0 => Some(ok.map(|ok| ty.part(ok))),
            1 => Some(err.map(|err| ty.part(err))),
            _ => None,
        },
        _ => ty
            .cases()
            .get(case)
            .map(|case| case.ty.map(|payload| ty.part(payload))),
    }
}

/// Refuses a value that is not one of its type. `path` are the positions that lead to it.
fn check(ty: Typed<'_>, value: &Value, path: &mut Vec<usize>) -> Result<(), Error> {
    if path.len() > limits::WAVE_DEPTH {
        return Err(Error::limit("the value nests too deep", limits::WAVE_DEPTH));
    }
    let bits = value.bits;
    let signed = |size: u32| {
        let high = (bits as i64) >> (size - 1);
        high == 0 || high == -1
    };
    let (number, items) = match ty.shape {
        Shape::Bool => (bits < 2, 0),
        Shape::S8 => (signed(8), 0),
        Shape::S16 => (signed(16), 0),
        Shape::S32 => (signed(32), 0),
        Shape::U8 => (bits < 1 << 8, 0),
        Shape::U16 => (bits < 1 << 16, 0),
        Shape::U32 | Shape::F32 => (bits < 1 << 32, 0),
        Shape::S64 | Shape::U64 | Shape::F64 => (true, 0),
        Shape::Char => (code_point(bits).is_some(), 0),
        Shape::String => (bits == 0, 0),
        Shape::List { .. } => (bits == 0, value.items.len()),
        Shape::Record { fields } | Shape::Tuple { fields } => (bits == 0, fields.len()),
        Shape::Enum { cases, .. } => (bits < cases.len() as u64, 0),
        Shape::Flags { flags } => {
            let unknown = bits.checked_shr(flags.len() as u32);
            (unknown.unwrap_or_default() == 0, 0)
        }
        Shape::Variant { .. } | Shape::Option { .. } | Shape::Result { .. } => {
            match payload(ty, bits) {
                Some(payload) => (true, usize::from(payload.is_some())),
                None => (false, value.items.len()),
            }
        }
        Shape::Own { .. } | Shape::Borrow { .. } => return Err(resources().in_path(place(path))),
    };
    let text = matches!(ty.shape, Shape::String) || value.text.is_empty();
    if !number || !text || items != value.items.len() {
        let message = format!("the value is not a {}", ty.kind());
        return Err(Error::new(Kind::Malformed, message).in_path(place(path)));
    }
    for (index, item) in value.items.iter().enumerate() {
        let part = match ty.shape {
            Shape::List { element } => ty.part(*element),
            Shape::Record { fields } | Shape::Tuple { fields } => ty.part(fields[index].ty),
            _ => match payload(ty, bits) {
                Some(Some(payload)) => payload,
                _ => continue,
            },
        };
        path.push(index);
        check(part, item, path)?;
        path.pop();
    }
    Ok(())
}

fn place(path: &[usize]) -> String {
    let items = path.iter().map(|index| format!(".items[{index}]"));
    std::iter::once(String::from("value"))
        .chain(items)
        .collect()
}

fn code_point(bits: u64) -> Option<char> {
    char::from_u32(u32::try_from(bits).ok()?)
}

// Every number is known to fit.
impl<'a> WasmValue for Written<'a> {
    type Type = Typed<'a>;

    fn kind(&self) -> WasmTypeKind {
        self.ty.kind()
    }

    fn unwrap_bool(&self) -> bool {
        self.value.bits != 0
    }

    fn unwrap_s8(&self) -> i8 {
        self.value.bits as i8
    }

    fn unwrap_s16(&self) -> i16 {
        self.value.bits as i16
    }

    fn unwrap_s32(&self) -> i32 {
        self.value.bits as i32
    }

    fn unwrap_s64(&self) -> i64 {
        self.value.bits as i64
    }

    fn unwrap_u8(&self) -> u8 {
        self.value.bits as u8
    }

    fn unwrap_u16(&self) -> u16 {
        self.value.bits as u16
    }

    fn unwrap_u32(&self) -> u32 {
        self.value.bits as u32
    }

    fn unwrap_u64(&self) -> u64 {
        self.value.bits
    }

    fn unwrap_f32(&self) -> f32 {
        f32::from_bits(self.value.bits as u32)
    }

    fn unwrap_f64(&self) -> f64 {
        f64::from_bits(self.value.bits)
    }

    fn unwrap_char(&self) -> char {
        code_point(self.value.bits).unwrap_or_default()
    }

    fn unwrap_string(&self) -> Cow<'_, str> {
        Cow::from(&self.value.text)
    }

    fn unwrap_list(&self) -> Box<dyn Iterator<Item = Cow<'_, Self>> + '_> {
        let parts = self.ty.element().map(|ty| {
            let indices = 0..self.value.items.len();
            indices.map(move |index| self.part(ty, index))
        });
        Box::new(parts.into_iter().flatten())
    }

    fn unwrap_record(&self) -> Box<dyn Iterator<Item = (Cow<'_, str>, Cow<'_, Self>)> + '_> {
        let fields = self.ty.fields().iter().enumerate();
        Box::new(fields.map(|(index, field)| {
            (
                Cow::from(&field.name),
                self.part(self.ty.part(field.ty), index),
            )
        }))
    }

    fn unwrap_tuple(&self) -> Box<dyn Iterator<Item = Cow<'_, Self>> + '_> {
        Box::new(self.unwrap_record().map(|(_, field)| field))
    }

    fn unwrap_variant(&self) -> (Cow<'_, str>, Option<Cow<'_, Self>>) {
        let case = &self.ty.cases()[self.value.bits as usize];
        (Cow::from(&case.name), self.payload())
    }

    fn unwrap_enum(&self) -> Cow<'_, str> {
        Cow::from(&self.ty.labels()[self.value.bits as usize].name)
    }

    fn unwrap_option(&self) -> Option<Cow<'_, Self>> {
        self.payload()
    }

    fn unwrap_result(&self) -> Result<Option<Cow<'_, Self>>, Option<Cow<'_, Self>>> {
        match self.value.bits {
            0 => Ok(self.payload()),
            _ => Err(self.payload()),
        }
    }

    fn unwrap_flags(&self) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
        let labels = self.ty.labels().iter().enumerate();
        Box::new(
            labels
                .filter(|(index, _)| self.value.bits >> index & 1 == 1)
                .map(|(_, label)| Cow::from(&label.name)),
        )
    }
}
