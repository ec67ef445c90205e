//! The proof that a swap loses nothing, on the Rust host: threads on all cores call the ledger kernel through a slot while its
//! versions change, and every call is booked.
//!
//! An answer names the version that made it ([`ledger`]), and a caller notes which versions were in force between the beginning
//! and the end of its call. So each call that had no answer is *lost*, each answer by a version that was not in force, or to
//! another question, is *wrong*, and each that was made by more than one version is *torn*.
//!
//! Beside that it measures what a swap costs the callers, and what it leaves behind in the process. [`run`](run()) swaps under load;
//! [`cycle`](cycle()) loads, calls and retires versions one after the other. `cargo xtask soak` runs this crate's program and its
//! twin on the Go host, host-go/internal/soak.

mod books;
mod callers;
mod cycle;
mod histogram;
pub mod ledger;
mod process;
mod report;
mod run;
mod service;

pub use callers::Counts;
pub use cycle::{Sample, cycle, grown};
pub use process::Holdings;
pub use report::{Calls, Figures, Report};
pub use run::{Kind, Options, run};
pub use service::Through;
