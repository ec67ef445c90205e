//! The dearest way through a function, and the places where it pays.
//!
//! One pass over structured control flow. A *place* is where the countdown is lowered, by the price of the dearest way from
//! there to the next places and to the ends of the function. There is a place at the entry, one at each loop's head, one where straight
//! code has become dear, and one where ways meet that paid in different places. So every instruction that runs has been paid for,
//! once for each time: a place stands before it on every way, and nothing leads back but to a loop's head.
//!
//! What follows a loop is paid for where what precedes it is: while the loop runs, the way outside of it stands still.

use super::cost;
use super::graph::Prices;
use super::input::Input;
use std::ops::Range;
use wasmparser::{BinaryReader, OperatorsReader};

/// A part of a function that its price depends on: some instructions that run one after the other, and where that leads.
#[derive(Clone)]
pub(super) struct Event {
    /// The bytes of the instruction that it leads to, counted from the function's. Empty where there is none.
    pub(super) at: Range<u32>,
    /// What the instructions since the last event cost.
    pub(super) cost: u32,
    pub(super) flow: Flow,
}

/// An instruction, as far as it matters where it leads.
#[derive(Clone, Copy)]
pub(super) enum Flow {
    /// On, in straight code that has cost enough for now.
    Straight,
    Block,
    If,
    Loop,
    Else,
    End,
    /// Out of so many blocks, or on.
    Branch(u32),
    /// Out of so many blocks.
    Leave(u32),
    /// Nowhere.
    Stop,
    /// On, by way of the function with the index.
    Call(u32),
}

impl Flow {
    /// Reads a valid instruction; `None` for what leads on, and for `br_table`.
    pub(super) fn read(instruction: &[u8]) -> wasmparser::Result<Option<Flow>> {
        Ok(Some(match instruction[0] {
            0x02 => Flow::Block,
            0x03 => Flow::Loop,
            0x04 => Flow::If,
            0x05 => Flow::Else,
            0x0b => Flow::End,
            0x0c => Flow::Leave(index(instruction)?),
            0x0d => Flow::Branch(index(instruction)?),
            0x00 | RETURN => Flow::Stop,
            0x10 => Flow::Call(index(instruction)?),
            _ => return Ok(None),
        }))
    }
}

/// `return`, which stops like `unreachable`.
pub(super) const RETURN: u8 = 0x0f;

/// The index behind an opcode.
pub(super) fn index(instruction: &[u8]) -> wasmparser::Result<u32> {
    match instruction[1] {
        small @ 0..0x80 => Ok(small.into()),
        _ => BinaryReader::new(&instruction[1..], 0).read_var_u32(),
    }
}

/// A function whose instructions have prices.
pub(super) struct Priced {
    places: Vec<Place>,
    pays_at_entry: bool,
}

/// Where a function pays, and how much.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The byte of the function that stands behind it.
    pub(super) at: u32,
    cost: u64,
}

impl Place {
    /// What is paid here for so many copies of what follows, and for paying.
    pub(super) fn price(&self, copies: u64) -> u64 {
        copies * self.cost + cost::SITE
    }

    /// What follows costs, once.
    pub(super) fn cost(&self) -> u64 {
        self.cost
    }
}

impl Priced {
    /// What callers would have to pay for it.
    pub(super) fn entry(&self) -> u64 {
        self.places[0].cost
    }

    pub(super) fn pay_at_entry(&mut self) {
        self.pays_at_entry = true;
    }

    /// The places that pay, in no order.
    pub(super) fn places(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().skip(usize::from(!self.pays_at_entry))
    }
}

/// How far a way has come: the place that it paid at last, and what it has used since.
#[derive(Clone, Copy, PartialEq)]
struct Way {
    place: usize,
    used: u64,
}

/// What arrives at the end of a block.
#[derive(Clone, Copy)]
enum Arrivals {
    Nothing,
    One(Way),
    /// Ways that paid in different places.
    Mixed,
}

impl Arrivals {
    fn add(self, way: Option<Way>) -> Arrivals {
        match (self, way) {
            (arrivals, None) => arrivals,
            (Arrivals::Nothing, Some(way)) => Arrivals::One(way),
            (Arrivals::One(one), Some(way)) if one.place == way.place => Arrivals::One(Way {
                place: one.place,
                used: one.used.max(way.used),
            }),
            _ => Arrivals::Mixed,
        }
    }
}

enum Frame {
    /// A block, or a function.
    Block {
        region: usize,
        end: Arrivals,
    },
    /// An `if` before its `else`, with the way that leads to that.
    If {
        region: usize,
        end: Arrivals,
        otherwise: Option<Way>,
    },
    Loop,
}

struct Pass {
    places: Vec<Place>,
    frames: Vec<Frame>,
    /// The way in the function outside of loops, and in each loop that is open; none where nothing gets. Only
    /// the last one moves.
    regions: Vec<Option<Way>>,
}

/// Prices one function.
pub(super) fn price(
    input: &Input<'_>,
    body: usize,
    prices: &Prices<'_>,
) -> wasmparser::Result<Priced> {
    let (function, code) = (&input.functions[body], input.body(body));
    let mut pass = Pass {
        places: Vec::with_capacity(1 + function.loops.len()),
        frames: vec![Frame::Block {
            region: 0,
            end: Arrivals::Nothing,
        }],
        regions: Vec::new(),
    };
    let mut behind = function.code_start;
    let entry = pass.place(behind);
    pass.regions.push(Some(entry));
    for event in &function.events {
        // An event without an instruction is a further way out of the one before.
        let last = match event.at.is_empty() {
            true => 0,
            false => event.flow.cost(prices),
        };
        pass.run(event, last, &code[behind as usize..event.at.start as usize])?;
        pass.flow(event.flow, event.at.end);
        behind = event.at.end;
    }
    Ok(Priced {
        places: pass.places,
        pays_at_entry: false,
    })
}

impl Flow {
    /// What the instruction costs by itself.
    fn cost(self, prices: &Prices<'_>) -> u64 {
        match self {
            Flow::Straight | Flow::Block | Flow::Else | Flow::End => 0,
            Flow::If | Flow::Loop | Flow::Branch(_) | Flow::Leave(_) | Flow::Stop => 1,
            Flow::Call(func) => prices.call(func),
        }
    }
}

impl Pass {
    /// A new place, and the way that begins there.
    fn place(&mut self, at: u32) -> Way {
        self.places.push(Place { at, cost: 0 });
        Way {
            place: self.places.len() - 1,
            used: 0,
        }
    }

    fn way(&mut self) -> &mut Option<Way> {
        self.regions.last_mut().expect("the function is a region")
    }

    /// Goes over the instructions of an event, the last of which costs so much; `code` are the others.
    fn run(&mut self, event: &Event, last: u64, code: &[u8]) -> wasmparser::Result<()> {
        let Some(way) = *self.way() else {
            return Ok(());
        };
        let (cost, at) = (u64::from(event.cost) + last, event.at.start);
        if way.used + cost <= cost::SPLIT {
            // None of them pays.
            self.spend(cost, at);
            return Ok(());
        }
        let mut ops = OperatorsReader::new(BinaryReader::new(code, at as usize - code.len()));
        while !ops.eof() {
            let at = ops.original_position() as u32;
            self.spend(cost::straight(&ops.read()?), at);
        }
        self.spend(last, at);
        Ok(())
    }

    /// Goes over an instruction that stands at a byte; a way that would become dear pays before it.
    fn spend(&mut self, cost: u64, at: u32) {
        let Some(mut way) = *self.way() else {
            return;
        };
        if way.used > 0 && way.used + cost > cost::SPLIT {
            way = self.place(at);
        }
        way.used += cost;
        let place = &mut self.places[way.place];
        place.cost = place.cost.max(way.used);
        *self.way() = Some(way);
    }

    fn flow(&mut self, flow: Flow, behind: u32) {
        let region = self.regions.len() - 1;
        match flow {
            Flow::Block => self.frames.push(Frame::Block {
                region,
                end: Arrivals::Nothing,
            }),
            Flow::If => {
                let otherwise = *self.way();
                self.frames.push(Frame::If {
                    region,
                    end: Arrivals::Nothing,
                    otherwise,
                });
            }
            Flow::Loop => {
                let inside = self.way().is_some().then(|| self.place(behind));
                self.regions.push(inside);
                self.frames.push(Frame::Loop);
            }
            Flow::Else => {
                let way = *self.way();
                if let Some(Frame::If {
                    region,
                    end,
                    otherwise,
                }) = self.frames.pop()
                {
                    self.frames.push(Frame::Block {
                        region,
                        end: end.add(way),
                    });
                    *self.way() = otherwise;
                }
            }
            Flow::End => self.end(behind),
            Flow::Branch(depth) => self.branch(depth),
            Flow::Leave(depth) => {
                self.branch(depth);
                *self.way() = None;
            }
            Flow::Stop => *self.way() = None,
            Flow::Straight | Flow::Call(_) => {}
        }
    }

    /// Notes a way to the end of an outer block. A loop's head pays by itself.
    fn branch(&mut self, depth: u32) {
        if self.regions.last().is_none_or(|way| way.is_none()) {
            return;
        }
        let frame = self.frames.len() - 1 - depth as usize;
        match &mut self.frames[frame] {
            Frame::Block { region, end } | Frame::If { region, end, .. } => {
                *end = end.add(self.regions[*region]);
            }
            Frame::Loop => {}
        }
    }

    fn end(&mut self, behind: u32) {
        let way = *self.way();
        let arrivals = match self.frames.pop() {
            Some(Frame::Block { end, .. }) => end.add(way),
            Some(Frame::If { end, otherwise, .. }) => end.add(way).add(otherwise),
            Some(Frame::Loop) => {
                self.regions.pop();
                if way.is_none() {
                    *self.way() = None;
                }
                return;
            }
            None => return,
        };
        *self.way() = match arrivals {
            Arrivals::Nothing => None,
            Arrivals::One(way) => Some(way),
            // Nothing follows the end of the function.
            Arrivals::Mixed if self.frames.is_empty() => None,
            Arrivals::Mixed => Some(self.place(behind)),
        };
    }
}
