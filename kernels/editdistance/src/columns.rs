//! The dynamic programme of the Levenshtein distance, 64 rows in a machine word.
//!
//! Rows are the scalar values of the pattern, columns those of the text. A cell is the distance of the first rows from
//! the first columns, and differs from each of its neighbours by at most one: so 64 cells of a column are two words, the
//! rows where it goes up and those where it goes down (Myers 1999, in the form of Hyyrö 2003).
//!
//! What is asked for is the last cell. Cells never get smaller along its diagonal, so it is the diagonal's first cell,
//! which is known, and the number of steps that go up; when that is more than the cutoff, the rest is not looked at.

use crate::pattern::{Block, Pattern, ROWS};
use crate::text::{Text, common_end, common_start};

/// The distance of the pattern from the text if it is at most the cutoff.
pub(crate) fn distance(pattern: &Pattern<'_>, text: Text<'_>, cutoff: usize) -> Option<usize> {
    if pattern.text.length().abs_diff(text.length()) > cutoff {
        return None;
    }
    if let Some(rows) = pattern.text.ascii()
        && let Some(bytes) = text.ascii()
    {
        // What both begin and end with alike is left out, where that makes one block of several, or a smaller one.
        let start = common_start(rows, bytes);
        let (rows, bytes) = (&rows[start..], &bytes[start..]);
        let end = common_end(rows, bytes);
        let (rows, bytes) = (rows.len() - end, &bytes[..bytes.len() - end]);
        if start % ROWS + rows <= ROWS
            && let Some(block) = pattern.blocks.get(start / ROWS)
        {
            let same = bytes
                .iter()
                .map(|&byte| block.rows_of_ascii(byte) >> (start % ROWS));
            return one_block(rows, same, bytes.len(), cutoff);
        }
        if rows <= ROWS {
            let same = bytes
                .iter()
                .map(|&byte| pattern.rows_of_ascii_from(start, byte));
            return one_block(rows, same, bytes.len(), cutoff);
        }
    }
    if let [block] = &pattern.blocks[..] {
        return distance_of_block(block, pattern.text.length(), text, cutoff);
    }
    match text.ascii() {
        Some(bytes) => many_blocks(pattern, bytes, Block::rows_of_ascii, cutoff),
        None => {
            let scalars: Vec<u32> = text.chars().map(u32::from).collect();
            many_blocks(pattern, &scalars, Block::rows, cutoff)
        }
    }
}

/// The same for a pattern of at most 64 rows.
pub(crate) fn distance_of_block(
    block: &Block,
    rows: usize,
    text: Text<'_>,
    cutoff: usize,
) -> Option<usize> {
    let columns = text.length();
    if rows.abs_diff(columns) > cutoff {
        return None;
    }
    match text.ascii() {
        Some(bytes) => {
            let same = bytes.iter().map(|&byte| block.rows_of_ascii(byte));
            one_block(rows, same, columns, cutoff)
        }
        None => {
            let same = text.chars().map(|scalar| block.rows(scalar.into()));
            one_block(rows, same, columns, cutoff)
        }
    }
}

/// 64 cells of a column, as the differences of each cell from the one above it.
struct Cells {
    up: u64,
    down: u64,
}

impl Cells {
    /// Each cell is one more than the one above it: so it is in the column before the first, and nowhere are they larger.
    const STEEPEST: Self = Self { up: !0, down: 0 };

    /// Goes to the next column. Gives the rows where the cell is what the one before it on its diagonal is, and how the
    /// last row differs from the column before.
    ///
    /// `same` are the rows where pattern and text agree, and `above` is how the row above differs from the column before.
    #[inline(always)]
    fn step(&mut self, same: u64, above: Step) -> (u64, Step) {
        let Self { up, down } = *self;
        let same = same | u64::from(above.down);
        let level = ((same & up).wrapping_add(up) ^ up) | same | down;
        let more = down | !(level | up);
        let less = level & up;
        let below = Step {
            up: (more >> 63) as u8,
            down: (less >> 63) as u8,
        };
        let more = more << 1 | u64::from(above.up);
        self.up = less << 1 | u64::from(above.down) | !(level | more);
        self.down = more & level;
        (level, below)
    }
}

/// How a cell differs from the one before it in its row: one of the two is 1, or neither.
#[derive(Clone, Copy)]
struct Step {
    up: u8,
    down: u8,
}

impl Step {
    const UP: Self = Self { up: 1, down: 0 };
}

/// The programme for a pattern of at most 64 rows, which agree with the columns as `same` says.
#[inline(always)]
fn one_block(
    rows: usize,
    mut same: impl Iterator<Item = u64>,
    columns: usize,
    cutoff: usize,
) -> Option<usize> {
    let mut cells = Cells::STEEPEST;
    // The diagonal begins beside the first row or above the first column.
    for same in same.by_ref().take(columns.saturating_sub(rows)) {
        cells.step(same, Step::UP);
    }
    let mut row = 1u64.unbounded_shl(rows.saturating_sub(columns) as u32);
    let mut distance = rows.abs_diff(columns);
    for same in same {
        let (level, _) = cells.step(same, Step::UP);
        distance += usize::from(level & row == 0);
        if distance > cutoff {
            return None;
        }
        row <<= 1;
    }
    Some(distance)
}

/// The programme for any pattern, block by block.
///
/// A way through the cells that costs at most the cutoff leaves the first cell's diagonal for the last one's by insertions
/// and deletions, and strays from them by no more than what is left. Only columns with such cells are computed of a block.
/// What borders on them is taken for as large as it can be, which changes no cell on such a way.
#[inline(always)]
fn many_blocks<T: Copy>(
    pattern: &Pattern<'_>,
    text: &[T],
    rows_of: impl Fn(&Block, T) -> u64,
    cutoff: usize,
) -> Option<usize> {
    let (rows, columns) = (pattern.text.length(), text.len());
    let mut distance = rows.abs_diff(columns);
    let strays = (cutoff.min(rows.max(columns)) - distance) / 2;
    let right = strays + columns.saturating_sub(rows);
    let left = strays + rows.saturating_sub(columns);
    let mut border = vec![Step::UP; columns];
    for (block, top) in pattern.blocks.iter().zip((0..).step_by(ROWS)) {
        let bottom = (top + ROWS).min(rows);
        let first = top.saturating_sub(left).min(columns);
        let last = (bottom + right).min(columns);
        // Where the last cell's diagonal goes through the block.
        let enters = (top + columns).saturating_sub(rows).max(first);
        let leaves = (bottom + columns).saturating_sub(rows).max(enters);
        let mut row = 1u64.unbounded_shl((enters + rows - columns - top) as u32);
        let mut cells = Cells::STEEPEST;
        for (&scalar, step) in text[first..enters].iter().zip(&mut border[first..enters]) {
            (_, *step) = cells.step(rows_of(block, scalar), *step);
        }
        for (&scalar, step) in text[enters..leaves].iter().zip(&mut border[enters..leaves]) {
            let level;
            (level, *step) = cells.step(rows_of(block, scalar), *step);
            distance += usize::from(level & row == 0);
            if distance > cutoff {
                return None;
            }
            row <<= 1;
        }
        for (&scalar, step) in text[leaves..last].iter().zip(&mut border[leaves..last]) {
            (_, *step) = cells.step(rows_of(block, scalar), *step);
        }
    }
    Some(distance)
}
