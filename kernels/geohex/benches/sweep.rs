//! The kernel natively, at the sizes of the Go package's benchmarks and on the same places and cells.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use tenon_kernel_geohex::{
    LatLng, cell_to_boundary, cell_to_lat_lng, cell_to_parent, grid_disk, lat_lng_to_cell,
    lat_lngs_to_cells,
};

/// The resolution of the cells: hexagons of 200 metres.
const LEVEL: u8 = 9;

const PARIS: LatLng = LatLng {
    lat: 48.864716,
    lng: 2.349014,
};

/// The places of the crate h3o's test data.
fn places() -> Vec<LatLng> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/latLngToCell.txt");
    let text = std::fs::read_to_string(path).expect("the places lie beside the kernel");
    let place = |line: &str| {
        let mut words = line.split(' ').skip(1).map(|word| word.parse().ok());
        let (lat, lng) = (words.next()??, words.next()??);
        Some(LatLng { lat, lng })
    };
    text.lines().filter_map(place).collect()
}

fn one<T>(c: &mut Criterion, name: &str, sizes: &[u32], call: impl Fn(u32) -> T) {
    let mut group = c.benchmark_group(name);
    for size in sizes {
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            b.iter(|| call(black_box(*size)));
        });
    }
}

fn sweep(c: &mut Criterion) {
    let places = places();
    let mut group = c.benchmark_group("lat-lngs-to-cells");
    for size in [1, 10, 100, 1_000, 10_000] {
        // Far apart, as the places of strangers are.
        let some = (0..size).map(|i| places[i * 7919 % places.len()]);
        let some: Vec<LatLng> = some.collect();
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            b.iter(|| lat_lngs_to_cells(black_box(&some), LEVEL));
        });
    }
    group.finish();

    let cell = lat_lng_to_cell(PARIS, LEVEL).expect("a place on Earth");
    one(c, "lat-lng-to-cell", &[1], |_| {
        lat_lng_to_cell(black_box(PARIS), LEVEL)
    });
    one(c, "cell-to-lat-lng", &[1], |_| {
        cell_to_lat_lng(black_box(cell))
    });
    one(c, "cell-to-boundary", &[1], |_| {
        cell_to_boundary(black_box(cell))
    });
    one(c, "cell-to-parent", &[1], |_| {
        cell_to_parent(black_box(cell), 5)
    });
    one(c, "grid-disk", &[1, 10, 100], |rings| {
        grid_disk(cell, rings)
    });
}

criterion_group!(benches, sweep);
criterion_main!(benches);
