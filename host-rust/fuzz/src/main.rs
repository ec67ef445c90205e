//! `tenon-fuzz TARGET [--seconds N] [--seed N] [FILE...]`: runs files, or the corpus and mutants for a time.

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tenon_fuzz::{Campaign, Mutator, Report, TARGETS};

const USAGE: &str = "usage: tenon-fuzz TARGET [--seconds N] [--seed N] [FILE...]";

fn main() -> ExitCode {
    match run() {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<Report, Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    let names = names.join(", ");
    let name = args.next().ok_or(format!("{USAGE}\ntargets: {names}"))?;
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.ok_or(format!("there is no target `{name}`\ntargets: {names}"))?;
    let (mut seconds, mut seed, mut files) = (60, None, Vec::new());
    while let Some(arg) = args.next() {
        let mut number = || -> Result<u64, Box<dyn std::error::Error>> {
            let text = args.next().ok_or(format!("{arg} wants a number"))?;
            text.parse()
                .map_err(|_| format!("{arg} wants a number, not {text}").into())
        };
        match &*arg {
            "--seconds" => seconds = number()?,
            "--seed" => seed = Some(number()?),
            _ if arg.starts_with('-') => return Err(USAGE.into()),
            _ => files.push(arg),
        }
    }
    // A seed of the clock has room for as many mutants as a machine makes in a year.
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH);
    let seed = seed.unwrap_or_else(|| clock().map_or(0, |now| now.as_secs() << 32));
    let out = std::env::temp_dir().join("tenon-fuzz");
    std::fs::create_dir_all(&out).map_err(|error| {
        let out = out.display();
        format!(
            "the folder {out} for failing inputs cannot be made: {error}; set TMPDIR to another"
        )
    })?;
    let campaign = Campaign {
        target,
        mutator: &Mutator::new((target.samples)()),
        seed,
        mutants: 0,
        time: Duration::from_secs(seconds),
        out,
    };
    if files.is_empty() {
        println!("{name}: seeds from {seed} on, for {seconds} s");
        return Ok(campaign.run()?);
    }
    let mut report = Report::default();
    for file in files {
        let bytes = std::fs::read(&file).map_err(|error| format!("{file}: {error}"))?;
        campaign.one(&file, &bytes, &mut report)?;
    }
    Ok(report)
}
