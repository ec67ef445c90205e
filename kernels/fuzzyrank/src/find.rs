//! Finding a word's characters in a line of ASCII.

/// An ASCII character that is looked for.
#[derive(Clone, Copy)]
pub(crate) struct Letter {
    byte: u8,
    /// What is set in a byte before it is compared: the bit in which upper case differs, where case does not count.
    ignored: u8,
}

impl Letter {
    pub(crate) fn new(byte: u8, any_case: bool) -> Self {
        let ignored = any_case && byte.is_ascii_lowercase();
        Self {
            byte,
            ignored: if ignored { 0x20 } else { 0 },
        }
    }

    #[inline(always)]
    fn is(self, byte: u8) -> bool {
        byte | self.ignored == self.byte
    }

    /// The first place from `from` on where the line has it.
    #[inline(always)]
    pub(crate) fn first(self, line: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        while let Some(sixteen) = line.get(at..at + 16) {
            let found = self.among(sixteen);
            if found != 0 {
                return Some(at + found.trailing_zeros() as usize);
            }
            at += 16;
        }
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        if at < line.len() && line.len() >= 16 {
            // The last sixteen, less those that are before.
            let start = line.len() - 16;
            let found = self.among(&line[start..]) >> (at - start);
            return (found != 0).then(|| at + found.trailing_zeros() as usize);
        }
        while at < line.len() {
            if self.is(line[at]) {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    /// The last place from `from` on where the line has it.
    #[inline(always)]
    pub(crate) fn last(self, line: &[u8], from: usize) -> Option<usize> {
        let rest = line.get(from..)?;
        let mut end = rest.len();
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        while end >= 16 {
            let found = self.among(&rest[end - 16..end]);
            if found != 0 {
                return Some(from + end - 1 - (found.leading_zeros() - 16) as usize);
            }
            end -= 16;
        }
        while end > 0 {
            end -= 1;
            if self.is(rest[end]) {
                return Some(from + end);
            }
        }
        None
    }

    /// A bit for each of sixteen bytes that it is.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    #[inline(always)]
    fn among(self, sixteen: &[u8]) -> u32 {
        use std::arch::wasm32::{i8x16_bitmask, i8x16_eq, u8x16_splat, v128_load, v128_or};
        assert!(sixteen.len() == 16);
        // SAFETY: there are sixteen bytes.
        let bytes = unsafe { v128_load(sixteen.as_ptr().cast()) };
        let bytes = v128_or(bytes, u8x16_splat(self.ignored));
        i8x16_bitmask(i8x16_eq(bytes, u8x16_splat(self.byte))).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_found_as_by_looking_at_each_byte() {
        let text = b"The quick brown Fox @`[{ jumps over 13 lazy Dogs, THE END.";
        for byte in 0..128u8 {
            for any_case in [true, false] {
                let letter = Letter::new(byte, any_case);
                let same = |b: u8| byte == b || any_case && byte == b.to_ascii_lowercase();
                for end in 0..=text.len() {
                    let line = &text[..end];
                    for from in 0..=end {
                        let places = || (from..end).filter(|&i| same(line[i]));
                        assert_eq!(letter.first(line, from), places().next());
                        assert_eq!(letter.last(line, from), places().next_back());
                    }
                }
            }
        }
    }
}
