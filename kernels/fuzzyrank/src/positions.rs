//! Where the best match of a query lies in one line.

use crate::Failure;
use crate::batch::best_of;
use crate::columns::{Column, Columns};
use crate::programme::{Best, Cell, Run, of_several};
use crate::query::{Query, Word};

/// The most cells of the programme that are kept.
pub const MAX_CELLS: u64 = 1 << 24;

/// The bytes at which the characters of each word's best match begin, ascending, each one once; none where the line does not
/// match.
///
/// ```
/// use tenon_kernel_fuzzyrank::positions;
///
/// assert_eq!(positions("map go", "src/internal/map.go")?, Some(vec![13, 14, 15, 17, 18]));
/// assert_eq!(positions("map rs", "src/internal/map.go")?, None);
/// # Ok::<(), tenon_kernel_fuzzyrank::Failure>(())
/// ```
///
/// # Errors
///
/// Any [`Failure`].
pub fn positions(query: &str, line: &str) -> Result<Option<Vec<u32>>, Failure> {
    let query = Query::new(query)?;
    let length = line.chars().count() as u64;
    let longest = query.words.iter().map(|word| word.chars.len() as u64).max();
    if length * longest.unwrap_or(0) > MAX_CELLS {
        return Err(Failure::Line(u32::try_from(length).unwrap_or(u32::MAX)));
    }
    let mut taken = Vec::new();
    for word in &query.words {
        let mut found = Columns::default();
        if !found.find(word, line, line.is_ascii()) {
            return Ok(None);
        }
        let mut columns = Vec::with_capacity(found.width());
        found.each(word, line, |column| columns.push(column));
        let start = found.first[0];
        let places = places(word, &found, &columns);
        taken.extend(places.into_iter().map(|at| start + at));
    }
    taken.sort_unstable();
    taken.dedup();
    let mut taken = taken.into_iter().peekable();
    let begins = line.char_indices().enumerate();
    let at_taken = begins.filter(|(at, _)| taken.next_if_eq(at).is_some());
    Ok(Some(at_taken.map(|(_, (byte, _))| byte as u32).collect()))
}

/// The columns of the word's best match, last first.
fn places(word: &Word, found: &Columns, columns: &[Column]) -> Vec<usize> {
    if word.codes.len() == 1 {
        return vec![best_of(word, found, columns).column];
    }
    let first: Vec<usize> = found.first.iter().map(|at| at - found.first[0]).collect();
    let mut cells = Vec::with_capacity(columns.len() * word.codes.len());
    let best = of_several(&word.codes, &first, columns, |row| {
        cells.extend_from_slice(row)
    });
    trace(&cells, columns.len(), &first, best)
}

/// Goes back from the best cell: to the left while a cell came from there, and up where its character was taken. Where both
/// would do, it is taken if the character behind it continues a run.
fn trace(cells: &[Cell], width: usize, first: &[usize], best: Best) -> Vec<usize> {
    let mut places = Vec::with_capacity(first.len());
    let mut row = first.len() - 1;
    let mut column = best.column;
    let mut prefer = true;
    loop {
        let at = row * width + column;
        let score = cells[at].score;
        let up = if row > 0 && column >= first[row] {
            cells[at - width - 1].score
        } else {
            0
        };
        let left = if column > first[row] {
            cells[at - 1].score
        } else {
            0
        };
        let behind = column + 1 < width && row + 1 < first.len();
        let continued = behind && cells[at + width + 1].run != Run::None;
        let next = cells[at].run == Run::Next;
        if score > up && (score > left || score == left && prefer) {
            places.push(column);
            if row == 0 {
                return places;
            }
            row -= 1;
        }
        prefer = next || continued;
        column -= 1;
    }
}
