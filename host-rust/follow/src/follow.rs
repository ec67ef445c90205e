//! The thread that keeps a slot in step with its registry.

use crate::events;
use crate::look::{Looker, lock};
use crate::refusal::Refusal;
use crate::status::Status;
use crate::target::{Shared, digest};
use crate::watch::Watch;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};
use tenon_host::{Contract, LoadOptions, Slot};
use tenon_registry::{Reason, Registry, Trust};

/// How a version takes the place of another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Swap {
    /// Retires the old version at once: its instances end with their calls and pins. Its code is kept, so that rolling back compiles
    /// nothing.
    #[default]
    Straight,
    /// Keeps the old version staged with all of its instances: rolling back is one store. It takes twice the memory.
    BlueGreen,
}

/// How a slot follows. The default trusts nobody: give keys, or allow unsigned versions.
///
/// ```
/// use tenon_follow::{Options, Swap};
/// use tenon_registry::Trust;
///
/// let trust = Trust { unsigned: true, ..Trust::default() };
/// let options = Options { trust, swap: Swap::BlueGreen, ..Options::default() };
/// assert_eq!(options.poll.as_secs(), 5);
/// ```
pub struct Options {
    /// Whose signatures count. It is the host's own, and never comes from the registry.
    pub trust: Trust,
    /// The longest time until a change is seen that the system does not tell of; by default, and for zero, five seconds. At
    /// most a day.
    pub poll: Duration,
    /// How a version takes the place of another one.
    pub swap: Swap,
    /// Bounds the contract's golden cases together; by default 30 seconds.
    pub golden_timeout: Duration,
    /// Grants the versions what they import. Golden cases run with it too.
    pub load: LoadOptions,
    /// Leaves the registry's trail alone. It is written otherwise, where the folder may be written.
    pub no_trail: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            trust: Trust::default(),
            poll: POLL,
            swap: Swap::default(),
            golden_timeout: Duration::from_secs(30),
            load: LoadOptions::default(),
            no_trail: false,
        }
    }
}

const POLL: Duration = Duration::from_secs(5);
const LONGEST_POLL: Duration = Duration::from_secs(24 * 60 * 60);

/// The pauses between looks at what was refused.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_secs(60);

/// Makes a slot follow its contract's folder in a registry. It looks once before it returns: the active version
/// serves then, if it is good. If it is not, the slot is left as it is, which [`Follower::status`] and the log tell; that is no
/// error. A contract of which nothing was ever activated leaves the slot as it is too; `baseline` as the active version
/// leaves the slot's baseline to serve.
///
/// The follower ends when it is closed or dropped. A refusal of kind `policy` tells of a name that no registry has, and one of kind
/// `overloaded` of a thread that the system does not give.
///
/// See the [crate] for an example.
pub fn follow<C: Contract>(
    slot: Arc<Slot<C>>,
    registry: &Registry,
    mut options: Options,
) -> Result<Follower, Refusal> {
    options.poll = bounded(options.poll);
    let contract = C::PACKAGE;
    let folder = registry.folder(contract).map_err(Refusal::of_registry)?;
    let slot: Shared = slot;
    let now = SystemTime::now();
    let status = Arc::new(Mutex::new(Status {
        slot: slot.name().to_owned(),
        contract: contract.to_owned(),
        since: now,
        looked: now,
        // So that a first refusal is told.
        in_step: true,
        ..Status::default()
    }));
    let (orders, queue) = mpsc::channel();
    let woken = Arc::new(AtomicBool::new(false));
    let wake = {
        let (orders, woken) = (orders.clone(), Arc::clone(&woken));
        move || {
            // Changes that come faster than they are looked at become one.
            if !woken.swap(true, Ordering::AcqRel) {
                let _ = orders.send(Order::Look);
            }
        }
    };
    // Watching begins before the first look, so that no change falls between the two.
    let watch = Watch::new(registry.root(), &folder, wake);
    let looker = Looker::new(slot.clone(), registry.clone(), options, status.clone());
    let mut work = Work {
        looker,
        watch,
        woken,
        pause: Duration::ZERO,
        due: None,
    };
    if let Some(error) = work.watch.degraded() {
        events::degraded(&work.looker.status(), error);
    }
    // What it finds is told and stands in the status.
    let _ = work.look(false);
    let thread = thread::Builder::new()
        .name("tenon-follow".into())
        .spawn(move || work.run(&queue))
        .map_err(|error| {
            let message = format!("no thread is to be had: {error}");
            Refusal::new(Reason::Io, contract, message)
        })?;
    Ok(Follower {
        slot,
        status,
        orders,
        thread: Mutex::new(Some(thread)),
    })
}

/// A time between rounds that neither takes a whole core nor overflows a clock.
fn bounded(poll: Duration) -> Duration {
    if poll.is_zero() {
        return POLL;
    }
    poll.min(LONGEST_POLL)
}

/// Keeps a slot in step with a registry until it is closed or dropped; made by [`follow`].
pub struct Follower {
    pub(crate) slot: Shared,
    pub(crate) status: Arc<Mutex<Status>>,
    orders: mpsc::Sender<Order>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

enum Order {
    Look,
    Sync(mpsc::Sender<Result<(), Refusal>>),
    Stop,
}

impl Follower {
    /// How the slot stands to its registry, as of the last look.
    pub fn status(&self) -> Status {
        read(&self.slot, &self.status)
    }

    /// Looks at the registry now, also at a version that was refused before. It returns when the slot is in step, or with why it
    /// is not. In step is a slot when the version is in force: calls and pins of the old one may go on, and are not waited for longer
    /// than 100 ms, also where the caller itself has such a pin in hand.
    pub fn sync(&self) -> Result<(), Refusal> {
        let (reply, answer) = mpsc::channel();
        // Where the thread has ended, nobody answers.
        let _ = self.orders.send(Order::Sync(reply));
        answer.recv().unwrap_or_else(|_| {
            let contract = self.slot.contract();
            Err(Refusal::new(
                Reason::Closed,
                contract,
                "the follower is closed",
            ))
        })
    }

    /// Ends the follower and waits until nothing of it is left: a look that is at work ends first, which no pin holds up. The slot
    /// serves on as it does. Closing twice is fine; dropping closes.
    pub fn close(&self) {
        let _ = self.orders.send(Order::Stop);
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            // A panic there has been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

/// The message of a slot that serves what the registry has not said, although all of that is well.
const SWITCHED_BY_HAND: &str = "the slot was switched past its follower: it stays so until the active version changes, or sync is called";

/// A follower's status, with what its slot serves at this moment.
pub(crate) fn read(slot: &Shared, status: &Mutex<Status>) -> Status {
    let mut status = lock(status).clone();
    let kernel = slot.kernel();
    if status.serving != digest(kernel.as_ref()) {
        // Somebody else swapped.
        digest(kernel.as_ref()).clone_into(&mut status.serving);
        status.label.clear();
    }
    if status.in_step && status.revision != 0 && status.serving != status.want {
        status.in_step = false;
        SWITCHED_BY_HAND.clone_into(&mut status.message);
    }
    status
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Follower").field(&self.status()).finish()
    }
}

/// What the thread has.
struct Work {
    looker: Looker,
    watch: Watch,
    /// Whether a look is ordered that has not begun.
    woken: Arc<AtomicBool>,
    /// The last pause after a refusal.
    pause: Duration,
    /// When to look again at what was refused.
    due: Option<Instant>,
}

impl Work {
    fn run(mut self, queue: &mpsc::Receiver<Order>) {
        let poll = self.looker.options.poll;
        let mut tick = Instant::now() + poll;
        loop {
            let next = self.due.map_or(tick, |due| due.min(tick));
            match queue.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Order::Sync(reply)) => {
                    self.pause = Duration::ZERO;
                    // Who asked may have gone.
                    let _ = reply.send(self.look(true));
                }
                Ok(Order::Look) => {
                    self.woken.store(false, Ordering::Release);
                    // Something changed: begin with short pauses.
                    self.pause = Duration::ZERO;
                    let _ = self.look(false);
                }
                Err(RecvTimeoutError::Timeout) => {
                    let now = Instant::now();
                    if now >= tick {
                        tick = now + poll;
                        self.look_round();
                    }
                    if self.due.is_some_and(|due| now >= due) {
                        let _ = self.look(false);
                    }
                }
            }
        }
    }

    /// Looks for what the system has not told of.
    fn look_round(&mut self) {
        self.looker.watch_breaker();
        self.watch.arm();
        if self.watch.changed(&self.looker.status().want) {
            self.pause = Duration::ZERO;
            let _ = self.look(false);
        }
    }

    fn look(&mut self, force: bool) -> Result<(), Refusal> {
        self.watch.arm();
        // As the files are before they are read: what changes meanwhile is found by the next round.
        self.watch.changed(&self.looker.status().want);
        let result = self.looker.look(force);
        self.pause = match &result {
            Err(refusal) if refusal.is_passing() && self.pause.is_zero() => {
                FIRST_PAUSE.min(self.looker.options.poll)
            }
            Err(refusal) if refusal.is_passing() => (self.pause * 2).min(LAST_PAUSE),
            _ => Duration::ZERO,
        };
        let again = !self.pause.is_zero();
        self.due = again.then(|| Instant::now() + self.pause);
        lock(&self.looker.status).retry = again.then(|| SystemTime::now() + self.pause);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_is_neither_for_ever_nor_never() {
        assert_eq!(bounded(Duration::ZERO), POLL);
        assert_eq!(bounded(Duration::MAX), LONGEST_POLL);
        let usual = Duration::from_millis(200);
        assert_eq!(bounded(usual), usual);
    }
}
