//! Whether a value is of a type, before wasmtime lowers it: half-lowered values cost an instance.

use crate::fault::{Fault, FaultKind};
use std::fmt::{self, Display, Write};
use wasmtime::component::{Type, Val};

/// Bytes of what a fault tells of types and values: a component of 50 KB can have a type of gigabytes in words.
const BRIEF: usize = 1024;

/// Bytes of the zeros of one function's parameters: the same component can have as many leaves.
const ZEROS: usize = 1 << 20;

/// Something in words, cut off with `…` where it goes on for more than about a KiB; what is cut off is never written.
pub(crate) fn brief(what: impl Display) -> String {
    struct Brief(String);
    impl Write for Brief {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let room = BRIEF - self.0.len().min(BRIEF);
            if text.len() <= room {
                self.0.push_str(text);
                return Ok(());
            }
            self.0.push_str(&text[..text.floor_char_boundary(room)]);
            Err(fmt::Error)
        }
    }
    let mut text = Brief(String::new());
    match write!(text, "{what}") {
        Ok(()) => text.0,
        Err(fmt::Error) => text.0 + "…",
    }
}

/// Says where a value differs from a type: `field x: expected u32`.
pub(crate) fn check(ty: &Type, value: &Val) -> Result<(), String> {
    let at = |place: String, ty: &Type, value: &Val| {
        check(ty, value).map_err(|error| brief(format_args!("{place}: {error}")))
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
                true => at(format!("field {}", brief(name)), &field.ty, value),
                false => Err(brief(format_args!(
                    "expected the field {}, not {}",
                    field.name,
                    brief(name)
                ))),
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
                return Err(absent("case", name, ty));
            };
            payload(name, case.ty.as_ref(), value.as_deref())
        }
        (Type::Enum(cases), Val::Enum(name)) => match cases.names().any(|case| case == name) {
            true => Ok(()),
            false => Err(absent("case", name, ty)),
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
            unknown.map_or(Ok(()), |name| Err(absent("flag", name, ty)))
        }
        (Type::Own(resource), Val::Resource(handle)) if handle.owned() => {
            same(*resource == handle.ty())
        }
        (Type::Borrow(resource), Val::Resource(handle)) => same(*resource == handle.ty()),
        _ => differs(),
    }
}

fn absent(what: &str, name: &str, ty: &Type) -> String {
    format!("there is no {what} {} in {}", brief(name), type_name(ty))
}

fn payload(case: &str, ty: Option<&Type>, value: Option<&Val>) -> Result<(), String> {
    match (ty, value) {
        (None, None) => Ok(()),
        (Some(ty), Some(value)) => {
            check(ty, value).map_err(|error| brief(format_args!("{case}: {error}")))
        }
        (Some(ty), None) => Err(format!("{}: expected {}", brief(case), type_name(ty))),
        (None, Some(_)) => Err(format!("{}: expected no value", brief(case))),
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

/// A type in the words of WIT, as far as [`brief`] goes.
pub(crate) fn type_name(ty: &Type) -> String {
    use wasmtime::component::wasm_wave::wasm::DisplayType;
    match ty {
        Type::Own(_) | Type::Borrow(_) => "a resource".to_owned(),
        _ => brief(DisplayType(ty)),
    }
}

/// The zeros of types: 0, "", [], none, the first case; for handles there are none. Types whose zeros would take more than
/// 1 MiB are a fault of kind `limit`.
pub(crate) fn zeros<'a>(types: impl IntoIterator<Item = &'a Type>) -> Result<Vec<Val>, Fault> {
    let mut zeros = Zeros { left: ZEROS };
    let values: Option<_> = types.into_iter().map(|ty| zeros.zero(ty)).collect();
    values.ok_or_else(|| {
        Fault::new(
            FaultKind::Limit,
            format!("the zeros of its parameters take more than {ZEROS} bytes"),
        )
        .with_help("warm the kernel up with a function of smaller parameters")
    })
}

/// Makes zeros, as long as there are bytes left for them.
struct Zeros {
    left: usize,
}

impl Zeros {
    fn take(&mut self, bytes: usize) -> Option<()> {
        self.left = self.left.checked_sub(bytes)?;
        Some(())
    }

    fn name(&mut self, name: &str) -> Option<String> {
        self.take(name.len() + size_of::<String>())?;
        Some(name.to_owned())
    }

    fn boxed(&mut self, ty: Option<Type>) -> Option<Option<Box<Val>>> {
        match ty {
            Some(ty) => Some(Some(Box::new(self.zero(&ty)?))),
            None => Some(None),
        }
    }

    fn zero(&mut self, ty: &Type) -> Option<Val> {
        self.take(size_of::<Val>())?;
        Some(match ty {
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
                    .map(|field| Some((self.name(field.name)?, self.zero(&field.ty)?)))
                    .collect::<Option<_>>()?,
            ),
            Type::Tuple(tuple) => Val::Tuple(
                tuple
                    .types()
                    .map(|ty| self.zero(&ty))
                    .collect::<Option<_>>()?,
            ),
            Type::Variant(variant) => match variant.cases().next() {
                Some(case) => Val::Variant(self.name(case.name)?, self.boxed(case.ty)?),
                None => Val::Bool(false),
            },
            Type::Enum(cases) => Val::Enum(self.name(cases.names().next().unwrap_or_default())?),
            Type::Option(_) => Val::Option(None),
            Type::Result(result) => Val::Result(Ok(self.boxed(result.ok())?)),
            Type::Flags(_) => Val::Flags(Vec::new()),
            _ => Val::List(Vec::new()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_brief_ends_at_a_character() {
        assert_eq!(brief("short"), "short");
        assert_eq!(brief("x".repeat(BRIEF)), "x".repeat(BRIEF));
        let cut = brief("ß".repeat(BRIEF));
        assert_eq!(cut, "ß".repeat(BRIEF / 2) + "…");
        assert_eq!(brief(format_args!("x{cut}")).len(), BRIEF - 1 + "…".len());
    }

    #[test]
    fn what_is_cut_off_is_never_written() {
        struct Endless;
        impl Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("on and ")?;
                }
            }
        }
        assert!(brief(Endless).ends_with('…'));
    }
}
