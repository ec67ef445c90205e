//! What the command says when it cannot do what it was asked.

use std::fmt;
use std::process::ExitCode;

/// The exit status of most failures: the input or the environment is at fault.
const AT_FAULT: u8 = 1;

/// The exit status where all went well and a claim is not met.
pub(crate) const UNMET: u8 = 3;

/// An error for a person: what failed, what was found, what to do.
///
/// It is printed as one paragraph a part, the last one being the way out:
///
/// ```text
/// error: notes.txt: not WebAssembly
///   found: the bytes 68 65 6c 6c at the start, where a Wasm file has 00 61 73 6d
///   help:  give a component; `tenon build <CRATE>` makes one
/// ```
#[derive(Debug)]
pub(crate) struct Failure {
    /// The file, crate or function that failed, and how.
    what: String,
    /// Labelled facts in the order of their printing.
    notes: Vec<(&'static str, String)>,
    /// The process's exit status.
    status: u8,
}

/// The result of everything that can fail here.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure that names its subject and says what is wrong with it.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Failure {
            what: what.into(),
            notes: Vec::new(),
            status: AT_FAULT,
        }
    }

    /// Ends the process with another status.
    #[must_use]
    pub(crate) fn status(self, status: u8) -> Self {
        Failure { status, ..self }
    }

    /// What the process ends with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.status)
    }

    /// Adds what was found; lines after the first are indented below it.
    #[must_use]
    pub(crate) fn found(self, found: impl fmt::Display) -> Self {
        self.note("found", found)
    }

    /// Adds what to do.
    #[must_use]
    pub(crate) fn help(self, help: impl fmt::Display) -> Self {
        self.note("help", help)
    }

    /// Adds a fact under a label of at most five letters; an empty fact is left out.
    #[must_use]
    pub(crate) fn note(mut self, label: &'static str, text: impl fmt::Display) -> Self {
        let text = text.to_string();
        if !text.is_empty() {
            self.notes.push((label, text));
        }
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        for (label, text) in &self.notes {
            for (number, line) in text.trim_end().lines().enumerate() {
                let label = if number == 0 { *label } else { "" };
                let colon = if number == 0 { ":" } else { " " };
                let line = format!(
                    "  {label}{colon}{:width$}{line}",
                    "",
                    width = 6 - label.len()
                );
                write!(f, "\n{}", line.trim_end())?;
            }
        }
        Ok(())
    }
}

/// A component that transpile refuses; whoever reads the file adds its name.
pub(crate) fn refused(file: &str, error: &tenon_transpile::Error) -> Failure {
    let place = match (&error.path, error.offset) {
        (Some(path), Some(offset)) => format!(", in {path}, at byte {offset:#x}"),
        (Some(path), None) => format!(", in {path}"),
        (None, Some(offset)) => format!(", at byte {offset:#x}"),
        (None, None) => String::new(),
    };
    Failure::new(format!("{file}: {}", error.message))
        .note("fault", format!("{}{place}", error.kind))
        .help(&error.help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_line_and_later_lines_are_indented() {
        let failure = Failure::new("x.wasm: broken")
            .found("one\ntwo\n")
            .note("fault", "")
            .help("mend it");
        assert_eq!(
            failure.to_string(),
            "error: x.wasm: broken\n  found: one\n         two\n  help:  mend it"
        );
        assert_eq!(Failure::new("x").to_string(), "error: x");
    }

    #[test]
    fn a_refusal_names_the_file_the_kind_and_the_place() {
        let error = tenon_transpile::transpile(b"hello", &Default::default()).expect_err("no Wasm");
        let text = refused("notes.txt", &error).to_string();
        assert!(
            text.starts_with("error: notes.txt: the file is not WebAssembly"),
            "{text}"
        );
        assert!(
            text.contains("\n  fault: malformed, at byte 0x0\n  help:  "),
            "{text}"
        );
    }
}
