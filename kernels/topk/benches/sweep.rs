//! The kernel natively, at the sizes of the Go package's benchmarks and on the same matrices: the ten best of rows of 768
//! elements.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use tenon_kernel_topk::{Element, Index, Metric, search};

const DIMS: u32 = 768;
const ROWS: [u32; 5] = [1, 10, 100, 1_000, 10_000];

/// Rows of pseudo-random elements: a linear congruential generator's, by Knuth.
fn matrix<T>(rows: u32, of: fn(u64) -> T) -> Vec<T> {
    let mut state = 1u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        of(state)
    };
    (0..rows * DIMS).map(|_| next()).collect()
}

fn index<T: Element>(c: &mut Criterion, name: &str, of: fn(u64) -> T) {
    let mut group = c.benchmark_group(name);
    for rows in ROWS {
        let matrix = matrix(rows, of);
        let query = matrix[..DIMS as usize].to_vec();
        let index = Index::new(matrix, DIMS, Metric::Dot).expect("whole rows");
        group.bench_function(BenchmarkId::from_parameter(rows), |b| {
            b.iter(|| index.search(black_box(&query), rows.min(10)));
        });
    }
}

fn once<T: Element>(c: &mut Criterion, name: &str, of: fn(u64) -> T) {
    let mut group = c.benchmark_group(name);
    for rows in ROWS {
        let matrix = matrix(rows, of);
        let query = &matrix[..DIMS as usize];
        group.bench_function(BenchmarkId::from_parameter(rows), |b| {
            b.iter(|| search(black_box(&matrix), DIMS, query, Metric::Dot, rows.min(10)));
        });
    }
}

fn sweep(c: &mut Criterion) {
    let int8 = |random: u64| (random >> 56) as i8;
    let float32 = |random: u64| (random >> 32) as i32 as f32 / (1u32 << 31) as f32;
    index(c, "int8-index", int8);
    once(c, "int8-once", int8);
    index(c, "float32-index", float32);
    once(c, "float32-once", float32);
}

criterion_group!(benches, sweep);
criterion_main!(benches);
