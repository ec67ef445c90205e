//! Makes pictures smaller, and files of them.
//!
//! ```
//! use tenon_kernel_thumbnail::{Encoding, Filter, Fit, Layout, Pixels, Target, thumbnail};
//!
//! let white = Pixels { layout: Layout::Gray, width: 64, height: 32, stride: 64, data: vec![255; 64 * 32] };
//! let target = Target { width: 16, height: 16, fit: Fit::Contain, filter: Filter::CatmullRom };
//! let small = thumbnail(white, target, Encoding::Png)?;
//! assert_eq!((small.width, small.height), (16, 8));
//! assert!(small.file.starts_with(b"\x89PNG"));
//! # Ok::<(), tenon_kernel_thumbnail::Failure>(())
//! ```
//!
//! # How it goes
//!
//! A file is decoded ([`thumbnail_file`]; a JPEG only as finely as the target needs), the planned part of it is resized,
//! the result is turned upright and encoded. Everything is checked on the way in, before memory is taken for pixels.

#[cfg(target_family = "wasm")]
mod component;

mod decode;
mod encode;
mod geometry;
mod orientation;
mod picture;
mod resample;
mod scans;

pub use geometry::{MAX_PROGRESSIVE_PIXELS, MAX_SOURCE_PIXELS, MAX_SOURCE_SIDE, MAX_TARGET_SIDE};
pub use scans::MAX_SCANS;

use picture::{Channels, Picture};
use std::fmt;

/// How pixels are stored; rows go from the top down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Red, green, blue and alpha, a byte each, colours multiplied by alpha.
    Premultiplied,
    /// Red, green, blue and alpha, a byte each, colours as they are.
    Straight,
    /// One byte of luminance.
    Gray,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// How they are stored.
    pub layout: Layout,
    /// Pixels in a row, at least 1.
    pub width: u32,
    /// Rows, at least 1.
    pub height: u32,
    /// Bytes from a row's start to the next one's: a multiple of a pixel's bytes, and no less than a row has.
    pub stride: u32,
    /// The rows. Nothing need follow the last pixel, and what does is not looked at.
    pub data: Vec<u8>,
}

/// The weights of the source's pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filter {
    /// The mean of the pixels under a target's pixel.
    Box,
    /// A triangle.
    Bilinear,
    /// A cubic through its points, a = -0.5.
    CatmullRom,
    /// A windowed sinc of three lobes.
    Lanczos3,
}

/// What becomes of a source whose sides have another ratio than the target's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fit {
    /// It gets the target's sides.
    Stretch,
    /// It keeps its ratio and is at most as large as the target; one that fits already is not resized.
    Contain,
    /// It keeps its ratio and fills the target; what is too much is cut off at both sides.
    Cover,
}

/// What a picture is to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Pixels in a row, from 1 to [`MAX_TARGET_SIDE`].
    pub width: u32,
    /// Rows, from 1 to [`MAX_TARGET_SIDE`].
    pub height: u32,
    /// What to do about another ratio.
    pub fit: Fit,
    /// The weights.
    pub filter: Filter,
}

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Baseline JPEG with chroma at half the resolution each way.
    Jpeg {
        /// From 1 to 100, on the scale of libjpeg.
        quality: u8,
        /// Red, green and blue of what shows through where a picture is transparent.
        background: [u8; 3],
    },
    /// PNG of 8 bits a channel, without an alpha channel where a picture is opaque.
    Png,
}

/// A file of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The file.
    pub file: Vec<u8>,
}

/// The sides of a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sides {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A source without pixels, or with more than [`MAX_SOURCE_SIDE`] and [`MAX_SOURCE_PIXELS`] allow.
    Source(Sides),
    /// A stride that is less than a row or no multiple of a pixel's bytes.
    Stride(u32),
    /// So many bytes of pixels, which is less than sides and stride ask for.
    Data(u32),
    /// A target without pixels, or with more than [`MAX_TARGET_SIDE`] allows.
    Target(Sides),
    /// A quality of 0 or above 100.
    Quality(u8),
    /// The file begins neither as a JPEG nor as a PNG.
    UnknownFormat,
    /// The file is of a kind that is not read, and why.
    Unsupported(String),
    /// The file is damaged, and how.
    Broken(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Source(Sides { width, height }) => write!(
                f,
                "a source of {width} by {height} pixels, not of 1 to {MAX_SOURCE_SIDE} a side and {MAX_SOURCE_PIXELS} in all"
            ),
            Failure::Stride(bytes) => write!(
                f,
                "a stride of {bytes} bytes, which is less than a row or no multiple of a pixel's bytes"
            ),
            Failure::Data(bytes) => {
                write!(
                    f,
                    "{bytes} bytes, which is less than sides and stride ask for"
                )
            }
            Failure::Target(Sides { width, height }) => write!(
                f,
                "a target of {width} by {height} pixels, not of 1 to {MAX_TARGET_SIDE} a side"
            ),
            Failure::Quality(quality) => write!(f, "a quality of {quality}, not of 1 to 100"),
            Failure::UnknownFormat => f.write_str("a file that is neither a JPEG nor a PNG"),
            Failure::Unsupported(why) => write!(f, "a file that is not read: {why}"),
            Failure::Broken(how) => write!(f, "a damaged file: {how}"),
        }
    }
}

impl std::error::Error for Failure {}

/// The picture, resized, in the source's layout and without gaps between rows.
pub fn resize(source: Pixels, target: Target) -> Result<Pixels, Failure> {
    target.check()?;
    source.check()?;
    let layout = source.layout;
    let Picture { sides, data, .. } = resized(source, target);
    Ok(Pixels {
        layout,
        width: sides.width,
        height: sides.height,
        stride: sides.width * layout.channels().bytes(),
        data,
    })
}

/// The picture, resized, as a file.
pub fn thumbnail(source: Pixels, target: Target, encoding: Encoding) -> Result<Encoded, Failure> {
    target.check()?;
    encoding.check()?;
    source.check()?;
    Ok(resized(source, target).encoded(encoding))
}

/// The picture of a JPEG or PNG file, resized, as a file: turned upright as its Exif data say.
pub fn thumbnail_file(file: &[u8], target: Target, encoding: Encoding) -> Result<Encoded, Failure> {
    target.check()?;
    encoding.check()?;
    let decoded = decode::file(file, target)?;
    let small = resample::part(
        &decoded.picture,
        decoded.part,
        decoded.result,
        target.filter,
    );
    Ok(decoded.orientation.turn(small).encoded(encoding))
}

/// The checked source, resized.
fn resized(source: Pixels, target: Target) -> Picture {
    let plan = target.plan(source.sides());
    let picture = Picture::of(source);
    resample::part(&picture, plan.part, plan.result, target.filter)
}

impl Layout {
    pub(crate) fn channels(self) -> Channels {
        match self {
            Layout::Premultiplied => Channels::Premultiplied,
            Layout::Straight => Channels::Straight,
            Layout::Gray => Channels::Gray,
        }
    }
}
