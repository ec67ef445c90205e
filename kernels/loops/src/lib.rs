//! The fixture kernel of the benches: loops of real code.
//!
//! Each loop makes its input from a fixed seed and works on it for some rounds, so that a call has no arguments worth
//! measuring and takes as long as one likes. The answer depends on every round.

#[cfg(target_family = "wasm")]
mod component;

mod arithmetic;
mod hashes;
mod input;
mod search;
mod sorting;
mod text;

pub use arithmetic::{bigmul, histogram, mandelbrot, matmul, queens, sieve, tonemap};
pub use hashes::{crc32, fnv, sha256, siphash};
pub use search::{dfa, interpret, matches};
pub use sorting::{btree, heapsort, sort};
pub use text::{base64, json, levenshtein, utf8};

/// A loop: rounds in, checksum out.
pub type Loop = fn(u32) -> u64;

/// Every loop under its name in the contract.
pub const LOOPS: [(&str, Loop); 21] = [
    ("sha256", sha256),
    ("crc32", crc32),
    ("fnv", fnv),
    ("siphash", siphash),
    ("base64", base64),
    ("utf8", utf8),
    ("json", json),
    ("levenshtein", levenshtein),
    ("dfa", dfa),
    ("heapsort", heapsort),
    ("sort", sort),
    ("btree", btree),
    ("matches", matches),
    ("interpret", interpret),
    ("matmul", matmul),
    ("mandelbrot", mandelbrot),
    ("tonemap", tonemap),
    ("bigmul", bigmul),
    ("queens", queens),
    ("sieve", sieve),
    ("histogram", histogram),
];

/// Takes a round's result into the checksum.
fn fold(checksum: u64, value: u64) -> u64 {
    (checksum ^ value)
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(23)
}

/// The checksum of `rounds` results.
fn each_round(rounds: u32, mut round: impl FnMut() -> u64) -> u64 {
    (0..rounds).fold(0, |checksum, _| fold(checksum, round()))
}
