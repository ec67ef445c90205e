//! What follows the writing: the component, the typed client, and the tests of both sides.

use super::name::Name;
use super::place::Place;
use crate::args::{Cli, Command as Subcommand};
use crate::build::{self, cargo};
use crate::failure::{Failure, Result};
use crate::progress::Progress;
use clap::Parser;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// The generator of clients, by its path as a Go package.
const GENERATOR: &str = "github.com/tenon-dev/tenon/host-go/cmd/tenon-gen";

/// What a person would type for the steps, in the workspace's top folder.
pub(super) fn commands(place: &Place, name: &Name) -> Vec<String> {
    let (kernel, package) = (&name.kebab, &name.package);
    let (go, component) = (&place.go, component(name));
    vec![
        format!("tenon build kernels/{kernel} -o {go}/{component}"),
        format!("(cd {go} && go run {GENERATOR} -dropin -o {package} {component})"),
        format!("cargo test --release -p tenon-kernel-{kernel}"),
        format!("(cd {go} && go test ./{package})"),
    ]
}

/// The component, from the folder of the Go packages.
fn component(name: &Name) -> String {
    format!("{}/{}-0.1.0.wasm", name.package, name.kebab)
}

/// What to do where a step fails.
const WRITTEN: &str = "what was written is whole; mend that, and run the step again";

/// Fails before anything is written if a tool is missing that a step needs.
pub(super) fn require_tools(folder: &Path) -> Result<()> {
    build::require_toolchain(folder)?;
    let mut go = Command::new("go");
    go.arg("version").current_dir(folder);
    output(
        &mut go,
        "mend that, or write the files only, with --no-build; nothing was written",
    )
}

/// Builds the component, generates the client, and runs the tests; those in Rust beside the rest.
pub(super) fn run(place: &Place, name: &Name, quiet: bool) -> Result<()> {
    let progress = Progress::start(quiet);
    let go = place.root.join(&place.go);
    let crate_name = format!("tenon-kernel-{}", name.kebab);
    // Once, before two of them would: the lock file learns of the kernel.
    progress.step("resolving dependencies");
    let mut resolve = cargo(&place.root);
    output(resolve.args(["metadata", "--format-version", "1"]), WRITTEN)?;
    progress.step("compiling and testing in Rust, building the component beside");
    let (rust, rest) = std::thread::scope(|scope| {
        let rust = scope.spawn(|| {
            let mut test = cargo(&place.root);
            output(
                test.args(["test", "--release", "--package", &crate_name]),
                WRITTEN,
            )
        });
        let rest = || {
            build(
                &place.root.join("kernels").join(&name.kebab),
                &go.join(component(name)),
            )?;
            let mut generate = Command::new("go");
            generate.args([
                "run",
                GENERATOR,
                "-dropin",
                "-o",
                &name.package,
                &component(name),
            ]);
            output(generate.current_dir(&go), WRITTEN)?;
            let mut test = Command::new("go");
            test.args(["test", &format!("./{}", name.package)]);
            output(test.current_dir(&go), WRITTEN)
        };
        let rest = rest();
        (rust.join(), rest)
    });
    rest?;
    match rust {
        Ok(tested) => tested,
        Err(_) => Err(Failure::new("the tests in Rust broke off")),
    }
}

/// `tenon build`, as a person would call it.
fn build(krate: &Path, output: &Path) -> Result<()> {
    let words = [
        OsStr::new("tenon"),
        OsStr::new("build"),
        OsStr::new("--quiet"),
        OsStr::new("--output"),
    ];
    let words = words
        .into_iter()
        .chain([output.as_os_str(), krate.as_os_str()]);
    match Cli::try_parse_from(words).map(|cli| cli.command) {
        Ok(Subcommand::Build(args)) => build::run(&args),
        other => Err(
            Failure::new("`tenon build` cannot be called").found(match other {
                Ok(_) => "another command".to_owned(),
                Err(error) => error.to_string(),
            }),
        ),
    }
}

/// Runs a program to its end; what it printed is the error if it fails, with what to do then.
fn output(command: &mut Command, help: &str) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let program = Path::new(&program)
        .file_stem()
        .map_or(program.clone(), |stem| stem.to_string_lossy().into_owned());
    let args: Vec<_> = command
        .get_args()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    let shown = format!("`{program} {}`", args.join(" "));
    let output = command.output().map_err(|error| {
        Failure::new(format!("cannot run {shown}"))
            .found(error)
            .help(format!(
                "install `{program}`, or write the files only, with --no-build"
            ))
    })?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    Err(Failure::new(format!("{shown} failed"))
        .found(String::from_utf8_lossy(&text))
        .help(help))
}
