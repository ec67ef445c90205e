//! H3 cells of places, and places of H3 cells, by the crate `h3o`.
//!
//! ```
//! use tenon_kernel_geohex::{LatLng, cell_to_parent, grid_disk, lat_lng_to_cell};
//!
//! let paris = LatLng { lat: 48.864716, lng: 2.349014 };
//! let cell = lat_lng_to_cell(paris, 9)?;
//! assert_eq!(format!("{cell:x}"), "891fb4662d7ffff");
//! assert_eq!(format!("{:x}", cell_to_parent(cell, 5)?), "851fb467fffffff");
//! assert_eq!(grid_disk(cell, 1)?.len(), 7);
//! # Ok::<(), tenon_kernel_geohex::Failure>(())
//! ```

#[cfg(target_family = "wasm")]
mod component;

use h3o::{CellIndex, LatLngIndexer, Resolution};
use std::fmt;

/// A place, in degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LatLng {
    /// Degrees north of the equator.
    pub lat: f64,
    /// Degrees east of Greenwich.
    pub lng: f64,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The place with this number in its list, or 0, has a coordinate that is not finite.
    LatLng(u32),
    /// A resolution above 15, or one that is finer than the cell whose parent was asked for.
    Resolution(u8),
    /// A number that is no cell.
    Cell(u64),
    /// A disk of so many rings: at most [`MAX_K`].
    K(u32),
}

/// The most rings of a disk, which then has 120,601 cells.
pub const MAX_K: u32 = 200;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::LatLng(n) => write!(f, "the place {n} has a coordinate that is not finite"),
            Failure::Resolution(n) => {
                write!(f, "the resolution {n} is above 15, or finer than the cell")
            }
            Failure::Cell(n) => write!(f, "{n:x} is no cell"),
            Failure::K(n) => write!(f, "a disk of {n} rings, more than {MAX_K}"),
        }
    }
}

impl std::error::Error for Failure {}

/// The cell around a place.
///
/// # Errors
///
/// [`Failure::Resolution`] and [`Failure::LatLng`].
pub fn lat_lng_to_cell(at: LatLng, resolution: u8) -> Result<u64, Failure> {
    let resolution = valid_resolution(resolution)?;
    Ok(valid_place(0, at)?.to_cell(resolution).into())
}

/// The cells around many places, in their order. Neighbours in the list that share a cell are cheaper.
///
/// # Errors
///
/// [`Failure::Resolution`] and [`Failure::LatLng`].
pub fn lat_lngs_to_cells(at: &[LatLng], resolution: u8) -> Result<Vec<u64>, Failure> {
    let resolution = valid_resolution(resolution)?;
    let mut indexer = LatLngIndexer::default();
    let cell = |(number, &at): (u32, &LatLng)| {
        let place = valid_place(number, at)?;
        Ok(indexer.to_cell(place, resolution).into())
    };
    (0..).zip(at).map(cell).collect()
}

/// The centre of a cell.
///
/// # Errors
///
/// [`Failure::Cell`].
pub fn cell_to_lat_lng(cell: u64) -> Result<LatLng, Failure> {
    Ok(degrees(valid_cell(cell)?.into()))
}

/// The corners of a cell, counterclockwise, and where its edges bend.
///
/// # Errors
///
/// [`Failure::Cell`].
pub fn cell_to_boundary(cell: u64) -> Result<Vec<LatLng>, Failure> {
    let boundary = valid_cell(cell)?.boundary();
    Ok(boundary.iter().copied().map(degrees).collect())
}

/// The cell of a coarser resolution, or the same, that a cell belongs to.
///
/// # Errors
///
/// [`Failure::Resolution`] and [`Failure::Cell`].
pub fn cell_to_parent(cell: u64, resolution: u8) -> Result<u64, Failure> {
    parent(cell, valid_resolution(resolution)?)
}

/// The parents of many cells, in their order.
///
/// # Errors
///
/// [`Failure::Resolution`] and [`Failure::Cell`].
pub fn cells_to_parents(cells: &[u64], resolution: u8) -> Result<Vec<u64>, Failure> {
    let resolution = valid_resolution(resolution)?;
    cells.iter().map(|&cell| parent(cell, resolution)).collect()
}

/// The cells that are at most k steps away: itself first, and those that are nearer before those that are farther.
///
/// # Errors
///
/// [`Failure::K`] and [`Failure::Cell`].
pub fn grid_disk(cell: u64, k: u32) -> Result<Vec<u64>, Failure> {
    if k > MAX_K {
        return Err(Failure::K(k));
    }
    let cells: Vec<CellIndex> = valid_cell(cell)?.grid_disk(k);
    Ok(cells.into_iter().map(u64::from).collect())
}

fn parent(cell: u64, resolution: Resolution) -> Result<u64, Failure> {
    let parent = valid_cell(cell)?.parent(resolution);
    parent
        .map(u64::from)
        .ok_or(Failure::Resolution(resolution.into()))
}

fn valid_resolution(resolution: u8) -> Result<Resolution, Failure> {
    Resolution::try_from(resolution).map_err(|_| Failure::Resolution(resolution))
}

fn valid_cell(cell: u64) -> Result<CellIndex, Failure> {
    CellIndex::try_from(cell).map_err(|_| Failure::Cell(cell))
}

fn valid_place(number: u32, at: LatLng) -> Result<h3o::LatLng, Failure> {
    h3o::LatLng::new(at.lat, at.lng).map_err(|_| Failure::LatLng(number))
}

fn degrees(place: h3o::LatLng) -> LatLng {
    LatLng {
        lat: place.lat(),
        lng: place.lng(),
    }
}
