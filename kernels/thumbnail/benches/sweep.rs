//! The kernel natively, at the sizes of the Go package's benchmarks and on the same pictures: the landscape from its corner
//! on, again and again where it ends.

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use jpeg_encoder::{ColorType, Encoder};
use std::hint::black_box;
use tenon_kernel_thumbnail::{
    Encoding, Filter, Fit, Layout, Pixels, Target, resize, thumbnail, thumbnail_file,
};

const WIDTHS: [u32; 7] = [64, 128, 256, 512, 1024, 1920, 4000];
const LANDSCAPE: &[u8] = include_bytes!("../../../wit/vectors/thumbnail/landscape.jpg");
const JPEG: Encoding = Encoding::Jpeg {
    quality: 80,
    background: [255; 3],
};

/// A piece of the landscape, nine sixteenths as high as it is wide.
fn piece(width: u32) -> Pixels {
    let mut decoder = jpeg_decoder::Decoder::new(LANDSCAPE);
    let whole = decoder.decode().expect("a sound file");
    let info = decoder.info().expect("a decoded file");
    let (across, down) = (usize::from(info.width), usize::from(info.height));
    let height = width * 9 / 16;
    let mut data = Vec::new();
    for y in 0..height as usize {
        for x in 0..width as usize {
            let at = (y % down * across + x % across) * 3;
            data.extend_from_slice(&whole[at..at + 3]);
            data.push(255);
        }
    }
    Pixels {
        layout: Layout::Premultiplied,
        width,
        height,
        stride: width * 4,
        data,
    }
}

fn target(width: u32) -> Target {
    let side = (width / 2).min(320);
    Target {
        width: side,
        height: side,
        fit: Fit::Contain,
        filter: Filter::CatmullRom,
    }
}

/// Measures what is done with the pixels; the kernel owns them, as it does when they have crossed.
fn pixels<R>(c: &mut Criterion, name: &str, call: impl Fn(Pixels, Target) -> R) {
    let mut group = c.benchmark_group(name);
    group.sample_size(10);
    for width in WIDTHS {
        let (source, to) = (piece(width), target(width));
        group.bench_function(BenchmarkId::from_parameter(width), |b| {
            b.iter_batched(
                || source.clone(),
                |source| call(source, to),
                BatchSize::PerIteration,
            );
        });
    }
}

fn sweep(c: &mut Criterion) {
    pixels(c, "resize", resize);
    pixels(c, "thumbnail", |source, to| thumbnail(source, to, JPEG));
    pixels(c, "thumbnail-png", |source, to| {
        thumbnail(source, to, Encoding::Png)
    });
    let mut group = c.benchmark_group("thumbnail-file");
    group.sample_size(10);
    for width in WIDTHS {
        let source = piece(width);
        let sides = (source.width as u16, source.height as u16);
        let mut file = Vec::new();
        let encoded =
            Encoder::new(&mut file, 85).encode(&source.data, sides.0, sides.1, ColorType::Rgba);
        encoded.expect("memory can be written to");
        let to = target(width);
        group.bench_function(BenchmarkId::from_parameter(width), |b| {
            b.iter(|| thumbnail_file(black_box(&file), to, JPEG));
        });
    }
}

criterion_group!(benches, sweep);
criterion_main!(benches);
