//! Strips, byte by byte.

use super::Strip;
use crate::columns::Columns;
use crate::lanes::LINES;
use crate::query::Word;

/// Fills the strip with the columns of a line in which the word was found.
pub(crate) fn fill(strip: &mut Strip, columns: &Columns, word: &Word, line: &str) {
    let mut at = 0;
    columns.each(word, line, |column| {
        strip.set(at, column);
        at += 1;
    });
}

/// Makes columns of rows.
pub(crate) fn transpose(rows: [&[u8; LINES]; LINES]) -> [[u8; LINES]; LINES] {
    std::array::from_fn(|column| rows.map(|row| row[column]))
}
