//! What nobody names any more.

use crate::registry::{Folder, digest_of};
use crate::{Entry, Event, Registry, Result, Version};
use std::path::Path;
use std::time::Duration;

/// How old a file without a name has to be: whoever writes it is done, or dead.
const LEAVE: Duration = Duration::from_secs(60 * 60);

/// What is removed. The default removes versions without a label, older than an hour, and what crashes left.
#[derive(Clone, Debug, Default)]
pub struct Collection {
    /// Keep this many labels, the newest ones, and drop the others first.
    pub keep: Option<usize>,
    /// Remove what is younger than an hour, too.
    pub now: bool,
    /// Change nothing; say what would change.
    pub dry_run: bool,
}

/// What was removed, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// The versions, with the labels that they had.
    pub removed: Vec<Version>,
    /// The labels, lowest first; another label may keep the version that one of them named.
    pub dropped: Vec<Dropped>,
}

impl Collected {
    /// Whether anything changed.
    pub fn changed(&self) -> bool {
        !self.removed.is_empty() || !self.dropped.is_empty()
    }
}

/// A label that is not there any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The label.
    pub label: String,
    /// The digest of the version that it named.
    pub digest: String,
}

impl Registry {
    /// Removes the versions that no label names, except the active and the previous one.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let registry = tenon_registry::Registry::open(folder.path()).unwrap();
    /// use tenon_registry::{Collection, Publication};
    /// registry.publish("tenon:redact", b"a component", &Publication::default()).unwrap();
    /// assert!(!registry.collect("tenon:redact", &Collection::default()).unwrap().changed());
    /// let now = Collection { now: true, ..Collection::default() };
    /// assert_eq!(registry.collect("tenon:redact", &now).unwrap().removed.len(), 1);
    /// ```
    pub fn collect(&self, contract: &str, what: &Collection) -> Result<Collected> {
        // Without a folder there is nothing to lock, and none is to be made.
        let nothing = !self.folder(contract)?.is_dir();
        self.writing_unless(what.dry_run || nothing, "collect", contract, |folder| {
            collect(folder, what)
        })
    }
}

fn collect(folder: &Folder<'_>, what: &Collection) -> Result<Collected> {
    let state = folder.state()?;
    let before = folder.labels()?;
    let in_use = |digest: &str| digest == state.active || digest == state.previous;
    let mut labels = before.clone();
    let mut dropped = Vec::new();
    if let Some(keep) = what.keep {
        for (label, digest) in before.sorted().into_iter().rev().skip(keep) {
            if !in_use(digest) {
                labels.remove(label);
                dropped.push(Dropped {
                    label: label.to_owned(),
                    digest: digest.to_owned(),
                });
            }
        }
        dropped.reverse();
        if labels != before && !what.dry_run {
            folder
                .disk()
                .replace(&folder.file("labels.json"), labels.to_json().as_bytes())?;
        }
    }

    let now = folder.options().clock.now();
    // A file of the future is as young as one can be: a clock that jumped back removes nothing.
    let is_old = |path: &Path| {
        let changed = path.symlink_metadata().and_then(|data| data.modified());
        changed.is_ok_and(|changed| now.duration_since(changed).is_ok_and(|age| age >= LEAVE))
    };
    let names = folder.version_files()?;
    let mut removed = Vec::new();
    for digest in names.iter().filter_map(|name| digest_of(name, ".wasm")) {
        let path = folder.component_file(digest);
        // A publish at work has no label yet; what had one until now is done.
        let may_be_at_work = before.of(digest).is_empty() && !what.now && !is_old(&path);
        if in_use(digest) || !labels.of(digest).is_empty() || may_be_at_work {
            continue;
        }
        let version = folder.version(digest, &before, &names)?;
        if !what.dry_run {
            // A collection before this one may have failed when it had dropped a label, and before that was durable.
            if removed.is_empty() {
                folder.disk().sync_folder(&folder.path)?;
            }
            folder.disk().remove(&path)?;
            folder.disk().remove(&folder.envelope_file(digest))?;
        }
        removed.push(version);
    }
    if what.dry_run {
        return Ok(Collected { removed, dropped });
    }

    let is_left = |name: &String| name.starts_with(".write-");
    for path in [folder.path.clone(), folder.versions()] {
        for name in folder
            .disk()
            .names(&path)?
            .iter()
            .filter(|name| is_left(name))
        {
            let left = path.join(name);
            // Whoever has the lock knows that nobody writes one now.
            if what.now || is_old(&left) {
                folder.disk().remove(&left)?;
            }
        }
    }
    for digest in names
        .iter()
        .filter_map(|name| digest_of(name, ".dsse.json"))
    {
        let envelope = folder.envelope_file(digest);
        if !folder.component_file(digest).exists()
            && (what.now || is_old(&envelope))
            && !in_use(digest)
        {
            folder.disk().remove(&envelope)?;
        }
    }
    if !removed.is_empty() {
        folder.disk().sync_folder(&folder.versions())?;
    }
    for version in &removed {
        folder.note_done(Entry {
            version: version.digest.clone(),
            label: version.labels.last().cloned().unwrap_or_default(),
            ..Entry::new(Event::Collected)
        })?;
    }
    Ok(Collected { removed, dropped })
}
