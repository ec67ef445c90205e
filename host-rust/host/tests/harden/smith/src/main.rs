//! Writes the file that `tests/harden` runs: random modules, each behind its length in four bytes.
//!
//! `cargo run -- ../random.bin` gives the same bytes every time. All modules end: each loop and each call uses fuel of wasm-smith's.

use arbitrary::Unstructured;
use wasm_smith::{Config, Module};
use wasmparser::{Validator, WasmFeatures};

/// How many modules, and the bytes that none of them exceeds.
const MODULES: usize = 200;
const SIZE: usize = 1_600;
/// What wasm-smith makes a module from.
const ENTROPY: usize = 6_000;
const FUEL: u32 = 500;

fn main() {
    let path = std::env::args().nth(1).expect("give the file to write");
    let mut out = Vec::new();
    let (mut seed, mut written) = (0, 0);
    while written < MODULES {
        seed += 1;
        if let Some(module) = module(seed) {
            out.extend((module.len() as u32).to_le_bytes());
            out.extend(module);
            written += 1;
        }
    }
    std::fs::write(&path, out).expect("the file is written");
    println!("{written} modules of {seed} seeds");
}

/// The module of a seed; none if it is large, or too small to be of interest.
fn module(seed: u64) -> Option<Vec<u8>> {
    let entropy: Vec<u8> = (0..ENTROPY as u64 / 8)
        .flat_map(|i| mixed(seed << 32 | i).to_le_bytes())
        .collect();
    // Half of them without reference types, most of which bring `externref` along.
    let references = seed % 2 == 0;
    let config = Config {
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
        min_memories: u32::from(seed % 4 != 0),
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
    };
    let mut module = Module::new(config, &mut Unstructured::new(&entropy)).ok()?;
    module.ensure_termination(FUEL).ok()?;
    let wasm = module.to_bytes();
    // `externref` needs a collector, which no engine here has.
    let features = WasmFeatures::WASM2.difference(WasmFeatures::GC_TYPES);
    Validator::new_with_features(features)
        .validate_all(&wasm)
        .ok()?;
    (300..=SIZE).contains(&wasm.len()).then_some(wasm)
}

/// SplitMix64.
fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
