//! Interleaved rounds of two or three sides in one process, so that the machine's noise falls on all.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Map, Value, json};

/// How long one side works in one round; less where there are many parts.
pub(crate) const SLICE: Duration = Duration::from_millis(25);

const FULL: usize = 41;
const QUICK: usize = 9;

/// In how many rounds side c works once: no claim is made of it.
const BESIDE_EVERY: usize = 4;

/// One side of a row: does its operation n times.
pub(crate) type Side<'a> = Box<dyn FnMut(u64) -> Result<()> + 'a>;

/// What takes turns. There may be no b and no c.
pub(crate) struct Sides<'a> {
    pub(crate) a: Side<'a>,
    pub(crate) b: Option<Side<'a>>,
    pub(crate) c: Option<Side<'a>>,
    pub(crate) slice: Duration,
}

impl Sides<'_> {
    /// Runs the sides in turn and returns the rounds: nanoseconds an operation of each.
    fn run(self, quick: bool) -> Result<Vec<Value>> {
        let sides = [Some(self.a), self.b, self.c].into_iter();
        let mut sides = sides
            .zip(["a_ns", "b_ns", "c_ns"])
            .filter_map(|(side, name)| {
                let mut side = side?;
                let n = calibrate(&mut side, self.slice);
                Some(n.map(|n| (name, side, n)))
            })
            .collect::<Result<Vec<_>>>()?;
        let mut rounds = Vec::new();
        for round in 0..if quick { QUICK } else { FULL } {
            let mut times = Map::new();
            let count = sides.len();
            for turn in 0..count {
                // None always runs on the caches that the same other one left.
                let (name, side, n) = &mut sides[(round + turn) % count];
                if *name != "c_ns" || round % BESIDE_EVERY == 0 {
                    times.insert((*name).to_owned(), time(side, *n)?.into());
                }
            }
            rounds.push(times.into());
        }
        Ok(rounds)
    }
}

/// Measures a row, or a part of one, and returns its line.
pub(crate) fn measure(name: &str, sides: Sides<'_>, quick: bool) -> Result<Value> {
    Ok(json!({ "name": name, "rounds": sides.run(quick)? }))
}

/// The line of a row that is measured in parts, of the parts' lines.
pub(crate) fn in_parts(name: &str, parts: Vec<Value>) -> Value {
    json!({ "name": name, "parts": parts })
}

/// A side that goes round its inputs.
pub(crate) fn each_of<'a, T>(
    inputs: &'a [T],
    mut operation: impl FnMut(&'a T) -> Result<()> + 'a,
) -> Side<'a> {
    let mut next = inputs.iter().cycle();
    Box::new(move |n| next.by_ref().take(n as usize).try_for_each(&mut operation))
}

/// How many operations fill a slice; warms the side up on the way.
fn calibrate(side: &mut Side<'_>, slice: Duration) -> Result<u64> {
    let mut n = 1;
    loop {
        let start = Instant::now();
        side(n)?;
        let spent = start.elapsed();
        if spent >= slice / 4 || n > 1 << 30 {
            let filled = n as f64 * slice.as_secs_f64() / spent.as_secs_f64();
            return Ok((filled as u64).max(1));
        }
        n *= 2;
    }
}

fn time(side: &mut Side<'_>, n: u64) -> Result<f64> {
    let start = Instant::now();
    side(n)?;
    Ok(start.elapsed().as_nanos() as f64 / n as f64)
}
