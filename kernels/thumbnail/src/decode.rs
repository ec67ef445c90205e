//! Pictures of files, no finer than a target needs.

use crate::geometry::{MAX_PROGRESSIVE_PIXELS, Part, Plan};
use crate::orientation::Orientation;
use crate::picture::{Channels, Picture};
use crate::scans::{self, MAX_SCANS};
use crate::{Failure, Sides, Target};
use jpeg_decoder::{CodingProcess, Decoder, PixelFormat};
use std::io::Cursor;

/// A file's picture as it is stored, and what becomes of it.
pub(crate) struct Decoded {
    pub(crate) picture: Picture,
    /// The part to resize, in pixels of the picture.
    pub(crate) part: Part,
    /// Its sides then.
    pub(crate) result: Sides,
    /// How it is then turned.
    pub(crate) orientation: Orientation,
}

/// Decodes a file for a target.
pub(crate) fn file(file: &[u8], target: Target) -> Result<Decoded, Failure> {
    if file.starts_with(b"\xff\xd8\xff") {
        jpeg(file, target)
    } else if file.starts_with(b"\x89PNG\r\n\x1a\n") {
        png(file, target)
    } else {
        Err(Failure::UnknownFormat)
    }
}

/// What becomes of a stored picture of the given sides.
fn plan(stored: Sides, orientation: Orientation, target: Target) -> Result<Plan, Failure> {
    stored.check_source()?;
    let upright = orientation.sides(stored);
    Ok(orientation.stored(target.plan(upright), upright))
}

fn jpeg(file: &[u8], target: Target) -> Result<Decoded, Failure> {
    let mut decoder = Decoder::new(file);
    decoder.read_info().map_err(of_jpeg)?;
    let info = decoder.info().expect("it has just been read");
    let stored = Sides {
        width: info.width.into(),
        height: info.height.into(),
    };
    let orientation = Orientation::of_exif(decoder.exif_data());
    let Plan { part, result } = plan(stored, orientation, target)?;
    match info.coding_process {
        CodingProcess::DctProgressive if stored.pixels() > MAX_PROGRESSIVE_PIXELS.into() => {
            return Err(Failure::Unsupported(format!(
                "a progressive JPEG of {} by {} pixels, which is more than {MAX_PROGRESSIVE_PIXELS}",
                stored.width, stored.height
            )));
        }
        CodingProcess::Lossless => return Err(Failure::Unsupported("lossless JPEG".into())),
        _ => {}
    }
    if scans::too_many(file) {
        return Err(Failure::Unsupported(format!(
            "a JPEG of more than {MAX_SCANS} scans"
        )));
    }
    let eighths = eighths(part, result);
    if eighths < 8 {
        // The decoder takes the smallest scale at which one side is as large as it is told; the longer one decides.
        let scaled = |side: u16| (u32::from(side) * eighths).div_ceil(8) as u16;
        let asked = if info.width >= info.height {
            decoder.scale(scaled(info.width), u16::MAX)
        } else {
            decoder.scale(u16::MAX, scaled(info.height))
        };
        asked.map_err(of_jpeg)?;
    }
    let data = decoder.decode().map_err(of_jpeg)?;
    let info = decoder.info().expect("it has been read");
    let (channels, data) = match info.pixel_format {
        PixelFormat::L8 => (Channels::Gray, data),
        PixelFormat::RGB24 => (Channels::Rgb, data),
        PixelFormat::CMYK32 => (Channels::Rgb, of_cmyk(&data)),
        PixelFormat::L16 => return Err(Failure::Unsupported("JPEG of 16 bits".into())),
    };
    let picture = Picture {
        channels,
        sides: Sides {
            width: info.width.into(),
            height: info.height.into(),
        },
        data,
    };
    Ok(Decoded {
        picture,
        part: part.scaled(f64::from(eighths) / 8.0),
        result,
        orientation,
    })
}

/// How many eighths of its size a JPEG need have: 1, 2, 4 or 8, so that the part has twice the result's sides or more.
fn eighths(part: Part, result: Sides) -> u32 {
    let enough = |eighths: &u32| {
        let times = f64::from(*eighths) / 8.0;
        part.width * times >= f64::from(2 * result.width)
            && part.height * times >= f64::from(2 * result.height)
    };
    [1, 2, 4].into_iter().find(enough).unwrap_or(8)
}

/// Red, green and blue of the four inks, without a colour profile.
fn of_cmyk(data: &[u8]) -> Vec<u8> {
    let (pixels, _) = data.as_chunks::<4>();
    let rgb = pixels.iter().flat_map(|&[cyan, magenta, yellow, black]| {
        let light = 255 - u32::from(black);
        [cyan, magenta, yellow].map(|ink| ((255 - u32::from(ink)) * light / 255) as u8)
    });
    rgb.collect()
}

fn of_jpeg(error: jpeg_decoder::Error) -> Failure {
    match error {
        jpeg_decoder::Error::Format(how) => Failure::Broken(how),
        jpeg_decoder::Error::Unsupported(what) => Failure::Unsupported(format!("{what:?}")),
        other => Failure::Broken(other.to_string()),
    }
}

fn png(file: &[u8], target: Target) -> Result<Decoded, Failure> {
    let mut decoder = png::Decoder::new(Cursor::new(file));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(of_png)?;
    let sides = Sides {
        width: header.width,
        height: header.height,
    };
    sides.check_source()?;
    let mut reader = decoder.read_info().map_err(of_png)?;
    let orientation = Orientation::of_exif(reader.info().exif_metadata.as_deref());
    let Plan { part, result } = plan(sides, orientation, target)?;
    let channels = match reader.output_color_type().0 {
        png::ColorType::Grayscale => Channels::Gray,
        png::ColorType::GrayscaleAlpha => Channels::GrayStraight,
        png::ColorType::Rgb => Channels::Rgb,
        png::ColorType::Rgba => Channels::Straight,
        png::ColorType::Indexed => {
            return Err(Failure::Unsupported("a PNG whose palette stays".into()));
        }
    };
    let length = sides.pixels() as usize * channels.bytes() as usize;
    let mut data = vec![0; length];
    let frame = reader.next_frame(&mut data).map_err(of_png)?;
    if (frame.width, frame.height) != (sides.width, sides.height) {
        return Err(Failure::Broken("its first frame has other sides".into()));
    }
    let picture = Picture {
        channels,
        sides,
        data,
    };
    Ok(Decoded {
        picture,
        part,
        result,
        orientation,
    })
}

fn of_png(error: png::DecodingError) -> Failure {
    Failure::Broken(error.to_string())
}
