//! A text cut into lines, and which of them are ASCII.

/// The lines of a text. A line ends with a line feed, which the last one may lack; a carriage return before it is no part of
/// the line. With each comes whether it is ASCII.
pub(crate) struct Lines<'t> {
    rest: &'t str,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { rest: text }
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = (&'t str, bool);

    #[inline(always)]
    fn next(&mut self) -> Option<(&'t str, bool)> {
        if self.rest.is_empty() {
            return None;
        }
        let End { at, ascii } = end_of_line(self.rest.as_bytes());
        let Some(at) = at else {
            return Some((std::mem::take(&mut self.rest), ascii));
        };
        let line = &self.rest[..at];
        self.rest = &self.rest[at + 1..];
        Some((line.strip_suffix('\r').unwrap_or(line), ascii))
    }
}

struct End {
    /// Where the line feed is.
    at: Option<usize>,
    /// Whether there is only ASCII before it.
    ascii: bool,
}

#[inline(always)]
fn end_of_line(text: &[u8]) -> End {
    let mut start = 0;
    let mut ascii = true;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    while let Some(sixteen) = text.get(start..start + 16) {
        use std::arch::wasm32::{i8x16_bitmask, i8x16_eq, u8x16_splat, v128_load};
        // SAFETY: there are sixteen bytes.
        let bytes = unsafe { v128_load(sixteen.as_ptr().cast()) };
        // Bytes of other characters than ASCII have their highest bit set, which is what a mask is made of.
        let others = u32::from(i8x16_bitmask(bytes));
        let feeds = u32::from(i8x16_bitmask(i8x16_eq(bytes, u8x16_splat(b'\n'))));
        if feeds != 0 {
            let before = feeds.wrapping_sub(1) & !feeds;
            return End {
                at: Some(start + feeds.trailing_zeros() as usize),
                ascii: ascii && others & before == 0,
            };
        }
        ascii &= others == 0;
        start += 16;
    }
    while let Some(&byte) = text.get(start) {
        if byte == b'\n' {
            return End {
                at: Some(start),
                ascii,
            };
        }
        ascii &= byte.is_ascii();
        start += 1;
    }
    End { at: None, ascii }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_standard_library() {
        let pieces = [
            "",
            "a",
            "\n",
            "\r",
            "\r\n",
            "é",
            "a/long/path/of/more/than/sixteen.go",
            "日本",
        ];
        for i in 0..pieces.len().pow(5) {
            let piece = |n: u32| pieces[i / pieces.len().pow(n) % pieces.len()];
            let text: String = (0..5).map(piece).collect();
            let expected: Vec<_> = text.lines().map(|line| (line, line.is_ascii())).collect();
            assert_eq!(Lines::new(&text).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }
}
