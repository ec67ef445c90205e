//! Ranks lines by how well a query matches them, as a file picker does: with the scores of fzf.
//!
//! ```
//! use tenon_kernel_fuzzyrank::rank;
//!
//! let paths = "cmd/tenon/main.go\ninternal/engine/engine.go\nREADME.md\n";
//! let ranking = rank("engo", paths, 10)?;
//! assert_eq!((ranking.total, ranking.best[0].index), (2, 1));
//! # Ok::<(), tenon_kernel_fuzzyrank::Failure>(())
//! ```
//!
//! # How it looks
//!
//! A word's characters are found one after another in a line, sixteen bytes at a time, which settles whether the line matches.
//! Those that match are scored sixteen at a time by the dynamic programme of `batch`; `programme` is the same for one
//! line. An index knows beforehand which letters a line has, so that most lines cost one comparison.

#[cfg(target_family = "wasm")]
mod component;

mod batch;
mod character;
mod columns;
mod find;
mod lanes;
mod lines;
mod positions;
mod programme;
mod query;
mod rank;
mod strip;

pub use positions::{MAX_CELLS, positions};
pub use query::MAX_QUERY;
pub use rank::{Index, rank};

use std::fmt;

/// A line that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Its place among the lines, from 0.
    pub index: u32,
    /// How well it matches: the higher the better.
    pub score: u32,
}

/// How the lines rank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranking {
    /// How many lines match.
    pub total: u32,
    /// The best of them: by score, highest first; of equal scores the line of fewer bytes first, and of these the first.
    pub best: Vec<Match>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// A query of so many characters, which is more than [`MAX_QUERY`].
    Query(u32),
    /// A line of so many characters, whose product with those of the query's longest word is more than [`MAX_CELLS`].
    Line(u32),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Query(n) => write!(f, "a query of {n} characters, not of 0 to {MAX_QUERY}"),
            Failure::Line(n) => write!(
                f,
                "a line of {n} characters: its product with those of the query's longest word is more than {MAX_CELLS}"
            ),
        }
    }
}

impl std::error::Error for Failure {}
