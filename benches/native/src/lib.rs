//! The kernels' functions as a C library: what a Go program that takes cgo would link instead of a kernel. The Go driver's
//! native.go declares the same in C.

use std::{ptr, slice};

use tenon_kernel_redact::redact;

/// A stretch of text that was masked.
#[repr(C)]
pub struct Finding {
    kind: u8,
    start: u32,
    end: u32,
}

/// What [`tenon_redact`] answers; the caller gives it back by [`tenon_redact_free`].
#[repr(C)]
pub struct Redaction {
    text: *mut u8,
    text_len: usize,
    findings: *mut Finding,
    findings_len: usize,
}

/// The wrapping sum of two numbers.
#[unsafe(no_mangle)]
pub extern "C" fn tenon_add(a: u32, b: u32) -> u32 {
    tenon_kernel_scalar::add(a, b)
}

/// Masks every finding in a text.
///
/// # Safety
///
/// `text` is the address of `len` bytes of UTF-8, and `out` has room for the answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tenon_redact(text: *const u8, len: usize, out: *mut Redaction) {
    // SAFETY: the caller's promise. Go's strings need not be UTF-8, but the bench checks them as a typed call does.
    let text = unsafe { str::from_utf8_unchecked(slice::from_raw_parts(text, len)) };
    let answer = redact(text);
    let findings = answer.findings.iter().map(|finding| Finding {
        kind: finding.kind as u8,
        start: finding.start,
        end: finding.end,
    });
    let findings: Box<[Finding]> = findings.collect();
    let text = answer.text.into_bytes().into_boxed_slice();
    let answer = Redaction {
        text_len: text.len(),
        text: Box::into_raw(text).cast(),
        findings_len: findings.len(),
        findings: Box::into_raw(findings).cast(),
    };
    // SAFETY: the caller's promise.
    unsafe { out.write(answer) };
}

/// Gives an answer back.
///
/// # Safety
///
/// `answer` is one of [`tenon_redact`]'s that was not given back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tenon_redact_free(answer: *const Redaction) {
    // SAFETY: both were made of boxed slices of these lengths.
    unsafe {
        let Redaction {
            text,
            text_len,
            findings,
            findings_len,
        } = answer.read();
        drop(Box::from_raw(ptr::slice_from_raw_parts_mut(text, text_len)));
        drop(Box::from_raw(ptr::slice_from_raw_parts_mut(
            findings,
            findings_len,
        )));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::MaybeUninit;

    #[test]
    fn an_answer_goes_there_and_back() {
        assert_eq!(tenon_add(u32::MAX, 2), 1);
        let (text, mut answer) = ("from 10.0.0.7", MaybeUninit::uninit());
        unsafe {
            tenon_redact(text.as_ptr(), text.len(), answer.as_mut_ptr());
            let answer = answer.assume_init();
            let masked = slice::from_raw_parts(answer.text, answer.text_len);
            assert_eq!(masked, b"from <ipv4>");
            let findings = slice::from_raw_parts(answer.findings, answer.findings_len);
            assert_eq!((findings[0].start, findings[0].end), (5, 13));
            tenon_redact_free(&answer);
        }
    }
}
