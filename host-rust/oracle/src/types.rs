//! Types of values: what they despecialise to, how they lie in memory and how they flatten.

/// A type of the component model that values of a call can have.
///
/// Labels do not matter to the ABI, so members are known by their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `bool`
    Bool,
    /// `s8`
    S8,
    /// `u8`
    U8,
    /// `s16`
    S16,
    /// `u16`
    U16,
    /// `s32`
    S32,
    /// `u32`
    U32,
    /// `s64`
    S64,
    /// `u64`
    U64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `char`
    Char,
    /// `string`
    String,
    /// `list<T>`
    List(Box<Type>),
    /// A record, by the types of its fields.
    Record(Vec<Type>),
    /// `tuple<T, …>`
    Tuple(Vec<Type>),
    /// A variant, by the payloads of its cases.
    Variant(Vec<Option<Type>>),
    /// An enum with so many cases.
    Enum(usize),
    /// `option<T>`
    Option(Box<Type>),
    /// `result<T, E>`
    Result(Option<Box<Type>>, Option<Box<Type>>),
    /// Flags with so many labels, 1 to 32.
    Flags(usize),
    /// `own<R>` of the resource type with this number.
    Own(usize),
    /// `borrow<R>` of the resource type with this number.
    Borrow(usize),
}

/// The type of a core value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Core {
    /// 32 bits, an integer
    I32,
    /// 64 bits, an integer
    I64,
    /// 32 bits, a float
    F32,
    /// 64 bits, a float
    F64,
}

impl Core {
    /// As the text format of core Wasm names it.
    pub fn name(self) -> &'static str {
        match self {
            Core::I32 => "i32",
            Core::I64 => "i64",
            Core::F32 => "f32",
            Core::F64 => "f64",
        }
    }

    /// The type of a slot that carries either of two.
    pub fn join(self, other: Core) -> Core {
        match (self, other) {
            (a, b) if a == b => a,
            (Core::I32 | Core::F32, Core::I32 | Core::F32) => Core::I32,
            _ => Core::I64,
        }
    }
}

/// More flat parameters than these travel through memory.
pub const MAX_FLAT_PARAMS: usize = 16;

/// More flat results than these travel through memory.
pub const MAX_FLAT_RESULTS: usize = 1;

impl Type {
    /// The fields, where the type despecialises to a record.
    pub fn fields(&self) -> Option<&[Type]> {
        match self {
            Type::Record(fields) | Type::Tuple(fields) => Some(fields),
            _ => None,
        }
    }

    /// The payloads of the cases, where the type despecialises to a variant.
    pub fn cases(&self) -> Option<Vec<Option<&Type>>> {
        Some(match self {
            Type::Variant(cases) => cases.iter().map(Option::as_ref).collect(),
            Type::Enum(count) => vec![None; *count],
            Type::Option(some) => vec![None, Some(some)],
            Type::Result(ok, error) => vec![ok.as_deref(), error.as_deref()],
            _ => return None,
        })
    }

    /// Whether it is, or has a part, for which `is` holds.
    pub fn has(&self, is: &dyn Fn(&Type) -> bool) -> bool {
        if let Some(fields) = self.fields() {
            return fields.iter().any(|field| field.has(is));
        }
        if let Some(cases) = self.cases() {
            return cases.into_iter().flatten().any(|payload| payload.has(is));
        }
        match self {
            Type::List(element) => element.has(is),
            leaf => is(leaf),
        }
    }

    /// The alignment of its values in memory, in bytes.
    pub fn alignment(&self) -> u32 {
        if let Some(fields) = self.fields() {
            return fields.iter().map(Type::alignment).max().unwrap_or(1);
        }
        if let Some(cases) = self.cases() {
            return discriminant_size(cases.len()).max(payload_alignment(&cases));
        }
        match self {
            Type::Bool | Type::S8 | Type::U8 => 1,
            Type::S16 | Type::U16 => 2,
            Type::S64 | Type::U64 | Type::F64 => 8,
            Type::Flags(count) => flags_size(*count),
            _ => 4,
        }
    }

    /// The size of its values in memory, in bytes.
    pub fn size(&self) -> u32 {
        if let Some(fields) = self.fields() {
            let end = fields.iter().fold(0, |at, field| {
                align_to(at, field.alignment()) + field.size()
            });
            return align_to(end, self.alignment());
        }
        if let Some(cases) = self.cases() {
            let largest = cases.iter().flatten().map(|payload| payload.size()).max();
            return align_to(
                payload_offset(&cases) + largest.unwrap_or(0),
                self.alignment(),
            );
        }
        match self {
            Type::String | Type::List(_) => 8,
            // The rest are as large as they are aligned.
            _ => self.alignment(),
        }
    }

    /// The core values that it flattens to.
    pub fn flatten(&self) -> Vec<Core> {
        if let Some(fields) = self.fields() {
            return fields.iter().flat_map(Type::flatten).collect();
        }
        if let Some(cases) = self.cases() {
            let mut flat = vec![Core::I32];
            flat.extend(flatten_payloads(&cases));
            return flat;
        }
        match self {
            Type::S64 | Type::U64 => vec![Core::I64],
            Type::F32 => vec![Core::F32],
            Type::F64 => vec![Core::F64],
            Type::String | Type::List(_) => vec![Core::I32, Core::I32],
            _ => vec![Core::I32],
        }
    }
}

/// The slots that the payloads of all cases share.
pub fn flatten_payloads(cases: &[Option<&Type>]) -> Vec<Core> {
    let mut joined: Vec<Core> = Vec::new();
    for payload in cases.iter().flatten() {
        for (i, core) in payload.flatten().into_iter().enumerate() {
            match joined.get_mut(i) {
                Some(slot) => *slot = slot.join(core),
                None => joined.push(core),
            }
        }
    }
    joined
}

/// The bytes of a discriminant that tells so many cases apart.
pub fn discriminant_size(cases: usize) -> u32 {
    match cases {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

/// Where the payload of a variant begins.
pub fn payload_offset(cases: &[Option<&Type>]) -> u32 {
    align_to(discriminant_size(cases.len()), payload_alignment(cases))
}

fn payload_alignment(cases: &[Option<&Type>]) -> u32 {
    let alignments = cases.iter().flatten().map(|payload| payload.alignment());
    alignments.max().unwrap_or(1)
}

fn flags_size(labels: usize) -> u32 {
    match labels {
        0..=8 => 1,
        9..=16 => 2,
        _ => 4,
    }
}

/// The next multiple of `alignment`.
pub fn align_to(at: u32, alignment: u32) -> u32 {
    at.div_ceil(alignment) * alignment
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(element: Type) -> Type {
        Type::List(Box::new(element))
    }

    /// Sizes, alignments and flattenings worked out by hand.
    #[test]
    fn layouts() {
        use Core::*;
        let cases: &[(Type, u32, u32, &[Core])] = &[
            (Type::Bool, 1, 1, &[I32]),
            (Type::Char, 4, 4, &[I32]),
            (Type::String, 8, 4, &[I32, I32]),
            (list(Type::U64), 8, 4, &[I32, I32]),
            (
                Type::Record(vec![Type::U8, Type::U64, Type::U8]),
                24,
                8,
                &[I32, I64, I32],
            ),
            (
                Type::Tuple(vec![Type::U8, Type::U16, Type::U8]),
                6,
                2,
                &[I32, I32, I32],
            ),
            (Type::Option(Box::new(Type::U8)), 2, 1, &[I32, I32]),
            (Type::Option(Box::new(Type::F64)), 16, 8, &[I32, F64]),
            (Type::Result(None, None), 1, 1, &[I32]),
            (
                Type::Result(Some(Box::new(Type::F32)), Some(Box::new(Type::U32))),
                8,
                4,
                &[I32, I32],
            ),
            (
                Type::Result(Some(Box::new(Type::F32)), Some(Box::new(Type::F64))),
                16,
                8,
                &[I32, I64],
            ),
            (
                Type::Variant(vec![Some(Type::F32), None]),
                8,
                4,
                &[I32, F32],
            ),
            (
                Type::Variant(vec![
                    Some(Type::U64),
                    Some(Type::F32),
                    Some(Type::String),
                    None,
                ]),
                16,
                8,
                &[I32, I64, I32],
            ),
            (Type::Enum(256), 1, 1, &[I32]),
            (Type::Enum(257), 2, 2, &[I32]),
            (Type::Flags(1), 1, 1, &[I32]),
            (Type::Flags(8), 1, 1, &[I32]),
            (Type::Flags(9), 2, 2, &[I32]),
            (Type::Flags(17), 4, 4, &[I32]),
            (Type::Own(0), 4, 4, &[I32]),
        ];
        for (ty, size, alignment, flat) in cases {
            assert_eq!(ty.size(), *size, "size of {ty:?}");
            assert_eq!(ty.alignment(), *alignment, "alignment of {ty:?}");
            assert_eq!(ty.flatten(), *flat, "flattening of {ty:?}");
        }
    }

    #[test]
    fn the_payload_of_a_wide_variant_lies_behind_its_discriminant() {
        let mut cases = vec![None; 257];
        cases[3] = Some(Type::U8);
        let ty = Type::Variant(cases);
        assert_eq!(payload_offset(&ty.cases().unwrap()), 2);
        assert_eq!((ty.size(), ty.alignment()), (4, 2));
    }

    #[test]
    fn joins() {
        use Core::*;
        for (a, b, joined) in [
            (I32, I32, I32),
            (I32, F32, I32),
            (F32, F32, F32),
            (F32, F64, I64),
            (I32, I64, I64),
            (F64, I64, I64),
        ] {
            assert_eq!((a.join(b), b.join(a)), (joined, joined));
        }
    }
}
