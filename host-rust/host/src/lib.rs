//! The Rust host: kernels on wasmtime.
//!
//! A *kernel* is a component that implements a *contract*: a pure function of its arguments, unless it is loaded with
//! [`LoadOptions`] that grant it functions of the host. A *slot* is a named place in a service where a contract is served,
//! by a native *baseline* or by a kernel that can be swapped while calls are in flight.
//!
//! ```
//! # fn main() -> Result<(), tenon_host::Fault> {
//! use tenon_host::{Config, Engine, contracts::scalar};
//!
//! let engine = Engine::new(&Config::default())?;
//! let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;   // or load_file
//! let slot = engine.slot::<scalar::Contract>("sums").kernel(&kernel).build()?;
//! assert_eq!(slot.call(|k| k.add(40, 2))?, 42);
//! # Ok(())
//! # }
//! ```
//!
//! The same words, the same order of events and the same faults as in the Go host.

#![warn(missing_docs)]

// The code that `contract!` writes names this crate the same inside it and outside.
extern crate self as tenon_host;

mod breaker;
mod builder;
mod cache;
mod call;
mod clock;
mod code;
mod config;
mod contract;
pub mod contracts;
mod dynamic;
mod engine;
mod events;
mod evict;
mod exclusive;
mod facts;
mod fault;
mod frame;
mod guest;
mod host_call;
mod imports;
mod kernel;
mod key;
mod kind;
mod limits;
mod link;
mod load;
mod memory;
mod pieces;
mod pinned;
mod pool;
mod refill;
mod resource;
mod route;
mod slot;
mod state;
mod stats;
mod swap;
mod trap;
mod values;
mod version;
mod wasi;

pub use breaker::Breaker;
pub use builder::SlotBuilder;
pub use code::TrapCode;
pub use config::Config;
pub use contract::{Baseline, Contract, package_name, package_version};
pub use dynamic::Instance;
pub use engine::Engine;
pub use facts::{ContractId, ExportName};
pub use fault::{Fault, FaultKind};
pub use guest::Guest;
pub use host_call::HostCall;
#[doc(hidden)]
pub use host_call::bindings;
pub use imports::{Import, LoadOptions, Wasi};
pub use kernel::Kernel;
pub use key::Key;
pub use limits::{CallOptions, Cancel, Fuel};
pub use pinned::Pinned;
pub use resource::Resource;
#[doc(hidden)]
pub use resource::{Answer, Argument, Passing};
pub use slot::Slot;
pub use state::State;
pub use stats::{Stats, VersionState, VersionStats};
/// The engine underneath, at the version whose types stand in this crate's signatures.
pub use wasmtime;
