//! Components whose functions give their argument back: `flat-N: func(x: T) -> T` and
//! `list-N: func(x: list<T>) -> list<T>`.
//!
//! A list, and a parameter that travels through memory, goes back as the same pointer. Where parameters are flat the guest
//! writes them to memory as the result's layout wants them, so that a slot which cases share is read as each of them.

use serde_json::{Value as Json, json};

use crate::carrier::{names, params_of};
use crate::guest::Encoding;
use crate::random::Random;
use crate::text::{Definitions, Via};
use crate::types::{
    Core, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, Type, align_to, discriminant_size, payload_offset,
};

/// Where results are put together.
pub(crate) const RESULT: u32 = 16;
/// Where the allocator begins.
const HEAP: u32 = 0x8000;
/// Larger results are not made.
const MAX_SIZE: u32 = HEAP - RESULT;

/// Random types that fit.
pub fn types(random: &mut Random, count: usize) -> Vec<Type> {
    let mut types = Vec::new();
    while types.len() < count {
        let ty = random.ty(5);
        if ty.size() <= MAX_SIZE {
            types.push(ty);
        }
    }
    types
}

/// The line of one type: `{"c", "n", "values"}`.
pub fn line(component: &str, n: usize, ty: &Type, values: usize, random: &mut Random) -> Json {
    let values: Vec<Json> = (0..values).map(|_| random.value(ty, 4).json()).collect();
    json!({"c": component, "n": n, "values": values})
}

/// The component of some types, as text.
pub fn component(types: &[Type], encoding: Encoding) -> String {
    let mut definitions = Definitions::new(Via::Export);
    let (mut core, mut functions) = (String::new(), String::new());
    let options = format!(
        "(memory (core memory $m)) (realloc (core func $realloc)) string-encoding={}",
        encoding.name()
    );
    for (n, ty) in types.iter().enumerate() {
        let name = definitions.reference(ty);
        let params = params_of(&ty.flatten());
        let result = if ty.flatten().len() > MAX_FLAT_RESULTS {
            Core::I32
        } else {
            params[0]
        };
        core += &format!(
            "(func (export \"flat-{n}\") (param {}) (result {}) (call $begin) {})\n",
            names(&params),
            result.name(),
            body(ty)
        );
        for (export, ty, of) in [
            ("flat", name.clone(), "flat-"),
            ("list", format!("(list {name})"), "list"),
        ] {
            let of = if export == "flat" {
                format!("{of}{n}")
            } else {
                of.to_owned()
            };
            functions += &format!(
                "(func (export \"{export}-{n}\") (param \"x\" {ty}) (result {ty}) (canon lift (core func $i \"{of}\") {options}))\n"
            );
        }
    }
    let Definitions { text: types, .. } = definitions;
    format!(
        r#"(component
{types}
(core module $module
{memory}
(func (export "list") (param i32 i32) (result i32) (call $begin)
  (i32.store (i32.const {RESULT}) (local.get 0)) (i32.store offset=4 (i32.const {RESULT}) (local.get 1)) (i32.const {RESULT}))
{core})
(core instance $i (instantiate $module))
(alias core export $i "memory" (core memory $m))
(alias core export $i "realloc" (core func $realloc))
{functions})"#,
        memory = memory()
    )
}

/// The memory of a guest whose allocator begins anew with each call.
pub(crate) fn memory() -> String {
    format!(
        r#"(memory (export "memory") 2)
(global $next (mut i32) (i32.const {HEAP}))
(func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32) (local $at i32)
  (local.set $at (i32.and (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1))) (i32.sub (i32.const 0) (local.get $align))))
  (global.set $next (i32.add (local.get $at) (local.get $size)))
  (if (i32.gt_u (global.get $next) (i32.shl (memory.size) (i32.const 16)))
    (then (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16)))))))
  (memory.copy (local.get $at) (local.get $old)
    (select (local.get $old_size) (local.get $size) (i32.lt_u (local.get $old_size) (local.get $size))))
  (local.get $at))
;; The arguments are all there, and stay where they are until the next call.
(func $begin (export "begin") (global.set $next (i32.const {HEAP})))"#
    )
}

/// The instructions that turn the parameters into the result.
fn body(ty: &Type) -> String {
    let flat = ty.flatten();
    if flat.len() > MAX_FLAT_PARAMS || flat.len() <= MAX_FLAT_RESULTS {
        return "(local.get 0)".into();
    }
    let values: Vec<String> = (0..flat.len())
        .map(|i| format!("(local.get {i})"))
        .collect();
    format!("{}(i32.const {RESULT})", store(ty, &values, RESULT))
}

/// The instructions that write flat values to where the memory layout has them.
fn store(ty: &Type, values: &[String], at: u32) -> String {
    if let Some(fields) = ty.fields() {
        let (mut offset, mut from, mut text) = (0, 0, String::new());
        for field in fields {
            offset = align_to(offset, field.alignment());
            let count = field.flatten().len();
            text += &store(field, &values[from..from + count], at + offset);
            from += count;
            offset += field.size();
        }
        return text;
    }
    if let Some(cases) = ty.cases() {
        let discriminant = &values[0];
        let mut text = store_bits(discriminant_size(cases.len()), discriminant, at);
        let slots = &ty.flatten()[1..];
        for (case, payload) in cases.iter().enumerate() {
            let Some(payload) = payload else { continue };
            let wants = payload.flatten();
            let values: Vec<String> = wants
                .iter()
                .enumerate()
                .map(|(i, want)| convert(slots[i], *want, &values[1 + i]))
                .collect();
            let inner = store(payload, &values, at + payload_offset(&cases));
            text += &format!("(if (i32.eq {discriminant} (i32.const {case})) (then {inner}))");
        }
        return text;
    }
    match ty {
        Type::String | Type::List(_) => {
            store_bits(4, &values[0], at) + &store_bits(4, &values[1], at + 4)
        }
        Type::S64 | Type::U64 => format!("(i64.store (i32.const {at}) {})", values[0]),
        Type::F32 => format!("(f32.store (i32.const {at}) {})", values[0]),
        Type::F64 => format!("(f64.store (i32.const {at}) {})", values[0]),
        _ => store_bits(ty.size(), &values[0], at),
    }
}

fn store_bits(size: u32, value: &str, at: u32) -> String {
    let width = match size {
        1 => "8",
        2 => "16",
        _ => "",
    };
    format!("(i32.store{width} (i32.const {at}) {value})")
}

/// A slot's value as a case wants it.
fn convert(have: Core, want: Core, value: &str) -> String {
    match (have, want) {
        (Core::I32, Core::F32) => format!("(f32.reinterpret_i32 {value})"),
        (Core::I64, Core::I32) => format!("(i32.wrap_i64 {value})"),
        (Core::I64, Core::F32) => format!("(f32.reinterpret_i32 (i32.wrap_i64 {value}))"),
        (Core::I64, Core::F64) => format!("(f64.reinterpret_i64 {value})"),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_read_as_each_case() {
        let ty = Type::Result(Some(Box::new(Type::F32)), Some(Box::new(Type::U64)));
        assert_eq!(
            body(&ty),
            "(i32.store8 (i32.const 16) (local.get 0))\
             (if (i32.eq (local.get 0) (i32.const 0)) (then (f32.store (i32.const 24) (f32.reinterpret_i32 (i32.wrap_i64 (local.get 1))))))\
             (if (i32.eq (local.get 0) (i32.const 1)) (then (i64.store (i32.const 24) (local.get 1))))(i32.const 16)"
        );
        assert_eq!(body(&Type::F64), "(local.get 0)");
        assert_eq!(body(&Type::Tuple(vec![Type::U8; 17])), "(local.get 0)");
    }

    #[test]
    fn components_encode() {
        let types = types(&mut Random::new(3), 40);
        let text = component(&types, Encoding::Utf16);
        if let Err(error) = wat::parse_str(&text) {
            panic!("{error}");
        }
    }
}
