//! Machines that walk over bytes: an automaton, a match finder, an interpreter.

use std::collections::VecDeque;
use std::hint::black_box;

use crate::{each_round, fold, input};

/// Log lines searched for eight words at once, by an Aho-Corasick automaton.
pub fn dfa(rounds: u32) -> u64 {
    let automaton = Automaton::new(&[
        "error",
        "timeout",
        "denied",
        "retry",
        "disk full",
        "session",
        "miss for",
        "node",
    ]);
    let text = input::log(16 << 10);
    each_round(rounds, || automaton.count(black_box(&text).as_bytes()))
}

/// A finite automaton with a row of 256 next states each.
struct Automaton {
    next: Vec<[u8; 256]>,
    /// How many words end in a state.
    ends: Vec<u8>,
}

impl Automaton {
    /// The automaton for a few short words: fewer than 256 bytes in all.
    fn new(words: &[&str]) -> Self {
        // The tree of the words; 0 is the root, and says "no edge" elsewhere.
        let mut next = vec![[0; 256]];
        let mut ends = vec![0];
        for word in words {
            let mut state = 0;
            for byte in word.bytes() {
                if next[state][usize::from(byte)] == 0 {
                    next[state][usize::from(byte)] = next.len() as u8;
                    next.push([0; 256]);
                    ends.push(0);
                }
                state = usize::from(next[state][usize::from(byte)]);
            }
            ends[state] += 1;
        }
        // By breadth: what is missing goes where the longest proper suffix goes, which is a state nearer to the root.
        let mut suffix = vec![0; next.len()];
        let mut queue: VecDeque<usize> = next[0]
            .iter()
            .filter(|&&to| to != 0)
            .map(|&to| to.into())
            .collect();
        while let Some(state) = queue.pop_front() {
            ends[state] += ends[suffix[state]];
            let fallbacks = next[suffix[state]];
            for (to, fallback) in next[state].iter_mut().zip(fallbacks) {
                match usize::from(*to) {
                    0 => *to = fallback,
                    child => {
                        suffix[child] = fallback.into();
                        queue.push_back(child);
                    }
                }
            }
        }
        Self { next, ends }
    }

    fn count(&self, text: &[u8]) -> u64 {
        let (mut state, mut found) = (0, 0);
        for &byte in text {
            state = usize::from(self.next[state][usize::from(byte)]);
            found += u64::from(self.ends[state]);
        }
        found
    }
}

/// The back references of an LZ77 compressor with hash chains, in 4 KiB of a log.
pub fn matches(rounds: u32) -> u64 {
    let text = input::log(4 << 10);
    each_round(rounds, || {
        let mut checksum = 0;
        compress(black_box(&text).as_bytes(), |step| {
            let value = match step {
                Step::Literal(byte) => byte.into(),
                Step::Copy { back, length } => (back as u64) << 8 | length as u64,
            };
            checksum = fold(checksum, value);
        });
        checksum
    })
}

enum Step {
    Literal(u8),
    Copy { back: usize, length: usize },
}

/// Short copies save nothing, long ones are cut.
const COPY: std::ops::RangeInclusive<usize> = 4..=255;

/// Earlier places that are tried for one copy.
const TRIES: usize = 16;

fn compress(text: &[u8], mut emit: impl FnMut(Step)) {
    const NOWHERE: usize = usize::MAX;
    let bucket = |at: usize| {
        let word = u32::from_le_bytes([text[at], text[at + 1], text[at + 2], text[at + 3]]);
        (word.wrapping_mul(0x9e37_79b1) >> 20) as usize
    };
    let mut newest = vec![NOWHERE; 1 << 12];
    let mut older = vec![NOWHERE; text.len()];
    let mut at = 0;
    while at < text.len() {
        let (mut back, mut length) = (0, 0);
        if at + COPY.start() <= text.len() {
            let mut candidate = newest[bucket(at)];
            for _ in 0..TRIES {
                if candidate == NOWHERE {
                    break;
                }
                let same = text[candidate..].iter().zip(&text[at..]).take(*COPY.end());
                let same = same.take_while(|(a, b)| a == b).count();
                if same > length {
                    (back, length) = (at - candidate, same);
                }
                candidate = older[candidate];
            }
        }
        if length < *COPY.start() {
            length = 1;
            emit(Step::Literal(text[at]));
        } else {
            emit(Step::Copy { back, length });
        }
        for _ in 0..length {
            if at + COPY.start() <= text.len() {
                let bucket = bucket(at);
                older[at] = newest[bucket];
                newest[bucket] = at;
            }
            at += 1;
        }
    }
}

/// A bytecode interpreter that runs Collatz sequences.
pub fn interpret(rounds: u32) -> u64 {
    let program = collatz();
    let mut start = 0;
    each_round(rounds, || {
        start = start % 1000 + 27;
        run(black_box(&program), start)
    })
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Load(u8),
    Store(u8),
    Constant(u32),
    Add,
    Multiply,
    ShiftRight,
    And,
    /// Jumps if the popped value is zero.
    JumpIfZero(u32),
    Jump(u32),
    Halt,
}

/// Register 0 is the number, register 1 the steps to one.
fn collatz() -> Vec<Op> {
    use Op::*;
    vec![
        // 0: while number - 1 != 0
        Load(0),
        Constant(u32::MAX),
        Add,
        JumpIfZero(22),
        // 4: if number & 1 == 0, number >>= 1
        Load(0),
        Constant(1),
        And,
        JumpIfZero(15),
        // 8: else number = number * 3 + 1
        Load(0),
        Constant(3),
        Multiply,
        Constant(1),
        Add,
        Store(0),
        Jump(18),
        // 15
        Load(0),
        ShiftRight,
        Store(0),
        // 18
        Load(1),
        Constant(1),
        Add,
        Store(1),
        // 22: what the loop's end and a step's end share: done at one, else once more
        Load(0),
        Constant(u32::MAX),
        Add,
        JumpIfZero(27),
        Jump(0),
        // 27
        Halt,
    ]
}

/// Runs a program with its argument in register 0; the answer is register 1.
fn run(program: &[Op], argument: u32) -> u64 {
    let mut registers = [argument, 0, 0, 0];
    let mut stack = Vec::with_capacity(16);
    let mut at = 0;
    loop {
        let op = program[at];
        at += 1;
        let mut pop = || stack.pop().unwrap_or(0);
        match op {
            Op::Load(register) => stack.push(registers[usize::from(register & 3)]),
            Op::Store(register) => registers[usize::from(register & 3)] = pop(),
            Op::Constant(value) => stack.push(value),
            Op::Add => {
                let value = pop().wrapping_add(pop());
                stack.push(value);
            }
            Op::Multiply => {
                let value = pop().wrapping_mul(pop());
                stack.push(value);
            }
            Op::ShiftRight => {
                let value = pop() >> 1;
                stack.push(value);
            }
            Op::And => {
                let value = pop() & pop();
                stack.push(value);
            }
            Op::JumpIfZero(target) => {
                if pop() == 0 {
                    at = target as usize;
                }
            }
            Op::Jump(target) => at = target as usize,
            Op::Halt => return registers[1].into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_automaton_finds_what_a_plain_search_finds() {
        let words = ["he", "she", "his", "hers", "error"];
        let text = "ushers shed this error: his errorshe";
        let plain = |word: &&str| text.match_indices(*word).count() as u64;
        let expected: u64 = words.iter().map(plain).sum();
        assert_eq!(Automaton::new(&words).count(text.as_bytes()), expected);
    }

    #[test]
    fn the_steps_give_the_text_back() {
        for text in [
            input::log(2000),
            "a".repeat(1000),
            "abc".into(),
            String::new(),
        ] {
            let mut copied = Vec::new();
            let mut steps = 0;
            compress(text.as_bytes(), |step| {
                steps += 1;
                match step {
                    Step::Literal(byte) => copied.push(byte),
                    Step::Copy { back, length } => {
                        for _ in 0..length {
                            copied.push(copied[copied.len() - back]);
                        }
                    }
                }
            });
            assert_eq!(copied, text.as_bytes());
            assert!(text.len() < 1000 || steps < text.len() / 2, "{steps}");
        }
    }

    #[test]
    fn collatz_takes_the_known_steps() {
        let steps = [1, 2, 3, 27, 97].map(|start| run(&collatz(), start));
        assert_eq!(steps, [0, 1, 7, 111, 118]);
    }
}
