//! The dearest way through a function, and the places where it pays.
//!
//! One pass over structured control flow. A *place* is where the countdown is lowered, by the price of the dearest way from
//! there to the next places and to the ends of the function. There is a place at the entry, one at each loop's head, one where straight
//! code has become dear, and one where ways meet that paid in different places. So every instruction that runs has been paid for,
//! once for each time: a place stands before it on every way, and nothing leads back but to a loop's head.
//!
//! What follows a loop is paid for where what precedes it is: while the loop runs, the way outside of it stands still.

use super::bulk::Bulk;
use super::cost;
use super::graph::Prices;
use super::growth::Growth;
use super::input::Input;
use wasmparser::Operator;

/// A function whose instructions have prices.
pub(super) struct Priced {
    places: Vec<Place>,
    pays_at_entry: bool,
}

/// Where a function pays, and how much.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The byte of the module that stands behind it.
    pub(super) at: usize,
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
    let mut ops = input.functions[body].body.get_operators_reader()?;
    let mut pass = Pass {
        places: Vec::new(),
        frames: vec![Frame::Block {
            region: 0,
            end: Arrivals::Nothing,
        }],
        regions: Vec::new(),
    };
    let entry = pass.place(ops.original_position());
    pass.regions.push(Some(entry));
    while !ops.eof() {
        let start = ops.original_position();
        let op = ops.read()?;
        let cost = match &op {
            Operator::Call { function_index } => prices.call(*function_index),
            Operator::CallIndirect { .. } => cost::INDIRECT,
            op if Bulk::of(op).is_some() || Growth::of(op).is_some() => {
                cost::CALL + cost::BULK + cost::of(op)
            }
            op => cost::of(op),
        };
        pass.spend(cost, start);
        pass.flow(&op, ops.original_position())?;
    }
    Ok(Priced {
        places: pass.places,
        pays_at_entry: false,
    })
}

impl Pass {
    /// A new place, and the way that begins there.
    fn place(&mut self, at: usize) -> Way {
        self.places.push(Place { at, cost: 0 });
        Way {
            place: self.places.len() - 1,
            used: 0,
        }
    }

    fn way(&mut self) -> &mut Option<Way> {
        self.regions.last_mut().expect("the function is a region")
    }

    /// Goes over an instruction that stands at a byte; a way that would become dear pays before it.
    fn spend(&mut self, cost: u64, at: usize) {
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

    fn flow(&mut self, op: &Operator<'_>, behind: usize) -> wasmparser::Result<()> {
        let region = self.regions.len() - 1;
        match op {
            Operator::Block { .. } => self.frames.push(Frame::Block {
                region,
                end: Arrivals::Nothing,
            }),
            Operator::If { .. } => {
                let otherwise = *self.way();
                self.frames.push(Frame::If {
                    region,
                    end: Arrivals::Nothing,
                    otherwise,
                });
            }
            Operator::Loop { .. } => {
                let inside = self.way().is_some().then(|| self.place(behind));
                self.regions.push(inside);
                self.frames.push(Frame::Loop);
            }
            Operator::Else => {
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
            Operator::End => self.end(behind),
            Operator::Br { relative_depth } => {
                self.branch(*relative_depth);
                *self.way() = None;
            }
            Operator::BrIf { relative_depth } => self.branch(*relative_depth),
            Operator::BrTable { targets } => {
                self.branch(targets.default());
                for target in targets.targets() {
                    self.branch(target?);
                }
                *self.way() = None;
            }
            Operator::Return | Operator::Unreachable => *self.way() = None,
            _ => {}
        }
        Ok(())
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

    fn end(&mut self, behind: usize) {
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
