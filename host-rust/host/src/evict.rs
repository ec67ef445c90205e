//! Keeping the cache's folder within its limit.
//!
//! Any number of processes may do this at once, and some may do it with another limit: the smallest holds. None takes
//! a lock. An entry that another process removes in between is gone all the same; an entry that it is reading stays readable until
//! it is closed. What cannot be looked at or removed is left alone: a cache has no errors, only misses.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The ending of an entry's name.
pub(crate) const ENTRY: &str = "code";

/// The ending of what is not finished yet.
pub(crate) const UNFINISHED: &str = "tmp";

/// The age at which unfinished work belongs to a process that died.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// How far a time may lie ahead before it counts as somebody's wrong clock, and not as a reason to stay for ever.
const WRONG_CLOCK: Duration = Duration::from_secs(60 * 60);

/// Notes that an entry was used.
pub(crate) fn touch(entry: &Path) {
    // A folder on a read-only file system still serves; its entries keep their age.
    let _ = File::options()
        .append(true)
        .open(entry)
        .and_then(|file| file.set_modified(SystemTime::now()));
}

/// Removes the entries that were used longest ago until the rest fit the limit.
pub(crate) fn shrink(folder: &Path, limit: u64) {
    let now = SystemTime::now();
    let mut entries = entries(folder, now);
    let mut total = entries
        .iter()
        .fold(0_u64, |sum, (_, size, _)| sum.saturating_add(*size));
    if total <= limit {
        return;
    }
    entries.sort_unstable();
    for (_, size, path) in entries {
        if total <= limit {
            return;
        }
        if fs::remove_file(path).is_ok() {
            total -= size;
        }
    }
}

/// The entries: last use, bytes, path. Abandoned work is removed on the way.
fn entries(folder: &Path, now: SystemTime) -> Vec<(SystemTime, u64, PathBuf)> {
    let mut entries = Vec::new();
    let Ok(files) = fs::read_dir(folder) else {
        return entries;
    };
    for file in files.flatten() {
        let path = file.path();
        // Of the entry itself: a link is not followed.
        let Ok(found) = file.metadata() else { continue };
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending {
            Some(ENTRY) if found.is_file() => entries.push((used(&found, now), found.len(), path)),
            Some(UNFINISHED) if found.is_file() => {
                let age = found
                    .modified()
                    .ok()
                    .and_then(|time| now.duration_since(time).ok());
                if age.is_some_and(|age| age > ABANDONED) {
                    let _ = fs::remove_file(path);
                }
            }
            _ => {}
        }
    }
    entries
}

fn used(file: &Metadata, now: SystemTime) -> SystemTime {
    match file.modified() {
        Ok(time) if time <= now + WRONG_CLOCK => time,
        _ => SystemTime::UNIX_EPOCH,
    }
}
