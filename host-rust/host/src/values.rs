//! Whether a value is of a type, before wasmtime lowers it: half-lowered values cost an instance.

use wasmtime::component::{Type, Val};

/// Says where a value differs from a type: `field x: expected u32`.
pub(crate) fn check(ty: &Type, value: &Val) -> Result<(), String> {
    let at = |place: String, ty: &Type, value: &Val| {
        check(ty, value).map_err(|error| format!("{place}: {error}"))
    };
    let differs = || Err(format!("expected {}", type_name(ty)));
    match (ty, value) {
        (Type::Bool, Val::Bool(_))
        | (Type::S8, Val::S8(_))
        | (Type::U8, Val::U8(_))
        | (Type::S16, Val::S16(_))
        | (Type::U16, Val::U16(_))
        | (Type::S32, Val::S32(_))
        | (Type::U32, Val::U32(_))
        | (Type::S64, Val::S64(_))
        | (Type::U64, Val::U64(_))
        | (Type::Float32, Val::Float32(_))
        | (Type::Float64, Val::Float64(_))
        | (Type::Char, Val::Char(_))
        | (Type::String, Val::String(_)) => Ok(()),
        (Type::List(list), Val::List(values)) => {
            let ty = list.ty();
            let mut places = values.iter().enumerate();
            places.try_for_each(|(index, value)| at(format!("element {index}"), &ty, value))
        }
        (Type::Record(record), Val::Record(values)) => {
            if record.fields().len() != values.len() {
                return differs();
            }
            let mut pairs = record.fields().zip(values);
            pairs.try_for_each(|(field, (name, value))| match field.name == name {
                true => at(format!("field {name}"), &field.ty, value),
                false => Err(format!("expected the field {}, not {name}", field.name)),
            })
        }
        (Type::Tuple(tuple), Val::Tuple(values)) => {
            if tuple.types().len() != values.len() {
                return differs();
            }
            let mut pairs = tuple.types().zip(values).enumerate();
            pairs.try_for_each(|(index, (ty, value))| at(format!("element {index}"), &ty, value))
        }
        (Type::Variant(variant), Val::Variant(name, value)) => {
            let Some(case) = variant.cases().find(|case| case.name == name) else {
                return Err(format!("there is no case {name} in {}", type_name(ty)));
            };
            payload(name, case.ty.as_ref(), value.as_deref())
        }
        (Type::Enum(cases), Val::Enum(name)) => match cases.names().any(|case| case == name) {
            true => Ok(()),
            false => Err(format!("there is no case {name} in {}", type_name(ty))),
        },
        (Type::Option(option), Val::Option(value)) => match value {
            Some(value) => at("some".to_owned(), &option.ty(), value),
            None => Ok(()),
        },
        (Type::Result(result), Val::Result(Ok(value))) => {
            payload("ok", result.ok().as_ref(), value.as_deref())
        }
        (Type::Result(result), Val::Result(Err(value))) => {
            payload("err", result.err().as_ref(), value.as_deref())
        }
        (Type::Flags(flags), Val::Flags(names)) => {
            let unknown = names
                .iter()
                .find(|name| flags.names().all(|it| it != *name));
            unknown.map_or(Ok(()), |name| {
                Err(format!("there is no flag {name} in {}", type_name(ty)))
            })
        }
        (Type::Own(resource), Val::Resource(handle)) if handle.owned() => {
            same(*resource == handle.ty())
        }
        (Type::Borrow(resource), Val::Resource(handle)) => same(*resource == handle.ty()),
        _ => differs(),
    }
}

fn payload(case: &str, ty: Option<&Type>, value: Option<&Val>) -> Result<(), String> {
    match (ty, value) {
        (None, None) => Ok(()),
        (Some(ty), Some(value)) => check(ty, value).map_err(|error| format!("{case}: {error}")),
        (Some(ty), None) => Err(format!("{case}: expected {}", type_name(ty))),
        (None, Some(_)) => Err(format!("{case}: expected no value")),
    }
}

fn same(same: bool) -> Result<(), String> {
    match same {
        true => Ok(()),
        false => Err("the resource is of another type".to_owned()),
    }
}

/// Whether values of a type have handles in them.
pub(crate) fn has_resource(ty: &Type) -> bool {
    let any = |ty: Option<Type>| ty.is_some_and(|ty| has_resource(&ty));
    match ty {
        Type::Own(_) | Type::Borrow(_) => true,
        Type::List(list) => has_resource(&list.ty()),
        Type::Option(option) => has_resource(&option.ty()),
        Type::Record(record) => record.fields().any(|field| has_resource(&field.ty)),
        Type::Tuple(tuple) => tuple.types().any(|ty| has_resource(&ty)),
        Type::Variant(variant) => variant.cases().any(|case| any(case.ty)),
        Type::Result(result) => any(result.ok()) || any(result.err()),
        _ => false,
    }
}

/// A type in the words of WIT.
pub(crate) fn type_name(ty: &Type) -> String {
    use wasmtime::component::wasm_wave::wasm::DisplayType;
    match ty {
        Type::Own(_) | Type::Borrow(_) => "a resource".to_owned(),
        _ => DisplayType(ty).to_string(),
    }
}

/// The zero of a type: 0, "", [], none, the first case; for handles there is none.
pub(crate) fn zero(ty: &Type) -> Val {
    match ty {
        Type::Bool => Val::Bool(false),
        Type::S8 => Val::S8(0),
        Type::U8 => Val::U8(0),
        Type::S16 => Val::S16(0),
        Type::U16 => Val::U16(0),
        Type::S32 => Val::S32(0),
        Type::U32 => Val::U32(0),
        Type::S64 => Val::S64(0),
        Type::U64 => Val::U64(0),
        Type::Float32 => Val::Float32(0.0),
        Type::Float64 => Val::Float64(0.0),
        Type::Char => Val::Char('\0'),
        Type::String => Val::String(String::new()),
        Type::Record(record) => Val::Record(
            record
                .fields()
                .map(|field| (field.name.to_owned(), zero(&field.ty)))
                .collect(),
        ),
        Type::Tuple(tuple) => Val::Tuple(tuple.types().map(|ty| zero(&ty)).collect()),
        Type::Variant(variant) => match variant.cases().next() {
            Some(case) => Val::Variant(case.name.to_owned(), case.ty.map(|ty| Box::new(zero(&ty)))),
            None => Val::Bool(false),
        },
        Type::Enum(cases) => Val::Enum(cases.names().next().unwrap_or_default().to_owned()),
        Type::Option(_) => Val::Option(None),
        Type::Result(result) => Val::Result(Ok(result.ok().map(|ty| Box::new(zero(&ty))))),
        Type::Flags(_) => Val::Flags(Vec::new()),
        _ => Val::List(Vec::new()),
    }
}
