//! What the host tells by `tracing`: the messages and fields of `wit/vectors/names.json`, under the target `tenon`. A fault's own
//! message is the field `error`, because `message` is the event's.

use crate::code::TrapCode;
use crate::fault::Fault;
use crate::kernel::Kernel;
use crate::route::Tripped;

fn known(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Says what has become of a version; `None` is the baseline.
macro_rules! tell {
    ($level:ident, $text:literal, $slot:expr, $kernel:expr $(, $field:ident = $value:expr)*) => {{
        let kernel: Option<&Kernel> = $kernel;
        tracing::event!(
            target: "tenon",
            tracing::Level::$level,
            slot = $slot,
            kernel = kernel.map(Kernel::name),
            version = kernel.map(Kernel::digest),
            label = kernel.and_then(|kernel| known(kernel.label())),
            $($field = $value,)*
            $text
        );
    }};
}

/// What a fault is, with further fields.
macro_rules! tell_fault {
    ($text:literal, $slot:expr, $fault:expr $(, $field:ident = $value:expr)*) => {{
        let fault: &Fault = $fault;
        let (backtrace, cause) = (fault.backtrace().join(", "), fault.cause());
        tracing::warn!(
            target: "tenon",
            kind = fault.kind().as_str(),
            code = fault.code().map(TrapCode::as_str),
            slot = $slot,
            kernel = known(fault.kernel()),
            version = known(fault.version()),
            label = known(fault.label()),
            file = known(fault.file()),
            export = known(fault.export()),
            path = known(fault.path()),
            offset = fault.offset(),
            error = fault.message(),
            help = known(fault.help()),
            backtrace = known(&backtrace),
            cause = known(&cause),
            $($field = $value,)*
            $text
        );
    }};
}

/// The `count`-th fault of a kind of a version.
#[cold]
pub(crate) fn kernel_fault(fault: &Fault, slot: &str, kernel: &Kernel, count: u64) {
    let owner = kernel.metadata().and_then(|metadata| metadata.get("owner"));
    let owner = owner.and_then(|owner| owner.as_str());
    tell_fault!("kernel fault", slot, fault, count = count, owner = owner);
}

/// A swap, staging or promotion failed; `previous` serves on.
pub(crate) fn swap_failed(fault: &Fault, slot: &str, previous: Option<&Kernel>) {
    let previous = previous.map(Kernel::digest);
    tell_fault!("swap failed", slot, fault, previous = previous);
}

pub(crate) fn swapped(slot: &str, kernel: Option<&Kernel>, previous: Option<&Kernel>) {
    let previous = previous.map(Kernel::digest);
    tell!(INFO, "slot swapped", slot, kernel, previous = previous);
}

pub(crate) fn staged(slot: &str, kernel: Option<&Kernel>, previous: Option<&Kernel>) {
    let previous = previous.map(Kernel::digest);
    tell!(INFO, "version staged", slot, kernel, previous = previous);
}

pub(crate) fn divided(slot: &str, kernel: Option<&Kernel>, share: f64) {
    tell!(INFO, "calls divided", slot, kernel, share = share);
}

pub(crate) fn tripped(slot: &str, kernel: &Kernel, tripped: Tripped) {
    let pause = u64::try_from(tripped.pause.as_millis()).unwrap_or(u64::MAX);
    let faults = tripped.faults as u64;
    tell!(
        WARN,
        "version tripped",
        slot,
        Some(kernel),
        faults = faults,
        pause_ms = pause
    );
}

pub(crate) fn recovered(slot: &str, kernel: &Kernel) {
    tell!(INFO, "version recovered", slot, Some(kernel));
}

/// The `count`-th panic of a baseline that answered in a kernel's place.
pub(crate) fn baseline_panicked(slot: &str, export: &str, panic: &str, count: u64) {
    tracing::error!(target: "tenon", slot, export = known(export), panic, count, "baseline panicked");
}
