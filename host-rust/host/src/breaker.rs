//! When a failing version is turned off, and when it is tried again.

use crate::fault::{Fault, FaultKind};
use std::collections::VecDeque;
use std::time::Duration;

/// When a slot turns a failing version off. Faults count that the baseline could answer in place of the kernel; a slot without a
/// baseline has no breaker.
///
/// While a version is turned off, the baseline answers, and for the share of a staged one the version that serves. After
/// the pause single calls try the version: as soon as three have been answered in a row it has all of its calls again; when one
/// fails, whose caller gets the baseline's answer, the next try waits for twice the pause, at most 32 times. Nothing runs
/// in between: without calls there are no tries.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use std::time::Duration;
/// use tenon_host::contracts::scalar::{self, Calls};
/// use tenon_host::{Breaker, Config, Engine};
/// # use tenon_host::Fault;
/// # struct Native;
/// # impl Calls for Native {
/// #     fn add(&self, a: u32, b: u32) -> Result<u32, Fault> { Ok(a.wrapping_add(b)) }
/// #     fn sum(&self, _: &[u32]) -> Result<u64, Fault> { Ok(0) }
/// #     fn echo_bytes(&self, bytes: &[u8]) -> Result<Vec<u8>, Fault> { Ok(bytes.to_vec()) }
/// #     fn echo_string(&self, text: &str) -> Result<String, Fault> { Ok(text.to_owned()) }
/// #     fn fail(&self, _: &str) -> Result<(), Fault> { Ok(()) }
/// # }
///
/// # let engine = Engine::new(&Config::default())?;
/// # let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
/// let breaker = Breaker { faults: 3, pause: Duration::from_secs(60), ..Breaker::default() };
/// let slot = engine.slot::<scalar::Contract>("sums").baseline(Native).kernel(&kernel).breaker(breaker).build()?;
/// for _ in 0..3 {
///     slot.call(|k| k.fail("a trap"))?;       // the baseline answers
/// }
/// assert!(slot.stats().tripped);
/// slot.call(|k| k.fail("no trap"))?;          // the kernel is not asked any more
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// So many faults within the window turn a version off; 1 to 10,000, by default 20.
    pub faults: u32,
    /// How long a fault counts; by default ten seconds.
    pub window: Duration,
    /// How long a version is turned off before a call tries it; at most a day, by default five seconds. One that fails again soon
    /// after it has come back has twice the pause of before.
    pub pause: Duration,
}

impl Default for Breaker {
    fn default() -> Breaker {
        Breaker {
            faults: 20,
            window: Duration::from_secs(10),
            pause: Duration::from_secs(5),
        }
    }
}

/// The most faults whose times are kept.
const MOST_FAULTS: u32 = 10_000;

/// The longest first pause.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Answers in a row that bring a version back.
const TRIES: u32 = 3;

/// How much longer than the first a pause may become.
const LONGER: u32 = 32;

impl Breaker {
    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let wrong = if !(1..=MOST_FAULTS).contains(&self.faults) {
            format!(
                "a breaker of {} faults: give 1 to {MOST_FAULTS}",
                self.faults
            )
        } else if self.pause > LONGEST {
            format!(
                "a breaker's pause of {:?}: give at most {LONGEST:?}",
                self.pause
            )
        } else {
            return Ok(());
        };
        Err(Fault::new(FaultKind::Policy, wrong).with_help("or have none, by breaker(None)"))
    }
}

/// What is held against one version. Times are on the slot's clock.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    tripped: bool,
    /// When it was blamed last.
    recent: VecDeque<Duration>,
    /// Tries in a row that were answered.
    good: u32,
    /// The last pause.
    pause: Duration,
    /// When it came back from it.
    back: Option<Duration>,
}

/// What a fault has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing yet.
    Noted,
    /// The version is turned off, by so many faults, for so long.
    Tripped { faults: usize, pause: Duration },
    /// It was turned off, and stays so for so long.
    Still { pause: Duration },
}

impl Standing {
    pub(crate) fn is_tripped(&self) -> bool {
        self.tripped
    }

    /// Notes a fault whose input the baseline has answered; of a `trial` it is told apart from calls that began before.
    pub(crate) fn blame(&mut self, breaker: &Breaker, now: Duration, trial: bool) -> Verdict {
        let longest = breaker.pause * LONGER;
        if self.tripped {
            if !trial {
                return Verdict::Noted;
            }
            self.good = 0;
            self.pause = (self.pause * 2).min(longest);
            return Verdict::Still { pause: self.pause };
        }
        self.recent.push_back(now);
        while self.recent.len() > breaker.faults as usize {
            self.recent.pop_front();
        }
        let oldest = self.recent.front().copied().unwrap_or(now);
        if self.recent.len() < breaker.faults as usize
            || now.saturating_sub(oldest) > breaker.window
        {
            return Verdict::Noted;
        }
        let again = self
            .back
            .is_some_and(|back| now.saturating_sub(back) < longest);
        self.pause = if again {
            (self.pause * 2).min(longest)
        } else {
            breaker.pause
        };
        self.good = 0;
        self.tripped = true;
        Verdict::Tripped {
            faults: self.recent.len(),
            pause: self.pause,
        }
    }

    /// Notes that a trial was answered; says whether it has brought the version back.
    pub(crate) fn passed(&mut self, now: Duration) -> bool {
        if !self.tripped {
            return false;
        }
        self.good += 1;
        if self.good < TRIES {
            return false;
        }
        self.tripped = false;
        self.good = 0;
        self.recent.clear();
        self.back = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn breaker() -> Breaker {
        Breaker {
            faults: 3,
            window: 10 * SECOND,
            pause: 5 * SECOND,
        }
    }

    fn trip(standing: &mut Standing) {
        for _ in 0..3 {
            standing.blame(&breaker(), SECOND, false);
        }
        assert!(standing.is_tripped());
    }

    #[test]
    fn only_faults_within_the_window_turn_a_version_off() {
        let mut standing = Standing::default();
        for at in [0, 6, 12, 18, 24] {
            assert_eq!(
                standing.blame(&breaker(), at * SECOND, false),
                Verdict::Noted
            );
        }
        let tripped = Verdict::Tripped {
            faults: 3,
            pause: 5 * SECOND,
        };
        assert_eq!(standing.blame(&breaker(), 25 * SECOND, false), tripped);
        assert_eq!(
            standing.blame(&breaker(), 26 * SECOND, false),
            Verdict::Noted,
            "a call from before"
        );
    }

    #[test]
    fn failed_tries_double_the_pause_up_to_a_bound() {
        let mut standing = Standing::default();
        trip(&mut standing);
        for factor in [2, 4, 8, 16, 32, 32] {
            let still = Verdict::Still {
                pause: factor * 5 * SECOND,
            };
            assert_eq!(standing.blame(&breaker(), SECOND, true), still);
        }
    }

    #[test]
    fn three_answers_in_a_row_bring_a_version_back() {
        let mut standing = Standing::default();
        assert!(!standing.passed(SECOND), "it serves");
        trip(&mut standing);
        assert!(!standing.passed(SECOND) && !standing.passed(SECOND));
        standing.blame(&breaker(), SECOND, true);
        assert!(!standing.passed(SECOND) && !standing.passed(SECOND) && standing.passed(SECOND));
        assert!(!standing.is_tripped());

        // Soon again: the pause goes on from where it was.
        standing.blame(&breaker(), 2 * SECOND, false);
        standing.blame(&breaker(), 2 * SECOND, false);
        let longer = Verdict::Tripped {
            faults: 3,
            pause: 20 * SECOND,
        };
        assert_eq!(standing.blame(&breaker(), 2 * SECOND, false), longer);
        for back in [false, false, true] {
            assert_eq!(standing.passed(3 * SECOND), back);
        }
        // Much later it is forgotten.
        let first = Verdict::Tripped {
            faults: 3,
            pause: 5 * SECOND,
        };
        for _ in 0..2 {
            let noted = standing.blame(&breaker(), 1_000 * SECOND, false);
            assert_eq!(noted, Verdict::Noted);
        }
        assert_eq!(standing.blame(&breaker(), 1_000 * SECOND, false), first);
    }

    #[test]
    fn a_breaker_that_cannot_be_meant_is_refused() {
        assert!(breaker().check().is_ok());
        for wrong in [
            Breaker {
                faults: 0,
                ..breaker()
            },
            Breaker {
                faults: 10_001,
                ..breaker()
            },
            Breaker {
                pause: Duration::MAX,
                ..breaker()
            },
        ] {
            assert_eq!(wrong.check().unwrap_err().kind(), FaultKind::Policy);
        }
    }
}
