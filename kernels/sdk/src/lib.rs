//! What every kernel links: the report that a panic leaves for the host.
//!
//! A kernel has no imports, so a panic inside it ends as a bare `unreachable` and its message is
//! lost. With this crate the message and its place are written into a small static buffer first,
//! and the host's fault carries them. One line in the kernel's WIT glue switches it on:
//!
//! ```
//! // src/component.rs
//! tenon_kernel::kernel!();
//! # fn main() {}
//! ```
//!
//! # What the host finds
//!
//! The core module exports an immutable `i32` global named `tenon_panic`: the address of
//! [`report::SIZE`] bytes in the module's memory. They hold a length (`u32`, little-endian, at most
//! [`report::TEXT_SIZE`]) and that many bytes of UTF-8, as in
//! `kernels/redact/src/lib.rs:31:9: the text is too long`. Length 0 means that nobody panicked: a
//! trap without a panic (division by zero in a dependency's assembly, memory out of bounds,
//! exhausted stack, exhausted memory) leaves no report.
//!
//! # Randomness
//!
//! A kernel answers the same question the same way every time, so no backend for `getrandom` is
//! offered here: a crate that draws random numbers fails to build for this target, which is where
//! the mistake is cheapest to see. The standard library's `HashMap` works; its seeds are the same
//! in every instance, so do not let an attacker choose the keys of a large map.

pub mod report;

#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod hook;

/// Makes the crate a kernel: panics leave their report for the host.
///
/// Call it once, at the top level of the file that calls `wit_bindgen`'s `export!`. The hook is
/// installed by a constructor, which `wit_bindgen`'s exports run before the first call. On other
/// targets than Wasm the macro does nothing.
#[macro_export]
macro_rules! kernel {
    () => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            #[used]
            #[unsafe(link_section = ".init_array")]
            static INSTALL: extern "C" fn() = $crate::hook::install;
        };
    };
}
