//! `tenon build`: from a kernel's crate to a component.
//!
//! The same sources give the same bytes in every folder and on every machine of one kind with the
//! same compiler: see [`remap`] for how paths are kept out.

mod compile;
mod component;
mod contract;
mod preinit;
pub(crate) mod project;
mod remap;
pub(crate) mod settings;
mod source;
mod toolchain;

use crate::args::Build;
use crate::failure::{Failure, Result};
use crate::output::print;
use crate::progress::Progress;
use compile::Request;
use contract::Contract;
use preinit::Preinit;
use project::{Project, Selection};
use serde::Serialize;
use settings::Settings;
use std::path::{Path, PathBuf};
use tenon_transpile::harden::{Gate, Hardening, harden};
use toolchain::Toolchain;

use source::digest;

pub(crate) use project::cargo;

/// The content of the section `tenon:kernel`.
#[derive(Serialize)]
struct Metadata<'a> {
    format: u32,
    kernel: &'a str,
    version: &'a str,
    world: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    features: &'a [String],
    toolchain: &'a str,
    tool: &'a str,
    source: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warm: &'a [String],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    preinit: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
}

/// The number of the metadata's format; a reader refuses a higher one.
const METADATA_FORMAT: u32 = 1;

/// Builds what the arguments name, and prints where it is.
pub(crate) fn run(args: &Build) -> Result<()> {
    let progress = Progress::start(args.quiet);
    let selection = Selection {
        features: args.features.clone(),
        no_default_features: args.no_default_features,
        locked: args.locked,
        offline: args.offline,
    };
    if let Some(folder) = args.output.as_deref().filter(|output| output.is_dir()) {
        return Err(
            Failure::new(format!("{}: cannot write the component", folder.display()))
                .found("a folder")
                .help("give a file's name with -o"),
        );
    }
    let project = Project::in_dir(&args.krate, &selection)?;
    project.library()?;
    let toolchain = Toolchain::in_dir(project.package().root())?;
    let settings = Settings::of(&project)?;
    let package = project.package();
    let label = args.label.as_deref().unwrap_or(&package.version);
    let request = Request {
        selection: &selection,
        profile: &args.profile,
        progress: &progress,
    };

    let (name, bytes) = if args.core_module {
        let settings = settings.unwrap_or_else(Settings::of_no_kernel);
        let module = compile::compile(&project, &toolchain, &settings, &request)?.module;
        (package.name.as_str(), hardened(&module)?)
    } else {
        let Some(settings) = &settings else {
            return Err(Failure::new(format!("{}: not a kernel", project.manifest()))
                .found("no table [package.metadata.tenon]")
                .help("add it with world = \"<package>/kernel@<version>\", as in tenon:redact/kernel@1.0.0"));
        };
        let name = project.kernel_name(settings.kernel.as_deref());
        let preinit = Preinit::of(args, settings, &project)?;
        (
            name,
            component(
                &project,
                &toolchain,
                settings,
                &request,
                Version {
                    name,
                    label,
                    preinit,
                },
            )?,
        )
    };

    let output = match &args.output {
        Some(output) => output.clone(),
        None => project.target_dir().join(format!("{name}-{label}.wasm")),
    };
    write(&output, &bytes)?;
    drop(progress);
    print(&format!(
        "{}  {} bytes  sha256:{}\n",
        output.display(),
        bytes.len(),
        digest(&bytes)
    ))
}

/// Fails unless the compiler that is used in a folder can compile kernels.
pub(crate) fn require_toolchain(folder: &Path) -> Result<()> {
    Toolchain::in_dir(folder).map(|_| ())
}

/// The core module with a gate of its own: a host can stop it, as it can stop a kernel. It is for every machine, so it is made for
/// the compiler that needs most.
fn hardened(module: &[u8]) -> Result<Vec<u8>> {
    let hardening = Hardening {
        gate: Some(Gate::Owner),
        floats: true,
        // Values nest a hundred levels deep, each of which is several calls of large functions, whose frames are estimated high.
        stack: Some(64 << 20),
        // The host is readied with it before the first kernel.
        lean: true,
        ..Hardening::default()
    };
    harden(module, &hardening)
        .map_err(|error| Failure::new("the module cannot be hardened").found(error))
}

/// What a version of a kernel is called, and whether it is made ready as it is built.
struct Version<'a> {
    name: &'a str,
    label: &'a str,
    preinit: Option<Preinit>,
}

/// Compiles a kernel and encodes it with its sections.
fn component(
    project: &Project,
    toolchain: &Toolchain,
    settings: &Settings,
    request: &Request<'_>,
    version: Version<'_>,
) -> Result<Vec<u8>> {
    let Version { name, label, .. } = version;
    require_label(label)?;
    // Before cargo runs: a wrong contract should not cost a build first.
    let contract = Contract::of(project, settings)?;
    let docs = contract.docs()?;
    let warm_up = version.preinit.as_ref();
    let warm_up = warm_up
        .map(|preinit| preinit.prepare(&contract, settings))
        .transpose()?;
    let mut compiled = compile::compile(project, toolchain, settings, request)?;
    component::require_kernel(&compiled.module, name)?;
    if let Some(warm_up) = &warm_up {
        request
            .progress
            .step(&format!("pre-initialising {name} {label}"));
        compiled.module = warm_up.run(&compiled.module, name)?;
    }
    request.progress.step(&format!("encoding {name} {label}"));
    let mut component = component::encode(&compiled.module, name, &contract)?;
    let metadata = Metadata {
        format: METADATA_FORMAT,
        kernel: name,
        version: label,
        world: &contract.name,
        features: &compiled.features,
        toolchain: &toolchain.name,
        tool: concat!("tenon ", env!("CARGO_PKG_VERSION")),
        source: &source::hash(project, &compiled, &contract.files)?,
        warm: &settings.warm,
        preinit: version.preinit.is_some(),
        owner: settings.owner.as_deref(),
    };
    let metadata = serde_json::to_vec(&metadata).map_err(|error| {
        Failure::new(format!("{name}: the metadata cannot be written")).found(error)
    })?;
    component::append_sections(&mut component, &docs, &metadata);
    Ok(component)
}

/// A label is a semantic version, so that versions of one kernel have an order.
fn require_label(label: &str) -> Result<()> {
    let (numbers, _) = label.split_once(['-', '+']).unwrap_or((label, ""));
    let numbers: Vec<&str> = numbers.split('.').collect();
    let is_number = |part: &&str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part.len() == 1 || !part.starts_with('0'))
    };
    let characters = label
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte));
    if numbers.len() == 3 && numbers.iter().all(is_number) && characters {
        return Ok(());
    }
    Err(Failure::new(format!("`{label}` is no label for a version"))
        .help("give a semantic version, as in 1.2.0 or 1.2.0-rc.1"))
}

/// Writes the file whole or not at all: a reader never sees half of a component.
fn write(output: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error: std::io::Error| {
        Failure::new(format!("{}: cannot write", output.display()))
            .found(error)
            .help("give another place with -o")
    };
    if output.exists() && !output.is_file() {
        // A device or a pipe is written to, never replaced by a file.
        return std::fs::write(output, bytes).map_err(failed);
    }
    let folder = output
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    std::fs::create_dir_all(folder.unwrap_or(Path::new("."))).map_err(failed)?;
    let mut partial = output.as_os_str().to_owned();
    partial.push(format!(".{}.partial", std::process::id()));
    let partial = PathBuf::from(partial);
    let written = std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, output));
    if written.is_err() {
        // Nothing to add if this fails too: the first error is the one to tell.
        let _ = std::fs::remove_file(&partial);
    }
    written.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_semantic_versions() {
        for label in ["1.0.0", "0.10.2", "1.2.0-trap", "1.2.0-rc.1+build.5"] {
            assert!(require_label(label).is_ok(), "{label}");
        }
        for label in [
            "",
            "1",
            "1.0",
            "v1.0.0",
            "1.0.0.0",
            "01.0.0",
            "1.0.x",
            "1.0.0-a/b",
            "1..0",
        ] {
            assert!(require_label(label).is_err(), "{label}");
        }
    }
}
