//! What a follower and metrics need of a slot, whatever its contract.

use std::sync::Arc;
use std::time::Duration;
use tenon_host::{Contract, Engine, Fault, Kernel, Slot, Stats};

/// A slot, apart from the type of its contract.
pub(crate) trait Target: Send + Sync {
    fn name(&self) -> &str;
    fn contract(&self) -> &'static str;
    fn engine(&self) -> &Engine;
    fn kernel(&self) -> Option<Kernel>;
    fn stats(&self) -> Stats;
    fn check(&self, kernel: &Kernel) -> Result<(), Fault>;
    fn swap(&self, kernel: Option<&Kernel>, patience: Duration) -> Result<(), Fault>;
    fn stage(&self, kernel: Option<&Kernel>, patience: Duration) -> Result<(), Fault>;
    fn promote(&self) -> Result<(), Fault>;
}

impl<C: Contract> Target for Slot<C> {
    fn name(&self) -> &str {
        Slot::name(self)
    }
    fn contract(&self) -> &'static str {
        C::PACKAGE
    }
    fn engine(&self) -> &Engine {
        Slot::engine(self)
    }
    fn kernel(&self) -> Option<Kernel> {
        Slot::kernel(self)
    }
    fn stats(&self) -> Stats {
        Slot::stats(self)
    }
    fn check(&self, kernel: &Kernel) -> Result<(), Fault> {
        Slot::check(self, kernel)
    }
    fn swap(&self, kernel: Option<&Kernel>, patience: Duration) -> Result<(), Fault> {
        Slot::swap_within(self, kernel, patience)
    }
    fn stage(&self, kernel: Option<&Kernel>, patience: Duration) -> Result<(), Fault> {
        Slot::stage_within(self, kernel, patience)
    }
    fn promote(&self) -> Result<(), Fault> {
        Slot::promote(self)
    }
}

/// A slot that any part of this crate may hold.
pub(crate) type Shared = Arc<dyn Target>;

/// The digest of a version; empty for the baseline.
pub(crate) fn digest(kernel: Option<&Kernel>) -> &str {
    kernel.map_or("", Kernel::digest)
}
