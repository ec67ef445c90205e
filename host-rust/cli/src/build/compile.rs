//! Runs cargo: from a crate to a core module.

use super::project::{Package, Project, Selection, cargo, no_cargo};
use super::remap::Remap;
use super::settings::Settings;
use super::toolchain::{TARGET, Toolchain};
use crate::failure::{Failure, Result};
use crate::progress::Progress;
use serde::Deserialize;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The profile of a kernel where the workspace does not define one of that name.
const KERNEL_PROFILE: &[(&str, &str)] = &[
    ("inherits", "\"release\""),
    ("codegen-units", "1"),
    ("debug", "false"),
    ("lto", "true"),
    ("opt-level", "3"),
    ("panic", "\"abort\""),
    ("strip", "\"debuginfo\""),
];

/// A core module and what went into it.
pub(crate) struct Compiled {
    /// The module's bytes.
    pub(crate) module: Vec<u8>,
    /// The flags of the compiler that the crate decides about.
    pub(crate) flags: Vec<String>,
    /// Every package that was compiled, as in `regex 1.13.1 perf,std`, sorted.
    pub(crate) packages: Vec<String>,
    /// The crate's own features that were switched on, sorted, without `default`.
    pub(crate) features: Vec<String>,
    /// The files that were read for the crate and for crates of other folders.
    pub(crate) sources: Vec<PathBuf>,
}

/// One line of cargo's `--message-format=json`, as far as it matters here.
#[derive(Deserialize)]
struct Artifact {
    reason: String,
    #[serde(default)]
    package_id: String,
    #[serde(default)]
    features: Vec<String>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// Compiles the crate's library for Wasm.
pub(crate) fn compile(
    project: &Project,
    toolchain: &Toolchain,
    settings: &Settings,
    request: &Request<'_>,
) -> Result<Compiled> {
    let library = project.library()?;
    let name = &project.package().name;
    let target_dir = project.target_dir();
    let remap = Remap::of(project, toolchain, &target_dir);

    let mut command = cargo(project.package().root());
    // The crate is a Rust library too, for its native tests; what is built as both gets no link-time optimisation.
    command.args([
        "rustc",
        "--lib",
        "--crate-type",
        "cdylib",
        "--target",
        TARGET,
        "--message-format",
        "json-render-diagnostics",
    ]);
    command
        .arg("--manifest-path")
        .arg(project.package().manifest());
    command.arg("--target-dir").arg(&target_dir);
    command.args(["--profile", request.profile]);
    if request.profile == "kernel" && !project.defines_profile("kernel") {
        for (key, value) in KERNEL_PROFILE {
            command
                .arg("--config")
                .arg(format!("profile.kernel.{key}={value}"));
        }
    }
    request.selection.apply(&mut command);
    let flags = flags_of(settings);
    fix_environment(&mut command, &[flags.clone(), remap.flags()?].concat());

    request.progress.step(&format!("compiling {name}"));
    let messages = run(command, name, request.progress)?;
    let artifacts: Vec<Artifact> = messages
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|message: &Artifact| message.reason == "compiler-artifact")
        .collect();
    let module = artifacts
        .iter()
        .filter_map(|artifact| wasm_of(artifact, project))
        .next_back();
    let Some(path) = module else {
        return Err(
            Failure::new(format!("{name}: cargo built no file {library}.wasm"))
                .help("make sure that the crate has a library of the crate type cdylib"),
        );
    };
    let module = read(&path)?;
    remap.require_absent(&module, name)?;

    let own = artifacts
        .iter()
        .rfind(|artifact| artifact.package_id == project.id());
    let mut features = own.map(|own| own.features.clone()).unwrap_or_default();
    features.retain(|feature| feature != "default");
    features.sort();
    let mut packages: Vec<String> = artifacts.iter().map(|it| describe(it, project)).collect();
    packages.sort();
    packages.dedup();
    let sources = dep_info(&path.with_extension("d"))?;
    Ok(Compiled {
        module,
        flags,
        packages,
        features,
        sources,
    })
}

/// How the crate shall be compiled.
pub(crate) struct Request<'a> {
    /// Features, and how cargo finds dependencies.
    pub(crate) selection: &'a Selection,
    /// The name of cargo's profile.
    pub(crate) profile: &'a str,
    /// Where to tell how it goes.
    pub(crate) progress: &'a Progress,
}

/// What the compiler is told beside the profile.
fn flags_of(settings: &Settings) -> Vec<String> {
    let mut flags = Vec::new();
    if !settings.target_features.is_empty() {
        let features: Vec<String> = settings
            .target_features
            .iter()
            .map(|feature| format!("+{feature}"))
            .collect();
        flags.push(format!("-Ctarget-feature={}", features.join(",")));
    }
    flags.push(format!("-Clink-arg=-zstack-size={}", settings.stack_size));
    flags
}

/// Leaves nothing of the machine's configuration in the flags that decide about the bytes.
fn fix_environment(command: &mut Command, flags: &[String]) {
    let profile_overrides = std::env::vars_os().map(|(name, _)| name);
    for name in
        profile_overrides.filter(|name| name.to_string_lossy().starts_with("CARGO_PROFILE_"))
    {
        command.env_remove(name);
    }
    // Set when this runs below `cargo clippy`.
    command.env_remove("RUSTC_WORKSPACE_WRAPPER");
    // Of all the places that may hold flags, this one silences the others.
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    command.env("CARGO_INCREMENTAL", "0");
}

/// Runs cargo, shows how it gets on, and gives its standard output.
fn run(mut command: Command, name: &str, progress: &Progress) -> Result<String> {
    let failed = || Failure::new(format!("{name}: cargo cannot compile it for {TARGET}"));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|error| no_cargo(&command, &error))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (messages, diagnostics) = std::thread::scope(|scope| {
        let messages = scope.spawn(|| {
            let mut text = String::new();
            let read = stdout.map(|mut pipe| pipe.read_to_string(&mut text));
            read.transpose().map(|_| text)
        });
        let diagnostics = watch(stderr.into_iter(), progress);
        (messages.join(), diagnostics)
    });
    let status = child.wait().map_err(|error| failed().found(error))?;
    if !status.success() {
        return Err(failed().found(diagnostics.join("\n")).help(
            "mend what the compiler names; what only works on other targets belongs behind \
             cfg(not(target_family = \"wasm\")), and no crate may need C code or random numbers",
        ));
    }
    for line in &diagnostics {
        progress.line(line);
    }
    match messages {
        Ok(Ok(messages)) => Ok(messages),
        Ok(Err(error)) => Err(failed().found(format!("cargo's messages cannot be read: {error}"))),
        Err(_) => Err(failed().found("the reader of cargo's messages broke off")),
    }
}

/// Shows cargo's steps as they pass, and keeps what is worth reading: warnings and errors.
fn watch(stderr: impl Iterator<Item: Read>, progress: &Progress) -> Vec<String> {
    let mut kept = Vec::new();
    for line in stderr.flat_map(|pipe| {
        BufReader::new(pipe)
            .split(b'\n')
            .map_while(|line| line.ok())
    }) {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if is_step(&line) {
            progress.detail(line.trim_start());
        } else {
            kept.push(line);
        }
    }
    kept
}

/// Whether a line of cargo's is a step such as `   Compiling regex v1.13.1`, its verb right-aligned.
fn is_step(line: &str) -> bool {
    let verb = line.trim_start().split(' ').next().unwrap_or_default();
    let width = line.len() - line.trim_start().len() + verb.len();
    width == 12 && verb.starts_with(|first: char| first.is_ascii_uppercase())
}

fn wasm_of(artifact: &Artifact, project: &Project) -> Option<PathBuf> {
    let is_wasm = |path: &&PathBuf| {
        path.extension()
            .is_some_and(|extension| extension == "wasm")
    };
    let wasm = artifact.filenames.iter().find(is_wasm);
    wasm.filter(|_| artifact.package_id == project.id())
        .cloned()
}

/// A compiled package without the folder that it may lie in.
fn describe(artifact: &Artifact, project: &Project) -> String {
    let mut features = artifact.features.clone();
    features.sort();
    let features = features.join(",");
    match project.by_id(&artifact.package_id) {
        Some(package) => {
            let source = package.source.as_deref().unwrap_or("folder");
            let Package {
                name,
                version,
                edition,
                ..
            } = package;
            format!("{name} {version} {source} {edition} {features}")
        }
        None => format!("{} {features}", artifact.package_id),
    }
}

/// The prerequisites in the file that cargo writes beside what it built, in the syntax of make.
fn dep_info(path: &Path) -> Result<Vec<PathBuf>> {
    let text = String::from_utf8_lossy(&read(path)?).into_owned();
    let Some((_, prerequisites)) = text.lines().next().and_then(|line| line.split_once(": "))
    else {
        return Err(Failure::new(format!(
            "{}: not a list of dependencies",
            path.display()
        )));
    };
    // A space inside a path is escaped; no path has a NUL, so that stands for it meanwhile.
    let paths = prerequisites.replace("\\ ", "\0");
    Ok(paths
        .split_whitespace()
        .map(|path| path.replace('\0', " ").into())
        .collect())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        Failure::new(format!("{}: cannot read what cargo built", path.display())).found(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_told_from_diagnostics() {
        for step in [
            "   Compiling regex v1.13.1",
            "    Finished `kernel` profile",
            "    Updating index",
        ] {
            assert!(is_step(step), "{step}");
        }
        for kept in [
            "warning: unused",
            "error[E0425]: cannot find",
            " --> src/lib.rs:1:1",
            "  |",
            "",
        ] {
            assert!(!is_step(kept), "{kept}");
        }
    }

    #[test]
    fn dependencies_may_have_spaces() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.d");
        std::fs::write(&path, "/t/x.wasm: /a/lib.rs /a\\ b/c.rs\n\nother: y\n").expect("a file");
        let paths = dep_info(&path).expect("a list");
        assert_eq!(
            paths,
            [PathBuf::from("/a/lib.rs"), PathBuf::from("/a b/c.rs")]
        );
    }
}
