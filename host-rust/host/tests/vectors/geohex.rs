use super::{Answer, Case, first, golden};
use serde::Deserialize;
use serde_json::{Value, json};
use tenon_host::Fault;
use tenon_host::contracts::geohex::{self, Failure, Grid, LatLng};

#[derive(Deserialize)]
#[serde(remote = "LatLng")]
struct Place {
    lat: f64,
    lng: f64,
}

/// An argument.
#[derive(Deserialize)]
struct At(#[serde(with = "Place")] LatLng);

fn answer(k: &(dyn Grid + 'static), case: &Case) -> Result<Answer, Fault> {
    let cell = || case.args::<(u64,)>().0;
    let answer = match &*case.func {
        "lat-lng-to-cell" => {
            let (at, resolution): (At, u8) = case.args();
            k.lat_lng_to_cell(at.0, resolution)?.map(Value::from)
        }
        "lat-lngs-to-cells" => {
            let (at, resolution): (Vec<At>, u8) = case.args();
            let at: Vec<_> = at.into_iter().map(|at| at.0).collect();
            k.lat_lngs_to_cells(&at, resolution)?.map(Value::from)
        }
        "cell-to-lat-lng" => k.cell_to_lat_lng(cell())?.map(|at| place(&at)),
        "cell-to-boundary" => {
            let corners = k.cell_to_boundary(cell())?;
            corners.map(|corners| corners.iter().map(place).collect())
        }
        "cell-to-parent" => {
            let (cell, resolution) = case.args();
            k.cell_to_parent(cell, resolution)?.map(Value::from)
        }
        "cells-to-parents" => {
            let (cells, resolution): (Vec<u64>, u8) = case.args();
            k.cells_to_parents(&cells, resolution)?.map(Value::from)
        }
        "grid-disk" => {
            let (cell, rings) = case.args();
            k.grid_disk(cell, rings)?.map(Value::from)
        }
        other => panic!("the contract has no function {other}"),
    };
    Ok(answer.map_err(|failure| match failure {
        Failure::LatLng(n) => json!({ "lat-lng": n }),
        Failure::Resolution(n) => json!({ "resolution": n }),
        Failure::Cell(n) => json!({ "cell": n }),
        Failure::K(n) => json!({ "k": n }),
    }))
}

fn place(at: &LatLng) -> Value {
    json!({"lat": at.lat, "lng": at.lng})
}

#[test]
fn golden_cases() {
    assert!(golden(&first::<geohex::Contract>("geohex"), answer) >= 80);
}
