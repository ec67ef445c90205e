//! Pixels on their way from a source to a result.

use crate::{Pixels, Sides};

/// What a pixel consists of, a byte each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channels {
    /// Luminance.
    Gray,
    /// Luminance and alpha.
    GrayStraight,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue and alpha.
    Straight,
    /// The same with colours multiplied by alpha.
    Premultiplied,
}

impl Channels {
    /// The bytes of a pixel.
    pub(crate) fn bytes(self) -> u32 {
        match self {
            Channels::Gray => 1,
            Channels::GrayStraight => 2,
            Channels::Rgb => 3,
            Channels::Straight | Channels::Premultiplied => 4,
        }
    }
}

/// A picture without gaps between rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) channels: Channels,
    pub(crate) sides: Sides,
    pub(crate) data: Vec<u8>,
}

impl Picture {
    /// Checked pixels as a picture, which is wider than they where their rows have gaps.
    pub(crate) fn of(mut source: Pixels) -> Picture {
        let channels = source.layout.channels();
        if source.height == 1 {
            source.stride = source.width * channels.bytes();
        }
        // The last row may end with its last pixel.
        let whole = source.stride as usize * source.height as usize;
        if source.data.len() < whole {
            source.data.resize(whole, 0);
        }
        Picture {
            channels,
            sides: Sides {
                width: source.stride / channels.bytes(),
                height: source.height,
            },
            data: source.data,
        }
    }

    /// The picture with another pixel for each.
    fn map<const FROM: usize, const TO: usize>(
        self,
        channels: Channels,
        each: impl Fn([u8; FROM]) -> [u8; TO],
    ) -> Picture {
        let (pixels, _) = self.data.as_chunks::<FROM>();
        let data = pixels.iter().flat_map(|pixel| each(*pixel)).collect();
        Picture {
            channels,
            data,
            ..self
        }
    }

    /// The picture in front of an opaque background: as it is where nothing of that is seen, otherwise red, green and blue.
    pub(crate) fn over(self, [r, g, b]: [u8; 3]) -> Picture {
        match self.channels {
            Channels::GrayStraight => self.map(Channels::Rgb, |[gray, alpha]| {
                [r, g, b].map(|behind| blend(gray, behind, alpha))
            }),
            _ if self.is_opaque() => self,
            Channels::Gray | Channels::Rgb => self,
            Channels::Straight => self.map(Channels::Rgb, |[red, green, blue, alpha]| {
                [(red, r), (green, g), (blue, b)].map(|(front, behind)| blend(front, behind, alpha))
            }),
            Channels::Premultiplied => self.map(Channels::Rgb, |[red, green, blue, alpha]| {
                [(red, r), (green, g), (blue, b)]
                    .map(|(front, behind)| front.saturating_add(times(behind, 255 - alpha)))
            }),
        }
    }

    /// The picture with colours as they are, and without alpha where it is opaque: gray, or red, green and blue, or those
    /// and alpha.
    pub(crate) fn straight(self) -> Picture {
        let picture = match self.channels {
            Channels::Gray | Channels::Rgb | Channels::Straight => self,
            Channels::GrayStraight => self.map(Channels::Straight, |[gray, alpha]| {
                [gray, gray, gray, alpha]
            }),
            Channels::Premultiplied => self.map(Channels::Straight, |[red, green, blue, alpha]| {
                let [red, green, blue] = [red, green, blue].map(|colour| divided(colour, alpha));
                [red, green, blue, alpha]
            }),
        };
        if picture.channels == Channels::Straight && picture.is_opaque() {
            return picture.map(Channels::Rgb, |[red, green, blue, _]| [red, green, blue]);
        }
        picture
    }

    /// Whether no pixel lets anything through.
    pub(crate) fn is_opaque(&self) -> bool {
        match self.channels {
            Channels::Gray | Channels::Rgb => true,
            Channels::GrayStraight => {
                let (pixels, _) = self.data.as_chunks::<2>();
                pixels.iter().all(|pixel| pixel[1] == 255)
            }
            Channels::Straight | Channels::Premultiplied => {
                // In blocks without a branch, which compilers turn into vectors.
                let mut blocks = self.data.chunks(4096);
                blocks.all(|block| {
                    let (pixels, _) = block.as_chunks::<4>();
                    pixels.iter().fold(255, |all, pixel| all & pixel[3]) == 255
                })
            }
        }
    }

    /// A filter with negative weights can lift a colour over its alpha, which is no premultiplied colour any more.
    pub(crate) fn keep_below_alpha(&mut self) {
        let (pixels, _) = self.data.as_chunks_mut::<4>();
        for [red, green, blue, alpha] in pixels {
            for colour in [red, green, blue] {
                *colour = (*colour).min(*alpha);
            }
        }
    }
}

/// The product of two parts of 255, rounded.
fn times(a: u8, b: u8) -> u8 {
    let product = u32::from(a) * u32::from(b) + 128;
    ((product + (product >> 8)) >> 8) as u8
}

/// What is seen of two colours when the front one covers so much, rounded once.
fn blend(front: u8, behind: u8, alpha: u8) -> u8 {
    let covered = u32::from(front) * u32::from(alpha);
    let seen = u32::from(behind) * u32::from(255 - alpha);
    ((covered + seen + 127) / 255) as u8
}

/// A premultiplied colour as it was before, rounded; 0 where nothing is seen.
fn divided(colour: u8, alpha: u8) -> u8 {
    let (colour, alpha) = (u32::from(colour), u32::from(alpha));
    match alpha {
        0 => 0,
        _ => ((colour * 255 + alpha / 2) / alpha).min(255) as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_rounded() {
        for a in 0..=255u8 {
            for b in 0..=255u8 {
                let exact = f64::from(a) * f64::from(b) / 255.0;
                assert_eq!(times(a, b), exact.round() as u8, "{a} {b}");
                assert_eq!(blend(a, 0, b), exact.round() as u8, "{a} {b}");
            }
        }
    }

    #[test]
    fn division_undoes_multiplication() {
        for colour in 0..=255u8 {
            assert_eq!(divided(times(colour, 255), 255), colour);
            for alpha in 1..=255u8 {
                let back = divided(times(colour, alpha), alpha);
                let step = 255 / u32::from(alpha) / 2 + 1;
                assert!(
                    u32::from(back.abs_diff(colour)) <= step,
                    "{colour} {alpha}: {back}"
                );
            }
        }
    }
}
