//! Pre-initialisation: the warm-up calls are made while a kernel is built, and what they leave is part of the component.
//!
//! It works on the core module, before it becomes a component: a kernel imports nothing, so a module can be run alone. An
//! engine runs it, so it needs the feature `host`.

#[cfg(feature = "host")]
mod instance;
#[cfg(feature = "host")]
mod run;

use super::project::Project;
use super::settings::Settings;
use crate::args::Build;
use crate::failure::{Failure, Result};
#[cfg(not(feature = "host"))]
use std::time::Duration;

#[cfg(feature = "host")]
pub(crate) use run::Preinit;

/// That a kernel is to be pre-initialised, which takes an engine that this program does not have.
#[cfg(not(feature = "host"))]
pub(crate) enum Preinit {}

impl Preinit {
    /// Whether the command line, or else the crate, asks for it.
    pub(crate) fn of(args: &Build, settings: &Settings, project: &Project) -> Result<Option<Self>> {
        if args.no_preinit || !(args.preinit || settings.preinit) {
            return Ok(None);
        }
        if settings.warm.is_empty() {
            return Err(Failure::new(format!(
                "{}: there is nothing to call for pre-initialisation",
                project.manifest()
            ))
            .found("no function in `warm` of [package.metadata.tenon]")
            .help(
                "add warm = [\"<function>\"]: what its first call builds is put into the component",
            ));
        }
        Self::within(args.preinit_timeout.0).map(Some)
    }

    #[cfg(not(feature = "host"))]
    fn within(_: Option<Duration>) -> Result<Self> {
        Err(Failure::new("this `tenon` cannot pre-initialise kernels")
            .found(
                "it was built without its feature `host`, and so without an engine that runs them",
            )
            .help("build it with that feature, which is on by default, or give --no-preinit"))
    }
}

#[cfg(not(feature = "host"))]
impl Preinit {
    pub(crate) fn prepare(&self, _: &super::contract::Contract, _: &Settings) -> Result<Self> {
        match *self {}
    }

    pub(crate) fn run(&self, _: &[u8], _: &str) -> Result<Vec<u8>> {
        match *self {}
    }
}
