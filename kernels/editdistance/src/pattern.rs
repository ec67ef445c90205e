//! The text that is compared, made ready: for each scalar value the rows in which it stands.

use crate::text::Text;

/// As many rows as a block has.
pub(crate) const ROWS: usize = u64::BITS as usize;

/// A text of any length in blocks of 64 rows.
pub(crate) struct Pattern<'t> {
    pub(crate) text: Text<'t>,
    pub(crate) blocks: Vec<Block>,
}

impl<'t> Pattern<'t> {
    pub(crate) fn new(text: Text<'t>) -> Self {
        let mut scalars = text.chars().map(u32::from);
        // The empty text has a block too, of no rows.
        let blocks = (0..text.length().div_ceil(ROWS).max(1))
            .map(|_| Block::of(scalars.by_ref().take(ROWS)))
            .collect();
        Self { text, blocks }
    }

    /// The rows from the given one on in which an ASCII character stands; the given one is the first of the 64.
    #[inline]
    pub(crate) fn rows_of_ascii_from(&self, row: usize, byte: u8) -> u64 {
        let (block, within) = (row / ROWS, row % ROWS);
        let rows_of = |block| {
            let block: Option<&Block> = self.blocks.get(block);
            block.map_or(0, |block| block.rows_of_ascii(byte))
        };
        // Shifted in two steps, for there is no shift by 64.
        rows_of(block) >> within | rows_of(block + 1) << 1 << (ROWS - 1 - within)
    }
}

/// Up to 64 rows of a text.
pub(crate) struct Block {
    ascii: [u64; 128],
    others: Option<Box<Others>>,
}

impl Block {
    /// The block of a text of at most 64 scalar values.
    pub(crate) fn new(text: Text<'_>) -> Self {
        match text.ascii() {
            Some(bytes) => Self::of(bytes.iter().map(|&byte| byte.into())),
            None => Self::of(text.chars().map(u32::from)),
        }
    }

    #[inline(always)]
    fn of(scalars: impl Iterator<Item = u32>) -> Self {
        let mut block = Self {
            ascii: [0; 128],
            others: None,
        };
        for (row, scalar) in scalars.enumerate() {
            let rows = match block.ascii.get_mut(scalar as usize) {
                Some(rows) => rows,
                None => block.others.get_or_insert_default().rows_mut(scalar),
            };
            *rows |= 1 << row;
        }
        block
    }

    /// The rows in which the scalar value stands, a bit each.
    #[inline]
    pub(crate) fn rows(&self, scalar: u32) -> u64 {
        match self.ascii.get(scalar as usize) {
            Some(&rows) => rows,
            None => self.others.as_ref().map_or(0, |others| others.rows(scalar)),
        }
    }

    /// The same for an ASCII character.
    #[inline]
    pub(crate) fn rows_of_ascii(&self, byte: u8) -> u64 {
        self.ascii[usize::from(byte & 0x7f)]
    }
}

/// The rows of what is not ASCII: a table with open addressing, at most half full.
struct Others {
    /// 0, which is ASCII, stands for a free place.
    scalars: [u32; 2 * ROWS],
    rows: [u64; 2 * ROWS],
}

impl Default for Others {
    fn default() -> Self {
        Self {
            scalars: [0; 2 * ROWS],
            rows: [0; 2 * ROWS],
        }
    }
}

impl Others {
    /// Where the scalar value is, or where it would be put. The letters of an alphabet follow each other, so their last
    /// bits tell them apart.
    fn place(&self, scalar: u32) -> usize {
        let mut place = scalar as usize % self.scalars.len();
        while self.scalars[place] != scalar && self.scalars[place] != 0 {
            place = (place + 1) % self.scalars.len();
        }
        place
    }

    fn rows(&self, scalar: u32) -> u64 {
        self.rows[self.place(scalar)]
    }

    fn rows_mut(&mut self, scalar: u32) -> &mut u64 {
        let place = self.place(scalar);
        self.scalars[place] = scalar;
        &mut self.rows[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_of_the_text() {
        // The last three share their last seven bits.
        let text = "aé日a\u{80}\u{100}\u{180}\0";
        let block = Block::new(Text::new(text));
        for scalar in text.chars().chain("bö本\u{200}".chars()) {
            let rows = text.chars().enumerate();
            let expected = rows
                .filter(|(_, other)| *other == scalar)
                .fold(0, |rows, (row, _)| rows | 1 << row);
            assert_eq!(block.rows(scalar.into()), expected, "{scalar:?}");
        }
    }

    #[test]
    fn a_full_block_of_colliding_scalars_has_all_of_them() {
        let scalars: Vec<u32> = (1..=64).map(|n| n << 7).collect();
        let block = Block::of(scalars.iter().copied());
        for (row, scalar) in scalars.iter().enumerate() {
            assert_eq!(block.rows(*scalar), 1 << row);
        }
        assert_eq!(block.rows(65 << 7), 0);
    }
}
