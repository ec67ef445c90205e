//! WIT as words, marks and comments. wit-parser reads the text first, so what comes here is well-formed.

/// A token or a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lexeme<'a> {
    pub(super) kind: Kind,
    /// As it is written; a comment without the white space behind it.
    pub(super) text: &'a str,
    /// How many lines end between the one before and this one.
    pub(super) breaks: usize,
}

/// What a lexeme is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword or a number.
    Word,
    /// A string in quotes.
    Text,
    /// Anything else.
    Mark,
    /// `// …` or `/// …`, to the end of the line.
    LineComment,
    /// `/* … */`
    BlockComment,
}

impl Lexeme<'_> {
    pub(super) fn is(&self, mark: &str) -> bool {
        !self.is_comment() && self.text == mark
    }

    pub(super) fn is_comment(&self) -> bool {
        matches!(self.kind, Kind::LineComment | Kind::BlockComment)
    }
}

/// Takes a text apart. Nothing of it but white space is left out.
pub(super) fn lex(text: &str) -> Vec<Lexeme<'_>> {
    let mut lexemes = Vec::new();
    let mut at = 0;
    let mut breaks = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() || first == '\u{feff}' {
            breaks += usize::from(first == '\n');
            at += first.len_utf8();
            continue;
        }
        let rest = &text[at..];
        let (kind, length) = match first {
            '/' if rest.starts_with("//") => {
                (Kind::LineComment, rest.find('\n').unwrap_or(rest.len()))
            }
            '/' if rest.starts_with("/*") => (Kind::BlockComment, block(rest)),
            '"' => (Kind::Text, string(rest)),
            '-' if rest.starts_with("->") => (Kind::Mark, 2),
            '%' => (Kind::Word, 1 + word(&rest[1..])),
            first if is_word(first) => (Kind::Word, word(rest)),
            first => (Kind::Mark, first.len_utf8()),
        };
        lexemes.push(Lexeme {
            kind,
            text: rest[..length].trim_end(),
            breaks,
        });
        at += length;
        breaks = 0;
    }
    lexemes
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The length of a word, whose parts hyphens join.
fn word(rest: &str) -> usize {
    let number = rest.starts_with(|first: char| first.is_ascii_digit());
    let goes_on = |character: char| is_word(character) || character == '-' && !number;
    let length = rest
        .find(|character| !goes_on(character))
        .unwrap_or(rest.len());
    // The hyphen of an arrow that follows at once is not the word's.
    match rest[..length].strip_suffix('-') {
        Some(word) if rest[length..].starts_with('>') => word.len(),
        _ => length,
    }
}

/// The length of a comment in which others can be.
fn block(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut at, mut depth) = (0, 0);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a string with its quotes.
fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}
