//! The kernel natively, at the sizes of the Go package's benchmarks and on the same user agents.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use tenon_kernel_useragent::parse;

/// How many user agents are gone round.
const PICKED: usize = 64;

fn sweep(c: &mut Criterion) {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../host-go/examples/accesslog/data/access.log"
    );
    let log = std::fs::read_to_string(path).expect("the log lies in the repository");
    let of_line = |line: &'static str| {
        let head = line.strip_suffix('"').unwrap_or(line);
        head.rsplit('"').next().unwrap_or(head)
    };
    let all: Vec<&str> = log.leak().lines().map(of_line).collect();
    let uas: Vec<&str> = (0..2 * PICKED)
        .map(|i| all[i % PICKED * 193 % all.len()])
        .collect();
    // Natively a list is nothing but its elements.
    for name in ["parse", "parse-all"] {
        let mut group = c.benchmark_group(name);
        for size in [1, 8, PICKED] {
            let mut at = 0;
            group.throughput(Throughput::Elements(size as u64));
            group.bench_function(BenchmarkId::from_parameter(size), |b| {
                b.iter(|| {
                    at = (at + size) % PICKED;
                    let agents = uas[at..at + size].iter().map(|ua| parse(black_box(ua)));
                    agents.collect::<Vec<_>>()
                });
            });
        }
    }
}

criterion_group!(benches, sweep);
criterion_main!(benches);
