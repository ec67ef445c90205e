use anyhow::Result;
use tenon_host::contracts::thumbnail::{Color, Contract, Encoding, Filter, Fit, Jpeg, Target};
use tenon_kernel_thumbnail as native;

use super::{ready, slot, unknown};
use crate::definitions::{Call, Input};
use crate::rounds::Side;

/// The sides that a thumbnail has at most.
const SIDE: u32 = 320;

const QUALITY: u8 = 80;

pub(super) fn open(call: &Call, input: &Input, engine: &str) -> Result<Side<'static>> {
    let files = input.bytes()?;
    match (&*call.function, engine) {
        ("thumbnail-file", "rust-host") => {
            let slot = slot::<Contract>()?;
            let to = Target {
                width: SIDE,
                height: SIDE,
                fit: Fit::Contain,
                filter: Filter::CatmullRom,
            };
            let white = Color {
                red: 255,
                green: 255,
                blue: 255,
            };
            let kind = Encoding::Jpeg(Jpeg {
                quality: QUALITY,
                background: white,
            });
            ready(call, files, show, move |file| {
                let small = slot.call(|k| k.thumbnail_file(file, to, kind))??;
                Ok((small.width, small.height))
            })
        }
        ("thumbnail-file", "rust") => {
            let to = native::Target {
                width: SIDE,
                height: SIDE,
                fit: native::Fit::Contain,
                filter: native::Filter::CatmullRom,
            };
            let kind = native::Encoding::Jpeg {
                quality: QUALITY,
                background: [255; 3],
            };
            ready(call, files, show, move |file| {
                let small = native::thumbnail_file(file, to, kind)?;
                Ok((small.width, small.height))
            })
        }
        _ => Err(unknown(call, engine)),
    }
}

/// The sides: the kernel's tests look at the pictures.
fn show(&(width, height): &(u32, u32)) -> String {
    format!("{width} by {height}")
}
