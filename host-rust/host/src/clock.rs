//! The clock of an engine: what looks after a running kernel from outside.
//!
//! Compiled code compares the engine's *epoch* with a number of its store's at each function's entry, at each turn of a loop
//! and before each bulk operation. One thread an engine raises the epoch; a kernel that finds it raised calls the host,
//! which looks at the time. RATIONALE.md tells why the thread may sleep whenever it likes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

/// How often a running kernel is asked for the time; a deadline is kept to about twice this.
const TICK: Duration = Duration::from_millis(1);

/// Ticks without a kernel at work after which the thread goes to sleep.
const PATIENCE: u32 = 16;

/// The thread that raises the epoch, once there is an instance. It ends with this value.
pub(crate) struct Clock {
    shared: Arc<Shared>,
    starting: Mutex<()>,
    thread: OnceLock<JoinHandle<()>>,
}

struct Shared {
    /// Whether a kernel has looked at the clock since it last ticked.
    running: AtomicBool,
    ended: AtomicBool,
    ticker: OnceLock<Thread>,
}

/// What an instance holds of its engine's clock.
#[derive(Clone)]
pub(crate) struct Watch(Arc<Shared>);

impl Clock {
    pub(crate) fn new() -> Clock {
        Clock {
            shared: Arc::new(Shared {
                running: AtomicBool::new(false),
                ended: AtomicBool::new(false),
                ticker: OnceLock::new(),
            }),
            starting: Mutex::new(()),
            thread: OnceLock::new(),
        }
    }

    /// Starts the clock unless it runs. The error is the system's, which gives no more threads.
    pub(crate) fn watch(&self, engine: &wasmtime::Engine) -> std::io::Result<Watch> {
        if self.thread.get().is_none() {
            let _turn = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
            if self.thread.get().is_none() {
                let (shared, engine) = (self.shared.clone(), engine.clone());
                let thread = thread::Builder::new()
                    .name("tenon-clock".into())
                    .spawn(move || tick(&shared, &engine))?;
                let _ = self.shared.ticker.set(thread.thread().clone());
                let _ = self.thread.set(thread);
            }
        }
        Ok(Watch(self.shared.clone()))
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.shared.ended.store(true, Ordering::Release);
            thread.thread().unpark();
            // It runs nothing that panics.
            let _ = thread.join();
        }
    }
}

fn tick(shared: &Shared, engine: &wasmtime::Engine) {
    let mut quiet = 0;
    while !shared.ended.load(Ordering::Acquire) {
        if quiet == PATIENCE {
            thread::park();
            quiet = 0;
        }
        thread::sleep(TICK);
        engine.increment_epoch();
        let running = shared.running.swap(false, Ordering::SeqCst);
        quiet = if running { 0 } else { quiet + 1 };
    }
}

impl Watch {
    /// Says that a kernel runs, to be called before the store's number is read from the epoch: then either the clock will
    /// tick again by itself, or it is woken here.
    pub(crate) fn running(&self) {
        if !self.0.running.swap(true, Ordering::SeqCst)
            && let Some(ticker) = self.0.ticker.get()
        {
            ticker.unpark();
        }
    }
}
