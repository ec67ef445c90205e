//! Types of a plan in the words of WIT.

use tenon_transpile::plan::{Param, Plan, Shape, Type, TypeIndex};

/// A function's type, as `func(text: string) -> redaction`.
pub(crate) fn function(plan: &Plan, params: &[Param], result: Option<TypeIndex>) -> String {
    let params: Vec<String> = params
        .iter()
        .map(|param| format!("{}: {}", param.name, value(plan, param.ty)))
        .collect();
    let result = result
        .map(|ty| format!(" -> {}", value(plan, ty)))
        .unwrap_or_default();
    format!("func({}){result}", params.join(", "))
}

/// The structure of a type, whatever its name: `record { x: f64, y: f64 }`.
#[cfg(feature = "host")] // only `tenon call` lists types
pub(crate) fn definition(plan: &Plan, index: TypeIndex) -> String {
    let ty = plan.types.get(index as usize);
    ty.map_or_else(|| "?".into(), |ty| structure(plan, ty))
}

/// A type by its name, or by its structure where it has none.
fn value(plan: &Plan, index: TypeIndex) -> String {
    let Some(ty) = plan.types.get(index as usize) else {
        return "?".into();
    };
    ty.name.clone().unwrap_or_else(|| structure(plan, ty))
}

fn structure(plan: &Plan, ty: &Type) -> String {
    let one = |index: &TypeIndex| value(plan, *index);
    match &ty.shape {
        Shape::Bool => "bool".into(),
        Shape::S8 => "s8".into(),
        Shape::U8 => "u8".into(),
        Shape::S16 => "s16".into(),
        Shape::U16 => "u16".into(),
        Shape::S32 => "s32".into(),
        Shape::U32 => "u32".into(),
        Shape::S64 => "s64".into(),
        Shape::U64 => "u64".into(),
        Shape::F32 => "f32".into(),
        Shape::F64 => "f64".into(),
        Shape::Char => "char".into(),
        Shape::String => "string".into(),
        Shape::List { element } => format!("list<{}>", one(element)),
        Shape::Option { element, .. } => format!("option<{}>", one(element)),
        Shape::Tuple { fields } => {
            let types: Vec<String> = fields.iter().map(|field| one(&field.ty)).collect();
            format!("tuple<{}>", types.join(", "))
        }
        Shape::Result { ok, err, .. } => match (ok, err) {
            (None, None) => "result".into(),
            (Some(ok), None) => format!("result<{}>", one(ok)),
            (None, Some(err)) => format!("result<_, {}>", one(err)),
            (Some(ok), Some(err)) => format!("result<{}, {}>", one(ok), one(err)),
        },
        Shape::Record { fields } => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| format!("{}: {}", field.name, one(&field.ty)))
                .collect();
            format!("record {{ {} }}", fields.join(", "))
        }
        Shape::Variant { cases, .. } => {
            let payload = |ty: &Option<TypeIndex>| ty.as_ref().map(|ty| format!("({})", one(ty)));
            let cases: Vec<String> = cases
                .iter()
                .map(|case| format!("{}{}", case.name, payload(&case.ty).unwrap_or_default()))
                .collect();
            format!("variant {{ {} }}", cases.join(", "))
        }
        Shape::Enum { cases, .. } => {
            let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
            format!("enum {{ {} }}", names.join(", "))
        }
        Shape::Flags { flags } => {
            let names: Vec<&str> = flags.iter().map(|flag| flag.name.as_str()).collect();
            format!("flags {{ {} }}", names.join(", "))
        }
        Shape::Own { resource } => self::resource(plan, *resource),
        Shape::Borrow { resource } => format!("borrow<{}>", self::resource(plan, *resource)),
    }
}

fn resource(plan: &Plan, index: u32) -> String {
    let resource = plan.resources.get(index as usize);
    resource
        .and_then(|resource| resource.name.clone())
        .unwrap_or_else(|| "resource".into())
}
