//! The functions natively, at the sizes and on the input of the Go package's benchmarks.

#[cfg(not(target_family = "wasm"))]
mod sweep {
    use criterion::measurement::WallTime;
    use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group};
    use std::hint::black_box;
    use std::time::Instant;
    use tenon_kernel_fuzzyrank::{Failure, Index, Ranking, rank};

    const LOG: &str = include_str!("../../../host-go/examples/accesslog/data/access.log");
    const QUERIES: [&str; 8] = [
        "s",
        "sts",
        "sts71",
        "apollo13",
        "imgsmall",
        "histapol12",
        "missionshtml",
        "shtlcount",
    ];
    const SIZES: [usize; 5] = [10, 100, 1_000, 10_000, 60_000];
    const SHOWN: u32 = 20;

    /// So many paths of the folders and the names of files in the access log: two folders each, and a name.
    fn paths(n: usize) -> String {
        let requested = LOG.lines().filter_map(|line| {
            let (_, request) = line.split_once('"')?;
            let path = request.split_whitespace().nth(1)?;
            let path = path.split_once('?').map_or(path, |(path, _)| path);
            Some(path.rsplit_once('/').unwrap_or(("", path)))
        });
        let (mut folders, mut names): (Vec<&str>, Vec<&str>) = requested.unzip();
        let folders = &mut folders;
        names.retain(|name| !name.is_empty());
        for list in [&mut *folders, &mut names] {
            list.sort_unstable();
            list.dedup();
        }
        let mut folders: Vec<String> = folders.iter().map(|folder| format!("{folder}/")).collect();
        folders.sort_unstable();
        let path = |i: usize| {
            let first = &folders[i % folders.len()][1..];
            let second = &folders[i / folders.len() % folders.len()][1..];
            format!("{first}{second}{}", names[i * 7919 % names.len()])
        };
        (0..n).map(path).collect::<Vec<_>>().join("\n")
    }

    fn sweep(c: &mut Criterion) {
        let mut group = c.benchmark_group("rank");
        for size in SIZES {
            let lines = paths(size);
            bench(&mut group, size, |query| {
                rank(query, black_box(&lines), SHOWN)
            });
        }
        group.finish();
        let mut group = c.benchmark_group("index");
        for size in SIZES {
            let index = Index::new(paths(size));
            bench(&mut group, size, |query| {
                black_box(&index).rank(query, SHOWN)
            });
        }
        group.finish();
    }

    /// Measures one query, of all of them by turns as often.
    fn bench(
        group: &mut BenchmarkGroup<'_, WallTime>,
        size: usize,
        rank: impl Fn(&str) -> Result<Ranking, Failure>,
    ) {
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            b.iter_custom(|times| {
                let start = Instant::now();
                for _ in 0..times {
                    for query in QUERIES {
                        black_box(rank(query)).expect("no query is too long");
                    }
                }
                start.elapsed() / QUERIES.len() as u32
            });
        });
    }

    criterion_group!(benches, sweep);
}

fn main() {
    #[cfg(not(target_family = "wasm"))]
    {
        sweep::benches();
        criterion::Criterion::default()
            .configure_from_args()
            .final_summary();
    }
}
