//! `cargo xtask demo`: the Go service with its two kernels, start to end.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::process::Program;
use crate::repo::Repo;
use crate::{Task, Usage, setup};

pub(crate) const TASK: Task = Task {
    name: "demo",
    usage: "[FILE] [--serve] [--addr ADDR] [--out FILE] [--go-only]",
    summary: "Show a Go service with hot functions replaced by Rust kernels, and swapped under load",
    details: "
Sets up what is missing, builds, and runs host-go/examples/accesslog: on the Go baselines, on the kernels
in the Go host, then on the kernels in the Rust host, whose first build takes some minutes. Then versions
are swapped under full load.

  FILE         An access log in the combined format; `-` is standard input; default: the bundled one
  --serve      Stay under load afterwards, with a status page and /metrics, until interrupted
  --addr ADDR  The address of the status page; default 127.0.0.1:8737
  --out FILE   Where the JSON lines go
  --go-only    Leave the Rust host out: nothing of it is built

Exit code: 0 when every call was answered, and answered rightly.",
    run,
};

/// What runs the records on the Rust host, from the checkout's top folder: host-go/examples/accesslog/peer.go
/// splits it at spaces and appends its own arguments.
const RUST_HOST: &str = "cargo run --release --package tenon-host --example accesslog --";

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    input: Option<String>,
    serve: bool,
    addr: Option<String>,
    out: Option<String>,
    go_only: bool,
}

impl Options {
    fn parse(args: &[String]) -> Result<Self, Usage> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || {
                args.next()
                    .cloned()
                    .ok_or_else(|| Usage(format!("{arg} needs a value")))
            };
            match arg.as_str() {
                "--serve" => options.serve = true,
                "--go-only" => options.go_only = true,
                "--addr" => options.addr = Some(value()?),
                "--out" => options.out = Some(value()?),
                flag if flag.starts_with('-') && flag != "-" => {
                    return Err(Usage(format!(
                        "`demo` has no option {flag}; see `cargo xtask demo --help`"
                    )));
                }
                _ if options.input.is_some() => {
                    return Err(Usage("`demo` takes one file at most".to_owned()));
                }
                input => options.input = Some(input.to_owned()),
            }
        }
        Ok(options)
    }
}

fn run(repo: &Repo, args: &[String]) -> Result<ExitCode> {
    let options = Options::parse(args)?;
    eprintln!("setting up");
    setup::ensure_ready(repo)?;
    eprintln!("building the Go service");
    let service = build_service(repo)?;

    let mut words: Vec<String> = Vec::new();
    if !options.go_only {
        words.extend(["-rust-host".to_owned(), RUST_HOST.to_owned()]);
    }
    if options.serve {
        words.push("-serve".to_owned());
    }
    if let Some(addr) = options.addr {
        words.extend(["-addr".to_owned(), addr]);
    }
    // The service runs in the checkout; the files are named from where the task was started.
    if let Some(out) = options.out {
        words.extend(["-out".to_owned(), from_here(&out)?]);
    }
    if let Some(input) = options.input {
        words.push(from_here(&input)?);
    }
    Program::new(service)
        .args(words)
        .dir(&repo.root)
        .inherit()?;
    Ok(ExitCode::SUCCESS)
}

/// Builds the Go service, without cgo, and returns the program.
pub(crate) fn build_service(repo: &Repo) -> Result<PathBuf> {
    let service = repo
        .target()
        .join(format!("accesslog{}", std::env::consts::EXE_SUFFIX));
    let build = Program::new("go")
        .args(["build", "-o"])
        .args([&service])
        .args(["./examples/accesslog"]);
    build.env("CGO_ENABLED", "0").dir(repo.go()).inherit()?;
    Ok(service)
}

/// A file's name as it is valid in any folder; `-` stays what it is.
fn from_here(name: &str) -> Result<String> {
    if name == "-" {
        return Ok(name.to_owned());
    }
    let path = std::path::absolute(Path::new(name)).with_context(|| name.to_owned())?;
    path.into_os_string()
        .into_string()
        .map_err(|name| Usage(format!("{name:?} is not UTF-8")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Options, Usage> {
        Options::parse(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn options_and_a_file_stand_in_any_order() {
        let options = parse(&["--serve", "-", "--addr", "127.0.0.1:0"]).unwrap();
        let expected = Options {
            input: Some("-".to_owned()),
            serve: true,
            addr: Some("127.0.0.1:0".to_owned()),
            ..Options::default()
        };
        assert_eq!(options, expected);
        assert!(parse(&["a", "b"]).is_err());
        assert!(parse(&["--addr"]).is_err());
        assert!(parse(&["--sevre"]).unwrap_err().0.contains("--sevre"));
    }

    #[test]
    fn a_file_is_named_from_where_the_task_was_started() {
        assert_eq!(from_here("-").unwrap(), "-");
        let absolute = from_here("some.log").unwrap();
        assert!(Path::new(&absolute).is_absolute() && absolute.ends_with("some.log"));
    }
}
