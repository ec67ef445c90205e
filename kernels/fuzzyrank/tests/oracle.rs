//! Every function against the programme as it is defined, and against the crate nucleo-matcher as to which lines match, on
//! generated lines.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher};
use std::cmp::Reverse;
use tenon_kernel_fuzzyrank::{Index, Match, positions, rank};

/// The class of an ASCII character: 0 white space, 1 other, 2 delimiter, 3 lower case, 4 upper case, 6 number.
fn class(byte: u8) -> u8 {
    match byte {
        b' ' | b'\t' => 0,
        b'/' | b',' | b':' | b';' | b'|' => 2,
        b if b.is_ascii_lowercase() => 3,
        b if b.is_ascii_uppercase() => 4,
        b if b.is_ascii_digit() => 6,
        _ => 1,
    }
}

fn bonus(line: &[u8], at: usize) -> i32 {
    let before = at.checked_sub(1).map_or(0, |at| class(line[at]));
    let class = class(line[at]);
    if class > 1 && before < 3 {
        return [10, 8, 9][usize::from(before)];
    }
    match (before, class) {
        (3, 4) => 7,
        (before, 6) if before != 6 => 7,
        (_, 0) => 10,
        (_, 1 | 2) => 8,
        _ => 0,
    }
}

/// The best score of a word of two characters or more, all cells of the programme in full.
fn score(word: &[u8], line: &[u8]) -> Option<i32> {
    let any_case = !word.iter().any(u8::is_ascii_uppercase);
    let same = |a: u8, b: u8| a == if any_case { b.to_ascii_lowercase() } else { b };
    let mut next = 0;
    let mut first = Vec::new();
    for &byte in word {
        next += line[next..].iter().position(|&b| same(byte, b))? + 1;
        first.push(next - 1);
    }
    let width = line.len();
    let mut scores = vec![vec![0; width]; word.len()];
    let mut runs = vec![vec![0; width]; word.len()];
    for row in 0..word.len() {
        let mut in_gap = false;
        for at in first[row]..width {
            let left = if at > first[row] {
                scores[row][at - 1]
            } else {
                0
            };
            let skipped = left - if in_gap { 1 } else { 3 };
            let mut matched = 0;
            if same(word[row], line[at]) {
                let own = bonus(line, at);
                if row == 0 {
                    matched = 16 + 2 * own;
                    runs[row][at] = 1;
                } else {
                    let mut run = runs[row - 1][at - 1] + 1;
                    let mut more = own;
                    if run > 1 {
                        let start = bonus(line, at + 1 - run);
                        if own >= 8 && own > start {
                            run = 1;
                        } else {
                            more = own.max(start).max(4);
                        }
                    }
                    matched = scores[row - 1][at - 1] + 16 + more;
                    if matched < skipped {
                        matched += own - more;
                        run = 0;
                    }
                    runs[row][at] = run;
                }
            }
            // Of the first character, a match is taken even where leaving it out gives more.
            let taken = row == 0 && matched > 0;
            scores[row][at] = if taken {
                matched
            } else {
                matched.max(skipped).max(0)
            };
            in_gap = if row == 0 { !taken } else { matched < skipped };
        }
    }
    scores[word.len() - 1].iter().copied().max()
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

    fn text(&mut self, alphabet: &str, lengths: std::ops::Range<usize>) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        let length = lengths.start + self.below(lengths.end - lengths.start);
        let mut one = || alphabet[self.below(alphabet.len())];
        (0..length).map(|_| one()).collect()
    }
}

#[test]
fn rankings_are_those_of_the_definition() {
    let mut random = Random(1);
    let mut matches = 0;
    for round in 0..600 {
        let alphabet = ["ab", "aAbB", "abAB12/_ ", "abcdefghijklmnop/-. ,"][round % 4];
        let longest = [12, 60, 700][round / 4 % 3];
        let lines: Vec<String> = (0..40).map(|_| random.text(alphabet, 0..longest)).collect();
        let word = random.text(alphabet.trim_end(), 2..[4, 8, 40][round / 12 % 3]);
        let word = word.replace([' ', ','], "a");
        let scored = lines.iter().zip(0..);
        let mut expected: Vec<Match> = scored
            .filter_map(|(line, index)| {
                let score = score(word.as_bytes(), line.as_bytes())?;
                Some(Match {
                    index,
                    score: score.unsigned_abs(),
                })
            })
            .collect();
        expected.sort_by_key(|m| (Reverse(m.score), lines[m.index as usize].len(), m.index));
        matches += expected.len();
        let text = lines.join("\n");
        let index = Index::new(text.clone());
        for ranking in [rank(&word, &text, u32::MAX), index.rank(&word, u32::MAX)] {
            let ranking = ranking.unwrap();
            assert_eq!(ranking.best, expected, "{word:?} in {text:?}");
            assert_eq!(ranking.total as usize, expected.len());
        }
        let few = index.rank(&word, 3).unwrap();
        assert_eq!(few.best, expected[..expected.len().min(3)]);
        assert_eq!(few.total as usize, expected.len());
        for found in &expected {
            check_positions(&word, &lines[found.index as usize], found.score);
        }
    }
    assert!(matches > 5_000, "{matches}");
}

/// Positions spell the word, and a line of nothing else than what lies between the first and the last has a match there too.
fn check_positions(word: &str, line: &str, score: u32) {
    let places = positions(word, line).unwrap().unwrap();
    let spelt: String = places
        .iter()
        .map(|&at| line.as_bytes()[at as usize] as char)
        .collect();
    let any_case = !word.bytes().any(|b| b.is_ascii_uppercase());
    let spelt = if any_case {
        spelt.to_lowercase()
    } else {
        spelt
    };
    assert_eq!(spelt, word, "{line:?}");
    assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
    let end = *places.last().unwrap() as usize;
    let until = rank(word, &line[..=end], 1).unwrap();
    assert_eq!(
        until.best[0].score, score,
        "{word:?} in {line:?}: {places:?}"
    );
}

#[test]
fn lines_match_where_nucleo_says_so() {
    let mut random = Random(2);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut matches = 0;
    for round in 0..400 {
        let alphabet = ["abA/ ", "abcdefgh/._", "aéÉb日本 ", "жЖшШ/ "][round % 4];
        let lines: Vec<String> = (0..40).map(|_| random.text(alphabet, 0..30)).collect();
        let query = random.text(alphabet, 0..6);
        let pattern = Pattern::new(
            &query,
            CaseMatching::Smart,
            Normalization::Smart,
            AtomKind::Fuzzy,
        );
        let mut buffer = Vec::new();
        let mut matches_here = |line: &String| {
            let line = nucleo_matcher::Utf32Str::new(line, &mut buffer);
            pattern.score(line, &mut matcher).is_some()
        };
        let expected: Vec<u32> = (0..)
            .zip(&lines)
            .filter(|(_, line)| matches_here(line))
            .map(|(i, _)| i)
            .collect();
        let mut found: Vec<u32> = rank(&query, &(lines.join("\n") + "\n"), u32::MAX)
            .unwrap()
            .best
            .iter()
            .map(|m| m.index)
            .collect();
        found.sort_unstable();
        matches += found.len();
        assert_eq!(found, expected, "{query:?} in {lines:?}");
    }
    assert!(matches > 2_000, "{matches}");
}

#[test]
fn scores_of_words_are_added() {
    let mut random = Random(3);
    for _ in 0..200 {
        let line = random.text("abcAB/_ ", 0..60);
        let (a, b) = (random.text("abc", 1..4), random.text("abc", 1..4));
        let score = |query: &str| rank(query, &line, 1).unwrap().best.first().map(|m| m.score);
        let sum = score(&a).zip(score(&b)).map(|(a, b)| a + b);
        assert_eq!(score(&format!(" {a}  {b} ")), sum, "{a} {b} in {line:?}");
    }
}

#[test]
fn few_of_many_matches_are_the_best_of_all() {
    let mut random = Random(4);
    let lines: Vec<String> = (0..6_000)
        .map(|_| random.text("abcAB/_ ", 20..60))
        .collect();
    let text = lines.join("\n");
    let all = rank("ab ca", &text, u32::MAX).unwrap();
    assert!(all.best.len() > 5_000, "{}", all.best.len());
    let index = Index::new(text.clone());
    for limit in [0, 1, 20, 1_500, 3_000] {
        let few = rank("ab ca", &text, limit).unwrap();
        assert_eq!(few.total as usize, all.best.len());
        assert_eq!(few.best, all.best[..limit as usize]);
        assert_eq!(index.rank("ab ca", limit).unwrap(), few);
    }
}
