//! What holds for every cell, and arguments that nobody means.

use std::collections::HashSet;
use tenon_kernel_geohex::{
    Failure, LatLng, MAX_K, cell_to_boundary, cell_to_lat_lng, cell_to_parent, cells_to_parents,
    grid_disk, lat_lng_to_cell, lat_lngs_to_cells,
};

/// Places all over the earth, the same in each run.
fn places(n: u32) -> Vec<LatLng> {
    let turn = |i: u32, by: f64| (f64::from(i) * by).fract();
    (0..n)
        .map(|i| LatLng {
            lat: 180.0 * turn(i, 0.618_033_988_749_895) - 90.0,
            lng: 360.0 * turn(i, 0.414_213_562_373_095) - 180.0,
        })
        .collect()
}

#[test]
fn a_cells_centre_lies_in_it_and_in_its_parents() {
    for (resolution, at) in (0..=15).cycle().zip(places(4_000)) {
        let cell = lat_lng_to_cell(at, resolution).unwrap();
        let centre = cell_to_lat_lng(cell).unwrap();
        assert_eq!(lat_lng_to_cell(centre, resolution), Ok(cell), "{at:?}");
        assert!((5..=10).contains(&cell_to_boundary(cell).unwrap().len()));
        let mut parent = cell;
        for coarser in (0..=resolution).rev() {
            parent = cell_to_parent(parent, coarser).unwrap();
            assert_eq!(cell_to_parent(cell, coarser), Ok(parent), "{cell:x}");
        }
    }
}

#[test]
fn a_disk_is_its_cell_then_ring_by_ring() {
    for (resolution, at) in (0..=15).cycle().zip(places(500)) {
        let cell = lat_lng_to_cell(at, resolution).unwrap();
        let mut seen = vec![cell];
        for k in 0..4 {
            let disk = grid_disk(cell, k).unwrap();
            let set = |cells: &[u64]| cells.iter().copied().collect::<HashSet<u64>>();
            assert_eq!(set(&disk[..seen.len()]), set(&seen), "{cell:x} {k}");
            assert_eq!(disk[0], cell);
            assert_eq!(set(&disk).len(), disk.len());
            assert!(disk.len() <= 1 + 3 * (k * (k + 1)) as usize, "{cell:x} {k}");
            seen = disk;
        }
    }
}

#[test]
fn many_are_answered_as_one() {
    let places = places(3_000);
    for resolution in [0, 4, 9, 15] {
        let cells = lat_lngs_to_cells(&places, resolution).unwrap();
        let one = |&at: &LatLng| lat_lng_to_cell(at, resolution).unwrap();
        assert_eq!(cells, places.iter().map(one).collect::<Vec<_>>());
        let parents = cells_to_parents(&cells, 0).unwrap();
        let one = |&cell: &u64| cell_to_parent(cell, 0).unwrap();
        assert_eq!(parents, cells.iter().map(one).collect::<Vec<_>>());
    }
}

#[test]
fn places_that_are_none_are_failures() {
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for at in [LatLng { lat: odd, lng: 0.0 }, LatLng { lat: 0.0, lng: odd }] {
            assert_eq!(lat_lng_to_cell(at, 5), Err(Failure::LatLng(0)), "{at:?}");
            let list = [LatLng::default(), LatLng::default(), at];
            assert_eq!(lat_lngs_to_cells(&list, 5), Err(Failure::LatLng(2)));
        }
    }
    // Finite ones have an answer, however large.
    for odd in [f64::MAX, f64::MIN, 1e300, -1e18, 91.0, f64::MIN_POSITIVE] {
        for at in [LatLng { lat: odd, lng: 0.0 }, LatLng { lat: 0.0, lng: odd }] {
            for resolution in 0..=15 {
                let cell = lat_lng_to_cell(at, resolution).unwrap();
                assert!(cell_to_lat_lng(cell).is_ok(), "{at:?}");
            }
        }
    }
}

#[test]
fn disks_are_bounded() {
    let paris = LatLng {
        lat: 48.864716,
        lng: 2.349014,
    };
    let cell = lat_lng_to_cell(paris, 9).unwrap();
    assert_eq!(grid_disk(cell, MAX_K).unwrap().len(), 120_601);
    for k in [MAX_K + 1, u32::MAX] {
        assert_eq!(grid_disk(cell, k), Err(Failure::K(k)));
    }
    // The whole earth has 842 cells of resolution 1.
    let coarse = cell_to_parent(cell, 1).unwrap();
    assert_eq!(grid_disk(coarse, MAX_K).unwrap().len(), 842);
}

#[test]
fn any_number_is_a_cell_or_a_failure() {
    let mut number: u64 = 1;
    let mut cells = 0;
    for _ in 0..200_000 {
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // Half of them have a cell's mode, and digits that end as a cell's do.
        let candidate = if number & 1 == 0 {
            number
        } else {
            let resolution = number >> 33 & 15;
            (number & 0x000f_ffff_ffff_ffff)
                | 1 << 59
                | resolution << 52
                | ((1 << (3 * (15 - resolution))) - 1)
        };
        let centre = cell_to_lat_lng(candidate);
        assert_eq!(centre.is_ok(), cell_to_boundary(candidate).is_ok());
        assert_eq!(centre.is_ok(), grid_disk(candidate, 1).is_ok());
        match centre {
            Ok(_) => cells += 1,
            Err(failure) => assert_eq!(failure, Failure::Cell(candidate)),
        }
    }
    assert!(cells > 10_000, "{cells}");
    for failure in [
        Failure::LatLng(1),
        Failure::Resolution(16),
        Failure::Cell(0),
        Failure::K(201),
    ] {
        assert!(failure.to_string().len() > 8, "{failure}");
    }
}
