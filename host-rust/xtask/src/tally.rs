//! Counts of what passed, failed and was skipped.

use std::fmt;
use std::ops::AddAssign;

/// Tests and checks by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    /// One check that held.
    pub(crate) const PASSED: Self = Self {
        passed: 1,
        failed: 0,
        skipped: 0,
    };
    /// One check that did not hold.
    pub(crate) const FAILED: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
    };
    /// One check that this machine cannot make.
    pub(crate) const SKIPPED: Self = Self {
        passed: 0,
        failed: 0,
        skipped: 1,
    };

    /// What a run counted. One that failed without a failed test counts as one: something did not compile, or a test
    /// program died.
    pub(crate) fn of_run(self, success: bool) -> Self {
        if success || self.failed > 0 {
            return self;
        }
        Self { failed: 1, ..self }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// The closing line that readers of any test output know.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_does_not_build_has_failed() {
        assert_eq!(Tally::default().of_run(false), Tally::FAILED);
        assert_eq!(Tally::PASSED.of_run(true), Tally::PASSED);
        assert_eq!(Tally::FAILED.of_run(false), Tally::FAILED);
    }
}
