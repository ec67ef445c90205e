//! From what wasmtime reports to a fault.

use crate::code::TrapCode;
use crate::facts::{Facts, PanicBuffer};
use crate::fault::{Fault, FaultKind};
use crate::frame;
use crate::host_call::{Ended, HostFailure};
use crate::limits::Stopped;
use crate::pieces;
use crate::state::{Refused, State};
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
    let own = frames
        .iter()
        .filter(|frame| !frame.func_name().is_some_and(pieces::is_added));
    let backtrace = own.map(frame::name).collect();
    let state = store.data();
    let mut reason = match error.downcast_ref::<Trap>() {
        Some(Trap::MemoryOutOfBounds) if frames.first().is_some_and(in_adapter) => {
            Reason::of(TrapCode::Abi).saying(TrapCode::MemoryBounds.as_str())
        }
        Some(Trap::Interrupt) => stopped(state.books.stopped()),
        Some(trap) => of_trap(*trap, state.refused()),
        None if starts_too_large(&error) => too_large(state.refused(), state.memory_limit()),
        None => of_error(&error),
    };
    if let (Some(TrapCode::Unreachable), Some(dump), Some(buffer)) =
        (reason.code, dump, &facts.panic)
    {
        let panic = panic_message(dump, buffer, store);
        if !panic.is_empty() {
            reason.message = panic;
        }
    }
    let cause: Box<dyn Error + Send + Sync> = match error.downcast_ref::<Trap>() {
        Some(trap) => Box::new(*trap),
        None => match error.downcast::<HostFailure>() {
            Ok(HostFailure(error)) => error,
            Err(_) => reason.message.clone().into(),
        },
    };
    let mut fault = Fault::new(reason.kind, reason.message)
        .in_kernel(facts)
        .with_backtrace(backtrace)
        .with_help(reason.help)
        .with_source(cause);
    if let Some(code) = reason.code {
        fault = fault.with_code(code);
    }
    fault
}

/// What is known of the reason before the fault is made.
struct Reason {
    kind: FaultKind,
    /// `None` where no kernel was stopped.
    code: Option<TrapCode>,
    message: String,
    help: &'static str,
}

impl Reason {
    fn of(code: TrapCode) -> Reason {
        let help = match code {
            TrapCode::StackOverflow => "bound the kernel's recursion, or raise Config::stack_limit",
            TrapCode::MemoryLimit => {
                "raise Config::memory_limit or Config::total_memory, or give the kernel less at a time"
            }
            TrapCode::MemoryExhausted => {
                "raise Config::total_memory, or give each slot fewer instances"
            }
            TrapCode::HandleLimit => "let the kernel drop the resources that it no longer needs",
            TrapCode::Deadline => "raise the deadline, or give the kernel less at a time",
            TrapCode::Fuel => "raise the fuel, or give the kernel less at a time",
            _ => "",
        };
        Reason {
            kind: code.kind(),
            code: Some(code),
            message: code.as_str().to_owned(),
            help,
        }
    }

    fn saying(mut self, message: impl Into<String>) -> Reason {
        self.message = message.into();
        self
    }

    fn advising(mut self, help: &'static str) -> Reason {
        self.help = help;
        self
    }
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
            Some(trap) => of_trap(*trap, None).kind,
            None => of_error(error).kind,
        }
    }
}

/// Whether an instance could not be made for the memory that it declares. wasmtime has no type for this error; a test
/// watches its wording.
fn starts_too_large(error: &wasmtime::Error) -> bool {
    let message = error.root_cause().to_string();
    message.starts_with("memory minimum size") && message.ends_with("exceeds memory limits")
}

/// An instance that could not be made for its memory.
fn too_large(refused: Option<Refused>, limit: usize) -> Reason {
    match refused {
        Some(Refused::Engine) => Reason::of(TrapCode::MemoryExhausted)
            .saying("the engine's memory has no room for one more instance"),
        _ => Reason::of(TrapCode::MemoryLimit)
            .saying(format!(
                "the instance starts with more than {limit} bytes of memory"
            ))
            .advising("raise Config::memory_limit, or build the kernel with less memory"),
    }
}

/// A kernel that the host has stopped.
fn stopped(why: Option<Stopped>) -> Reason {
    match why {
        Some(Stopped::Canceled) => {
            Reason::of(TrapCode::Canceled).saying("the caller gave up while the kernel ran")
        }
        Some(Stopped::Deadline(limit)) => {
            Reason::of(TrapCode::Deadline).saying(format!("the call ran longer than {limit:?}"))
        }
        // In a store of the embedder's own.
        None => Reason::of(TrapCode::Deadline),
    }
}

fn of_trap(trap: Trap, refused: Option<Refused>) -> Reason {
    let code = TrapCode::of(trap);
    let reason = Reason::of(code);
    match code {
        TrapCode::Abi | TrapCode::Internal => reason.saying(trap.to_string()),
        TrapCode::Fuel => reason.saying("the call spent its fuel"),
        TrapCode::StackOverflow => reason.saying("calls nest too deep"),
        // An allocator that is refused memory ends in a trap of its own making.
        _ if code.kind() == FaultKind::Trap && refused.is_some() => {
            Reason::of(TrapCode::MemoryLimit)
                .saying(format!("{code} after the kernel was refused more memory"))
        }
        _ => reason,
    }
}

/// Whether a frame is of the code that joins two component instances: the adapters of wasmtime leave it to the memory
/// whether the place for a result lies inside. They alone import the instances' flags.
fn in_adapter(frame: &FrameInfo) -> bool {
    let mut imports = frame.module().imports();
    imports.any(|import| import.module() == "flags" && import.name().starts_with("instance"))
}

/// Errors that are no traps: those of the host's functions, wasmtime's own checks of the Canonical ABI, and its limits.
fn of_error(error: &wasmtime::Error) -> Reason {
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
        return Reason {
            kind: ended.kind,
            code: Some(TrapCode::Host),
            message: ended.message.clone(),
            help,
        };
    }
    let message = error.root_cause().to_string();
    if error
        .downcast_ref::<wasmtime::PoolConcurrencyLimitError>()
        .is_some()
    {
        return Reason {
            kind: FaultKind::Overloaded,
            code: None,
            message,
            help: "raise Config::max_instances, or give each slot fewer instances",
        };
    }
    // wasmtime has no type for this error; a test watches its wording.
    if message.contains("fuel allocated for hostcalls") {
        return Reason::of(TrapCode::MemoryLimit)
            .saying("the answer needs more memory on the host than one call may use")
            .advising("raise Config::answer_limit, or give the kernel less at a time");
    }
    if message.contains("handle limit exceeded") {
        return Reason::of(TrapCode::HandleLimit).saying(message);
    }
    Reason::of(TrapCode::Abi).saying(message)
}

/// A function of the host that failed stops the kernel as a trap does.
fn of_host(failure: &HostFailure) -> Reason {
    if let Some(ResourceTableError::Full) = failure.0.downcast_ref() {
        return Reason::of(TrapCode::HandleLimit)
            .saying("the kernel holds too many resources of the host");
    }
    Reason::of(TrapCode::Host).saying(format!("a function of the host failed: {failure}"))
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
