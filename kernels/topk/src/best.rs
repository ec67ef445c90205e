//! The best hits so far.

use crate::Hit;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// The k best of the rows that were offered.
pub(crate) struct Best {
    k: usize,
    /// What a hit must exceed to be one of them, once there are k.
    bar: f64,
    heap: BinaryHeap<Ranked>,
}

impl Best {
    pub(crate) fn new(k: u32) -> Self {
        let k = k as usize;
        Self {
            k,
            bar: if k == 0 {
                f64::INFINITY
            } else {
                f64::NEG_INFINITY
            },
            heap: BinaryHeap::with_capacity(k),
        }
    }

    /// Takes a row into account. Rows come in ascending order, so that one that only equals the worst is no better.
    #[inline]
    pub(crate) fn offer(&mut self, row: u32, score: f64) {
        if score > self.bar || self.heap.len() < self.k {
            self.take(Hit { row, score });
        }
    }

    #[cold]
    fn take(&mut self, hit: Hit) {
        if hit.score.is_nan() {
            return;
        }
        if self.heap.len() < self.k {
            self.heap.push(Ranked(hit));
        } else if let Some(mut worst) = self.heap.peek_mut() {
            *worst = Ranked(hit);
        }
        if self.heap.len() == self.k
            && let Some(worst) = self.heap.peek()
        {
            self.bar = worst.0.score;
        }
    }

    /// The hits, best first.
    pub(crate) fn into_hits(self) -> Vec<Hit> {
        let ranked = self.heap.into_sorted_vec();
        ranked.into_iter().map(|ranked| ranked.0).collect()
    }
}

/// A hit in the order of ranks: the greater, the worse.
struct Ranked(Hit);

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        // Neither is NaN.
        let scores = other.0.score.partial_cmp(&self.0.score);
        scores
            .unwrap_or(Ordering::Equal)
            .then(self.0.row.cmp(&other.0.row))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}
