//! The Levenshtein distance of texts, in Unicode scalar values.
//!
//! ```
//! use tenon_kernel_editdistance::{distance, nearest, within};
//!
//! assert_eq!(distance("kitten", "sitting"), 3);
//! assert_eq!(within("kitten", "sitting", 2), None);
//! let commands = ["status", "start", "stop"];
//! assert_eq!(nearest("stat", &commands, 2)[0].index, 1);
//! ```

#[cfg(target_family = "wasm")]
mod component;

mod columns;
mod pattern;
mod text;

use pattern::{Block, Pattern, ROWS};
use text::{Text, without_common_ends};

/// A candidate that is near enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Its place among the candidates, from 0.
    pub index: u32,
    /// Its distance from the query.
    pub distance: u32,
}

/// The distance of two texts.
///
/// # Panics
///
/// On texts of 4 Gi scalar values or more, which no caller of the contract can pass; so do the other functions.
pub fn distance(a: &str, b: &str) -> u32 {
    fits(of_pair(a, b, usize::MAX).expect("every distance is less than that"))
}

/// The distance of two texts if it is at most the cutoff.
pub fn within(a: &str, b: &str, cutoff: u32) -> Option<u32> {
    of_pair(a, b, cutoff as usize).map(fits)
}

/// The distance of the query from each of the candidates, in their order.
pub fn distances(query: &str, candidates: &[impl AsRef<str>]) -> Vec<u32> {
    let query = Pattern::new(Text::new(query));
    let distance = |candidate| {
        columns::distance(&query, Text::new(candidate), usize::MAX)
            .expect("every distance is less than that")
    };
    let candidates = candidates.iter().map(AsRef::as_ref);
    candidates
        .map(|candidate| fits(distance(candidate)))
        .collect()
}

/// The candidates whose distance from the query is at most the cutoff, the nearest first, and equally near ones in
/// their order.
pub fn nearest(query: &str, candidates: &[impl AsRef<str>], cutoff: u32) -> Vec<Match> {
    nearest_of(query, candidates.iter().map(AsRef::as_ref), cutoff)
}

/// The same for candidates that are the lines of a text. A line ends with a line feed, which the last one may lack; a
/// carriage return before it is no part of the line.
///
/// ```
/// use tenon_kernel_editdistance::nearest_lines;
///
/// assert_eq!(nearest_lines("stat", "status\nstart\nstop\n", 2)[0].index, 1);
/// ```
pub fn nearest_lines(query: &str, lines: &str, cutoff: u32) -> Vec<Match> {
    nearest_of(query, lines.lines(), cutoff)
}

fn nearest_of<'t>(
    query: &str,
    candidates: impl Iterator<Item = &'t str>,
    cutoff: u32,
) -> Vec<Match> {
    let query = Pattern::new(Text::new(query));
    let mut matches = Vec::new();
    for (index, candidate) in candidates.enumerate() {
        let distance = columns::distance(&query, Text::new(candidate), cutoff as usize);
        if let Some(distance) = distance {
            matches.push(Match {
                index: fits(index),
                distance: fits(distance),
            });
        }
    }
    matches.sort_by_key(|found| found.distance);
    matches
}

fn of_pair(a: &str, b: &str, cutoff: usize) -> Option<usize> {
    let (a, b) = without_common_ends(a, b);
    let (a, b) = (Text::new(a), Text::new(b));
    let (short, long) = if a.length() <= b.length() {
        (a, b)
    } else {
        (b, a)
    };
    if short.length() > ROWS {
        return columns::distance(&Pattern::new(short), long, cutoff);
    }
    columns::distance_of_block(&Block::new(short), short.length(), long, cutoff)
}

/// What counts scalar values or candidates, as the contract's number.
fn fits(count: usize) -> u32 {
    u32::try_from(count).expect("nothing of the contract has 4 Gi elements")
}
