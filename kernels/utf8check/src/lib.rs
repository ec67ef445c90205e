//! The validity of UTF-8, as the standard library checks it: a kernel that shows when not to write one.
//!
//! ```
//! use tenon_kernel_utf8check::first_error;
//!
//! assert_eq!(first_error("größer".as_bytes()), None);
//! assert_eq!(first_error(b"gr\xf6\xdfer"), Some(2)); // Latin-1
//! ```

#[cfg(target_family = "wasm")]
mod component;

/// Where the first byte stands that is part of no character; none when all of it is UTF-8.
///
/// # Panics
///
/// When that is behind 4 GiB of valid text, which no caller of the contract can pass.
pub fn first_error(bytes: &[u8]) -> Option<u32> {
    let error = std::str::from_utf8(bytes).err()?;
    Some(u32::try_from(error.valid_up_to()).expect("less than 4 GiB of bytes"))
}
