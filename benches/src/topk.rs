//! What it costs on the Rust host to search an index of vectors.

use anyhow::{Result, ensure};
use serde_json::Value;
use tenon_host::contracts::topk::{Contract, Metric};
use tenon_kernel_topk as native;

use crate::calls::slot;
use crate::rounds::{self, SLICE, Sides};

/// As many elements, rows and hits as the Go driver's row has.
const DIMS: u32 = 768;
const ROWS: [usize; 3] = [100, 1_000, 10_000];
const BEST: u32 = 10;

/// The ten best of int8 vectors, by an index in a pinned instance against one of native Rust: a part for each number of rows.
pub(crate) fn host_topk(name: &str, quick: bool) -> Result<Value> {
    let slot = slot::<Contract>()?;
    let mut parts = Vec::new();
    for rows in ROWS {
        let matrix = vectors(rows);
        let queries: Vec<&[i8]> = matrix.chunks(DIMS as usize).take(16).collect();
        let pin = slot.pin()?;
        let here = pin.int8_index(&matrix, DIMS, Metric::Cosine)??;
        let there = native::Index::new(matrix.clone(), DIMS, native::Metric::Cosine)?;
        for query in &queries {
            let ours = pin.search_int8_index(&here, query, BEST)??;
            let theirs = there.search(query, BEST)?;
            let same = |(a, b): (&tenon_host::contracts::topk::Hit, &native::Hit)| {
                (a.row, a.score) == (b.row, b.score)
            };
            ensure!(
                ours.len() == theirs.len() && ours.iter().zip(&theirs).all(same),
                "{rows} rows: the kernel answers {ours:?}, native Rust {theirs:?}"
            );
        }
        let sides = Sides {
            a: rounds::each_of(&queries, |query| {
                std::hint::black_box(pin.search_int8_index(&here, query, BEST)??);
                Ok(())
            }),
            b: Some(rounds::each_of(&queries, |query| {
                std::hint::black_box(there.search(query, BEST)?);
                Ok(())
            })),
            c: None,
            slice: SLICE,
        };
        parts.push(rounds::measure(&format!("{rows} rows"), sides, quick)?);
    }
    Ok(rounds::in_parts(name, parts))
}

/// Rows of elements without a pattern that a search could profit from.
fn vectors(rows: usize) -> Vec<i8> {
    let mut state = 1_u64;
    let element = |_| {
        // A linear congruence, by its high bits.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as i8
    };
    (0..rows * DIMS as usize).map(element).collect()
}
