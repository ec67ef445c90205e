//! How much memory the process takes, as Linux counts it.

use std::fs;

/// The most that the process has in memory, measured from one moment on.
pub(crate) struct Peak {
    before: Option<u64>,
}

impl Peak {
    /// Starts to measure.
    pub(crate) fn start() -> Peak {
        // 5 makes the highest mark fall to what is in memory now. Where that is forbidden, growth beyond the mark is what shows.
        let reset = fs::write("/proc/self/clear_refs", "5").is_ok();
        Peak {
            before: status(if reset { "VmRSS:" } else { "VmHWM:" }),
        }
    }

    /// Bytes that were added at the highest; none where the system does not tell.
    pub(crate) fn bytes(&self) -> Option<u64> {
        Some(status("VmHWM:")?.saturating_sub(self.before?))
    }
}

/// A figure of /proc/self/status, in bytes.
fn status(name: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes << 10)
}
