//! Random valid core modules that end, of wasm-smith.

use arbitrary::Unstructured;
use wasm_smith::{Config, Module};
use wasmparser::{Validator, WasmFeatures};

/// Each loop and each call of a module takes one; without any left it traps.
const FUEL: u32 = 500;

/// The module that bytes stand for; none if there are too few of them.
pub fn module(entropy: &[u8]) -> Option<Vec<u8>> {
    let (first, rest) = entropy.split_first()?;
    // Half of them without reference types, most of which bring `externref` along.
    from(config(first % 2 == 0, first % 4 != 0), rest)
}

/// What engines run here: WebAssembly 2 with vectors, without `externref`.
pub fn config(references: bool, memory: bool) -> Config {
    Config {
        allow_start_export: true,
        bulk_memory_enabled: true,
        canonicalize_nans: true,
        compact_imports_enabled: false,
        exceptions_enabled: false,
        export_everything: true,
        extended_const_enabled: false,
        gc_enabled: false,
        max_data_segments: 4,
        max_element_segments: 4,
        max_funcs: 8,
        max_imports: 3,
        max_instructions: 150,
        max_memories: 1,
        max_memory32_bytes: 64 << 16,
        max_table_elements: 200,
        max_tables: if references { 2 } else { 1 },
        max_types: 12,
        memory64_enabled: false,
        memory_max_size_required: true,
        min_funcs: 2,
        min_memories: u32::from(memory),
        multi_value_enabled: true,
        reference_types_enabled: references,
        relaxed_simd_enabled: false,
        shared_everything_threads_enabled: false,
        simd_enabled: true,
        table_max_size_required: true,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    }
}

/// The module that wasm-smith makes of bytes.
pub fn from(config: Config, entropy: &[u8]) -> Option<Vec<u8>> {
    let mut module = Module::new(config, &mut Unstructured::new(entropy)).ok()?;
    module.ensure_termination(FUEL).ok()?;
    let wasm = module.to_bytes();
    // `externref` needs a collector, which no engine here has.
    let features = WasmFeatures::WASM2.difference(WasmFeatures::GC_TYPES);
    Validator::new_with_features(features)
        .validate_all(&wasm)
        .ok()?;
    Some(wasm)
}
