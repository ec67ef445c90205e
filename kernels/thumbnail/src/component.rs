//! The WIT glue: the contract's functions, handed to the pure ones.

tenon_kernel::kernel!();

wit_bindgen::generate!({
    path: "../../wit/thumbnail",
    world: "kernel",
});

use exports::tenon::thumbnail::thumbnailer as contract;

struct Component;

export!(Component);

impl contract::Guest for Component {
    fn resize(
        source: contract::Pixels,
        to: contract::Target,
    ) -> Result<contract::Pixels, contract::Failure> {
        let small = crate::resize(source.into(), to.into())?;
        Ok(contract::Pixels {
            layout: match small.layout {
                crate::Layout::Premultiplied => contract::Layout::Premultiplied,
                crate::Layout::Straight => contract::Layout::Straight,
                crate::Layout::Gray => contract::Layout::Gray,
            },
            width: small.width,
            height: small.height,
            stride: small.stride,
            data: small.data,
        })
    }

    fn thumbnail(
        source: contract::Pixels,
        to: contract::Target,
        kind: contract::Encoding,
    ) -> Result<contract::Encoded, contract::Failure> {
        Ok(crate::thumbnail(source.into(), to.into(), kind.into())?.into())
    }

    fn thumbnail_file(
        file: Vec<u8>,
        to: contract::Target,
        kind: contract::Encoding,
    ) -> Result<contract::Encoded, contract::Failure> {
        Ok(crate::thumbnail_file(&file, to.into(), kind.into())?.into())
    }
}

impl From<contract::Pixels> for crate::Pixels {
    fn from(pixels: contract::Pixels) -> Self {
        Self {
            layout: match pixels.layout {
                contract::Layout::Premultiplied => crate::Layout::Premultiplied,
                contract::Layout::Straight => crate::Layout::Straight,
                contract::Layout::Gray => crate::Layout::Gray,
            },
            width: pixels.width,
            height: pixels.height,
            stride: pixels.stride,
            data: pixels.data,
        }
    }
}

impl From<contract::Target> for crate::Target {
    fn from(target: contract::Target) -> Self {
        Self {
            width: target.width,
            height: target.height,
            fit: match target.fit {
                contract::Fit::Stretch => crate::Fit::Stretch,
                contract::Fit::Contain => crate::Fit::Contain,
                contract::Fit::Cover => crate::Fit::Cover,
            },
            filter: match target.filter {
                contract::Filter::Box => crate::Filter::Box,
                contract::Filter::Bilinear => crate::Filter::Bilinear,
                contract::Filter::CatmullRom => crate::Filter::CatmullRom,
                contract::Filter::Lanczos3 => crate::Filter::Lanczos3,
            },
        }
    }
}

impl From<contract::Encoding> for crate::Encoding {
    fn from(encoding: contract::Encoding) -> Self {
        match encoding {
            contract::Encoding::Jpeg(contract::Jpeg {
                quality,
                background: contract::Color { red, green, blue },
            }) => crate::Encoding::Jpeg {
                quality,
                background: [red, green, blue],
            },
            contract::Encoding::Png => crate::Encoding::Png,
        }
    }
}

impl From<crate::Encoded> for contract::Encoded {
    fn from(encoded: crate::Encoded) -> Self {
        let crate::Encoded {
            width,
            height,
            file,
        } = encoded;
        Self {
            width,
            height,
            file,
        }
    }
}

impl From<crate::Failure> for contract::Failure {
    fn from(failure: crate::Failure) -> Self {
        let sides = |crate::Sides { width, height }| contract::Sides { width, height };
        match failure {
            crate::Failure::Source(of) => Self::Source(sides(of)),
            crate::Failure::Stride(bytes) => Self::Stride(bytes),
            crate::Failure::Data(bytes) => Self::Data(bytes),
            crate::Failure::Target(of) => Self::Target(sides(of)),
            crate::Failure::Quality(quality) => Self::Quality(quality),
            crate::Failure::UnknownFormat => Self::UnknownFormat,
            crate::Failure::Unsupported(why) => Self::Unsupported(why),
            crate::Failure::Broken(how) => Self::Broken(how),
        }
    }
}
