//! The instances of the version in force, checked out exclusively.
//!
//! Each instance lies in a *lane*, in an [`Exclusive`] that is held for the length of a call: no other thread reaches it.
//! Lanes outlive versions. One *word* says which version is in force here; a lane carries the word that its instance belongs to.
//! A call takes the lane of its thread and compares it with the slot's word: one atomic exchange in all, and a
//! swap is one store of that word. Whoever then meets a lane with an older word, a caller or the swapping thread,
//! exchanges its instance for one of those built in advance, so that no call waits for another thread to be scheduled.

mod flip;

use crate::contract::Contract;
use crate::exclusive::{Exclusive, Hold};
use crate::guest::Guest;
use crate::limits::Cancel;
use crate::refill::{Refill, Refiller};
use crate::route::{Mode, Word};
use crate::version::Version;
use flip::Flip;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How long a waiter sleeps before it looks again by itself. A wake-up can be missed, because the processor lets the read
/// of `waiting` pass the store before it that frees the lane; this bounds the delay.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// The lanes of a slot.
pub(crate) struct Pool<C: Contract> {
    lanes: Box<[Lane<C>]>,
    word: AtomicU64,
    flip: Mutex<Flip<C>>,
    waiting: AtomicUsize,
    /// Those of `waiting` that are calls.
    callers: AtomicUsize,
    replaced: AtomicU64,
    leaked: AtomicU64,
    /// Instances that faults have ended, until their replacement is made: giving back 256 MiB takes longer than most calls.
    lost: Mutex<Vec<Guest<C::Bindings>>>,
    gate: Mutex<()>,
    freed: Condvar,
    me: Weak<Pool<C>>,
}

/// A place for one instance, on cache lines of its own.
#[repr(align(128))]
struct Lane<C: Contract> {
    held: Exclusive<Held<C>>,
    /// Calls that ended well; written only by who holds the lane.
    answers: AtomicU64,
    /// The word of `held`, for who waits until the last call on a retired version has ended.
    word: AtomicU64,
    /// Whether a replacement is being made. It is set by who holds the lane, and cleared with the lock of the flip.
    queued: AtomicBool,
}

struct Held<C: Contract> {
    word: Word,
    /// `None` after a fault, until the replacement is there.
    guest: Option<Guest<C::Bindings>>,
}

/// Why there is no instance.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unavailable {
    /// No kernel is in force any more.
    NoKernel,
    /// All instances were busy for as long as one may wait.
    Full,
    /// The caller gave up.
    Canceled,
}

impl<C: Contract> Pool<C> {
    /// Empty lanes, with no version in force.
    pub(crate) fn new(side: usize, size: usize) -> Arc<Pool<C>> {
        let word = Word::empty(side);
        let lane = |_| Lane {
            held: Exclusive::new(Held { word, guest: None }),
            answers: AtomicU64::new(0),
            word: AtomicU64::new(word.bits()),
            queued: AtomicBool::new(false),
        };
        Arc::new_cyclic(|me| Pool {
            lanes: (0..size.max(1)).map(lane).collect(),
            word: AtomicU64::new(word.bits()),
            flip: Mutex::new(Flip::new()),
            waiting: AtomicUsize::new(0),
            callers: AtomicUsize::new(0),
            replaced: AtomicU64::new(0),
            leaked: AtomicU64::new(0),
            lost: Mutex::new(Vec::new()),
            gate: Mutex::new(()),
            freed: Condvar::new(),
            me: me.clone(),
        })
    }

    pub(crate) fn size(&self) -> usize {
        self.lanes.len()
    }

    /// Instances made in the place of lost ones.
    pub(crate) fn replaced(&self) -> u64 {
        self.replaced.load(Ordering::Relaxed)
    }

    /// Resources that callers have forgotten.
    pub(crate) fn leaked(&self) -> u64 {
        self.leaked.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn word(&self) -> Word {
        Word::from_bits(self.word.load(Ordering::Acquire))
    }

    pub(crate) fn version(&self) -> Option<Arc<Version<C>>> {
        lock(&self.flip).version.clone()
    }

    /// The version that a word stands for; the error is that the word has passed.
    pub(crate) fn version_of(&self, word: Word) -> Result<Option<Arc<Version<C>>>, ()> {
        let flip = lock(&self.flip);
        if self.word() == word {
            Ok(flip.version.clone())
        } else {
            Err(())
        }
    }

    /// The instance of this thread's lane, if it is free and of the version that `word` stands for.
    #[inline(always)] // by itself the compiler does not, because there are two callers
    pub(crate) fn checkout(&self, word: Word) -> Option<Lease<'_, C>> {
        let lane = &self.lanes[self.mine()];
        let held = lane.held.try_hold()?;
        (held.word == word && held.guest.is_some()).then_some(Lease { lane, held })
    }

    /// An instance of the version in force, of this thread's lane or another.
    pub(crate) fn take(
        &self,
        refiller: &Refiller,
        max_wait: Duration,
        cancel: Option<&Cancel>,
    ) -> Result<Lease<'_, C>, Unavailable> {
        let word = self.word();
        match self.checkout(word) {
            Some(lease) => Ok(lease),
            None => self.wait(refiller, max_wait, cancel),
        }
    }

    /// Any instance of the version in force, waiting for it where all are busy, unless the caller gives up.
    #[cold]
    fn wait(
        &self,
        refiller: &Refiller,
        max_wait: Duration,
        cancel: Option<&Cancel>,
    ) -> Result<Lease<'_, C>, Unavailable> {
        // None where it is further off than clocks go.
        let deadline = Instant::now().checked_add(max_wait);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.callers.fetch_add(1, Ordering::Relaxed);
        let mut gate = lock(&self.gate);
        let outcome = loop {
            let word = self.word();
            if word.mode() != Mode::Kernel {
                break Err(Unavailable::NoKernel);
            }
            if let Some(lease) = self.search(word, refiller) {
                break Ok(lease);
            }
            if self.word() != word {
                continue; // what was found belongs to the version of now
            }
            if cancel.is_some_and(Cancel::is_canceled) {
                break Err(Unavailable::Canceled);
            }
            let left = deadline.map_or(LOOK_AGAIN, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                break Err(Unavailable::Full);
            }
            gate = self.nap(gate, left);
        };
        self.callers.fetch_sub(1, Ordering::Relaxed);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        outcome
    }

    fn search(&self, word: Word, refiller: &Refiller) -> Option<Lease<'_, C>> {
        let (before, from) = self.lanes.split_at(self.mine());
        from.iter().chain(before).find_map(|lane| {
            let mut held = self.try_hold(lane)?;
            if held.word != word {
                self.exchange(lane, &mut held);
            }
            let is_marked = held.guest.is_none() && self.replace(lane, &mut held);
            if held.guest.is_some() {
                return (held.word == word).then_some(Lease { lane, held });
            }
            drop(held);
            if is_marked {
                self.request_refill(lane, refiller);
            }
            None
        })
    }

    /// A lane, if nobody has it. One whose caller panicked is there again, without its instance: that may have been
    /// left in the middle of something.
    fn try_hold<'a>(&self, lane: &'a Lane<C>) -> Option<Hold<'a, Held<C>>> {
        lane.held.try_hold().or_else(|| {
            let mut held = lane.held.try_abandoned()?;
            held.guest = None;
            Some(held)
        })
    }

    /// Gives a lane that lost its instance the one made for it, if it is there. It says whether the lane is marked now as one that
    /// waits for it, and was not: with the lock of the flip, for the refiller gives the one and takes the mark away in one step.
    fn replace(&self, lane: &Lane<C>, held: &mut Held<C>) -> bool {
        let mut flip = lock(&self.flip);
        if held.word != self.word() {
            return false;
        }
        held.guest = flip.incoming.pop();
        held.guest.is_none() && held.word.mode() == Mode::Kernel && lane.mark()
    }

    fn nap<'a>(&'a self, gate: MutexGuard<'a, ()>, at_most: Duration) -> MutexGuard<'a, ()> {
        self.freed
            .wait_timeout(gate, at_most.min(LOOK_AGAIN))
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    #[inline]
    fn wake(&self) {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.wake_all();
        }
    }

    #[cold]
    fn wake_all(&self) {
        let _gate = lock(&self.gate);
        self.freed.notify_all();
    }

    /// Gives a lease back. An instance that met a fault is dropped, and replaced off the call path; so is one whose caller
    /// has forgotten a resource instead of dropping it, which nobody could end any more.
    #[inline]
    pub(crate) fn give_back(&self, lease: Lease<'_, C>, answered: bool, refiller: &Refiller) {
        let Lease { lane, held } = lease;
        if answered {
            lane.answers
                .store(lane.answers.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
        if held
            .guest
            .as_ref()
            .is_some_and(|guest| !guest.is_poisoned() && guest.held().get() == 0)
        {
            held.give_back();
            self.wake();
        } else {
            self.lose(lane, held, refiller);
        }
    }

    #[cold]
    fn lose(&self, lane: &Lane<C>, mut held: Hold<'_, Held<C>>, refiller: &Refiller) {
        let broken = held.guest.take();
        // A lane of a retired version gets its next instance with its next word.
        let refill = held.word == self.word() && held.word.mode() == Mode::Kernel;
        // Before others find the lane empty, so that they ask for no second one.
        let is_marked = refill && lane.mark();
        drop(held);
        let forgotten = broken.as_ref().map_or(0, |guest| guest.held().get());
        self.leaked.fetch_add(forgotten as u64, Ordering::Relaxed);
        let lost = {
            let mut lost = lock(&self.lost);
            lost.extend(broken);
            lost.len()
        };
        // Where faults come faster than the refiller works, the callers that meet them do its work: what waits to be given back
        // counts against the engine's instances.
        let is_coming = refill && (!is_marked || self.request_refill(lane, refiller));
        if !is_coming || lost > self.lanes.len() {
            self.bury();
        }
        self.wake();
    }

    /// Has a lane filled that was just marked; says whether it is going to be.
    fn request_refill(&self, lane: &Lane<C>, refiller: &Refiller) -> bool {
        let mut lanes = self.lanes.iter();
        let place = lanes.position(|other| std::ptr::eq(other, lane));
        let requested = place.is_some_and(|place| refiller.request(self.me.clone(), place));
        if !requested {
            lane.queued.store(false, Ordering::Release);
        }
        requested
    }

    /// Gives back what lost instances have.
    fn bury(&self) {
        let lost = std::mem::take(&mut *lock(&self.lost));
        drop(lost);
    }

    /// The lane of this thread: it finds the same instance again, whose memory is in this processor's caches.
    #[inline]
    fn mine(&self) -> usize {
        // Threads are numbered by multiples of the golden ratio, which spread evenly over any number of lanes.
        ((u64::from(thread_number()) * self.lanes.len() as u64) >> 32) as usize
    }
}

impl<C: Contract> Refill for Pool<C> {
    fn refill(&self, place: usize) {
        // First, for the new instance may need their place.
        self.bury();
        let word = self.word();
        let version = self.version();
        let mut made = version.and_then(|version| version.build().ok());
        {
            let mut flip = lock(&self.flip);
            // Whoever looks for an instance puts it in its lane: this thread would wait long for a lane in demand.
            if self.word() == word
                && let Some(guest) = made.take()
            {
                flip.incoming.push(guest);
                self.replaced.fetch_add(1, Ordering::Relaxed);
            }
            self.lanes[place].queued.store(false, Ordering::Release);
        }
        drop(made); // one of a version that has passed meanwhile: giving it back takes longer than the lock may be held
        self.wake();
    }

    fn end_retired(&self) -> bool {
        Pool::end_retired(self)
    }
}

impl<C: Contract> Lane<C> {
    /// Says that a replacement is wanted, unless one is being made.
    fn mark(&self) -> bool {
        !self.queued.swap(true, Ordering::AcqRel)
    }
}

/// One instance, exclusively, for the length of a call.
pub(crate) struct Lease<'a, C: Contract> {
    lane: &'a Lane<C>,
    held: Hold<'a, Held<C>>,
}

impl<C: Contract> Lease<'_, C> {
    /// The version that it is of.
    pub(crate) fn word(&self) -> Word {
        self.held.word
    }

    #[inline]
    pub(crate) fn guest(&self) -> Option<&Guest<C::Bindings>> {
        self.held.guest.as_ref()
    }
}

/// None of these mutexes guards anything that a panic could leave half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[inline]
fn thread_number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    thread_local! {
        static NUMBER: Cell<u32> = const { Cell::new(0) };
    }
    NUMBER.with(|number| match number.get() {
        0 => {
            let mine = NEXT
                .fetch_add(1, Ordering::Relaxed)
                .wrapping_mul(0x9E37_79B9);
            number.set(mine);
            mine
        }
        mine => mine,
    })
}
