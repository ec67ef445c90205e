//! Entries run on wasmtime: what they store and load, what they refuse, and whom they call how often.

mod allocator;
mod answers;
mod guest;
mod layout;
mod staged;
