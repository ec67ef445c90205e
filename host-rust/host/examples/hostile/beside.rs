//! What goes on beside an attack, and must not notice it: a heartbeat, and healthy calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};
use tenon_host::contracts::redact;
use tenon_host::{Fault, Slot};

/// How often the heart beats.
const BEAT: Duration = Duration::from_millis(1);

/// How many healthy calls follow the last attack: the host serves on.
const AFTERWARDS: usize = 3;

/// What healthy calls ask.
const TEXT: &str = "login from 192.0.2.7 by root@example.org";

/// The threads beside an attack.
pub(crate) struct Beside {
    stop: Arc<AtomicBool>,
    heart: thread::JoinHandle<()>,
    pub(crate) beats: Arc<AtomicU64>,
    gap: Arc<AtomicU64>,
    healthy: thread::JoinHandle<Healthy>,
}

/// Healthy calls, counted.
#[derive(Default)]
pub(crate) struct Healthy {
    pub(crate) calls: u64,
    pub(crate) failed: u64,
    /// What the first that failed said.
    pub(crate) message: String,
}

impl Beside {
    /// Starts both threads, and waits for the first healthy answer, which all others must be like.
    pub(crate) fn start(slot: Slot<redact::Contract>) -> Result<Beside, Fault> {
        let answer = slot.call(|k| k.redact(TEXT))?;
        let stop = Arc::new(AtomicBool::new(false));
        let (beats, gap) = (Arc::default(), Arc::default());
        let heart = thread::spawn({
            let (stop, beats, gap) = (stop.clone(), Arc::clone(&beats), Arc::clone(&gap));
            move || beat(&stop, &beats, &gap)
        });
        let healthy = thread::spawn({
            let stop = stop.clone();
            move || {
                let mut healthy = Healthy::default();
                let mut left = AFTERWARDS;
                while left > 0 {
                    left -= usize::from(stop.load(Relaxed));
                    healthy.calls += 1;
                    let complaint = match slot.call(|k| k.redact(TEXT)) {
                        Ok(given) if given == answer => None,
                        Ok(given) => Some(format!("it answers {given:?}")),
                        Err(fault) => Some(fault.to_string()),
                    };
                    if let Some(complaint) = complaint {
                        if healthy.failed == 0 {
                            healthy.message = complaint;
                        }
                        healthy.failed += 1;
                    }
                    thread::sleep(BEAT);
                }
                healthy
            }
        });
        Ok(Beside {
            stop,
            heart,
            beats,
            gap,
            healthy,
        })
    }

    /// Stops both threads; tells the longest time between two beats, and of the calls.
    pub(crate) fn stop(self) -> (Duration, Healthy) {
        self.stop.store(true, Relaxed);
        let lost = Healthy {
            failed: 1,
            message: "the thread of the healthy calls panicked".to_owned(),
            ..Healthy::default()
        };
        let healthy = self.healthy.join().unwrap_or(lost);
        // A heart that broke shows in its beats.
        let _ = self.heart.join();
        (Duration::from_nanos(self.gap.load(Relaxed)), healthy)
    }
}

fn beat(stop: &AtomicBool, beats: &AtomicU64, gap: &AtomicU64) {
    let mut last = Instant::now();
    while !stop.load(Relaxed) {
        thread::sleep(BEAT);
        let now = Instant::now();
        let since = now.duration_since(last);
        gap.fetch_max(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX), Relaxed);
        beats.fetch_add(1, Relaxed);
        last = now;
    }
}
