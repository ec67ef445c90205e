//! The threads that call, and what they have seen.

use crate::books::Books;
use crate::histogram::Histogram;
use crate::ledger::{self, Contract, Entry, Finding};
use crate::run::{Kind, TRAP_AT};
use std::ops::AddAssign;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use tenon_host::{CallOptions, Fault, Slot};

/// The longest payload, in bytes.
const MAX_PAYLOAD: usize = 512;

/// What became of the calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls that were made.
    pub calls: u64,
    /// Those that had no answer.
    pub lost: u64,
    /// Those whose answer is of a version that was not in force, or to another question.
    pub wrong: u64,
    /// Those whose answer is made of more than one version.
    pub torn: u64,
    /// Answers of kernels.
    pub kernel: u64,
    /// Answers of the baseline.
    pub baseline: u64,
    /// Pages whose entries are among the calls.
    pub pages: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.calls += other.calls;
        self.lost += other.lost;
        self.wrong += other.wrong;
        self.torn += other.torn;
        self.kernel += other.kernel;
        self.baseline += other.baseline;
        self.pages += other.pages;
    }
}

/// What all callers share.
pub(crate) struct Load<'a> {
    pub(crate) slot: &'a Slot<Contract>,
    pub(crate) books: &'a Books,
    pub(crate) began: Instant,
    /// Where latencies are booked: steady state and changes, for each kind.
    pub(crate) stage: &'a AtomicUsize,
    /// When the last call of all ended, in nanoseconds since `began`.
    pub(crate) done: &'a AtomicU64,
    pub(crate) stop: &'a AtomicBool,
    pub(crate) traces: &'a Mutex<Vec<String>>,
}

/// Steady state and changes, for each kind.
pub(crate) const STAGES: usize = 2 * Kind::ALL.len();

/// One thread.
pub(crate) struct Caller {
    number: usize,
    sequence: u64,
    payload: Vec<u8>,
    pub(crate) counts: Counts,
    pub(crate) took: Vec<Histogram>,
    pub(crate) gaps: Vec<Histogram>,
}

impl Caller {
    pub(crate) fn new(number: usize) -> Caller {
        let mut caller = Caller {
            number,
            sequence: (number as u64) << 40,
            payload: (0..MAX_PAYLOAD)
                .map(|place| (place * (2 * number + 1) + number) as u8)
                .collect(),
            counts: Counts::default(),
            took: Vec::new(),
            gaps: Vec::new(),
        };
        caller.forget();
        caller
    }

    /// Begins the latencies anew.
    pub(crate) fn forget(&mut self) {
        let none = || (0..STAGES).map(|_| Histogram::new()).collect();
        (self.took, self.gaps) = (none(), none());
    }

    /// Calls until it is stopped, now and then with a pin or several times in one closure.
    pub(crate) fn work(&mut self, load: &Load<'_>) {
        while !load.stop.load(Ordering::Relaxed) {
            if self.sequence.is_multiple_of(64) {
                if self.sequence.is_multiple_of(128) {
                    self.pin(load);
                } else {
                    self.together(load);
                }
            }
            self.call(load);
        }
    }

    /// Makes one call and books it.
    pub(crate) fn call(&mut self, load: &Load<'_>) {
        self.sequence += 1;
        let (sequence, payload) = (
            self.sequence,
            &self.payload[..self.sequence as usize % MAX_PAYLOAD],
        );
        // What the slot serves is behind a lock: every sixteenth call looks, the others know the generations.
        let serving = || sequence.is_multiple_of(16).then_some(|| serves(load.slot));
        let stage = load.stage.load(Ordering::SeqCst);
        let first = load.books.first(serving());
        let from = load.began.elapsed();
        let answer = if self.number % 2 == 1 {
            load.slot
                .call_with(&keyed(sequence), |book| book.enter(sequence, payload))
        } else {
            load.slot.call(|book| book.enter(sequence, payload))
        };
        let to = load.began.elapsed();
        let last = load.books.last(serving());
        let now = load.stage.load(Ordering::SeqCst);
        // A call that is partly during changes counts as such.
        let stage = if now % 2 == 1 { now } else { stage };
        self.took[stage].add((to - from).as_nanos() as u64);
        let to = to.as_nanos() as u64;
        self.gaps[stage].add(to.saturating_sub(load.done.fetch_max(to, Ordering::AcqRel)));
        let booked = book(&mut self.counts, load, &answer, sequence, payload);
        if let Some(number) = booked {
            in_force(&mut self.counts, load, number, first, last);
        }
    }

    /// What one closure calls runs on one version.
    fn together(&mut self, load: &Load<'_>) {
        self.sequence += 1;
        let (sequence, payload) = (
            self.sequence,
            &self.payload[..self.sequence as usize % MAX_PAYLOAD],
        );
        let first = load.books.first(Some(|| serves(load.slot)));
        let answers = load.slot.call(|book| {
            let before = book.enter(sequence, payload)?;
            let page = book.page()?;
            let on_page = book.enter_page(&page, sequence, payload)?;
            page.close()?;
            Ok([before, on_page, book.enter(sequence, payload)?])
        });
        let last = load.books.last(Some(|| serves(load.slot)));
        self.counts.calls += 1;
        match answers {
            Err(fault) => lost(&mut self.counts, load, sequence, &fault),
            Ok(answers) => {
                self.counts.calls -= 1;
                let mut versions = Vec::new();
                for answer in answers {
                    versions.extend(book(&mut self.counts, load, &Ok(answer), sequence, payload));
                }
                if versions.iter().any(|version| *version != versions[0]) {
                    self.counts.torn += 1;
                    load.trace(format!("one closure was answered by versions {versions:?}"));
                }
                for number in versions {
                    in_force(&mut self.counts, load, number, first, last);
                }
            }
        }
    }

    /// Makes a few entries on a page of a pinned instance: versions may change in between, the page's does not.
    fn pin(&mut self, load: &Load<'_>) {
        let first = load.books.first(Some(|| serves(load.slot)));
        let pin = load.slot.pin();
        let last = load.books.last(Some(|| serves(load.slot)));
        let page = match &pin {
            Ok(pin) => pin.page(),
            Err(fault) => return lost(&mut self.counts, load, self.sequence, fault),
        };
        let (Ok(pin), page) = (&pin, page) else {
            return;
        };
        let page = match page {
            Ok(page) => page,
            Err(fault) => return lost(&mut self.counts, load, self.sequence, &fault),
        };
        self.counts.pages += 1;
        for line in 1..=8 {
            self.sequence += 1;
            while self.sequence.is_multiple_of(u64::from(TRAP_AT)) {
                self.sequence += 1; // a trap would take the page with it
            }
            let (sequence, payload) = (
                self.sequence,
                &self.payload[..self.sequence as usize % MAX_PAYLOAD],
            );
            let answer = pin.enter_page(&page, sequence, payload);
            let Some(number) = book(&mut self.counts, load, &answer, sequence, payload) else {
                return;
            };
            in_force(&mut self.counts, load, number, first, last);
            if answer.is_ok_and(|entry| entry.line != line) || pin.is_kernel() != (number != 0) {
                self.counts.wrong += 1;
                load.trace(format!(
                    "line {line} of a page is another's, or of version {number}"
                ));
            }
        }
        if let Err(fault) = page.close() {
            lost(&mut self.counts, load, self.sequence, &fault);
        }
    }
}

impl Load<'_> {
    /// Keeps the first few complaints.
    fn trace(&self, what: String) {
        let mut traces = self.traces.lock().unwrap_or_else(PoisonError::into_inner);
        if traces.len() < 10 {
            traces.push(what);
        }
    }
}

/// A call with a key, for a staged version that has a share of the calls.
fn keyed(sequence: u64) -> CallOptions {
    CallOptions {
        key: Some(["ada", "grace", "edsger", "barbara", "tony"][sequence as usize % 5].into()),
        ..CallOptions::default()
    }
}

/// The digest of what a slot serves; empty for the baseline.
fn serves(slot: &Slot<Contract>) -> String {
    slot.kernel()
        .map_or_else(String::new, |kernel| kernel.digest().to_owned())
}

fn lost(counts: &mut Counts, load: &Load<'_>, sequence: u64, fault: &Fault) {
    counts.lost += 1;
    load.trace(format!("question {sequence} was lost: {fault}"));
}

/// Counts a call and what is wrong with its answer itself, and gives the version that made it.
fn book(
    counts: &mut Counts,
    load: &Load<'_>,
    answer: &Result<Entry, Fault>,
    sequence: u64,
    payload: &[u8],
) -> Option<u32> {
    counts.calls += 1;
    let entry = match answer {
        Ok(entry) => entry,
        Err(fault) => {
            lost(counts, load, sequence, fault);
            return None;
        }
    };
    match ledger::audit(entry, sequence, payload) {
        Ok(number) => {
            *(if number == 0 {
                &mut counts.baseline
            } else {
                &mut counts.kernel
            }) += 1;
            return Some(number);
        }
        Err(finding) => {
            *(match finding {
                Finding::Torn(_) => &mut counts.torn,
                Finding::Wrong(_) => &mut counts.wrong,
            }) += 1;
            load.trace(finding.to_string());
        }
    }
    None
}

/// Counts an answer of a version that was not in force.
fn in_force(
    counts: &mut Counts,
    load: &Load<'_>,
    number: u32,
    first: Option<usize>,
    last: Option<usize>,
) {
    let what = match (first, last) {
        (Some(first), Some(last)) if load.books.allowed(number, first, last) => return,
        (Some(first), Some(last)) => {
            format!(
                "version {number} answered, in force were {:?}",
                load.books.numbers(first, last)
            )
        }
        _ => "the slot serves a version that nobody put in force".to_owned(),
    };
    counts.wrong += 1;
    load.trace(what);
}
