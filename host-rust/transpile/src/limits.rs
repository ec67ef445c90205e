//! Every limit that transpile sets on hostile input, in one place.
//!
//! Besides these, `wasmparser` has its own (function size, locals, fields, type size, type depth 100 …), which apply first.
//! A crossed limit is an [`Error`](crate::Error) of kind [`Kind::Limit`](crate::Kind::Limit).

/// Bytes of a component.
pub const INPUT_SIZE: usize = 64 << 20;

/// How deep component definitions nest in each other.
pub const NESTING: usize = 100;

/// Component and core module definitions in one file, at any depth.
pub const DEFINITIONS: usize = 1_000;

/// Component and core instances after flattening. A nested component that is instantiated twice counts twice, with
/// all it instantiates: 1.6 KB of valid component can ask for 2^40.
pub const INSTANCES: usize = 1_000;

/// Core instances in a plan: those of the component, and those that connect nested components.
pub const CORE_INSTANCES: usize = 4_000;

/// Definitions (imports, aliases, functions, instances, exports …) processed while flattening, each as often as the
/// translator meets or copies it, and the parts of the types of functions and instances, each as often as it is written
/// out: a tuple of two tuples of two and so on has 100 bytes and a million parts. Where a call between components has
/// to copy a value, each part counts for ten. A large kernel has some thousand.
pub const EXPANDED_ITEMS: usize = 250_000;

/// Bytes of all core modules that leave transpile. A module that is instantiated with different imports leaves once for each.
pub const OUTPUT_SIZE: usize = 128 << 20;

/// Elements that a table may have, unless a host says otherwise: a table that starts with more is refused as
/// [`Kind::Policy`](crate::Kind::Policy), and none grows beyond. A large kernel has some thousand functions in its table.
pub const TABLE_ELEMENTS: u32 = 65_536;

/// Elements that the tables of all core instances may have together, 8 bytes each.
pub const ALL_TABLE_ELEMENTS: u64 = 1 << 20;

/// Functions, globals and elements of segments of all core instances together. Each takes some ten bytes of the host's in
/// each instance. A large kernel has some ten thousand.
pub const INSTANCE_ITEMS: u64 = 1_000_000;

/// Bytes of data segments of all core instances together, which instantiation copies without asking the clock.
pub const INSTANCE_DATA: u64 = 128 << 20;

/// Bytes of a function as engines take it, also with what hardens it.
pub const FUNCTION_SIZE: usize = 7_654_321;

/// Items of one section of a core module as engines take it, also with those that are added.
pub const SECTION_ITEMS: usize = 1_000_000;

/// Functions with an [entry](crate::plan::Entry): the first ones. Each has its own code. A large kernel has some dozen functions.
pub const ENTRIES: usize = 1_000;

/// Blocks nested in each other in one function.
pub const BLOCK_DEPTH: usize = 5_000;

/// What compiling a component may take: the sum of the squares of its functions' sizes, where a size is a function's basic blocks
/// and locals and a sixteenth of its instructions. wazero's compiler takes 1.5 to 5 ns for each and cannot be stopped inside a
/// function: 20,000 loops in 140 KB would take it a minute. The kernel `useragent` has 40 million.
pub const WORK: u64 = 1_000_000_000;

/// Bytes of all names of imports, exports, parameters, fields and cases, each time one is written out, with 32 for each
/// part of a type. A name may have 100,000 bytes and be exported 100,000 times.
pub const NAMES_SIZE: usize = 16 << 20;

/// Bytes of a contract's text.
pub const CONTRACT_SIZE: usize = 1 << 20;

/// Bytes of the texts of all interfaces together, imported ones included; what one refers to stands in each.
pub const TEXTS_SIZE: usize = 4 << 20;

/// Bytes of the custom section `tenon:kernel`.
pub const METADATA_SIZE: usize = 64 << 10;

/// Bytes of a kernel's name and of its version in that section, which stand in every fault and log.
pub const METADATA_NAME: usize = 256;

/// Bytes of the custom section `package-docs`; a larger one is ignored, since documentation does not run.
pub const DOCS_SIZE: usize = 1 << 20;

/// Bytes of a version in `package-docs`, as in `@deprecated(version = 1.2.0)`; a longer one is ignored.
pub const VERSION_SIZE: usize = 64;

/// Bytes of the kernel SDK's panic buffer: a length of four bytes and 1,024 bytes of text.
pub const PANIC_BUFFER: u32 = 4 + 1024;

/// Bytes of all arguments of one call in WAVE, which people write.
pub const WAVE_SIZE: usize = 1 << 20;

/// How deep values nest in WAVE: as deep as types do.
pub const WAVE_DEPTH: usize = 100;

/// Flat parameters before they spill into memory (Canonical ABI, `MAX_FLAT_PARAMS`).
pub const FLAT_PARAMS: usize = 16;

/// This file. A cache of what has passed the limits tells by it that they were others.
pub const TEXT: &str = include_str!("limits.rs");
