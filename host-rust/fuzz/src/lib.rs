//! Hostile bytes for transpile, the rewriter and the Rust host.
//!
//! A *target* is a plain function of bytes that panics if a promise is broken and otherwise says in a word how it ended:
//! an answer, or the kind of the refusal. Three things drive it: the inputs in `corpus/`, mutants of all our components
//! ([`Mutator`]), both on stable Rust, and `cargo fuzz` (the crate in `fuzz/`), which needs more than stable has.
//!
//! ```
//! assert_eq!(tenon_fuzz::transpile(b"GIF89a"), "malformed");
//! let component = wat::parse_str("(component)").unwrap();
//! assert_eq!(tenon_fuzz::transpile(&component), "answer");
//! ```

mod campaign;
mod frames;
mod mutator;
mod random;
mod samples;
mod shrink;
mod targets;

pub use campaign::{Campaign, Failure, Report};
pub use mutator::Mutator;
pub use random::Random;
pub use samples::{Sample, components, corpus, small_modules};
pub use shrink::shrink;
pub use targets::{TARGETS, Target, component, plan, rewriter, transpile};
