//! What adds to a registry: components, labels, signatures, golden cases.

use crate::registry::{Folder, not_found};
use crate::statement::Statement;
use crate::trust::Subject;
use crate::{Entry, Error, Event, Reason, Registry, Result, Version, golden, limits, name};
use std::path::Path;

/// What is published with a component. The default is nothing besides it.
#[derive(Clone, Debug, Default)]
pub struct Publication {
    /// Its label; empty for none.
    pub label: String,
    /// The envelope with its signature.
    pub envelope: Option<Vec<u8>>,
    /// The contract's golden cases, which replace those that are there.
    pub golden: Option<Vec<u8>>,
    /// Change nothing; say what would change.
    pub dry_run: bool,
}

/// What publishing did.
#[derive(Clone, Debug)]
pub struct Published {
    /// The version as it is now.
    pub version: Version,
    /// The component was not there, or damaged.
    pub stored: bool,
    /// The label is new.
    pub labelled: bool,
    /// The envelope is another than before.
    pub signed: bool,
    /// The golden cases are others than before.
    pub golden: bool,
}

impl Published {
    /// Whether anything changed.
    pub fn changed(&self) -> bool {
        self.stored || self.labelled || self.signed || self.golden
    }
}

impl Registry {
    /// Stores a component under its digest, with what belongs to it. Publishing the same again changes nothing. A damaged
    /// file under the right name is replaced.
    ///
    /// # Errors
    ///
    /// `label-taken` if the label names another version: a label never moves.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let registry = tenon_registry::Registry::open(folder.path()).unwrap();
    /// use tenon_registry::Publication;
    /// let with = Publication { label: "1.0.0".into(), ..Publication::default() };
    /// assert!(registry.publish("tenon:redact", b"a component", &with).unwrap().changed());
    /// assert!(!registry.publish("tenon:redact", b"a component", &with).unwrap().changed());
    /// assert!(registry.publish("tenon:redact", b"another one", &with).is_err());
    /// ```
    pub fn publish(
        &self,
        contract: &str,
        component: &[u8],
        with: &Publication,
    ) -> Result<Published> {
        self.writing_unless(with.dry_run, "publish", contract, |folder| {
            publish(folder, component, with)
        })
    }

    /// Puts the envelope with a version's signatures in its place. It has to be of this version; who signed is not asked.
    /// Gives whether it is another than before.
    pub fn put_envelope(&self, contract: &str, digest: &str, envelope: &[u8]) -> Result<bool> {
        self.writing("sign", contract, |folder| {
            name::check_digest(digest)?;
            if folder.component(digest)?.is_none() {
                return Err(not_found("version", digest));
            }
            let statement = check_envelope(folder, digest, envelope)?;
            if folder.envelope(digest)?.as_deref() == Some(envelope) {
                // An earlier try may have failed at just that.
                folder.disk().sync_folder(&folder.versions())?;
                return Ok(false);
            }
            folder
                .disk()
                .replace(&folder.envelope_file(digest), envelope)?;
            folder.note_done(Entry {
                version: digest.to_owned(),
                label: statement.label,
                message: format!("counter {}", statement.counter),
                ..Entry::new(Event::Signed)
            })?;
            Ok(true)
        })
    }

    /// Puts the contract's golden cases in their place. Gives whether they are others
    /// than before.
    pub fn put_golden(&self, contract: &str, cases: &[u8]) -> Result<bool> {
        self.writing("golden", contract, |folder| {
            put_golden(folder, cases, false)
        })
    }
}

fn publish(folder: &Folder<'_>, component: &[u8], with: &Publication) -> Result<Published> {
    if component.len() as u64 > limits::COMPONENT {
        let message = format!("a component of more than {} bytes", limits::COMPONENT);
        return Err(
            Error::new(Reason::TooLarge, message).help("build the kernel with less data inside")
        );
    }
    let label = with.label.as_str();
    if !label.is_empty() {
        name::check_label(label)?;
    }
    if let Some(cases) = &with.golden {
        check_golden(folder, cases)?;
    }
    let digest = name::digest(component);
    let mut labels = folder.labels()?;
    let labelled = !label.is_empty() && labels.get(label) != Some(&digest);
    if labelled {
        room_for(label, labels.get(label), labels.len())?;
    }
    let path = folder.component_file(&digest);
    let stored = match folder.component(&digest) {
        Ok(found) => found.is_none(),
        Err(error)
            if error.reason() == Reason::DigestMismatch || error.reason() == Reason::TooLarge =>
        {
            true
        }
        Err(error) => return Err(error),
    };
    if labelled {
        labels.insert(label, &digest);
    }
    let mut signed = false;
    let mut counter = String::new();
    if let Some(envelope) = &with.envelope {
        let statement = check_envelope_with(folder, &digest, envelope, &labels)?;
        counter = format!("counter {}", statement.counter);
        signed = folder.envelope(&digest).ok().flatten().as_ref() != Some(envelope);
    }
    if stored && !with.dry_run {
        folder.disk().replace(&path, component)?;
    } else if !with.dry_run {
        // An earlier try may have failed when it made just this durable, and a label is to name nothing else.
        folder.disk().sync_folder(&folder.versions())?;
    }
    let golden = match &with.golden {
        Some(cases) => put_golden(folder, cases, with.dry_run)?,
        None => false,
    };
    if !with.dry_run {
        let sign = || match &with.envelope {
            Some(envelope) if signed => {
                let file = folder.envelope_file(&digest);
                folder.disk().replace(&file, envelope)
            }
            _ => Ok(()),
        };
        let name = || match labelled {
            true => {
                let file = folder.file("labels.json");
                folder.disk().replace(&file, labels.to_json().as_bytes())
            }
            false => Ok(()),
        };
        // No label names a new version before its signature is there. One that was there before may be active: no signature of
        // it states a label before that names it.
        if stored {
            sign()?;
            name()?;
        } else {
            name()?;
            sign()?;
        }
        let entry = |event| Entry {
            version: digest.clone(),
            label: label.to_owned(),
            ..Entry::new(event)
        };
        if !(stored || labelled || signed || golden) {
            // An earlier try may have failed at just that.
            folder.disk().sync_folder(&folder.path)?;
        }
        if stored {
            folder.note_done(entry(Event::Published))?;
        } else if labelled {
            folder.note_done(entry(Event::Labelled))?;
        }
        if signed {
            folder.note_done(Entry {
                message: counter,
                ..entry(Event::Signed)
            })?;
        }
    }
    let version = Version {
        contract: folder.contract.to_owned(),
        labels: labels.of(&digest),
        size: component.len() as u64,
        signed: with.envelope.is_some() || folder.envelope_file(&digest).exists(),
        digest,
    };
    Ok(Published {
        version,
        stored,
        labelled,
        signed,
        golden,
    })
}

fn room_for(label: &str, named: Option<&str>, count: usize) -> Result<()> {
    if let Some(other) = named {
        return Err(Error::new(
            Reason::LabelTaken,
            format!("label {label} names version {other} already"),
        )
        .help("a label never moves: publish under a new one"));
    }
    if count >= limits::LABELS {
        let message = format!("{count} labels, and no more than {} may be", limits::LABELS);
        return Err(
            Error::new(Reason::TooLarge, message).help("`tenon gc --keep N` drops old labels")
        );
    }
    Ok(())
}

fn check_golden(folder: &Folder<'_>, cases: &[u8]) -> Result<()> {
    if cases.len() as u64 > limits::JSON {
        let message = format!("golden cases of more than {} bytes", limits::JSON);
        return Err(Error::new(Reason::TooLarge, message).help("publish fewer of them"));
    }
    golden::check(cases, folder.contract, Path::new("the golden cases"))
}

fn put_golden(folder: &Folder<'_>, cases: &[u8], dry_run: bool) -> Result<bool> {
    check_golden(folder, cases)?;
    let path = folder.file("golden.json");
    let same = folder.disk().read(&path, limits::JSON);
    if same.is_ok_and(|found| found.as_deref() == Some(cases)) {
        return Ok(false);
    }
    if !dry_run {
        folder.disk().replace(&path, cases)?;
    }
    Ok(true)
}

fn check_envelope(folder: &Folder<'_>, digest: &str, envelope: &[u8]) -> Result<Statement> {
    check_envelope_with(folder, digest, envelope, &folder.labels()?)
}

fn check_envelope_with(
    folder: &Folder<'_>,
    digest: &str,
    envelope: &[u8],
    labels: &crate::labels::Labels,
) -> Result<Statement> {
    let subject = Subject {
        contract: folder.contract,
        digest,
        labels,
        envelope: Some(envelope),
        path: Path::new("the envelope"),
        now: Some(folder.options().clock.now()),
    };
    let statement = subject.statement(None)?;
    Ok(statement.expect("there is an envelope"))
}
