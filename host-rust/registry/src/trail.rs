//! trail.jsonl: what happened, a line each.

use crate::format::FORMAT;
use crate::registry::Folder;
use crate::{Error, Reason, Registry, Result, State, limits, time};
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A version was stored.
    Published,
    /// A version that was there got a label.
    Labelled,
    /// A version got a signature.
    Signed,
    /// A version, or the baseline, was made the active one.
    Activated,
    /// The previous version was made the active one again.
    RolledBack,
    /// A version that nobody names was removed.
    Collected,
    /// A slot took a version.
    Swapped,
    /// A slot refused a version.
    Refused,
    /// A slot's breaker turned a version off.
    Tripped,
    /// A version that was turned off serves again.
    Recovered,
}

impl Event {
    /// The word in the trail.
    pub fn as_str(self) -> &'static str {
        match self {
            Event::Published => "published",
            Event::Labelled => "labelled",
            Event::Signed => "signed",
            Event::Activated => "activated",
            Event::RolledBack => "rolled-back",
            Event::Collected => "collected",
            Event::Swapped => "swapped",
            Event::Refused => "refused",
            Event::Tripped => "tripped",
            Event::Recovered => "recovered",
        }
    }
}

/// A line of the trail. An empty text is a field that the line has not.
///
/// ```
/// use tenon_registry::{Entry, Event};
/// let entry = Entry { slot: "redact".into(), ..Entry::new(Event::Swapped) };
/// assert_eq!(entry.revision, 0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The line's format; [`Entry::new`] sets it.
    pub format: u32,
    /// When; [`Registry::note`] sets it.
    #[serde(with = "time::required")]
    pub time: SystemTime,
    /// What.
    pub event: Event,
    /// Which program: `cli`, `go` or `rust`; [`Registry::note`] sets it and the two below.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// The machine.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// The process.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pid: u64,
    /// The contract; [`Registry::note`] sets it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub contract: String,
    /// The digest of the version; none is the baseline.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Its label.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// The digest of the version before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub previous: String,
    /// The state's revision; 0: it is about none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub revision: u64,
    /// The slot that it happened in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub slot: String,
    /// Why: a [`Reason`], or a kind of fault.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What there is to say besides, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Entry {
    /// An entry that says only what happened.
    pub fn new(event: Event) -> Entry {
        Entry {
            format: FORMAT,
            time: SystemTime::UNIX_EPOCH,
            event,
            by: String::new(),
            host: String::new(),
            pid: 0,
            contract: String::new(),
            version: String::new(),
            label: String::new(),
            previous: String::new(),
            revision: 0,
            slot: String::new(),
            reason: String::new(),
            message: String::new(),
        }
    }

    /// The line, with its newline. A message that makes it too long is cut.
    fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).expect("an entry has no maps");
        if line.len() >= limits::LINE {
            let mut short = self.clone();
            for text in [
                &mut short.message,
                &mut short.reason,
                &mut short.slot,
                &mut short.host,
                &mut short.by,
            ] {
                *text = text.chars().take(1000).collect();
            }
            line = serde_json::to_vec(&short).expect("an entry has no maps");
        }
        line.push(b'\n');
        line
    }
}

/// What a line of a trail is.
pub(crate) enum Line {
    Entry(Box<Entry>),
    /// A write that a crash cut; there is nothing wrong with the others.
    Torn,
    Malformed(Reason, String),
}

pub(crate) fn parse_line(line: &[u8]) -> Line {
    #[derive(Deserialize)]
    struct Head {
        format: u64,
    }
    if line.len() > limits::LINE {
        return Line::Malformed(
            Reason::TrailMalformed,
            format!("a line of more than {} bytes", limits::LINE),
        );
    }
    // Zeros are what some file systems leave where a crash came before the bytes.
    if line.last() != Some(&b'}') || line.contains(&0) {
        return Line::Torn;
    }
    match serde_json::from_slice::<Head>(line) {
        Ok(head) if head.format > u64::from(FORMAT) => {
            let message = format!(
                "a line in format {}, known are those up to {FORMAT}",
                head.format
            );
            return Line::Malformed(Reason::FormatNewer, message);
        }
        Ok(_) => {}
        Err(error) if error.is_eof() => return Line::Torn,
        Err(error) => return Line::Malformed(Reason::TrailMalformed, error.to_string()),
    }
    match serde_json::from_slice::<Entry>(line) {
        Ok(entry) => Line::Entry(Box::new(entry)),
        Err(error) => Line::Malformed(Reason::TrailMalformed, error.to_string()),
    }
}

impl Folder<'_> {
    /// Appends to the trail; the caller has the lock.
    pub(crate) fn note(&self, entry: Entry) -> Result<()> {
        let options = self.options();
        let entry = Entry {
            time: options.clock.now(),
            by: options.by.clone(),
            host: options.host.clone(),
            pid: u64::from(std::process::id()),
            contract: self.contract.to_owned(),
            ..entry
        };
        self.disk().append(&self.file("trail.jsonl"), &entry.line())
    }

    /// Appends what was done already. A failure says so: the change stays.
    pub(crate) fn note_done(&self, entry: Entry) -> Result<()> {
        let event = entry.event.as_str();
        self.note(entry).map_err(|error| {
            let message = format!(
                "it is {event}, but the trail does not say so: {}",
                error.message()
            );
            let path = error
                .path()
                .map(std::path::Path::to_owned)
                .unwrap_or_default();
            Error::new(error.reason(), message)
                .at(&path)
                .help(error.advice())
        })
    }

    /// Appends the last change of the state, if whoever made it died before.
    pub(crate) fn note_missing(&self, state: &State) -> Result<()> {
        if !state.exists {
            return Ok(());
        }
        let lines = self.trail_lines()?;
        let last = lines.iter().rev().find_map(|line| match parse_line(line) {
            Line::Entry(entry) if matches!(entry.event, Event::Activated | Event::RolledBack) => {
                Some(entry.revision)
            }
            _ => None,
        });
        if last.unwrap_or(0) >= state.revision {
            return Ok(());
        }
        self.note(Entry {
            version: state.active.clone(),
            revision: state.revision,
            message: "noted by the next writer: the one that made the change was stopped before"
                .into(),
            ..Entry::new(Event::Activated)
        })
    }

    /// The lines at the end of the trail, oldest first: as many as there are in the last bytes that a reader looks at.
    pub(crate) fn trail_lines(&self) -> Result<Vec<Vec<u8>>> {
        let Some((bytes, whole)) = self
            .disk()
            .read_end(&self.file("trail.jsonl"), limits::JSON)?
        else {
            return Ok(Vec::new());
        };
        let mut lines: Vec<_> = bytes
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        if !whole && !lines.is_empty() {
            // The first one may have begun before.
            lines.remove(0);
        }
        lines.retain(|line| !line.is_empty());
        Ok(lines)
    }
}

impl Registry {
    /// The last entries of a contract's trail, oldest first, [`limits::ENTRIES`] at most. Lines that are no entries are
    /// left out; [`verify`](Registry::verify) reports them.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tenon_registry::{Event, Publication, Registry};
    /// let registry = Registry::open(folder.path()).unwrap();
    /// registry.publish("tenon:redact", b"a component", &Publication::default()).unwrap();
    /// assert_eq!(registry.trail("tenon:redact", 10).unwrap()[0].event, Event::Published);
    /// ```
    pub fn trail(&self, contract: &str, last: usize) -> Result<Vec<Entry>> {
        self.reading("trail", contract, |folder| {
            let mut entries = Vec::new();
            for line in folder.trail_lines()?.iter().rev() {
                if entries.len() >= last.min(limits::ENTRIES) {
                    break;
                }
                if let Line::Entry(entry) = parse_line(line) {
                    entries.push(*entry);
                }
            }
            entries.reverse();
            Ok(entries)
        })
    }

    /// Appends to a contract's trail. Time, program, machine, process and contract are set here.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tenon_registry::{Entry, Event, Registry};
    /// let registry = Registry::open(folder.path()).unwrap();
    /// registry.note("tenon:redact", Entry { slot: "redact".into(), ..Entry::new(Event::Swapped) }).unwrap();
    /// assert_eq!(registry.trail("tenon:redact", 1).unwrap()[0].slot, "redact");
    /// ```
    pub fn note(&self, contract: &str, entry: Entry) -> Result<()> {
        self.writing("note", contract, |folder| folder.note(entry))
    }
}
