//! The kernel natively, at the sizes of the Go package's benchmarks and on the same excerpts of the access log.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use tenon_kernel_editdistance::{distance, distances, nearest, nearest_lines};

/// How many texts there are of each size, and in a list.
const CANDIDATES: usize = 64;

/// What a function gets: the texts, the same as lines, and which one is the query.
struct Input<'a> {
    texts: &'a [String],
    lines: &'a str,
    at: usize,
}

fn measure(c: &mut Criterion, name: &str, pairs: usize, call: impl Fn(&Input<'_>)) {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../host-go/examples/accesslog/data/access.log"
    );
    let log = std::fs::read_to_string(path).expect("the log lies in the repository");
    let log = log.trim_end_matches('\n').replace('\n', " ");
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(pairs as u64));
    for size in [8, 16, 32, 64, 128] {
        let excerpt = |i: usize| {
            let at = i * 37_199 % (log.len() - size);
            log[at..at + size].to_owned()
        };
        let texts: Vec<String> = (0..CANDIDATES).map(excerpt).collect();
        let lines = texts.join("\n");
        let mut next = 0;
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            b.iter(|| {
                next += 1;
                call(&Input {
                    texts: &texts,
                    lines: &lines,
                    at: next % CANDIDATES,
                });
            });
        });
    }
}

fn sweep(c: &mut Criterion) {
    measure(c, "distance", 1, |Input { texts, at, .. }| {
        black_box(distance(&texts[*at], &texts[(at + 7) % CANDIDATES]));
    });
    measure(c, "distances", CANDIDATES, |Input { texts, at, .. }| {
        black_box(distances(&texts[*at], texts));
    });
    measure(c, "nearest", CANDIDATES, |Input { texts, at, .. }| {
        black_box(nearest(&texts[*at], texts, 2));
    });
    measure(
        c,
        "nearest-lines",
        CANDIDATES,
        |Input { texts, lines, at }| {
            black_box(nearest_lines(&texts[*at], lines, 2));
        },
    );
}

criterion_group!(benches, sweep);
criterion_main!(benches);
