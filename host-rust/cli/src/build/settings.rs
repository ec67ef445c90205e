//! What a crate says about itself as a kernel.

use super::project::Project;
use crate::bench::claims::Claim;
use crate::failure::{Failure, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Less holds no call of the standard library's formatting; more than this is recursion gone wrong.
const STACK_SIZES: RangeInclusive<u32> = 16_384..=16_777_216;

/// What `[package.metadata.tenon]` may say; the command's README documents it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Settings {
    /// The world that the kernel implements, as in `tenon:redact/kernel@1.0.0`.
    pub(crate) world: Option<String>,
    /// The kernel's name, if it is not the crate's name without `tenon-kernel-`.
    pub(crate) kernel: Option<String>,
    /// Who answers for the kernel.
    pub(crate) owner: Option<String>,
    /// Functions to call once, with zero values, in a fresh instance before traffic.
    #[serde(default)]
    pub(crate) warm: Vec<String>,
    /// Whether the calls of `warm` are made as the kernel is built, and what they leave is part of the component.
    #[serde(default)]
    pub(crate) preinit: bool,
    /// The contract's folder, from the crate's.
    pub(crate) wit: Option<PathBuf>,
    /// The stack's bytes.
    #[serde(default = "default_stack_size")]
    pub(crate) stack_size: u32,
    /// Features of Wasm beyond the target's own.
    #[serde(default = "default_target_features")]
    pub(crate) target_features: Vec<String>,
    /// The Go package that holds the component, the client, its baseline and the benchmarks, from the crate's folder.
    pub(crate) go: Option<PathBuf>,
    /// The components that are committed there: `cargo xtask vectors` reads it.
    #[serde(default, rename = "builds")]
    _builds: IgnoredAny,
    /// What the kernel claims of its speed.
    #[serde(default)]
    pub(crate) claims: Vec<Claim>,
}

impl Settings {
    /// What the crate says in `[package.metadata.tenon]`, if it has the table.
    pub(crate) fn of(project: &Project) -> Result<Option<Self>> {
        let Some(table) = project.table("tenon") else {
            return Ok(None);
        };
        let settings: Settings = serde_json::from_value(table.clone()).map_err(|error| {
            Failure::new(format!(
                "{}: wrong [package.metadata.tenon]",
                project.manifest()
            ))
            .found(error)
            .help(
                "it knows world, kernel, owner, warm (a list of function names), preinit (true or false), \
                 wit (a folder), stack-size (bytes), target-features (a list), go (a folder), builds (a list of \
                 tables) and claims (tables of bench, size, and at-least or verdict)",
            )
        })?;
        if !STACK_SIZES.contains(&settings.stack_size) || !settings.stack_size.is_multiple_of(16) {
            return Err(
                Failure::new(format!("{}: wrong stack-size", project.manifest()))
                    .found(settings.stack_size)
                    .help("give a multiple of 16 from 16384 (16 KiB) to 16777216 (16 MiB)"),
            );
        }
        Ok(Some(settings))
    }

    /// What holds for a crate that is no kernel and says nothing.
    pub(crate) fn of_no_kernel() -> Self {
        Settings {
            world: None,
            kernel: None,
            owner: None,
            warm: Vec::new(),
            preinit: false,
            wit: None,
            stack_size: default_stack_size(),
            target_features: default_target_features(),
            go: None,
            _builds: IgnoredAny,
            claims: Vec::new(),
        }
    }
}

/// Deep enough for automata and parsers; a whole Wasm page more costs every instance a page.
fn default_stack_size() -> u32 {
    131_072
}

/// The one feature that pays and that every engine has.
fn default_target_features() -> Vec<String> {
    vec!["simd128".into()]
}
