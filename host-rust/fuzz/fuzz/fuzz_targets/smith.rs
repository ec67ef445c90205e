//! The rewriter with modules of wasm-smith: all of them are valid and end.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(module) = harden_smith::module(bytes) {
        tenon_fuzz::rewriter(&module);
    }
});
