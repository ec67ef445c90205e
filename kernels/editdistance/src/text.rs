//! A text as the scalar values that it is compared by.

/// A text, how many scalar values it has, and whether they can be read without decoding.
#[derive(Clone, Copy)]
pub(crate) struct Text<'t> {
    text: &'t str,
    length: usize,
}

impl<'t> Text<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let length = if text.is_ascii() {
            text.len()
        } else {
            text.chars().count()
        };
        Self { text, length }
    }

    /// The number of scalar values.
    pub(crate) fn length(self) -> usize {
        self.length
    }

    /// The bytes of an ASCII text, and none of another one.
    pub(crate) fn ascii(self) -> Option<&'t [u8]> {
        (self.length == self.text.len()).then_some(self.text.as_bytes())
    }

    pub(crate) fn chars(self) -> std::str::Chars<'t> {
        self.text.chars()
    }
}

/// Two texts without what they begin and end with alike, which no edit has to touch.
pub(crate) fn without_common_ends<'t>(a: &'t str, b: &'t str) -> (&'t str, &'t str) {
    // Where the bytes before are the same, both texts are inside of a character or neither is.
    let start = a.floor_char_boundary(common_start(a.as_bytes(), b.as_bytes()));
    let (a, b) = (&a[start..], &b[start..]);
    let end = common_end(a.as_bytes(), b.as_bytes());
    let end = a.len() - a.ceil_char_boundary(a.len() - end);
    (&a[..a.len() - end], &b[..b.len() - end])
}

/// How many bytes two texts begin with alike.
pub(crate) fn common_start(a: &[u8], b: &[u8]) -> usize {
    let mut pairs = a.iter().zip(b);
    pairs
        .position(|(a, b)| a != b)
        .unwrap_or(a.len().min(b.len()))
}

/// How many bytes two texts end with alike.
pub(crate) fn common_end(a: &[u8], b: &[u8]) -> usize {
    let mut pairs = a.iter().rev().zip(b.iter().rev());
    pairs
        .position(|(a, b)| a != b)
        .unwrap_or(a.len().min(b.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_scalar_values() {
        for (text, length) in [
            ("", 0),
            ("abc", 3),
            ("é", 1),
            ("日本🦀", 3),
            ("e\u{301}", 2),
        ] {
            let text = Text::new(text);
            assert_eq!(text.length(), length);
            assert_eq!(text.ascii().is_some(), text.text.is_ascii());
        }
    }

    #[test]
    fn common_ends_are_whole_characters() {
        for (a, b, rest) in [
            ("", "", ("", "")),
            ("abc", "abc", ("", "")),
            ("abc", "abd", ("c", "d")),
            ("xbc", "ybc", ("x", "y")),
            ("aa", "aaa", ("", "a")),
            // The first two bytes of the middle letters are the same, and then the last one.
            ("a日b", "a旦b", ("日", "旦")),
            ("é", "ã©", ("é", "ã©")),
            ("日", "方日", ("", "方")),
            ("🦀", "🦁", ("🦀", "🦁")),
            ("п", "о", ("п", "о")),
            ("ÀÀ", "à", ("ÀÀ", "à")),
        ] {
            assert_eq!(without_common_ends(a, b), rest);
            assert_eq!(without_common_ends(b, a), (rest.1, rest.0));
        }
    }
}
