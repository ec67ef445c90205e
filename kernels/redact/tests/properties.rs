//! What holds for every text: generated ones, hostile ones, and the real input.
#![cfg(not(feature = "trap"))]

use tenon_kernel_redact::{Redaction, redact};

/// Checks what any answer must satisfy, and gives it back.
#[track_caller]
fn check(text: &str) -> Redaction {
    let answer = redact(text);
    let (mut rebuilt, mut done) = (String::new(), 0);
    for finding in &answer.findings {
        let range = finding.range();
        assert!(
            done <= range.start && range.start < range.end,
            "{text:?}: {answer:?}"
        );
        rebuilt.push_str(&text[done..range.start]);
        rebuilt.push_str(finding.kind.mask());
        done = range.end;
    }
    rebuilt.push_str(&text[done..]);
    assert_eq!(answer.text, rebuilt, "{text:?}");
    answer
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

const PIECES: &[&str] = &[
    "10.0.0.7",
    "1",
    "22",
    ":",
    "::",
    ".",
    "-",
    "_",
    "@",
    "/",
    "//",
    "http://",
    " ",
    "\n",
    "\r\n",
    "\0",
    "é",
    "日",
    "2001:db8",
    "dead",
    "example.com",
    "com",
    "a",
    "b.c",
    "sshd[1]: ",
    " Invalid user ",
    " from ",
    " user=",
    "Bearer ",
    "0123456789",
    "4111 1111 1111 1111",
    "4111",
    "1111",
    "5500000000000004",
    "=",
    "%",
    "+",
    "(",
    ")",
    "\"",
];

#[test]
fn generated_texts() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut findings = 0;
    for _ in 0..50_000 {
        let pieces = random.below(14);
        let text: String = (0..pieces)
            .map(|_| PIECES[random.below(PIECES.len())])
            .collect();
        findings += check(&text).findings.len();
    }
    assert!(
        findings > 10_000,
        "the texts hold too little to find: {findings}"
    );
}

#[test]
fn lines_are_independent() {
    let mut random = Random(7);
    for _ in 0..2_000 {
        let lines: Vec<String> = (0..4)
            .map(|_| {
                (0..random.below(8))
                    .map(|_| PIECES[random.below(PIECES.len())])
                    .collect()
            })
            .map(|line: String| line.replace(['\n', '\r'], ""))
            .collect();
        let apart: Vec<String> = lines.iter().map(|line| redact(line).text).collect();
        assert_eq!(redact(&lines.join("\n")).text, apart.join("\n"));
        assert_eq!(redact(&lines.join("\r\n")).text, apart.join("\r\n"));
    }
}

#[test]
fn empty_and_blank() {
    assert_eq!(check(""), Redaction::default());
    for text in ["\0", "\r\n", " ", "\u{feff}", "é"] {
        assert!(check(text).findings.is_empty());
    }
    assert_eq!(check("\0").text, "\0");
}

/// Ten megabytes of what makes a search repeat itself, in one line. A quadratic step anywhere would
/// take hours here.
#[test]
fn long_hostile_lines() {
    const SIZE: usize = 10 << 20;
    for piece in [
        "1",
        "a",
        "a.",
        "1.",
        "1:",
        "1.1:1:",
        "a.1.1.1.1.",
        "a1.1.1.1.1.",
        "1.1.1.1-",
        "1 ",
        "1-",
        "é",
        "a@",
        "a.b%",
        "a@b.cc",
        "4111 1111 1111 1111 ",
        "4111111111111111.b.",
        " for a",
        " Invalid user ",
        "http://",
        "Bearer ",
        "::",
        "dead:",
        "a-",
        "\0",
        ".",
        "sshd[",
    ] {
        let mut text = String::from("sshd[1]: ");
        text.extend(std::iter::repeat_n(piece, SIZE / piece.len()));
        check(&text);
    }
}

#[test]
fn findings_stand_at_both_ends_of_a_long_line() {
    let text = format!("10.0.0.7 {} bob@example.com", "x".repeat(10 << 20));
    let answer = check(&text);
    assert!(answer.text.starts_with("<ipv4> x") && answer.text.ends_with("x <email>"));
    assert_eq!(answer.findings[1].end as usize, text.len());
}
