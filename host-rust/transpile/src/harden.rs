//! Hardening: a core module that can neither run for long without asking its host, nor grow beyond what it may.
//!
//! A [`Gate`] is a countdown: a mutable global that sinks at loop heads, at the entries of functions that could otherwise hide
//! much work from their callers, and in bulk operations by length. Below zero the module calls an imported function, the [tap](TAP),
//! with what is left (a number below zero) and gets the next budget back. What the tap does in between is the host's business: it
//! compares the clock with a deadline, lets a garbage collector proceed, adds up fuel, and returns or traps.
//!
//! Functions that can recurse count the stack that they take, in another global, and call the host when too little is left.
//! Growth that is refused is reported. Tables get a maximum. Float instructions that a compiler gets wrong are replaced.
//!
//! The order of things: `input` validates and reads the module, with `function` for each function and `frame` for the stack that
//! it takes; `graph` decides in which order functions are priced and which must pay at their entry, `paths` finds the dearest way
//! through each function and where it pays; `stack` weighs; `layout` says where things stand afterwards; `changes` has what
//! becomes of each function, with `bulk`, `growth`, `stack`, `float` and `loops`, which work with locals of `scratch`; `output` writes the module, with `added`,
//! `types` and `tables`. Prices are in [`cost`].

mod added;
mod bulk;
mod changes;
pub mod cost;
mod float;
mod frame;
mod function;
mod graph;
mod growth;
mod input;
mod layout;
mod loops;
mod output;
mod paths;
mod scratch;
mod stack;
mod tables;
#[cfg(test)]
mod tests;
mod types;

pub(crate) use types::Types;

use crate::error::{Error, Kind};
use crate::validate::{ENGINE, one_line};
use changes::Changes;
pub(crate) use frame::Locals;
pub(crate) use function::{Before, Function, Reading};
use input::Input;
use layout::Layout;
use std::ops::Range;
use wasm_encoder::{Encode, Instruction};
use wasmparser::WasmFeatures;

/// The module that all functions of the gate are imported from.
pub const MODULE: &str = "g";

/// The function that a module with a gate calls when its countdown is below zero: from `i64` to `i64`.
///
/// The argument is the countdown, so the units used since the tap answered last are its last answer minus the argument. The
/// result is the next countdown. The first call comes at the first place that pays: the countdown starts at zero.
pub const TAP: &str = "tap";

/// The function without parameters and results that is called when calls nest too deep. It has to trap.
pub const STACK: &str = "stack";

/// The function without parameters and results that is told when a memory or a table did not grow although its declared
/// maximum allows it.
pub const REFUSED: &str = "refused";

/// The global that counts down: a mutable `i64`, zero at first, exported by the [`Gate::Owner`].
pub const COUNTDOWN: &str = "tenon:countdown";

/// The global with the bytes of stack that are left: a mutable `i32`, exported by the [`Gate::Owner`].
pub const STACK_LEFT: &str = "tenon:stack";

/// The module that a [`Gate::Member`] imports both globals from: the component's first core instance.
pub const OWNER: &str = "i0";

/// What is done to a module. By default nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hardening {
    /// The countdown, if there is one.
    pub gate: Option<Gate>,
    /// Floating-point instructions that a compiler of the host gets wrong are replaced by others that compute the same.
    pub floats: bool,
    /// The most elements that a table may have; none for as many as are declared.
    pub table_elements: Option<u32>,
    /// Bytes of stack that calls may take, as they are estimated; none for [`cost::STACK_BUDGET`].
    pub stack: Option<i32>,
    /// Code stays small before fast: no loop is repeated, and no short copy done in place, and few functions count their stack.
    pub lean: bool,
}

/// Where the globals of the gate are. All core instances of a component share them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gate {
    /// In this module, which exports them.
    Owner,
    /// In the module of the first core instance, [`OWNER`].
    Member,
}

/// What a core module may use: WebAssembly 2 with vectors, as in a component.
const FEATURES: WasmFeatures = ENGINE.difference(WasmFeatures::COMPONENT_MODEL);

/// The hardened module. It computes what the given one does.
///
/// The gate's functions are imported after everything else, each only if it is used. Of the custom sections only function names
/// remain: the others tell of a module that is no more. Functions that are added have names that begin with `tenon:`, followed by
/// a word without `/` and `#`, which no function of a component's contract has.
///
/// A module that is not valid is refused as [`Kind::Malformed`], a function that grows beyond what engines take as
/// [`Kind::Limit`], one that has names of the gate already as [`Kind::Unsupported`].
///
/// ```
/// use tenon_transpile::harden::{Gate, Hardening, harden};
///
/// let wasm = wat::parse_str(r#"(module (func (export "spin") (loop br 0)))"#).unwrap();
/// let hardening = Hardening { gate: Some(Gate::Owner), ..Hardening::default() };
/// let hardened = harden(&wasm, &hardening).unwrap();
/// let text = wasmparser::Parser::new(0).parse_all(&hardened);
/// assert!(text.flatten().any(|payload| matches!(payload, wasmparser::Payload::ImportSection(_))));
/// ```
pub fn harden(wasm: &[u8], hardening: &Hardening) -> Result<Vec<u8>, Error> {
    harden_found(wasm, None, hardening)
}

/// [`harden`], given what was found of the module's functions when it was validated: it is not read again for that. They may stand
/// elsewhere now, and what is around them may be written otherwise, as long as it means the same to them.
pub(crate) fn harden_found(
    wasm: &[u8],
    found: Option<&[Function]>,
    hardening: &Hardening,
) -> Result<Vec<u8>, Error> {
    let input = Input::read(wasm, found).map_err(|error| {
        let what = format!(
            "the core module is not valid: {}",
            one_line(error.message())
        );
        Error::new(Kind::Malformed, what)
            .at(error.offset())
            .help("Build it again, for WebAssembly 2 with vectors at most.")
    })?;
    if hardening.gate.is_some()
        && let Some(name) = input.taken
    {
        let what = format!("the core module imports or exports `{name}`");
        return Err(Error::new(Kind::Unsupported, what)
            .help("The name is the host's. Build the kernel with another."));
    }
    // A module without code needs nobody to stop it.
    let gate = (hardening.gate).filter(|gate| *gate == Gate::Owner || !input.functions.is_empty());
    let inline = match hardening.lean {
        true => LEAN * stack::INLINE,
        false => stack::INLINE,
    };
    let (priced, weights) = match gate {
        Some(_) => (
            graph::price(&input).map_err(Error::internal)?,
            stack::weigh(&input, inline),
        ),
        None => (Vec::new(), Vec::new()),
    };
    let layout = Layout::new(&input, gate, weights.iter().any(Option::is_some));
    let changes = Changes {
        input: &input,
        layout: &layout,
        floats: hardening.floats,
        lean: hardening.lean,
        priced,
        weights,
    };
    let hardened = output::write(&changes, hardening)?;
    // wazero validates what it compiles, so in the Go host nobody need do so twice.
    #[cfg(not(target_family = "wasm"))]
    wasmparser::Validator::new_with_features(FEATURES)
        .validate_all(&hardened)
        .map_err(|error| Error::internal(format_args!("a hardened module: {error}")))?;
    Ok(hardened)
}

/// How many times as much stack may be taken in lean code before somebody counts it.
const LEAN: u32 = 16;

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

/// Appends instructions.
fn write(code: &mut Vec<u8>, instructions: &[Instruction<'_>]) {
    for instruction in instructions {
        instruction.encode(code);
    }
}

/// An index in the binary format.
fn leb(index: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    index.encode(&mut bytes);
    bytes
}
