//! Replacing lost instances, off the call path.
//!
//! One thread an engine, started by the first loss and ended with the engine. Warming an instance may take far longer
//! than a call, so the caller that met the fault does not wait for it.

use std::sync::{Mutex, PoisonError, Weak, mpsc};
use std::thread::{self, JoinHandle};

/// Something whose places can be filled again.
pub(crate) trait Refill: Send + Sync {
    /// Fills one place.
    fn refill(&self, place: usize);
}

type Job = (Weak<dyn Refill>, usize);

/// The thread, once it is needed.
#[derive(Default)]
pub(crate) struct Refiller(Mutex<Option<Worker>>);

struct Worker {
    jobs: mpsc::Sender<Job>,
    thread: JoinHandle<()>,
}

impl Refiller {
    /// Has a place filled soon; says whether it will be.
    pub(crate) fn request(&self, job: Job) -> bool {
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
    let (jobs, queue) = mpsc::channel::<Job>();
    let work = move || {
        for (owner, place) in queue {
            if let Some(owner) = owner.upgrade() {
                owner.refill(place);
            }
        }
    };
    let thread = thread::Builder::new()
        .name("tenon-refill".into())
        .spawn(work)
        .ok()?;
    Some(Worker { jobs, thread })
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
