//! The kernel natively, at the sizes of the Go package's benchmarks and on the same bytes.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use tenon_kernel_utf8check::first_error;

fn measure(c: &mut Criterion, name: &str, head: &[u8], text: &[u8]) {
    let mut group = c.benchmark_group(name);
    for size in [16, 256, 4 << 10, 64 << 10, 1 << 20] {
        let bytes = head.iter().chain(text.iter().cycle()).take(size);
        let bytes: Vec<u8> = bytes.copied().collect();
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            b.iter(|| first_error(black_box(&bytes)));
        });
    }
}

fn sweep(c: &mut Criterion) {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../host-go/examples/accesslog/data/access.log"
    );
    let log = std::fs::read(path).expect("the log lies in the repository");
    measure(c, "ascii", b"", log.trim_ascii_end());
    measure(c, "japanese", b"", "日本語の文,".as_bytes());
    measure(c, "nothing-to-do", b"\xff", b"x");
}

criterion_group!(benches, sweep);
criterion_main!(benches);
