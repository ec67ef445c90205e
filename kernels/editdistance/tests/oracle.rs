//! Every function against the textbook's dynamic programme and against the crate rapidfuzz, on generated and hostile texts.

use rapidfuzz::distance::levenshtein;
use tenon_kernel_editdistance::{Match, distance, distances, nearest, nearest_lines, within};

/// The dynamic programme as it is defined, row by row.
fn textbook(a: &str, b: &str) -> u32 {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<u32> = (0..=b.len() as u32).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i as u32 + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + u32::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// Checks all functions on a pair of texts, and gives its distance.
#[track_caller]
fn check(a: &str, b: &str) -> u32 {
    let expected = textbook(a, b);
    assert_eq!(distance(a, b), expected, "{a:?} {b:?}");
    assert_eq!(distance(b, a), expected, "{b:?} {a:?}");
    assert_eq!(
        levenshtein::distance(a.chars(), b.chars()),
        expected as usize
    );
    assert_eq!(distances(a, &[b, a]), [expected, 0], "{a:?} {b:?}");
    let cutoffs = [0, 1, 2, 3, 31, 64, expected + 1, u32::MAX];
    let near = [expected, expected.saturating_sub(1), expected / 2];
    for cutoff in cutoffs.into_iter().chain(near) {
        let kept = (expected <= cutoff).then_some(expected);
        assert_eq!(within(a, b, cutoff), kept, "{a:?} {b:?} {cutoff}");
        let found = nearest(a, &[b], cutoff);
        let found: Vec<(u32, u32)> = found.iter().map(|m| (m.index, m.distance)).collect();
        let kept: Vec<(u32, u32)> = kept.map(|distance| (0, distance)).into_iter().collect();
        assert_eq!(found, kept, "{a:?} {b:?} {cutoff}");
    }
    expected
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

    fn text(&mut self, alphabet: &[char], below: usize) -> Vec<char> {
        let length = self.below(below);
        (0..length)
            .map(|_| alphabet[self.below(alphabet.len())])
            .collect()
    }

    /// The text after a number of edits.
    fn edited(&mut self, text: &[char], edits: usize, alphabet: &[char]) -> Vec<char> {
        let mut text = text.to_vec();
        for _ in 0..edits {
            let scalar = alphabet[self.below(alphabet.len())];
            let at = self.below(text.len() + 1);
            match self.below(3) {
                0 => text.insert(at, scalar),
                1 if at < text.len() => drop(text.remove(at)),
                _ if at < text.len() => text[at] = scalar,
                _ => {}
            }
        }
        text
    }
}

/// Alphabets from two letters, where most cells agree, to one whose scalar values share their last bits.
fn alphabets() -> [Vec<char>; 6] {
    [
        "ab".chars().collect(),
        "abcdefghijklmnopqrstuvwxyz/-. ".chars().collect(),
        "aé日\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}\0"
            .chars()
            .collect(),
        ('а'..='я').collect(),
        ('\u{4e00}'..'\u{5200}').collect(),
        (1..=200).filter_map(|n| char::from_u32(n << 7)).collect(),
    ]
}

#[test]
fn generated_texts() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let alphabets = alphabets();
    let (mut equal, mut far) = (0, 0);
    for round in 0..30_000 {
        let alphabet = &alphabets[round % alphabets.len()];
        let below = [3, 10, 40, 70, 140][random.below(5)];
        let a = random.text(alphabet, below);
        let b = match random.below(3) {
            0 => random.text(alphabet, below),
            1 => {
                let edits = random.below(4);
                random.edited(&a, edits, alphabet)
            }
            _ => {
                let edits = random.below(below);
                random.edited(&a, edits, &alphabets[1])
            }
        };
        match check(&String::from_iter(&a), &String::from_iter(&b)) {
            0 => equal += 1,
            32.. => far += 1,
            _ => {}
        }
    }
    assert!(equal > 300 && far > 1_000, "{equal} {far}");
}

/// Texts around the ends of blocks, where a carry or a band may be lost.
#[test]
fn lengths_around_the_ends_of_blocks() {
    let mut random = Random(7);
    let alphabets = alphabets();
    for a in [0, 1, 62, 63, 64, 65, 66, 127, 128, 129, 191, 192, 193, 256] {
        for b in [0, 1, 63, 64, 65, 128, 129, 192, 257] {
            for alphabet in &alphabets[..3] {
                let mut text = |length| -> String {
                    let text = (0..length).map(|_| alphabet[random.below(alphabet.len())]);
                    text.collect()
                };
                check(&text(a), &text(b));
            }
            // Nothing in common; all in common but at one end.
            assert_eq!(check(&"x".repeat(a), &"y".repeat(b)), a.max(b) as u32);
            check(
                &format!("{}z", "x".repeat(a)),
                &format!("y{}", "x".repeat(b)),
            );
        }
    }
}

#[test]
fn long_texts() {
    let mut random = Random(11);
    for (alphabet, round) in alphabets().iter().zip(0..) {
        let length = 1_500 + 100 * round;
        let a: Vec<char> = (0..length)
            .map(|_| alphabet[random.below(alphabet.len())])
            .collect();
        for edits in [1, 40, 400] {
            let b = random.edited(&a, edits, alphabet);
            let distance = check(&String::from_iter(&a), &String::from_iter(&b));
            assert!(distance as usize <= edits);
        }
        let b = random.text(alphabet, length);
        check(&String::from_iter(&a), &String::from_iter(&b));
    }
}

/// A megabyte of what might cost more than it should: with a cutoff, a text of this size takes no square of it.
#[test]
fn a_cutoff_bounds_the_work() {
    let cases = [
        ("a", "b"),
        ("日", "本"),
        ("ab", "ba"),
        ("é", "é"),
        ("\0", "\u{10ffff}"),
    ];
    for (a, b) in cases {
        let (a, b) = (a.repeat(1 << 20), b.repeat(1 << 20));
        let expected = [Some(0), Some(2), None][if a == b {
            0
        } else {
            1 + usize::from(!a.starts_with("ab"))
        }];
        assert_eq!(within(&a, &b, 100), expected);
    }
}

#[test]
fn matches_are_ordered_by_distance_and_then_by_place() {
    let candidates = [
        "", "status", "start", "stop", "STAT", "stat", "stat", "staté", "日本",
    ];
    let found = |matches: Vec<Match>| -> Vec<(u32, u32)> {
        matches.iter().map(|m| (m.index, m.distance)).collect()
    };
    let expected = [(5, 0), (6, 0), (2, 1), (7, 1), (1, 2), (3, 2)];
    assert_eq!(found(nearest("stat", &candidates, 2)), expected);
    assert_eq!(found(nearest("stat", &candidates, 0)), expected[..2]);
    assert_eq!(found(nearest("", &candidates, 0)), [(0, 0)]);
    assert_eq!(
        nearest("stat", &candidates, u32::MAX).len(),
        candidates.len()
    );
    assert_eq!(distances("", &candidates), [0, 6, 5, 4, 4, 4, 4, 5, 2]);
    assert!(nearest("stat", &[""; 0], 9).is_empty());

    assert_eq!(
        found(nearest_lines("stat", &candidates.join("\n"), 2)),
        expected
    );
    assert_eq!(
        found(nearest_lines("stat", &candidates.join("\r\n"), 2)),
        expected
    );
}

#[test]
fn lines_end_as_the_contract_says() {
    let count = |text: &str| nearest_lines("", text, u32::MAX).len();
    for (text, lines) in [
        ("", 0),
        ("\n", 1),
        ("a", 1),
        ("a\n", 1),
        ("a\n\n", 2),
        ("\r\n", 1),
        ("a\n\r", 2),
    ] {
        assert_eq!(count(text), lines, "{text:?}");
    }
    // Only a carriage return before a line feed is no part of the line.
    assert_eq!(
        nearest_lines("a\r", "a\r\na\rb\na\r\r\na\r", 0)
            .iter()
            .map(|m| m.index)
            .collect::<Vec<_>>(),
        [2, 3]
    );
}

/// What a list's query has in common with a candidate is left out wherever in its blocks that ends.
#[test]
fn texts_that_begin_and_end_alike() {
    let text = |length| -> String { ('a'..='z').cycle().take(length).collect() };
    for start in [0, 1, 31, 63, 64, 65, 90, 127, 128, 129] {
        for end in [0, 1, 40, 64, 70] {
            for (a, b) in [("", ""), ("", "X"), ("XYZ", "ZXY"), ("X", "é")] {
                let (a, b) = (text(start) + a + &text(end), text(start) + b + &text(end));
                assert!(check(&a, &b) <= 3);
            }
            let (a, b) = (text(60), text(61).to_uppercase());
            check(
                &(text(start) + &a + &text(end)),
                &(text(start) + &b + &text(end)),
            );
        }
    }
}
