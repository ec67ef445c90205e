//! `cargo xtask hostile`: guests that attack the host, on both hosts, one process a guest.

mod child;
mod guest;
mod stranger;
mod summary;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use self::child::Child;
use self::guest::{Ended, Guest, Line};
use crate::built;
use crate::process::Program;
use crate::repo::Repo;
use crate::tally::Tally;
use crate::{Task, Usage};

pub(crate) const TASK: Task = Task {
    name: "hostile",
    usage: "[--runs N] [--json] [NAME | FILE.wasm | FILE.wat]...",
    summary: "Let hostile guests attack both hosts, and compare the faults",
    details: "
Runs the guests of kernels/hostile on both hosts: each in a process of its own under a limit of memory, with a
heartbeat and healthy calls of another kernel beside it. Each must end in the fault that the index expects, on
both hosts, with no healthy call failed, and the host must serve on. Prints a table: how each ended, the median
time of its attacks in milliseconds, and how much the process grew at the highest. Ends with the line
`hostile: go P/N rust P/N`.

  NAME    Run this guest only
  FILE    Run a stranger's component, binary or text: it must end in a fault or an answer on both hosts, and in
          both hosts' commands `tenon-run FILE` and `tenon call FILE`, never in a crash
  --runs  Attack so many times; 1 unless told
  --json  Print a line of JSON a guest in place of the table: percentiles of time and overshoot beyond the
          deadline, the longest gap between two heartbeats, the peak of memory

Exit code: 0 when all ended as they must, 1 otherwise.",
    run,
};

/// Where the guests' texts and their index are, from the top of the checkout.
const SUITE: &str = "kernels/hostile";

/// The kernel of the healthy calls.
const HEALTHY: &str = "host-go/kernels/redact/redact-1.0.0.wasm";

/// The Rust host's program, an example of host-rust/host, which also makes the guests' binaries.
const RUST_HOST: &str = "hostile";

/// The hosts, in the order of all tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    Go,
    Rust,
}

impl Host {
    const ALL: [Self; 2] = [Self::Go, Self::Rust];

    fn name(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Rust => "rust",
        }
    }
}

/// The command line.
struct Options {
    runs: u32,
    json: bool,
    names: Vec<String>,
    files: Vec<PathBuf>,
}

fn run(repo: &Repo, args: &[String]) -> Result<ExitCode> {
    let suite = Suite::read(repo)?;
    let options = suite.parse(args)?;
    let programs = Programs::build(repo)?;
    let mut results = Vec::new();
    if options.files.is_empty() || !options.names.is_empty() {
        results.extend(suite.run(&programs, &options)?);
    }
    let mut counts = Counts::of(&results);
    report(&results, options.json);
    for file in &options.files {
        counts.add(&stranger::run(&programs, file, options.runs)?);
    }
    println!("{}", counts.last_line());
    Ok(if counts.all_passed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// All guests once, as a step of `cargo xtask test`.
pub(crate) fn check(repo: &Repo) -> Result<(Tally, String)> {
    let suite = Suite::read(repo)?;
    let options = suite.parse(&[])?;
    let results = suite.run(&Programs::build(repo)?, &options)?;
    report(&results, false);
    let counts = Counts::of(&results);
    Ok((counts.tally(), counts.last_line()))
}

fn report(results: &[Attacked], json: bool) {
    if json {
        for result in results {
            println!("{}", summary::json(result));
        }
    } else if !results.is_empty() {
        println!("\n{}", table::render(results));
    }
    for result in results {
        for (host, ended) in &result.hosts {
            for complaint in ended.complaints(&result.guest) {
                let (name, what) = (&result.guest.name, &result.guest.what);
                eprintln!("{name} ({what}) on {}: {complaint}", host.name());
            }
        }
        if let Some(complaint) = result.disagreement() {
            eprintln!("{}: {complaint}", result.guest.name);
        }
    }
}

/// The guests.
struct Suite {
    folder: PathBuf,
    guests: Vec<Guest>,
}

impl Suite {
    fn read(repo: &Repo) -> Result<Self> {
        let folder = repo.path(SUITE);
        let path = folder.join("index.json");
        let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
        let guests = Guest::list(&text).with_context(|| path.display().to_string())?;
        Ok(Self { folder, guests })
    }

    fn parse(&self, args: &[String]) -> Result<Options, Usage> {
        let mut options = Options {
            runs: 1,
            json: false,
            names: Vec::new(),
            files: Vec::new(),
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--json" => options.json = true,
                "--runs" => {
                    let runs = args.next().and_then(|runs| runs.parse().ok());
                    options.runs = runs
                        .filter(|runs| *runs > 0)
                        .ok_or_else(|| Usage("--runs wants a number of at least 1".to_owned()))?;
                }
                flag if flag.starts_with('-') => {
                    return Err(Usage(format!(
                        "`hostile` has no option {flag}; see `cargo xtask hostile --help`"
                    )));
                }
                name if self.guests.iter().any(|guest| guest.name == name) => {
                    options.names.push(name.to_owned());
                }
                file if Path::new(file).is_file() => options.files.push(PathBuf::from(file)),
                other => {
                    return Err(Usage(format!(
                        "there is neither a guest nor a file {other}; {SUITE}/index.json names the guests"
                    )));
                }
            }
        }
        Ok(options)
    }

    fn run(&self, programs: &Programs, options: &Options) -> Result<Vec<Attacked>> {
        let binaries = programs.target.join("guests");
        Program::new(&programs.rust)
            .args([Path::new("--assemble"), &self.folder, &binaries])
            .inherit()?;
        let wanted =
            |guest: &&Guest| options.names.is_empty() || options.names.contains(&guest.name);
        let results = self.guests.iter().filter(wanted).map(|guest| {
            let file = binaries.join(&guest.name).with_extension("wasm");
            let hosts = Host::ALL.map(|host| {
                let ended = programs.attack(host, guest, &file, options.runs);
                (host, ended)
            });
            Attacked {
                guest: guest.clone(),
                hosts,
            }
        });
        Ok(results.collect())
    }
}

/// A guest with what it came to.
struct Attacked {
    guest: Guest,
    hosts: [(Host, Ended); 2],
}

impl Attacked {
    fn passed(&self, host: Host) -> bool {
        let mut hosts = self.hosts.iter().filter(|(other, _)| *other == host);
        self.disagreement().is_none()
            && hosts.all(|(_, ended)| ended.complaints(&self.guest).is_empty())
    }

    /// What the hosts say differently where they must say the same.
    fn disagreement(&self) -> Option<String> {
        let [(_, Ended::Line(go)), (_, Ended::Line(rust))] = &self.hosts else {
            return None;
        };
        let differ = self.guest.is_family() && go.message != rust.message;
        differ.then(|| format!("go has {}; rust has {}", go.message, rust.message))
    }
}

/// The programs that a run needs, built.
struct Programs {
    go: PathBuf,
    rust: PathBuf,
    /// `tenon-run`.
    go_command: PathBuf,
    /// `tenon`.
    rust_command: PathBuf,
    healthy: PathBuf,
    target: PathBuf,
}

impl Programs {
    fn build(repo: &Repo) -> Result<Self> {
        let target = repo.target().join("hostile");
        std::fs::create_dir_all(&target).with_context(|| target.display().to_string())?;
        let go = |name: &str| -> Result<PathBuf> {
            let program = target.join(name);
            Program::new("go")
                .args(["build", "-o"])
                .args([&program])
                .args([format!("./cmd/{name}")])
                .env("CGO_ENABLED", "0")
                .dir(repo.go())
                .inherit()?;
            Ok(program)
        };
        Ok(Self {
            go: go("tenon-hostile")?,
            go_command: go("tenon-run")?,
            rust: built::path(repo, "example", RUST_HOST)?,
            rust_command: built::path(repo, "bin", "tenon")?,
            healthy: repo.path(HEALTHY),
            target,
        })
    }

    /// Runs one guest on one host.
    fn attack(&self, host: Host, guest: &Guest, file: &Path, runs: u32) -> Ended {
        let program = match host {
            Host::Go => &self.go,
            Host::Rust => &self.rust,
        };
        let cache = self.target.join(format!("cache-{}", host.name()));
        let child = Child::new(program)
            .arg(&guest.entry)
            .arg(file)
            .arg(runs.to_string())
            .arg(cache)
            .env("TENON_HEALTHY", &self.healthy)
            .runs(runs);
        match child.run() {
            Ok(out) => Line::parse(&out).map_or_else(
                |error| Ended::Crash(format!("what it prints is no report: {error:#}")),
                |line| Ended::Line(Box::new(line)),
            ),
            Err(error) => Ended::Crash(format!("{error:#}")),
        }
    }
}

/// How many passed of how many, by host.
#[derive(Default)]
struct Counts {
    passed: [u64; 2],
    all: [u64; 2],
}

impl Counts {
    fn of(results: &[Attacked]) -> Self {
        let mut counts = Self::default();
        for result in results {
            counts.add(&Host::ALL.map(|host| vec![result.passed(host)]));
        }
        counts
    }

    /// Adds checks of each host.
    fn add(&mut self, checks: &[Vec<bool>; 2]) {
        for (host, checks) in checks.iter().enumerate() {
            self.passed[host] += checks.iter().filter(|passed| **passed).count() as u64;
            self.all[host] += checks.len() as u64;
        }
    }

    fn all_passed(&self) -> bool {
        self.passed == self.all
    }

    fn tally(&self) -> Tally {
        let passed = self.passed.iter().sum();
        Tally {
            passed,
            failed: self.all.iter().sum::<u64>() - passed,
            skipped: 0,
        }
    }

    fn last_line(&self) -> String {
        let [go, rust] = [0, 1].map(|host| format!("{}/{}", self.passed[host], self.all[host]));
        format!("hostile: go {go} rust {rust}")
    }
}

#[cfg(test)]
mod tests {
    use super::guest::tests::{guest, line};
    use super::*;

    fn attacked(go: Ended, rust: Ended) -> Attacked {
        Attacked {
            guest: guest("trap"),
            hosts: [(Host::Go, go), (Host::Rust, rust)],
        }
    }

    #[test]
    fn each_host_is_counted_for_itself() {
        let results = [
            attacked(line("trap"), line("trap")),
            attacked(line("abi"), line("trap")),
            attacked(line("trap"), Ended::Crash("signal 9".to_owned())),
        ];
        let counts = Counts::of(&results);
        assert_eq!(counts.last_line(), "hostile: go 2/3 rust 2/3");
        assert_eq!((counts.tally().passed, counts.tally().failed), (4, 2));
        assert!(!counts.all_passed());
    }

    #[test]
    fn guests_are_found_by_name_and_files_by_path() {
        let suite = Suite::read(&Repo::find().unwrap()).unwrap();
        let parse = |args: &[&str]| {
            let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
            suite.parse(&args)
        };
        let options = parse(&["endless-loop", "--runs", "7"]).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((options.runs, options.names.len()), (7, 1));
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let options = parse(&[manifest]).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(options.files, [PathBuf::from(manifest)]);
        for wrong in [
            &["--runs"][..],
            &["--runs", "0"],
            &["--rnus"],
            &["endles-loop"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    /// Every row of the design's table has its guests, and every text is in the index.
    #[test]
    fn the_index_is_whole() {
        let suite = Suite::read(&Repo::find().unwrap()).unwrap();
        assert!(suite.guests.len() >= 55, "{} guests", suite.guests.len());
        let mut texts: Vec<String> = std::fs::read_dir(&suite.folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".wat"))
            .collect();
        for guest in &suite.guests {
            let entry: serde_json::Value = serde_json::from_str(&guest.entry).unwrap();
            if let Some(file) = entry["file"].as_str() {
                texts.retain(|text| text != file);
                assert!(suite.folder.join(file).is_file(), "{file} is missing");
            }
            assert!(!guest.what.is_empty(), "{} tells nothing", guest.name);
        }
        assert!(texts.is_empty(), "not in the index: {texts:?}");
        let kinds = "deadline stack memory policy trap abi limit contract malformed unsupported ok";
        for kind in kinds.split(' ') {
            assert!(suite.guests.iter().any(|it| it.expect == kind), "no {kind}");
        }
    }
}
