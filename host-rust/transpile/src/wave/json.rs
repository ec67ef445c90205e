//! Arguments and answers of [`parse`] and [`print`](super::print) as JSON, for hosts that run transpile in a sandbox.

use super::{Value, parse, print};
use crate::error::Error;
use crate::limits;
use crate::plan::{Case, Field, Label, Shape, Type, TypeIndex};
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
struct Parse {
    types: Vec<Part>,
    params: Vec<TypeIndex>,
    args: Vec<String>,
}

#[derive(Deserialize)]
struct Print {
    types: Vec<Part>,
    #[serde(rename = "type")]
    ty: TypeIndex,
    value: Vec<Flat>,
}

/// A value with the number of values directly in it, which follow it: JSON parsers do not nest as deep as types do.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Flat {
    bits: u64,
    text: String,
    items: usize,
}

/// A type of a plan, or a part of one; what WAVE does not need of it is left unread.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Part {
    kind: String,
    name: String,
    #[serde(rename = "type")]
    ty: Option<TypeIndex>,
    element: Option<TypeIndex>,
    ok: Option<TypeIndex>,
    err: Option<TypeIndex>,
    fields: Vec<Part>,
    cases: Vec<Part>,
    flags: Vec<Part>,
}

/// [`parse`], from `{"types": [types of a plan], "params": [indices], "args": [texts]}` to a list of [`Value`]s.
///
/// # Errors
///
/// Those of [`parse`].
pub fn parse_json(input: &[u8]) -> Result<Vec<u8>, Error> {
    let input: Parse = read(input)?;
    let values = parse(&types(input.types)?, &input.params, &input.args)?;
    serde_json::to_vec(&values).map_err(Error::internal)
}

/// [`print`](super::print), from `{"types": [types of a plan], "type": index, "value": [parts]}` to the text. The parts are
/// the value and all in it, each before those in it: `{"bits": number, "text": text, "items": how many are in it}`.
///
/// # Errors
///
/// Those of [`print`](super::print).
pub fn print_json(input: &[u8]) -> Result<Vec<u8>, Error> {
    let input: Print = read(input)?;
    print(&types(input.types)?, input.ty, &value(input.value)?).map(String::into_bytes)
}

fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(json).map_err(Error::internal)
}

/// The value that parts in a row make up.
fn value(parts: Vec<Flat>) -> Result<Value, Error> {
    // From the last part on, so that those in a value are there before it; each with its depth.
    let mut made: Vec<(Value, usize)> = Vec::new();
    for part in parts.into_iter().rev() {
        let first = made.len().checked_sub(part.items);
        let inside = made.split_off(first.ok_or_else(incomplete)?);
        let depth = 1 + inside.iter().map(|(_, depth)| *depth).max().unwrap_or(0);
        // A deeper one could not even be dropped, which recurses.
        if depth > limits::WAVE_DEPTH + 1 {
            return Err(Error::limit("the value nests too deep", limits::WAVE_DEPTH));
        }
        let value = Value {
            bits: part.bits,
            text: part.text,
            items: inside.into_iter().rev().map(|(value, _)| value).collect(),
        };
        made.push((value, depth));
    }
    match (made.pop(), made.is_empty()) {
        (Some((value, _)), true) => Ok(value),
        _ => Err(incomplete()),
    }
}

fn incomplete() -> Error {
    Error::internal("the parts of the value do not make up one")
}

/// Types with all that WAVE needs of them; layouts are left at zero.
fn types(parts: Vec<Part>) -> Result<Vec<Type>, Error> {
    let types = parts.into_iter().map(|part| {
        Ok(Type {
            shape: shape(part)?,
            size: 0,
            align: 0,
            flat: None,
            name: None,
            interface: None,
            docs: String::new(),
        })
    });
    types.collect()
}

fn shape(part: Part) -> Result<Shape, Error> {
    let (discriminant, payload) = (0, 0);
    let needed = |ty: Option<TypeIndex>| ty.ok_or_else(|| Error::internal("a type without a part"));
    Ok(match part.kind.as_str() {
        "bool" => Shape::Bool,
        "s8" => Shape::S8,
        "u8" => Shape::U8,
        "s16" => Shape::S16,
        "u16" => Shape::U16,
        "s32" => Shape::S32,
        "u32" => Shape::U32,
        "s64" => Shape::S64,
        "u64" => Shape::U64,
        "f32" => Shape::F32,
        "f64" => Shape::F64,
        "char" => Shape::Char,
        "string" => Shape::String,
        "list" => Shape::List {
            element: needed(part.element)?,
        },
        "option" => Shape::Option {
            element: needed(part.element)?,
            discriminant,
            payload,
        },
        "result" => Shape::Result {
            ok: part.ok,
            err: part.err,
            discriminant,
            payload,
        },
        "record" => Shape::Record {
            fields: fields(part.fields, needed)?,
        },
        "tuple" => Shape::Tuple {
            fields: fields(part.fields, needed)?,
        },
        "variant" => {
            let cases = part.cases.into_iter().map(|case| Case {
                name: case.name,
                ty: case.ty,
                docs: String::new(),
            });
            Shape::Variant {
                cases: cases.collect(),
                discriminant,
                payload,
            }
        }
        "enum" => Shape::Enum {
            cases: labels(part.cases),
            discriminant,
        },
        "flags" => Shape::Flags {
            flags: labels(part.flags),
        },
        "own" => Shape::Own { resource: 0 },
        "borrow" => Shape::Borrow { resource: 0 },
        other => return Err(Error::internal(format_args!("a type of kind `{other}`"))),
    })
}

fn fields(
    parts: Vec<Part>,
    needed: impl Fn(Option<TypeIndex>) -> Result<TypeIndex, Error>,
) -> Result<Vec<Field>, Error> {
    let fields = parts.into_iter().map(|part| {
        Ok(Field {
            ty: needed(part.ty)?,
            name: part.name,
            offset: 0,
            docs: String::new(),
        })
    });
    fields.collect()
}

fn labels(parts: Vec<Part>) -> Vec<Label> {
    let labels = parts.into_iter().map(|part| Label {
        name: part.name,
        docs: String::new(),
    });
    labels.collect()
}
