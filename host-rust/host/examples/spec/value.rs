//! The suite's values in JSON.

use serde_json::Value;
use std::str::FromStr;
use tenon_host::wasmtime::component::Val;

/// A value by its JSON: `{"type": "u32", "value": "42"}`; floats are given by their bits.
pub(crate) fn parse(json: &Value) -> Result<Val, String> {
    let value = &json["value"];
    let payload = |value: &Value| match value {
        Value::Null => Ok(None),
        some => parse(some).map(|some| Some(Box::new(some))),
    };
    Ok(match json["type"].as_str().unwrap_or_default() {
        "bool" => Val::Bool(value.as_bool().ok_or("not a bool")?),
        "s8" => Val::S8(number(value)?),
        "u8" => Val::U8(number(value)?),
        "s16" => Val::S16(number(value)?),
        "u16" => Val::U16(number(value)?),
        "s32" => Val::S32(number(value)?),
        "u32" => Val::U32(number(value)?),
        "s64" => Val::S64(number(value)?),
        "u64" => Val::U64(number(value)?),
        "f32" => Val::Float32(f32::from_bits(number(value)?)),
        "f64" => Val::Float64(f64::from_bits(number(value)?)),
        "char" => Val::Char(number(value)?),
        "string" => Val::String(text(value)?),
        "list" => Val::List(each(value)?),
        "tuple" => Val::Tuple(each(value)?),
        "record" => {
            let field = |field: &Value| Ok::<_, String>((text(&field[0])?, parse(&field[1])?));
            Val::Record(elements(value)?.map(field).collect::<Result<_, _>>()?)
        }
        "variant" => Val::Variant(text(&value["case"])?, payload(&value["payload"])?),
        "enum" => Val::Enum(text(value)?),
        "option" => Val::Option(payload(value)?),
        "result" => Val::Result(match value.get("Ok") {
            Some(ok) => Ok(payload(ok)?),
            None => Err(payload(&value["Err"])?),
        }),
        "flags" => Val::Flags(elements(value)?.map(text).collect::<Result<_, _>>()?),
        other => return Err(format!("values of type {other:?} are not known")),
    })
}

fn elements(value: &Value) -> Result<impl Iterator<Item = &Value>, String> {
    Ok(value.as_array().ok_or("not a list")?.iter())
}

fn each(value: &Value) -> Result<Vec<Val>, String> {
    elements(value)?.map(parse).collect()
}

fn text(value: &Value) -> Result<String, String> {
    Ok(value.as_str().ok_or("not a string")?.to_owned())
}

fn number<T: FromStr>(value: &Value) -> Result<T, String> {
    let text = value.as_str().ok_or("not a string")?;
    text.parse()
        .map_err(|_| format!("{text:?} is out of range"))
}

/// Whether two values are the same, floats by their bits.
pub(crate) fn same(a: &Val, b: &Val) -> bool {
    match (a, b) {
        (Val::Float32(a), Val::Float32(b)) => a.to_bits() == b.to_bits(),
        (Val::Float64(a), Val::Float64(b)) => a.to_bits() == b.to_bits(),
        (Val::List(a), Val::List(b)) | (Val::Tuple(a), Val::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Val::Record(a), Val::Record(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && same(&a.1, &b.1))
        }
        (Val::Variant(a, x), Val::Variant(b, y)) => a == b && same_payload(x, y),
        (Val::Option(a), Val::Option(b)) => same_payload(a, b),
        (Val::Result(Ok(a)), Val::Result(Ok(b))) | (Val::Result(Err(a)), Val::Result(Err(b))) => {
            same_payload(a, b)
        }
        // A suite may name the flags in any order.
        (Val::Flags(a), Val::Flags(b)) => {
            a.len() == b.len() && a.iter().all(|name| b.contains(name))
        }
        _ => a == b,
    }
}

fn same_payload(a: &Option<Box<Val>>, b: &Option<Box<Val>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (None, None) => true,
        _ => false,
    }
}
