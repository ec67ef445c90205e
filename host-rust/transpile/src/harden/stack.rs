//! Which functions count the stack that they take, and how much.
//!
//! Only recursion needs much stack, so one function in each cycle of calls counts, for all those that follow until the next that
//! counts. It takes its weight from what is left when it is entered and gives it back when it is left.
//!
//! What a call through a table or of an import comes back to is not known: every function of a table or with a reference, and for imports every
//! exported one too. There the caller counts, not what is called, since it may call in a loop.

use super::Edit;
use super::input::Input;
use super::layout::{Import, Layout};
use super::write;
use wasm_encoder::{BlockType, Instruction};

/// The most bytes that functions without a count take, one calling the other.
pub(super) const INLINE: u32 = 256;

/// For each function its weight; none if it does not count. Those without a count take `inline` bytes at most, one calling the other.
pub(super) fn weigh(input: &Input<'_>, inline: u32) -> Vec<Option<u32>> {
    let count = input.functions.len();
    let through_table = reach(input, input.referred.iter().copied());
    let through_import = reach(input, input.entered.iter().copied());
    let mut counts: Vec<bool> = (0..count)
        .map(|place| {
            let function = &input.functions[place];
            (function.indirect && through_table[place])
                || ((function.imports || function.indirect && input.open_tables)
                    && through_import[place])
        })
        .collect();
    let chains = chains(input, &mut counts, inline);
    let by_table = (input.referred.iter())
        .filter(|place| !counts[**place])
        .map(|place| chains[*place])
        .max()
        .unwrap_or(0);
    (0..count)
        .map(|place| {
            let function = &input.functions[place];
            let called = (function.calls.iter())
                .filter(|callee| !counts[**callee])
                .map(|callee| chains[*callee]);
            let unknown = [
                function.indirect.then_some(by_table),
                (function.imports || input.open_tables && function.indirect).then_some(inline),
            ];
            let most = called
                .chain(unknown.into_iter().flatten())
                .max()
                .unwrap_or(0);
            counts[place].then(|| function.frame.saturating_add(most))
        })
        .collect()
}

/// The functions that can be entered when these are, through tables and imports too.
fn reach(input: &Input<'_>, from: impl Iterator<Item = usize>) -> Vec<bool> {
    let mut reached = vec![false; input.functions.len()];
    let mut open: Vec<usize> = from.collect();
    let (mut tables, mut imports) = (false, false);
    while let Some(place) = open.pop() {
        if std::mem::replace(&mut reached[place], true) {
            continue;
        }
        let function = &input.functions[place];
        open.extend(function.calls.iter().filter(|callee| !reached[**callee]));
        if function.indirect && !std::mem::replace(&mut tables, true) {
            open.extend(&input.referred);
        }
        let leaves = function.imports || function.indirect && input.open_tables;
        if leaves && !std::mem::replace(&mut imports, true) {
            open.extend(&input.entered);
        }
    }
    reached
}

/// Has one function more count in each cycle in which none does yet, and where much stack comes together. Gives the
/// bytes that each function takes with those that it calls, until the next that counts.
fn chains(input: &Input<'_>, counts: &mut [bool], inline: u32) -> Vec<u32> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut chains: Vec<u32> = input
        .functions
        .iter()
        .map(|function| function.frame)
        .collect();
    let mut states = vec![State::New; counts.len()];
    for root in 0..counts.len() {
        if counts[root] || states[root] != State::New {
            continue;
        }
        states[root] = State::Open;
        let mut open = vec![(root, 0)];
        while let Some((place, next)) = open.last_mut() {
            let place = *place;
            let function = &input.functions[place];
            if let Some(&callee) = function.calls.get(*next) {
                *next += 1;
                match states[callee] {
                    _ if counts[callee] => {}
                    State::New => {
                        states[callee] = State::Open;
                        open.push((callee, 0));
                    }
                    State::Open => counts[callee] = true,
                    State::Done => {}
                }
                continue;
            }
            let called = (function.calls.iter())
                .filter(|callee| !counts[**callee])
                .map(|callee| chains[*callee]);
            chains[place] = function.frame.saturating_add(called.max().unwrap_or(0));
            counts[place] |= chains[place] > inline;
            states[place] = State::Done;
            open.pop();
        }
    }
    chains
}

/// What a function that counts begins and ends with, in the places of its first instruction and of its last `end`. Between them its
/// body is a block of the given type, which a `return` leaves.
pub(super) fn around(
    layout: &Layout,
    weight: u32,
    block: BlockType,
    body: std::ops::Range<usize>,
) -> [Edit; 2] {
    let left = layout.stack_left();
    let weight = Instruction::I32Const(i32::try_from(weight).unwrap_or(i32::MAX));
    let enter = [
        Instruction::GlobalGet(left),
        weight.clone(),
        Instruction::I32Sub,
        Instruction::GlobalSet(left),
        Instruction::GlobalGet(left),
        Instruction::I32Const(0),
        Instruction::I32LtS,
        Instruction::If(BlockType::Empty),
        Instruction::Call(layout.import(Import::Stack).unwrap_or_default()),
        // It does not return, so compilers need not keep values for that.
        Instruction::Unreachable,
        Instruction::End,
        Instruction::Block(block),
    ];
    let leave = [
        Instruction::End,
        Instruction::GlobalGet(left),
        weight,
        Instruction::I32Add,
        Instruction::GlobalSet(left),
    ];
    let end = body.end - 1;
    [(body.start, &enter[..]), (end, &leave[..])].map(|(at, instructions)| {
        let mut bytes = Vec::new();
        write(&mut bytes, instructions);
        Edit {
            range: at..at,
            bytes,
        }
    })
}
