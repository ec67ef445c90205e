//! The Rust side of the benches: it measures the rows named on its command line and prints one line of JSON a row.
//! What the rows mean, and what is claimed of them, stands in `benches/claims.json`.

mod calls;
mod definitions;
mod fuzzyrank;
mod gate;
mod hostile;
mod rounds;
mod rows;
mod topk;

use std::process::ExitCode;

use anyhow::Result;

fn main() -> Result<ExitCode> {
    let (flags, names): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|word| word.starts_with('-'));
    let quick = flags == ["-quick"];
    if names.is_empty() || (!quick && !flags.is_empty()) {
        eprintln!("usage: tenon-benches [-quick] ROW...\nThe rows stand in benches/claims.json");
        return Ok(ExitCode::from(2));
    }
    let defined = definitions::Definitions::read()?;
    for name in &names {
        eprintln!("bench {name} …");
        println!("{}", rows::measure(&defined, name, quick)?);
    }
    Ok(ExitCode::SUCCESS)
}
