//! Mutants: samples with a few changes.

use crate::frames::{Frame, encode, frames, replace};
use crate::random::Random;
use crate::samples::Sample;
use std::ops::Range;

/// Makes mutants of samples.
///
/// ```
/// let sample = tenon_fuzz::Sample { name: "a".to_owned(), bytes: b"\0asm\x0d\0\x01\0".to_vec() };
/// let mutator = tenon_fuzz::Mutator::new(vec![sample]);
/// assert_eq!(mutator.mutant(1), mutator.mutant(1));
/// ```
pub struct Mutator {
    samples: Vec<Sample>,
    /// The frames of each sample.
    frames: Vec<Vec<Frame>>,
    /// Sums of how often each sample is to be taken: the larger it is, the more time each of its mutants takes.
    weights: Vec<usize>,
}

/// What a sample of no bytes at all would cost.
const BASE_COST: usize = 1_500;

/// Bytes that are more often of interest than others.
const EDGES: &[u8] = &[
    0, 1, 2, 0x0b, 0x3f, 0x40, 0x41, 0x60, 0x6f, 0x70, 0x7e, 0x7f, 0x80, 0xff,
];

/// Numbers, as they stand in a component.
const NUMBERS: &[usize] = &[
    0,
    1,
    2,
    127,
    128,
    16_384,
    65_535,
    65_536,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
];

impl Mutator {
    /// A mutator of samples, of which there is at least one.
    pub fn new(samples: Vec<Sample>) -> Mutator {
        assert!(!samples.is_empty(), "there is nothing to mutate");
        let frames = samples.iter().map(|sample| frames(&sample.bytes)).collect();
        let weights = samples.iter().scan(0, |sum, sample| {
            *sum += (1 << 32) / (BASE_COST + sample.bytes.len());
            Some(*sum)
        });
        Mutator {
            weights: weights.collect(),
            frames,
            samples,
        }
    }

    /// The mutant of a seed: always the same one.
    pub fn mutant(&self, seed: u64) -> Vec<u8> {
        let mut random = Random::new(seed);
        let mut bytes;
        let mut edits = 1 + random.below(3) / 2;
        let first = self.pick(&mut random);
        let sample = &self.samples[first].bytes;
        match random.below(8) {
            // The head of one and the tail of another.
            0 => {
                let tail = &self.samples[self.pick(&mut random)].bytes;
                bytes = sample[..random.below(sample.len() + 1)].to_vec();
                bytes.extend_from_slice(&tail[random.below(tail.len() + 1)..]);
                edits -= 1;
            }
            1 => {
                bytes = sample[..random.below(sample.len() + 1)].to_vec();
                edits -= 1;
            }
            // A change in one place that leaves the sizes around it right.
            2..=4 => {
                bytes = sample.clone();
                self.reframe(&mut bytes, &self.frames[first], &mut random);
                edits -= 1;
            }
            // One instruction for another of its kind, which validation has nothing against.
            5 => {
                bytes = sample.clone();
                change_instruction(&mut bytes, &self.frames[first], &mut random);
                edits -= 1;
            }
            _ => bytes = sample.clone(),
        }
        for _ in 0..edits {
            edit(&mut bytes, &mut random);
        }
        bytes
    }

    fn pick(&self, random: &mut Random) -> usize {
        let total = self.weights.last().copied().unwrap_or_default();
        let at = random.below(total);
        self.weights.partition_point(|sum| *sum <= at)
    }

    fn reframe(&self, bytes: &mut Vec<u8>, frames: &[Frame], random: &mut Random) {
        let index = random.below(frames.len());
        let Some(frame) = frames.get(index) else {
            return;
        };
        match random.below(6) {
            // Without it, twice, or something of another sample before it.
            0 if frame.section => replace(bytes, frames, frame.outer, frame.whole.clone(), &[]),
            1 if frame.section => {
                let twice = bytes[frame.whole.clone()].to_vec();
                let start = frame.whole.start;
                replace(bytes, frames, frame.outer, start..start, &twice);
            }
            2 if frame.section => {
                let other = self.pick(random);
                let frames_there = &self.frames[other];
                let there = frames_there.get(random.below(frames_there.len()));
                let Some(there) = there.filter(|there| there.section) else {
                    return;
                };
                let new = &self.samples[other].bytes[there.whole.clone()];
                let start = frame.whole.start;
                replace(bytes, frames, frame.outer, start..start, new);
            }
            // Some bytes of it away, some more, or a number in the place of a byte.
            3 => {
                let old = part(frame.contents(), random);
                replace(bytes, frames, Some(index), old, &[]);
            }
            4 => {
                let again = bytes[part(frame.contents(), random)].to_vec();
                let at = place(frame.contents(), random);
                replace(bytes, frames, Some(index), at..at, &again);
            }
            _ => {
                let at = place(frame.contents(), random);
                let end = (at + 1).min(frame.whole.end);
                let number = encode(NUMBERS[random.below(NUMBERS.len())]);
                replace(bytes, frames, Some(index), at..end, &number);
            }
        }
    }
}

/// Instructions of one type each: the first and the last opcode. An opcode may also be a part of another instruction.
const ALIKE: &[(u8, u8)] = &[
    (0x0c, 0x0d), // br, br_if
    (0x20, 0x22), // local.get, local.set, local.tee
    (0x2c, 0x2f), // loads of i32
    (0x30, 0x35), // loads of i64
    (0x3a, 0x3b), // stores of i32
    (0x3c, 0x3e), // stores of i64
    (0x46, 0x4f), // comparisons of i32
    (0x51, 0x5a), // comparisons of i64
    (0x5b, 0x60), // comparisons of f32
    (0x61, 0x66), // comparisons of f64
    (0x67, 0x69), // one i32
    (0x6a, 0x78), // two i32
    (0x79, 0x7b), // one i64
    (0x7c, 0x8a), // two i64
    (0x8b, 0x91), // one f32
    (0x92, 0x98), // two f32
    (0x99, 0x9f), // one f64
    (0xa0, 0xa6), // two f64
];

fn change_instruction(bytes: &mut [u8], frames: &[Frame], random: &mut Random) {
    let bodies: Vec<_> = frames.iter().filter(|frame| !frame.section).collect();
    let Some(body) = bodies.get(random.below(bodies.len())) else {
        return;
    };
    let contents = &mut bytes[body.contents()];
    for _ in 0..32 {
        let at = random.below(contents.len());
        let Some(byte) = contents.get_mut(at) else {
            return;
        };
        let alike = ALIKE
            .iter()
            .find(|(first, last)| (*first..=*last).contains(byte));
        if let Some((first, last)) = alike {
            *byte = first + random.below(usize::from(last - first) + 1) as u8;
            return;
        }
    }
}

fn place(within: Range<usize>, random: &mut Random) -> usize {
    within.start + random.below(within.len() + 1)
}

/// A short part.
fn part(within: Range<usize>, random: &mut Random) -> Range<usize> {
    let start = place(within.clone(), random);
    let most = 1 << random.below(6);
    start..(start + 1 + random.below(most)).min(within.end)
}

/// One change that knows nothing of what it changes.
fn edit(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len());
    let Some(byte) = bytes.get_mut(at) else {
        return;
    };
    match random.below(6) {
        0 => *byte ^= 1 << random.below(8),
        1 => *byte = random.byte(),
        2 => *byte = EDGES[random.below(EDGES.len())],
        3 => *byte = byte.wrapping_add(random.below(9) as u8).wrapping_sub(4),
        4 => drop(bytes.remove(at)),
        _ => bytes.insert(at, random.byte()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutator() -> Mutator {
        let texts = [
            "(component (core module (func (nop) (drop (i32.const 7)))) (type u8))",
            r#"(component (component $c (core module (memory 1))) (instance (instantiate $c)))"#,
        ];
        Mutator::new(
            texts
                .map(|text| Sample {
                    name: text.to_owned(),
                    bytes: wat::parse_str(text).expect("WAT"),
                })
                .into(),
        )
    }

    #[test]
    fn mutants_differ_and_repeat() {
        let mutator = mutator();
        let mutants: Vec<_> = (0..500).map(|seed| mutator.mutant(seed)).collect();
        for (seed, mutant) in mutants.iter().enumerate() {
            assert_eq!(*mutant, mutator.mutant(seed as u64));
        }
        let distinct: std::collections::HashSet<_> = mutants.iter().collect();
        assert!(distinct.len() > 300, "{}", distinct.len());
    }

    #[test]
    fn some_mutants_are_valid_still() {
        let mutator = mutator();
        let valid = (0..2_000)
            .map(|seed| mutator.mutant(seed))
            .filter(|mutant| {
                wasmparser::validate(mutant).is_ok()
                    && mutator.samples.iter().all(|sample| sample.bytes != *mutant)
            });
        let valid = valid.count();
        assert!((100..1_900).contains(&valid), "{valid}");
    }

    #[test]
    fn an_empty_sample_has_mutants_too() {
        let mutator = Mutator::new(vec![Sample {
            name: String::new(),
            bytes: Vec::new(),
        }]);
        (0..100).for_each(|seed| assert!(mutator.mutant(seed).is_empty()));
    }
}
