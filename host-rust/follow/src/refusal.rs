//! Why a slot does not serve what is active.

use crate::golden;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use tenon_host::{Fault, FaultKind};
use tenon_registry::Reason;

/// Why a slot does not serve what is active in its registry. Cloning is cheap.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// # use tenon_follow::{Options, follow};
/// # use tenon_host::{Config, Engine, contracts::scalar};
/// # use tenon_registry::{Activation, Publication, Reason, Registry};
/// # let folder = tempfile::tempdir()?;
/// # let registry = Registry::open(folder.path())?;
/// # let engine = Engine::new(&Config::default())?;
/// # let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
/// # let slot = Arc::new(engine.slot::<scalar::Contract>("sums").kernel(&kernel).build()?);
/// # let version = registry.publish("tenon:scalar", b"no component", &Publication::default())?.version;
/// # registry.activate("tenon:scalar", &version.digest, &Activation::default())?;
/// let follower = follow(slot, &registry, Options::default())?;      // trusts nobody
/// let refusal = follower.sync().unwrap_err();
/// assert_eq!(refusal.reason(), Reason::SignatureMissing);
/// assert_eq!(refusal.kind(), "integrity");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Refusal(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    reason: Reason,
    kind: &'static str,
    message: String,
    /// Whether another look may find it otherwise although nobody tells of a change.
    passing: bool,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, contract: &str, message: impl fmt::Display) -> Refusal {
        Refusal(Arc::new(Parts {
            reason,
            kind: reason.kind(),
            message: format!("registry: follow: {contract}: {message} ({reason})"),
            passing: matches!(reason.kind(), "integrity") || reason == Reason::NotFound,
            cause: None,
        }))
    }

    /// What the registry has said.
    pub(crate) fn of_registry(error: tenon_registry::Error) -> Refusal {
        let integrity = error.kind() == FaultKind::Integrity.as_str();
        let passing = error.is_transient() || integrity || error.reason() == Reason::NotFound;
        Refusal(Arc::new(Parts {
            reason: error.reason(),
            kind: error.kind(),
            message: error.to_string(),
            passing: passing || error.reason() == Reason::ReadOnly,
            cause: Some(error.into()),
        }))
    }

    /// A version that could not be made ready, by its fault.
    pub(crate) fn unfit(contract: &str, message: &str, fault: Fault) -> Refusal {
        use FaultKind::{Closed, Contract, Limit, Malformed, Policy, Unsupported};
        let reason = match fault.kind() {
            Closed => Reason::Closed,
            Contract => Reason::Incompatible,
            _ => Reason::WarmFailed,
        };
        let lasting = matches!(
            fault.kind(),
            Closed | Contract | Limit | Malformed | Policy | Unsupported
        );
        Refusal(Arc::new(Parts {
            reason,
            kind: match reason {
                Reason::WarmFailed => fault.kind().as_str(),
                reason => reason.kind(),
            },
            message: format!("registry: follow: {contract}: {message} ({reason}): {fault}"),
            passing: !lasting,
            cause: Some(fault.into()),
        }))
    }

    /// What holding it against golden cases has led to.
    pub(crate) fn of_golden(contract: &str, error: golden::Error) -> Refusal {
        let (reason, what) = match error {
            golden::Error::Fault(fault) => {
                return Refusal::unfit(contract, "the golden cases cannot be run", fault);
            }
            golden::Error::Malformed { .. } => (Reason::GoldenMalformed, "repair golden.json"),
            golden::Error::Failed { .. } => (
                Reason::GoldenFailed,
                "the version does not answer as the contract says",
            ),
        };
        Refusal::new(reason, contract, format_args!("{what}: {error}"))
    }

    /// Why: one of the registry's closed list.
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// The kind of fault that it is, as in both hosts' faults.
    pub fn kind(&self) -> &'static str {
        self.0.kind
    }

    pub(crate) fn is_passing(&self) -> bool {
        self.0.passing
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl Error for Refusal {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let cause = self.0.cause.as_deref();
        cause.map(|cause| cause as &(dyn Error + 'static))
    }
}
