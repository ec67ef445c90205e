//! The golden cases that every implementation and both hosts must pass, and the vectors of the crate h3o.

use serde_json::{Value, json};
use tenon_kernel_geohex::{
    Failure, LatLng, cell_to_boundary, cell_to_lat_lng, cell_to_parent, cells_to_parents,
    grid_disk, lat_lng_to_cell, lat_lngs_to_cells,
};

/// How far from the reference library's a place may be, in degrees: a tenth of a millimetre.
const TOLERANCE: f64 = 1e-9;

fn cell(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn small<T: TryFrom<u64>>(value: &Value) -> T {
    T::try_from(cell(value)).ok().unwrap()
}

fn place(value: &Value) -> LatLng {
    LatLng {
        lat: value["lat"].as_f64().unwrap(),
        lng: value["lng"].as_f64().unwrap(),
    }
}

fn list<T>(value: &Value, of: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().unwrap().iter().map(of).collect()
}

fn error(failure: Failure) -> Value {
    match failure {
        Failure::LatLng(n) => json!({ "lat-lng": n }),
        Failure::Resolution(n) => json!({ "resolution": n }),
        Failure::Cell(n) => json!({ "cell": n }),
        Failure::K(n) => json!({ "k": n }),
    }
}

fn answer(case: &Value) -> Result<Value, Failure> {
    let [a, b] = [0, 1].map(|i| &case["args"][i]);
    let places = |places: Vec<LatLng>| -> Vec<Value> {
        let place = |at: LatLng| json!({"lat": at.lat, "lng": at.lng});
        places.into_iter().map(place).collect()
    };
    Ok(match case["func"].as_str().unwrap() {
        "lat-lng-to-cell" => json!(lat_lng_to_cell(place(a), small(b))?),
        "lat-lngs-to-cells" => json!(lat_lngs_to_cells(&list(a, place), small(b))?),
        "cell-to-lat-lng" => places(vec![cell_to_lat_lng(cell(a))?]).remove(0),
        "cell-to-boundary" => json!(places(cell_to_boundary(cell(a))?)),
        "cell-to-parent" => json!(cell_to_parent(cell(a), small(b))?),
        "cells-to-parents" => json!(cells_to_parents(&list(a, cell), small(b))?),
        "grid-disk" => json!(grid_disk(cell(a), small(b))?),
        other => panic!("{other}"),
    })
}

/// Whether two answers are equal but for the last digits of places.
fn close(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b))
        }
        (Value::Object(_), Value::Object(_)) => {
            let (a, b) = (place(a), place(b));
            (a.lat - b.lat).abs() <= TOLERANCE && (a.lng - b.lng).abs() <= TOLERANCE
        }
        _ => a == b,
    }
}

#[test]
fn golden_cases() {
    let file: Value =
        serde_json::from_str(include_str!("../../../wit/vectors/geohex.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    for case in cases {
        match (answer(case), case.get("error")) {
            (Ok(got), None) => assert!(close(&got, &case["result"]), "{case}: {got}"),
            (Err(failure), Some(expected)) => assert_eq!(&error(failure), expected, "{case}"),
            (got, _) => panic!("{case}: {got:?}"),
        }
    }
    assert!(cases.len() > 80, "{}", cases.len());
}

/// Every vector of the crate h3o: the cell, and a place in it.
#[test]
fn the_cells_of_all_70868_places() {
    let mut checked = 0;
    for line in include_str!("../data/latLngToCell.txt").lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [index, lat, lng] = words[..] else {
            panic!("{line}");
        };
        let index = u64::from_str_radix(index, 16).unwrap();
        let at = LatLng {
            lat: lat.parse().unwrap(),
            lng: lng.parse().unwrap(),
        };
        let resolution = (index >> 52 & 15) as u8;
        assert_eq!(lat_lng_to_cell(at, resolution), Ok(index), "{line}");
        assert_eq!(
            lat_lngs_to_cells(&[at], resolution),
            Ok(vec![index]),
            "{line}"
        );
        checked += 1;
    }
    assert_eq!(checked, 70_868);
}
