//! The kernel's function natively, on the documents of `host-go/kernels/jsonpick/bench_test.go`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tenon_kernel_jsonpick::Picker;

const EVENTS: &str = include_str!("../data/events.jsonl");

const PAGE_PATHS: &str = "/items/0/id\n/items/0/type\n/items/0/actor/login\n/items/0/repo/name\n\
    /items/0/payload/issue/title\n/items/0/created_at\n/items/0/public\n/next";

const LINE_PATHS: &str = "/id\n/type\n/actor/login\n/repo/name\n/payload/issue/title\n/created_at";

/// As many events as make the page the first of at least so many bytes; none in one that is smaller than an event.
fn page(size: usize) -> String {
    const END: &str = r#"],"next":"https://api.forge.example/events?page=2"}"#;
    let mut page = String::from(r#"{"incomplete":false,"items":["#);
    for (i, line) in EVENTS.lines().cycle().enumerate() {
        if size <= 500 || page.len() + END.len() >= size {
            break;
        }
        page.push_str(if i > 0 { "," } else { "" });
        page.push_str(line);
    }
    page + END
}

fn pick(c: &mut Criterion) {
    let mut group = c.benchmark_group("pick");
    let mut picker = Picker::new(PAGE_PATHS).expect("paths");
    for size in [64, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10] {
        let page = page(size);
        group.bench_with_input(BenchmarkId::from_parameter(size), &page, |b, page| {
            b.iter(|| picker.pick(black_box(page.as_bytes())));
        });
    }
}

fn pick_lines(c: &mut Criterion) {
    let mut group = c.benchmark_group("pick-lines");
    let mut picker = Picker::new(LINE_PATHS).expect("paths");
    for size in [1, 4, 16, 64, 256] {
        let lines: Vec<&str> = EVENTS.lines().cycle().take(size).collect();
        let lines = lines.join("\n") + "\n";
        // An operation is a line.
        group.bench_with_input(BenchmarkId::from_parameter(size), &lines, |b, lines| {
            b.iter_custom(|operations| {
                let calls = operations.div_ceil(size as u64);
                let start = std::time::Instant::now();
                for _ in 0..calls {
                    black_box(picker.pick_lines(black_box(lines.as_bytes())).is_ok());
                }
                start
                    .elapsed()
                    .mul_f64(operations as f64 / (calls * size as u64) as f64)
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = pick, pick_lines
}
criterion_main!(benches);
