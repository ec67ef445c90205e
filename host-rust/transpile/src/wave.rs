//! WAVE, the text form of component-model values: what people write on a command line.
//!
//! The Rust host has it from wasmtime; here it is for hosts that know a component by its [`Plan`](crate::Plan) alone. Both
//! use the same crate, so a text means the same on both.

mod json;
mod read;
mod types;
mod write;

pub use json::{parse_json, print_json};

use self::read::Read;
use self::types::Typed;
use self::write::Written;
use crate::error::{Error, Kind};
use crate::limits;
use crate::plan::{Type, TypeIndex};
use serde::Serialize;
use std::error::Error as _;
use wasm_wave::parser::{ParserError, ParserErrorKind};
use wasm_wave::wasm::{WasmType, WasmValueError};

/// A component-model value. What its parts mean is told by a type of a plan:
///
/// | type | parts |
/// |---|---|
/// | bool | `bits`: 0 or 1 |
/// | integers | `bits`: the number, signed ones extended to 64 bits |
/// | f32, f64 | `bits`: the float's bits |
/// | char | `bits`: the code point |
/// | string | `text` |
/// | list, record, tuple | `items`: the elements or fields in order |
/// | enum | `bits`: the case |
/// | variant, option, result | `bits`: the case (option: 1 is some; result: 1 is the error), `items`: its payload, if any |
/// | flags | `bits`: the flags, the first is bit 0 |
///
/// Parts that are zero are absent from its JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Value {
    /// A number, a case, or flags.
    #[serde(skip_serializing_if = "is_zero")]
    pub bits: u64,
    /// A string.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Values in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Value>,
}

fn is_zero(bits: &u64) -> bool {
    *bits == 0
}

/// Reads arguments for parameters of the given types.
///
/// ```
/// # use tenon_transpile::{transpile, wave};
/// let component = wat::parse_str(r#"(component (import "f" (func (param "x" s8) (param "y" (list char)))))"#).unwrap();
/// let plan = transpile(&component, &Default::default()).unwrap().plan;
/// let params: Vec<u32> = plan.import_funcs[0].params.iter().map(|param| param.ty).collect();
/// let values = wave::parse(&plan.types, &params, &["-1", "['a', '\\u{e9}']"]).unwrap();
/// assert_eq!(values[0].bits as i64, -1);
/// assert_eq!(wave::print(&plan.types, params[1], &values[1]).unwrap(), "['a', 'é']");
///
/// let error = wave::parse(&plan.types, &params, &["1", "['a', 5]"]).unwrap_err();
/// assert_eq!(error.to_string(), "malformed: argument 2 is not a list: invalid value type (argument 2, at byte 6)");
/// ```
///
/// # Errors
///
/// [`Kind::Malformed`] when the number of arguments is wrong or a text is not a value of its type, with the argument and
/// the byte of its text; [`Kind::Limit`] when the texts are too long or one nests too deep; [`Kind::Unsupported`] for
/// resources, which have no text form.
pub fn parse(
    types: &[Type],
    params: &[TypeIndex],
    args: &[impl AsRef<str>],
) -> Result<Vec<Value>, Error> {
    if params.len() != args.len() {
        let message = format!(
            "the function takes {} arguments, not {}",
            params.len(),
            args.len()
        );
        return Err(Error::new(Kind::Malformed, message));
    }
    if args.iter().map(|text| text.as_ref().len()).sum::<usize>() > limits::WAVE_SIZE {
        return Err(Error::limit(
            "the arguments are too long",
            limits::WAVE_SIZE,
        ));
    }
    let each = params.iter().zip(args).enumerate();
    each.map(|(index, (param, text))| {
        let place = format!("argument {}", index + 1);
        let ty = Typed::new(types, *param)?;
        match wasm_wave::from_str::<Read<'_>>(&ty, text.as_ref()) {
            Ok(Read { value, .. }) => Ok(value),
            Err(error) => Err(refusal(&place, &ty, &error).in_path(place)),
        }
    })
    .collect()
}

/// Writes a value of the given type.
///
/// # Errors
///
/// [`Kind::Malformed`] when the value is not one of the type, with the way to the wrong part of it;
/// [`Kind::Unsupported`] for resources, which have no text form.
pub fn print(types: &[Type], ty: TypeIndex, value: &Value) -> Result<String, Error> {
    let written = Written::new(Typed::new(types, ty)?, value)?;
    wasm_wave::to_string(&written).map_err(Error::internal)
}

fn refusal(place: &str, ty: &Typed<'_>, error: &ParserError) -> Error {
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<WasmValueError>());
    let refusal = match (error.kind(), cause) {
        (_, Some(WasmValueError::UnsupportedType(_))) => resources(),
        (ParserErrorKind::NestingTooDeep, _) => {
            Error::new(Kind::Limit, format!("{place} nests too many values"))
        }
        (kind, cause) => {
            let mut message = format!("{place} is not a {}: {kind}", ty.kind());
            let detail = cause.map(ToString::to_string);
            if let Some(detail) = detail.as_deref().or(error.detail()) {
                message += &format!(": {detail}");
            }
            Error::new(Kind::Malformed, message)
        }
    };
    refusal.at(error.span().start)
}

fn resources() -> Error {
    Error::new(Kind::Unsupported, "resources have no WAVE form")
}
