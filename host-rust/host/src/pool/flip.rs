//! How the version of a pool changes, and what becomes of the one before.
//!
//! A flip is over when the new version is in force. The old one is *retired* then: lanes leave it as their calls end, and its
//! instances are dropped by who waits for that, or by the refiller's thread where nobody does any more.

use super::{LOOK_AGAIN, Lane, Pool, lock};
use crate::contract::Contract;
use crate::guest::Guest;
use crate::refill::{LONGEST, Refiller};
use crate::route::Word;
use crate::stats::{VersionState, VersionStats};
use crate::version::Version;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The version in force, and those before it that have calls yet.
pub(super) struct Flip<C: Contract> {
    pub(super) version: Option<Arc<Version<C>>>,
    /// Instances of the version in force that no lane has.
    pub(super) incoming: Vec<Guest<C::Bindings>>,
    retired: Vec<Retired<C>>,
    /// Calls that versions of before have answered.
    past: u64,
}

/// A version that gets no more calls.
struct Retired<C: Contract> {
    /// That of the lanes whose calls on it have not ended.
    word: Word,
    version: Arc<Version<C>>,
    /// Instances that are out of use, to be dropped by somebody who is in no hurry.
    outgoing: Vec<Guest<C::Bindings>>,
    /// Whether nobody waits for it any more, and the refiller's thread looks after it.
    left: bool,
}

impl<C: Contract> Flip<C> {
    pub(super) fn new() -> Flip<C> {
        Flip {
            version: None,
            incoming: Vec::new(),
            retired: Vec::new(),
            past: 0,
        }
    }
}

impl<C: Contract> Pool<C> {
    /// Puts a version and its instances in force, or none, and has `publish` tell the slot. It gives the time that this took, and
    /// the word of the version that is retired, which [`drain`](Pool::drain) waits for. One at a time: the caller sees to that.
    pub(crate) fn flip(
        &self,
        version: Option<Arc<Version<C>>>,
        incoming: Vec<Guest<C::Bindings>>,
        publish: impl FnOnce(Word),
    ) -> (Duration, Option<Word>) {
        let was = self.word();
        let word = was.next(version.is_some());
        let began = Instant::now();
        let retired = {
            let mut flip = lock(&self.flip);
            let outgoing = std::mem::replace(&mut flip.incoming, incoming);
            let gone = std::mem::replace(&mut flip.version, version);
            let retired = gone.map(|version| {
                flip.retired.push(Retired {
                    word: was,
                    version,
                    outgoing,
                    left: false,
                });
                was
            });
            self.word.store(word.bits(), Ordering::Release);
            publish(word);
            retired
        };
        let took = began.elapsed();
        self.advance();
        (took, retired)
    }

    /// Brings the lanes that nobody has to the version in force.
    fn advance(&self) {
        let word = self.word().bits();
        for lane in &self.lanes {
            if lane.word.load(Ordering::Acquire) != word
                && let Some(mut held) = self.try_hold(lane)
            {
                self.exchange(lane, &mut held);
            }
        }
        self.wake();
    }

    /// Brings a lane to the version in force.
    pub(super) fn exchange(&self, lane: &Lane<C>, held: &mut super::Held<C>) {
        let mut flip = lock(&self.flip);
        // Read under the lock of the flip: the word and the incoming instances belong together.
        let (was, word) = (held.word, self.word());
        if was == word {
            return; // somebody else was first
        }
        held.word = word;
        let next = flip.incoming.pop();
        let old = std::mem::replace(&mut held.guest, next);
        let answers = lane.answers.swap(0, Ordering::Relaxed);
        flip.past += answers;
        if let Some(retired) = flip.retired.iter_mut().find(|it| it.word == was) {
            let tally = retired.version.tally();
            tally.answers.fetch_add(answers, Ordering::Relaxed);
            retired.outgoing.extend(old);
        }
        lane.word.store(word.bits(), Ordering::Release);
    }

    /// The words of all versions that are retired and not gone.
    pub(crate) fn retired(&self) -> Vec<Word> {
        lock(&self.flip).retired.iter().map(|it| it.word).collect()
    }

    /// Waits until the last calls on retired versions have ended, and drops their instances as they come out of use; `None` has all
    /// the time there is. It says whether nothing is left.
    pub(crate) fn drain(&self, words: &[Word], deadline: Option<Instant>) -> bool {
        let began = Instant::now();
        loop {
            // Before they are buried: what moves on meanwhile is found by the next turn.
            let over = !words.iter().any(|word| self.on(*word).next().is_some());
            self.bury_retired(|it| it.left || words.contains(&it.word));
            if over {
                return true;
            }
            // What takes long already is looked at ever more seldom, and noticed late by as much as it took at most.
            let pause = began.elapsed().clamp(LOOK_AGAIN, LONGEST);
            let left = deadline.map_or(pause, |it| it.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return false;
            }
            // It is not one of those who wait: it would have every call that ends wake it, and all callers pay for that.
            let gate = lock(&self.gate);
            drop(self.freed.wait_timeout(gate, pause.min(left)));
            self.advance();
        }
    }

    /// Leaves retired versions to the refiller's thread, which ends them with their last calls.
    pub(crate) fn leave(&self, words: &[Word], refiller: &Refiller) {
        let mut flip = lock(&self.flip);
        for it in &mut flip.retired {
            it.left |= words.contains(&it.word);
        }
        drop(flip);
        refiller.watch(self.me.clone());
    }

    /// Ends what is left of versions that nobody waits for; says whether there is something left still.
    pub(super) fn end_retired(&self) -> bool {
        self.advance();
        self.bury_retired(|it| it.left)
    }

    /// Drops the idle instances of some retired versions, and those versions whose last call has ended. It says whether there are
    /// others among them.
    fn bury_retired(&self, is_meant: impl Fn(&Retired<C>) -> bool) -> bool {
        let (mut guests, mut versions) = (Vec::new(), Vec::new());
        let mut left = false;
        {
            let mut flip = lock(&self.flip);
            flip.retired.retain_mut(|it| {
                if !is_meant(it) {
                    return true;
                }
                guests.append(&mut it.outgoing);
                let stays = self.on(it.word).next().is_some();
                if !stays {
                    versions.push(it.version.clone());
                }
                left |= stays;
                stays
            });
        }
        drop((guests, versions)); // which takes longer than the lock may be held
        left
    }

    /// The lanes that are on a version. With the lock of the flip, they keep their words.
    fn on(&self, word: Word) -> impl Iterator<Item = &Lane<C>> {
        let is_on = move |lane: &&Lane<C>| lane.word.load(Ordering::Acquire) == word.bits();
        self.lanes.iter().filter(is_on)
    }

    /// Calls that kernels answered.
    pub(crate) fn answers(&self) -> u64 {
        let flip = lock(&self.flip);
        let lanes = self.lanes.iter();
        flip.past
            + lanes
                .map(|lane| lane.answers.load(Ordering::Relaxed))
                .sum::<u64>()
    }

    /// The version in force, as it stands to others, and those that drain.
    pub(crate) fn stats(&self, serving: bool, state: VersionState) -> Vec<VersionStats> {
        let flip = lock(&self.flip);
        let current = flip.version.iter().map(|version| VersionStats {
            serving,
            waiting: self.callers.load(Ordering::Relaxed),
            ..self.stats_of(version, self.word(), state)
        });
        let draining = flip
            .retired
            .iter()
            .map(|it| self.stats_of(&it.version, it.word, VersionState::Draining));
        current.chain(draining).collect()
    }

    fn stats_of(&self, version: &Version<C>, word: Word, state: VersionState) -> VersionStats {
        let (kernel, tally) = (version.kernel(), version.tally());
        let answers = self
            .on(word)
            .map(|lane| lane.answers.load(Ordering::Relaxed));
        VersionStats {
            kernel: kernel.name().to_owned(),
            version: kernel.digest().to_owned(),
            label: kernel.label().to_owned(),
            serving: false,
            state,
            answers: tally.answers.load(Ordering::Relaxed) + answers.sum::<u64>(),
            faults: tally.faults(),
            blamed: tally.blamed.load(Ordering::Relaxed),
            instances: tally.instances.load(Ordering::Relaxed),
            in_use: self.on(word).filter(|lane| lane.held.is_held()).count(),
            memory: tally.memory.load(Ordering::Relaxed),
            waiting: 0,
            poisoned: tally.poisoned.load(Ordering::Relaxed),
        }
    }
}
