//! Values for the parameters of any function.

use crate::random::Random;
use tenon_host::wasmtime::component::Val;
use tenon_transpile::plan::{Param, Plan, Shape};

/// Makes arguments.
pub(crate) struct Arguments<'a> {
    plan: &'a Plan,
    /// Resources that the instance has given away, with their index in the plan.
    resources: Vec<(u32, Val)>,
    /// Values that one call may still have: types multiply.
    left: usize,
}

/// Values in the arguments of one call.
const VALUES: usize = 2_000;

impl<'a> Arguments<'a> {
    pub(crate) fn new(plan: &'a Plan) -> Arguments<'a> {
        Arguments {
            plan,
            resources: Vec::new(),
            left: 0,
        }
    }

    /// Lends a resource that the instance has given to calls that follow.
    pub(crate) fn keep(&mut self, resource: u32, value: Val) {
        self.resources.push((resource, value));
    }

    /// Arguments of the types; none where there is no such resource, or where there would be too many values.
    pub(crate) fn of(&mut self, params: &[Param], random: &mut Random) -> Option<Vec<Val>> {
        self.left = VALUES;
        params
            .iter()
            .map(|param| self.value(param.ty, random))
            .collect()
    }

    fn value(&mut self, ty: u32, random: &mut Random) -> Option<Val> {
        self.left = self.left.checked_sub(1)?;
        let plan = self.plan;
        let number = match random.below(3) {
            0 => random.below(100) as u64,
            1 => [u64::MAX, 1 << 31, 1 << 63, (1 << 31) - 1][random.below(4)],
            _ => random.bits(),
        };
        Some(match &plan.types[ty as usize].shape {
            Shape::Bool => Val::Bool(number & 1 == 1),
            Shape::S8 => Val::S8(number as i8),
            Shape::U8 => Val::U8(number as u8),
            Shape::S16 => Val::S16(number as i16),
            Shape::U16 => Val::U16(number as u16),
            Shape::S32 => Val::S32(number as i32),
            Shape::U32 => Val::U32(number as u32),
            Shape::S64 => Val::S64(number as i64),
            Shape::U64 => Val::U64(number),
            Shape::F32 => Val::Float32(f32::from_bits(number as u32)),
            Shape::F64 => Val::Float64(f64::from_bits(number)),
            Shape::Char => Val::Char(char::from_u32(number as u32 & 0x1f_ffff).unwrap_or('ß')),
            Shape::String => {
                let pieces = ["", "a", "key=value ", "Grüße", "🦀", "\0", "10.0.0.1"];
                let pieces = (0..random.below(9)).map(|_| pieces[random.below(pieces.len())]);
                Val::String(pieces.collect())
            }
            Shape::List { element } => {
                let values = (0..random.below(4)).map(|_| self.value(*element, random));
                Val::List(values.collect::<Option<_>>()?)
            }
            Shape::Record { fields } => {
                let mut values = Vec::with_capacity(fields.len());
                for field in fields {
                    values.push((field.name.clone(), self.value(field.ty, random)?));
                }
                Val::Record(values)
            }
            Shape::Tuple { fields } => {
                let values = fields.iter().map(|field| self.value(field.ty, random));
                Val::Tuple(values.collect::<Option<_>>()?)
            }
            Shape::Variant { cases, .. } => {
                let case = cases.get(random.below(cases.len()))?;
                Val::Variant(case.name.clone(), self.payload(case.ty, random)?)
            }
            Shape::Enum { cases, .. } => {
                Val::Enum(cases.get(random.below(cases.len()))?.name.clone())
            }
            Shape::Option { element, .. } => match number & 1 {
                0 => Val::Option(None),
                _ => Val::Option(Some(Box::new(self.value(*element, random)?))),
            },
            Shape::Result { ok, err, .. } => match number & 1 {
                0 => Val::Result(Ok(self.payload(*ok, random)?)),
                _ => Val::Result(Err(self.payload(*err, random)?)),
            },
            Shape::Flags { flags } => {
                let set = flags.iter().filter(|_| random.below(2) == 0);
                Val::Flags(set.map(|flag| flag.name.clone()).collect())
            }
            Shape::Own { resource } => self.resources.remove(self.resource(*resource)?).1,
            Shape::Borrow { resource } => self.resources[self.resource(*resource)?].1.clone(),
        })
    }

    fn payload(&mut self, ty: Option<u32>, random: &mut Random) -> Option<Option<Box<Val>>> {
        match ty {
            Some(ty) => Some(Some(Box::new(self.value(ty, random)?))),
            None => Some(None),
        }
    }

    fn resource(&self, wanted: u32) -> Option<usize> {
        self.resources
            .iter()
            .position(|(resource, _)| *resource == wanted)
    }
}
