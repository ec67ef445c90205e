//! The crate as a core module without imports, for hosts that run transpile in a sandbox.
//!
//! The host makes an instance, allocates, copies the input in, calls one function once and throws the instance
//! away; so nothing is ever freed, and a panic is a trap. The result is packed as pointer in the upper and length in the lower
//! half; its first byte is 0 before an answer and 1 before the JSON of an [`Error`].

use crate::{Error, Options, transpile, wave};

/// Memory for an input of `len` bytes; its address.
#[unsafe(no_mangle)]
extern "C" fn tenon_alloc(len: usize) -> *mut u8 {
    Vec::leak(vec![0; len]).as_mut_ptr()
}

/// Transpiles a component; the answer is a container. In `flags` 1 is [`Options::gate`] and 2 is [`Options::floats`].
///
/// At `ptr` is the component's SHA-256 ([`Options::digest`]), and then the component.
///
/// # Safety
///
/// `ptr` and `len` are those of one call of [`tenon_alloc`].
#[unsafe(no_mangle)]
unsafe extern "C" fn tenon_transpile(ptr: *const u8, len: usize, flags: u32) -> u64 {
    let transpile = |input: &[u8]| {
        let (digest, component) = input
            .split_first_chunk()
            .ok_or_else(|| Error::internal("an input without a digest"))?;
        let options = Options {
            gate: flags & 1 != 0,
            floats: flags & 2 != 0,
            digest: Some(*digest),
            ..Options::default()
        };
        Ok(transpile(component, &options)?.encode())
    };
    // SAFETY: the caller promises what `answer` asks for.
    unsafe { answer(ptr, len, transpile) }
}

/// Reads arguments in WAVE: [`wave::parse_json`].
///
/// # Safety
///
/// `ptr` and `len` are those of one call of [`tenon_alloc`].
#[unsafe(no_mangle)]
unsafe extern "C" fn tenon_wave_parse(ptr: *const u8, len: usize) -> u64 {
    // SAFETY: the caller promises what `answer` asks for.
    unsafe { answer(ptr, len, wave::parse_json) }
}

/// Writes a value in WAVE: [`wave::print_json`].
///
/// # Safety
///
/// `ptr` and `len` are those of one call of [`tenon_alloc`].
#[unsafe(no_mangle)]
unsafe extern "C" fn tenon_wave_print(ptr: *const u8, len: usize) -> u64 {
    // SAFETY: the caller promises what `answer` asks for.
    unsafe { answer(ptr, len, wave::print_json) }
}

/// Does the work on an input, and leaves the answer for the caller.
///
/// # Safety
///
/// `ptr` and `len` are those of one call of [`tenon_alloc`].
unsafe fn answer(
    ptr: *const u8,
    len: usize,
    work: impl FnOnce(&[u8]) -> Result<Vec<u8>, Error>,
) -> u64 {
    // SAFETY: the memory is from `tenon_alloc`, which initialised and never frees it.
    let input = unsafe { std::slice::from_raw_parts(ptr, len) };
    let result = match work(input) {
        Ok(answer) => tagged(0, answer),
        Err(error) => tagged(1, encode_error(&error)),
    };
    let result = Vec::leak(result);
    ((result.as_ptr() as u64) << 32) | result.len() as u64
}

fn tagged(tag: u8, body: Vec<u8>) -> Vec<u8> {
    let mut result = Vec::with_capacity(1 + body.len());
    result.push(tag);
    result.extend_from_slice(&body);
    result
}

fn encode_error(error: &Error) -> Vec<u8> {
    // Strings and a number: serde_json has nothing to object to.
    serde_json::to_vec(error).unwrap_or_default()
}
