//! The warm-up functions of a contract as calls of the core module that implements it.

use super::Contract;
use crate::failure::{Failure, Result};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Function, Resolve, Type, TypeDefKind, WorldItem};

/// A call with zero values: 0, false, the empty string, the empty list, the first case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WarmCall {
    /// The core module's export.
    pub(crate) export: String,
    /// The arguments.
    pub(crate) args: Vec<Zero>,
}

impl WarmCall {
    /// The export that gives back what the call's answer lies in; there is none where the answer lies in no memory.
    pub(crate) fn post_return(&self) -> String {
        format!("cabi_post_{}", self.export)
    }
}

/// The zero of a core type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zero {
    I32,
    I64,
    F32,
    F64,
    /// Where the no elements of an empty list lie: anywhere but at 0, as aligned as any type wants it.
    Nowhere,
    /// The same in the payload of a variant that has 64-bit numbers there in another case.
    WideNowhere,
}

impl Contract {
    /// The calls that warm a kernel up, for functions that the contract is known to export. A name stands for the functions of
    /// that name in every interface.
    pub(crate) fn warm_calls(&self, names: &[String]) -> Result<Vec<WarmCall>> {
        let mut calls = Vec::new();
        for name in names {
            for (key, item) in &self.resolve.worlds[self.world].exports {
                let (function, interface) = match item {
                    WorldItem::Function(function) => (Some(function), None),
                    WorldItem::Interface { id, .. } => (
                        self.resolve.interfaces[*id].functions.get(name),
                        Some(self.resolve.name_world_key(key)),
                    ),
                    WorldItem::Type { .. } => (None, None),
                };
                if let Some(function) = function.filter(|function| function.name == *name) {
                    let args = zeros(&self.resolve, function).map_err(|found| {
                        Failure::new(format!(
                            "{}: `{name}` cannot be called with zero values",
                            self.name
                        ))
                        .found(found)
                        .help(
                            "name another function in `warm`, or build without pre-initialisation",
                        )
                    })?;
                    let export = function.legacy_core_export_name(interface.as_deref());
                    let export = export.into_owned();
                    calls.push(WarmCall { export, args });
                }
            }
        }
        Ok(calls)
    }
}

/// The zeros of a function's parameters, or what there is no zero of.
fn zeros(resolve: &Resolve, function: &Function) -> std::result::Result<Vec<Zero>, String> {
    let signature = resolve.wasm_signature(AbiVariant::GuestExport, function);
    if signature.indirect_params {
        return Err("parameters that the canonical ABI passes through memory".into());
    }
    let mut pointers = Vec::new();
    for param in &function.params {
        flatten(resolve, &param.ty, &mut pointers)?;
    }
    let zero = |(ty, pointer): (&WasmType, &bool)| match ty {
        WasmType::F32 => Zero::F32,
        WasmType::F64 => Zero::F64,
        WasmType::I64 | WasmType::PointerOrI64 if *pointer => Zero::WideNowhere,
        WasmType::I64 | WasmType::PointerOrI64 => Zero::I64,
        _ if *pointer => Zero::Nowhere,
        _ => Zero::I32,
    };
    Ok(signature.params.iter().zip(&pointers).map(zero).collect())
}

/// Appends, for each core value that a type takes, whether it is a list's address in the type's zero.
fn flatten(
    resolve: &Resolve,
    ty: &Type,
    pointers: &mut Vec<bool>,
) -> std::result::Result<(), String> {
    let Type::Id(id) = ty else {
        match ty {
            Type::String => pointers.extend([true, false]),
            Type::ErrorContext => return Err("an error context".into()),
            _ => pointers.push(false),
        }
        return Ok(());
    };
    match &resolve.types[*id].kind {
        TypeDefKind::Type(ty) => flatten(resolve, ty, pointers),
        TypeDefKind::Record(record) => record
            .fields
            .iter()
            .try_for_each(|field| flatten(resolve, &field.ty, pointers)),
        TypeDefKind::Tuple(tuple) => tuple
            .types
            .iter()
            .try_for_each(|ty| flatten(resolve, ty, pointers)),
        TypeDefKind::List(_) => {
            pointers.extend([true, false]);
            Ok(())
        }
        TypeDefKind::Flags(flags) => {
            pointers.extend(std::iter::repeat_n(false, flags.repr().count()));
            Ok(())
        }
        TypeDefKind::Enum(_) => {
            pointers.push(false);
            Ok(())
        }
        TypeDefKind::Variant(variant) => cases(
            resolve,
            variant.cases.iter().map(|case| case.ty.as_ref()),
            pointers,
        ),
        TypeDefKind::Option(some) => cases(resolve, [None, Some(some)].into_iter(), pointers),
        TypeDefKind::Result(result) => cases(
            resolve,
            [result.ok.as_ref(), result.err.as_ref()].into_iter(),
            pointers,
        ),
        other => Err(format!("a parameter of the kind {}", other.as_str())),
    }
}

/// The same for the payload of the first case, behind the case's number; payloads of other cases may take more values.
fn cases<'a>(
    resolve: &Resolve,
    cases: impl Iterator<Item = Option<&'a Type>>,
    pointers: &mut Vec<bool>,
) -> std::result::Result<(), String> {
    let (mut first, mut most) = (None, 0);
    for case in cases {
        let mut payload = Vec::new();
        case.map_or(Ok(()), |ty| flatten(resolve, ty, &mut payload))?;
        most = most.max(payload.len());
        first.get_or_insert(payload);
    }
    let mut first = first.unwrap_or_default();
    first.resize(most, false);
    pointers.push(false);
    pointers.extend(first);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Zero::*;
    use super::*;

    const WIT: &str = "
package a:b@1.0.0;
interface shapes {
    record pair { text: string, number: f64 }
    variant shape { dot(u32), line(string), area(pair) }
    variant word { text(string), number(u64) }
    flags many { a, b }
    enum colour { red, green }
    resource thing { constructor(); }
    numbers: func(a: bool, b: s8, c: u64, d: f32, e: f64, f: char);
    lists: func(a: string, b: list<pair>, c: tuple<u8, string>);
    cases: func(a: option<string>, b: result<u32, string>, c: shape, d: colour, e: many);
    wide: func(a: word);
    none: func() -> string;
    handle: func(a: borrow<thing>);
    much: func(a: pair, b: pair, c: pair, d: pair, e: pair, f: pair);
}
world kernel { export shapes; export none: func(); }
";

    fn contract() -> Contract {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("a.wit", WIT).expect("a package");
        let world = resolve.packages[package].worlds["kernel"];
        Contract {
            resolve,
            package,
            world,
            name: "a:b/kernel@1.0.0".into(),
            files: Vec::new(),
        }
    }

    fn calls(name: &str) -> Result<Vec<WarmCall>> {
        contract().warm_calls(&[name.to_owned()])
    }

    #[test]
    fn zeros_are_lowered_as_the_canonical_abi_says() {
        for (name, args) in [
            ("numbers", &[I32, I32, I64, F32, F64, I32][..]),
            ("lists", &[Nowhere, I32, Nowhere, I32, I32, Nowhere, I32]),
            // The payload of none, and that of ok and of the dot, are no addresses.
            (
                "cases",
                &[I32, I32, I32, I32, I32, I32, I32, I32, I32, F64, I32, I32],
            ),
            ("wide", &[I32, WideNowhere, I32]),
        ] {
            let calls = calls(name).expect(name);
            assert_eq!(calls.len(), 1, "{name}");
            assert_eq!(calls[0].args, args, "{name}");
            assert_eq!(calls[0].export, format!("a:b/shapes@1.0.0#{name}"));
        }
    }

    #[test]
    fn a_name_stands_for_every_function_of_that_name() {
        let calls = calls("none").expect("two calls");
        let exports: Vec<&str> = calls.iter().map(|call| &*call.export).collect();
        assert_eq!(exports.len(), 2);
        assert!(
            exports.contains(&"none") && exports.contains(&"a:b/shapes@1.0.0#none"),
            "{exports:?}"
        );
        assert_eq!(calls[0].post_return(), format!("cabi_post_{}", exports[0]));
    }

    #[test]
    fn what_has_no_zero_is_refused() {
        for (name, found) in [("handle", "borrow"), ("much", "through memory")] {
            let said = calls(name).expect_err(name).to_string();
            assert!(said.contains(found) && said.contains(name), "{said}");
        }
    }
}
