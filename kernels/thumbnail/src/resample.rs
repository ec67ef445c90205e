//! Pixels of other sides, by the crate `fast_image_resize`.

use crate::geometry::Part;
use crate::picture::{Channels, Picture};
use crate::{Filter, Sides};
use fast_image_resize::images::{Image, TypedCroppedImage, TypedImageRef};
use fast_image_resize::pixels::{InnerPixel, U8, U8x2, U8x3, U8x4};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

impl From<Filter> for FilterType {
    fn from(filter: Filter) -> Self {
        match filter {
            Filter::Box => FilterType::Box,
            Filter::Bilinear => FilterType::Bilinear,
            Filter::CatmullRom => FilterType::CatmullRom,
            Filter::Lanczos3 => FilterType::Lanczos3,
        }
    }
}

/// A part of the picture, resized.
pub(crate) fn part(picture: &Picture, part: Part, result: Sides, filter: Filter) -> Picture {
    let resize = |by_alpha| {
        ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(filter.into()))
            .use_alpha(by_alpha && !picture.is_opaque())
    };
    let data = match picture.channels {
        Channels::Gray => resized::<U8>(picture, part, result, resize(false)),
        Channels::GrayStraight => resized::<U8x2>(picture, part, result, resize(true)),
        Channels::Rgb => resized::<U8x3>(picture, part, result, resize(false)),
        Channels::Straight => resized::<U8x4>(picture, part, result, resize(true)),
        Channels::Premultiplied => resized::<U8x4>(picture, part, result, resize(false)),
    };
    let mut small = Picture {
        channels: picture.channels,
        sides: result,
        data,
    };
    if small.channels == Channels::Premultiplied {
        small.keep_below_alpha();
    }
    small
}

fn resized<P>(picture: &Picture, part: Part, result: Sides, options: ResizeOptions) -> Vec<u8>
where
    P: PixelTrait + InnerPixel,
{
    const FITS: &str = "sides and data have been checked, and the part lies in the picture";
    let Sides { width, height } = picture.sides;
    let all = TypedImageRef::<P>::from_buffer(width, height, &picture.data).expect(FITS);
    // Nothing outside of the part counts, except a pixel that the part has a fraction of.
    let (left, top) = (part.left.floor(), part.top.floor());
    let right = (part.left + part.width).ceil();
    let bottom = (part.top + part.height).ceil();
    let touched = TypedCroppedImage::new(
        all,
        left as u32,
        top as u32,
        (right - left) as u32,
        (bottom - top) as u32,
    );
    let options = options.crop(part.left - left, part.top - top, part.width, part.height);
    let mut image = Image::new(result.width, result.height, P::pixel_type());
    let mut into = image
        .typed_image_mut::<P>()
        .expect("it is made for this pixel");
    Resizer::new()
        .resize_typed(&touched.expect(FITS), &mut into, &options)
        .expect(FITS);
    image.into_vec()
}
