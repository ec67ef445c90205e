//! Files of pictures.

use crate::picture::{Channels, Picture};
use crate::{Encoded, Encoding, Failure};
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};
use png::{Compression, DeflateCompression, Filter};

/// What is compressed to less than this part of its pixels at once is a drawing.
const DRAWING: usize = 8;

impl Encoding {
    pub(crate) fn check(self) -> Result<(), Failure> {
        match self {
            Encoding::Jpeg { quality, .. } if !(1..=100).contains(&quality) => {
                Err(Failure::Quality(quality))
            }
            _ => Ok(()),
        }
    }
}

impl Picture {
    /// The file of a picture whose sides are those of a target.
    pub(crate) fn encoded(self, encoding: Encoding) -> Encoded {
        let (width, height) = (self.sides.width, self.sides.height);
        let file = match encoding {
            Encoding::Jpeg {
                quality,
                background,
            } => self.over(background).jpeg(quality),
            Encoding::Png => self.straight().png(),
        };
        Encoded {
            width,
            height,
            file,
        }
    }

    fn jpeg(self, quality: u8) -> Vec<u8> {
        const FITS: &str = "a target's sides fit into 16 bits, and memory can be written to";
        let width = u16::try_from(self.sides.width).expect(FITS);
        let height = u16::try_from(self.sides.height).expect(FITS);
        let colour = match self.channels {
            Channels::Gray => ColorType::Luma,
            Channels::Rgb => ColorType::Rgb,
            _ => ColorType::Rgba, // whose alpha says nothing any more
        };
        let mut file = Vec::with_capacity(self.data.len() / 8 + 1024);
        let mut encoder = Encoder::new(&mut file, quality);
        encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
        encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
        encoder
            .encode(&self.data, width, height, colour)
            .expect(FITS);
        file
    }

    /// Photographs come out no smaller by more work than a fast encoder does; drawings, which are small at once, come out half
    /// as large.
    fn png(self) -> Vec<u8> {
        let fast = self.png_by(|encoder| encoder.set_compression(Compression::Fast));
        if fast.len() * DRAWING > self.data.len() {
            return fast;
        }
        let thorough = self.png_by(|encoder| {
            encoder.set_deflate_compression(DeflateCompression::Level(4));
            encoder.set_filter(Filter::Adaptive);
        });
        if thorough.len() < fast.len() {
            thorough
        } else {
            fast
        }
    }

    fn png_by(&self, set: impl FnOnce(&mut png::Encoder<'_, &mut Vec<u8>>)) -> Vec<u8> {
        const FITS: &str = "the header is sound, and memory can be written to";
        let mut file = Vec::with_capacity(self.data.len() / 2 + 1024);
        let mut encoder = png::Encoder::new(&mut file, self.sides.width, self.sides.height);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_color(match self.channels {
            Channels::Gray => png::ColorType::Grayscale,
            Channels::Rgb => png::ColorType::Rgb,
            _ => png::ColorType::Rgba,
        });
        set(&mut encoder);
        let mut writer = encoder.write_header().expect(FITS);
        writer.write_image_data(&self.data).expect(FITS);
        writer.finish().expect(FITS);
        file
    }
}
