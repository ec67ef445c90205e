//! The targets.

mod arguments;
mod component;
mod plan_check;
mod rewriter;
mod transpile;

pub use component::component;
pub use rewriter::rewriter;
pub use transpile::{plan, transpile};

use crate::samples::{Sample, components, small_modules};

/// A plain function, with what it is called.
#[derive(Clone, Copy)]
pub struct Target {
    /// The function's name, which is that of its folder in `corpus/`, too.
    pub name: &'static str,
    /// Panics if a promise is broken; says in a word how it ended otherwise.
    pub run: fn(&[u8]) -> &'static str,
    /// What its mutants are made of.
    pub samples: fn() -> Vec<Sample>,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target {
        name: "transpile",
        run: transpile,
        samples: components,
    },
    Target {
        name: "plan",
        run: plan,
        samples: components,
    },
    Target {
        name: "rewriter",
        run: rewriter,
        samples: small_modules,
    },
    Target {
        name: "component",
        run: component,
        samples: components,
    },
];
