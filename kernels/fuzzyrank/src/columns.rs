//! Where a word's characters first stand in a line, and the part of the line that its matches lie in.

use crate::character::{BOUNDARY, Class};
use crate::find::Letter;
use crate::programme::score_of_first;
use crate::query::Word;

/// A word found in a line. It is used for one line after another.
#[derive(Default)]
pub(crate) struct Columns {
    /// For each of the word's characters the first place where it stands behind those before it: characters of the line.
    pub(crate) first: Vec<usize>,
    /// The last place of the word's last character.
    pub(crate) last: usize,
    /// Of a line that is not ASCII, what each character counts as, and its class.
    chars: Vec<(char, Class)>,
}

/// A character of a line, as a word sees it.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    /// What it is compared by.
    pub(crate) code: i16,
    /// What it adds to the score of a match.
    pub(crate) bonus: i16,
}

impl Columns {
    /// Finds the word, and tells whether the line matches it.
    #[inline(always)]
    pub(crate) fn find(&mut self, word: &Word, line: &str, ascii: bool) -> bool {
        self.first.clear();
        self.chars.clear();
        if ascii {
            self.find_in_ascii(word, line.as_bytes())
        } else {
            self.find_in_chars(word, line)
        }
    }

    #[inline(always)]
    fn find_in_ascii(&mut self, word: &Word, line: &[u8]) -> bool {
        let Some(letters) = &word.ascii else {
            return false;
        };
        let mut next = 0;
        for letter in letters {
            let Some(at) = letter.first(line, next) else {
                return false;
            };
            self.first.push(at);
            next = at + 1;
        }
        let last = letters.last().and_then(|letter| letter.last(line, next));
        self.last = last.unwrap_or(next - 1);
        true
    }

    #[cold]
    fn find_in_chars(&mut self, word: &Word, line: &str) -> bool {
        self.chars.extend(line.chars().map(|c| {
            let class = Class::of(c);
            (word.counts_as(c, class), class)
        }));
        let mut places = self.chars.iter().map(|(c, _)| c);
        let mut next = 0;
        for c in &word.chars {
            let Some(skipped) = places.position(|other| other == c) else {
                return false;
            };
            self.first.push(next + skipped);
            next += skipped + 1;
        }
        let behind = places.rposition(|c| word.chars.last() == Some(c));
        self.last = behind.map_or(next - 1, |at| next + at);
        true
    }

    /// The best score of a word of one ASCII character, after [`Columns::find`] in a line of ASCII: as
    /// [`of_one`](crate::programme::of_one) has it.
    pub(crate) fn score_of_letter(&self, letter: Letter, line: &[u8]) -> i16 {
        let mut best = 0;
        let mut next = Some(self.first[0]);
        while let Some(at) = next {
            let before = match at.checked_sub(1) {
                Some(at) => Class::of_ascii(line[at]),
                None => Class::BEFORE,
            };
            let bonus = Class::of_ascii(line[at]).bonus(before);
            best = best.max(score_of_first(bonus));
            if bonus >= BOUNDARY {
                break;
            }
            next = letter.first(line, at + 1);
        }
        best
    }

    /// Whether the line is ASCII.
    pub(crate) fn ascii(&self) -> bool {
        self.chars.is_empty()
    }

    /// The class of what stands before the first column of a line of ASCII.
    #[inline(always)]
    pub(crate) fn before(&self, line: &[u8]) -> Class {
        match self.first[0].checked_sub(1) {
            Some(at) => Class::of_ascii(line[at]),
            None => Class::BEFORE,
        }
    }

    /// How many columns there are.
    pub(crate) fn width(&self) -> usize {
        self.last + 1 - self.first[0]
    }

    /// The line's characters from the word's first to its last place, after [`Columns::find`].
    #[inline(always)]
    pub(crate) fn each(&self, word: &Word, line: &str, mut column: impl FnMut(Column)) {
        let places = self.first[0]..self.last + 1;
        if self.ascii() {
            let bytes = line.as_bytes();
            let mut before = self.before(bytes);
            for &byte in &bytes[places] {
                let class = Class::of_ascii(byte);
                column(Column {
                    code: word.counts_as_ascii(byte).into(),
                    bonus: class.bonus(before),
                });
                before = class;
            }
        } else {
            let mut before = match places.start.checked_sub(1) {
                Some(at) => self.chars[at].1,
                None => Class::BEFORE,
            };
            for &(c, class) in &self.chars[places] {
                column(Column {
                    code: word.code(c),
                    bonus: class.bonus(before),
                });
                before = class;
            }
        }
    }
}
