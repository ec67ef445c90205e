//! The golden vectors: what each group of a carrier does, case by case.
//!
//! One JSON object a line:
//!
//! | key | meaning |
//! |---|---|
//! | `c`, `f` | the component and its function, see [`carrier`](crate::carrier) |
//! | `flat` | what `make-`, `send-` and `fetch-` are called with, each 64 bits |
//! | `mem` | what is poked before a lift: `[address, "hex"]` |
//! | `want` | of a lift: the value; of a lowering: the outcomes that the rules allow |
//! | `value` | what is lowered |
//! | `new` | before a lift: resources that the guest makes, `[type, number]`; their handles count from 1 |
//! | `hold` | before a lowering: resources that the host is given |
//! | `trap` | in place of `want`: the call must end in a trap; why, for people |
//!
//! Values have the parts that [`Value::json`] tells; a resource is the number behind it. A vector with resources wants an
//! instance of its own. An outcome is `{"from", "flat", "mem", "end"}`: the dump from its
//! component's start to `end` is blank but for `mem`. Which allocations a string takes depends on what the host keeps
//! strings in: `from` names `utf8`, or `guest` for a host that has them in the guest's encoding, or both.
//!
//! The rules let a host exchange one NaN for another; the oracle keeps the bits, and so do hosts that are careful.

use serde_json::{Value as Json, json};

use crate::carrier::{
    BLANK, FLATS, Group, HEAP_END, IMAGE_END, MEMORY, RESULT, blank_guest, dump_start, keep,
};
use crate::directed;
use crate::guest::{Encoding, Guest, Trap};
use crate::lift::lift_values;
use crate::lower::lower_values;
use crate::random::Random;
use crate::text::Via;
use crate::types::{Core, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, Type};
use crate::value::Value;

/// More values than this make a vector too long to be of use.
const MAX_VALUES: usize = 2_000;

/// A lift that is to be: flat values and the bytes of memory that are not blank.
pub(crate) struct Lift {
    pub(crate) flat: Vec<u64>,
    pub(crate) image: Vec<(u32, Vec<u8>)>,
}

/// Makes the vectors of one group.
pub struct Maker<'a> {
    /// The component.
    pub component: &'a str,
    /// Who calls whom.
    pub via: Via,
    /// The group, and its number in the component.
    pub group: &'a Group,
    /// The same.
    pub number: usize,
}

impl Maker<'_> {
    /// All vectors of the group, in order.
    pub fn vectors(&self, random: &mut Random) -> Vec<Json> {
        let mut vectors = Vec::new();
        for lift in self.lifts(random) {
            vectors.extend(self.lift(lift));
        }
        for _ in 0..8 {
            let value = random.value(&self.group.ty, 6);
            vectors.extend(self.lower(&value, RESULT));
        }
        if self.via == Via::Import && self.group.ty.flatten().len() > MAX_FLAT_RESULTS {
            let value = random.value(&self.group.ty, 1);
            let aligned = self.group.ty.alignment();
            for place in [MEMORY, MEMORY - 4, u32::MAX, !7, RESULT + aligned / 2] {
                vectors.extend(self.lower(&value, place));
            }
        }
        vectors
    }

    fn max_flat(&self) -> usize {
        match self.via {
            Via::Export => MAX_FLAT_RESULTS,
            Via::Import | Via::Instance => MAX_FLAT_PARAMS,
        }
    }

    /// The types of the flat values that a lift begins with.
    fn flat_types(&self) -> Vec<Core> {
        let flat = self.group.ty.flatten();
        if flat.len() > self.max_flat() {
            vec![Core::I32]
        } else {
            flat
        }
    }

    fn lifts(&self, random: &mut Random) -> Vec<Lift> {
        let mut lifts = Vec::new();
        for round in 0..8 {
            let value = random.value(&self.group.ty, 6);
            if let Some(good) = self.image(&value, round % 4 == 3, random) {
                for _ in 0..3 {
                    lifts.push(self.spoiled(&good, random));
                }
                if self.flat_types().contains(&Core::I64) {
                    lifts.push(self.dirtied(&good, random));
                }
                lifts.push(good);
            }
        }
        for _ in 0..8 {
            let flat = self
                .flat_types()
                .iter()
                .map(|core| edge(*core, random))
                .collect();
            lifts.push(Lift {
                flat,
                image: Vec::new(),
            });
        }
        if matches!(self.group.ty, Type::String | Type::List(_)) {
            lifts.extend(self.pointed(random));
        }
        if self.group.ty == Type::String {
            for (bytes, length) in directed::strings(self.group.encoding) {
                lifts.push(self.at(64, length, (64, bytes.clone())));
                let end = MEMORY - bytes.len() as u32;
                lifts.push(self.at(end, length, (end, bytes)));
            }
        }
        lifts
    }

    /// A value somewhere in memory, or up against its end.
    pub(crate) fn image(&self, value: &Value, at_end: bool, random: &mut Random) -> Option<Lift> {
        let types = [self.group.ty.clone()];
        let lowered = |start: u32| {
            let mut guest = blank_guest(self.group.encoding);
            guest.next = start;
            lower_values(
                &mut guest,
                self.max_flat(),
                &types,
                std::slice::from_ref(value),
                None,
            )
            .map(|flat| (guest, flat))
        };
        let start = 8 + random.below(64) as u32;
        let (mut guest, mut flat) = lowered(start).ok()?;
        if at_end {
            let used = guest.next - start;
            (guest, flat) = lowered((MEMORY - used) & !7)
                .or_else(|_| lowered((MEMORY - used - 16) & !7))
                .ok()?;
        } else if guest.next > IMAGE_END {
            return None;
        }
        let image = differences(&guest.memory, 0, MEMORY);
        let untouched = image.iter().all(|(at, bytes)| {
            let end = at + bytes.len() as u32;
            end <= IMAGE_END || *at >= HEAP_END
        });
        untouched.then_some(Lift { flat, image })
    }

    /// The same with other upper halves of all slots that have one: a case with a narrower type does not look at them.
    fn dirtied(&self, good: &Lift, random: &mut Random) -> Lift {
        let slots = self.flat_types().into_iter().zip(&good.flat);
        let flat = slots.map(|(core, bits)| match core {
            Core::I64 => bits & 0xffff_ffff | random.bits() << 32,
            _ => *bits,
        });
        Lift {
            flat: flat.collect(),
            image: good.image.clone(),
        }
    }

    /// The same with something wrong, or at least different.
    pub(crate) fn spoiled(&self, good: &Lift, random: &mut Random) -> Lift {
        let mut lift = Lift {
            flat: good.flat.clone(),
            image: good.image.clone(),
        };
        for _ in 0..1 + random.below(2) {
            if lift.image.is_empty() || random.once_in(4) {
                let types = self.flat_types();
                let i = random.below(types.len());
                lift.flat[i] = match random.below(3) {
                    0 => edge(types[i], random),
                    1 => lift.flat[i] ^ 1 << random.below(if wide(types[i]) { 64 } else { 32 }),
                    _ => lift.flat[i] & !0xff | random.bits() & 0xff,
                };
                continue;
            }
            let chunk = random.below(lift.image.len());
            let bytes = &mut lift.image[chunk].1;
            let at = random.below(bytes.len());
            if bytes.len() >= 4 && random.once_in(2) {
                let word = edge(Core::I32, random) as u32;
                let at = (at & !3).min(bytes.len() - 4);
                bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
            } else {
                let any = random.bits() as u8;
                bytes[at] = *random.pick(&[0, 1, 2, 3, 0x7f, 0x80, 0xc3, 0xd8, 0xff, any]);
            }
        }
        lift
    }

    /// A string with pointers and lengths in all combinations that matter, a list with some of them.
    fn pointed(&self, random: &mut Random) -> Vec<Lift> {
        let pointers = [
            0,
            1,
            2,
            4,
            8,
            MEMORY - 8,
            MEMORY - 2,
            MEMORY - 1,
            MEMORY,
            MEMORY + 1,
            MEMORY + 8,
            1 << 31,
            u32::MAX,
            u32::MAX - 7,
        ];
        let lengths = [
            0,
            1,
            2,
            MEMORY,
            (1 << 28) - 1,
            1 << 28,
            1 << 29,
            (1 << 31) - 1,
            1 << 31,
            (1 << 31) + 1,
            u32::MAX,
        ];
        let all = pointers
            .iter()
            .flat_map(|ptr| lengths.iter().map(move |length| (*ptr, *length)));
        let all = all.filter(|_| self.group.ty == Type::String || random.once_in(4));
        all.map(|(ptr, length)| self.at(ptr, length, (64, Vec::new())))
            .collect()
    }

    /// A string or list by its pointer and length, with a chunk of memory.
    fn at(&self, ptr: u32, length: u32, chunk: (u32, Vec<u8>)) -> Lift {
        let mut image = vec![chunk];
        image.retain(|(_, bytes)| !bytes.is_empty());
        if self.via == Via::Import {
            return Lift {
                flat: vec![ptr.into(), length.into()],
                image,
            };
        }
        image.insert(0, (16, [ptr.to_le_bytes(), length.to_le_bytes()].concat()));
        Lift {
            flat: vec![16],
            image,
        }
    }

    fn lift(&self, lift: Lift) -> Option<Json> {
        let mut guest = blank_guest(self.group.encoding);
        guest.patience = MAX_VALUES;
        for (at, bytes) in &lift.image {
            guest.write(*at, bytes);
        }
        let lifted = lift_values(
            &mut guest,
            self.max_flat(),
            std::slice::from_ref(&self.group.ty),
            &lift.flat,
        );
        if guest.patience == 0 {
            return None;
        }
        let name = if self.via == Via::Export {
            "make"
        } else {
            "send"
        };
        let mut vector =
            json!({"c": self.component, "f": format!("{name}-{}", self.number), "flat": lift.flat});
        if !lift.image.is_empty() {
            vector["mem"] = hex(&lift.image);
        }
        match lifted {
            Ok(values) => vector["want"] = values[0].json(),
            Err(Trap(why)) => vector["trap"] = why.into(),
        }
        Some(vector)
    }

    /// The vector of a lowering, unless it takes more room than there is.
    fn lower(&self, value: &Value, place: u32) -> Option<Json> {
        if place == RESULT && self.group.ty.size() > FLATS - RESULT {
            return None;
        }
        let name = if self.via == Via::Export {
            "eat"
        } else {
            "fetch"
        };
        let mut vector = json!({"c": self.component, "f": format!("{name}-{}", self.number), "value": value.json()});
        if self.via == Via::Import {
            vector["flat"] = json!([place]);
        }
        match (
            self.outcome(value, place, Encoding::Utf8)?,
            self.outcome(value, place, self.group.encoding)?,
        ) {
            (Err(Trap(why)), Err(_)) => vector["trap"] = why.into(),
            (Ok(mut utf8), Ok(mut guest)) => {
                let same = utf8 == guest;
                utf8["from"] = if same {
                    json!(["utf8", "guest"])
                } else {
                    json!(["utf8"])
                };
                guest["from"] = json!(["guest"]);
                vector["want"] = if same {
                    json!([utf8])
                } else {
                    json!([utf8, guest])
                };
            }
            // Where only one of them traps the memory is too small: nothing that a host has to agree on.
            _ => return None,
        }
        Some(vector)
    }

    /// What a host that keeps strings as `source` leaves in the guest.
    fn outcome(&self, value: &Value, place: u32, source: Encoding) -> Option<Result<Json, Trap>> {
        let ty = std::slice::from_ref(&self.group.ty);
        let mut guest: Guest = blank_guest(self.group.encoding);
        guest.source = source;
        let (max_flat, out) = match self.via {
            Via::Export => (MAX_FLAT_PARAMS, None),
            Via::Import | Via::Instance => (MAX_FLAT_RESULTS, Some(place)),
        };
        let flat = match lower_values(&mut guest, max_flat, ty, std::slice::from_ref(value), out) {
            Ok(flat) => flat,
            Err(trap) => return Some(Err(trap)),
        };
        if guest.next > HEAP_END {
            return None;
        }
        // A result that went to memory leaves no flat value with the guest.
        let spilled = self.via == Via::Import && self.group.ty.flatten().len() > MAX_FLAT_RESULTS;
        let flat = if spilled { Vec::new() } else { flat };
        let end = keep(&mut guest, &flat);
        let mem = differences(&guest.memory, dump_start(self.via), end);
        Some(Ok(json!({"flat": flat, "mem": hex(&mem), "end": end})))
    }
}

fn wide(core: Core) -> bool {
    matches!(core, Core::I64 | Core::F64)
}

/// A number at an edge, as wide as the core type.
fn edge(core: Core, random: &mut Random) -> u64 {
    let mut numbers = directed::numbers(MEMORY);
    if !wide(core) {
        return *random.pick(&numbers);
    }
    numbers.extend(directed::LONG_NUMBERS);
    *random.pick(&numbers)
}

/// The chunks of memory that are not blank; short blanks between them are part of a chunk.
pub(crate) fn differences(memory: &[u8], start: u32, end: u32) -> Vec<(u32, Vec<u8>)> {
    let mut chunks: Vec<(u32, Vec<u8>)> = Vec::new();
    for at in start..end {
        let byte = memory[at as usize];
        if byte == BLANK {
            continue;
        }
        match chunks.last_mut() {
            Some((from, bytes)) if at - (*from + bytes.len() as u32) < 8 => {
                bytes.extend_from_slice(&memory[*from as usize + bytes.len()..=at as usize]);
            }
            _ => chunks.push((at, vec![byte])),
        }
    }
    chunks
}

pub(crate) fn hex(chunks: &[(u32, Vec<u8>)]) -> Json {
    let chunk = |(at, bytes): &(u32, Vec<u8>)| {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        json!([at, digits])
    };
    chunks.iter().map(chunk).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors(via: Via, ty: Type) -> Vec<Json> {
        let group = Group {
            ty,
            encoding: Encoding::Utf16,
        };
        let maker = Maker {
            component: "c",
            via,
            group: &group,
            number: 3,
        };
        maker.vectors(&mut Random::new(1))
    }

    /// A good image that is not spoiled lifts to the value that it was made of.
    #[test]
    fn images_hold_their_value() {
        let mut random = Random::new(5);
        for _ in 0..500 {
            let group = Group {
                ty: random.ty(4),
                encoding: *random.pick(&Encoding::ALL),
            };
            for via in [Via::Export, Via::Import] {
                let maker = Maker {
                    component: "c",
                    via,
                    group: &group,
                    number: 0,
                };
                let value = random.value(&group.ty, 3);
                let at_end = random.once_in(2);
                let Some(lift) = maker.image(&value, at_end, &mut random) else {
                    continue;
                };
                let vector = maker.lift(lift).unwrap();
                assert_eq!(vector["want"], value.json(), "{vector}");
            }
        }
    }

    #[test]
    fn a_group_has_lifts_and_lowerings_answers_and_traps() {
        for via in [Via::Export, Via::Import] {
            let vectors = vectors(via, Type::Tuple(vec![Type::String, Type::Char]));
            for (key, least) in [("want", 15), ("trap", 5), ("value", 8), ("flat", 20)] {
                let count = vectors
                    .iter()
                    .filter(|vector| vector.get(key).is_some())
                    .count();
                assert!(count >= least, "{count} with {key}");
            }
        }
    }

    #[test]
    fn a_lowering_tells_both_orders_of_allocation() {
        let vectors = vectors(Via::Export, Type::String);
        let both = vectors.iter().filter(|vector| {
            vector["want"]
                .as_array()
                .is_some_and(|wants| wants.len() == 2)
        });
        assert!(both.count() > 0);
    }
}
