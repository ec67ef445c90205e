//! Slots that follow a registry: what is active there serves, without a redeploy.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use tenon_follow::{Options, follow};
//! use tenon_host::{Config, Engine, contracts::scalar};
//! use tenon_registry::{Activation, Publication, Registry, Trust};
//!
//! # let folder = tempfile::tempdir()?;
//! # let component = std::fs::read("../../host-go/internal/fixture/scalar/scalar.wasm")?;
//! let registry = Registry::open(folder.path())?;
//! let label = Publication { label: "1.0.0".into(), ..Publication::default() };
//! registry.publish("tenon:scalar", &component, &label)?;
//! registry.activate("tenon:scalar", "1.0.0", &Activation::default())?;
//!
//! let engine = Engine::new(&Config::default())?;
//! # let first = engine.load(&[&component[..], &[0, 3, 1, b'v', b'0']].concat())?;
//! let slot = Arc::new(engine.slot::<scalar::Contract>("sums").kernel(&first).build()?);
//! let trust = Trust { unsigned: true, ..Trust::default() };
//! let follower = follow(slot.clone(), &registry, Options { trust, ..Options::default() })?;
//! assert!(follower.status().in_step);
//! assert_eq!(slot.kernel().expect("it serves").digest(), registry.resolve("tenon:scalar", "1.0.0")?);
//! # Ok(())
//! # }
//! ```
//!
//! On each change a follower reads the active version once and verifies digest, signature and release counter on those
//! bytes; loads it; checks its contract against the slot's; runs the contract's golden cases in an instance apart from
//! traffic; makes all of its instances; directs calls to it with one store; and waits a moment for the calls of the old one, which
//! goes with its last call and pin. Whatever fails on the way leaves the version in service as it is, and is told: by `tracing`, an entry in the registry's trail, a
//! counter, and [`Follower::status`].
//!
//! What a later look may find changed is looked at again, with pauses that grow to a minute: a file that cannot be read,
//! a bad signature, too little memory. What the version itself is at fault for (its contract, its golden cases, bytes that
//! are no component) is not tried again until the registry changes.
//!
//! Whoever switches the slot past its follower, by `swap` or `promote`, has it so until something changes that concerns the active
//! version, or [`Follower::sync`] is called.

#![forbid(unsafe_code)]

mod events;
mod follow;
pub mod golden;
mod look;
pub mod metrics;
mod refusal;
mod shelf;
mod status;
mod target;
mod watch;

pub use follow::{Follower, Options, Swap, follow};
pub use refusal::Refusal;
pub use status::Status;
