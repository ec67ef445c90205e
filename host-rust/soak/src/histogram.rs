//! Counts of durations.

use std::time::Duration;

/// How many equal parts each power of two has: a figure is at most 1/16 too high.
const STEPS: u64 = 16;

/// Durations, counted by size.
pub(crate) struct Histogram {
    counts: Vec<u64>,
    pub(crate) n: u64,
    top: u64,
}

impl Histogram {
    pub(crate) fn new() -> Histogram {
        Histogram {
            counts: vec![0; 64 * STEPS as usize],
            n: 0,
            top: 0,
        }
    }

    /// Counts a number of nanoseconds.
    pub(crate) fn add(&mut self, nanos: u64) {
        self.counts[place(nanos)] += 1;
        self.n += 1;
        self.top = self.top.max(nanos);
    }

    pub(crate) fn merge(&mut self, other: &Histogram) {
        for (mine, others) in self.counts.iter_mut().zip(&other.counts) {
            *mine += others;
        }
        self.n += other.n;
        self.top = self.top.max(other.top);
    }

    /// The longest.
    pub(crate) fn longest(&self) -> Duration {
        Duration::from_nanos(self.top)
    }

    /// A duration that the given part of all are not above; none are: 0.
    pub(crate) fn quantile(&self, part: f64) -> Duration {
        let want = (part * self.n as f64) as u64;
        let mut seen = 0;
        for (place, count) in self.counts.iter().enumerate() {
            seen += count;
            if *count > 0 && seen >= want {
                return Duration::from_nanos(bound(place).min(self.top));
            }
        }
        self.longest()
    }
}

/// Below 16 ns a place of its own, then one by the leading bit and the four behind it.
fn place(nanos: u64) -> usize {
    if nanos < STEPS {
        return nanos as usize;
    }
    let shift = u64::from(nanos.ilog2()) - 4;
    ((shift + 1) * STEPS + (nanos >> shift & (STEPS - 1))) as usize
}

/// The highest number of a place.
fn bound(place: usize) -> u64 {
    let place = place as u64;
    if place < STEPS {
        return place;
    }
    let shift = place / STEPS - 1;
    ((u128::from(STEPS + place % STEPS + 1) << shift) - 1) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_at_most_a_sixteenth_too_high() {
        let mut all = Histogram::new();
        for micros in 1..=1000 {
            all.add(micros * 1000);
        }
        let mut one = Histogram::new();
        one.add(3_000_000_000);
        all.merge(&one);
        for (part, micros) in [(0.5, 500), (0.99, 990), (1.0, 3_000_000)] {
            let (got, want) = (all.quantile(part).as_micros(), micros);
            assert!(got >= want && got <= want + want / 16 + 1, "{part}: {got}");
        }
        assert_eq!(Histogram::new().quantile(0.99), Duration::ZERO);
    }

    #[test]
    fn places_follow_one_another() {
        for nanos in [0, 1, 15, 16, 17, 1000, 1 << 40, u64::MAX] {
            let place = place(nanos);
            assert!(
                bound(place) >= nanos && (place == 0 || bound(place - 1) < nanos),
                "{nanos}"
            );
        }
    }
}
