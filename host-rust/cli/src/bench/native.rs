//! The Rust side: the crate's criterion bench `sweep`, which runs the kernel's functions natively.

use super::child;
use crate::build::project::{Project, cargo, no_cargo};
use crate::failure::{Failure, Result};
use crate::progress::Progress;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tenon_stats::Estimate;

/// The name of the crate's bench.
const BENCH: &str = "sweep";

/// How long criterion shall measure altogether.
const BUDGET: Duration = Duration::from_secs(20);

/// The shortest and the longest that one size is measured.
const SHORTEST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_millis(1_000);

/// The largest file of criterion's that is read, and how many folders are looked into.
const LARGEST: u64 = 1 << 20;
const MOST_FOLDERS: usize = 100_000;

/// What the kernel's Rust takes natively, nanoseconds an operation, by benchmark and size.
#[derive(Debug, Default)]
pub(crate) struct Native {
    figures: BTreeMap<(String, u64), Estimate>,
}

impl Native {
    /// The figure of a benchmark at a size.
    pub(crate) fn of(&self, bench: &str, size: u64) -> Option<Estimate> {
        self.figures.get(&(bench.to_owned(), size)).copied()
    }
}

/// What of the bench is run, and how long.
pub(crate) struct Request<'a> {
    /// Only the benchmark of this name.
    pub(crate) name: Option<&'a str>,
    /// How many sizes there are of all benchmarks.
    pub(crate) sizes: usize,
    /// A smoke run.
    pub(crate) quick: bool,
}

/// Runs the crate's bench `sweep`. A crate without one has no native figures.
pub(crate) fn measure(
    project: &Project,
    request: &Request<'_>,
    progress: &Progress,
) -> Result<Native> {
    if !project.has_bench(BENCH) {
        return Ok(Native::default());
    }
    let name = &project.package().name;
    let failed = |what: &str| Failure::new(format!("{name}: {what} the bench `{BENCH}`"));
    // A folder of its own, empty: what it holds afterwards is of this run.
    let home = project.target_dir().join("bench").join(name);
    let emptied = match std::fs::remove_dir_all(&home) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => std::fs::create_dir_all(&home),
    };
    emptied
        .map_err(|error| failed("no folder for").found(format!("{}: {error}", home.display())))?;

    let budget = BUDGET / u32::try_from(request.sizes.max(1)).unwrap_or(u32::MAX);
    let budget = match request.quick {
        true => SHORTEST / 4,
        false => budget.clamp(SHORTEST, LONGEST),
    };
    let mut command = cargo(project.package().root());
    command.args(["bench", "--bench", BENCH, "--manifest-path"]);
    command.arg(project.package().manifest()).arg("--");
    command.args(["--noplot", "--nresamples", "1000", "--sample-size"]);
    command.arg(if request.quick { "10" } else { "20" });
    command.arg("--warm-up-time").arg(seconds(budget / 4));
    command
        .arg("--measurement-time")
        .arg(seconds(budget * 3 / 4));
    if let Some(name) = request.name {
        command.arg(format!("^{name}/"));
    }
    command.env("CRITERION_HOME", &home);

    progress.step(&format!("measuring {name} natively, with criterion"));
    let detail = |line: &str| progress.detail(line);
    let ended =
        child::run(&mut command, detail, detail).map_err(|error| no_cargo(&command, &error))?;
    if !ended.status.success() {
        return Err(failed("cargo cannot run")
            .found(Vec::from(ended.complaints).join("\n"))
            .help(format!(
                "mend what `cargo bench -p {name} --bench {BENCH}` names, or leave it out with --no-native"
            )));
    }
    read(&home)
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

/// Reads all that criterion wrote below a folder: of each benchmark a folder `new`.
fn read(home: &Path) -> Result<Native> {
    let mut native = Native::default();
    let mut waiting = vec![home.to_owned()];
    let mut seen = 0;
    while let Some(folder) = waiting.pop() {
        seen += 1;
        if seen > MOST_FOLDERS {
            return Err(unreadable(
                home,
                format!("more than {MOST_FOLDERS} folders"),
            ));
        }
        let entries = std::fs::read_dir(&folder).map_err(|error| unreadable(&folder, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&folder, error))?;
            // Links are not followed: what they lead to is not criterion's.
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            if entry.file_name() != "new" {
                waiting.push(entry.path());
            } else if let Some((key, estimate)) = benchmark(&entry.path())? {
                native.figures.insert(key, estimate);
            }
        }
    }
    Ok(native)
}

/// criterion's `benchmark.json`.
#[derive(Deserialize)]
struct Id {
    group_id: String,
    #[serde(default)]
    function_id: Option<String>,
    #[serde(default)]
    value_str: Option<String>,
    #[serde(default)]
    throughput: Option<serde_json::Value>,
}

/// criterion's `estimates.json`.
#[derive(Deserialize)]
struct Estimates {
    median: Median,
}

#[derive(Deserialize)]
struct Median {
    point_estimate: f64,
    confidence_interval: Interval,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}

/// The figures of one benchmark. `None` where its name is not a group and a size.
fn benchmark(folder: &Path) -> Result<Option<((String, u64), Estimate)>> {
    let id: Id = json(folder.join("benchmark.json"))?;
    let size = id.value_str.as_deref().and_then(|size| size.parse().ok());
    let (Some(size), None) = (size, &id.function_id) else {
        return Ok(None);
    };
    let Estimates { median } = json(folder.join("estimates.json"))?;
    // An iteration of so many elements: a figure is of one, as on the Go side.
    let elements = id.throughput.as_ref().and_then(|it| it.get("Elements"));
    let operations = elements.and_then(serde_json::Value::as_u64).unwrap_or(1);
    let figure = |ns: f64| ns / operations.max(1) as f64;
    let estimate = Estimate {
        value: figure(median.point_estimate),
        low: figure(median.confidence_interval.lower_bound),
        high: figure(median.confidence_interval.upper_bound),
    };
    let sound = |ns: f64| ns.is_finite() && ns > 0.0;
    if !(sound(estimate.value) && sound(estimate.low) && sound(estimate.high)) {
        return Err(unreadable(folder, "a median that is no time"));
    }
    Ok(Some(((id.group_id, size), estimate)))
}

fn json<T: for<'a> Deserialize<'a>>(path: PathBuf) -> Result<T> {
    let mut text = Vec::new();
    let file = File::open(&path).map_err(|error| unreadable(&path, error))?;
    let read = file.take(LARGEST).read_to_end(&mut text);
    read.map_err(|error| unreadable(&path, error))?;
    serde_json::from_slice(&text).map_err(|error| unreadable(&path, error))
}

fn unreadable(path: &Path, error: impl std::fmt::Display) -> Failure {
    Failure::new(format!("{}: cannot read what criterion wrote", path.display()))
        .found(error)
        .help("see that the crate uses criterion 0.8 or one that writes the same files, or leave it out with --no-native")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder as criterion leaves it.
    fn wrote(id: &str, estimates: &str) -> tempfile::TempDir {
        let home = tempfile::tempdir().expect("a folder");
        for half in ["new", "base"] {
            let folder = home.path().join("group").join("64").join(half);
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(folder.join("benchmark.json"), id).expect("a file");
            std::fs::write(folder.join("estimates.json"), estimates).expect("a file");
        }
        std::fs::create_dir(home.path().join("report")).expect("a folder");
        home
    }

    const ID: &str = r#"{"group_id": "nearest-lines", "function_id": null, "value_str": "64",
        "throughput": {"Elements": 10}, "full_id": "nearest-lines/64", "directory_name": "nearest-lines/64"}"#;

    fn estimates(median: &str) -> String {
        let of = |value: &str| {
            format!(
                r#"{{"confidence_interval": {{"confidence_level": 0.95, "lower_bound": 480.0, "upper_bound": 520.0}},
                "point_estimate": {value}, "standard_error": 1.0}}"#
            )
        };
        format!(r#"{{"mean": {}, "median": {}}}"#, of("1.0"), of(median))
    }

    #[test]
    fn the_median_of_an_element_is_read() {
        let home = wrote(ID, &estimates("500.0"));
        let native = read(home.path()).expect("figures");
        let found = native.of("nearest-lines", 64).expect("measured");
        assert_eq!((found.value, found.low, found.high), (50.0, 48.0, 52.0));
        assert_eq!(native.of("nearest-lines", 65), None);
        let whole = wrote(&ID.replace("Elements", "Bytes"), &estimates("500.0"));
        let native = read(whole.path()).expect("figures");
        assert_eq!(
            native.of("nearest-lines", 64).expect("measured").value,
            500.0
        );
    }

    #[test]
    fn other_benches_of_the_file_are_passed_over() {
        for other in [
            ID.replace("\"64\"", "\"all\""),
            ID.replace("\"function_id\": null", "\"function_id\": \"f\""),
            r#"{"group_id": "nearest"}"#.into(),
        ] {
            let home = wrote(&other, &estimates("500.0"));
            assert!(
                read(home.path()).expect("figures").figures.is_empty(),
                "{other}"
            );
        }
    }

    #[test]
    fn files_that_make_no_sense_are_named() {
        for (id, estimates) in [
            ("{", estimates("500.0")),
            (ID, "{}".into()),
            (ID, estimates("null")),
            (ID, estimates("0")),
            (ID, estimates("-1")),
            (ID, estimates("1e999")),
            (ID, String::new()),
        ] {
            let home = wrote(id, &estimates);
            let failure = read(home.path()).expect_err("no figures").to_string();
            assert!(failure.contains("criterion"), "{failure}");
        }
        assert!(read(Path::new("/no/such/folder")).is_err());
    }
}
