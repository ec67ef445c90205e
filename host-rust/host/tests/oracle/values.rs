//! The oracle's notation of values, from and to wasmtime's.

use serde_json::{Map, Value as Json, json};
use tenon_host::wasmtime::component::{ResourceAny, Type, Val};

/// A value of type `ty` as the oracle writes it: `{"bits", "text", "items"}`, zero parts absent.
pub(crate) fn decode(ty: &Type, json: &Json, held: &Resources) -> Val {
    let bits = json["bits"].as_u64().unwrap_or(0);
    let no_items = Vec::new();
    let items = json["items"].as_array().unwrap_or(&no_items);
    let payload = |ty: Option<Type>| ty.map(|ty| Box::new(decode(&ty, &items[0], held)));
    match ty {
        Type::Bool => Val::Bool(bits != 0),
        Type::S8 => Val::S8(bits as i8),
        Type::U8 => Val::U8(bits as u8),
        Type::S16 => Val::S16(bits as i16),
        Type::U16 => Val::U16(bits as u16),
        Type::S32 => Val::S32(bits as i32),
        Type::U32 => Val::U32(bits as u32),
        Type::S64 => Val::S64(bits as i64),
        Type::U64 => Val::U64(bits),
        Type::Float32 => Val::Float32(f32::from_bits(bits as u32)),
        Type::Float64 => Val::Float64(f64::from_bits(bits)),
        Type::Char => Val::Char(char::from_u32(bits as u32).expect("the oracle writes characters")),
        Type::String => Val::String(json["text"].as_str().unwrap_or_default().into()),
        Type::List(list) => Val::List(
            items
                .iter()
                .map(|item| decode(&list.ty(), item, held))
                .collect(),
        ),
        Type::Record(record) => {
            let fields = record.fields().zip(items);
            Val::Record(
                fields
                    .map(|(field, item)| (field.name.into(), decode(&field.ty, item, held)))
                    .collect(),
            )
        }
        Type::Tuple(tuple) => Val::Tuple(
            tuple
                .types()
                .zip(items)
                .map(|(ty, item)| decode(&ty, item, held))
                .collect(),
        ),
        Type::Variant(variant) => {
            let case = variant
                .cases()
                .nth(bits as usize)
                .expect("the oracle knows the cases");
            Val::Variant(case.name.into(), payload(case.ty))
        }
        Type::Enum(cases) => Val::Enum(
            cases
                .names()
                .nth(bits as usize)
                .expect("the oracle knows the cases")
                .into(),
        ),
        Type::Option(option) => Val::Option(payload((bits == 1).then(|| option.ty()))),
        Type::Result(result) if bits == 0 => Val::Result(Ok(payload(result.ok()))),
        Type::Result(result) => Val::Result(Err(payload(result.err()))),
        Type::Flags(flags) => {
            let set = flags
                .names()
                .enumerate()
                .filter(|(i, _)| bits >> i & 1 == 1);
            Val::Flags(set.map(|(_, name)| name.into()).collect())
        }
        Type::Own(_) | Type::Borrow(_) => {
            let found = held.iter().find(|(_, rep)| *rep == bits);
            Val::Resource(found.expect("the host was given it").0)
        }
        other => panic!("{other:?} is in no vector"),
    }
}

/// Resources that the host has, and the numbers behind them.
pub(crate) type Resources = [(ResourceAny, u64)];

/// A value in the oracle's notation. The oracle's labels end in their numbers, so no type is needed.
pub(crate) fn encode(val: &Val, held: &Resources) -> Json {
    let number = |label: &str| {
        label[1..]
            .parse::<u64>()
            .expect("the oracle's labels are numbered")
    };
    let of = |payload: &Option<Box<Val>>| payload.iter().map(|val| encode(val, held)).collect();
    match val {
        Val::Bool(b) => parts((*b).into(), "", vec![]),
        Val::S8(n) => parts(i64::from(*n) as u64, "", vec![]),
        Val::U8(n) => parts((*n).into(), "", vec![]),
        Val::S16(n) => parts(i64::from(*n) as u64, "", vec![]),
        Val::U16(n) => parts((*n).into(), "", vec![]),
        Val::S32(n) => parts(i64::from(*n) as u64, "", vec![]),
        Val::U32(n) => parts((*n).into(), "", vec![]),
        Val::S64(n) => parts(*n as u64, "", vec![]),
        Val::U64(n) => parts(*n, "", vec![]),
        Val::Float32(f) => parts(f.to_bits().into(), "", vec![]),
        Val::Float64(f) => parts(f.to_bits(), "", vec![]),
        Val::Char(c) => parts(u32::from(*c).into(), "", vec![]),
        Val::String(text) => parts(0, text, vec![]),
        Val::List(items) | Val::Tuple(items) => {
            parts(0, "", items.iter().map(|val| encode(val, held)).collect())
        }
        Val::Record(fields) => parts(
            0,
            "",
            fields.iter().map(|(_, val)| encode(val, held)).collect(),
        ),
        Val::Variant(case, payload) => parts(number(case), "", of(payload)),
        Val::Enum(case) => parts(number(case), "", vec![]),
        Val::Option(payload) => parts(payload.is_some().into(), "", of(payload)),
        Val::Result(Ok(payload)) => parts(0, "", of(payload)),
        Val::Result(Err(payload)) => parts(1, "", of(payload)),
        Val::Flags(set) => parts(set.iter().map(|label| 1 << number(label)).sum(), "", vec![]),
        Val::Resource(resource) => {
            let found = held.iter().find(|(known, _)| known == resource);
            parts(found.expect("the host was given it").1, "", vec![])
        }
        other => panic!("{other:?} is in no vector"),
    }
}

fn parts(bits: u64, text: &str, items: Vec<Json>) -> Json {
    let mut parts = Map::new();
    if bits != 0 {
        parts.insert("bits".into(), json!(bits));
    }
    if !text.is_empty() {
        parts.insert("text".into(), json!(text));
    }
    if !items.is_empty() {
        parts.insert("items".into(), items.into());
    }
    parts.into()
}
