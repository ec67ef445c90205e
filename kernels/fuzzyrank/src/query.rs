//! A query, made ready: its words, and what a line must have at least.

use crate::Failure;
use crate::character::{Class, base, lower};
use crate::find::Letter;

/// The most characters of a query: a word's score then fits into 16 bits.
pub const MAX_QUERY: usize = 1_000;

/// What a query asks for.
pub(crate) struct Query {
    pub(crate) words: Vec<Word>,
    /// The kinds of characters that a line must have. See [`kind`].
    pub(crate) kinds: u64,
}

impl Query {
    pub(crate) fn new(query: &str) -> Result<Self, Failure> {
        let length = query.chars().count();
        if length > MAX_QUERY {
            return Err(Failure::Query(u32::try_from(length).unwrap_or(u32::MAX)));
        }
        let words: Vec<Word> = query
            .split(' ')
            .filter(|word| !word.is_empty())
            .map(Word::new)
            .collect();
        let kinds = words.iter().flat_map(|word| &word.chars);
        Ok(Self {
            kinds: kinds.fold(0, |kinds, &c| kinds | kind(c)),
            words,
        })
    }
}

/// A word, and what characters of a line count as for it.
pub(crate) struct Word {
    pub(crate) chars: Vec<char>,
    /// The characters as [`Columns`](crate::columns::Columns) write them.
    pub(crate) codes: Vec<i16>,
    /// The characters as they are looked for in a line of ASCII; none where one of them is not ASCII.
    pub(crate) ascii: Option<Vec<Letter>>,
    /// Whether upper-case letters count as lower-case ones.
    any_case: bool,
    /// Whether letters with marks count as those without.
    any_marks: bool,
}

impl Word {
    fn new(word: &str) -> Self {
        let chars: Vec<char> = word.chars().collect();
        let any_case = chars.iter().all(|&c| Class::of(c) != Class::Upper);
        let code = |&c: &char| code_of(c, &chars);
        Self {
            codes: chars.iter().map(code).collect(),
            ascii: word
                .is_ascii()
                .then(|| word.bytes().map(|b| Letter::new(b, any_case)).collect()),
            any_case,
            any_marks: chars.iter().all(|&c| base(c) == c),
            chars,
        }
    }

    /// Whether upper-case letters count as lower-case ones.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(crate) fn any_case(&self) -> bool {
        self.any_case
    }

    /// What an ASCII character of a line counts as.
    #[inline(always)]
    pub(crate) fn counts_as_ascii(&self, byte: u8) -> u8 {
        if self.any_case {
            byte.to_ascii_lowercase()
        } else {
            byte
        }
    }

    /// What a character of a line, of the given class, counts as.
    pub(crate) fn counts_as(&self, mut c: char, class: Class) -> char {
        if self.any_case && class == Class::Upper {
            c = lower(c);
        }
        if self.any_marks { base(c) } else { c }
    }

    /// The number by which a character is compared with those of the word, after [`Word::counts_as`].
    pub(crate) fn code(&self, c: char) -> i16 {
        code_of(c, &self.chars)
    }
}

/// What is none of a word's characters.
pub(crate) const NO_CODE: i16 = -1;

/// An ASCII character is its own code; others are numbered as they occur in the word.
fn code_of(c: char, word: &[char]) -> i16 {
    if c.is_ascii() {
        return c as i16;
    }
    let at = word.iter().position(|&other| other == c);
    at.map_or(NO_CODE, |at| 128 + at as i16)
}

/// Among the kinds of a line: not all of it is ASCII.
pub(crate) const NOT_ASCII: u64 = 1 << 62;

/// The kinds of all characters of a line: where one of the query's is missing, the line does not match.
pub(crate) fn kinds_of(line: &str, ascii: bool) -> u64 {
    if ascii {
        return line
            .bytes()
            .fold(0, |kinds, byte| kinds | 1 << KINDS[usize::from(byte)]);
    }
    line.chars().fold(NOT_ASCII, |kinds, c| kinds | kind(c))
}

/// A bit that all characters share which may count as each other: letters without case and marks, and what is not ASCII
/// as one.
fn kind(c: char) -> u64 {
    let c = base(lower(c));
    1 << if c.is_ascii() { KINDS[c as usize] } else { 63 }
}

/// The bits of ASCII characters: letters and digits have their own, others share.
const KINDS: [u8; 128] = {
    let mut kinds = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        kinds[byte] = match (byte as u8).to_ascii_lowercase() {
            letter @ b'a'..=b'z' => letter - b'a',
            digit @ b'0'..=b'9' => 26 + (digit - b'0'),
            other => 36 + other % 26,
        };
        byte += 1;
    }
    kinds
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_as_another_is_of_its_kind() {
        for c in '\0'..=char::MAX {
            let class = Class::of(c);
            for word in ["a", "A", "é", "É"] {
                let word = Word::new(word);
                assert_eq!(kind(word.counts_as(c, class)), kind(c), "{c:?}");
            }
        }
    }

    #[test]
    fn kinds_of_lines_are_those_of_their_characters() {
        for c in '\0'..='\u{ff}' {
            let ascii = c.is_ascii();
            let flag = if ascii { 0 } else { NOT_ASCII };
            assert_eq!(kind(c) & NOT_ASCII, 0, "{c:?}");
            assert_eq!(
                kinds_of(c.encode_utf8(&mut [0; 4]), ascii),
                kind(c) | flag,
                "{c:?}"
            );
        }
        let kinds = kind('A') | kind('e') | kind('月');
        assert_eq!(kinds_of("aÉ日", false), kinds | NOT_ASCII);
    }

    #[test]
    fn case_and_marks_count_where_the_word_has_them() {
        let counts = |word: &str, c| Word::new(word).counts_as(c, Class::of(c));
        assert_eq!(counts("e", 'É'), 'e');
        assert_eq!(counts("E", 'É'), 'E');
        assert_eq!(counts("é", 'É'), 'é');
        assert_eq!(counts("É", 'é'), 'é');
        assert_eq!(counts("ß", 'ẞ'), 'ß');
    }
}
