//! From what wasmtime reports to a fault.

use crate::facts::{Facts, PanicBuffer};
use crate::fault::{Fault, FaultKind};
use crate::host_call::{Ended, HostFailure};
use crate::state::State;
use std::error::Error;
use wasmtime::component::ResourceTableError;
use wasmtime::{FrameInfo, Store, Trap, WasmBacktrace, WasmCoreDump};

/// What a failed call or instantiation means.
///
/// The kernel's memory is out of the component API's reach, but for the core dump that wasmtime attaches to a trap: it
/// holds the store's memories, where the kernel SDK has left the panic's message.
pub(crate) fn fault(error: wasmtime::Error, store: &mut Store<State>, facts: &Facts) -> Fault {
    let dump = error.downcast_ref::<WasmCoreDump>();
    let frames = dump.map(WasmCoreDump::frames).or_else(|| {
        error
            .downcast_ref::<WasmBacktrace>()
            .map(|trace| trace.frames())
    });
    let frames = frames.unwrap_or_default();
    let backtrace = frames.iter().map(frame_name).collect();
    let (kind, mut message, help) = match error.downcast_ref::<Trap>() {
        Some(trap @ Trap::MemoryOutOfBounds) if frames.first().is_some_and(in_adapter) => {
            (FaultKind::Abi, words(*trap), "")
        }
        Some(trap) => of_trap(*trap, store.data().refused),
        None if store.data().refused && starts_too_large(&error) => (
            FaultKind::Memory,
            format!(
                "the instance starts with more than {} bytes of memory",
                store.data().memory_limit()
            ),
            "raise Config::memory_limit, or build the kernel with less memory",
        ),
        None => of_error(&error),
    };
    if let (FaultKind::Trap, Some(dump), Some(buffer)) = (kind, dump, &facts.panic)
        && error.is::<Trap>()
    {
        let panic = panic_message(dump, buffer, store);
        if !panic.is_empty() {
            message = panic;
        }
    }
    let cause: Box<dyn Error + Send + Sync> = match error.downcast_ref::<Trap>() {
        Some(trap) => Box::new(*trap),
        None => match error.downcast::<HostFailure>() {
            Ok(HostFailure(error)) => error,
            Err(_) => message.clone().into(),
        },
    };
    Fault::new(kind, message)
        .in_kernel(facts)
        .with_backtrace(backtrace)
        .with_help(help)
        .with_source(cause)
}

impl FaultKind {
    /// What kind of fault an error of wasmtime is, as far as the error itself tells.
    ///
    /// For code that works with [`Engine::wasmtime`](crate::Engine::wasmtime). A [`Fault`] may know better: that a trap
    /// followed on refused memory, or happened where two component instances meet.
    ///
    /// ```
    /// use tenon_host::FaultKind;
    /// use tenon_host::wasmtime::Trap;
    ///
    /// assert_eq!(FaultKind::of(&Trap::StackOverflow.into()), FaultKind::Stack);
    /// assert_eq!(FaultKind::of(&Trap::UnreachableCodeReached.into()), FaultKind::Trap);
    /// ```
    pub fn of(error: &wasmtime::Error) -> FaultKind {
        match error.downcast_ref::<Trap>() {
            Some(trap) => of_trap(*trap, false).0,
            None => of_error(error).0,
        }
    }
}

/// Whether an instance could not be made for the memory that it declares. wasmtime has no type for this error; a test
/// watches its wording.
fn starts_too_large(error: &wasmtime::Error) -> bool {
    let message = error.root_cause().to_string();
    message.starts_with("memory minimum size") && message.ends_with("exceeds memory limits")
}

fn of_trap(trap: Trap, refused: bool) -> (FaultKind, String, &'static str) {
    let kind = match trap {
        Trap::StackOverflow => FaultKind::Stack,
        Trap::Interrupt => FaultKind::Deadline,
        Trap::OutOfFuel => FaultKind::Fuel,
        Trap::AllocationTooLarge => FaultKind::Memory,
        Trap::CannotEnterComponent
        | Trap::CannotLeaveComponent
        | Trap::InvalidChar
        | Trap::StringOutOfBounds
        | Trap::ListOutOfBounds
        | Trap::InvalidDiscriminant
        | Trap::UnalignedPointer => FaultKind::Abi,
        // An allocator that is refused memory ends in a trap of its own making.
        _ if refused => FaultKind::Memory,
        _ => FaultKind::Trap,
    };
    let help = match kind {
        FaultKind::Stack => "bound the kernel's recursion, or raise Config::stack_limit",
        FaultKind::Memory => "raise Config::memory_limit, or give the kernel less at a time",
        _ => "",
    };
    let message = match kind {
        FaultKind::Memory => format!("{} after the kernel was refused more memory", words(trap)),
        _ => words(trap),
    };
    (kind, message, help)
}

/// Whether a frame is of the code that joins two component instances: the adapters of wasmtime leave it to the memory
/// whether the place for a result lies inside. They alone import the instances' flags.
fn in_adapter(frame: &FrameInfo) -> bool {
    let mut imports = frame.module().imports();
    imports.any(|import| import.module() == "flags" && import.name().starts_with("instance"))
}

/// What stopped the kernel, in the words of both hosts.
fn words(trap: Trap) -> String {
    match trap {
        Trap::UnreachableCodeReached => "unreachable".into(),
        Trap::MemoryOutOfBounds => "memory out of bounds".into(),
        Trap::TableOutOfBounds | Trap::IndirectCallToNull => "table out of bounds".into(),
        Trap::BadSignature => "indirect call mismatch".into(),
        Trap::IntegerDivisionByZero => "integer divide by zero".into(),
        Trap::IntegerOverflow => "integer overflow".into(),
        Trap::BadConversionToInteger => "invalid conversion".into(),
        Trap::StackOverflow => "stack overflow".into(),
        other => other.to_string(),
    }
}

/// Errors that are no traps: those of the host's functions, wasmtime's own checks of the Canonical ABI, and its limits.
fn of_error(error: &wasmtime::Error) -> (FaultKind, String, &'static str) {
    if let Some(failure) = error.downcast_ref::<HostFailure>() {
        return of_host(failure);
    }
    if let Some(ended) = error.downcast_ref::<Ended>() {
        let help = match ended.kind {
            FaultKind::Policy => {
                "grant an import of your own for it, or build the component without it"
            }
            _ => "",
        };
        return (ended.kind, ended.message.clone(), help);
    }
    let message = error.root_cause().to_string();
    if error
        .downcast_ref::<wasmtime::PoolConcurrencyLimitError>()
        .is_some()
    {
        return (
            FaultKind::Overloaded,
            message,
            "raise Config::max_instances, or give each slot fewer instances",
        );
    }
    // wasmtime has no type for this error; a test watches its wording.
    if message.contains("fuel allocated for hostcalls") {
        let message = "the answer needs more memory on the host than one call may use".to_owned();
        return (
            FaultKind::Memory,
            message,
            "raise Config::answer_limit, or give the kernel less at a time",
        );
    }
    if message.contains("handle limit exceeded") {
        return (FaultKind::Limit, message, TOO_MANY_RESOURCES);
    }
    (FaultKind::Abi, message, "")
}

const TOO_MANY_RESOURCES: &str = "let the kernel drop the resources that it no longer needs";

/// A function of the host that failed stops the kernel as a trap does.
fn of_host(failure: &HostFailure) -> (FaultKind, String, &'static str) {
    if let Some(ResourceTableError::Full) = failure.0.downcast_ref() {
        let message = "the kernel holds too many resources of the host".to_owned();
        return (FaultKind::Limit, message, TOO_MANY_RESOURCES);
    }
    (
        FaultKind::Trap,
        format!("a function of the host failed: {failure}"),
        "",
    )
}

fn frame_name(frame: &FrameInfo) -> String {
    match frame.func_name() {
        Some(name) => format!("{:#}", rustc_demangle::demangle(name)),
        None => format!("function {}", frame.func_index()),
    }
}

/// Reads the SDK's buffer. All its numbers are the guest's, so each is checked.
fn panic_message(dump: &WasmCoreDump, buffer: &PanicBuffer, store: &mut Store<State>) -> String {
    let Some(instance) = dump.instances().get(buffer.instance as usize) else {
        return String::new();
    };
    let Some(memory) = instance.get_memory(&mut *store, &buffer.memory) else {
        return String::new();
    };
    let start = buffer.address as usize;
    let Some(bytes) = memory
        .data(&*store)
        .get(start..)
        .and_then(|tail| tail.get(..buffer.size as usize))
    else {
        return String::new();
    };
    let Some((length, text)) = bytes.split_first_chunk::<4>() else {
        return String::new();
    };
    let length = (u32::from_le_bytes(*length) as usize).min(text.len());
    String::from_utf8_lossy(&text[..length])
        .trim_end_matches('\u{fffd}')
        .to_owned()
}
