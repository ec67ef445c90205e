//! Answers each line of standard input, so that other implementations can be compared with this one:
//! `cell LAT LNG RESOLUTION`, `center CELL`, `boundary CELL`, `parent CELL RESOLUTION` and `disk CELL K`, cells in hexadecimal.

use std::error::Error;
use std::io::{BufWriter, Write, stdin, stdout};

use tenon_kernel_geohex::{
    LatLng, cell_to_boundary, cell_to_lat_lng, cell_to_parent, grid_disk, lat_lng_to_cell,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(stdout().lock());
    for line in stdin().lines() {
        writeln!(out, "{}", answer(&line?)?)?;
    }
    out.flush()?;
    Ok(())
}

fn answer(line: &str) -> Result<String, Box<dyn Error>> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let cell = |text| u64::from_str_radix(text, 16);
    let place = |at: LatLng| format!("{:?} {:?}", at.lat, at.lng);
    Ok(match words.as_slice() {
        ["cell", lat, lng, resolution] => {
            let at = LatLng {
                lat: lat.parse()?,
                lng: lng.parse()?,
            };
            format!("{:x}", lat_lng_to_cell(at, resolution.parse()?)?)
        }
        ["center", text] => place(cell_to_lat_lng(cell(text)?)?),
        ["boundary", text] => {
            let corners = cell_to_boundary(cell(text)?)?.into_iter().map(place);
            corners.collect::<Vec<_>>().join(" ")
        }
        ["parent", text, resolution] => {
            format!("{:x}", cell_to_parent(cell(text)?, resolution.parse()?)?)
        }
        ["disk", text, k] => {
            let cells = grid_disk(cell(text)?, k.parse()?)?;
            let text = cells.iter().map(|cell| format!("{cell:x}"));
            text.collect::<Vec<_>>().join(" ")
        }
        _ => return Err(format!("not a question: {line:?}").into()),
    })
}
