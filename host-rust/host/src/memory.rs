//! The memory that all instances of an engine may have together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A sum of bytes that many take from and give back to.
pub(crate) struct Memory {
    limit: usize,
    used: AtomicUsize,
}

impl Memory {
    pub(crate) fn new(limit: usize) -> Arc<Memory> {
        Arc::new(Memory {
            limit,
            used: AtomicUsize::new(0),
        })
    }

    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Takes bytes, all or none; says whether they were there.
    fn take(&self, bytes: usize) -> bool {
        let take = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= self.limit);
        self.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What one instance has of it; given back with the instance.
pub(crate) struct Share {
    of: Arc<Memory>,
    /// What the instances of its version have, this one among them.
    version: Option<Arc<AtomicUsize>>,
    bytes: usize,
}

impl Share {
    pub(crate) fn none(of: &Arc<Memory>) -> Share {
        Share {
            of: of.clone(),
            version: None,
            bytes: 0,
        }
    }

    /// The same share, counted for a version as well.
    pub(crate) fn counted(mut self, version: Option<Arc<AtomicUsize>>) -> Share {
        self.version = version;
        self
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Brings the share to a size; says whether there was room.
    pub(crate) fn resize(&mut self, bytes: usize) -> bool {
        match bytes.checked_sub(self.bytes) {
            Some(more) if !self.of.take(more) => return false,
            Some(_) => {}
            None => self.of.give_back(self.bytes - bytes),
        }
        self.count(bytes);
        true
    }

    fn count(&mut self, bytes: usize) {
        if let Some(version) = &self.version {
            version.fetch_add(bytes.wrapping_sub(self.bytes), Ordering::Relaxed);
        }
        self.bytes = bytes;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.of.give_back(self.bytes);
        self.count(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_fill_the_memory_and_come_back() {
        let memory = Memory::new(100);
        let (mut one, mut other) = (Share::none(&memory), Share::none(&memory));
        assert!(one.resize(60) && other.resize(40));
        assert!(!other.resize(41) && !other.resize(usize::MAX));
        assert_eq!((other.bytes(), memory.used()), (40, 100));
        assert!(one.resize(50) && other.resize(50));
        drop(one);
        assert!(other.resize(100));
        drop(other);
        assert_eq!(memory.used(), 0);
    }

    #[test]
    fn a_version_has_what_its_instances_have() {
        let (memory, version) = (Memory::new(100), Arc::new(AtomicUsize::new(0)));
        let share = || Share::none(&memory).counted(Some(version.clone()));
        let (mut one, mut other) = (share(), share());
        assert!(one.resize(60) && other.resize(30) && one.resize(20) && !other.resize(100));
        assert_eq!(version.load(Ordering::Relaxed), 50);
        drop((one, other));
        assert_eq!(version.load(Ordering::Relaxed), 0);
    }
}
