//! What has been found so far, and the gaps that are left to search.

use crate::{Finding, Kind};
use std::ops::Range;

/// The findings of a text. A pass searches the gaps between the claims of the passes before it.
pub(crate) struct Claims<'t> {
    text: &'t [u8],
    claimed: Vec<Finding>,
    fresh: Vec<Finding>,
}

impl<'t> Claims<'t> {
    pub(crate) fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            claimed: Vec::new(),
            fresh: Vec::new(),
        }
    }

    pub(crate) fn text(&self) -> &'t [u8] {
        self.text
    }

    /// Claims a stretch for the pass that runs.
    pub(crate) fn push(&mut self, kind: Kind, range: Range<usize>) {
        // `redact` has checked that every offset fits.
        let (start, end) = (range.start as u32, range.end as u32);
        self.fresh.push(Finding { kind, start, end });
    }

    /// Runs a pass over the gaps inside the range, in order.
    pub(crate) fn search(
        &mut self,
        range: Range<usize>,
        mut pass: impl FnMut(&mut Self, Range<usize>),
    ) {
        let mut start = range.start;
        let first = self
            .claimed
            .partition_point(|claim| claim.range().end <= start);
        for i in first..self.claimed.len() {
            let claim = self.claimed[i].range();
            if claim.start >= range.end {
                break;
            }
            if start < claim.start {
                pass(self, start..claim.start);
            }
            start = claim.end;
        }
        if start < range.end {
            pass(self, start..range.end);
        }
    }

    /// Ends a pass: what it claimed is closed to those that follow.
    pub(crate) fn settle(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        self.claimed.append(&mut self.fresh);
        self.claimed.sort_unstable_by_key(|claim| claim.start);
    }

    /// The findings in the order of their start.
    pub(crate) fn into_findings(mut self) -> Vec<Finding> {
        self.settle();
        self.claimed
    }
}
