#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    tenon_fuzz::transpile(bytes);
});
