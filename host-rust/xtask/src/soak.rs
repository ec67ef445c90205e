//! `cargo xtask soak`: versions change under load, on both hosts, and every call is booked.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::built;
use crate::process::{Program, Stream};
use crate::repo::Repo;
use crate::{Task, Usage};

pub(crate) const TASK: Task = Task {
    name: "soak",
    usage: "[--swaps N] [--cycles N] [--through registry] [--hosts go,rust]",
    summary: "Change versions under load on both hosts, and book every call",
    details: "
Goroutines and threads on all cores call the ledger kernel (kernels/ledger) through a slot while its versions change: by
swaps, by promoting what is staged, with and without a share of the calls, to the baseline and back, to versions that trap,
and to such as are loaded for it. Prints a table for each host: how long changes and flips take, the calls' p99 and the longest gap between
two completed calls, during changes and without, and what the process holds on to before and after. Times are printed
beside their limits and decide nothing, as they say something about a machine. Each host ends with the line
`soak: swaps N calls C lost L wrong W torn T`:

  lost   calls that had no answer
  wrong  answers of a version that was not in force at any time of the call, or to another question
  torn   answers that are made of more than one version

  --swaps   Change versions so often; 1000 unless told. 0: do not
  --cycles  Before that load, call and retire versions so often, and print what the process holds on to; 0 unless told.
            256 of them take turns, and come from a cache that begins empty
  --through registry: activate versions in the folder of a registry, which the slot follows, and do not swap by hand
  --hosts   The hosts, with commas between; both unless told

Exit code: 0 when no call was lost, wrong or torn and nothing has grown, 1 otherwise.",
    run,
};

/// The kernel, from the top of the checkout.
const LEDGER: &str = "host-go/internal/fixture/ledger/ledger.wasm";

/// The command line.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    swaps: u64,
    cycles: u64,
    through: Option<String>,
    hosts: Vec<String>,
}

fn parse(args: &[String]) -> Result<Options, Usage> {
    let mut options = Options {
        swaps: 1000,
        cycles: 0,
        through: None,
        hosts: ["go", "rust"].map(str::to_owned).into(),
    };
    let number = |text: &str| {
        let number = text.parse::<u32>();
        number.map_err(|_| Usage(format!("`{text}` is no number of changes or cycles")))
    };
    for pair in args.chunks(2) {
        match pair {
            [name, value] if name == "--swaps" => options.swaps = number(value)?.into(),
            [name, value] if name == "--cycles" => options.cycles = number(value)?.into(),
            [name, value] if name == "--through" && value == "registry" => {
                options.through = Some(value.clone());
            }
            [name, value] if name == "--hosts" => {
                options.hosts = value.split(',').map(str::to_owned).collect();
            }
            _ => {
                return Err(Usage(format!(
                    "`soak` takes --swaps N, --cycles N, --through registry and --hosts go,rust, not {pair:?}"
                )));
            }
        }
    }
    match options
        .hosts
        .iter()
        .find(|host| !["go", "rust"].contains(&host.as_str()))
    {
        Some(host) => Err(Usage(format!(
            "there is no host `{host}`; there are go and rust"
        ))),
        None => Ok(options),
    }
}

fn run(repo: &Repo, args: &[String]) -> Result<ExitCode> {
    let options = parse(args)?;
    // Everything is built before anything is measured.
    let mut programs = Vec::new();
    for host in &options.hosts {
        programs.push((host, program(repo, host)?));
    }
    let mut passed = true;
    for (host, program) in programs {
        println!("{host}:");
        passed &= soak(repo, host, program, &options)?;
    }
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A host's program.
fn program(repo: &Repo, host: &str) -> Result<PathBuf> {
    if host == "rust" {
        return built::path(repo, "bin", "tenon-soak");
    }
    let target = repo.target().join("soak");
    std::fs::create_dir_all(&target).with_context(|| target.display().to_string())?;
    let program = target.join("tenon-soak");
    Program::new("go")
        .args(["build", "-o"])
        .args([&program])
        .args(["./registry/cmd/tenon-soak"])
        .env("CGO_ENABLED", "0")
        .dir(repo.go())
        .inherit()?;
    Ok(program)
}

/// Runs a host's program, and tells whether it found nothing wrong.
fn soak(repo: &Repo, host: &str, program: PathBuf, options: &Options) -> Result<bool> {
    let (swaps, cycles) = (options.swaps.to_string(), options.cycles.to_string());
    let program = Program::new(program);
    let program = match host {
        "rust" => program.args([repo.path(LEDGER)]),
        _ => program,
    };
    let cache = repo.target().join("soak").join(format!("cache-{host}"));
    let program = match options.cycles {
        0 => program,
        _ => program.args(["--cache".as_ref(), cache.as_path()]),
    };
    empty(&cache)?;
    let status = program
        .args(["--swaps", &swaps, "--cycles", &cycles])
        .args(options.through.iter().flat_map(|what| ["--through", what]))
        .lines(|stream, line| match stream {
            Stream::Out => println!("{line}"),
            Stream::Err => eprintln!("{line}"),
        })?;
    empty(&cache)?;
    Ok(status.success())
}

/// Takes a folder away, with what an earlier run has left in it.
fn empty(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| folder.display().to_string())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Options, Usage> {
        parse(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn both_hosts_swap_a_thousand_times_unless_told() {
        let options = parsed(&[]).unwrap_or_else(|usage| panic!("{usage}"));
        assert_eq!(
            (options.swaps, options.cycles, options.hosts.len()),
            (1000, 0, 2)
        );
        assert_eq!(options.through, None);
        let options = parsed(&["--through", "registry"]).unwrap_or_else(|usage| panic!("{usage}"));
        assert_eq!(options.through.as_deref(), Some("registry"));
        let options = parsed(&["--swaps", "0", "--hosts", "rust", "--cycles", "7"]);
        let options = options.unwrap_or_else(|usage| panic!("{usage}"));
        assert_eq!(
            (options.swaps, options.cycles, options.hosts),
            (0, 7, vec!["rust".to_owned()])
        );
    }

    #[test]
    fn what_is_no_number_and_no_host_is_told() {
        for (args, word) in [
            (&["--swaps", "-1"][..], "-1"),
            (&["--swaps"], "takes"),
            (&["--hosts", "go,python"], "python"),
            (&["1000"], "takes"),
            (&["--through", "a pipe"], "a pipe"),
        ] {
            assert!(
                parsed(args).unwrap_err().to_string().contains(word),
                "{args:?}"
            );
        }
    }
}
