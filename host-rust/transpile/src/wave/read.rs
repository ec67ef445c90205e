//! Values while a text is read.

use super::Value;
use super::types::Typed;
use std::borrow::Cow;
use std::marker::PhantomData;
use wasm_wave::wasm::{WasmTypeKind, WasmValue, WasmValueError};

/// A value that was read; its type is known to who reads it.
#[derive(Clone)]
pub(super) struct Read<'a> {
    pub(super) value: Value,
    types: PhantomData<Typed<'a>>,
}

type Made<'a> = Result<Read<'a>, WasmValueError>;

fn made<'a>(bits: u64, items: Vec<Value>) -> Read<'a> {
    Read {
        value: Value {
            bits,
            text: String::new(),
            items,
        },
        types: PhantomData,
    }
}

fn number<'a>(bits: u64) -> Read<'a> {
    made(bits, Vec::new())
}

fn unknown(case: &str) -> WasmValueError {
    WasmValueError::UnknownCase(case.to_owned())
}

impl<'a> WasmValue for Read<'a> {
    type Type = Typed<'a>;

    // Asked for values that are written, never for those that are read.
    fn kind(&self) -> WasmTypeKind {
        WasmTypeKind::Unsupported
    }

    fn make_bool(val: bool) -> Self {
        number(u64::from(val))
    }

    fn make_s8(val: i8) -> Self {
        number(i64::from(val) as u64)
    }

    fn make_s16(val: i16) -> Self {
        number(i64::from(val) as u64)
    }

    fn make_s32(val: i32) -> Self {
        number(i64::from(val) as u64)
    }

    fn make_s64(val: i64) -> Self {
        number(val as u64)
    }

    fn make_u8(val: u8) -> Self {
        number(u64::from(val))
    }

    fn make_u16(val: u16) -> Self {
        number(u64::from(val))
    }

    fn make_u32(val: u32) -> Self {
        number(u64::from(val))
    }

    fn make_u64(val: u64) -> Self {
        number(val)
    }

    fn make_f32(val: f32) -> Self {
        number(u64::from(val.to_bits()))
    }

    fn make_f64(val: f64) -> Self {
        number(val.to_bits())
    }

    fn make_char(val: char) -> Self {
        number(u64::from(val))
    }

    fn make_string(val: Cow<'_, str>) -> Self {
        let mut string = number(0);
        string.value.text = val.into_owned();
        string
    }

    fn make_list(_: &Typed<'a>, vals: impl IntoIterator<Item = Self>) -> Made<'a> {
        Ok(made(0, vals.into_iter().map(|val| val.value).collect()))
    }

    // The fields come in the order of the type.
    fn make_record<'n>(
        _: &Typed<'a>,
        fields: impl IntoIterator<Item = (&'n str, Self)>,
    ) -> Made<'a> {
        Ok(made(
            0,
            fields.into_iter().map(|(_, val)| val.value).collect(),
        ))
    }

    fn make_tuple(ty: &Typed<'a>, vals: impl IntoIterator<Item = Self>) -> Made<'a> {
        Self::make_list(ty, vals)
    }

    fn make_variant(ty: &Typed<'a>, case: &str, val: Option<Self>) -> Made<'a> {
        let index = ty.cases().iter().position(|it| it.name == case);
        let payload = val.into_iter().map(|val| val.value);
        Ok(made(
            index.ok_or_else(|| unknown(case))? as u64,
            payload.collect(),
        ))
    }

    fn make_enum(ty: &Typed<'a>, case: &str) -> Made<'a> {
        let index = ty.labels().iter().position(|it| it.name == case);
        Ok(number(index.ok_or_else(|| unknown(case))? as u64))
    }

    fn make_option(_: &Typed<'a>, val: Option<Self>) -> Made<'a> {
        let bits = u64::from(val.is_some());
        Ok(made(bits, val.into_iter().map(|val| val.value).collect()))
    }

    fn make_result(_: &Typed<'a>, val: Result<Option<Self>, Option<Self>>) -> Made<'a> {
        let bits = u64::from(val.is_err());
        let payload = val.unwrap_or_else(|error| error);
        Ok(made(
            bits,
            payload.into_iter().map(|val| val.value).collect(),
        ))
    }

    fn make_flags<'n>(ty: &Typed<'a>, names: impl IntoIterator<Item = &'n str>) -> Made<'a> {
        let mut bits = 0;
        for name in names {
            // The parser leaves the mark of a word of WAVE's own on flags.
            let name = name.strip_prefix('%').unwrap_or(name);
            let index = ty.labels().iter().position(|it| it.name == name);
            bits |= 1u64
                .checked_shl(index.ok_or_else(|| unknown(name))? as u32)
                .ok_or_else(|| unknown(name))?;
        }
        Ok(number(bits))
    }
}
