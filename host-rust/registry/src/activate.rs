//! What is active: the next version, or the one before.

use crate::labels::Labels;
use crate::registry::{Folder, digest_of, not_found};
use crate::statement::Statement;
use crate::trust::{Numbered, Served, Subject};
use crate::{BASELINE, Entry, Error, Event, Reason, Registry, Result, State, Trust, name, state};
use std::time::SystemTime;

/// How a version is made the active one. The default asks nobody.
#[derive(Clone, Debug, Default)]
pub struct Activation {
    /// Whose signature it needs; `None`: nobody's. The hosts check it anyhow.
    pub trust: Option<Trust>,
    /// The envelope of a ticket, for a version whose release counter is below the floor.
    pub ticket: Option<Vec<u8>>,
    /// Change nothing; say what would change.
    pub dry_run: bool,
}

/// A change of what is active, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What was.
    pub before: State,
    /// What is.
    pub state: State,
}

impl Change {
    /// Whether anything changed.
    pub fn changed(&self) -> bool {
        self.before != self.state
    }
}

impl Registry {
    /// Makes a version the active one: a label, a digest, or `baseline` for none. The version that is active already stays,
    /// and nothing changes.
    ///
    /// The component's bytes are read, and have to have their digest. A release counter below the floor takes a ticket.
    ///
    /// # Errors
    ///
    /// `not-found`, those of integrity, and what keeps it from writing.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let registry = tenon_registry::Registry::open(folder.path()).unwrap();
    /// use tenon_registry::{Activation, Publication};
    /// let version = registry.publish("tenon:redact", b"a component", &Publication::default()).unwrap().version;
    /// let change = registry.activate("tenon:redact", &version.digest, &Activation::default()).unwrap();
    /// assert_eq!((change.changed(), change.state.revision), (true, 1));
    /// assert_eq!(registry.rollback("tenon:redact", &Activation::default()).unwrap().state.active, "");
    /// ```
    pub fn activate(&self, contract: &str, what: &str, how: &Activation) -> Result<Change> {
        self.writing_unless(how.dry_run, "activate", contract, |folder| {
            let before = folder.state()?;
            let target = match what {
                BASELINE => Target::default(),
                what => Target {
                    digest: folder.find(what)?,
                    label: if name::is_label(what) { what } else { "" },
                },
            };
            change(folder, before, &target, how, Event::Activated)
        })
    }

    /// Makes the previous version the active one. Then there is nothing more to go back to: a second rollback changes nothing.
    ///
    /// # Errors
    ///
    /// `not-found` if nothing was ever activated, else as [`activate`](Registry::activate).
    pub fn rollback(&self, contract: &str, how: &Activation) -> Result<Change> {
        self.writing_unless(how.dry_run, "rollback", contract, |folder| {
            let before = folder.state()?;
            if !before.exists {
                return Err(Error::new(Reason::NotFound, "nothing was ever activated")
                    .help("`tenon activate` makes a version the active one"));
            }
            let target = Target {
                digest: before.previous.clone(),
                label: "",
            };
            change(folder, before, &target, how, Event::RolledBack)
        })
    }
}

/// What is to be active.
#[derive(Default)]
struct Target<'a> {
    /// Empty: the baseline.
    digest: String,
    /// How it was named; empty: not by a label.
    label: &'a str,
}

fn change(
    folder: &Folder<'_>,
    before: State,
    target: &Target<'_>,
    how: &Activation,
    event: Event,
) -> Result<Change> {
    let (mut state, label) = next(folder, &before, target, how, event)?;
    let path = folder.file("state.json");
    if state == before {
        if !how.dry_run {
            folder
                .note_missing(&before)
                .map_err(|error| error.untold(event.as_str()))?;
            // An earlier try may have failed at just that.
            folder.disk().sync_folder(&folder.path)?;
        }
        return Ok(Change { before, state });
    }
    state.revision = before.revision.checked_add(1).ok_or_else(|| {
        Error::new(
            Reason::StateMalformed,
            "the last revision that there can be",
        )
        .at(&path)
    })?;
    if !how.dry_run {
        // A trail that cannot be written does not hold up the change.
        let late = folder.note_missing(&before);
        folder.disk().replace(&path, state.to_json()?.as_bytes())?;
        late.map_err(|error| error.untold(event.as_str()))?;
        folder.note_done(Entry {
            version: state.active.clone(),
            label,
            previous: before.active.clone(),
            revision: state.revision,
            ..Entry::new(event)
        })?;
    }
    Ok(Change { before, state })
}

/// The state with another version active, but for its revision, and that version's label.
fn next(
    folder: &Folder<'_>,
    before: &State,
    target: &Target<'_>,
    how: &Activation,
    event: Event,
) -> Result<(State, String)> {
    let digest = target.digest.as_str();
    let mut state = State {
        exists: true,
        ticket: None,
        ..before.clone()
    };
    if !before.exists || digest != before.active {
        digest.clone_into(&mut state.active);
        // After a rollback there is nothing more to go back to, so that a second one changes nothing.
        let previous = match event {
            Event::RolledBack => digest,
            _ => &before.active,
        };
        previous.clone_into(&mut state.previous);
    }
    if digest.is_empty() {
        return Ok((state, String::new()));
    }
    if folder.component(digest)?.is_none() {
        return Err(if event == Event::RolledBack || digest == before.active {
            folder.version_missing(digest)
        } else {
            not_found("version", digest)
        });
    }
    let trust = how.trust.as_ref();
    let statement = folder.statement(digest, trust)?;
    let label = match target.label {
        "" => folder.label(digest, statement.as_ref())?,
        label => label.to_owned(),
    };
    let Some(statement) = statement else {
        return Ok((state, label));
    };
    if before.floor > 0
        && statement.counter == before.floor
        && let Some(other) = folder.numbered_floor(digest, before)?
    {
        let message = format!(
            "release counter {}, as version {other} has",
            statement.counter
        );
        return Err(Error::new(Reason::CounterBelowFloor, message)
            .at(&folder.envelope_file(digest))
            .help("sign it with a higher counter"));
    }
    state.ticket.clone_from(&how.ticket);
    if state.ticket.is_none() && digest == before.active {
        state.ticket.clone_from(&before.ticket);
    }
    let numbered = folder.numbered(digest, statement.counter);
    if numbered.check(&state, &Served::default(), trust)? {
        state.ticket = state.ticket.as_deref().map(state::compact);
    } else {
        state.ticket = None;
    }
    state.floor = state.floor.max(statement.counter);
    Ok((state, label))
}

impl Folder<'_> {
    /// What a version's signature says, after checking it; `None` if it has none and needs none.
    pub(crate) fn statement(
        &self,
        digest: &str,
        trust: Option<&Trust>,
    ) -> Result<Option<Statement>> {
        self.statement_among(&self.labels()?, digest, trust)
    }

    /// The same with labels that were read before.
    pub(crate) fn statement_among(
        &self,
        labels: &Labels,
        digest: &str,
        trust: Option<&Trust>,
    ) -> Result<Option<Statement>> {
        self.subject(labels, digest, trust, Some(self.options().clock.now()))
    }

    /// What a version's signature says, whether or not it counts at this time.
    pub(crate) fn signed(&self, digest: &str, trust: &Trust) -> Result<Option<Statement>> {
        self.subject(&self.labels()?, digest, Some(trust), None)
    }

    fn subject(
        &self,
        labels: &Labels,
        digest: &str,
        trust: Option<&Trust>,
        now: Option<SystemTime>,
    ) -> Result<Option<Statement>> {
        let envelope = self.envelope(digest)?;
        let subject = Subject {
            contract: self.contract,
            digest,
            labels,
            envelope: envelope.as_deref(),
            path: &self.envelope_file(digest),
            now,
        };
        subject.statement(trust)
    }

    /// A signed version, to hold its counter against others.
    pub(crate) fn numbered<'a>(&'a self, digest: &'a str, counter: u64) -> Numbered<'a> {
        Numbered {
            contract: self.contract,
            digest,
            counter,
            now: self.options().clock.now(),
        }
    }

    /// Another version than this one that has the floor's release counter, so that hosts may have served it. What is active,
    /// or was so before, had the counter first: only those two are held against it, and all versions against others.
    fn numbered_floor(&self, digest: &str, state: &State) -> Result<Option<String>> {
        let mut others = vec![state.active.clone(), state.previous.clone()];
        if !others.iter().any(|other| other == digest) {
            let names = self.version_files()?;
            let signed = names
                .iter()
                .filter_map(|name| digest_of(name, ".dsse.json"));
            others.extend(signed.map(str::to_owned));
        }
        others.retain(|other| !other.is_empty() && other != digest);
        Ok(others
            .into_iter()
            .find(|other| self.counter(other) == state.floor))
    }

    /// The release counter that a version's signature states, whoever signed and whatever its label; 0 where none can be read.
    fn counter(&self, digest: &str) -> u64 {
        let envelope = self.envelope(digest).ok().flatten();
        let statement = envelope.and_then(|text| Statement::of_envelope(&text));
        let own = statement.filter(|statement| statement.digest == digest);
        own.map_or(0, |statement| statement.counter)
    }

    pub(crate) fn version_missing(&self, digest: &str) -> Error {
        Error::new(
            Reason::VersionMissing,
            "the version's file is not there any more",
        )
        .at(&self.component_file(digest))
        .help("publish it again, or activate another version")
    }

    /// What people call a version: the signed label, or the highest that labels.json has.
    pub(crate) fn label(&self, digest: &str, statement: Option<&Statement>) -> Result<String> {
        if let Some(statement) = statement.filter(|statement| !statement.label.is_empty()) {
            return Ok(statement.label.clone());
        }
        Ok(self.labels()?.of(digest).pop().unwrap_or_default())
    }
}
