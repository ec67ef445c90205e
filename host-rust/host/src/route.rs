//! Which version calls go to: one word, and what it is made from.
//!
//! A slot has two *sides*, each with a pool: one serves, the other is staged. The word says which side serves, which version that
//! is, and whether every call goes there. Whatever is out of the ordinary (the baseline alone, divided calls, a version that
//! was turned off, the end) is another mode of the word, so that the usual call asks for nothing else.

use crate::breaker::{Breaker, Standing, Verdict};
use crate::key::Key;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The bits of a word that tell how calls are answered.
const MODE: u64 = 3;

/// The bit that tells the side; those above count the versions of the side.
const SIDE: u64 = 4;

/// How calls are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// All by the kernel of the word.
    Kernel = 0,
    Baseline = 1,
    Closed = 2,
    /// By several, each by its key or by whether a version may be tried.
    Routed = 3,
}

/// A version of one side, and how calls are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word(u64);

impl Word {
    /// A side without a version.
    pub(crate) fn empty(side: usize) -> Word {
        Word((side as u64 * SIDE) | Mode::Baseline as u64)
    }

    #[inline]
    pub(crate) fn mode(self) -> Mode {
        match self.0 & MODE {
            0 => Mode::Kernel,
            1 => Mode::Baseline,
            2 => Mode::Closed,
            _ => Mode::Routed,
        }
    }

    /// 0 or 1.
    #[inline]
    pub(crate) fn side(self) -> usize {
        usize::from(self.0 & SIDE != 0)
    }

    /// The next version of the same side, or none.
    pub(crate) fn next(self, version: bool) -> Word {
        let mode = if version {
            Mode::Kernel
        } else {
            Mode::Baseline
        };
        Word(((self.0 & !MODE) + 2 * SIDE) | mode as u64)
    }

    fn with(self, mode: Mode) -> Word {
        Word((self.0 & !MODE) | mode as u64)
    }

    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    #[inline]
    pub(crate) fn from_bits(bits: u64) -> Word {
        Word(bits)
    }
}

/// What a slot serves.
pub(crate) struct Route {
    word: AtomicU64,
    /// The share of the keys that goes to the staged version, as the bits of a fraction.
    share: AtomicU64,
    doors: [Door; 2],
    plan: Mutex<Plan>,
    breaker: Option<Breaker>,
    trips: AtomicU64,
    start: Instant,
}

/// Whether the version of a side may be called.
#[derive(Default)]
struct Door {
    tripped: AtomicBool,
    /// From when on a call may try it all the same, in nanoseconds on the slot's clock.
    next: AtomicU64,
}

struct Plan {
    closed: bool,
    serving: usize,
    share: f64,
    sides: [Side; 2],
}

struct Side {
    word: Word,
    standing: Standing,
}

/// Where a call goes.
pub(crate) enum To<'a> {
    Side(usize, Option<Trial<'a>>),
    Baseline,
    Closed,
}

/// A call that tries a version which was turned off. Dropped, it has said nothing about the version, and another call may try.
pub(crate) struct Trial<'a> {
    door: &'a Door,
    until: u64,
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        let _ = self
            .door
            .next
            .compare_exchange(self.until, 0, Ordering::AcqRel, Ordering::Relaxed);
    }
}

/// What became of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tripped {
    pub(crate) faults: usize,
    pub(crate) pause: Duration,
}

impl Route {
    /// Two empty sides, with the baseline in force.
    pub(crate) fn new(breaker: Option<Breaker>) -> Route {
        let side = |side| Side {
            word: Word::empty(side),
            standing: Standing::default(),
        };
        Route {
            word: AtomicU64::new(Word::empty(0).0),
            share: AtomicU64::new(0),
            doors: Default::default(),
            plan: Mutex::new(Plan {
                closed: false,
                serving: 0,
                share: 0.0,
                sides: [side(0), side(1)],
            }),
            breaker,
            trips: AtomicU64::new(0),
            start: Instant::now(),
        }
    }

    #[inline]
    pub(crate) fn word(&self) -> Word {
        Word(self.word.load(Ordering::Acquire))
    }

    /// The side that serves.
    pub(crate) fn serving(&self) -> usize {
        self.lock().serving
    }

    /// The words of the version that serves and of the one that is staged, as they stand together at one moment.
    pub(crate) fn words(&self) -> [Word; 2] {
        let plan = self.lock();
        [plan.serving, 1 - plan.serving].map(|side| plan.sides[side].word)
    }

    /// The share of the keys that goes to the staged version.
    pub(crate) fn share(&self) -> f64 {
        f64::from_bits(self.share.load(Ordering::Acquire))
    }

    /// How often a version was turned off.
    pub(crate) fn trips(&self) -> u64 {
        self.trips.load(Ordering::Relaxed)
    }

    /// Whether the version of a side is turned off.
    pub(crate) fn is_tripped(&self, side: usize) -> bool {
        self.doors[side].tripped.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts what the plan says in force, with one store of the word.
    fn publish(&self, plan: &Plan) {
        self.share.store(plan.share.to_bits(), Ordering::Release);
        for (door, side) in self.doors.iter().zip(&plan.sides) {
            let tripped = side.standing.is_tripped();
            if door.tripped.load(Ordering::Relaxed) != tripped {
                door.tripped.store(tripped, Ordering::Release);
            }
        }
        let serving = &plan.sides[plan.serving];
        let word = if plan.closed {
            serving.word.with(Mode::Closed)
        } else if plan.share > 0.0 || serving.standing.is_tripped() {
            serving.word.with(Mode::Routed)
        } else {
            serving.word
        };
        self.word.store(word.0, Ordering::Release);
    }

    /// A side has another version, or none. A staged one begins without a share.
    pub(crate) fn put(&self, word: Word) {
        let mut plan = self.lock();
        if word.side() != plan.serving {
            plan.share = 0.0;
        }
        plan.sides[word.side()] = Side {
            word,
            standing: Standing::default(),
        };
        self.publish(&plan);
    }

    /// The other side serves from now on, all calls.
    pub(crate) fn turn(&self) {
        let mut plan = self.lock();
        plan.serving = 1 - plan.serving;
        plan.share = 0.0;
        self.publish(&plan);
    }

    pub(crate) fn divide(&self, share: f64) {
        let mut plan = self.lock();
        plan.share = share;
        self.publish(&plan);
    }

    /// No more calls, for ever.
    pub(crate) fn close(&self) {
        let mut plan = self.lock();
        plan.closed = true;
        self.publish(&plan);
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Where a call goes, by what `has_version` says of the sides. A version that is turned off gets a call only as a trial,
    /// if the call may be one. The share of a staged one that is turned off goes to the version that serves.
    pub(crate) fn direct(
        &self,
        key: Option<Key>,
        may_try: bool,
        has_version: impl Fn(usize) -> bool,
    ) -> To<'_> {
        let mut word = self.word();
        loop {
            if word.mode() == Mode::Closed {
                return To::Closed;
            }
            let serving = word.side();
            let staged =
                key.filter(|key| word.mode() == Mode::Routed && key.is_below(self.share()));
            let staged = staged.map(|_| 1 - serving);
            for side in staged.into_iter().chain([serving]) {
                if !has_version(side) {
                    continue;
                }
                if !self.is_tripped(side) {
                    return To::Side(side, None);
                }
                if may_try && let Some(trial) = self.try_again(side) {
                    return To::Side(side, Some(trial));
                }
            }
            // The side may have lost its version because the other one serves by now.
            let now = self.word();
            if now == word {
                return To::Baseline;
            }
            word = now;
        }
    }

    fn try_again(&self, side: usize) -> Option<Trial<'_>> {
        let breaker = self.breaker.as_ref()?;
        let door = &self.doors[side];
        let now = self.now();
        let next = door.next.load(Ordering::Acquire);
        if nanos(now) < next {
            return None;
        }
        // Others wait for as long as a pause, should this one never come back.
        let until = nanos(now + breaker.pause).max(next + 1);
        door.next
            .compare_exchange(next, until, Ordering::AcqRel, Ordering::Relaxed)
            .ok()?;
        Some(Trial { door, until })
    }

    /// Holds a fault, whose input the baseline has answered, against a version; says so if that turns it off.
    pub(crate) fn blame(&self, word: Word, trial: bool) -> Option<Tripped> {
        let breaker = self.breaker.as_ref()?;
        let mut plan = self.lock();
        let side = &mut plan.sides[word.side()];
        if side.word != word {
            return None; // it is gone
        }
        let now = self.now();
        let door = &self.doors[word.side()];
        let next = |pause| door.next.store(nanos(now + pause), Ordering::Release);
        match side.standing.blame(breaker, now, trial) {
            Verdict::Noted => None,
            Verdict::Still { pause } => {
                next(pause);
                None
            }
            Verdict::Tripped { faults, pause } => {
                next(pause);
                self.trips.fetch_add(1, Ordering::Relaxed);
                self.publish(&plan);
                Some(Tripped { faults, pause })
            }
        }
    }

    /// A trial was answered; says whether the version serves again.
    pub(crate) fn passed(&self, word: Word) -> bool {
        let mut plan = self.lock();
        let now = self.now();
        let side = &mut plan.sides[word.side()];
        let back = side.word == word && side.standing.passed(now);
        if back {
            self.publish(&plan);
        }
        back
    }
}

/// Good for 584 years.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernel(side: usize) -> Word {
        Word::empty(side).next(true)
    }

    /// A route whose versions are turned off by one fault.
    fn touchy(pause: Duration) -> Route {
        Route::new(Some(Breaker {
            faults: 1,
            pause,
            ..Breaker::default()
        }))
    }

    fn side(to: &To<'_>) -> Option<usize> {
        match to {
            To::Side(side, _) => Some(*side),
            _ => None,
        }
    }

    #[test]
    fn words_of_two_sides_are_never_the_same() {
        let (mut one, mut other) = (Word::empty(0), Word::empty(1));
        for _ in 0..100 {
            assert_ne!(one.bits() & !MODE, other.bits() & !MODE);
            (one, other) = (one.next(true), other.next(true));
            assert_eq!((one.side(), other.side()), (0, 1));
            assert_eq!(one.mode(), Mode::Kernel);
        }
    }

    #[test]
    fn a_promotion_is_one_store_to_and_fro() {
        let route = Route::new(None);
        route.put(kernel(0));
        route.put(kernel(1));
        assert_eq!(route.word(), kernel(0));
        route.turn();
        assert_eq!(route.word(), kernel(1));
        route.turn();
        assert_eq!(route.word(), kernel(0));
    }

    #[test]
    fn a_call_meanwhile_goes_to_the_staged_version_that_comes_into_force() {
        let route = Route::new(None);
        route.put(kernel(0));
        route.put(kernel(1));
        let swapped = std::cell::Cell::new(false);
        let to = route.direct(None, true, |side| {
            if !swapped.replace(true) {
                route.turn();
                route.put(kernel(0).next(false));
            }
            side == 1
        });
        assert_eq!(side(&to), Some(1));
    }

    #[test]
    fn a_share_of_the_keys_goes_to_the_staged_version() {
        let route = Route::new(None);
        route.put(kernel(0));
        route.put(kernel(1));
        route.divide(0.5);
        assert_eq!(route.word().mode(), Mode::Routed);
        let to = |key: Option<&str>| side(&route.direct(key.map(Key::new), true, |_| true));
        let staged = (0..1_000).filter(|user| to(Some(&format!("user-{user}"))) == Some(1));
        assert!((400..600).contains(&staged.count()));
        assert_eq!((to(None), to(Some(""))), (Some(0), Some(0)));
        route.put(kernel(1).next(true));
        assert_eq!(route.share(), 0.0, "another staged version begins without");
        assert_eq!(route.word(), kernel(0));
    }

    #[test]
    fn a_version_that_was_turned_off_is_tried_by_one_call_at_a_time() {
        let route = touchy(Duration::ZERO);
        route.put(kernel(0));
        assert!(route.blame(kernel(0), false).is_some());
        assert_eq!((route.word().mode(), route.trips()), (Mode::Routed, 1));
        for _ in 0..3 {
            let trial = route.direct(None, true, |_| true);
            assert!(matches!(trial, To::Side(0, Some(_))));
            let _ = route.passed(kernel(0));
        }
        assert_eq!(route.word(), kernel(0), "three answers brought it back");

        let route = touchy(Duration::from_secs(3600));
        route.put(kernel(0));
        route.blame(kernel(0), false);
        assert!(matches!(route.direct(None, true, |_| true), To::Baseline));
        route.doors[0].next.store(0, Ordering::Relaxed);
        let first = route.direct(None, true, |_| true);
        assert!(matches!(first, To::Side(0, Some(_))));
        assert!(matches!(route.direct(None, true, |_| true), To::Baseline));
        drop(first);
        assert!(matches!(route.direct(None, false, |_| true), To::Baseline));
        assert!(matches!(
            route.direct(None, true, |_| true),
            To::Side(0, Some(_))
        ));
    }

    #[test]
    fn the_share_of_a_staged_version_that_was_turned_off_goes_to_the_other() {
        let route = touchy(Duration::from_secs(3600));
        route.put(kernel(0));
        route.put(kernel(1));
        route.divide(1.0);
        let to = || side(&route.direct(Some("a".into()), true, |_| true));
        assert_eq!(to(), Some(1));
        route.blame(kernel(1), false);
        assert_eq!(to(), Some(0));
        route.turn();
        assert_eq!(
            side(&route.direct(None, true, |_| true)),
            None,
            "what serves now is off"
        );
    }

    #[test]
    fn faults_of_a_version_that_is_gone_are_nobodys() {
        let route = touchy(Duration::ZERO);
        route.put(kernel(0));
        route.put(kernel(0).next(true));
        assert_eq!(route.blame(kernel(0), false), None);
        assert_eq!(route.trips(), 0);
        route.close();
        route.put(kernel(0).next(true).next(true));
        assert_eq!(route.word().mode(), Mode::Closed);
    }
}
