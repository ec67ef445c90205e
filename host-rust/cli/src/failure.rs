//! What the command says when it cannot do what it was asked.

use std::fmt;

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
    /// What was found instead, if that says more.
    found: Option<String>,
    /// What to do about it.
    help: Option<String>,
}

/// The result of everything that can fail here.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure that names its subject and says what is wrong with it.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Failure {
            what: what.into(),
            found: None,
            help: None,
        }
    }

    /// Adds what was found; lines after the first are indented below it.
    #[must_use]
    pub(crate) fn found(mut self, found: impl fmt::Display) -> Self {
        self.found = Some(found.to_string());
        self
    }

    /// Adds what to do.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        for (label, text) in [("found:", &self.found), ("help: ", &self.help)] {
            let Some(text) = text else { continue };
            for (number, line) in text.trim_end().lines().enumerate() {
                let label = if number == 0 { label } else { "      " };
                write!(f, "\n  {label} {line}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_line_and_later_lines_are_indented() {
        let failure = Failure::new("x.wasm: broken")
            .found("one\ntwo\n")
            .help("mend it");
        assert_eq!(
            failure.to_string(),
            "error: x.wasm: broken\n  found: one\n         two\n  help:  mend it"
        );
        assert_eq!(Failure::new("x").to_string(), "error: x");
    }
}
