//! The panic hook and the buffer that the host reads.

use crate::report::{self, Place};
use std::cell::UnsafeCell;
use std::panic;

/// The buffer behind the export; the type lets a `static` be written to.
#[repr(transparent)]
pub struct Buffer(UnsafeCell<[u8; report::SIZE]>);

// SAFETY: an instance has one thread, and only the panic hook, which does not nest, writes here.
unsafe impl Sync for Buffer {}

/// Exported by the linker as a global that holds the buffer's address.
#[allow(
    non_upper_case_globals,
    reason = "the name is the one that hosts look for"
)]
#[unsafe(no_mangle)]
pub static tenon_panic: Buffer = Buffer(UnsafeCell::new([0; report::SIZE]));

/// Makes panics leave their report; the constructor that `kernel!` defines calls it once.
pub extern "C" fn install() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| Place {
            file: at.file(),
            line: at.line(),
            column: at.column(),
        });
        let message = info
            .payload_as_str()
            .unwrap_or("a panic whose payload is not a string");
        // SAFETY: nothing else holds a reference into the buffer; see `Buffer`.
        let buffer = unsafe { &mut *tenon_panic.0.get() };
        report::write(buffer, place, &message);
    }));
}
