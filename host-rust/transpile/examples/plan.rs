//! Prints the plan of a component, binary or text, as JSON:
//! `cargo run --release -p tenon-transpile --example plan FILE`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("usage: plan FILE");
        return ExitCode::from(2);
    };
    match print_plan(&file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{file}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print_plan(file: &str) -> Result<(), Box<dyn std::error::Error>> {
    let component = if file.ends_with(".wat") {
        wat::parse_file(file)?
    } else {
        std::fs::read(file)?
    };
    let transpiled = tenon_transpile::transpile(&component, &Default::default())?;
    println!("{}", serde_json::to_string_pretty(&transpiled.plan)?);
    Ok(())
}
