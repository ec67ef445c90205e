use std::hash::{Hash, Hasher};

use anyhow::Result;
use tenon_host::contracts::geohex::{Contract, LatLng};
use tenon_kernel_geohex as native;

use super::{ready, slot, unknown};
use crate::definitions::{Call, Input, Place};
use crate::rounds::Side;

/// Cells of 0.1 km².
const RESOLUTION: u8 = 9;

/// Places as an engine takes them, told apart by their coordinates.
struct Places<P> {
    coordinates: Vec<Place>,
    places: Vec<P>,
}

impl<P> Hash for Places<P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for (lat, lng) in &self.coordinates {
            (lat.to_bits(), lng.to_bits()).hash(state);
        }
    }
}

impl<P> PartialEq for Places<P> {
    fn eq(&self, other: &Self) -> bool {
        self.coordinates == other.coordinates
    }
}

/// Files hold no NaN.
impl<P> Eq for Places<P> {}

fn places<P>(input: &Input, place: impl Fn(f64, f64) -> P) -> Result<Vec<Places<P>>> {
    let all = input.places()?.into_iter().map(|coordinates| Places {
        places: coordinates
            .iter()
            .map(|&(lat, lng)| place(lat, lng))
            .collect(),
        coordinates,
    });
    Ok(all.collect())
}

pub(super) fn open(call: &Call, input: &Input, engine: &str) -> Result<Side<'static>> {
    let of_host = |lat, lng| LatLng { lat, lng };
    let of_kernel = |lat, lng| native::LatLng { lat, lng };
    match (&*call.function, engine) {
        ("lat-lng-to-cell", "rust-host") => {
            let slot = slot::<Contract>()?;
            ready(call, places(input, of_host)?, cell, move |it| {
                Ok(slot.call(|k| k.lat_lng_to_cell(it.places[0], RESOLUTION))??)
            })
        }
        ("lat-lng-to-cell", "rust") => ready(call, places(input, of_kernel)?, cell, |it| {
            Ok(native::lat_lng_to_cell(it.places[0], RESOLUTION)?)
        }),
        ("lat-lngs-to-cells", "rust-host") => {
            let slot = slot::<Contract>()?;
            ready(call, places(input, of_host)?, cells, move |it| {
                Ok(slot.call(|k| k.lat_lngs_to_cells(&it.places, RESOLUTION))??)
            })
        }
        ("lat-lngs-to-cells", "rust") => ready(call, places(input, of_kernel)?, cells, |it| {
            Ok(native::lat_lngs_to_cells(&it.places, RESOLUTION)?)
        }),
        _ => Err(unknown(call, engine)),
    }
}

fn cell(cell: &u64) -> String {
    format!("{cell:x}")
}

#[allow(clippy::ptr_arg)] // the type of an answer
fn cells(cells: &Vec<u64>) -> String {
    cells.iter().map(cell).collect::<Vec<_>>().join(" ")
}
