//! One look at the registry: what is active comes into service, or it is said why not.

use crate::events;
use crate::follow::{Options, Swap};
use crate::golden;
use crate::refusal::Refusal;
use crate::shelf::{Cases, Shelf, Shelved};
use crate::status::Status;
use crate::target::{Shared, digest};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tenon_host::{Kernel, Stats, VersionState};
use tenon_registry::{Entry, Event, Reason, Registry, Release, Served, State, Statement};

/// How long the calls of an old version are waited for, once a change is in force: enough for calls, not for pins, which can be
/// held for any time and must not hold up the next version, or the way back.
const DRAIN_PATIENCE: Duration = Duration::from_millis(100);

/// Looks, one at a time: it belongs to one thread after the other.
pub(crate) struct Looker {
    pub(crate) slot: Shared,
    pub(crate) registry: Registry,
    pub(crate) options: Options,
    pub(crate) status: std::sync::Arc<Mutex<Status>>,
    served: Served,
    shelf: Shelf,
    /// The last attempt whose outcome only a change of the registry ends: the version came into service, or was refused for what
    /// it is. The same is not tried again.
    last: Option<(Attempt, Result<(), Refusal>)>,
    breaker: BreakerWatch,
    /// Why the last entry of the trail was not written.
    trail_off: Option<Reason>,
}

/// All that decides what becomes of a version.
#[derive(Clone, PartialEq, Eq)]
struct Attempt {
    revision: u64,
    version: String,
    /// What its signature says: another one may be of the right contract.
    statement: Option<Statement>,
    cases: Cases,
}

/// What the registry says shall serve.
struct Wanted {
    revision: u64,
    version: String,
    label: String,
}

impl Looker {
    pub(crate) fn new(
        slot: Shared,
        registry: Registry,
        options: Options,
        status: std::sync::Arc<Mutex<Status>>,
    ) -> Looker {
        let breaker = BreakerWatch::of(&slot.stats());
        Looker {
            slot,
            registry,
            options,
            status,
            served: Served::default(),
            shelf: Shelf::default(),
            last: None,
            breaker,
            trail_off: None,
        }
    }

    fn contract(&self) -> &'static str {
        self.slot.contract()
    }

    pub(crate) fn status(&self) -> Status {
        lock(&self.status).clone()
    }

    /// Brings the slot in step with the registry, or says why it is not. What came into service before, or was refused for what it
    /// is, is tried again only where that is forced.
    pub(crate) fn look(&mut self, force: bool) -> Result<(), Refusal> {
        self.shelf.adopt(self.slot.kernel().as_ref());
        let fetched = self
            .registry
            .fetch(self.contract(), &self.options.trust, &self.served);
        let release = match fetched {
            Ok(release) => release,
            Err(error) => {
                // What is active is worth knowing also where it cannot be had.
                let state = self.registry.state(self.contract());
                let known = state.ok().filter(|state| state.exists);
                let wanted = known.map(|state| Wanted::of(&state, ""));
                return self.settle(wanted, "", Err(Refusal::of_registry(error)));
            }
        };
        if !release.state.exists {
            return self.settle(None, "", self.vanished());
        }
        let wanted = Wanted::of(&release.state, &release.label);
        let attempt = Attempt {
            revision: release.state.revision,
            version: release.digest.clone(),
            statement: release.statement.clone(),
            cases: Cases {
                golden: release
                    .golden
                    .as_deref()
                    .map(tenon_registry::digest)
                    .unwrap_or_default(),
                label: release.label.clone(),
            },
        };
        if let Some((of, result)) = &self.last
            && *of == attempt
            && !force
        {
            // Also where somebody else has switched the slot since.
            let result = result.clone();
            return self.settle(Some(wanted), &release.digest, result);
        }
        self.last = None;
        let previous = digest(self.slot.kernel().as_ref()).to_owned();
        let result = if previous == release.digest {
            Ok(())
        } else {
            self.apply(&release, &attempt.cases)
        };
        if result.is_ok() {
            self.served = std::mem::take(&mut self.served).after(&release);
        }
        if !result.as_ref().is_err_and(Refusal::is_passing) {
            self.last = Some((attempt, result.clone()));
        }
        self.settle(Some(wanted), &previous, result)
    }

    /// A state that was there and is not there any more.
    fn vanished(&self) -> Result<(), Refusal> {
        if self.status().revision == 0 {
            return Ok(());
        }
        let message = "state.json is gone: activate a version";
        Err(Refusal::new(Reason::NotFound, self.contract(), message))
    }

    /// Makes the slot serve what was released, or its baseline.
    fn apply(&mut self, release: &Release, cases: &Cases) -> Result<(), Refusal> {
        if release.digest.is_empty() {
            return self.put(None);
        }
        let mut next = match self.shelf.have(&release.digest) {
            Some(kept) => kept,
            None => self.load(release)?,
        };
        self.judge(&next, release, cases)?;
        next.passed = Some(cases.clone());
        self.put(Some(next))
    }

    /// A kernel of the very bytes that were verified.
    fn load(&self, release: &Release) -> Result<Shelved, Refusal> {
        let load = &self.options.load;
        let loaded = self.slot.engine().load_with(&release.component, load);
        let kernel = loaded.map_err(|fault| self.unfit("the version cannot be loaded", fault))?;
        Ok(Shelved {
            kernel,
            passed: None,
        })
    }

    /// Why a kernel may not serve: it is of another contract, does not fit the slot, or fails a golden case.
    fn judge(&self, next: &Shelved, release: &Release, cases: &Cases) -> Result<(), Refusal> {
        let kernel = &next.kernel;
        let contract = kernel.contract();
        let named = contract.map(ToString::to_string).unwrap_or_default();
        let mismatch = |message: String| {
            Err(Refusal::new(
                Reason::ContractMismatch,
                self.contract(),
                message,
            ))
        };
        if contract.is_none_or(|contract| contract.package != self.contract()) {
            return mismatch(format!(
                "the component is of contract {named:?}: publish it there"
            ));
        }
        if let Some(statement) = &release.statement {
            let hash = contract.map_or("", |contract| &contract.hash);
            let differs = |what: &str, signed: &str, found: &str| {
                mismatch(format!(
                    "the signature is of {what} {signed:.80}, the component of {found:.80}: sign it anew"
                ))
            };
            if statement.contract != named {
                return differs("contract", &statement.contract, &named);
            }
            if !statement.contract_hash.is_empty() && statement.contract_hash != hash {
                return differs("a contract with hash", &statement.contract_hash, hash);
            }
            if !statement.kernel.is_empty() && statement.kernel != kernel.name() {
                return differs("kernel", &statement.kernel, kernel.name());
            }
        }
        self.slot
            .check(kernel)
            .map_err(|fault| self.unfit("the version does not fit this slot", fault))?;
        let golden = release.golden.as_deref();
        let Some(golden) = golden.filter(|_| next.passed.as_ref() != Some(cases)) else {
            return Ok(());
        };
        let options = golden::Options {
            label: release.label.clone(),
            timeout: self.options.golden_timeout,
        };
        golden::run(kernel, golden, &options)
            .map(drop)
            .map_err(|error| Refusal::of_golden(self.contract(), error))
    }

    /// Makes the slot serve a kernel, or its baseline.
    fn put(&mut self, next: Option<Shelved>) -> Result<(), Refusal> {
        let kernel = next.as_ref().map(|next| &next.kernel);
        let old = self.slot.kernel();
        self.flip(kernel)
            .map_err(|fault| self.unfit("the version cannot be brought into service", fault))?;
        if self.options.swap == Swap::BlueGreen && kernel.is_none() && old.is_some() {
            // The baseline serves; the version before it stays at hand all the same. Without it a roll-back takes longer.
            let _ = self.slot.stage(old.as_ref(), DRAIN_PATIENCE);
        }
        self.shelf.serve(next);
        Ok(())
    }

    fn flip(&self, kernel: Option<&Kernel>) -> Result<(), tenon_host::Fault> {
        if self.options.swap == Swap::Straight || kernel.is_none() {
            return self.slot.swap(kernel, DRAIN_PATIENCE);
        }
        self.slot.stage(kernel, DRAIN_PATIENCE)?;
        self.slot.promote()
    }

    fn unfit(&self, message: &str, fault: tenon_host::Fault) -> Refusal {
        Refusal::unfit(self.contract(), message, fault)
    }

    /// Books the outcome of a look, and tells what is new about it: a version that came into service in the place of
    /// `previous`, or a refusal. Without `wanted`, the registry says nothing: what was wanted before is right.
    fn settle(
        &mut self,
        wanted: Option<Wanted>,
        previous: &str,
        result: Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let kernel = self.slot.kernel();
        let now = SystemTime::now();
        let mut status = lock(&self.status);
        let before = status.clone();
        let mut swapped = false;
        let kept = wanted.is_none();
        if let Some(wanted) = wanted {
            status.revision = wanted.revision;
            status.want = wanted.version;
            status.want_label = wanted.label;
            swapped = result.is_ok() && previous != status.want;
        }
        digest(kernel.as_ref()).clone_into(&mut status.serving);
        self.shelf.previous().clone_into(&mut status.previous);
        status.looked = now;
        status.in_step = result.is_ok();
        (status.reason, status.kind, status.message) = (None, "", String::new());
        if result.is_ok() && !kept && status.serving == status.want {
            status.label = status.want_label.clone();
        } else if status.serving != before.serving {
            status.label.clear();
        }
        status.swaps += u64::from(swapped);
        let mut refused = false;
        if let Err(refusal) = &result {
            status.reason = Some(refusal.reason());
            status.kind = refusal.kind();
            status.message = refusal.to_string();
            refused = before.in_step
                || before.reason != status.reason
                || before.want != status.want
                || before.revision != status.revision;
            if refused {
                *status.refusals.entry(refusal.reason()).or_default() += 1;
            }
        }
        if status.in_step != before.in_step || status.reason != before.reason {
            status.since = now;
        }
        let after = status.clone();
        drop(status);
        let entry = Entry {
            version: after.want.clone(),
            label: after.want_label.clone(),
            revision: after.revision,
            ..Entry::new(Event::Swapped)
        };
        if refused {
            events::refused(&after);
            self.note(Entry {
                event: Event::Refused,
                previous: after.serving.clone(),
                reason: after.reason.map_or("", Reason::as_str).to_owned(),
                message: after.message.clone(),
                ..entry
            });
        } else if swapped {
            events::followed(&after, previous);
            self.note(Entry {
                previous: previous.to_owned(),
                ..entry
            });
        } else if result.is_ok() && before.reason.is_some() && after.serving == after.want {
            events::followed(&after, previous);
        }
        self.breaker.skip(&self.slot.stats());
        result
    }

    /// Writes an entry to the registry's trail. Where that fails it is told, once until it succeeds.
    fn note(&mut self, entry: Entry) {
        if self.options.no_trail {
            return;
        }
        let state = self.registry.state(self.contract());
        if state.is_ok_and(|state| !state.exists) {
            return; // a folder that is gone, or just goes, shall not come back with a trail in it
        }
        let entry = Entry {
            slot: self.slot.name().to_owned(),
            ..entry
        };
        let noted = self.registry.note(self.contract(), entry);
        let reason = noted.as_ref().err().map(tenon_registry::Error::reason);
        if let Err(error) = &noted
            && reason != self.trail_off
        {
            events::trail_not_written(&self.status(), error);
        }
        self.trail_off = reason;
    }

    /// Writes to the trail what the slot's breaker has done since.
    pub(crate) fn watch_breaker(&mut self) {
        let stats = self.slot.stats();
        let happened = self.breaker.events(&stats);
        let (version, label) = serving(&stats)
            .map(|it| (it.version.clone(), it.label.clone()))
            .unwrap_or_default();
        let revision = self.status().revision;
        for event in happened {
            self.note(Entry {
                version: version.clone(),
                label: label.clone(),
                revision,
                ..Entry::new(event)
            });
        }
    }
}

impl Wanted {
    fn of(state: &State, label: &str) -> Wanted {
        Wanted {
            revision: state.revision,
            version: state.active.clone(),
            label: label.to_owned(),
        }
    }
}

/// What a slot's breaker had done when it was last looked at.
struct BreakerWatch {
    trips: u64,
    tripped: bool,
    version: String,
}

impl BreakerWatch {
    fn of(stats: &Stats) -> BreakerWatch {
        let serving = serving(stats);
        BreakerWatch {
            trips: stats.trips,
            tripped: serving.is_some_and(|it| it.state == VersionState::Tripped),
            version: serving.map(|it| it.version.clone()).unwrap_or_default(),
        }
    }

    /// Takes another version as it is, without a word about the one before.
    fn skip(&mut self, stats: &Stats) {
        let now = BreakerWatch::of(stats);
        if now.version != self.version {
            *self = now;
        }
    }

    /// What happened to the version that serves.
    fn events(&mut self, stats: &Stats) -> Vec<Event> {
        let now = BreakerWatch::of(stats);
        let was = std::mem::replace(self, BreakerWatch { ..now });
        if self.version != was.version {
            return Vec::new();
        }
        // Where another version is staged, it is not told which of the two it was.
        let alone = stats.versions.len() < 2;
        let again = self.trips > was.trips && alone || self.tripped && !was.tripped;
        let mut events = Vec::new();
        if was.tripped && (again || !self.tripped) {
            events.push(Event::Recovered);
        }
        if again {
            events.push(Event::Tripped);
            events.extend((!self.tripped).then_some(Event::Recovered));
        }
        events
    }
}

/// The version that a slot serves.
fn serving(stats: &Stats) -> Option<&tenon_host::VersionStats> {
    stats.versions.iter().find(|it| it.serving)
}

/// Nothing that a panic could leave half done is behind these locks.
pub(crate) fn lock(status: &Mutex<Status>) -> std::sync::MutexGuard<'_, Status> {
    status.lock().unwrap_or_else(PoisonError::into_inner)
}
