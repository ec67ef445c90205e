//! From a module to one that begins where its warm-up calls ended.

use super::instance::{Bounds, Running};
use crate::build::contract::{Contract, WarmCall};
use crate::build::settings::Settings;
use crate::failure::{Failure, Result};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tenon_transpile::limits::INPUT_SIZE;
use wasmtime_wizer::Wizer;

/// That a kernel is to be pre-initialised, and what that may take.
pub(crate) struct Preinit(Bounds);

impl Preinit {
    /// One whose calls may take so long together; `None` is for ever.
    pub(in crate::build) fn within(time: Option<Duration>) -> Result<Self> {
        Ok(Preinit(Bounds {
            time,
            ..Bounds::default()
        }))
    }

    /// Finds the calls in the contract.
    pub(crate) fn prepare(&self, contract: &Contract, settings: &Settings) -> Result<WarmUp> {
        Ok(WarmUp {
            calls: contract.warm_calls(&settings.warm)?,
            bounds: self.0,
        })
    }
}

/// The calls that are made while a kernel is built.
pub(crate) struct WarmUp {
    pub(super) calls: Vec<WarmCall>,
    pub(super) bounds: Bounds,
}

impl WarmUp {
    /// Gives the module with the memory, the globals and the memory's size that it has after the calls, and without a start
    /// function. The same module gives the same bytes: it runs alone, and floating-point numbers that are none are all the same.
    pub(crate) fn run(&self, module: &[u8], name: &str) -> Result<Vec<u8>> {
        let wizer = Wizer::new();
        let (context, instrumented) = wizer
            .instrument(module)
            .map_err(|error| unfit(name).found(format!("{error:#}")))?;
        let mut instance = Running::new(&instrumented, name, self.bounds)?;
        instance.call(&self.calls)?;
        let snapshot = pin!(wizer.snapshot(&context, &mut instance));
        // What reads the instance never waits.
        let Poll::Ready(snapshot) = snapshot.poll(&mut Context::from_waker(Waker::noop())) else {
            return Err(unfit(name).found("its state cannot be read at once"));
        };
        let module = snapshot.map_err(|error| unfit(name).found(format!("{error:#}")))?;
        if module.len() > INPUT_SIZE {
            return Err(unfit(name)
                .found(format!(
                    "{} bytes with what the calls left in memory; hosts load at most {INPUT_SIZE}",
                    module.len()
                ))
                .help("let the warm-up calls build less, or build without pre-initialisation"));
        }
        Ok(module)
    }
}

/// A module whose state cannot be kept in a file: parts of it that a snapshot does not hold.
fn unfit(name: &str) -> Failure {
    Failure::new(format!("{name}: the kernel cannot be pre-initialised")).help(
        "a snapshot holds the kernel's own memory and numeric globals, no changes of tables and no dropped segments: \
         leave such code out, or build without pre-initialisation",
    )
}

#[cfg(test)]
mod tests;
