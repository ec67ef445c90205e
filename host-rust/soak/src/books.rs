//! Which versions were in force when.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A version of the ledger kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Version {
    /// What its answers are signed with; 0 is the baseline.
    pub(crate) number: u32,
    /// It traps at the multiples of this number; 0: never.
    pub(crate) trap_at: u32,
    /// Of its component; empty for the baseline.
    pub(crate) digest: String,
}

impl Version {
    /// The highest number of a version that stays; those that [`Kind::Load`](crate::Kind::Load) makes are above.
    pub(crate) const LASTING: u32 = 10_000;

    /// Whether it stays when it is not served any more.
    pub(crate) fn lasts(&self) -> bool {
        self.number <= Version::LASTING
    }
}

/// What a slot serves from one change to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Generation {
    pub(crate) version: Version,
    /// It is staged, and has a share of the calls.
    pub(crate) beside: Option<Version>,
}

impl Generation {
    /// Whether an answer of a version may be of this generation. The baseline's may where a version traps: at the question itself,
    /// or because the slot's breaker has turned that version off.
    fn made(&self, number: u32) -> bool {
        self.version.number == number
            || self
                .beside
                .as_ref()
                .is_some_and(|beside| beside.number == number)
            || number == 0 && self.version.trap_at != 0
    }
}

/// Each change of version opens a generation: it is announced before the slot hears of it, and settled when the slot's flip is
/// known to be done.
pub(crate) struct Books {
    generations: Vec<OnceLock<Generation>>,
    announced: AtomicUsize,
    settled: AtomicUsize,
}

impl Books {
    /// Books with room for so many changes. The baseline is in force.
    pub(crate) fn new(changes: usize) -> Books {
        let generations: Vec<_> = (0..=changes).map(|_| OnceLock::new()).collect();
        let _ = generations[0].set(Generation::default()); // nobody else has it yet
        Books {
            generations,
            announced: AtomicUsize::new(0),
            settled: AtomicUsize::new(0),
        }
    }

    /// Opens a generation. Only one thread changes versions.
    pub(crate) fn announce(&self, generation: Generation) {
        let next = self.announced.load(Ordering::SeqCst) + 1;
        let _ = self.generations[next].set(generation); // only this thread counts up
        self.announced.store(next, Ordering::SeqCst);
    }

    /// Notes that nothing before the last generation can be given a call any more.
    pub(crate) fn settle(&self) {
        self.settled
            .store(self.announced.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    fn at(&self, place: usize) -> &Generation {
        static NONE: OnceLock<Generation> = OnceLock::new();
        self.generations[place]
            .get()
            .unwrap_or_else(|| NONE.get_or_init(Generation::default))
    }

    /// The earliest generation that may be in force at this moment. With the digest of what the slot serves it is the earliest of
    /// that version; `None` if nobody has announced that.
    pub(crate) fn first(&self, serving: Option<impl FnOnce() -> String>) -> Option<usize> {
        let from = self.settled.load(Ordering::SeqCst);
        let Some(serving) = serving else {
            return Some(from);
        };
        let digest = serving();
        let to = self.announced.load(Ordering::SeqCst);
        (from..=to).find(|place| self.at(*place).version.digest == digest)
    }

    /// The latest, in the same way.
    pub(crate) fn last(&self, serving: Option<impl FnOnce() -> String>) -> Option<usize> {
        let from = self.settled.load(Ordering::SeqCst);
        let digest = serving.map(|serving| serving());
        let to = self.announced.load(Ordering::SeqCst);
        match digest {
            None => Some(to),
            Some(digest) => (from..=to)
                .rev()
                .find(|place| self.at(*place).version.digest == digest),
        }
    }

    /// Whether a version may answer in one of the generations.
    pub(crate) fn allowed(&self, number: u32, first: usize, last: usize) -> bool {
        (first..=last).any(|place| self.at(place).made(number))
    }

    /// The numbers of the versions in some generations, for messages.
    pub(crate) fn numbers(&self, first: usize, last: usize) -> Vec<u32> {
        (first..=last)
            .map(|place| self.at(place).version.number)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: u32, trap_at: u32) -> Version {
        Version {
            number,
            trap_at,
            digest: number.to_string(),
        }
    }

    fn generation(number: u32) -> Generation {
        Generation {
            version: version(number, 0),
            beside: None,
        }
    }

    #[test]
    fn a_version_is_in_force_between_announcement_and_settlement_of_the_next() {
        let books = Books::new(9);
        let loose = |books: &Books| {
            (
                books.first(None::<fn() -> String>),
                books.last(None::<fn() -> String>),
            )
        };
        let strict = |books: &Books, serves: &str| {
            (
                books.first(Some(|| serves.to_owned())),
                books.last(Some(|| serves.to_owned())),
            )
        };
        assert_eq!(loose(&books), (Some(0), Some(0)));
        books.announce(generation(1));
        assert_eq!(loose(&books), (Some(0), Some(1)));
        assert_eq!(strict(&books, ""), (Some(0), Some(0)));
        assert_eq!(strict(&books, "1"), (Some(1), Some(1)));
        assert_eq!(strict(&books, "2"), (None, None));
        assert!(
            books.allowed(0, 0, 1)
                && books.allowed(1, 0, 1)
                && !books.allowed(2, 0, 1)
                && !books.allowed(0, 1, 1)
        );
        books.settle();
        assert_eq!(loose(&books), (Some(1), Some(1)));
        books.announce(generation(2));
        books.announce(generation(1));
        assert_eq!(strict(&books, "1"), (Some(1), Some(3)));
        assert_eq!(books.numbers(1, 3), [1, 2, 1]);
    }

    #[test]
    fn the_baseline_may_answer_for_a_version_that_traps_and_the_one_beside_always() {
        let traps = Generation {
            version: version(3, 499),
            beside: Some(version(4, 0)),
        };
        assert!([0, 3, 4].iter().all(|number| traps.made(*number)) && !traps.made(5));
        assert!(!generation(3).made(0));
    }
}
