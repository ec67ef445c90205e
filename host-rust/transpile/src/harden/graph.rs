//! In which order functions are priced, and which of them pay at their entry.
//!
//! A function's price is that of the dearest way through it, loops left out, with the functions that it calls. While
//! that is little, its callers pay. It pays at its entry
//! itself when it is dear, so that prices of long chains of calls stay bounded; when it is entered from outside, by a table or by a
//! reference, since nobody knows who pays then; and when it closes a cycle of calls, unless it
//! only calls itself in loops.

use super::cost;
use super::function::Recursion;
use super::input::Input;
use super::paths::{self, Priced};

/// What a call costs the caller.
pub(super) struct Prices<'a> {
    input: &'a Input<'a>,
    /// For each function that the module defines.
    calls: Vec<u64>,
}

impl Prices<'_> {
    pub(super) fn call(&self, func: u32) -> u64 {
        self.input
            .defined(func)
            .map_or(cost::IMPORT, |body| self.calls[body])
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    /// Its callees are being priced.
    Open,
    Done,
}

/// Prices all functions, callees first.
pub(super) fn price(input: &Input<'_>) -> wasmparser::Result<Vec<Priced>> {
    let count = input.functions.len();
    let mut prices = Prices {
        input,
        calls: vec![cost::CALL; count],
    };
    let mut pays: Vec<bool> = (0..count)
        .map(|body| input.entered.contains(&body))
        .collect();
    let mut states = vec![State::New; count];
    let mut priced: Vec<Option<Priced>> = (0..count).map(|_| None).collect();
    for root in 0..count {
        if states[root] != State::New {
            continue;
        }
        states[root] = State::Open;
        let mut open = vec![(root, 0)];
        while let Some((body, next)) = open.last_mut() {
            let body = *body;
            if let Some(&callee) = input.functions[body].calls.get(*next) {
                *next += 1;
                match states[callee] {
                    _ if callee == body
                        && input.functions[body].recursion == Recursion::InLoops => {}
                    State::New => {
                        states[callee] = State::Open;
                        open.push((callee, 0));
                    }
                    // The call closes a cycle. No caller of the callee has a price yet that this could change but those that
                    // took it for free, as it will be.
                    State::Open => pays[callee] = true,
                    State::Done => {}
                }
                continue;
            }
            let mut function = paths::price(input, body, &prices)?;
            pays[body] |= function.entry() > cost::INLINE;
            if pays[body] {
                function.pay_at_entry();
            } else {
                prices.calls[body] += function.entry();
                if input.functions[body].recursion == Recursion::InLoops {
                    // Its loops pay for its own entry too, now that its price is known.
                    function = paths::price(input, body, &prices)?;
                }
            }
            priced[body] = Some(function);
            states[body] = State::Done;
            open.pop();
        }
    }
    Ok(priced.into_iter().flatten().collect())
}
