//! Interleaved rounds of two sides in one process, so that the machine's noise falls on both.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};

/// How long one side works in one round.
const ROUND: Duration = Duration::from_millis(25);

const FULL: usize = 41;
const QUICK: usize = 9;

/// One side of a row: does its operation n times.
pub(crate) type Side<'a> = Box<dyn FnMut(u64) -> Result<()> + 'a>;

/// Runs both sides in turn and returns the row's line: nanoseconds an operation, a pair a round.
pub(crate) fn measure(name: &str, mut a: Side<'_>, mut b: Side<'_>, quick: bool) -> Result<Value> {
    let (na, nb) = (calibrate(&mut a)?, calibrate(&mut b)?);
    let mut rounds = Vec::new();
    for round in 0..if quick { QUICK } else { FULL } {
        // Neither side always runs on the caches that the other left.
        let (a_ns, b_ns) = if round % 2 == 0 {
            let a_ns = time(&mut a, na)?;
            (a_ns, time(&mut b, nb)?)
        } else {
            let b_ns = time(&mut b, nb)?;
            (time(&mut a, na)?, b_ns)
        };
        rounds.push(json!({ "a_ns": a_ns, "b_ns": b_ns }));
    }
    Ok(json!({ "name": name, "rounds": rounds }))
}

/// A side that goes round its inputs.
pub(crate) fn each_of<'a, T>(
    inputs: &'a [T],
    mut operation: impl FnMut(&'a T) -> Result<()> + 'a,
) -> Side<'a> {
    let mut next = inputs.iter().cycle();
    Box::new(move |n| next.by_ref().take(n as usize).try_for_each(&mut operation))
}

/// How many operations fill a round; warms the side up on the way.
fn calibrate(side: &mut Side<'_>) -> Result<u64> {
    let mut n = 1;
    loop {
        let start = Instant::now();
        side(n)?;
        let spent = start.elapsed();
        if spent >= ROUND / 4 || n > 1 << 30 {
            let filled = n as f64 * ROUND.as_secs_f64() / spent.as_secs_f64();
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
