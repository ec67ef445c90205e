//! `tenon-oracle vectors --out DIR`: golden vectors of the canonical ABI, and the components that carry them.
//! `tenon-oracle floats --out DIR`: random programs on floats.

use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use tenon_oracle::floats;
use tenon_oracle::output::{self, Order};

const USAGE: &str = "Usage: tenon-oracle vectors --out DIR [--seed N] [--types N] [--values N]
       tenon-oracle floats --out DIR [--seed N] [--modules N]

Writes golden vectors of lift and lower, and random values for identity functions, with the components that carry them;
or random programs on floats.

  --out DIR   The folder to write to; made where it is missing
  --seed N    Other vectors; the committed digest is that of the default
  --types N   Types of the identity test (default 5000)
  --values N  Values of each (default 20)
  --modules N Programs on floats (default 1000)
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
    let floats = match words.next().map(String::as_str) {
        Some("vectors") => false,
        Some("floats") => true,
        _ => {
            return Err(format!(
                "the commands are `vectors` and `floats`\n\n{USAGE}"
            ));
        }
    };
    let mut modules = 1000;
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
            "--modules" => modules = number(option, value)?,
            _ => return Err(format!("there is no option {option}\n\n{USAGE}")),
        }
    }
    let out = out.ok_or_else(|| format!("--out is missing\n\n{USAGE}"))?;
    if floats {
        floats::write(order.seed, modules, &out)
            .map_err(|error| format!("{}: {error}", out.display()))?;
        return Ok(format!("{modules} programs on floats in {}", out.display()));
    }
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
