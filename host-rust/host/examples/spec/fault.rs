//! The class of what stopped a component, by the words that both hosts use for faults.

use crate::environment::Refused;
use tenon_host::FaultKind;
use tenon_host::wasmtime::Error;

/// The class of an error of a running component.
pub(crate) fn class(error: &Error) -> &'static str {
    match error.is::<Refused>() {
        true => FaultKind::Trap.as_str(),
        false => FaultKind::of(error).as_str(),
    }
}
