//! Against an oracle: the same answer, by the plainest code there is.

use tenon_kernel_{{snake}}::{Counts, Failure, count};

fn oracle(text: &str) -> Result<Counts, Failure> {
    match text.find('\0') {
        Some(at) => Err(Failure::Binary(at as u32)),
        None => Ok(Counts {
            lines: text.split_inclusive('\n').count() as u32,
            words: text.split_ascii_whitespace().count() as u32,
            characters: text.chars().count() as u32,
        }),
    }
}

/// A small generator of pseudo-random numbers (xorshift), so that a failure repeats.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

/// Characters of each length, all white space, and what is easily taken for it.
const ALPHABET: [char; 16] = [
    'a', 'b', 'z', '.', ' ', '\t', '\n', '\u{c}', '\r', '\u{b}', 'é', '\u{85}', '\u{a0}', '日',
    '\u{2028}', '🦀',
];

#[test]
fn generated_texts() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut failures = 0;
    for _ in 0..20_000 {
        let length = [4, 20, 300, 1_000][random.below(4)];
        let mut text: String = (0..random.below(length))
            .map(|_| ALPHABET[random.below(ALPHABET.len())])
            .collect();
        if random.below(10) == 0 {
            text.push('\0');
            text.push_str("a b\0");
        }
        failures += u32::from(count(&text).is_err());
        assert_eq!(count(&text), oracle(&text), "{text:?}");
    }
    assert!(failures > 1_000, "only {failures} failures");
}

/// Around the ends of the blocks that are counted at a time, where a word or a sum may be lost.
#[test]
fn lengths_around_the_ends_of_blocks() {
    for length in (0..20).chain(240..270).chain(500..520).chain(760..775) {
        for piece in ["a", " ", "\n", "a ", " a", "é", "日\n", "🦀"] {
            let text = piece.repeat(length);
            assert_eq!(count(&text), oracle(&text), "{length} of {piece:?}");
        }
    }
}
