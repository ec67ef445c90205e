//! Replacing lost instances, and ending those of versions that nobody waits for, off the call path.
//!
//! One thread an engine, started when it is first needed and ended with the engine. Warming an instance may take far longer
//! than a call, so the caller that met the fault does not wait for it.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The pause before the first look whether a call has ended that was not waited for.
const FIRST: Duration = Duration::from_millis(8);

/// The longest pause between two looks whether a call has ended that takes long already.
pub(crate) const LONGEST: Duration = Duration::from_millis(500);

/// Something whose places can be filled again, and that has instances to end.
pub(crate) trait Refill: Send + Sync {
    /// Fills one place.
    fn refill(&self, place: usize);

    /// Ends what it can of retired versions; says whether some is left.
    fn end_retired(&self) -> bool;
}

enum Job {
    Refill(Weak<dyn Refill>, usize),
    Watch(Weak<dyn Refill>),
}

/// The thread, once it is needed.
#[derive(Default)]
pub(crate) struct Refiller(Mutex<Option<Worker>>);

struct Worker {
    jobs: mpsc::Sender<Job>,
    thread: JoinHandle<()>,
}

impl Refiller {
    /// Has a place filled soon; says whether it will be.
    pub(crate) fn request(&self, owner: Weak<dyn Refill>, place: usize) -> bool {
        self.send(Job::Refill(owner, place))
    }

    /// Has retired versions ended when their last calls have. Where the system gives no thread, the next change ends them.
    pub(crate) fn watch(&self, owner: Weak<dyn Refill>) {
        self.send(Job::Watch(owner));
    }

    fn send(&self, job: Job) -> bool {
        let mut worker = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if worker.is_none() {
            *worker = start();
        }
        worker
            .as_ref()
            .is_some_and(|worker| worker.jobs.send(job).is_ok())
    }
}

fn start() -> Option<Worker> {
    let (jobs, queue) = mpsc::channel();
    let thread = thread::Builder::new()
        .name("tenon-refill".into())
        .spawn(move || work(&queue))
        .ok()?;
    Some(Worker { jobs, thread })
}

fn work(queue: &Receiver<Job>) {
    let mut watched: Vec<Weak<dyn Refill>> = Vec::new();
    let (mut pause, mut due) = (LONGEST, Instant::now());
    loop {
        let job = if watched.is_empty() {
            due = Instant::now() + LONGEST;
            queue.recv().map_err(RecvTimeoutError::from)
        } else {
            queue.recv_timeout(due.saturating_duration_since(Instant::now()))
        };
        match job {
            Ok(Job::Refill(owner, place)) => {
                if let Some(owner) = owner.upgrade() {
                    owner.refill(place);
                }
            }
            Ok(Job::Watch(owner)) => {
                if !watched.iter().any(|it| it.ptr_eq(&owner)) {
                    watched.push(owner);
                }
                pause = FIRST;
                due = due.min(Instant::now() + pause);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if Instant::now() >= due {
            watched.retain(|owner| owner.upgrade().is_some_and(|owner| owner.end_retired()));
            pause = (2 * pause).min(LONGEST);
            due = Instant::now() + pause;
        }
    }
}

impl Drop for Refiller {
    fn drop(&mut self) {
        let Some(worker) = self
            .0
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        else {
            return;
        };
        drop(worker.jobs);
        // The thread itself may hold the engine's last owner; it ends by its empty queue then.
        if worker.thread.thread().id() != thread::current().id() {
            // A panic there has been reported by the panic hook.
            let _ = worker.thread.join();
        }
    }
}
