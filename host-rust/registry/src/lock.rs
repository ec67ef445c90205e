//! One writer of a contract at a time, over all processes of a machine.

use crate::disk::Disk;
use crate::{Error, Reason, Result};
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long to sleep between two attempts.
const PAUSE: Duration = Duration::from_millis(5);

/// The right to write; given back when it is dropped, and by the system when the process dies.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "the open file is the lock")] File);

impl Lock {
    /// Waits for the right to write in a contract's folder, which has to be there.
    pub(crate) fn take(disk: &Disk, folder: &Path, wait: Duration) -> Result<Lock> {
        let path = folder.join(".lock");
        let file = disk.open_lock(&path)?;
        let begin = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock(file)),
                Err(TryLockError::Error(error)) => return Err(Error::writing(&path, error)),
                Err(TryLockError::WouldBlock) if begin.elapsed() >= wait => {
                    let message = format!("another process is writing, for {wait:?} and longer");
                    return Err(Error::new(Reason::Locked, message)
                        .at(&path)
                        .help("do it again when that process is done"));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            }
        }
    }
}
