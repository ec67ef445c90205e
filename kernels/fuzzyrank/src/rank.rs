//! The lines of a text, ranked.

use crate::batch::Batch;
use crate::columns::Columns;
use crate::lines::Lines;
use crate::query::{NOT_ASCII, Query, Word, kinds_of};
use crate::{Failure, Match, Ranking};
use std::cmp::Reverse;

/// The best lines of a text, at most `limit`. A line ends with a line feed, which the last one may lack; a carriage return
/// before it is no part of the line.
///
/// # Errors
///
/// [`Failure::Query`].
pub fn rank(query: &str, lines: &str, limit: u32) -> Result<Ranking, Failure> {
    let query = Query::new(query)?;
    let mut matches = Matches::new(&query, limit);
    for (index, (line, ascii)) in Lines::new(lines).enumerate() {
        matches.offer(index, line, ascii);
    }
    Ok(matches.best())
}

/// The lines of a text, kept for many queries.
///
/// ```
/// use tenon_kernel_fuzzyrank::Index;
///
/// let index = Index::new("src/map.go\nsrc/make.go\nREADME.md\n".into());
/// assert_eq!(index.rank("smgo", 10)?.total, 2);
/// assert_eq!(index.rank("read", 10)?.best[0].index, 2);
/// # Ok::<(), tenon_kernel_fuzzyrank::Failure>(())
/// ```
#[derive(Clone, Debug)]
pub struct Index {
    text: String,
    lines: Vec<Line>,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    start: u32,
    length: u32,
    /// The kinds of its characters, by which most lines are told from those that match.
    kinds: u64,
}

impl Line {
    #[inline(always)]
    fn of(self, text: &str) -> &str {
        &text[self.start as usize..][..self.length as usize]
    }
}

impl Index {
    /// Takes the lines of a text.
    pub fn new(text: String) -> Self {
        let begin = text.as_ptr() as usize;
        let place = |(line, ascii): (&str, bool)| Line {
            start: fits(line.as_ptr() as usize - begin),
            length: fits(line.len()),
            kinds: kinds_of(line, ascii),
        };
        let lines = Lines::new(&text).map(place).collect();
        Self { text, lines }
    }

    /// The best lines, at most `limit`, as [`rank`] gives them.
    ///
    /// # Errors
    ///
    /// [`Failure::Query`].
    pub fn rank(&self, query: &str, limit: u32) -> Result<Ranking, Failure> {
        let query = Query::new(query)?;
        let mut matches = Matches::new(&query, limit);
        for (index, line) in self.lines.iter().enumerate() {
            if line.kinds & query.kinds == query.kinds {
                let ascii = line.kinds & NOT_ASCII == 0;
                matches.offer(index, line.of(&self.text), ascii);
            }
        }
        Ok(matches.best())
    }
}

/// The lines that matched.
struct Matches<'q> {
    words: Vec<Scored<'q>>,
    limit: usize,
    total: usize,
    /// The best so far, and some that came later.
    found: Vec<Found>,
}

/// How many lines are found, at least, before those that are not among the best are dropped: what is kept stays in the
/// processor's nearest cache.
const MANY: usize = 1_024;

/// A word of the query, and the lines that wait for being scored.
struct Scored<'q> {
    word: &'q Word,
    columns: Columns,
    batch: Batch,
}

/// A line that matched. In a query without words all have the length 0, so that they stay in their order.
#[derive(Clone, Copy)]
struct Found {
    score: u32,
    length: u32,
    index: u32,
}

impl<'q> Matches<'q> {
    fn new(query: &'q Query, limit: u32) -> Self {
        let scored = |word| Scored {
            word,
            columns: Columns::default(),
            batch: Batch::default(),
        };
        Self {
            words: query.words.iter().map(scored).collect(),
            limit: limit as usize,
            total: 0,
            found: Vec::new(),
        }
    }

    #[inline(always)]
    fn offer(&mut self, index: usize, line: &str, ascii: bool) {
        let Self {
            words,
            total,
            found,
            ..
        } = self;
        for Scored { word, columns, .. } in words.iter_mut() {
            if !columns.find(word, line, ascii) {
                return;
            }
        }
        *total += 1;
        let slot = found.len();
        let length = if words.is_empty() { 0 } else { line.len() };
        found.push(Found {
            score: 0,
            length: fits(length),
            index: fits(index),
        });
        for Scored {
            word,
            columns,
            batch,
        } in words
        {
            batch.take(word, line, columns, slot, |slot, score| {
                found[slot].score += score;
            });
        }
        if self.found.len() >= self.limit.max(MANY).saturating_mul(2) {
            self.cut();
        }
    }

    /// Scores the lines that wait, and keeps the best, in no order.
    #[inline(never)]
    fn cut(&mut self) {
        let Self {
            words,
            found,
            limit,
            ..
        } = self;
        for Scored { word, batch, .. } in words {
            batch.score(word, |slot, score| found[slot].score += score);
        }
        if *limit > 0 && *limit < found.len() {
            found.select_nth_unstable_by_key(*limit - 1, Found::order);
        }
        found.truncate(*limit);
    }

    fn best(mut self) -> Ranking {
        self.cut();
        self.found.sort_unstable_by_key(Found::order);
        let best = self.found.into_iter();
        Ranking {
            total: fits(self.total),
            best: best
                .map(|Found { index, score, .. }| Match { index, score })
                .collect(),
        }
    }
}

impl Found {
    /// The best first.
    fn order(&self) -> (Reverse<u32>, u32, u32) {
        (Reverse(self.score), self.length, self.index)
    }
}

/// What counts bytes or lines, as the contract's number.
fn fits(count: usize) -> u32 {
    u32::try_from(count).expect("no text of the contract has 4 Gi bytes")
}
