//! What is not an answer: the closed list of faults that both hosts share.

use crate::code::TrapCode;
pub use crate::kind::FaultKind;
use serde::Serialize;
use std::error::Error;
use std::fmt;

/// Anything that is not an answer, with what failed, where, why, and what to do.
///
/// A contract's own `result` error is an answer and never a fault.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::{Config, Engine, FaultKind};
///
/// let engine = Engine::new(&Config::default())?;
/// let fault = engine.load(b"GIF89a").unwrap_err();
/// assert_eq!(fault.kind(), FaultKind::Malformed);
/// assert!(fault.to_string().starts_with("tenon: malformed: "));
/// # Ok(())
/// # }
/// ```
pub struct Fault(Box<Parts>);

#[derive(Default)]
struct Parts {
    kind: Option<FaultKind>,
    code: Option<TrapCode>,
    message: String,
    file: String,
    slot: String,
    kernel: String,
    version: String,
    label: String,
    export: String,
    path: String,
    offset: Option<u64>,
    help: String,
    backtrace: Vec<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
    /// Whether it is an argument that no kernel has seen.
    refused: bool,
}

impl Fault {
    /// A fault of a kind; `message` says what failed and why, without a full stop.
    ///
    /// A baseline that cannot answer makes its own fault by this:
    ///
    /// ```
    /// use tenon_host::{Fault, FaultKind};
    ///
    /// let fault = Fault::new(FaultKind::Internal, "the rules file is gone").with_help("install it again");
    /// assert_eq!(fault.to_string(), "tenon: internal: the rules file is gone; install it again");
    /// ```
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Fault {
        Fault(Box::new(Parts {
            kind: Some(kind),
            message: message.into(),
            ..Parts::default()
        }))
    }

    /// This fault with what to do about it.
    pub fn with_help(mut self, help: impl Into<String>) -> Fault {
        self.0.help = help.into();
        self
    }

    /// This fault with the error that caused it.
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Fault {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with_code(mut self, code: TrapCode) -> Fault {
        self.0.code = Some(code);
        self
    }

    /// This fault as one of the caller's alone: an argument that no kernel has seen.
    pub(crate) fn before_the_kernel(mut self) -> Fault {
        self.0.refused = true;
        self
    }

    /// Whether an argument was refused before the kernel saw it.
    pub(crate) fn is_refusal(&self) -> bool {
        self.0.refused
    }

    pub(crate) fn in_file(mut self, file: impl Into<String>) -> Fault {
        self.0.file = file.into();
        self
    }

    pub(crate) fn in_slot(mut self, slot: &str) -> Fault {
        self.0.slot = slot.to_owned();
        self
    }

    pub(crate) fn of_version(mut self, kernel: &str, label: &str, digest: &str) -> Fault {
        self.0.kernel = kernel.to_owned();
        self.0.version = digest.to_owned();
        self.0.label = label.to_owned();
        self
    }

    pub(crate) fn in_export(mut self, export: impl Into<String>) -> Fault {
        self.0.export = export.into();
        self
    }

    pub(crate) fn in_path(mut self, path: impl Into<String>) -> Fault {
        self.0.path = path.into();
        self
    }

    pub(crate) fn with_backtrace(mut self, backtrace: Vec<String>) -> Fault {
        self.0.backtrace = backtrace;
        self
    }

    /// The class.
    pub fn kind(&self) -> FaultKind {
        self.0.kind.unwrap_or(FaultKind::Internal)
    }

    /// Which trap stopped the kernel; `None` where none did.
    pub fn code(&self) -> Option<TrapCode> {
        self.0.code
    }

    /// The slot that was called; empty outside of slots.
    pub fn slot(&self) -> &str {
        &self.0.slot
    }

    /// The kernel's name: from its metadata, or its contract's package; empty when none was loaded yet.
    pub fn kernel(&self) -> &str {
        &self.0.kernel
    }

    /// The version that failed: the SHA-256 of its bytes in hexadecimal; empty when none was loaded yet.
    pub fn version(&self) -> &str {
        &self.0.version
    }

    /// The label that the kernel's metadata gives to the version; a name only.
    pub fn label(&self) -> &str {
        &self.0.label
    }

    /// The function that was called, as `package:name/interface@version#function`; empty outside of calls.
    pub fn export(&self) -> &str {
        &self.0.export
    }

    /// The file that was read; empty when bytes were given.
    pub fn file(&self) -> &str {
        &self.0.file
    }

    /// The kernel's functions on the stack, innermost first, by the names that its name section gives: at most twenty, each one line
    /// fit for a log.
    pub fn backtrace(&self) -> &[String] {
        &self.0.backtrace
    }

    /// What happened, without the place and the advice. For a panic in a kernel built with the kernel SDK, it is the
    /// panic's source location and message.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The byte of the component where it shows.
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// The part of the component or contract that is at fault; empty where the message says it.
    pub(crate) fn path(&self) -> &str {
        &self.0.path
    }

    /// This fault, with what went wrong besides.
    pub(crate) fn and(mut self, more: &str) -> Fault {
        self.0.message.push_str("; ");
        self.0.message.push_str(more);
        self
    }

    /// What to do; empty where there is nothing to advise.
    pub fn help(&self) -> &str {
        &self.0.help
    }

    /// This fault as a JSON object, for logs: `kind` and `message` always, and of `code`, `slot`, `kernel`, `version`, `label`, `file`,
    /// `export`, `path`, `offset`, `help`, `backtrace` and `cause` those that are known. Both hosts use these names, and only ever
    /// add some.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// use tenon_host::{Config, Engine};
    ///
    /// let engine = Engine::new(&Config::default())?;
    /// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
    /// let fault = kernel.call_wave("fail", &[r#""boom""#]).unwrap_err();
    /// let json = fault.to_json();
    /// assert!(json.starts_with(r#"{"kind":"trap","code":"unreachable","kernel":"scalar","#), "{json}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_json(&self) -> String {
        let parts = &*self.0;
        let object = Object {
            kind: self.kind().as_str(),
            code: parts.code.map_or("", TrapCode::as_str),
            slot: &parts.slot,
            kernel: &parts.kernel,
            version: &parts.version,
            label: &parts.label,
            file: &parts.file,
            export: &parts.export,
            path: &parts.path,
            offset: parts.offset,
            message: &parts.message,
            help: &parts.help,
            backtrace: &parts.backtrace,
            cause: self.cause(),
        };
        // Strings and a number always have a JSON form.
        serde_json::to_string(&object).unwrap_or_default()
    }

    /// The text of the error behind the fault, where it is more than the engine's word for the trap, or the message again.
    pub(crate) fn cause(&self) -> String {
        let source = self.0.source.as_deref();
        let other = source.filter(|error| !error.is::<wasmtime::Trap>());
        let text = other.map(ToString::to_string);
        text.filter(|text| *text != self.0.message)
            .unwrap_or_default()
    }
}

/// A fault as JSON, in the order of `wit/vectors/names.json`.
#[derive(Serialize)]
struct Object<'a> {
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    slot: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    kernel: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    label: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    file: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    export: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    message: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    help: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    backtrace: &'a [String],
    #[serde(skip_serializing_if = "String::is_empty")]
    cause: String,
}

impl From<tenon_transpile::Error> for Fault {
    fn from(error: tenon_transpile::Error) -> Fault {
        let mut fault =
            Fault::new(error.kind.into(), error.message.clone()).with_help(error.help.clone());
        fault.0.offset = error.offset;
        fault.0.path = error.path.clone().unwrap_or_default();
        fault
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &self.0;
        write!(f, "tenon: {}", self.kind())?;
        if !parts.slot.is_empty() {
            write!(f, ": slot {}", parts.slot)?;
        }
        if !parts.file.is_empty() {
            write!(f, ": {}", parts.file)?;
        }
        if !parts.kernel.is_empty() {
            write!(
                f,
                ": {} {}",
                parts.kernel,
                version_name(&parts.label, &parts.version)
            )?;
        }
        if !parts.export.is_empty() {
            write!(f, ": {}", parts.export)?;
        }
        write!(f, ": {}", parts.message)?;
        if !parts.path.is_empty() {
            write!(f, " (in {})", parts.path)?;
        }
        if let Some(offset) = parts.offset {
            write!(f, " (at byte {offset:#x})")?;
        }
        if !parts.help.is_empty() {
            write!(f, "; {}", parts.help)?;
        }
        Ok(())
    }
}

/// How people see a version: its label and the first digits of its digest.
pub(crate) fn version_name(label: &str, digest: &str) -> String {
    let digest = digest.get(..12).unwrap_or(digest);
    if label.is_empty() {
        digest.to_owned()
    } else {
        format!("{label} ({digest})")
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        for frame in &self.0.backtrace {
            write!(f, "\n    at {frame}")?;
        }
        Ok(())
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_tells_where_and_what_to_do() {
        let fault = Fault::new(FaultKind::Trap, "src/lib.rs:1:2: boom")
            .in_slot("logs")
            .in_export("redact")
            .with_backtrace(vec!["redact::scan".into()])
            .with_help("look at the backtrace");
        assert_eq!(
            fault.to_string(),
            "tenon: trap: slot logs: redact: src/lib.rs:1:2: boom; look at the backtrace"
        );
        assert!(format!("{fault:?}").ends_with("\n    at redact::scan"));
    }

    #[test]
    fn versions_are_named_by_label_and_digest() {
        assert_eq!(
            version_name("1.0.0", "0123456789abcdef"),
            "1.0.0 (0123456789ab)"
        );
        assert_eq!(version_name("", "0123456789abcdef"), "0123456789ab");
    }

    #[test]
    fn a_fault_is_small_and_travels() {
        fn travels<T: Send + Sync + 'static>() {}
        travels::<Fault>();
        assert_eq!(size_of::<Fault>(), size_of::<usize>());
    }
}
