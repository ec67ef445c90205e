//! Golden cases: inputs with the answers that every implementation of a contract gives. A version is held against them before it
//! serves. The format is that of `wit/vectors/README.md`; values are read by the types that the kernel declares.
//!
//! A file is somebody else's: its size, the number of its cases and the time that they take are bounded.

mod compare;
mod file;
mod value;

use file::{Case, Want};
use std::fmt;
use std::time::{Duration, Instant};
use tenon_host::{CallOptions, Fault, FaultKind, Instance, Kernel};

/// The bounds of a file.
pub mod limits {
    /// Bytes of a file.
    pub const SIZE: usize = 16 << 20;
    /// Cases.
    pub const CASES: usize = 10_000;
    /// Bytes of one case.
    pub const CASE_SIZE: usize = 1 << 20;
}

/// How cases are run.
///
/// ```
/// use std::time::Duration;
/// use tenon_follow::golden::Options;
///
/// let options = Options { label: "1.2.0".into(), ..Options::default() };
/// assert_eq!(options.timeout, Duration::from_secs(30));
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// The name of the version, by which a case may say that it is not for it. Empty: the label that the kernel's metadata
    /// give, which are the kernel's own word.
    pub label: String,
    /// Bounds all cases together; by default 30 seconds.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            label: String::new(),
            timeout: Duration::from_secs(30),
        }
    }
}

/// What was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Cases in the file.
    pub cases: usize,
    /// Those of them that are for this version.
    pub ran: usize,
}

/// Why a kernel was not found to give the answers of a file.
#[derive(Debug)]
pub enum Error {
    /// The file is not one of golden cases, or a case does not fit the contract's types.
    Malformed {
        /// The place in the file, such as `cases[3].args[0].width`; empty for the file itself.
        path: String,
        /// What is wrong there.
        what: String,
    },
    /// The kernel answers other than a case says.
    Failed {
        /// The place of the case in the file, from 0.
        case: usize,
        /// The function, in the case's spelling.
        func: String,
        /// Leads to the first difference within the answer, such as `result.findings[0].kind`; empty where there is no answer.
        path: String,
        /// What is to stand there, shortened.
        want: String,
        /// What stands there, shortened.
        got: String,
    },
    /// There was no instance, or the kind says nothing about the kernel's answers: canceled, overloaded, closed, internal.
    Fault(Fault),
}

impl Error {
    fn malformed(path: impl Into<String>, what: impl Into<String>) -> Error {
        Error::Malformed {
            path: path.into(),
            what: what.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |path: &str| match path {
            "" => String::new(),
            path => format!("{}: ", shortened(path)),
        };
        match self {
            Error::Malformed { path, what } => write!(f, "golden cases: {}{what}", place(path)),
            Error::Failed {
                case,
                func,
                path,
                want,
                got,
            } => {
                let path = place(path);
                write!(
                    f,
                    "golden case {case}: {func}: {path}want {want}, got {got}"
                )
            }
            Error::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Fault(fault) => Some(fault),
            _ => None,
        }
    }
}

/// Holds a kernel against the cases of a file, in order, each in the instance of the one before: instances serve many
/// calls. The instances are its own, apart from any slot's. It stops at the first case that fails.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tenon_follow::golden;
/// use tenon_host::{Config, Engine};
///
/// let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
/// let cases = br#"{"format": 1, "contract": "tenon:scalar@1.0.0", "cases": [
///     {"func": "add", "args": [40, 2], "result": 42}
/// ]}"#;
/// assert_eq!(golden::run(&kernel, cases, &golden::Options::default())?.ran, 1);
/// # Ok(())
/// # }
/// ```
pub fn run(kernel: &Kernel, file: &[u8], options: &Options) -> Result<Report, Error> {
    let package = kernel.contract().map_or("", |contract| &contract.package);
    let suite = file::read(file, package)?;
    let label = match &*options.label {
        "" => kernel.label(),
        label => label,
    };
    // None where it is further off than clocks go.
    let end = Instant::now().checked_add(options.timeout);
    let mut runner = Runner {
        kernel,
        tolerance: suite.tolerance,
        instance: None,
    };
    let mut report = Report {
        cases: suite.len(),
        ran: 0,
    };
    for (at, case) in suite.cases().enumerate() {
        let case = case?;
        if !case.is_for(label) {
            continue;
        }
        let left = end.map_or(Duration::MAX, |end| {
            end.saturating_duration_since(Instant::now())
        });
        let result = if left.is_zero() {
            Err(case.failed(at, "", "an answer", "no more time".into()))
        } else {
            runner.run(at, &case, left)
        };
        let late = end.is_some_and(|end| Instant::now() >= end);
        result.map_err(|error| match error {
            Error::Failed { .. } if late => {
                let want = format!("all {} cases done in {:?}", report.cases, options.timeout);
                case.failed(at, "", &want, "no end in that time".into())
            }
            error => error,
        })?;
        report.ran += 1;
    }
    Ok(report)
}

/// Runs cases in an instance, and in another one after a fault.
struct Runner<'a> {
    kernel: &'a Kernel,
    tolerance: f64,
    instance: Option<Instance>,
}

impl Runner<'_> {
    fn run(&mut self, at: usize, case: &Case, left: Duration) -> Result<(), Error> {
        let instance = match self.instance.take() {
            Some(instance) => instance,
            None => self.kernel.open().map_err(Error::Fault)?,
        };
        let instance = self.instance.insert(instance);
        let types = instance.params(&case.func).and_then(|params| {
            let result = instance.results(&case.func)?.into_iter().next();
            Ok((params, result))
        });
        let (params, result) = types.map_err(|fault| {
            case.failed(
                at,
                "",
                "a function of that name",
                shortened(fault.message()),
            )
        })?;
        let path = format!("cases[{at}]");
        let args = case.arguments(&params, &path)?;
        let want = case.want(result.as_ref(), &path)?;
        let deadline = Some(left.min(TOOL_DEADLINE));
        let limits = CallOptions {
            deadline,
            ..CallOptions::default()
        };
        instance.set_limits(&limits).map_err(Error::Fault)?;
        let answer = instance.call(&case.func, &args);
        match (answer, want) {
            (Ok(got), Want::Fault { .. }) => {
                let got = compare::show_answer(got.first());
                Err(case.failed(at, "", &case.expected(), got))
            }
            (Ok(got), Want::Answer(want)) => compare::answers(&want, got.first(), self.tolerance)
                .map_err(|found| case.failed(at, &found.path, &found.want, found.got)),
            (Err(fault), want) => {
                self.instance = None;
                judge(at, case, &want, fault)
            }
        }
    }
}

/// How long one call may run.
const TOOL_DEADLINE: Duration = Duration::from_secs(10);

/// Holds a fault against what a case wants.
fn judge(at: usize, case: &Case, want: &Want, fault: Fault) -> Result<(), Error> {
    use FaultKind::{Canceled, Closed, Internal, Overloaded};
    if matches!(fault.kind(), Canceled | Overloaded | Closed | Internal) {
        return Err(Error::Fault(fault));
    }
    match want {
        Want::Fault { kind, message }
            if *kind == fault.kind().as_str() && fault.message().contains(message) =>
        {
            Ok(())
        }
        _ => Err(case.failed(at, "", &case.expected(), shortened(&fault.to_string()))),
    }
}

/// A text of a bounded length.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 160;
    if text.len() <= SHOWN {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(SHOWN)])
}
