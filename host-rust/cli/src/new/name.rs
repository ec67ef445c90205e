//! The names of a new kernel: what is written in WIT, Rust and Go alike.

use crate::failure::{Failure, Result};

/// A kernel's name in its spellings.
#[derive(Debug)]
pub(super) struct Name {
    /// As WIT and folders have it: `word-count`.
    pub(super) kebab: String,
    /// As Rust has it: `word_count`.
    pub(super) snake: String,
    /// As a Go package: `wordcount`.
    pub(super) package: String,
}

/// The longest name: with more, generated lines would break at other places.
const LONGEST: usize = 32;

/// Names that mean something else, by who says so. A name is refused if any of its spellings is one.
const RESERVED: &[(&str, &str)] = &[
    (
        "a word of WIT's",
        "as async bool borrow char constructor enum error-context export f32 f64 flags from \
         func future import include interface list map option own package record resource \
         result s16 s32 s64 s8 static stream string tuple type u16 u32 u64 u8 use variant \
         with world",
    ),
    (
        "a word of Rust's",
        "abstract alloc as async await become box break const continue core crate do dyn else \
         enum extern false final fn for gen if impl in let loop macro match mod move mut \
         override priv pub ref return self static std struct super trait true try type typeof \
         unsafe unsized use virtual where while yield",
    ),
    (
        "a word of Go's",
        "any append bool break byte cap case chan clear close comparable complex complex64 \
         complex128 const continue copy default defer delete else error fallthrough false \
         float32 float64 for func go goto if imag import init int int16 int32 int64 int8 \
         interface internal iota len main make map max min new nil package panic print \
         println range real recover return rune select string struct switch testdata true \
         type uint uint16 uint32 uint64 uint8 uintptr var vendor",
    ),
    // The generated client and the tests have these names for other things.
    (
        "a name in the generated Go code",
        "alphabet at b baseline binary c cancel cases check component context counter counts \
         ctx embed err errors fault failure fmt got i k kernel length line loaded log m \
         opened piece rand random rt runes side size slot strings t tenon tenontest test \
         testing text tools utf8 want",
    ),
    (
        "a folder's name in every workspace of kernels",
        "guests hostile kernels sdk src target tests vectors wit",
    ),
    (
        "a device's name on Windows",
        "aux com1 com2 com3 com4 com5 com6 com7 com8 com9 con lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 \
         lpt7 lpt8 lpt9 nul prn",
    ),
];

impl Name {
    /// Takes a name that may stand in WIT, Rust and Go.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let help = "give lower-case words joined by hyphens, each beginning with a letter, as in word-count";
        let refused = |why: &str| {
            Failure::new(format!("`{}` is no name for a kernel", text.escape_debug())).found(why)
        };
        if let Some(why) = wrong(text) {
            return Err(refused(&why).help(help));
        }
        let name = Name {
            kebab: text.to_owned(),
            snake: text.replace('-', "_"),
            package: text.replace('-', ""),
        };
        let spellings = [&*name.kebab, &*name.snake, &*name.package];
        for (whose, words) in RESERVED {
            if let Some(word) = spellings.iter().find(|word| is_among(words, word)) {
                return Err(refused(&format!("`{word}`, {whose}"))
                    .help("give another name, or add a word to it, as in fast-count"));
            }
        }
        Ok(name)
    }
}

/// Whether a word is one of a list's, which stand with spaces between them.
fn is_among(words: &str, word: &str) -> bool {
    words.split(' ').any(|one| one == word)
}

/// What is wrong with the characters of a name.
fn wrong(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("nothing".to_owned());
    }
    if text.len() > LONGEST {
        return Some(format!("{} bytes, more than {LONGEST}", text.len()));
    }
    let allowed = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-';
    if let Some(other) = text.chars().find(|c| !allowed(c)) {
        return Some(format!("the character {other:?}"));
    }
    let mut words = text.split('-');
    let odd = words.find(|word| !word.starts_with(|c: char| c.is_ascii_lowercase()))?;
    Some(if odd.is_empty() {
        "a hyphen without words on both sides".to_owned()
    } else {
        format!("the word `{odd}`, which does not begin with a letter")
    })
}

/// A namespace of contracts: the same words, of which one may be a Go word.
pub(super) fn namespace(text: &str) -> Result<&str> {
    let refused = |why: &str| {
        Failure::new(format!(
            "`{}` is no namespace for contracts",
            text.escape_debug()
        ))
        .found(why)
        .help("give lower-case words joined by hyphens, each beginning with a letter, as in acme")
    };
    if let Some(why) = wrong(text) {
        return Err(refused(&why));
    }
    let snake = text.replace('-', "_");
    for (whose, words) in &RESERVED[..2] {
        if is_among(words, text) || is_among(words, &snake) {
            return Err(refused(&format!("`{text}`, {whose}")));
        }
    }
    Ok(text)
}

/// Who answers for a kernel: a line of text that may stand between quotes.
pub(super) fn owner(text: &str) -> Result<&str> {
    let odd = |c: char| c.is_control() || "\"\\|`{}".contains(c);
    let found = match text.chars().find(|c| odd(*c)) {
        Some(character) => format!("the character {character:?}"),
        None if text.trim().is_empty() || text.len() > 100 => format!("{} bytes", text.len()),
        None => return Ok(text),
    };
    Err(Failure::new("this is no owner of a kernel")
        .found(found)
        .help("give a team or an address, as in --owner payments"))
}

/// The path of a Go module, as far as it matters for what is written.
pub(super) fn module(text: &str) -> Result<&str> {
    let element = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with('.')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    if text.split('/').all(element) {
        return Ok(text);
    }
    Err(Failure::new(format!(
        "`{}` is no path for a Go module",
        text.escape_debug()
    ))
    .help("give names joined by slashes, as in --module example.com/team/kernels"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_spelling_for_each_language() {
        let name = Name::parse("word-count2").expect("a name");
        assert_eq!(
            [&*name.kebab, &*name.snake, &*name.package],
            ["word-count2", "word_count2", "wordcount2"]
        );
    }

    #[test]
    fn names_that_one_of_the_languages_would_refuse_are_refused() {
        let long = "a".repeat(33);
        for text in [
            "",
            "-",
            "a-",
            "-a",
            "a--b",
            "Word",
            "wörter",
            "word_count",
            "2fast",
            "fast-2",
            "a b",
            "../a",
            "a/b",
            "a.b",
            "type",
            "match",
            "chan",
            "str-ing",
            "self",
            "func",
            "error-context",
            "con",
            "vectors",
            "testing",
            "counts",
            "int-64",
            &long,
        ] {
            let error = Name::parse(text).expect_err(text).to_string();
            assert!(
                error.contains("is no name for a kernel\n  found: "),
                "{error}"
            );
            assert!(error.contains("\n  help:  give "), "{error}");
        }
        for text in ["a", "word-count", "http2", "sum", "topk", &long[..32]] {
            assert!(Name::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn owners_namespaces_and_modules() {
        assert!(owner("Payments <pay@example.com>").is_ok());
        for text in ["", " ", "a\"b", "a\nb", "a|b", "{{name}}", &"x".repeat(101)] {
            assert!(owner(text).is_err(), "{text:?}");
        }
        assert!(namespace("acme-pay").is_ok() && namespace("go").is_ok());
        for text in ["", "Acme", "a:b", "self", "world"] {
            assert!(namespace(text).is_err(), "{text:?}");
        }
        assert!(module("example.com/team/kernels").is_ok());
        for text in ["", "/a", "a/", "a//b", "../a", "a b", "a\nb", "a\"b"] {
            assert!(module(text).is_err(), "{text:?}");
        }
    }
}
