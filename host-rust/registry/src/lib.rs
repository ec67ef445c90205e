//! Versions of kernels in a folder: digests, labels, signatures, and what is active.
//!
//! [`Registry::publish`] stores a component under its digest, [`Registry::activate`] says that it shall serve, and a host's
//! [`Registry::fetch`] reads it with everything checked. `host-rust/registry/README.md` describes the folder, which the
//! Go host and the command `tenon` share.
//!
//! Whatever a file holds, a look at it ends with its content or with an [`Error`] that has a [`Reason`]; reads are bounded
//! ([`limits`]). Every write leaves the old content or the new one, also when the process dies.

#![forbid(unsafe_code)]

mod activate;
mod collect;
mod disk;
mod envelope;
mod error;
#[cfg(test)]
mod faults;
mod fetch;
mod format;
mod golden;
mod key;
mod labels;
pub mod limits;
mod lock;
mod name;
mod publish;
mod reason;
mod registry;
mod state;
mod statement;
mod time;
mod trail;
mod trust;
mod verify;

pub use activate::{Activation, Change};
pub use collect::{Collected, Collection, Dropped};
pub use ed25519_dalek::{SigningKey, VerifyingKey};
pub use error::{Error, Result};
pub use fetch::Release;
pub use format::FORMAT;
pub use key::{
    KeyError, key_id, new_key, parse_key, parse_private_key, render_key, render_private_key,
};
pub use name::{BASELINE, digest};
pub use publish::{Publication, Published};
pub use reason::Reason;
pub use registry::{Options, Registry, Version};
pub use state::State;
pub use statement::{Statement, Ticket, sign, sign_ticket, signers};
pub use time::{Clock, format_time, parse_time};
pub use trail::{Entry, Event};
pub use trust::{Served, Trust};
pub use verify::Finding;
