//! How much a reader takes from a file, whoever wrote it.

/// The largest component, in bytes.
pub const COMPONENT: u64 = 256 << 20;
/// The largest of the JSON files, in bytes.
pub const JSON: u64 = 16 << 20;
/// The largest envelope, in bytes.
pub const ENVELOPE: u64 = 64 << 10;
/// The most labels of a contract.
pub const LABELS: usize = 100_000;
/// The longest name of a contract and the longest label, in bytes.
pub const NAME: usize = 128;
/// The longest line of a trail, in bytes.
pub const LINE: usize = 64 << 10;
/// The length of a trail's file from which on it is full, in bytes: who appends next begins another one.
pub const TRAIL: u64 = 1 << 20;
/// The most entries that one look at a trail gives.
pub const ENTRIES: usize = 10_000;
/// The most signatures of an envelope.
pub const SIGNATURES: usize = 16;
