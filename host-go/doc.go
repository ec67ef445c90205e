// Package tenon runs Rust kernels, compiled to Wasm components, in place of hot Go functions.
package tenon
