//! What a character is to a score: its class, and what it counts as.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// What a bonus depends on, of a character and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    White,
    /// Neither letter nor number, nor one of the others.
    Other,
    /// One of `/,:;|`.
    Delimiter,
    Lower,
    Upper,
    /// A letter without case.
    Letter,
    Number,
}

/// The bonus of a character at which a word, or a part of one, begins.
pub(crate) const BOUNDARY: i16 = 8;

impl Class {
    /// What stands before a line.
    pub(crate) const BEFORE: Self = Self::White;

    /// The class of an ASCII character.
    #[inline(always)]
    pub(crate) fn of_ascii(byte: u8) -> Self {
        ASCII[usize::from(byte & 127)]
    }

    pub(crate) fn of(c: char) -> Self {
        if c.is_ascii() {
            return Self::of_ascii(c as u8);
        }
        match c.general_category() {
            GeneralCategory::LowercaseLetter => Self::Lower,
            GeneralCategory::UppercaseLetter => Self::Upper,
            GeneralCategory::DecimalNumber
            | GeneralCategory::LetterNumber
            | GeneralCategory::OtherNumber => Self::Number,
            GeneralCategory::TitlecaseLetter
            | GeneralCategory::ModifierLetter
            | GeneralCategory::OtherLetter => Self::Letter,
            _ if c.is_whitespace() => Self::White,
            _ => Self::Other,
        }
    }

    /// The bonus of a character of this class after one of the class `before`.
    #[inline(always)]
    pub(crate) fn bonus(self, before: Self) -> i16 {
        BONUS[before as usize * 8 + self as usize].into()
    }
}

const ASCII: [Class; 128] = {
    let mut classes = [Class::Other; 128];
    let mut byte = 0;
    while byte < 128 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' => Class::Lower,
            b'A'..=b'Z' => Class::Upper,
            b'0'..=b'9' => Class::Number,
            b' ' | 9..=13 => Class::White,
            b'/' | b',' | b':' | b';' | b'|' => Class::Delimiter,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

const BONUS: [i8; 64] = {
    use Class::{Delimiter, Letter, Lower, Number, Other, Upper, White};
    let classes = [White, Other, Delimiter, Lower, Upper, Letter, Number];
    let mut bonus = [0; 64];
    let mut i = 0;
    while i < 49 {
        let (before, class) = (classes[i / 7], classes[i % 7]);
        bonus[i / 7 * 8 + i % 7] = match (before, class) {
            (White, Delimiter | Lower | Upper | Letter | Number) | (_, White) => 10,
            (Delimiter, Delimiter | Lower | Upper | Letter | Number) => 9,
            (_, Other | Delimiter) | (Other, _) => BOUNDARY as i8,
            (Lower, Upper) => 7,
            (Number, Number) => 0,
            (_, Number) => 7,
            _ => 0,
        };
        i += 1;
    }
    bonus
};

/// The simple lower-case mapping.
pub(crate) fn lower(c: char) -> char {
    // Where the full mapping has several characters, of İ alone, the first is the simple one.
    c.to_lowercase().next().unwrap_or(c)
}

/// The ASCII letter with which the canonical decomposition begins, and otherwise the character itself.
pub(crate) fn base(c: char) -> char {
    let letter = match u32::from(c) {
        code @ 0xC0..0x250 => LATIN[code as usize - 0xC0],
        code @ 0x1E00..0x1F00 => LATIN_ADDITIONAL[code as usize - 0x1E00],
        0x212A => b'K',
        0x212B => b'A',
        _ => b'.',
    };
    if letter == b'.' { c } else { letter.into() }
}

/// The bases of the blocks from U+00C0 on; a point where there is none.
const LATIN: &[u8; 0x190] = b"\
    AAAAAA.CEEEEIIII.NOOOOO..UUUUY..aaaaaa.ceeeeiiii.nooooo..uuuuy.yAaAaAaCcCcCcCcDd\
    ..EeEeEeEeEeGgGgGgGgHh..IiIiIiIiI...JjKk.LlLlLl....NnNnNn...OoOoOo..RrRrRrSsSsSs\
    SsTtTt..UuUuUuUuUuUuWwYyYZzZzZz.................................Oo.............U\
    u............................AaIiOoUuUuUuUuUu.AaAa....GgKkOoOo..j...Gg..NnAa....\
    AaAaEeEeIiIiOoOoRrRrUuUuSsTt..Hh......AaEeOoOoOoOoYy............................";

/// The same from U+1E00 on.
const LATIN_ADDITIONAL: &[u8; 0x100] = b"\
    AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMmMmMmNnNnNnNnOoOo\
    OoOoPpPpRrRrRrRrSsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVvWwWwWwWwWwXxXxYyZzZzZzhtwy......\
    AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEeEeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUu\
    UuYyYyYyYy......";

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn bases_are_those_of_the_decompositions() {
        let mut found = 0;
        for c in ('\u{80}'..=char::MAX).filter(|c| !c.is_control()) {
            let first = std::iter::once(c).nfd().next().unwrap();
            let expected = if first.is_ascii_alphabetic() {
                first
            } else {
                c
            };
            assert_eq!(base(c), expected, "{c:?}");
            // So it does not matter whether a letter's class is asked before or after.
            assert_eq!(Class::of(base(c)), Class::of(c), "{c:?}");
            found += usize::from(base(c) != c);
        }
        assert!(found > 400, "{found}");
    }

    #[test]
    fn only_one_character_has_several_as_its_lower_case() {
        let several = |c: &char| c.to_lowercase().count() > 1;
        assert_eq!(('\0'..=char::MAX).filter(several).collect::<String>(), "İ");
        assert_eq!(lower('İ'), 'i');
    }
}
