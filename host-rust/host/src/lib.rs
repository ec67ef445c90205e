//! The Rust host: kernels on wasmtime
