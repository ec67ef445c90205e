//! What holds of every answer: against a naive convolution, of files, and of damaged ones.

use jpeg_encoder::{ColorType, Encoder};
use tenon_kernel_thumbnail::{
    Encoding, Failure, Filter, Fit, Layout, MAX_SCANS, Pixels, Target, resize, thumbnail,
    thumbnail_file,
};

const FILTERS: [Filter; 4] = [
    Filter::Box,
    Filter::Bilinear,
    Filter::CatmullRom,
    Filter::Lanczos3,
];

/// A generator of numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u32) -> u32 {
        (self.next() % u64::from(end)) as u32
    }

    /// A picture of any sides up to the given one, of noise or of stripes, with bytes between its rows.
    fn pixels(&mut self, layout: Layout, side: u32) -> Pixels {
        let bytes = if layout == Layout::Gray { 1 } else { 4 };
        let (width, height) = (1 + self.below(side), 1 + self.below(side));
        let stride = (width + self.below(3)) * bytes;
        let mut data: Vec<u8> = match self.below(2) {
            0 => (0..stride * height).map(|_| self.next() as u8).collect(),
            _ => (0..stride * height)
                .map(|i| if i % (7 * bytes) < 3 * bytes { 255 } else { 0 })
                .collect(),
        };
        if layout == Layout::Premultiplied {
            for pixel in data.chunks_exact_mut(4) {
                let alpha = pixel[3];
                pixel
                    .iter_mut()
                    .for_each(|colour| *colour = (*colour).min(alpha));
            }
        }
        data.truncate((stride * (height - 1) + width * bytes) as usize);
        Pixels {
            layout,
            width,
            height,
            stride,
            data,
        }
    }
}

fn weight(filter: Filter, x: f64) -> f64 {
    // A pixel on the border of two boxes belongs to one of them.
    let in_box = x > -0.5 && x <= 0.5;
    let x = x.abs();
    let sinc = |x: f64| {
        if x == 0.0 {
            1.0
        } else {
            (x * std::f64::consts::PI).sin() / (x * std::f64::consts::PI)
        }
    };
    match filter {
        Filter::Box => f64::from(u8::from(in_box)),
        Filter::Bilinear => (1.0 - x).max(0.0),
        Filter::CatmullRom if x < 1.0 => 1.5 * x.powi(3) - 2.5 * x.powi(2) + 1.0,
        Filter::CatmullRom if x < 2.0 => -0.5 * x.powi(3) + 2.5 * x.powi(2) - 4.0 * x + 2.0,
        Filter::Lanczos3 if x < 3.0 => sinc(x) * sinc(x / 3.0),
        _ => 0.0,
    }
}

/// The weights of a row's pixels for each of so many pixels.
fn weights(filter: Filter, from: u32, to: u32) -> Vec<Vec<f64>> {
    let scale = f64::from(from) / f64::from(to);
    let row = |target: u32| -> Vec<f64> {
        let centre = (f64::from(target) + 0.5) * scale - 0.5;
        let all: Vec<f64> = (0..from)
            .map(|x| weight(filter, (f64::from(x) - centre) * (1.0 / scale.max(1.0))))
            .collect();
        let sum: f64 = all.iter().sum();
        all.iter().map(|weight| weight / sum).collect()
    };
    (0..to).map(row).collect()
}

/// What the oracle gives for each channel, not rounded, or `None` where a value on the way leaves 0 to 255.
fn oracle(
    source: &Pixels,
    channels: u32,
    filter: Filter,
    width: u32,
    height: u32,
) -> Vec<Option<f64>> {
    let down = weights(filter, source.height, height);
    let across = weights(filter, source.width, width);
    let inside = |v: f64| (-0.5..=255.5).contains(&v);
    let mut all = Vec::new();
    for row in &down {
        for column in &across {
            for channel in 0..channels {
                let (mut sum, mut sound) = (0.0, true);
                for (x, weight) in column.iter().enumerate() {
                    if *weight == 0.0 {
                        continue;
                    }
                    let on_the_way: f64 = row
                        .iter()
                        .enumerate()
                        .map(|(y, weight)| {
                            let at = y * source.stride as usize
                                + x * channels as usize
                                + channel as usize;
                            weight * f64::from(source.data[at])
                        })
                        .sum();
                    sound &= inside(on_the_way);
                    sum += weight * on_the_way;
                }
                all.push((sound && inside(sum)).then_some(sum));
            }
        }
    }
    all
}

/// Each channel is within 1.5 of the exact convolution, which is half from each of two roundings and half for weights of
/// 16 bits. Where a filter overshoots on the way, a byte cannot hold it.
#[test]
fn equal_to_a_naive_convolution() {
    let mut random = Random(1);
    let (mut compared, mut overshoots) = (0, 0);
    for round in 0..240 {
        let layout = [Layout::Gray, Layout::Premultiplied][round % 2];
        let channels = if layout == Layout::Gray { 1 } else { 4 };
        let filter = FILTERS[round / 2 % 4];
        let source = random.pixels(layout, 48);
        let (width, height) = (1 + random.below(30), 1 + random.below(30));
        let target = Target {
            width,
            height,
            fit: Fit::Stretch,
            filter,
        };
        let small = resize(source.clone(), target).unwrap();
        let want = oracle(&source, channels, filter, width, height);
        assert_eq!(small.data.len(), want.len());
        for (i, (got, want)) in small.data.iter().zip(&want).enumerate() {
            let Some(want) = want else {
                overshoots += 1;
                continue;
            };
            compared += 1;
            let alpha = channels == 4 && *got == small.data[i / 4 * 4 + 3];
            let far = (f64::from(*got) - want).abs();
            assert!(
                far <= 1.5 || alpha,
                "{filter:?} {source:?} to {width} by {height}, byte {i}: {got}, not {want}"
            );
        }
    }
    assert!(
        compared > 100_000 && overshoots * 2 < compared,
        "{compared} compared, {overshoots} not"
    );
}

#[test]
fn colours_stay_below_their_alpha() {
    let mut random = Random(2);
    for round in 0..100 {
        let source = random.pixels(Layout::Premultiplied, 40);
        let target = Target {
            width: 1 + random.below(20),
            height: 1 + random.below(20),
            fit: Fit::Cover,
            filter: FILTERS[round % 4],
        };
        let small = resize(source, target).unwrap();
        assert!(
            small
                .data
                .chunks_exact(4)
                .all(|pixel| pixel.iter().all(|colour| *colour <= pixel[3]))
        );
    }
}

/// What lies between rows and behind the last one is not looked at.
#[test]
fn gaps_between_rows_do_not_count() {
    let mut random = Random(3);
    for round in 0..200 {
        let layout = [Layout::Gray, Layout::Premultiplied, Layout::Straight][round % 3];
        let source = random.pixels(layout, 30);
        let bytes = if layout == Layout::Gray { 1 } else { 4 };
        let row = (source.width * bytes) as usize;
        let mut tight = Vec::new();
        for y in 0..source.height as usize {
            tight.extend_from_slice(&source.data[y * source.stride as usize..][..row]);
        }
        let tight = Pixels {
            stride: row as u32,
            data: tight,
            ..source
        };
        let fit = [Fit::Stretch, Fit::Contain, Fit::Cover][round / 3 % 3];
        let target = Target {
            width: 1 + random.below(40),
            height: 1 + random.below(40),
            fit,
            filter: FILTERS[round % 4],
        };
        assert_eq!(resize(source, target), resize(tight, target));
    }
}

fn gradient(width: u32, height: u32) -> Vec<u8> {
    let mut data = Vec::new();
    for y in 0..height {
        for x in 0..width {
            data.extend(
                [
                    x * 255 / width,
                    y * 255 / height,
                    (x + y) * 255 / (width + height),
                ]
                .map(|v| v as u8),
            );
        }
    }
    data
}

fn jpeg(width: u16, height: u16, progressive: bool) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 90);
    encoder.set_progressive(progressive);
    let data = gradient(width.into(), height.into());
    encoder
        .encode(&data, width, height, ColorType::Rgb)
        .unwrap();
    file
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&gradient(width, height)).unwrap();
    writer.finish().unwrap();
    file
}

fn decoded(file: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file))
        .read_info()
        .unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut data).unwrap();
    data
}

/// A gradient stays the same one at every scale at which its file is decoded: nothing is shifted, and nothing cut off.
#[test]
fn files_are_decoded_at_every_scale() {
    for (width, height) in [(640, 480), (641, 479), (97, 1031), (1031, 97), (9, 9)] {
        for file in [
            jpeg(width, height, false),
            jpeg(width, height, true),
            png(width.into(), height.into()),
        ] {
            for side in [4, 8, 30, 60, 100, 200, 640] {
                let target = Target {
                    width: side,
                    height: side,
                    fit: Fit::Contain,
                    filter: Filter::CatmullRom,
                };
                let small = thumbnail_file(&file, target, Encoding::Png).unwrap();
                let want = gradient(small.width, small.height);
                let got = decoded(&small.file);
                assert_eq!(got.len(), want.len(), "it is opaque");
                // A step of the small gradient, which is coarser at its ends, and what JPEG loses.
                let step = 255 / small.width.min(small.height) / 2 + 8;
                let far = got.iter().zip(&want).map(|(a, b)| a.abs_diff(*b)).max();
                assert!(
                    u32::from(far.unwrap()) <= step,
                    "{width} by {height} to {side}: {far:?}, not {step}"
                );
            }
        }
    }
}

/// Damaged files fail or give a picture; nothing panics.
#[test]
fn damaged_files_are_answered() {
    let target = Target {
        width: 8,
        height: 8,
        fit: Fit::Cover,
        filter: Filter::Box,
    };
    let mut random = Random(4);
    let mut failed = 0;
    for file in [jpeg(40, 30, false), jpeg(40, 30, true), png(40, 30)] {
        for _ in 0..1_500 {
            let mut damaged = file.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(damaged.len() as u32) as usize;
                damaged[at] = random.next() as u8;
            }
            if random.below(4) == 0 {
                damaged.truncate(random.below(damaged.len() as u32) as usize);
            }
            match thumbnail_file(&damaged, target, Encoding::Png) {
                Ok(small) => assert_eq!((small.width, small.height), (8, 8)),
                Err(
                    Failure::Target(_)
                    | Failure::Quality(_)
                    | Failure::Data(_)
                    | Failure::Stride(_),
                ) => {
                    panic!("the file is what is damaged")
                }
                Err(_) => failed += 1,
            }
        }
    }
    assert!(failed > 500, "only {failed} failed");
}

/// A file whose header claims more than the limits is refused before anything is decoded.
#[test]
fn bombs_are_refused() {
    let target = Target {
        width: 8,
        height: 8,
        fit: Fit::Cover,
        filter: Filter::Box,
    };
    let bomb = |progressive: bool, sides: [u8; 4]| {
        let mut file = jpeg(40, 30, progressive);
        let marker: &[u8] = if progressive {
            &[0xff, 0xc2]
        } else {
            &[0xff, 0xc0]
        };
        let at = file.windows(2).position(|pair| pair == marker).unwrap();
        file[at + 5..at + 9].copy_from_slice(&sides);
        thumbnail_file(&file, target, Encoding::Png)
    };
    assert!(matches!(bomb(false, [255; 4]), Err(Failure::Source(_))));
    assert!(matches!(
        bomb(false, [0x20, 1, 0x10, 0]),
        Err(Failure::Source(_))
    ));
    assert!(matches!(
        bomb(true, [0x10, 0, 0x10, 1]),
        Err(Failure::Unsupported(_))
    ));
}

/// A file that goes over its picture again and again is refused, whatever it would come to.
#[test]
fn many_scans_are_refused() {
    let target = Target {
        width: 8,
        height: 8,
        fit: Fit::Cover,
        filter: Filter::Box,
    };
    let file = jpeg(40, 30, false);
    let at = file
        .windows(2)
        .position(|pair| pair == [0xff, 0xda])
        .unwrap();
    let (head, scan) = (&file[..at], &file[at..file.len() - 2]);
    let of = |scans| {
        let again = [head, &scan.repeat(scans), b"\xff\xd9"].concat();
        thumbnail_file(&again, target, Encoding::Png)
    };
    assert_eq!(of(MAX_SCANS), of(1));
    assert!(matches!(of(MAX_SCANS + 1), Err(Failure::Unsupported(_))));
}

/// A PNG of luminance and alpha, which no layout of the contract has, becomes a file with colours.
#[test]
fn gray_with_alpha_is_read() {
    for alpha in [0, 100, 255] {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 20, 10);
        encoder.set_color(png::ColorType::GrayscaleAlpha);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&[90, alpha].repeat(200)).unwrap();
        writer.finish().unwrap();
        let target = Target {
            width: 8,
            height: 4,
            fit: Fit::Stretch,
            filter: Filter::Lanczos3,
        };
        let small = thumbnail_file(&file, target, Encoding::Png).unwrap();
        let seen: &[u8] = match alpha {
            0 => &[0, 0, 0, 0],
            255 => &[90, 90, 90],
            _ => &[90, 90, 90, 100],
        };
        let got = decoded(&small.file);
        assert_eq!(got.len(), 32 * seen.len());
        let far = got
            .iter()
            .zip(seen.iter().cycle())
            .map(|(a, b)| a.abs_diff(*b));
        assert!(far.max() <= Some(1), "{alpha}: {got:?}");
        let white = Encoding::Jpeg {
            quality: 90,
            background: [255; 3],
        };
        let small = thumbnail_file(&file, target, white).unwrap();
        let shown = decoded(
            &thumbnail_file(&small.file, target, Encoding::Png)
                .unwrap()
                .file,
        );
        let want = 255 - u32::from(alpha) * (255 - 90) / 255;
        assert!(
            shown.iter().all(|got| u32::from(*got).abs_diff(want) <= 2),
            "{alpha}: {shown:?}, not {want}"
        );
    }
}

/// JPEG has no transparency: the background shows through.
#[test]
fn backgrounds_show_through() {
    let clear = Pixels {
        layout: Layout::Straight,
        width: 64,
        height: 64,
        stride: 256,
        data: [9, 9, 9, 0].repeat(64 * 64),
    };
    let target = Target {
        width: 16,
        height: 16,
        fit: Fit::Stretch,
        filter: Filter::Box,
    };
    let encoding = Encoding::Jpeg {
        quality: 95,
        background: [200, 100, 50],
    };
    for layout in [Layout::Straight, Layout::Premultiplied] {
        let data = if layout == Layout::Straight {
            clear.data.clone()
        } else {
            vec![0; 64 * 256]
        };
        let small = thumbnail(
            Pixels {
                layout,
                data,
                ..clear.clone()
            },
            target,
            encoding,
        )
        .unwrap();
        let shown = decoded(
            &thumbnail_file(&small.file, target, Encoding::Png)
                .unwrap()
                .file,
        );
        for pixel in shown.chunks_exact(3) {
            assert!(
                pixel
                    .iter()
                    .zip([200, 100, 50])
                    .all(|(got, want): (&u8, u8)| got.abs_diff(want) <= 3),
                "{pixel:?}"
            );
        }
    }
}
