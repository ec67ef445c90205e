//! The class of what stopped a component, by the words that both hosts use for faults.

use crate::environment::Refused;
use tenon_host::FaultKind;
use tenon_host::wasmtime::{Error, Trap};

/// The class of an error of a running component.
pub(crate) fn class(error: &Error) -> &'static str {
    if error.is::<Refused>() {
        return FaultKind::Trap.as_str();
    }
    let kind = match error.downcast_ref::<Trap>() {
        // The engine's own checks of the Canonical ABI have no type.
        None => FaultKind::Abi,
        Some(Trap::StackOverflow) => FaultKind::Stack,
        Some(Trap::AllocationTooLarge) => FaultKind::Memory,
        Some(
            Trap::CannotEnterComponent
            | Trap::CannotLeaveComponent
            | Trap::InvalidChar
            | Trap::StringOutOfBounds
            | Trap::ListOutOfBounds
            | Trap::InvalidDiscriminant
            | Trap::UnalignedPointer,
        ) => FaultKind::Abi,
        Some(_) => FaultKind::Trap,
    };
    kind.as_str()
}
