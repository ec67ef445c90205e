//! Writes the file that `tests/harden` runs: random modules, each behind its length in four bytes.
//!
//! `cargo run -- ../random.bin` gives the same bytes every time. All modules end: each loop and each call uses fuel of wasm-smith's.

use harden_smith::{config, from};

/// How many modules, and the bytes that none of them exceeds.
const MODULES: usize = 200;
const SIZE: usize = 1_600;
/// What wasm-smith makes a module from.
const ENTROPY: usize = 6_000;

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
    let wasm = from(config(references, seed % 4 != 0), &entropy)?;
    (300..=SIZE).contains(&wasm.len()).then_some(wasm)
}

/// SplitMix64.
fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
