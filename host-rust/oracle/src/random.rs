//! Random types and values, the same for the same seed.

use crate::types::Type;
use crate::value::Value;

/// SplitMix64.
pub struct Random {
    state: u64,
    /// Whether leaves of types may be resources that are given away.
    pub resources: bool,
}

impl Random {
    /// A generator from a seed.
    pub fn new(seed: u64) -> Random {
        Random {
            state: seed,
            resources: false,
        }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A type that nests at most so deep.
    pub fn ty(&mut self, depth: usize) -> Type {
        // Leaves are likelier than their share of the kinds, or everything would be large.
        if depth == 0 || self.once_in(4) {
            return self.leaf();
        }
        let inner = depth - 1;
        match self.below(8) {
            0 => Type::List(Box::new(self.ty(inner))),
            1 => Type::Record(self.types(inner, 5)),
            2 => Type::Tuple(self.types(inner, 5)),
            3 => {
                let count = if self.once_in(40) {
                    257
                } else {
                    1 + self.below(5)
                };
                let mut left = 6;
                let payload = |_| {
                    if left == 0 || self.once_in(3) {
                        return None;
                    }
                    left -= 1;
                    Some(self.ty(inner))
                };
                Type::Variant((0..count).map(payload).collect())
            }
            4 => Type::Option(Box::new(self.ty(inner))),
            5 => Type::Result(self.maybe(inner), self.maybe(inner)),
            6 => Type::Enum(*self.pick(&[1, 2, 3, 7, 255, 256, 257, 300])),
            _ => Type::Flags(1 + self.below(32)),
        }
    }

    fn types(&mut self, depth: usize, most: usize) -> Vec<Type> {
        // Now and then as many as make parameters spill.
        let count = if self.once_in(12) {
            12 + self.below(8)
        } else {
            1 + self.below(most)
        };
        let depth = if count > most { depth.min(1) } else { depth };
        (0..count).map(|_| self.ty(depth)).collect()
    }

    fn maybe(&mut self, depth: usize) -> Option<Box<Type>> {
        (!self.once_in(3)).then(|| Box::new(self.ty(depth)))
    }

    fn leaf(&mut self) -> Type {
        use Type::*;
        if self.resources && self.once_in(2) {
            return Own(self.below(2));
        }
        let kinds = [
            Bool,
            S8,
            U8,
            S16,
            U16,
            S32,
            U32,
            S64,
            U64,
            F32,
            F64,
            Char,
            String,
            String,
            Enum(3),
            Flags(5),
        ];
        self.pick(&kinds).clone()
    }

    /// A value of the type, with lists of at most so many elements.
    pub fn value(&mut self, ty: &Type, most: usize) -> Value {
        if let Some(fields) = ty.fields() {
            return Value::Items(fields.iter().map(|field| self.value(field, most)).collect());
        }
        if let Some(cases) = ty.cases() {
            let mut case = self.below(cases.len());
            if cases[case].is_none() && cases.len() > 8 {
                // Where payloads are few they are what is of interest.
                case = cases
                    .iter()
                    .position(Option::is_some)
                    .filter(|_| self.once_in(2))
                    .unwrap_or(case);
            }
            let payload = cases[case].map(|payload| Box::new(self.value(payload, most)));
            return Value::Case(case as u32, payload);
        }
        match ty {
            Type::List(element) => {
                let count = self.below(most + 1);
                Value::Items((0..count).map(|_| self.value(element, most / 2)).collect())
            }
            Type::String => Value::Text(self.text()),
            _ => Value::Bits(self.number(ty)),
        }
    }

    fn number(&mut self, ty: &Type) -> u64 {
        let bits = self.integer();
        match ty {
            Type::Bool => bits & 1,
            Type::S8 => i64::from(bits as i8) as u64,
            Type::S16 => i64::from(bits as i16) as u64,
            Type::S32 => i64::from(bits as i32) as u64,
            Type::U8 => bits & 0xff,
            Type::U16 => bits & 0xffff,
            Type::U32 => bits & 0xffff_ffff,
            Type::F32 => {
                let edges = [
                    0,
                    0x8000_0000,
                    0x3fc0_0000,
                    0x7f80_0000,
                    0xff80_0000,
                    0x7fc0_0000,
                    0x7f80_0001,
                    0xffff_ffff,
                    1,
                ];
                *self.pick(&[&edges[..], &[bits & 0xffff_ffff; 3]].concat())
            }
            Type::F64 => {
                let edges = [
                    0,
                    1 << 63,
                    0x3ff8 << 48,
                    0x7ff0 << 48,
                    0xfff0 << 48,
                    0x7ff8 << 48,
                    (0x7ff0 << 48) + 1,
                    u64::MAX,
                    1,
                ];
                *self.pick(&[&edges[..], &[bits; 3]].concat())
            }
            Type::Char => self.character().into(),
            Type::Flags(labels) => bits & ((1 << labels) - 1),
            _ => bits,
        }
    }

    /// Any number, with edges more often than their share.
    pub fn integer(&mut self) -> u64 {
        let bits = self.bits();
        match self.below(4) {
            0 => bits % 8,
            1 => (1u64 << self.below(64)).wrapping_sub(bits & 1),
            _ => bits,
        }
    }

    fn character(&mut self) -> u32 {
        const EDGES: [u32; 12] = [
            0, 0x41, 0x7f, 0x80, 0xff, 0x100, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10_ffff,
        ];
        match self.below(4) {
            0 => *self.pick(&EDGES),
            1 => 0x20 + self.below(0x5f) as u32,
            2 => self.below(0x100) as u32,
            // Beyond the surrogates where it falls among them.
            _ => match self.below(0x11_0000) as u32 {
                code @ 0xd800..=0xdfff => code + 0x800,
                code => code,
            },
        }
    }

    fn text(&mut self) -> String {
        let length = *self.pick(&[0, 1, 1, 2, 3, 5, 9, 20]);
        // A text of one kind of character takes another path than a mixed one.
        let kind = self.below(4);
        let mut character = || match kind {
            0 => 0x61 + self.below(26) as u32,
            1 => 0x20 + self.below(0x5f) as u32 + 0x80 * self.below(2) as u32,
            _ => self.character(),
        };
        (0..length)
            .filter_map(|_| char::from_u32(character()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::{Encoding, Guest};
    use crate::lift::{Flat, lift_flat};
    use crate::lower::lower_flat;

    #[test]
    fn the_generator_is_splitmix64() {
        let mut random = Random::new(0);
        assert_eq!(
            [random.bits(), random.bits()],
            [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]
        );
    }

    /// Random values survive the oracle's own way there and back, in all encodings.
    #[test]
    fn there_and_back() {
        let mut random = Random::new(7);
        for round in 0..3000 {
            let ty = random.ty(5);
            let value = random.value(&ty, 4);
            let mut guest = Guest::new(vec![0xa5; 1 << 20], Encoding::ALL[round % 3], 8);
            guest.source = *random.pick(&Encoding::ALL);
            let bits = lower_flat(&mut guest, &ty, &value).unwrap();
            let types = ty.flatten();
            assert_eq!(
                lift_flat(&mut guest, &ty, &mut Flat::new(&types, &bits)),
                Ok(value),
                "{ty:?}"
            );
        }
    }
}
