//! Lifting: from memory or from flat values to a value.

use crate::guest::{Guest, MAX_BYTES, Trap, require};
use crate::strings;
use crate::types::{Core, Type, align_to, discriminant_size, flatten_payloads, payload_offset};
use crate::value::Value;

/// Flat values on their way, each with the bits of its type, zero-extended.
pub struct Flat<'a> {
    types: &'a [Core],
    bits: &'a [u64],
}

impl<'a> Flat<'a> {
    /// Core values of the given types.
    pub fn new(types: &'a [Core], bits: &'a [u64]) -> Flat<'a> {
        assert_eq!(types.len(), bits.len(), "each flat value has a type");
        Flat { types, bits }
    }

    fn next(&mut self, want: Core) -> u64 {
        let (types, bits) = (self.types, self.bits);
        assert_eq!(types[0], want, "flat values are taken as what they are");
        (self.types, self.bits) = (&types[1..], &bits[1..]);
        bits[0]
    }
}

/// Lifts values of `types`: from flat values, or, where these are more than `max_flat`, from the memory that the one
/// flat value points at.
pub fn lift_values(
    guest: &mut Guest,
    max_flat: usize,
    types: &[Type],
    bits: &[u64],
) -> Result<Vec<Value>, Trap> {
    let flat: Vec<Core> = types.iter().flat_map(Type::flatten).collect();
    if flat.len() > max_flat {
        let all = Type::Tuple(types.to_vec());
        let ptr = bits[0] as u32;
        guest.range(ptr, all.size().into(), all.alignment())?;
        return load_fields(guest, types, ptr);
    }
    let mut flat = Flat::new(&flat, bits);
    types
        .iter()
        .map(|ty| lift_flat(guest, ty, &mut flat))
        .collect()
}

/// Lifts one value from flat values.
pub fn lift_flat(guest: &mut Guest, ty: &Type, flat: &mut Flat<'_>) -> Result<Value, Trap> {
    if let Some(fields) = ty.fields() {
        let items = fields.iter().map(|field| lift_flat(guest, field, flat));
        return items.collect::<Result<_, _>>().map(Value::Items);
    }
    if let Some(cases) = ty.cases() {
        let case = flat.next(Core::I32);
        // All cases share the slots behind the discriminant, each reads those that it needs as its own types.
        let slots: Vec<(Core, u64)> = flatten_payloads(&cases)
            .into_iter()
            .map(|core| (core, flat.next(core)))
            .collect();
        let payload = *cases
            .get(case as usize)
            .ok_or_else(|| Trap(format!("there is no case {case}")))?;
        let Some(payload) = payload else {
            return Ok(Value::Case(case as u32, None));
        };
        let types = payload.flatten();
        let bits: Vec<u64> = types
            .iter()
            .zip(slots)
            .map(|(want, (have, bits))| leave_slot(have, *want, bits))
            .collect();
        let value = lift_flat(guest, payload, &mut Flat::new(&types, &bits))?;
        return Ok(Value::Case(case as u32, Some(Box::new(value))));
    }
    match ty {
        Type::String | Type::List(_) => {
            let (ptr, length) = (flat.next(Core::I32), flat.next(Core::I32));
            load_pointed(guest, ty, ptr as u32, length as u32)
        }
        // All 32 bits count, unlike in memory.
        Type::Bool => Ok(Value::Bits((flat.next(Core::I32) != 0).into())),
        Type::S64 | Type::U64 => Ok(Value::Bits(flat.next(Core::I64))),
        Type::F32 => Ok(Value::Bits(flat.next(Core::F32))),
        Type::F64 => Ok(Value::Bits(flat.next(Core::F64))),
        _ => {
            let bits = flat.next(Core::I32);
            scalar(guest, ty, bits)
        }
    }
}

/// What a slot that several cases share holds for a case that wants another type.
fn leave_slot(have: Core, want: Core, bits: u64) -> u64 {
    match (have, want) {
        // The upper half is not looked at.
        (Core::I64, Core::I32 | Core::F32) => bits & 0xffff_ffff,
        // The rest keep their bits: nothing to do, or the float's bits in an integer.
        _ => bits,
    }
}

/// Lifts one value from memory at a place that was checked.
pub fn load(guest: &mut Guest, ty: &Type, ptr: u32) -> Result<Value, Trap> {
    require(guest.patience > 0, || "the oracle gave up".into())?;
    guest.patience -= 1;
    if let Some(fields) = ty.fields() {
        return load_fields(guest, fields, ptr).map(Value::Items);
    }
    if let Some(cases) = ty.cases() {
        let case = guest.load_int(ptr, discriminant_size(cases.len()));
        let payload = *cases
            .get(case as usize)
            .ok_or_else(|| Trap(format!("there is no case {case}")))?;
        let payload =
            payload.map(|payload| load(guest, payload, ptr + payload_offset(&cases)).map(Box::new));
        return Ok(Value::Case(case as u32, payload.transpose()?));
    }
    match ty {
        Type::String | Type::List(_) => {
            let (begin, length) = (guest.load_int(ptr, 4), guest.load_int(ptr + 4, 4));
            load_pointed(guest, ty, begin as u32, length as u32)
        }
        _ => {
            let bits = guest.load_int(ptr, ty.size());
            scalar(guest, ty, bits)
        }
    }
}

fn load_fields(guest: &mut Guest, fields: &[Type], ptr: u32) -> Result<Vec<Value>, Trap> {
    let mut at = ptr;
    let mut items = Vec::new();
    for field in fields {
        at = align_to(at, field.alignment());
        items.push(load(guest, field, at)?);
        at += field.size();
    }
    Ok(items)
}

/// A string or list by its pointer and length.
fn load_pointed(guest: &mut Guest, ty: &Type, ptr: u32, length: u32) -> Result<Value, Trap> {
    let Type::List(element) = ty else {
        return strings::load(guest, ptr, length).map(Value::Text);
    };
    let size = u64::from(length) * u64::from(element.size());
    require(size <= MAX_BYTES, || format!("a list of {size} bytes"))?;
    guest.range(ptr, size, element.alignment())?;
    let items = (0..length).map(|i| load(guest, element, ptr + i * element.size()));
    items.collect::<Result<_, _>>().map(Value::Items)
}

/// A value of one number. It is taken as far as its type is wide.
fn scalar(guest: &mut Guest, ty: &Type, bits: u64) -> Result<Value, Trap> {
    Ok(Value::Bits(match ty {
        Type::Bool => (bits != 0).into(),
        Type::U8 => bits & 0xff,
        Type::U16 => bits & 0xffff,
        Type::S8 => i64::from(bits as i8) as u64,
        Type::S16 => i64::from(bits as i16) as u64,
        Type::S32 => i64::from(bits as i32) as u64,
        Type::Char => strings::scalar(bits as u32)?.into(),
        // Bits beyond the labels mean nothing.
        Type::Flags(labels) => bits & ((1 << labels) - 1),
        Type::Own(resource) => guest.handles.lift_own(bits as u32, *resource)?.into(),
        Type::Borrow(resource) => guest.handles.lift_borrow(bits as u32, *resource)?.into(),
        _ => bits,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::Encoding;
    use crate::types::MAX_FLAT_PARAMS;

    fn guest(memory: &[u8]) -> Guest {
        Guest::new(memory.to_vec(), Encoding::Utf8, 0)
    }

    fn flat(ty: &Type, bits: &[u64]) -> Option<Value> {
        lift_flat(
            &mut guest(b"hello"),
            ty,
            &mut Flat::new(&ty.flatten(), bits),
        )
        .ok()
    }

    fn stored(ty: &Type, memory: &[u8]) -> Option<Value> {
        load(&mut guest(memory), ty, 0).ok()
    }

    fn some(value: Value) -> Option<Box<Value>> {
        Some(Box::new(value))
    }

    #[test]
    fn scalars() {
        use Value::Bits;
        assert_eq!(flat(&Type::Bool, &[0x100]), Some(Bits(1)));
        assert_eq!(stored(&Type::Bool, &[7]), Some(Bits(1)));
        assert_eq!(flat(&Type::U8, &[0x1ff]), Some(Bits(0xff)));
        assert_eq!(flat(&Type::S8, &[0x180]), Some(Bits(-128i64 as u64)));
        assert_eq!(flat(&Type::S16, &[0x1_8000]), Some(Bits(-32768i64 as u64)));
        assert_eq!(flat(&Type::S32, &[0xffff_ffff]), Some(Bits(u64::MAX)));
        assert_eq!(flat(&Type::U64, &[u64::MAX]), Some(Bits(u64::MAX)));
        assert_eq!(flat(&Type::Char, &[0x1f600]), Some(Bits(0x1f600)));
        for bad in [0xd800, 0xdfff, 0x11_0000, 0xffff_ffff] {
            assert_eq!(flat(&Type::Char, &[bad]), None, "{bad:#x}");
        }
        assert_eq!(flat(&Type::Flags(3), &[0xff]), Some(Bits(7)));
        assert_eq!(
            flat(&Type::Flags(32), &[0xffff_ffff]),
            Some(Bits(0xffff_ffff))
        );
        assert_eq!(stored(&Type::Flags(9), &[0xff, 0xff]), Some(Bits(0x1ff)));
    }

    #[test]
    fn slots_are_shared_by_the_cases() {
        let ty = Type::Variant(vec![
            Some(Type::U64),
            Some(Type::F32),
            Some(Type::String),
            None,
        ]);
        assert_eq!(
            flat(&ty, &[0, 1 << 40, 9]),
            Some(Value::Case(0, some(Value::Bits(1 << 40))))
        );
        assert_eq!(
            flat(&ty, &[1, 0xdead_0000_3fc0_0000, 9]),
            Some(Value::Case(1, some(Value::Bits(0x3fc0_0000))))
        );
        assert_eq!(
            flat(&ty, &[2, 0xdead_0000_0000_0001, 4]),
            Some(Value::Case(2, some(Value::Text("ello".into()))))
        );
        assert_eq!(flat(&ty, &[3, 5, 5]), Some(Value::Case(3, None)));
        assert_eq!(flat(&ty, &[4, 0, 0]), None);
        let tail = Type::Tuple(vec![ty, Type::U8]);
        let want = Value::Items(vec![Value::Case(3, None), Value::Bits(6)]);
        assert_eq!(
            flat(&tail, &[3, 5, 5, 6]),
            Some(want),
            "unused slots are passed over"
        );
    }

    #[test]
    fn memory() {
        let record = Type::Record(vec![Type::U8, Type::U16, Type::Option(Box::new(Type::U8))]);
        let want = Value::Items(vec![
            Value::Bits(1),
            Value::Bits(0x0403),
            Value::Case(1, some(Value::Bits(9))),
        ]);
        assert_eq!(stored(&record, &[1, 0xee, 3, 4, 1, 9]), Some(want));
        assert_eq!(stored(&record, &[1, 0xee, 3, 4, 2, 9]), None);
        let list = Type::List(Box::new(Type::U16));
        assert_eq!(
            stored(&list, &[8, 0, 0, 0, 1, 0, 0, 0, 5, 6]),
            Some(Value::Items(vec![Value::Bits(0x0605)]))
        );
        assert_eq!(
            stored(&list, &[9, 0, 0, 0, 0, 0, 0, 0, 5, 6]),
            None,
            "misaligned"
        );
        assert_eq!(
            stored(&list, &[10, 0, 0, 0, 0, 0, 0, 0, 5, 6]),
            Some(Value::Items(vec![])),
            "none at the end"
        );
        assert_eq!(
            stored(&list, &[12, 0, 0, 0, 0, 0, 0, 0, 5, 6]),
            None,
            "none beyond the end"
        );
        assert_eq!(
            stored(&list, &[8, 0, 0, 0, 0, 0, 0, 0x80, 5, 6]),
            None,
            "2^31 elements"
        );
    }

    #[test]
    fn parameters_spill_beyond_sixteen() {
        let values = |count: usize, bits: &[u64]| {
            lift_values(
                &mut guest(&[3; 17]),
                MAX_FLAT_PARAMS,
                &vec![Type::U8; count],
                bits,
            )
        };
        assert_eq!(values(16, &[5; 16]), Ok(vec![Value::Bits(5); 16]));
        assert_eq!(values(17, &[0]), Ok(vec![Value::Bits(3); 17]));
        assert!(values(17, &[1]).is_err(), "the last lies outside");
    }

    #[test]
    fn handles() {
        let mut guest = guest(&[1, 0, 0, 0]);
        guest.handles.lower_own(0, 42);
        assert_eq!(load(&mut guest, &Type::Borrow(0), 0), Ok(Value::Bits(42)));
        assert!(load(&mut guest, &Type::Own(0), 0).is_err(), "on loan");
        guest.handles.give_back(1, 0).unwrap();
        assert!(load(&mut guest, &Type::Own(1), 0).is_err(), "another type");
        assert_eq!(load(&mut guest, &Type::Own(0), 0), Ok(Value::Bits(42)));
        assert!(load(&mut guest, &Type::Own(0), 0).is_err(), "twice");
    }
}
