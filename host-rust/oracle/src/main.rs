//! `tenon-oracle vectors --out DIR`: golden vectors of the canonical ABI, and the components that carry them.

use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use tenon_oracle::output::{self, Order};

const USAGE: &str = "Usage: tenon-oracle vectors --out DIR [--seed N] [--types N] [--values N]

Writes golden vectors of lift and lower, and random values for identity functions, with the components that carry them.

  --out DIR   The folder to write to; made where it is missing
  --seed N    Other vectors; the committed digest is that of the default
  --types N   Types of the identity test (default 5000)
  --values N  Values of each (default 20)
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--help" || arg == "-h") {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match run(&args) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<String, String> {
    let mut words = args.iter();
    if words.next().map(String::as_str) != Some("vectors") {
        return Err(format!("the one command is `vectors`\n\n{USAGE}"));
    }
    let mut order = Order::default();
    let mut out = None;
    while let Some(option) = words.next() {
        let value = words
            .next()
            .ok_or_else(|| format!("{option} takes a value"))?;
        match option.as_str() {
            "--out" => out = Some(PathBuf::from(value)),
            "--seed" => order.seed = number(option, value)?,
            "--types" => order.types = number(option, value)?,
            "--values" => order.values = number(option, value)?,
            _ => return Err(format!("there is no option {option}\n\n{USAGE}")),
        }
    }
    let out = out.ok_or_else(|| format!("--out is missing\n\n{USAGE}"))?;
    let count =
        output::write(&order, &out).map_err(|error| format!("{}: {error}", out.display()))?;
    Ok(format!(
        "{count} vectors, {} x {} identity values in {}",
        order.types,
        order.values,
        out.display()
    ))
}

fn number<N: FromStr>(option: &str, value: &str) -> Result<N, String> {
    value
        .parse()
        .map_err(|_| format!("{option} takes a number, not `{value}`"))
}
