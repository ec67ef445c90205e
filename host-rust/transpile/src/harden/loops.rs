//! What becomes of loops, so that paying costs them little.
//!
//! A loop stands in another, which the countdown is refilled in. So no call stands where the loop's own values change from
//! turn to turn: wazero's compiler would store each of them in each turn.
//!
//! ```text
//! loop
//!   countdown >= 0  if  else  call settle  end
//!   loop
//!     countdown < 0  if  br 2  end
//!     countdown -= price
//!     BODY
//!   end
//! end
//! ```
//!
//! In a loop that makes calls anyway the values are stored for these, so it refills the countdown itself.
//!
//! Paying takes next to nothing beside most bodies, but it doubles the time of one that sets a byte. So a small body without loops and
//! calls stands there several times, with one price for all. A loop that is left early has paid for more than was done.
//!
//! ```text
//! block                        ;; what leaves the loop by its end comes here
//!   loop  …
//!     loop  …
//!       block  BODY  br 3  end ;; a branch to the loop's head leads to the next one
//!       block  BODY  br 3  end
//!       BODY                   ;; the last one's leads back to the head
//!     end
//!   end
//! end
//! ```

use super::added::{pay, settled};
use super::function::Exit;
use super::paths::Flow;
use super::{Edit, copy, write};
use std::ops::Range;
use wasm_encoder::{BlockType, Instruction};
use wasmparser::BrTable;

/// The most instructions of a body that is repeated.
const LONGEST: u32 = 64;

/// The units that the copies of a body cost together, if they may be that many.
const ENOUGH: u64 = 160;

/// The most copies.
const MOST: u64 = 4;

const BLOCK: u8 = 0x02;

/// The type of a block without parameters and results.
const NO_RESULT: u8 = 0x40;

/// A loop, by the bytes of its function where its parts stand.
#[derive(Clone, Copy)]
pub(super) struct Loop {
    start: u32,
    body: u32,
    /// Behind its `end`.
    end: u32,
    /// Whether its body may be repeated.
    small: bool,
    /// Whether it may have parameters.
    params: bool,
    /// Whether it makes calls that return.
    calls: bool,
}

impl Loop {
    /// From `loop` to `end`.
    pub(super) fn whole(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Where its body begins.
    pub(super) fn head(&self) -> usize {
        self.body as usize
    }

    /// How many copies there are of the body, which costs so much.
    pub(super) fn copies(&self, cost: u64) -> u64 {
        match self.small {
            true => (ENOUGH / cost.max(1)).clamp(1, MOST),
            false => 1,
        }
    }

    /// What stands before the loop.
    pub(super) fn outer(&self, function: &[u8], countdown: u32, settle: u32) -> Vec<u8> {
        let mut code = function[self.start as usize..self.body as usize].to_vec();
        match self.calls {
            // A block of the same type, so that a branch leaves as many whatever the loop does.
            true => code[0] = BLOCK,
            false => settled(&mut code, countdown, settle),
        }
        code
    }

    /// What the body begins with.
    pub(super) fn inner(&self, countdown: u32, price: u64, settle: u32) -> Vec<u8> {
        if self.calls {
            return pay(countdown, price, settle);
        }
        let mut code = Vec::new();
        write(
            &mut code,
            &[
                Instruction::GlobalGet(countdown),
                Instruction::I64Const(0),
                Instruction::I64LtS,
            ],
        );
        // wazero's compiler makes less of a `br_if` to a loop, but parameters are out of reach in an `if`.
        let leave: &[Instruction<'_>] = match self.params {
            true => &[Instruction::BrIf(1)],
            false => &[
                Instruction::If(BlockType::Empty),
                Instruction::Br(2),
                Instruction::End,
            ],
        };
        write(&mut code, leave);
        write(
            &mut code,
            &[
                Instruction::GlobalGet(countdown),
                Instruction::I64Const(price as i64),
                Instruction::I64Sub,
                Instruction::GlobalSet(countdown),
            ],
        );
        code
    }

    /// The loop with so many copies of its body. `edits` are the changes in the body where there are so many blocks
    /// around it beside the loops.
    pub(super) fn repeated(
        &self,
        function: &[u8],
        copies: u64,
        [outer, inner]: [Vec<u8>; 2],
        mut edits: impl FnMut(u32) -> Vec<Edit>,
    ) -> Vec<u8> {
        let body = self.body as usize..self.end as usize - 1;
        let mut code = Vec::new();
        write(&mut code, &[Instruction::Block(BlockType::Empty)]);
        code.extend(outer);
        code.extend_from_slice(&function[self.start as usize..self.body as usize]);
        code.extend(inner);
        let changes = edits(2);
        for _ in 1..copies {
            write(&mut code, &[Instruction::Block(BlockType::Empty)]);
            copy(function, body.clone(), &changes, &mut code);
            write(&mut code, &[Instruction::Br(3), Instruction::End]);
        }
        copy(function, body, &edits(1), &mut code);
        write(
            &mut code,
            &[Instruction::End, Instruction::End, Instruction::End],
        );
        code
    }
}

/// Finds the loops of a function.
#[derive(Default)]
pub(super) struct Search {
    found: Vec<Loop>,
    /// The blocks that are open, the function left out.
    blocks: Vec<Block>,
    /// How many of them are loops.
    loops: u32,
    /// The places of the loops that are open in `found`.
    open: Vec<usize>,
    /// Instructions in the innermost loop, if it may be small.
    instructions: Option<u32>,
}

struct Block {
    /// The place in `found` of a loop.
    place: Option<usize>,
    /// How many of the blocks around it are loops.
    loops: u32,
}

impl Search {
    /// Goes over an instruction that is no part of the control flow.
    pub(super) fn plain(&mut self) {
        if let Some(count) = self.instructions {
            self.instructions = (count < LONGEST).then_some(count + 1);
        }
    }

    /// Goes over an instruction that leads somewhere, with its bytes and where they stand.
    pub(super) fn flow(&mut self, flow: Flow, instruction: &[u8], at: Range<u32>) {
        self.plain();
        match flow {
            Flow::Block | Flow::If => self.open(None),
            Flow::Loop => {
                // Behind the opcode is a type of its own, or the one byte of a result's.
                let ty = instruction[1];
                self.found.push(Loop {
                    start: at.start,
                    body: at.end,
                    end: 0,
                    small: false,
                    calls: false,
                    params: !(NO_RESULT..0x80).contains(&ty),
                });
                self.open.push(self.found.len() - 1);
                self.open(Some(self.found.len() - 1));
                self.loops += 1;
                self.instructions = (ty == NO_RESULT).then_some(0);
            }
            Flow::End => {
                if let Some(block) = self.blocks.pop()
                    && let Some(place) = block.place
                {
                    self.loops -= 1;
                    self.open.pop();
                    let small = self.instructions.take().is_some();
                    let found = &mut self.found[place];
                    (found.end, found.small) = (at.end, small);
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, place: Option<usize>) {
        self.blocks.push(Block {
            place,
            loops: self.loops,
        });
    }

    /// Whether a loop is open.
    pub(super) fn any(&self) -> bool {
        self.loops > 0
    }

    /// A branch that leaves so many blocks, and how many of them are loops.
    pub(super) fn exit(&self, depth: u32) -> Exit {
        let target = self.blocks.len().checked_sub(1 + depth as usize);
        let outside = target.map_or(0, |target| {
            let block = &self.blocks[target];
            block.loops + u32::from(block.place.is_some())
        });
        let loops = self.loops - outside;
        Exit { depth, loops }
    }

    /// A branch that leaves the function.
    pub(super) fn outermost(&self) -> Exit {
        self.exit(self.blocks.len() as u32)
    }

    /// The branch, if it leaves loops.
    pub(super) fn leave(&self, depth: u32) -> Option<Exit> {
        Some(self.exit(depth)).filter(|exit| exit.loops > 0)
    }

    /// A `br_table` as it is when each loop stands in another.
    pub(super) fn table(&mut self, targets: &BrTable<'_>) -> wasmparser::Result<Vec<u8>> {
        // What it becomes would have to be known for each number of blocks around.
        self.instructions = None;
        let depth = |depth| self.exit(depth).depth(0);
        let others = targets
            .targets()
            .map(|target| target.map(depth))
            .collect::<Result<Vec<_>, _>>()?;
        let mut code = Vec::new();
        write(
            &mut code,
            &[Instruction::BrTable(
                others.into(),
                depth(targets.default()),
            )],
        );
        Ok(code)
    }

    /// The loops that are open make a call that returns.
    pub(super) fn calls(&mut self) {
        self.instructions = None;
        for place in self.open.iter().rev() {
            // Then those around it do too.
            if std::mem::replace(&mut self.found[*place].calls, true) {
                break;
            }
        }
    }

    /// What was found, in order.
    pub(super) fn loops(self) -> Vec<Loop> {
        self.found
    }
}
