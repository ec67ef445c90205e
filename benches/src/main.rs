//! The Rust side of the benches: it measures the rows named on its command line and prints one line of JSON a row.
//! What the rows mean, and what is claimed of them, stands in `benches/claims.json`.

mod gate;
mod hostile;
mod rounds;
mod rows;

use std::process::ExitCode;

use anyhow::Result;

fn main() -> Result<ExitCode> {
    let (flags, names): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|word| word.starts_with('-'));
    let quick = flags == ["-quick"];
    if names.is_empty() || (!quick && !flags.is_empty()) {
        eprintln!(
            "usage: tenon-benches [-quick] ROW...\nrows: {}",
            rows::NAMES.join(" ")
        );
        return Ok(ExitCode::from(2));
    }
    for name in &names {
        eprintln!("bench {name} …");
        println!("{}", rows::measure(name, quick)?);
    }
    Ok(ExitCode::SUCCESS)
}
