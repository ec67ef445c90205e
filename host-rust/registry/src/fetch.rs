//! What a host serves.

use crate::registry::Folder;
use crate::statement::Statement;
use crate::trust::Served;
use crate::{Reason, Registry, Result, State, Trust};

/// How often a state is read that changes while it is looked at.
const ATTEMPTS: usize = 4;

/// What a host serves. All of it was checked.
#[derive(Clone, Debug)]
pub struct Release {
    /// What the state said.
    pub state: State,
    /// The digest; empty: the baseline serves.
    pub digest: String,
    /// What people call it; it may be empty.
    pub label: String,
    /// The bytes, which have the digest: these are the ones to use.
    pub component: Vec<u8>,
    /// The release counter; 0: the version is not signed, or releases are not counted.
    pub counter: u64,
    /// What the signature says, if there is one.
    pub statement: Option<Statement>,
    /// The contract's golden cases; `None` for the baseline, and where there are none.
    pub golden: Option<Vec<u8>>,
}

impl Registry {
    /// What a host does when something changed: reads state, component, signature and golden cases once each, and checks
    /// everything. `served` is what the host served so far.
    ///
    /// The contract's hash in [`Release::statement`] has to be compared with the component's by who can read components.
    ///
    /// # Errors
    ///
    /// Those of integrity; `version-missing` if the active version is not there.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tenon_registry::{Registry, Served, Trust};
    /// let registry = Registry::open(folder.path()).unwrap();
    /// let release = registry.fetch("tenon:redact", &Trust::default(), &Served::default()).unwrap();
    /// assert!(release.digest.is_empty() && !release.state.exists);
    /// ```
    pub fn fetch(&self, contract: &str, trust: &Trust, served: &Served) -> Result<Release> {
        self.reading("fetch", contract, |folder| {
            let mut state = folder.state()?;
            for attempt in 1..ATTEMPTS {
                let result = fetch(folder, &state, trust, served);
                let Err(error) = &result else { return result };
                // A label that a signature states was written before that, maybe since the labels were read.
                if attempt == 1 && error.reason() == Reason::LabelMismatch {
                    continue;
                }
                // Somebody may have gone on to another version, and removed this one, in the meantime.
                let now = folder.state()?;
                if now == state {
                    return result;
                }
                state = now;
            }
            fetch(folder, &state, trust, served)
        })
    }
}

fn fetch(folder: &Folder<'_>, state: &State, trust: &Trust, served: &Served) -> Result<Release> {
    let mut release = Release {
        state: state.clone(),
        digest: state.active.clone(),
        label: String::new(),
        component: Vec::new(),
        counter: 0,
        statement: None,
        golden: None,
    };
    if !state.has_version() {
        return Ok(release);
    }
    let digest = &release.digest;
    let component = folder.component(digest)?;
    release.component = component.ok_or_else(|| folder.version_missing(digest))?;
    release.statement = folder.statement(digest, Some(trust))?;
    if let Some(statement) = &release.statement {
        release.counter = statement.counter;
        let numbered = folder.numbered(digest, statement.counter);
        numbered.check(state, served, Some(trust))?;
    }
    release.label = folder.label(digest, release.statement.as_ref())?;
    release.golden = folder.golden()?;
    Ok(release)
}
