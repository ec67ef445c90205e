//! Validation, by `wasmparser`, with exactly the features that the hosts' engines run.

use crate::error::{Error, Kind};
use crate::scan::Scan;
use crate::unsupported;
use wasmparser::types::Types;
use wasmparser::{Validator, WasmFeatures};

/// The synchronous component model on core WebAssembly 2, vectors included; without `externref`, which needs a collector
/// that the Rust host's wasmtime is built without.
pub(crate) const ENGINE: WasmFeatures = WasmFeatures::WASM2
    .difference(WasmFeatures::GC_TYPES)
    .union(WasmFeatures::COMPONENT_MODEL);

/// What the translator needs beyond [`ENGINE`]: the adapters that it makes between nested components use two memories.
pub(crate) const TRANSLATOR: WasmFeatures = ENGINE.union(WasmFeatures::MULTI_MEMORY);

/// The types of a valid component.
///
/// A refusal says whether the component is invalid, or valid but in need of a feature outside [`ENGINE`].
pub(crate) fn validate(bytes: &[u8], scan: &Scan<'_>) -> Result<Types, Error> {
    let error = match Validator::new_with_features(ENGINE).validate_all(bytes) {
        Ok(types) => return Ok(types),
        Err(error) => error,
    };
    // Which of the two it is, only a second opinion tells: wasmparser does not mark every use of a missing feature.
    match Validator::new_with_features(WasmFeatures::all()).validate_all(bytes) {
        Ok(types) => Err(unsupported::explain(bytes, &error, scan, types.as_ref())),
        Err(other) if error.missing_wasm_feature().is_some() => Err(malformed(&other, scan)),
        Err(_) => Err(malformed(&error, scan)),
    }
}

/// A refusal by `wasmparser` as an error of ours.
pub(crate) fn malformed(error: &wasmparser::Error, scan: &Scan<'_>) -> Error {
    let mut refusal = Error::new(Kind::Malformed, format!("the component is not valid: {}", one_line(error.message())))
        .at(error.offset())
        .help(
            "Either the file is damaged, or the tool that wrote it has a bug. Build it again; if that does not help, try current \
             versions of wit-bindgen and `tenon build`.",
        );
    refusal.path = scan.place(error.offset()).map(str::to_owned);
    refusal
}

/// `wasmparser` puts context on lines of its own; an error of ours is one line.
pub(crate) fn one_line(message: &str) -> String {
    message
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(": ")
}
