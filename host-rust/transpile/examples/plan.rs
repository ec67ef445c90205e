//! Prints the plan of a component, binary or text, as JSON:
//! `cargo run --release -p tenon-transpile --example plan FILE`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("usage: plan FILE")?;
    let component = if file.ends_with(".wat") {
        wat::parse_file(&file)?
    } else {
        std::fs::read(&file)?
    };
    let transpiled = tenon_transpile::transpile(&component, &Default::default())?;
    println!("{}", serde_json::to_string_pretty(&transpiled.plan)?);
    Ok(())
}
