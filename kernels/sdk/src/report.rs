//! The layout and the text of a panic's report.

use std::fmt::{self, Display, Write};

/// The most bytes of text that a report holds.
pub const TEXT_SIZE: usize = 1024;

/// The bytes of the whole buffer: the length and the text.
pub const SIZE: usize = LENGTH_SIZE + TEXT_SIZE;

const LENGTH_SIZE: usize = size_of::<u32>();

/// Where a panic happened, as the compiler recorded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The source file; an absolute path is shortened to the crate's folder and below.
    pub file: &'a str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", relative(self.file), self.line, self.column)
    }
}

/// Writes the report into a buffer of the layout that the crate's front page describes.
///
/// The place stands first, so that a long message cannot push it out. A text that is too long is
/// cut between two characters.
///
/// ```
/// use tenon_kernel::report::{self, Place};
///
/// let mut buffer = [0; report::SIZE];
/// let place = Place { file: "src/lib.rs", line: 3, column: 5 };
/// report::write(&mut buffer, Some(place), &"no such rule");
/// assert_eq!(report::read(&buffer), "src/lib.rs:3:5: no such rule");
/// ```
pub fn write(buffer: &mut [u8; SIZE], place: Option<Place<'_>>, message: &dyn Display) {
    let (length, text) = buffer.split_at_mut(LENGTH_SIZE);
    let mut cursor = Cursor { text, used: 0 };
    // A full buffer ends the formatting early, with an error that only says so.
    let _ = match place {
        Some(place) => write!(cursor, "{place}: {message}"),
        None => write!(cursor, "{message}"),
    };
    length.copy_from_slice(&(cursor.used as u32).to_le_bytes());
}

/// Reads a report as a host does; a buffer that nobody wrote to gives the empty string.
pub fn read(buffer: &[u8; SIZE]) -> &str {
    let (length, text) = buffer.split_at(LENGTH_SIZE);
    let used = length
        .iter()
        .rev()
        .fold(0, |n, &byte| n << 8 | usize::from(byte));
    let text = &text[..used.min(TEXT_SIZE)];
    str::from_utf8(text).unwrap_or_default()
}

/// Fills a slice with whole characters until one does not fit.
struct Cursor<'a> {
    text: &'a mut [u8],
    used: usize,
}

impl Write for Cursor<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let fits = s.floor_char_boundary(self.text.len() - self.used);
        self.text[self.used..self.used + fits].copy_from_slice(&s.as_bytes()[..fits]);
        self.used += fits;
        if fits == s.len() {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }
}

/// A path that says nothing about the machine that built the kernel: an absolute path loses what
/// stands before the folder of its crate, as in `regex-1.13.1/src/builders.rs`.
fn relative(file: &str) -> &str {
    let absolute = file.starts_with(['/', '\\']) || file.get(1..2) == Some(":");
    if !absolute {
        return file;
    }
    // By bytes, since the string searches of the standard library would double the kernel's size.
    let bytes = file.as_bytes();
    let is_separator = |byte: &u8| matches!(byte, b'/' | b'\\');
    let sources = bytes
        .windows(5)
        .rposition(|w| is_separator(&w[0]) && &w[1..4] == b"src" && is_separator(&w[4]));
    let above = &bytes[..sources.unwrap_or(bytes.len())];
    let start = above.iter().rposition(is_separator);
    start.map_or(file, |start| &file[start + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(place: Option<Place<'_>>, message: &str) -> String {
        let mut buffer = [0xff; SIZE];
        write(&mut buffer, place, &message);
        read(&buffer).to_owned()
    }

    fn place(file: &str) -> Place<'_> {
        Place {
            file,
            line: 7,
            column: 9,
        }
    }

    #[test]
    fn a_report_without_a_place_is_its_message() {
        assert_eq!(report(None, "gone"), "gone");
        assert_eq!(report(None, ""), "");
    }

    #[test]
    fn a_fresh_buffer_reads_as_empty() {
        assert_eq!(read(&[0; SIZE]), "");
    }

    #[test]
    fn a_hostile_length_reads_no_further_than_the_buffer() {
        let mut buffer = [b'a'; SIZE];
        buffer[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(read(&buffer).len(), TEXT_SIZE);
    }

    #[test]
    fn a_text_of_exactly_the_size_is_whole() {
        let message = "x".repeat(TEXT_SIZE);
        assert_eq!(report(None, &message), message);
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_keeps_its_place() {
        for shift in 0..4 {
            let message = format!("{}{}", "x".repeat(shift), "🦀".repeat(TEXT_SIZE));
            let text = report(Some(place("src/lib.rs")), &message);
            assert!(text.starts_with("src/lib.rs:7:9: "), "{text}");
            assert!(
                text.len() <= TEXT_SIZE && text.len() > TEXT_SIZE - 4,
                "{}",
                text.len()
            );
            assert!(text.ends_with('🦀'), "{text}");
        }
    }

    #[test]
    fn an_absolute_path_is_cut_to_its_crate() {
        for (file, shown) in [
            ("kernels/redact/src/lib.rs", "kernels/redact/src/lib.rs"),
            (
                "/home/me/registry/src/index/regex-1.2.3/src/a/b.rs",
                "regex-1.2.3/src/a/b.rs",
            ),
            (
                "/rustc/0123/library/core/src/num/mod.rs",
                "core/src/num/mod.rs",
            ),
            ("/home/me/build.rs", "build.rs"),
            ("C:\\me\\regex\\src\\lib.rs", "regex\\src\\lib.rs"),
            ("", ""),
            ("/", ""),
        ] {
            assert_eq!(place(file).to_string(), format!("{shown}:7:9"), "{file}");
        }
    }
}
