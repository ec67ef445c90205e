//! A function of the kernel as a line of a backtrace.

use std::fmt::{self, Write};
use wasmtime::FrameInfo;

/// Bytes of a function's name that are shown; the rest is `…`.
const SHOWN: usize = 256;

/// What a backtrace calls a frame's function.
pub(crate) fn name(frame: &FrameInfo) -> String {
    match frame.func_name() {
        Some(name) => line(format_args!("{:#}", rustc_demangle::demangle(name))),
        None => format!("function {}", frame.func_index()),
    }
}

/// Text of a guest's as one line, fit for logs and terminals: the name section may hold anything, of any length.
fn line(text: fmt::Arguments<'_>) -> String {
    let mut line = Line(String::new());
    // It ends early where the text is too long: a short mangled name may stand for a megabyte.
    if line.write_fmt(text).is_err() {
        line.0.push('…');
    }
    line.0
}

struct Line(String);

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for sign in text.chars() {
            let sign = if is_shown(sign) { sign } else { '\u{fffd}' };
            if self.0.len() + sign.len_utf8() > SHOWN {
                return Err(fmt::Error);
            }
            self.0.push(sign);
        }
        Ok(())
    }
}

/// Whether a terminal shows the sign, and does nothing else with it: no control character, none that turns the text around.
fn is_shown(sign: char) -> bool {
    matches!(sign, '\'' | '"' | '\\') || sign.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_guests_are_one_short_line() {
        let line = |text: &str| super::line(format_args!("{text}"));
        assert_eq!(
            line(r#"<a::B<'_> as C>::"ß" 🦀\"#),
            r#"<a::B<'_> as C>::"ß" 🦀\"#
        );
        assert_eq!(
            line("a\u{1b}[2J\nb\u{202e}c"),
            "a\u{fffd}[2J\u{fffd}b\u{fffd}c"
        );
        assert_eq!(line(&"x".repeat(SHOWN)), "x".repeat(SHOWN));
        assert_eq!(line(&"x".repeat(SHOWN + 1)), "x".repeat(SHOWN) + "…");
        assert_eq!(line(&"ß".repeat(1000)), "ß".repeat(SHOWN / 2) + "…");
    }
}
