//! trail.jsonl, and trail.1.jsonl before it: what happened, a line each.

use crate::disk::gone;
use crate::format::FORMAT;
use crate::registry::Folder;
use crate::{Reason, Registry, Result, State, limits, time};
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// What is appended to.
pub(crate) const TRAIL: &str = "trail.jsonl";
/// What was appended to before, until it was full.
pub(crate) const TRAIL_BEFORE: &str = "trail.1.jsonl";

/// How often a trail is read whose files are moved while it is looked at.
const ATTEMPTS: usize = 10;

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

fn malformed(error: &serde_json::Error) -> Line {
    let message = format!("a line that is no entry: {error}");
    Line::Malformed(Reason::TrailMalformed, message)
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
        Err(error) => return malformed(&error),
    }
    match serde_json::from_slice::<Entry>(line) {
        Ok(entry) => Line::Entry(Box::new(entry)),
        Err(error) => malformed(&error),
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
        let path = self.file(TRAIL);
        self.disk()
            .move_full(&path, &self.file(TRAIL_BEFORE), self.full_trail());
        self.disk().append(&path, &entry.line())
    }

    /// Appends what was done already. A failure says so: the change stays.
    pub(crate) fn note_done(&self, entry: Entry) -> Result<()> {
        let event = entry.event.as_str();
        self.note(entry).map_err(|error| error.untold(event))
    }

    /// Appends the last change of the state, if whoever made it died before.
    pub(crate) fn note_missing(&self, state: &State) -> Result<()> {
        if !state.exists {
            return Ok(());
        }
        let last = match last_change(&self.text_of(TRAIL)?.0) {
            None => last_change(&self.text_of(TRAIL_BEFORE)?.0),
            last => last,
        };
        if last.unwrap_or(0) >= state.revision {
            return Ok(());
        }
        self.note(Entry {
            version: state.active.clone(),
            revision: state.revision,
            message: "noted by the next writer, who found no entry of this change".into(),
            ..Entry::new(Event::Activated)
        })
    }

    /// The end of the trail, both files of it.
    fn trail_text(&self) -> Result<Vec<u8>> {
        let mut attempt = 1;
        loop {
            let before = self.disk().mark(&self.file(TRAIL_BEFORE));
            let (now, whole) = self.text_of(TRAIL)?;
            if !whole {
                return Ok(now);
            }
            let (mut text, _) = self.text_of(TRAIL_BEFORE)?;
            // If a writer moved the one file to the place of the other meanwhile, this is not what was before.
            if self.disk().mark(&self.file(TRAIL_BEFORE)) == before || attempt == ATTEMPTS {
                text.push(b'\n');
                text.extend(now);
                return Ok(text);
            }
            attempt += 1;
        }
    }

    /// The last bytes of a file of the trail, as many as a reader looks at, from the beginning of a line on, and whether they
    /// are all.
    pub(crate) fn text_of(&self, name: &str) -> Result<(Vec<u8>, bool)> {
        let found = self.disk().read_end(&self.file(name), limits::JSON)?;
        let (mut text, whole) = found.unwrap_or((Vec::new(), true));
        if !whole {
            let begun = text.iter().position(|byte| *byte == b'\n');
            text.drain(..begun.unwrap_or(text.len()));
        }
        Ok((text, whole))
    }
}

/// The lines of a trail's text, oldest first.
pub(crate) fn lines(text: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
}

/// The revision of the last change of the state that a trail's text has.
fn last_change(text: &[u8]) -> Option<u64> {
    lines(text).rev().find_map(|line| match parse_line(line) {
        Line::Entry(entry) if matches!(entry.event, Event::Activated | Event::RolledBack) => {
            Some(entry.revision)
        }
        _ => None,
    })
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
            for line in lines(&folder.trail_text()?).rev() {
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

    /// Appends to a contract's trail. Time, program, machine, process and contract are set here. A contract that is not there, or
    /// goes while this waits for its turn, does not come back: `not-found`.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tenon_registry::{Entry, Event, Publication, Registry};
    /// let registry = Registry::open(folder.path()).unwrap();
    /// registry.publish("tenon:redact", b"a component", &Publication::default()).unwrap();
    /// registry.note("tenon:redact", Entry { slot: "redact".into(), ..Entry::new(Event::Swapped) }).unwrap();
    /// assert_eq!(registry.trail("tenon:redact", 1).unwrap()[0].slot, "redact");
    /// ```
    pub fn note(&self, contract: &str, entry: Entry) -> Result<()> {
        self.reading("note", contract, |folder| {
            let state = folder.file("state.json");
            let was_there = state.exists();
            let _lock = folder.lock()?;
            if was_there && !state.exists() {
                return Err(gone(&state));
            }
            folder.note(entry)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Disk, Step};
    use std::fs;
    use std::path::Path;
    use std::sync::Arc;

    const CONTRACT: &str = "tenon:redact";

    /// An entry whose number can be told again, of a length that changes.
    fn numbered(number: usize) -> Entry {
        Entry {
            slot: number.to_string(),
            message: "m".repeat(number % 7),
            ..Entry::new(Event::Swapped)
        }
    }

    /// A registry in which the contract has a folder.
    fn begun(root: &Path) -> Registry {
        let registry = Registry::open(root).unwrap();
        fs::create_dir_all(registry.folder(CONTRACT).unwrap()).unwrap();
        registry
    }

    /// The numbers that a trail has, of which none may be missing in between.
    fn numbers(registry: &Registry) -> Vec<usize> {
        let entries = registry.trail(CONTRACT, usize::MAX).unwrap();
        let numbers: Vec<usize> = entries
            .iter()
            .map(|entry| entry.slot.parse().unwrap())
            .collect();
        let together = numbers.windows(2).all(|two| two[0] + 1 == two[1]);
        assert!(together, "{numbers:?}");
        numbers
    }

    #[test]
    fn a_full_trail_is_kept_until_the_next_one_is_full() {
        const FULL: u64 = 1000;
        let root = tempfile::tempdir().unwrap();
        let registry = begun(root.path()).full_at(FULL);
        let [now, before] = [TRAIL, TRAIL_BEFORE].map(|name| {
            let folder = registry.folder(CONTRACT).unwrap();
            folder.join(name)
        });
        let mut moved = 0;
        for number in 0..50 {
            let full = now.metadata().is_ok_and(|found| found.len() >= FULL);
            let content = fs::read(&now).unwrap_or_default();
            registry.note(CONTRACT, numbered(number)).unwrap();
            if full {
                moved += 1;
                assert_eq!(fs::read(&before).unwrap(), content);
            }
            let numbers = numbers(&registry);
            assert_eq!(numbers.last(), Some(&number));
            assert!(moved > 1 || numbers.len() == number + 1);
            // What a crash left of a line is part of a line in neither file.
            let mut content = fs::read(&now).unwrap();
            content.extend_from_slice(b"{\"format\":1");
            fs::write(&now, content).unwrap();
        }
        assert!(moved > 3, "{moved}");
        assert!(registry.verify(CONTRACT, None).unwrap().is_empty());

        // What is wrong is told with its file, and one that cannot be moved away grows on.
        fs::remove_file(&before).unwrap();
        fs::create_dir(&before).unwrap();
        for number in 50..80 {
            registry.note(CONTRACT, numbered(number)).unwrap();
        }
        assert!(now.metadata().unwrap().len() > 2 * FULL);
        let error = registry.trail(CONTRACT, 1).unwrap_err();
        assert_eq!(
            (error.reason(), error.path()),
            (Reason::NotAFile, Some(before.as_path()))
        );
        let findings = registry.verify(CONTRACT, None).unwrap();
        assert_eq!((findings.len(), &findings[0].path), (1, &before));
    }

    #[test]
    fn a_look_while_the_trail_is_moved_misses_nothing_in_between() {
        let root = tempfile::tempdir().unwrap();
        let registry = begun(root.path()).full_at(3000);
        registry.note(CONTRACT, numbered(0)).unwrap();
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for number in 1..400 {
                    registry.note(CONTRACT, numbered(number)).unwrap();
                }
            });
            while !writer.is_finished() {
                numbers(&registry);
            }
        });
        assert_eq!(numbers(&registry).last(), Some(&399));
    }

    #[test]
    fn a_note_brings_no_contract_back() {
        let root = tempfile::tempdir().unwrap();
        let registry = Registry::open(root.path()).unwrap();
        let error = registry.note(CONTRACT, numbered(0)).unwrap_err();
        assert_eq!(error.reason(), Reason::NotFound, "{error}");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);

        // Its state goes between the first look at it and the lock.
        let registry = begun(root.path());
        let folder = registry.folder(CONTRACT).unwrap();
        let state = folder.join("state.json");
        fs::write(&state, "{}").unwrap();
        let disk = Disk::probed(Arc::new(move |step| {
            assert_eq!(step, Step::Create);
            fs::remove_file(&state).unwrap();
            None
        }));
        let noted = registry.on(disk).note(CONTRACT, numbered(0));
        assert_eq!(noted.unwrap_err().reason(), Reason::NotFound);
        let left = Disk::default().names(&folder).unwrap();
        assert_eq!(left, [".lock"]);
    }

    /// A change of the state is looked for in both files.
    #[test]
    fn a_change_in_the_trail_before_is_not_noted_again() {
        let root = tempfile::tempdir().unwrap();
        let registry = Registry::open(root.path()).unwrap();
        let with = crate::Publication {
            label: "1.0.0".into(),
            ..Default::default()
        };
        registry.publish(CONTRACT, b"one", &with).unwrap();
        let activate = || {
            let how = crate::Activation::default();
            registry.activate(CONTRACT, "1.0.0", &how).unwrap()
        };
        assert!(activate().changed());
        registry.full_at(1).note(CONTRACT, numbered(0)).unwrap();
        assert!(!activate().changed());
        let entries = registry.trail(CONTRACT, 10).unwrap();
        let events: Vec<_> = entries.iter().map(|entry| entry.event).collect();
        assert_eq!(events, [Event::Published, Event::Activated, Event::Swapped]);
    }
}
