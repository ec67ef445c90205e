//! `tenon bench`: a kernel against the Go code that it replaces, by size of the input.
//!
//! Nothing is timed here. Go's own benchmarks time the kernel and its baseline in turns, criterion times the kernel's Rust
//! natively; what comes out is compared, put into words and a chart, and held against what the crate claims.

pub(crate) mod chart;
mod child;
pub(crate) mod claims;
mod go;
pub(crate) mod name;
mod native;
pub(crate) mod plan;
mod report;
mod results;
mod text;
mod verdict;

use crate::args::Bench;
use crate::build::project::{Project, Selection};
use crate::build::settings::Settings;
use crate::failure::{Failure, Result, UNMET};
use crate::output::print;
use crate::progress::Progress;
use claims::{Claim, Judged};
use native::Native;
use plan::Plan;
use report::{Measured, Report};
use std::path::{Path, PathBuf};

/// Measures what the arguments name, prints what was found, and fails where a claim does not hold.
pub(crate) fn run(args: &Bench) -> Result<()> {
    let project = Project::in_dir(&args.krate, &Selection::default())?;
    let Some(settings) = Settings::of(&project)? else {
        return Err(
            Failure::new(format!("{}: not a kernel", project.manifest()))
                .found("no table [package.metadata.tenon]")
                .help(
                    "give the crate of a kernel; `tenon build --help` says what makes a crate one",
                ),
        );
    };
    let folder = go_folder(args, &project, &settings)?;
    let progress = Progress::start(args.quiet);
    let mut report = measure(args, &project, &settings, &folder, &progress)?;
    let is_chosen = |claim: &&Claim| args.bench.as_ref().is_none_or(|name| claim.is_about(name));
    let chosen = settings.claims.iter().filter(is_chosen);
    let judged: Result<Vec<Judged>> = chosen.map(|claim| claim.judge(&report)).collect();
    let judged = judged.map(|claims| {
        if !args.quick {
            report.claims = claims;
        }
    });
    let charted = match &args.chart {
        Some(path) => chart::write(&report, path)
            .inspect(|()| progress.step(&format!("the chart is {}", path.display()))),
        None => Ok(()),
    };
    drop(progress);
    // What was measured is told whatever became of the claims and the chart: it took a minute.
    print(&if args.json {
        let json = serde_json::to_string_pretty(&report);
        json.map_err(|error| Failure::new("the report cannot be written").found(error))? + "\n"
    } else {
        text::render(&report)
    })?;
    judged.and(charted)?;
    let unmet: Vec<String> = report
        .claims
        .iter()
        .filter(|claim| !claim.met)
        .map(ToString::to_string)
        .collect();
    if unmet.is_empty() {
        return Ok(());
    }
    let (unmet_count, all) = (unmet.len(), report.claims.len());
    Err(
        Failure::new(format!("{unmet_count} of {all} claims not met"))
            .found(unmet.join("\n"))
            .help("measure again on a quiet machine; if it stays so, claim less in Cargo.toml")
            .status(UNMET),
    )
}

/// The folder of the Go package.
fn go_folder(args: &Bench, project: &Project, settings: &Settings) -> Result<PathBuf> {
    let folder = match (&args.go, &settings.go) {
        (Some(folder), _) => folder.clone(),
        (None, Some(folder)) => project.package().root().join(folder),
        (None, None) => {
            return Err(Failure::new(format!("{}: no Go package to measure", project.manifest()))
                .found("neither `go` in [package.metadata.tenon] nor --go")
                .help("add go = \"<folder of the Go package, from the crate's>\", or give it with --go"));
        }
    };
    std::fs::canonicalize(&folder)
        .ok()
        .filter(|folder| folder.is_dir())
        .ok_or_else(|| {
            Failure::new(format!("{}: no such folder", folder.display())).help(
                "give the folder of the Go package that has the kernel's benchmarks, with --go or \
                 as `go` in [package.metadata.tenon]",
            )
        })
}

/// Runs both sides.
fn measure(
    args: &Bench,
    project: &Project,
    settings: &Settings,
    folder: &Path,
    progress: &Progress,
) -> Result<Report> {
    let kernel = project.kernel_name(settings.kernel.as_deref());
    let name = args.bench.as_deref();
    let go = |plan: &Plan| go::measure(folder, name, plan, progress);
    let plan = if args.quick {
        Plan::quick()
    } else {
        progress.step(&format!("looking at the Go benchmarks of {kernel}"));
        let seen = go(&Plan::look())?;
        Plan::within_budget(&seen.sweeps, args.rounds, args.benchtime.as_deref())
    };
    progress.step(&format!(
        "measuring {kernel} and its baseline: {} rounds of {} a side",
        plan.rounds, plan.benchtime
    ));
    let output = go(&plan)?;
    let native = if args.no_native {
        Native::default()
    } else {
        let request = native::Request {
            name,
            sizes: output.sweeps.iter().map(|sweep| sweep.sizes.len()).sum(),
            quick: args.quick,
        };
        native::measure(project, &request, progress)?
    };
    let measured = Measured {
        kernel,
        rounds: plan.rounds,
        benchtime: &plan.benchtime,
        quick: args.quick,
    };
    Ok(Report::of(&output, &native, &measured))
}
