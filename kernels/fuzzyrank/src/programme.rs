//! The dynamic programme of a score, one line at a time: for long lines, and for the places of the best match.
//!
//! Rows are the word's characters, columns those of the line. A cell is the best score of matching the first rows within the
//! first columns, the last of them possibly left out; rows begin at the first place where their character can stand.

use crate::character::BOUNDARY;
use crate::columns::Column;

/// For each matched character.
pub(crate) const MATCH: i16 = 16;
/// For the first character that is left out.
pub(crate) const GAP: i16 = -3;
/// For each more that is left out.
pub(crate) const MORE_GAP: i16 = -1;
/// What a consecutive character gets at least.
pub(crate) const CONSECUTIVE: i16 = 4;

/// How a cell came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Run {
    /// Its characters do not match, or are better left apart.
    #[default]
    None,
    /// They match, the first of a run.
    First,
    /// They match, and so do those before them.
    Next,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Cell {
    pub(crate) score: i16,
    pub(crate) run: Run,
    /// The bonus of the run's first character.
    start: i16,
}

/// The best score of a word, and the column of its last character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Best {
    pub(crate) score: i16,
    pub(crate) column: usize,
}

impl Best {
    fn offer(&mut self, score: i16, column: usize) {
        if score > self.score {
            *self = Self { score, column };
        }
    }
}

/// The score of a word's first character.
#[inline(always)]
pub(crate) fn score_of_first(bonus: i16) -> i16 {
    MATCH + 2 * bonus
}

/// The best score of a word of one character: the first that begins something, and otherwise the best.
pub(crate) fn of_one(code: i16, columns: &[Column]) -> Best {
    let mut best = Best::default();
    for (at, column) in columns.iter().enumerate() {
        if column.code == code {
            best.offer(score_of_first(column.bonus), at);
            if column.bonus >= BOUNDARY {
                break;
            }
        }
    }
    best
}

/// The best score of a word of several characters. `first` is the first column of each. Each row is handed over when it is
/// done.
pub(crate) fn of_several(
    codes: &[i16],
    first: &[usize],
    columns: &[Column],
    mut done: impl FnMut(&[Cell]),
) -> Best {
    let mut row = vec![Cell::default(); columns.len()];
    let mut left = 0;
    let mut gap = GAP;
    for (cell, column) in row.iter_mut().zip(columns) {
        if column.code == codes[0] {
            *cell = Cell {
                score: score_of_first(column.bonus),
                run: Run::First,
                start: column.bonus,
            };
            gap = GAP;
        } else {
            cell.score = (left + gap).max(0);
            gap = MORE_GAP;
        }
        left = cell.score;
    }
    done(&row);
    let mut best = Best::default();
    for (i, (&code, &first)) in codes.iter().zip(first).enumerate().skip(1) {
        let mut diagonal = row[first - 1];
        row[..first].fill(Cell::default());
        let (mut left, mut gap) = (0, GAP);
        for (at, column) in columns.iter().enumerate().skip(first) {
            let skipped = left + gap;
            let mut cell = if column.code == code {
                matched(diagonal, *column, skipped)
            } else {
                Cell::default()
            };
            gap = if cell.score < skipped { MORE_GAP } else { GAP };
            cell.score = cell.score.max(skipped).max(0);
            if i == codes.len() - 1 {
                best.offer(cell.score, at);
            }
            left = cell.score;
            diagonal = std::mem::replace(&mut row[at], cell);
        }
        done(&row);
    }
    best
}

/// The cell of two characters that match, where `skipped` is what leaving the column out gives.
fn matched(diagonal: Cell, column: Column, skipped: i16) -> Cell {
    let bonus = column.bonus;
    let continues = diagonal.run != Run::None && !(bonus >= BOUNDARY && bonus > diagonal.start);
    let (run, start, together) = if continues {
        (
            Run::Next,
            diagonal.start,
            bonus.max(CONSECUTIVE).max(diagonal.start),
        )
    } else {
        (Run::First, bonus, bonus)
    };
    let score = diagonal.score + MATCH + together;
    if score < skipped {
        return Cell {
            score: diagonal.score + MATCH + bonus,
            run: Run::None,
            start: 0,
        };
    }
    Cell { score, run, start }
}
