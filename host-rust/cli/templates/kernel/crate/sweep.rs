//! The native function at the sizes of the Go benchmarks, with the same inputs: what Wasm costs.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tenon_kernel_{{snake}}::count;

/// What the inputs repeat. Put in your own: what is measured is worth as much as its input is like yours.
const LINE: &str = "GET /index.html 200 1043 the quick brown fox jumps over the lazy dog\n";

fn counts(c: &mut Criterion) {
    let mut group = c.benchmark_group("count");
    for size in [16, 256, 4096, 65536] {
        let text = &LINE.repeat(size / LINE.len() + 1)[..size];
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            b.iter(|| count(text))
        });
    }
    group.finish();
}

criterion_group!(benches, counts);
criterion_main!(benches);
