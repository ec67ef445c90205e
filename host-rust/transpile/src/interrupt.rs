//! Interruption by countdown: a core module that cannot run for long without asking its host.
//!
//! A mutable global counts down: at loop heads, at the entries of functions that could otherwise hide much work from their
//! callers, and in bulk operations by length. Below zero the module calls an imported function, the [`Tap`], with what is
//! left (a number below zero) and gets the next budget back. What the tap does in between is the host's business: it compares the
//! clock with a deadline, lets a garbage collector proceed, adds up fuel, and returns or traps.
//!
//! The order of things: `input` reads the module, `graph` decides in which order functions are priced and which
//! must pay at their entry, `paths` finds the dearest way through each function and where it pays, `bulk` makes functions that do bulk
//! operations in pieces, `output` writes the module. Prices are in [`cost`].

mod bulk;
pub mod cost;
mod graph;
mod input;
mod output;
mod paths;
#[cfg(test)]
mod tests;

use crate::error::{Error, Kind};
use crate::validate::{ENGINE, one_line};
use bulk::Helpers;
use input::Input;
use std::ops::Range;
use wasm_encoder::Encode;
use wasmparser::{Validator, WasmFeatures};

/// The import that a hardened module calls when its countdown is below zero: a function from `i64` to `i64`.
///
/// The argument is the countdown, so the units used since the tap answered last are its last answer minus the argument. The
/// result is the next countdown. The first call comes at the first place that pays: the countdown starts at zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tap<'a> {
    /// The name of the module that the tap is imported from.
    pub module: &'a str,
    /// The tap's name in it.
    pub name: &'a str,
}

/// What a core module may use: WebAssembly 2 with vectors, as in a component.
const FEATURES: WasmFeatures = ENGINE.difference(WasmFeatures::COMPONENT_MODEL);

/// The module with a countdown. It computes what the given one does, and imports the [`Tap`] after everything else.
///
/// Of the custom sections only function names remain: the others tell of a module that is no more.
///
/// A module that is not valid is refused as [`Kind::Malformed`], a function that grows beyond what engines take as
/// [`Kind::Limit`].
///
/// ```
/// use tenon_transpile::interrupt::{Tap, harden};
///
/// let wasm = wat::parse_str(r#"(module (func (export "spin") (loop br 0)))"#).unwrap();
/// let hardened = harden(&wasm, &Tap { module: "host", name: "tap" }).unwrap();
/// let text = wasmparser::Parser::new(0).parse_all(&hardened);
/// assert!(text.flatten().any(|payload| matches!(payload, wasmparser::Payload::ImportSection(_))));
/// ```
pub fn harden(wasm: &[u8], tap: &Tap<'_>) -> Result<Vec<u8>, Error> {
    Validator::new_with_features(FEATURES)
        .validate_all(wasm)
        .map_err(|error| {
            let what = format!(
                "the core module is not valid: {}",
                one_line(error.message())
            );
            Error::new(Kind::Malformed, what)
                .at(error.offset())
                .help("Build it again, for WebAssembly 2 with vectors at most.")
        })?;
    let hardened = rewrite(wasm, tap).map_err(Error::internal)??;
    Validator::new_with_features(FEATURES)
        .validate_all(&hardened)
        .map_err(|error| Error::internal(format_args!("a module with a countdown: {error}")))?;
    Ok(hardened)
}

/// [`harden`] for a module that is valid.
fn rewrite(wasm: &[u8], tap: &Tap<'_>) -> wasmparser::Result<Result<Vec<u8>, Error>> {
    let input = Input::read(wasm)?;
    let mut helpers = Helpers::new(&input);
    let priced = graph::price(&input, &mut helpers)?;
    Ok(output::write(&input, &helpers, &priced, tap))
}

/// Other bytes for a stretch of the module, or bytes to be put in where the stretch is empty.
#[derive(Clone)]
struct Edit {
    range: Range<usize>,
    bytes: Vec<u8>,
}

/// Copies a stretch of the module with the edits that lie in it, which are in order.
fn copy(wasm: &[u8], range: Range<usize>, edits: &[Edit], to: &mut Vec<u8>) {
    let mut at = range.start;
    let first = edits.partition_point(|edit| edit.range.start < range.start);
    for edit in &edits[first..] {
        if edit.range.end > range.end {
            break;
        }
        to.extend_from_slice(&wasm[at..edit.range.start]);
        to.extend_from_slice(&edit.bytes);
        at = edit.range.end;
    }
    to.extend_from_slice(&wasm[at..range.end]);
}

/// An index in the binary format.
fn leb(index: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    index.encode(&mut bytes);
    bytes
}
