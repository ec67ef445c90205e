//! The dynamic programme for eight lines at a time, of one word.
//!
//! All lines begin at their own first place of the word. What a line has is kept lane by lane, so that a step of the programme
//! is a step of eight.

use crate::character::BOUNDARY;
use crate::columns::{Column, Columns};
use crate::lanes::{LANES, Lanes};
use crate::programme::{Best, CONSECUTIVE, GAP, MATCH, MORE_GAP, of_one, of_several};
use crate::query::{NO_CODE, Word};

/// The most columns of a line that is scored beside others.
const WIDEST: usize = 512;

/// Where there is no run: less than any bonus.
const NO_RUN: i16 = -1;

/// The lines that wait for being scored.
#[derive(Default)]
pub(crate) struct Batch {
    /// Whose they are.
    slots: [usize; LANES],
    widths: [usize; LANES],
    waiting: usize,
    codes: Vec<[i16; LANES]>,
    bonuses: Vec<[i16; LANES]>,
    /// The first column of each of the word's characters.
    first: Vec<[i16; LANES]>,
    /// The scores of a row, and the bonuses of the runs' first characters.
    row: Vec<([i16; LANES], [i16; LANES])>,
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
        scored: impl FnMut(usize, i16),
    ) {
        let width = columns.width();
        if word.codes.len() == 1 || width > WIDEST {
            return self.score_alone(word, line, columns, slot, scored);
        }
        let lane = self.waiting;
        if self.codes.len() < width {
            self.codes.resize(width, [NO_CODE; LANES]);
            self.bonuses.resize(width, [0; LANES]);
        }
        self.first.resize(columns.first.len(), [0; LANES]);
        for (row, &first) in self.first.iter_mut().zip(&columns.first) {
            row[lane] = (first - columns.first[0]) as i16;
        }
        let mut cells = self.codes.iter_mut().zip(&mut self.bonuses);
        columns.each(word, line, |column| {
            if let Some((codes, bonuses)) = cells.next() {
                codes[lane] = column.code;
                bonuses[lane] = column.bonus;
            }
        });
        self.slots[lane] = slot;
        self.widths[lane] = width;
        self.waiting += 1;
        if self.waiting == LANES {
            self.score(word, scored);
        }
    }

    #[inline(never)]
    fn score_alone(
        &mut self,
        word: &Word,
        line: &str,
        columns: &Columns,
        slot: usize,
        mut scored: impl FnMut(usize, i16),
    ) {
        self.alone.clear();
        columns.each(word, line, |column| self.alone.push(column));
        scored(slot, best_of(word, columns, &self.alone).score);
    }

    /// Scores the lines that wait.
    #[inline(never)]
    pub(crate) fn score(&mut self, word: &Word, mut scored: impl FnMut(usize, i16)) {
        let waiting = std::mem::take(&mut self.waiting);
        let widths = &self.widths[..waiting];
        let Some(&width) = widths.iter().max() else {
            return;
        };
        for (lane, &narrow) in widths.iter().enumerate() {
            for codes in &mut self.codes[narrow..width] {
                codes[lane] = NO_CODE;
            }
        }
        self.row.resize(WIDEST, ([0; LANES], [0; LANES]));
        let columns = self.codes[..width].iter().zip(&self.bonuses);
        first_row(word.codes[0], columns.zip(&mut self.row));
        let mut best = Lanes::all(0);
        for (i, (&code, first)) in word.codes.iter().zip(&self.first).enumerate().skip(1) {
            let begin = first[..waiting].iter().min().map_or(0, |&at| at as usize);
            // The characters that follow stand behind.
            let end = width - (word.codes.len() - 1 - i);
            let columns = self.codes[begin..end].iter().zip(&self.bonuses[begin..end]);
            let diagonal = self.row[begin - 1];
            let cells = columns.zip(&mut self.row[begin..end]);
            best = next_row(code, Lanes::load(first), begin as i16, diagonal, cells);
        }
        let mut scores = [0; LANES];
        best.store(&mut scores);
        for (&slot, score) in self.slots[..waiting].iter().zip(scores) {
            scored(slot, score);
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

type Eight = [i16; LANES];

/// A column's codes and bonuses, and its cells: scores, and the bonuses of the runs' first characters.
type Cells<'c> = ((&'c Eight, &'c Eight), &'c mut (Eight, Eight));

#[inline(always)]
fn first_row<'c>(code: i16, cells: impl Iterator<Item = Cells<'c>>) {
    let (code, zero, no_run) = (Lanes::all(code), Lanes::all(0), Lanes::all(NO_RUN));
    let (mut left, mut gap) = (zero, Lanes::all(GAP));
    for ((codes, bonuses), (scores, starts)) in cells {
        let bonus = Lanes::load(bonuses);
        let same = Lanes::load(codes).is(code);
        let matched = Lanes::all(MATCH).add(bonus).add(bonus);
        left = same.pick(matched, left.add(gap).max(zero));
        gap = same.pick(Lanes::all(GAP), Lanes::all(MORE_GAP));
        left.store(scores);
        same.pick(bonus, no_run).store(starts);
    }
}

/// Makes a row of the one above it, and gives the best of its scores. `begin` is the first cells' column, and `diagonal` what
/// stands above the one before.
#[inline(always)]
fn next_row<'c>(
    code: i16,
    first: Lanes,
    begin: i16,
    diagonal: (Eight, Eight),
    cells: impl Iterator<Item = Cells<'c>>,
) -> Lanes {
    let (code, zero, no_run) = (Lanes::all(code), Lanes::all(0), Lanes::all(NO_RUN));
    let (one, below_boundary) = (Lanes::all(1), Lanes::all(BOUNDARY - 1));
    let (mut score_above, mut start_above) = (Lanes::load(&diagonal.0), Lanes::load(&diagonal.1));
    let (mut left, mut gap, mut best) = (zero, Lanes::all(GAP), zero);
    // A lane's row begins at its own first place: the one before the column is not behind the one before that.
    let mut before_next = Lanes::all(begin + 1);
    for ((codes, bonuses), (scores, starts)) in cells {
        let bonus = Lanes::load(bonuses);
        let same = Lanes::load(codes).is(code).and(before_next.above(first));
        before_next = before_next.add(one);

        let breaks = bonus.above(below_boundary).and(bonus.above(start_above));
        let continues = breaks.pick(zero, start_above.above(no_run));
        let together = bonus.max(Lanes::all(CONSECUTIVE)).max(start_above);
        let start = continues.pick(start_above, bonus);
        let matched = score_above.add(Lanes::all(MATCH));
        let in_run = matched.add(continues.pick(together, bonus));
        let skipped = left.add(gap);
        let apart = skipped.above(in_run);
        let matched = apart.pick(matched.add(bonus), in_run).and(same);

        gap = skipped
            .above(matched)
            .pick(Lanes::all(MORE_GAP), Lanes::all(GAP));
        left = matched.max(skipped).max(zero);
        best = best.max(left);
        (score_above, start_above) = (Lanes::load(scores), Lanes::load(starts));
        left.store(scores);
        same.pick(apart.pick(no_run, start), no_run).store(starts);
    }
    best
}
