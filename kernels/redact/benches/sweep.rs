//! The kernel natively, at the sizes of the Go package's benchmark and on the same excerpts of the access log.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use tenon_kernel_redact::redact;

fn sweep(c: &mut Criterion) {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../host-go/examples/accesslog/data/access.log"
    );
    let log = std::fs::read_to_string(path).expect("the log lies in the repository");
    let mut group = c.benchmark_group("redact");
    for size in [16, 64, 256, 1 << 10, 4 << 10, 64 << 10] {
        let excerpt = |i: usize| &log[i * 140_009..i * 140_009 + size];
        let texts: Vec<&str> = (0..16).map(excerpt).collect();
        let mut next = texts.iter().cycle();
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            b.iter(|| next.next().map(|text| redact(black_box(text))));
        });
    }
}

criterion_group!(benches, sweep);
criterion_main!(benches);
