//! The command line.

pub(crate) mod registry;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{ffi::OsString, path::PathBuf};

/// Writes, builds, inspects, measures and calls kernels: Rust functions as sandboxed Wasm components.
#[derive(Parser)]
#[command(
    name = "tenon",
    version,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(after_help = "\
Results are printed on standard output, progress and errors on standard error.
Exit status: 0 done, 1 the input or the environment is at fault, 2 the command line is wrong,
3 the command has looked and says no.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    New(New),
    Build(Build),
    Inspect(Inspect),
    Hotspots(Hotspots),
    Bench(Bench),
    #[command(subcommand)]
    Wit(Wit),
    Publish(registry::Publish),
    Ls(registry::Ls),
    Show(registry::Show),
    Activate(registry::Activate),
    Rollback(registry::Rollback),
    Verify(registry::Verify),
    Gc(registry::Gc),
    Log(registry::Log),
    #[command(subcommand)]
    Key(registry::Key),
    Sign(registry::Sign),
    #[cfg(feature = "host")]
    Call(Call),
}

/// Writes a kernel to begin with, and builds and tests it.
///
/// It is whole: contract, Rust crate, Go package with typed client and Go baseline, golden cases,
/// tests of both sides against each other, benchmarks, README and the record of a decision. It
/// counts the lines, words and characters of a text; make yours of it.
///
/// In a workspace of kernels, such as a checkout of Tenon, it is added, and no list has to be edited.
/// Elsewhere a folder NAME is made with such a workspace, whose Go module is in go/. Nothing is
/// written if a name is taken, or reserved in WIT, Rust or Go, or if a tool is missing.
#[derive(Args)]
#[command(
    about = "Writes a kernel to begin with, and builds and tests it",
    verbatim_doc_comment
)]
#[command(after_help = "\
Examples:
  tenon new word-count
  tenon new word-count --owner payments --dry-run
  tenon new word-count --namespace acme --module example.com/acme/kernels --tenon ../tenon")]
pub(crate) struct New {
    /// The kernel's name: lower-case words joined by hyphens.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Where to write: in the workspace at or above this folder, or else in the folder itself.
    #[arg(long = "in", value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Who answers for the kernel [default: the namespace].
    #[arg(long, value_name = "OWNER")]
    pub(crate) owner: Option<String>,
    /// The namespace of the contracts in a new workspace [default: example].
    #[arg(long, value_name = "NAME")]
    pub(crate) namespace: Option<String>,
    /// The path of the Go module in a new workspace [default: example.com/<NAME>].
    #[arg(long, value_name = "PATH")]
    pub(crate) module: Option<String>,
    /// The checkout of Tenon that a new workspace depends on [default: the one that this command was built in].
    #[arg(long, value_name = "DIR")]
    pub(crate) tenon: Option<PathBuf>,
    /// Write nothing; list the files that would be written.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write only; print the steps that build and test.
    #[arg(long)]
    pub(crate) no_build: bool,
    /// Do not report progress.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Builds a kernel's crate into a component.
///
/// The crate is compiled for wasm32-unknown-unknown and encoded as a component that imports
/// nothing. The component carries the contract's documentation and a section `tenon:kernel` that
/// says which kernel it is and what it was built from. The same sources give the same bytes in
/// every folder.
///
/// The crate's Cargo.toml has to say which contract it implements:
///
///     [lib]
///     crate-type = ["cdylib", "rlib"]
///     [package.metadata.tenon]
///     world = "tenon:redact/kernel@1.0.0"
#[derive(Args)]
#[command(
    about = "Builds a kernel's crate into a component",
    verbatim_doc_comment
)]
#[command(after_help = "\
Examples:
  tenon build kernels/redact -o redact.wasm
  tenon build kernels/redact --features url --label 1.1.0 -o redact-1.1.0.wasm
  tenon build kernels/useragent --preinit -o useragent-ready.wasm

Pre-initialisation (--preinit, or preinit = true beside `world`) makes the warm-up calls of the kernel while it is \
built. Each instance then begins with what they left in memory, which makes the file larger by that much. Whether it pays \
has to be measured: the Go host copies a warm instance for the others anyway, the Rust host cannot.")]
pub(crate) struct Build {
    /// The crate's folder.
    #[arg(value_name = "CRATE", default_value = ".")]
    pub(crate) krate: PathBuf,
    /// Features of the crate to switch on, separated by commas.
    #[arg(long, value_name = "FEATURES", value_delimiter = ',')]
    pub(crate) features: Vec<String>,
    /// Leave the crate's default features off.
    #[arg(long)]
    pub(crate) no_default_features: bool,
    /// Call the functions that the crate's `warm` names now, and put what they leave in memory into the component.
    #[arg(long, overrides_with = "no_preinit", conflicts_with = "core_module")]
    pub(crate) preinit: bool,
    /// Do not, also where the crate's Cargo.toml says `preinit = true`.
    #[arg(long, overrides_with = "preinit")]
    pub(crate) no_preinit: bool,
    /// How long those calls may take together, as 500ms, 30s or 2m; none: for ever.
    #[arg(long, value_name = "DURATION", default_value = "60s")]
    pub(crate) preinit_timeout: crate::deadline::Deadline,
    /// The version's label, a semantic version [default: the crate's version].
    #[arg(long, value_name = "VERSION")]
    pub(crate) label: Option<String>,
    /// Where to write the component [default: <target folder>/tenon/<kernel>-<label>.wasm].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Cargo's profile to build with; `kernel` works in every workspace.
    #[arg(long, value_name = "NAME", default_value = "kernel")]
    pub(crate) profile: String,
    /// Fail if Cargo.lock would have to change.
    #[arg(long)]
    pub(crate) locked: bool,
    /// Do not use the network.
    #[arg(long)]
    pub(crate) offline: bool,
    /// Do not report progress.
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Write the hardened core module instead of a component; for the tools of this project, which are no kernels.
    #[arg(long, hide = true, conflicts_with = "label")]
    pub(crate) core_module: bool,
}

/// Tells what a component is: contract, functions, imports, sizes, digest and metadata.
///
/// The file is validated as both hosts validate it, and nothing of it runs.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tenon inspect redact.wasm
  tenon inspect redact.wasm --contract tenon:redact@1.0.0
  tenon inspect --json redact.wasm | jq -r .contract.hash")]
pub(crate) struct Inspect {
    /// The component; `-` is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Print a JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    /// Fail unless it implements this contract, as in tenon:redact@1.0.0.
    #[arg(long, value_name = "CONTRACT")]
    pub(crate) contract: Option<String>,
}

/// Ranks the functions of a Go CPU profile, and tells which suit a kernel and why not.
///
/// This is the program `tenon-hotspots`, which is written in Go. It is taken from beside this command or
/// from the PATH; in a checkout of Tenon it is built. Its options are in `tenon hotspots --help`.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Hotspots {
    /// What tenon-hotspots gets.
    #[arg(
        value_name = "ARGS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) args: Vec<OsString>,
}

/// Measures a kernel against the Go code that it replaces, by size of the input.
///
/// Go's own benchmarks time both, in turns: those of the Go package that make a sweep with
/// tenontest.Sweep. The crate's criterion bench `sweep`, if it has one, times its Rust natively.
/// A ratio is Go's time over the kernel's in the same round; printed are the median and its 95 %
/// bootstrap interval. The verdict is *kernel* or *Go* where the interval lies on one side of 1,
/// else *no difference*; the break-even size is interpolated. A run takes about a minute besides
/// compiling, and longer where an operation takes longer than a tenth of a second.
///
/// The crate's Cargo.toml says where the Go package is, and what it claims:
///
///     [package.metadata.tenon]
///     go = "../../host-go/kernels/redact"
///     [[package.metadata.tenon.claims]]
///     bench = "redact"        # BenchmarkRedact; BenchmarkNearestLines is nearest-lines
///     size = 256
///     at-least = 5.0          # the ratio; or verdict = "kernel", "go" or "no difference"
///
/// A claim with a number is judged by the median, one with a verdict by the interval.
#[derive(Args)]
#[command(
    about = "Measures a kernel against the Go code that it replaces, by size of the input",
    verbatim_doc_comment
)]
#[command(after_help = "\
Examples:
  tenon bench kernels/redact
  tenon bench kernels/editdistance --bench nearest-lines --chart nearest.html
  tenon bench kernels/topk --json | jq '.benchmarks[].break_even'

Exit status: 3 if a claim is not met, else as everywhere.")]
pub(crate) struct Bench {
    /// The crate's folder.
    #[arg(value_name = "CRATE", default_value = ".")]
    pub(crate) krate: PathBuf,
    /// Only the benchmark of this name, and the claims about it.
    #[arg(long, value_name = "NAME", value_parser = crate::bench::name::parse)]
    pub(crate) bench: Option<String>,
    /// The folder of the Go package [default: `go` in Cargo.toml].
    #[arg(long, value_name = "DIR")]
    pub(crate) go: Option<PathBuf>,
    /// How many times both sides take turns, from 3 to 1000 [default: 15; 5 or more where operations are long].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(3..=1000))]
    pub(crate) rounds: Option<u32>,
    /// How long a side runs in a round, as Go's -benchtime: 20ms, 1s, 100x [default: 5ms to 100ms, what fits].
    #[arg(long, value_name = "TIME", value_parser = crate::bench::plan::benchtime)]
    pub(crate) benchtime: Option<String>,
    /// See that everything runs: 3 rounds of 1ms, whose figures are not worth comparing; claims are not judged.
    #[arg(long, conflicts_with_all = ["rounds", "benchtime"])]
    pub(crate) quick: bool,
    /// Leave the native Rust side out.
    #[arg(long)]
    pub(crate) no_native: bool,
    /// Print a JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write a chart, too: to a file that ends in .svg or .html.
    #[arg(long, value_name = "FILE", value_parser = crate::bench::chart::file)]
    pub(crate) chart: Option<PathBuf>,
    /// Do not report progress.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Compares and formats contracts.
#[derive(Subcommand)]
pub(crate) enum Wit {
    Check(WitCheck),
    Fmt(WitFmt),
}

/// Tells what changed in a contract, and whether its version says so.
///
/// OLD and NEW are WIT files, folders of WIT, or components. Each difference has a rule (--rules lists them), a path, as in
/// tenon:redact/redactor#redact.text, and the step of the version that it asks for: removing and changing a major
/// one, adding an export a minor one, words a patch. Below 1.0.0 the steps are those of cargo's caret: 0.1 to 0.2 is a
/// major one.
///
/// The question is whether kernels of NEW serve callers and hosts that were compiled for OLD; the hosts ask the same
/// before a version serves. So a new case of an enum is a major step, and so is a new import.
#[derive(Args)]
#[command(about = "Tells what changed in a contract, and whether its version says so")]
#[command(after_help = "\
Examples:
  tenon wit check wit/redact-1.0 wit/redact
  tenon wit check redact-1.0.0.wasm redact-1.1.0.wasm
  tenon wit check --format github released.wit wit/redact

Exit status: 3 if a difference asks for a larger step than the versions make, else as everywhere.")]
pub(crate) struct WitCheck {
    /// The contract in force; `-` is standard input.
    #[arg(value_name = "OLD", required_unless_present = "rules")]
    pub(crate) old: Option<PathBuf>,
    /// The contract that is to take its place; `-` is standard input.
    #[arg(value_name = "NEW", required_unless_present = "rules")]
    pub(crate) new: Option<PathBuf>,
    /// Compare this world of the packages only [default: all of a package; with a component, the only one].
    #[arg(long, value_name = "NAME")]
    pub(crate) world: Option<String>,
    /// How to print.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: CheckFormat,
    /// Print a JSON object: --format json.
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
    /// List the rules with the step that each asks for.
    #[arg(long, conflicts_with_all = ["old", "new"])]
    pub(crate) rules: bool,
}

/// Formats WIT.
///
/// There is one layout: four spaces a level, a line for each field, case, flag and function. Lists of parameters stay on
/// one line, or have a line for each part where they begin on a new one. Comments and single empty lines stay; nothing but
/// white space and commas at the end of lists changes. The files that changed are printed.
#[derive(Args)]
#[command(about = "Formats WIT")]
#[command(after_help = "\
Examples:
  tenon wit fmt wit
  tenon wit fmt --check wit/redact/redact.wit
  tenon wit fmt - < draft.wit

Exit status: 3 if --check found a file that is not formatted, else as everywhere.")]
pub(crate) struct WitFmt {
    /// Files of WIT, or folders with such in or below them; `-` formats standard input to standard output.
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Write nothing, and fail if a file is not formatted.
    #[arg(long)]
    pub(crate) check: bool,
    /// Write nothing; list the files that would change.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print a JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How `tenon wit check` prints.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people.
    Text,
    /// A JSON object.
    Json,
    /// Annotations of a pull request on GitHub.
    Github,
}

/// Calls a function of a component on the Rust host, or lists what there is to call.
///
/// Arguments and result are written in WAVE, the text format for component values: 42, true, "text", [1, 2],
/// {field: 1}, some(1), none, case-name. The shell takes quotes away, so put a string's quotes into quotes.
#[cfg(feature = "host")]
#[derive(Args)]
#[command(after_help = "\
Examples:
  tenon call redact.wasm
  tenon call redact.wasm redact '\"login from 192.0.2.7\"'
  tenon call redact.wasm 'redact(\"login from 192.0.2.7\")'
  tenon call scalar.wasm sum '[1, 2, 3]'
  tenon call scalar.wasm calls#add 40 2
  tenon call --wasi=stub third-party.wasm hello '\"you\"'
  tenon call --deadline 50ms --fuel 1000000 scalar.wasm sum '[1, 2, 3]'

Whatever FILE holds, the command ends: a component gets no more than 256 MiB of memory, and no
more time to run than the deadline.")]
pub(crate) struct Call {
    /// The component; `-` is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The function: by its name, as INTERFACE#NAME, or as a whole call. Without it exports and imports are listed, and
    /// nothing runs.
    #[arg(value_name = "EXPORT")]
    pub(crate) export: Option<String>,
    /// The arguments in WAVE.
    #[arg(value_name = "ARGS", allow_negative_numbers = true)]
    pub(crate) args: Vec<String>,
    /// Fail unless the component implements this contract, as in tenon:redact@1.0.0.
    #[arg(long, value_name = "CONTRACT")]
    pub(crate) contract: Option<String>,
    /// What imports of `wasi:` get.
    #[arg(long, value_name = "WHAT", default_value = "none")]
    pub(crate) wasi: Wasi,
    /// How long the component may run, as 50ms, 10s or 2m: once as it starts, and once in the call; none: for ever.
    #[arg(long, value_name = "DURATION", default_value = "10s")]
    pub(crate) deadline: crate::deadline::Deadline,
    /// What the call may spend, in units of about one instruction; 0: no bound.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) fuel: u64,
}

/// What imports of `wasi:` get.
#[cfg(feature = "host")]
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Wasi {
    /// A component with such imports is refused.
    None,
    /// No arguments, files or environment, output thrown away, a fixed clock and fixed random numbers.
    Stub,
}
