//! Why a component is refused.

use serde::Serialize;
use std::fmt;

/// The class of an [`Error`]: those words of the hosts' closed list of faults that can arise before anything runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Not a component, or not a valid one.
    Malformed,
    /// A limit of [`limits`](crate::limits) or of `wasmparser` is crossed.
    Limit,
    /// Valid, but in need of a feature that the hosts do not run.
    Unsupported,
    /// Not the contract that was asked for.
    Contract,
    /// Asks for something that is not granted: an import.
    Policy,
    /// A bug of transpile itself.
    Internal,
}

impl Kind {
    /// The word for this kind, as in JSON.
    ///
    /// ```
    /// assert_eq!(tenon_transpile::Kind::Malformed.as_str(), "malformed");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Malformed => "malformed",
            Kind::Limit => "limit",
            Kind::Unsupported => "unsupported",
            Kind::Contract => "contract",
            Kind::Policy => "policy",
            Kind::Internal => "internal",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A refusal: what is wrong, where, and what to do about it.
///
/// ```
/// let error = tenon_transpile::transpile(b"GIF89a", &Default::default()).unwrap_err();
/// assert_eq!(error.kind, tenon_transpile::Kind::Malformed);
/// assert!(error.help.contains("tenon build"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Error {
    /// The class.
    pub kind: Kind,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// The byte of the component where it shows.
    pub offset: Option<u64>,
    /// The part of the component or of its types where it shows, such as `core module 1` or
    /// `export tenon:redact/redactor@1.0.0 / func redact / param text`.
    pub path: Option<String>,
    /// What to do, a sentence or two; empty where there is nothing to advise.
    pub help: String,
}

impl Error {
    /// An error of a kind with its message.
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error {
            kind,
            message: message.into(),
            offset: None,
            path: None,
            help: String::new(),
        }
    }

    /// This error with the byte where it shows.
    pub fn at(mut self, offset: usize) -> Error {
        self.offset = Some(offset as u64);
        self
    }

    /// This error with the part where it shows.
    pub fn in_path(mut self, path: impl Into<String>) -> Error {
        self.path = Some(path.into());
        self
    }

    /// This error with what to do.
    pub fn help(mut self, help: impl Into<String>) -> Error {
        self.help = help.into();
        self
    }

    pub(crate) fn limit(what: &str, limit: usize) -> Error {
        Error::new(Kind::Limit, format!("{what} (the limit is {limit})"))
    }

    pub(crate) fn internal(what: impl fmt::Display) -> Error {
        Error::new(
            Kind::Internal,
            format!("transpile failed on a valid component: {what}"),
        )
        .help("This is a bug of Tenon, not of the component. Please report it with the component.")
    }
}

/// `kind: message (path, at byte offset). help`
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)?;
        match (&self.path, self.offset) {
            (Some(path), Some(offset)) => write!(f, " ({path}, at byte {offset})")?,
            (Some(path), None) => write!(f, " ({path})")?,
            (None, Some(offset)) => write!(f, " (at byte {offset})")?,
            (None, None) => {}
        }
        if !self.help.is_empty() {
            write!(f, ". {}", self.help)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
