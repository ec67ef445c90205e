//! Lowering: from a value to memory or to flat values.

use crate::guest::{Guest, MAX_BYTES, Trap, require};
use crate::strings;
use crate::types::{Core, Type, align_to, discriminant_size, flatten_payloads, payload_offset};
use crate::value::Value;

/// Lowers values of `types`: to flat values, or, where these are more than `max_flat`, to memory and one pointer. The
/// memory is what the callee names in `out`, otherwise what its allocator gives.
pub fn lower_values(
    guest: &mut Guest,
    max_flat: usize,
    types: &[Type],
    values: &[Value],
    out: Option<u32>,
) -> Result<Vec<u64>, Trap> {
    let slots: usize = types.iter().map(|ty| ty.flatten().len()).sum();
    if slots > max_flat {
        let all = Type::Tuple(types.to_vec());
        let ptr = match out {
            Some(ptr) => ptr,
            None => guest.realloc(0, 0, all.alignment(), all.size().into())?,
        };
        guest.range(ptr, all.size().into(), all.alignment())?;
        store_fields(guest, types, values, ptr)?;
        return Ok(vec![ptr.into()]);
    }
    let mut flat = Vec::new();
    for (ty, value) in types.iter().zip(values) {
        flat.extend(lower_flat(guest, ty, value)?);
    }
    Ok(flat)
}

/// The flat values of one value, each with the bits of its type, zero-extended.
pub fn lower_flat(guest: &mut Guest, ty: &Type, value: &Value) -> Result<Vec<u64>, Trap> {
    match value {
        Value::Items(items) if ty.fields().is_some() => {
            let fields = ty.fields().unwrap_or_default();
            let mut flat = Vec::new();
            for (field, item) in fields.iter().zip(items) {
                flat.extend(lower_flat(guest, field, item)?);
            }
            Ok(flat)
        }
        Value::Case(case, payload) => {
            let cases = ty.cases().unwrap_or_default();
            // A narrower type in a slot keeps its bits and leaves the upper half 0; so does a slot that is not used.
            let mut flat = vec![u64::from(*case)];
            if let (Some(ty), Some(payload)) = (cases[*case as usize], payload) {
                flat.extend(lower_flat(guest, ty, payload)?);
            }
            flat.resize(1 + flatten_payloads(&cases).len(), 0);
            Ok(flat)
        }
        Value::Text(_) | Value::Items(_) => {
            let (ptr, length) = store_pointed(guest, ty, value)?;
            Ok(vec![ptr.into(), length.into()])
        }
        Value::Bits(bits) => {
            let bits = scalar(guest, ty, *bits);
            // Signed integers fill their slot.
            let wide = ty.flatten() == [Core::I64] || ty.flatten() == [Core::F64];
            Ok(vec![if wide { bits } else { bits & 0xffff_ffff }])
        }
    }
}

/// Writes one value to a place that was checked.
pub fn store(guest: &mut Guest, ty: &Type, value: &Value, ptr: u32) -> Result<(), Trap> {
    match value {
        Value::Items(items) if ty.fields().is_some() => {
            store_fields(guest, ty.fields().unwrap_or_default(), items, ptr)
        }
        Value::Case(case, payload) => {
            let cases = ty.cases().unwrap_or_default();
            guest.store_int(u64::from(*case), ptr, discriminant_size(cases.len()));
            match (cases[*case as usize], payload) {
                (Some(ty), Some(payload)) => {
                    store(guest, ty, payload, ptr + payload_offset(&cases))
                }
                _ => Ok(()),
            }
        }
        Value::Text(_) | Value::Items(_) => {
            let (begin, length) = store_pointed(guest, ty, value)?;
            guest.store_int(begin.into(), ptr, 4);
            guest.store_int(length.into(), ptr + 4, 4);
            Ok(())
        }
        Value::Bits(bits) => {
            let bits = scalar(guest, ty, *bits);
            guest.store_int(bits, ptr, ty.size());
            Ok(())
        }
    }
}

fn store_fields(guest: &mut Guest, fields: &[Type], items: &[Value], ptr: u32) -> Result<(), Trap> {
    let mut at = ptr;
    for (field, item) in fields.iter().zip(items) {
        at = align_to(at, field.alignment());
        store(guest, field, item, at)?;
        at += field.size();
    }
    Ok(())
}

/// Writes what a string or list points at.
fn store_pointed(guest: &mut Guest, ty: &Type, value: &Value) -> Result<(u32, u32), Trap> {
    match (ty, value) {
        (Type::List(element), Value::Items(items)) => {
            let size = items.len() as u64 * u64::from(element.size());
            require(size <= MAX_BYTES, || format!("a list of {size} bytes"))?;
            let ptr = guest.realloc(0, 0, element.alignment(), size)?;
            for (i, item) in items.iter().enumerate() {
                store(guest, element, item, ptr + i as u32 * element.size())?;
            }
            Ok((ptr, items.len() as u32))
        }
        (_, Value::Text(text)) => strings::store(guest, text),
        _ => Err(Trap("the value is not of its type".into())),
    }
}

/// A value of one number as its bits; a resource changes hands.
fn scalar(guest: &mut Guest, ty: &Type, bits: u64) -> u64 {
    match ty {
        Type::Own(resource) => guest.handles.lower_own(*resource, bits as u32).into(),
        Type::Borrow(_) if guest.implements => bits,
        Type::Borrow(resource) => guest.handles.lower_borrow(*resource, bits as u32).into(),
        _ => bits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::Encoding;
    use crate::types::MAX_FLAT_PARAMS;

    fn guest() -> Guest {
        Guest::new(vec![0xee; 64], Encoding::Utf8, 16)
    }

    fn case(n: u32, payload: Value) -> Value {
        Value::Case(n, Some(Box::new(payload)))
    }

    #[test]
    fn scalars() {
        for (ty, bits, flat) in [
            (Type::Bool, 1, 1),
            (Type::S8, -1i64 as u64, 0xffff_ffff),
            (Type::S16, -2i64 as u64, 0xffff_fffe),
            (Type::S32, i64::from(i32::MIN) as u64, 0x8000_0000),
            (Type::S64, -1i64 as u64, u64::MAX),
            (Type::F32, 0x7fc0_0001, 0x7fc0_0001),
            (Type::Char, 0x1f600, 0x1f600),
            (Type::Flags(32), 0x8000_0001, 0x8000_0001),
        ] {
            assert_eq!(
                lower_flat(&mut guest(), &ty, &Value::Bits(bits)),
                Ok(vec![flat]),
                "{ty:?}"
            );
        }
    }

    #[test]
    fn variants_fill_all_their_slots() {
        let ty = Type::Variant(vec![
            Some(Type::U64),
            Some(Type::F32),
            Some(Type::String),
            None,
        ]);
        for (value, flat) in [
            (case(0, Value::Bits(1 << 40)), [0, 1 << 40, 0]),
            (case(1, Value::Bits(0x3fc0_0000)), [1, 0x3fc0_0000, 0]),
            (case(2, Value::Text("hé".into())), [2, 16, 3]),
            (Value::Case(3, None), [3, 0, 0]),
        ] {
            assert_eq!(lower_flat(&mut guest(), &ty, &value), Ok(flat.to_vec()));
        }
    }

    #[test]
    fn padding_is_left_alone() {
        let ty = Type::Record(vec![Type::U8, Type::U16, Type::Option(Box::new(Type::U32))]);
        let value = Value::Items(vec![
            Value::Bits(1),
            Value::Bits(0x0302),
            Value::Case(0, None),
        ]);
        let mut guest = guest();
        store(&mut guest, &ty, &value, 0).unwrap();
        assert_eq!(
            &guest.memory[..12],
            [1, 0xee, 2, 3, 0, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee]
        );
    }

    /// An outer list is allocated before what its elements point at.
    #[test]
    fn lists_of_strings() {
        let ty = Type::List(Box::new(Type::String));
        let value = Value::Items(vec![Value::Text("ab".into()), Value::Text("".into())]);
        let mut guest = guest();
        assert_eq!(lower_flat(&mut guest, &ty, &value), Ok(vec![16, 2]));
        assert_eq!(guest.reallocs, [[0, 0, 4, 16], [0, 0, 1, 2], [0, 0, 1, 0]]);
        assert_eq!(
            &guest.memory[16..34],
            [32, 0, 0, 0, 2, 0, 0, 0, 34, 0, 0, 0, 0, 0, 0, 0, b'a', b'b']
        );
    }

    #[test]
    fn parameters_spill_beyond_sixteen() {
        let mut guest = guest();
        let mut lower = |count: usize, out| {
            lower_values(
                &mut guest,
                MAX_FLAT_PARAMS,
                &vec![Type::U8; count],
                &vec![Value::Bits(5); count],
                out,
            )
        };
        assert_eq!(lower(16, None), Ok(vec![5; 16]));
        assert_eq!(lower(17, None), Ok(vec![16]));
        assert_eq!(lower(17, Some(3)), Ok(vec![3]));
        assert!(lower(17, Some(48)).is_err(), "the last would lie outside");
        assert_eq!(guest.reallocs, [[0, 0, 1, 17]]);
    }

    #[test]
    fn resources_change_hands() {
        let ty = Type::Tuple(vec![Type::Own(0), Type::Borrow(0), Type::Own(1)]);
        let value = Value::Items([70, 71, 72].map(Value::Bits).to_vec());
        assert_eq!(lower_flat(&mut guest(), &ty, &value), Ok(vec![1, 2, 3]));
        let mut implementer = guest();
        implementer.implements = true;
        assert_eq!(
            lower_flat(&mut implementer, &ty, &value),
            Ok(vec![1, 71, 2])
        );
    }

    #[test]
    fn what_is_lowered_lifts_again() {
        let ty = Type::Tuple(vec![
            Type::List(Box::new(Type::Result(Some(Box::new(Type::String)), None))),
            Type::S8,
        ]);
        let value = Value::Items(vec![
            Value::Items(vec![case(0, Value::Text("☃".into())), Value::Case(1, None)]),
            Value::Bits(-7i64 as u64),
        ]);
        let mut guest = guest();
        let flat = lower_flat(&mut guest, &ty, &value).unwrap();
        let types = ty.flatten();
        let lifted =
            crate::lift::lift_flat(&mut guest, &ty, &mut crate::lift::Flat::new(&types, &flat));
        assert_eq!(lifted, Ok(value));
    }
}
