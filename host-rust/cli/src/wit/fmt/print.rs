//! Writes lexemes in the one layout.
//!
//! Four spaces a level; a line for each item, field, case, flag and attribute, with a comma behind each but functions. Lists
//! in parentheses and in the braces of `use` stay on one line, or, where they began on a new one, have a line for each part.
//! One empty line stays where there was any. Comments stay before the token that they stood before: parsers take every
//! comment for documentation of what follows.

use super::lex::{Kind, Lexeme};

/// What an open bracket holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    /// Items that end by themselves: interfaces, worlds, resources, packages.
    Items,
    /// Parts with commas behind them, a line each: records, variants, enums, flags; and lists that are spread over lines.
    Lines,
    /// Parts on one line.
    Inline,
    /// The same with spaces within the braces.
    Spaced,
    /// Of an attribute, behind which a line ends.
    Attribute,
}

/// The text in the one layout.
pub(super) fn print(lexemes: &[Lexeme<'_>]) -> String {
    let mut printer = Printer {
        lexemes,
        out: String::new(),
        frames: Vec::new(),
        indent: 0,
        item: 0,
        fresh: true,
        glued: false,
    };
    for at in 0..lexemes.len() {
        printer.lexeme(at);
    }
    if !printer.out.is_empty() && !printer.out.ends_with('\n') {
        printer.out.push('\n');
    }
    printer.out
}

struct Printer<'a> {
    lexemes: &'a [Lexeme<'a>],
    out: String,
    frames: Vec<Frame>,
    indent: usize,
    /// Where the present item begins.
    item: usize,
    /// Whether an item, a part or an attribute begins.
    fresh: bool,
    /// Whether the next token follows without a space.
    glued: bool,
}

impl<'a> Printer<'a> {
    fn lexeme(&mut self, at: usize) {
        let lexeme = self.lexemes[at];
        if lexeme.is_comment() {
            return self.comment(at);
        }
        let last = self.next(at).is_some_and(|next| closes(&next));
        match lexeme.text {
            "}" | ")" | ">" => self.close(at),
            "," => {
                if !last || self.in_lines() {
                    self.comma();
                }
                return;
            }
            ";" => {
                self.put(";");
                self.end_line();
            }
            _ => self.token(at),
        }
        if last && self.in_lines() && !opens(&lexeme) && !self.fresh {
            self.comma(); // The last part of a list has one, too, where each has a line.
        }
    }

    fn comma(&mut self) {
        self.put(",");
        match self.frames.last() {
            Some(Frame::Lines) => self.end_line(),
            _ => self.glued = false,
        }
    }

    fn in_lines(&self) -> bool {
        self.frames.last() == Some(&Frame::Lines)
    }

    /// The next token, past comments.
    fn next(&self, at: usize) -> Option<Lexeme<'a>> {
        self.after(at, 0)
    }

    fn after(&self, at: usize, skip: usize) -> Option<Lexeme<'a>> {
        let tokens = self.lexemes[at + 1..]
            .iter()
            .filter(|lexeme| !lexeme.is_comment());
        tokens.copied().nth(skip)
    }

    /// The token before, past comments.
    fn previous(&self, at: usize) -> Option<Lexeme<'a>> {
        let mut tokens = self.lexemes[..at].iter().rev();
        tokens.find(|lexeme| !lexeme.is_comment()).copied()
    }

    fn token(&mut self, at: usize) {
        let lexeme = self.lexemes[at];
        if self.fresh {
            self.item = at;
        }
        self.blank(&lexeme);
        match lexeme.text {
            "{" => self.brace(at),
            "(" => {
                let params = |word: Lexeme<'_>| word.is("func") || word.is("constructor");
                let frame = match self.previous(at) {
                    _ if self.lexemes[self.item].is("@") => Frame::Attribute,
                    Some(word) if params(word) => self.spread(at),
                    _ => Frame::Inline, // What a case carries.
                };
                self.put("(");
                self.open(frame);
            }
            "<" => {
                self.put("<");
                self.open(Frame::Inline);
            }
            "." | "/" | "-" | "+" | "@" => {
                self.put(lexeme.text);
                self.glued = true;
            }
            ":" => {
                self.put(":");
                self.glued = self.in_path(at);
            }
            "=" | "->" => self.word(lexeme.text),
            text => self.word(text),
        }
    }

    /// Whether a colon stands in the name of a package, as in `wasi:io/poll`, and not before a type.
    fn in_path(&self, at: usize) -> bool {
        if !self.frames.iter().all(|frame| *frame == Frame::Items) {
            return false;
        }
        match self.lexemes[self.item].text {
            "package" | "use" | "include" => true,
            "import" | "export" => {
                let second = self
                    .previous(at)
                    .is_some_and(|name| self.previous_is_start(at, &name));
                let typed = ["func", "interface", "async"];
                let next = self.next(at).is_some_and(|next| typed.contains(&next.text));
                let slash = self.after(at, 1).is_some_and(|after| after.is("/"));
                !second || (!next && slash)
            }
            _ => false,
        }
    }

    /// Whether a name is the first word behind `import` or `export`.
    fn previous_is_start(&self, at: usize, name: &Lexeme<'_>) -> bool {
        let mut tokens = self.lexemes[self.item..at]
            .iter()
            .filter(|lexeme| !lexeme.is_comment());
        tokens.clone().count() == 2 && tokens.next_back() == Some(name)
    }

    fn brace(&mut self, at: usize) {
        let before = self.previous(at);
        if before.is_some_and(|before| before.is(".")) {
            let frame = self.spread(at);
            self.put("{");
            return self.open(frame);
        }
        let start = self.lexemes[self.item].text;
        let frame = match start {
            "include" => match self.spread(at) {
                Frame::Inline => Frame::Spaced,
                frame => frame,
            },
            "record" | "variant" | "enum" | "flags" => Frame::Lines,
            _ => Frame::Items,
        };
        self.word("{");
        if self.lexemes.get(at + 1).is_some_and(|next| next.is("}")) {
            self.glued = true;
            self.frames.push(Frame::Inline);
            return;
        }
        self.open(frame);
    }

    /// How a list is laid out: as it was begun, and over lines where a comment to the end of a line is in it.
    fn spread(&self, at: usize) -> Frame {
        let mut depth = 0;
        let mut comment = false;
        for lexeme in &self.lexemes[at..] {
            depth += i32::from(opens(lexeme)) - i32::from(closes(lexeme));
            comment |= lexeme.kind == Kind::LineComment;
            if depth == 0 {
                break;
            }
        }
        let broken = self
            .lexemes
            .get(at + 1)
            .is_some_and(|next| next.breaks > 0 && !closes(next));
        if broken || comment {
            Frame::Lines
        } else {
            Frame::Inline
        }
    }

    fn open(&mut self, frame: Frame) {
        self.frames.push(frame);
        match frame {
            Frame::Items | Frame::Lines => {
                self.indent += 1;
                self.end_line();
            }
            Frame::Spaced => self.glued = false,
            Frame::Inline | Frame::Attribute => self.glued = true,
        }
    }

    fn close(&mut self, at: usize) {
        let lexeme = self.lexemes[at];
        let frame = self.frames.pop().unwrap_or(Frame::Inline);
        if matches!(frame, Frame::Items | Frame::Lines) {
            self.indent = self.indent.saturating_sub(1);
            if !self.out.ends_with('\n') {
                self.end_line();
            }
            self.fresh = false;
            self.glued = true;
            // An empty line before the end of a block says nothing.
            while self.out.ends_with("\n\n") {
                self.out.pop();
            }
        }
        match frame {
            Frame::Spaced => self.word(lexeme.text),
            _ => self.put(lexeme.text),
        }
        self.glued = false;
        let block = lexeme.is("}") && !self.next(at).is_some_and(|next| next.is(";"));
        if frame == Frame::Attribute || block && frame != Frame::Spaced {
            self.end_line();
        }
    }

    fn comment(&mut self, at: usize) {
        let lexeme = self.lexemes[at];
        let line = lexeme.kind == Kind::LineComment;
        if lexeme.breaks > 0 || self.out.is_empty() {
            if !self.out.is_empty() && !self.out.ends_with('\n') {
                self.out.push('\n');
            }
            self.blank(&lexeme);
        } else if self.out.ends_with('\n') {
            self.out.pop(); // Behind what ended the line.
        }
        let fresh = self.fresh;
        self.glued = false;
        self.put_raw(lexeme.text);
        if line || fresh || lexeme.breaks > 0 {
            self.out.push('\n');
        }
        self.fresh = fresh;
        self.glued = false;
    }

    /// One empty line where there was any, but not at the beginning of a block.
    fn blank(&mut self, lexeme: &Lexeme<'_>) {
        let begins = self.out.ends_with("{\n") || self.out.ends_with("(\n");
        if lexeme.breaks > 1 && self.out.ends_with('\n') && !self.out.ends_with("\n\n") && !begins {
            self.out.push('\n');
        }
    }

    fn end_line(&mut self) {
        self.out.push('\n');
        self.fresh = true;
        self.glued = false;
    }

    /// With a space before it, if something stands there.
    fn word(&mut self, text: &str) {
        self.put_raw(text);
        self.glued = false;
    }

    /// Without a space before it.
    fn put(&mut self, text: &str) {
        self.glued = true;
        self.put_raw(text);
        self.glued = false;
    }

    fn put_raw(&mut self, text: &str) {
        if self.out.is_empty() || self.out.ends_with('\n') {
            let more = usize::from(!self.fresh && text != "}" && text != ")");
            self.out.push_str(&"    ".repeat(self.indent + more));
        } else if !self.glued {
            self.out.push(' ');
        }
        self.out.push_str(text);
        self.fresh = false;
    }
}

fn opens(lexeme: &Lexeme<'_>) -> bool {
    lexeme.kind == Kind::Mark && matches!(lexeme.text, "{" | "(" | "<")
}

fn closes(lexeme: &Lexeme<'_>) -> bool {
    lexeme.kind == Kind::Mark && matches!(lexeme.text, "}" | ")" | ">")
}
