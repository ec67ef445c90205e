//! Runs suites of the component model on the Rust host: `spec [FOLDER]`, or the folder in `TENON_SPEC`.
//!
//! Prints one JSON line a directive, `{"file","line","type","verdict","reason","class"}` with the verdict `pass`, `fail` or
//! `skip` and the class of the fault that an assertion expected, and a summary on standard error. Exits 1 when a directive
//! fails. The engine is the host's own; only the policy of imports is left out, since the suites test imports too.
//!
//! `spec --convert SOURCES FOLDER` writes such a folder from suites as text, `*.wast`.

mod convert;
mod environment;
mod fault;
mod link;
mod run;
mod value;

use serde_json::Value;
use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tenon_host::{Config, Engine};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let folder = match args.as_slice() {
        [] => std::env::var_os("TENON_SPEC").map(PathBuf::from),
        [folder] => Some(PathBuf::from(folder)),
        [flag, sources, folder] if flag == "--convert" => {
            let converted = convert::all(Path::new(sources), Path::new(folder))?;
            eprintln!("{converted} suites converted");
            return Ok(ExitCode::SUCCESS);
        }
        _ => None,
    };
    let folder =
        folder.ok_or("usage: spec FOLDER, or spec --convert SOURCES FOLDER; or set TENON_SPEC")?;
    run(&folder)
}

fn run(folder: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let mut suites = Vec::new();
    find(folder, &mut suites)?;
    suites.sort();
    if suites.is_empty() {
        return Err(format!("there is no t.json below {}", folder.display()).into());
    }
    // Suites keep many instances alive, and use all the memory there can be.
    let engine = Engine::new(&Config {
        max_instances: 256,
        memory_limit: 1 << 32,
        ..Config::default()
    })?;
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let mut out = io::stdout().lock();
    for suite in suites {
        let name = suite
            .strip_prefix(folder)?
            .to_string_lossy()
            .replace('\\', "/");
        let json: Value = serde_json::from_slice(&std::fs::read(suite.join("t.json"))?)?;
        let mut suite = run::Suite::new(&engine, suite);
        for command in json["commands"].as_array().into_iter().flatten() {
            let verdict = suite.run(command);
            match verdict {
                run::Verdict::Pass(_) => passed += 1,
                run::Verdict::Fail(_) => failed += 1,
                run::Verdict::Skip(_) => skipped += 1,
            }
            let line = serde_json::json!({
                "file": name,
                "line": command["line"],
                "type": command["type"],
                "verdict": verdict.word(),
                "reason": verdict.reason(),
                "class": verdict.class(),
            });
            writeln!(out, "{line}")?;
        }
    }
    eprintln!("{passed} passed, {failed} failed, {skipped} skipped");
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The folders below `folder` that hold a suite.
fn find(folder: &Path, suites: &mut Vec<PathBuf>) -> io::Result<()> {
    if folder.join("t.json").is_file() {
        suites.push(folder.to_owned());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, suites)?;
        }
    }
    Ok(())
}
