//! What a process holds on to.

use std::fs;
use std::thread;
use std::time::Duration;

/// What a process holds on to. Where there is no `/proc` all is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Threads.
    pub threads: u64,
    /// The lines of `/proc/self/maps`.
    pub mappings: u64,
    /// Resident memory, in bytes.
    pub resident: u64,
}

impl Holdings {
    /// Counts a few times, since some goes away by itself, and takes the least.
    pub(crate) fn count() -> Holdings {
        let mut least = Holdings::read();
        for _ in 0..4 {
            thread::sleep(Duration::from_millis(20));
            let again = Holdings::read();
            least = Holdings {
                threads: least.threads.min(again.threads),
                mappings: least.mappings.min(again.mappings),
                resident: least.resident.min(again.resident),
            };
        }
        least
    }

    fn read() -> Holdings {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let status = read("/proc/self/status");
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next()?.parse().ok())
                .unwrap_or(0)
        };
        Holdings {
            threads: number("Threads:"),
            mappings: read("/proc/self/maps").lines().count() as u64,
            resident: 1024 * number("VmRSS:"),
        }
    }
}

impl std::fmt::Display for Holdings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let resident = self.resident as f64 / f64::from(1 << 20);
        write!(
            f,
            "threads {}, mappings {}, resident {resident:.1} MiB",
            self.threads, self.mappings
        )
    }
}
