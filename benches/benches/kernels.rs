//! The kernels' pure functions, natively: what the sandbox is held against. `cargo bench -p tenon-benches`.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn kernels(c: &mut Criterion) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../host-go/examples/accesslog/data/access.log");
    let log = std::fs::read_to_string(path).expect("the demo's log lies in the checkout");
    let lines: Vec<&str> = log.lines().take(1_000).collect();

    let mut group = c.benchmark_group("native");
    group.throughput(Throughput::Elements(lines.len() as u64));
    group.bench_function("redact, 1,000 lines", |b| {
        b.iter(|| {
            for line in &lines {
                black_box(tenon_kernel_redact::redact(line));
            }
        });
    });
    group.bench_function("useragent, 1,000 user agents", |b| {
        b.iter(|| {
            for line in &lines {
                black_box(tenon_kernel_useragent::parse(
                    line.rsplit('"').nth(1).unwrap_or_default(),
                ));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, kernels);
criterion_main!(benches);
