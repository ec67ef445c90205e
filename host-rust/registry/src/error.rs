//! What goes wrong: where, why, and what to do.

use crate::Reason;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A refusal or a failure of the registry.
///
/// ```
/// use tenon_registry::{Reason, Registry};
/// # let folder = tempfile::tempdir().unwrap();
/// let registry = Registry::open(folder.path()).unwrap();
/// let error = registry.read("tenon:redact", &"0".repeat(64)).unwrap_err();
/// assert_eq!(error.reason(), Reason::NotFound);
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(Box<Parts>);

/// The result of everything that can fail here.
pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug)]
struct Parts {
    reason: Reason,
    op: &'static str,
    contract: String,
    path: Option<PathBuf>,
    message: String,
    help: String,
    cause: Option<io::Error>,
    done: bool,
}

impl Error {
    /// An error with its reason and what was found.
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Error {
        Error(Box::new(Parts {
            reason,
            op: "",
            contract: String::new(),
            path: None,
            message: message.into(),
            help: String::new(),
            cause: None,
            done: false,
        }))
    }

    /// Something that was asked for by name, or its contract, is not there.
    pub(crate) fn not_found(message: impl Into<String>) -> Error {
        Error::new(Reason::NotFound, message)
            .help("`tenon ls` lists what there is; `tenon publish` adds to it")
    }

    /// A failed look at a file, or at a folder.
    pub(crate) fn reading(path: &Path, error: io::Error) -> Error {
        Error::of_io(path, error, Reason::Io, "")
    }

    /// A failed change.
    pub(crate) fn writing(path: &Path, error: io::Error) -> Error {
        use io::ErrorKind::{
            FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
        };
        let (reason, help) = match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => {
                (Reason::NoSpace, "free some space and do it again")
            }
            ReadOnlyFilesystem | PermissionDenied => (
                Reason::ReadOnly,
                "give this user leave to write, or do it where the registry is writable",
            ),
            _ => (Reason::Io, "look at the file system, and do it again"),
        };
        Error::of_io(path, error, reason, help)
    }

    fn of_io(path: &Path, error: io::Error, reason: Reason, help: &str) -> Error {
        let mut result = Error::new(reason, error.to_string()).at(path).help(help);
        result.0.cause = Some(error);
        result
    }

    /// Says what to do.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Error {
        self.0.help = help.into();
        self
    }

    /// Says that what was asked is done, and that only the trail does not tell of it.
    #[must_use]
    pub(crate) fn untold(mut self, event: &str) -> Error {
        let message = &self.0.message;
        self.0.message = format!("it is {event}, but the trail does not say so: {message}");
        self.0.done = true;
        self
    }

    /// Says where.
    #[must_use]
    pub(crate) fn at(mut self, path: &Path) -> Error {
        self.0.path = Some(path.to_owned());
        self
    }

    /// Says what was to be done, and to which contract; what is known already stays.
    #[must_use]
    pub(crate) fn during(mut self, op: &'static str, contract: &str) -> Error {
        if self.0.op.is_empty() {
            self.0.op = op;
        }
        if self.0.contract.is_empty() {
            contract.clone_into(&mut self.0.contract);
        }
        self
    }

    /// The same error of a larger operation, as a tool names it.
    #[must_use]
    pub fn doing(mut self, op: &'static str) -> Error {
        self.0.op = op;
        self
    }

    /// Why: one of the closed list.
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// The kind of fault that it is, as in both hosts' faults.
    pub fn kind(&self) -> &'static str {
        self.0.reason.kind()
    }

    /// What was to be done, as `activate`.
    pub fn op(&self) -> &'static str {
        self.0.op
    }

    /// The contract that it was about, or an empty text.
    pub fn contract(&self) -> &str {
        &self.0.contract
    }

    /// The file or folder that is at fault, if it is one.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// What was found, without place and help.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do; it may be empty.
    pub fn advice(&self) -> &str {
        &self.0.help
    }

    /// Whether what was asked is done all the same: only the trail does not tell of it.
    pub fn is_done(&self) -> bool {
        self.0.done
    }

    /// Whether the same call may succeed later without a change of the registry: the lock, the disk or the file system
    /// was in the way.
    pub fn is_transient(&self) -> bool {
        matches!(self.reason(), Reason::Locked | Reason::Io | Reason::NoSpace)
    }
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("registry: ")?;
        for part in [self.op, &self.contract] {
            if !part.is_empty() {
                write!(f, "{part}: ")?;
            }
        }
        if let Some(path) = &self.path {
            write!(f, "{}: ", path.display())?;
        }
        write!(f, "{} ({})", self.message, self.reason)?;
        if !self.help.is_empty() {
            write!(f, ": {}", self.help)?;
        }
        Ok(())
    }
}
