//! The dynamic programme for sixteen lines at a time, of one word.
//!
//! All lines begin at their own first place of the word. What a line has is kept lane by lane, so that a step of the programme
//! is a step of all: of bytes where the word is short, and of twice eight numbers of 16 bits otherwise.

use crate::character::BOUNDARY;
use crate::columns::{Column, Columns};
use crate::lanes::{Bytes, LINES, Lanes, Words};
use crate::programme::{Best, CONSECUTIVE, GAP, MATCH, MORE_GAP, of_one, of_several};
use crate::query::{NO_CODE, Word};
use crate::strip::{Strip, WIDEST, fill, transpose};

/// The most characters of a word whose lines are scored beside others: their codes are bytes.
const LONGEST: usize = 64;

/// The most that a character adds to a score beside what every match does; the first one's counts twice.
const MOST_BONUS: usize = 10;

/// The lines that wait for being scored.
#[derive(Default)]
pub(crate) struct Batch {
    /// Whose they are.
    slots: [usize; LINES],
    widths: [usize; LINES],
    waiting: usize,
    /// Their columns, of as many as ever waited.
    strips: Vec<Strip>,
    /// The first column of each of the word's characters.
    first: Vec<[u16; LINES]>,
    bytes: Vec<Cell<Bytes>>,
    words: Vec<Cell<Words>>,
    /// The columns of a line that is scored alone.
    alone: Vec<Column>,
}

impl Batch {
    /// Takes a line in which the word was found. `scored` gets slots with their scores, of this line or of earlier ones.
    #[inline(always)]
    pub(crate) fn take(
        &mut self,
        word: &Word,
        line: &str,
        columns: &Columns,
        slot: usize,
        mut scored: impl FnMut(usize, u32),
    ) {
        let width = columns.width();
        if word.codes.len() == 1 || word.codes.len() > LONGEST || width > WIDEST {
            scored(slot, self.score_alone(word, line, columns));
            return;
        }
        let lane = self.waiting % LINES;
        if self.strips.len() == lane {
            self.strips.push(Strip::EMPTY);
        }
        self.first.resize(columns.first.len(), [0; LINES]);
        for (row, &first) in self.first.iter_mut().zip(&columns.first) {
            row[lane] = (first - columns.first[0]) as u16;
        }
        fill(&mut self.strips[lane], columns, word, line);
        self.slots[lane] = slot;
        self.widths[lane] = width;
        self.waiting += 1;
        if self.waiting == LINES {
            self.score(word, scored);
        }
    }

    #[inline(never)]
    fn score_alone(&mut self, word: &Word, line: &str, columns: &Columns) -> u32 {
        if let Some([letter]) = word.ascii.as_deref()
            && columns.ascii()
        {
            let score = columns.score_of_letter(*letter, line.as_bytes());
            return score.unsigned_abs().into();
        }
        self.alone.clear();
        columns.each(word, line, |column| self.alone.push(column));
        best_of(word, columns, &self.alone)
            .score
            .unsigned_abs()
            .into()
    }

    /// Scores the lines that wait.
    #[inline(never)]
    pub(crate) fn score(&mut self, word: &Word, mut scored: impl FnMut(usize, u32)) {
        let waiting = std::mem::take(&mut self.waiting);
        let widths = &self.widths[..waiting];
        let Some(&width) = widths.iter().max() else {
            return;
        };
        let lines = Lines {
            waiting,
            width,
            widths: self.widths.map(|width| width as u16),
            strips: &self.strips,
            first: &self.first,
        };
        let most = word.codes.len() * (MATCH as usize + MOST_BONUS) + MOST_BONUS;
        if most.max(width) <= Bytes::MOST {
            lines.score(word, &mut self.bytes, &self.slots, &mut scored);
        } else {
            lines.score(word, &mut self.words, &self.slots, &mut scored);
        }
    }
}

/// The best match of a word in the columns of one line.
pub(crate) fn best_of(word: &Word, columns: &Columns, line: &[Column]) -> Best {
    if let [code] = word.codes[..] {
        return of_one(code, line);
    }
    let start = columns.first[0];
    let first: Vec<usize> = columns.first.iter().map(|at| at - start).collect();
    of_several(&word.codes, &first, line, |_| {})
}

/// The lines of a batch.
struct Lines<'b> {
    waiting: usize,
    /// Of the widest.
    width: usize,
    widths: [u16; LINES],
    strips: &'b [Strip],
    first: &'b [[u16; LINES]],
}

/// A column, and its cell of the row that was computed last.
struct Cell<L: Lanes> {
    code: L::Stored,
    /// What the column adds, and 1 more.
    bonus: L::Stored,
    /// The same where something begins, and 0 elsewhere.
    boundary: L::Stored,
    /// The same where nothing begins, or what a consecutive character gets at least and 1 more, and 0 elsewhere.
    joined: L::Stored,
    score: L::Stored,
    /// What the first column of a run adds, and 1 more; 0 where there is no run.
    start: L::Stored,
}

impl Lines<'_> {
    fn score<L: Lanes>(
        &self,
        word: &Word,
        cells: &mut Vec<Cell<L>>,
        slots: &[usize],
        scored: &mut impl FnMut(usize, u32),
    ) {
        let (first_code, codes) = word.codes.split_first().expect("no word is empty");
        for lane in (0..self.waiting).step_by(L::COUNT) {
            self.first_row(*first_code as u8, lane, cells);
            let mut best = L::all(0);
            for (i, (&code, first)) in codes.iter().zip(&self.first[1..]).enumerate() {
                let begin = first[..self.waiting]
                    .iter()
                    .min()
                    .map_or(1, |&at| usize::from(at));
                // The characters that follow stand behind.
                let end = self.width - (codes.len() - 1 - i);
                best = next_row(
                    code as u8,
                    L::of_columns(first, lane),
                    begin,
                    &mut cells[begin - 1..end],
                );
            }
            let lines = slots[lane..self.waiting]
                .iter()
                .zip(best.each())
                .take(L::COUNT);
            for (&slot, score) in lines {
                scored(slot, score.into());
            }
        }
    }

    /// Makes the columns, and the first row.
    #[inline(always)]
    fn first_row<L: Lanes>(&self, code: u8, lane: usize, cells: &mut Vec<Cell<L>>) {
        let (code, gap_after_match) = (L::all(code), L::all((MORE_GAP - GAP) as u8));
        let (more_gap, matched) = (L::all(-MORE_GAP as u8), L::all(MATCH as u8 - 2));
        let (below_boundary, consecutive) = (L::all(BOUNDARY as u8), L::all(CONSECUTIVE as u8 + 1));
        let (mut left, mut gap) = (L::all(0), L::all(0));
        let (widths, one) = (L::of_columns(&self.widths, lane), L::all(1));
        let outside = L::all(NO_CODE as u8);
        let mut at = L::all(0);
        cells.clear();
        for block in (0..self.width).step_by(LINES) {
            let codes = self.block(|strip| &strip.codes[block..]);
            let bonuses = self.block(|strip| &strip.bonuses[block..]);
            cells.extend(codes.iter().zip(&bonuses).map(|(codes, bonuses)| {
                let (codes, bonus) = (L::of_lines(codes, lane), L::of_lines(bonuses, lane));
                let boundary = bonus.above(below_boundary);
                let inside = widths.above(at);
                at = at.add(one);
                let codes = codes.max(outside.without(inside));
                let same = codes.is(code);
                let skipped = left.less(gap).without(same);
                left = matched.add(bonus).add(bonus).and(same).max(skipped);
                gap = more_gap.add(same.and(gap_after_match));
                Cell {
                    code: stored(codes),
                    bonus: stored(bonus),
                    boundary: stored(bonus.and(boundary)),
                    joined: stored(bonus.max(consecutive).without(boundary)),
                    score: stored(left),
                    start: stored(bonus.and(same)),
                }
            }));
        }
    }

    /// The same sixteen columns of all lines, column by column.
    #[inline(always)]
    fn block<'s>(&'s self, of: impl Fn(&'s Strip) -> &'s [u8]) -> [[u8; LINES]; LINES] {
        transpose(std::array::from_fn(|line| {
            let strip = self.strips.get(line).unwrap_or(&Strip::EMPTY);
            of(strip).first_chunk().expect("a strip has whole blocks")
        }))
    }
}

fn stored<L: Lanes>(lanes: L) -> L::Stored {
    let mut stored = L::Stored::default();
    lanes.store(&mut stored);
    stored
}

/// Makes a row of the one above it, from the second of the cells on, and gives the best of its scores. `begin` is the column of
/// that cell, and `first` where each line's row begins.
#[inline(always)]
fn next_row<L: Lanes>(code: u8, first: L, begin: usize, cells: &mut [Cell<L>]) -> L {
    let (zero, code, one) = (L::all(0), L::all(code), L::all(1));
    let (matched, gap_first) = (L::all(MATCH as u8 - 1), L::all(-GAP as u8));
    let gap_less = L::all((MORE_GAP - GAP) as u8);
    let (mut left, mut gap, mut best) = (zero, gap_first, zero);
    let (above, cells) = cells
        .split_first_mut()
        .expect("a row begins behind the one above");
    let (mut score_above, mut start_above) = (L::load(&above.score), L::load(&above.start));
    // A line's row begins at its own first place: there the next column is behind it.
    let mut next = L::of_columns(&[begin as u16 + 1; LINES], 0);
    for cell in cells {
        let same = L::load(&cell.code).is(code).and(next.above(first));
        next = next.add(one);

        // A run goes on, unless something better than its start begins here.
        let alone = start_above.is(zero);
        let start = start_above
            .max(L::load(&cell.boundary))
            .max(L::load(&cell.bonus).and(alone));
        let together = start.max(L::load(&cell.joined).without(alone));
        let in_run = score_above.add(matched).add(together).and(same);

        // What is less than leaving the column out is no match, and begins no run.
        let skipped = left.less(gap);
        let apart = skipped.above(in_run);
        left = in_run.max(skipped);
        gap = gap_first.less(apart.and(gap_less));
        best = best.max(left);
        (score_above, start_above) = (L::load(&cell.score), L::load(&cell.start));
        left.store(&mut cell.score);
        start.and(same).without(apart).store(&mut cell.start);
    }
    best
}
