//! JSON as values of a kernel's types.

use super::{Error, shortened};
use serde_json::Value;
use tenon_host::wasmtime::component::{Type, Val};

/// The payload of a case, which may have none: then JSON has null.
pub(super) fn carried(
    ty: Option<Type>,
    json: &Value,
    path: &str,
) -> Result<Option<Box<Val>>, Error> {
    match ty {
        Some(ty) => typed(&ty, json, path).map(|value| Some(Box::new(value))),
        None if json.is_null() => Ok(None),
        None => Err(Error::malformed(path, "want null: there is no value here")),
    }
}

/// A value of a type.
pub(super) fn typed(ty: &Type, json: &Value, path: &str) -> Result<Val, Error> {
    let wrong = |want: &str| {
        let found = shortened(&json.to_string());
        Error::malformed(path, format!("want {want}, found {found}"))
    };
    let signed = |bits: u32| {
        let number = json.as_i64().filter(|number| {
            let most = i64::MAX >> (64 - bits);
            (-most - 1..=most).contains(number)
        });
        number.ok_or_else(|| wrong(&format!("a number of type s{bits}")))
    };
    let unsigned = |bits: u32| {
        let number = json
            .as_u64()
            .filter(|number| *number <= u64::MAX >> (64 - bits));
        number.ok_or_else(|| wrong(&format!("a number of type u{bits}")))
    };
    let text = || json.as_str().ok_or_else(|| wrong("a string"));
    // The ranges are checked above, so no conversion cuts anything off.
    Ok(match ty {
        Type::Bool => Val::Bool(json.as_bool().ok_or_else(|| wrong("true or false"))?),
        Type::S8 => Val::S8(signed(8)? as i8),
        Type::S16 => Val::S16(signed(16)? as i16),
        Type::S32 => Val::S32(signed(32)? as i32),
        Type::S64 => Val::S64(signed(64)?),
        Type::U8 => Val::U8(unsigned(8)? as u8),
        Type::U16 => Val::U16(unsigned(16)? as u16),
        Type::U32 => Val::U32(unsigned(32)? as u32),
        Type::U64 => Val::U64(unsigned(64)?),
        Type::Float32 | Type::Float64 => {
            let number = float(json)
                .ok_or_else(|| wrong(r#"a number of a float's type, "nan", "inf" or "-inf""#))?;
            match ty {
                Type::Float32 => Val::Float32(number as f32),
                _ => Val::Float64(number),
            }
        }
        Type::Char => {
            let mut chars = json.as_str().unwrap_or_default().chars();
            match (chars.next(), chars.next()) {
                (Some(char), None) => Val::Char(char),
                _ => return Err(wrong("a string of one character")),
            }
        }
        Type::String => Val::String(text()?.to_owned()),
        Type::List(list) => {
            let items = json.as_array().ok_or_else(|| wrong("an array"))?;
            let ty = list.ty();
            let items = items.iter().enumerate();
            let items = items.map(|(at, item)| typed(&ty, item, &format!("{path}[{at}]")));
            Val::List(items.collect::<Result<_, _>>()?)
        }
        Type::Tuple(tuple) => {
            let count = tuple.types().len();
            let items = json.as_array().filter(|items| items.len() == count);
            let items = items.ok_or_else(|| wrong(&format!("an array of {count}")))?;
            let items = items.iter().zip(tuple.types()).enumerate();
            let items = items.map(|(at, (item, ty))| typed(&ty, item, &format!("{path}[{at}]")));
            Val::Tuple(items.collect::<Result<_, _>>()?)
        }
        Type::Record(record) => {
            let fields = json.as_object().ok_or_else(|| wrong("an object"))?;
            let unknown = fields
                .keys()
                .find(|name| record.fields().all(|it| it.name != **name));
            if let Some(name) = unknown {
                let what = format!("no field {:?}", shortened(name));
                return Err(Error::malformed(path, what));
            }
            let values = record.fields().map(|field| {
                let found = fields.get(field.name).ok_or_else(|| {
                    Error::malformed(path, format!("the field {:?} is missing", field.name))
                })?;
                let value = typed(&field.ty, found, &format!("{path}.{}", field.name))?;
                Ok((field.name.to_owned(), value))
            });
            Val::Record(values.collect::<Result<_, Error>>()?)
        }
        Type::Variant(variant) => {
            let one = one_field(json).and_then(|(name, inner)| {
                Some((variant.cases().find(|it| it.name == name)?, inner))
            });
            let (case, inner) =
                one.ok_or_else(|| wrong("an object with one of the variant's cases"))?;
            let carried = carried(case.ty, inner, &format!("{path}.{}", case.name))?;
            Val::Variant(case.name.to_owned(), carried)
        }
        Type::Result(result) => match one_field(json) {
            Some(("ok", inner)) => {
                Val::Result(Ok(carried(result.ok(), inner, &format!("{path}.ok"))?))
            }
            Some(("error", inner)) => {
                Val::Result(Err(carried(result.err(), inner, &format!("{path}.error"))?))
            }
            _ => return Err(wrong(r#"an object with "ok" or "error""#)),
        },
        Type::Enum(cases) => {
            let name = json
                .as_str()
                .filter(|name| cases.names().any(|it| it == *name));
            Val::Enum(
                name.ok_or_else(|| wrong("one of the enum's cases"))?
                    .to_owned(),
            )
        }
        Type::Option(option) => Val::Option(match json {
            Value::Null => None,
            some => Some(Box::new(typed(&option.ty(), some, path)?)),
        }),
        Type::Flags(flags) => {
            let set = json.as_array().ok_or_else(|| wrong("an array of names"))?;
            let mut names: Vec<String> = Vec::with_capacity(set.len());
            for (at, name) in set.iter().enumerate() {
                let known = name
                    .as_str()
                    .filter(|name| flags.names().any(|it| it == *name));
                let known = known.filter(|name| names.iter().all(|it| it != name));
                let known = known.ok_or_else(|| {
                    let what = "want one of the flags, each at most once";
                    Error::malformed(format!("{path}[{at}]"), what)
                })?;
                names.push(known.to_owned());
            }
            Val::Flags(names)
        }
        _ => {
            let what = "no JSON stands for this type: leave the case out";
            return Err(Error::malformed(path, what));
        }
    })
}

fn one_field(json: &Value) -> Option<(&str, &Value)> {
    let object = json.as_object().filter(|object| object.len() == 1)?;
    object.iter().next().map(|(name, inner)| (&**name, inner))
}

/// A number, or the name of one that JSON has not.
fn float(json: &Value) -> Option<f64> {
    match json.as_str() {
        Some("nan") => Some(f64::NAN),
        Some("inf") => Some(f64::INFINITY),
        Some("-inf") => Some(f64::NEG_INFINITY),
        Some(_) => None,
        None => json.as_f64(),
    }
}
