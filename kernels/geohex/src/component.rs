//! The WIT glue: the contract's functions, handed to the pure ones.

tenon_kernel::kernel!();

wit_bindgen::generate!({
    path: "../../wit/geohex",
    world: "kernel",
});

use exports::tenon::geohex::grid as contract;

struct Component;

export!(Component);

impl contract::Guest for Component {
    fn lat_lng_to_cell(at: contract::LatLng, resolution: u8) -> Result<u64, contract::Failure> {
        Ok(crate::lat_lng_to_cell(place(at), resolution)?)
    }

    fn lat_lngs_to_cells(
        at: Vec<contract::LatLng>,
        resolution: u8,
    ) -> Result<Vec<u64>, contract::Failure> {
        let at: Vec<crate::LatLng> = at.into_iter().map(place).collect();
        Ok(crate::lat_lngs_to_cells(&at, resolution)?)
    }

    fn cell_to_lat_lng(cell: u64) -> Result<contract::LatLng, contract::Failure> {
        Ok(lat_lng(crate::cell_to_lat_lng(cell)?))
    }

    fn cell_to_boundary(cell: u64) -> Result<Vec<contract::LatLng>, contract::Failure> {
        let boundary = crate::cell_to_boundary(cell)?;
        Ok(boundary.into_iter().map(lat_lng).collect())
    }

    fn cell_to_parent(cell: u64, resolution: u8) -> Result<u64, contract::Failure> {
        Ok(crate::cell_to_parent(cell, resolution)?)
    }

    fn cells_to_parents(cells: Vec<u64>, resolution: u8) -> Result<Vec<u64>, contract::Failure> {
        Ok(crate::cells_to_parents(&cells, resolution)?)
    }

    fn grid_disk(cell: u64, k: u32) -> Result<Vec<u64>, contract::Failure> {
        Ok(crate::grid_disk(cell, k)?)
    }
}

fn place(at: contract::LatLng) -> crate::LatLng {
    crate::LatLng {
        lat: at.lat,
        lng: at.lng,
    }
}

fn lat_lng(at: crate::LatLng) -> contract::LatLng {
    contract::LatLng {
        lat: at.lat,
        lng: at.lng,
    }
}

impl From<crate::Failure> for contract::Failure {
    fn from(failure: crate::Failure) -> Self {
        match failure {
            crate::Failure::LatLng(n) => contract::Failure::LatLng(n),
            crate::Failure::Resolution(n) => contract::Failure::Resolution(n),
            crate::Failure::Cell(n) => contract::Failure::Cell(n),
            crate::Failure::K(n) => contract::Failure::K(n),
        }
    }
}

/// What `f64::mul_add` calls where a processor has no such instruction, as WebAssembly has none. To round but once takes some
/// 100 instructions, which were most of a search for a cell; H3's own code rounds twice too.
#[unsafe(no_mangle)]
extern "C" fn fma(a: f64, b: f64, c: f64) -> f64 {
    a * b + c
}
