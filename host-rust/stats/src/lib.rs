//! What repeated measurements say: their median or 99th percentile, and its bootstrap interval.
//!
//! `cargo xtask bench` and `tenon bench` judge by it alike.
//!
//! ```
//! use tenon_stats::{Statistic, estimate};
//!
//! let rounds = [4.0, 4.2, 3.9, 4.1, 4.0];
//! let ratio = estimate(&rounds, Statistic::Median).expect("numbers");
//! assert_eq!(ratio.value, 4.0);
//! assert!(ratio.low >= 3.9 && ratio.high <= 4.2);
//! ```

use serde::{Deserialize, Serialize};

/// Resamples behind one interval.
const RESAMPLES: usize = 2_000;

/// A figure with the 95 % interval of its bootstrap distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The statistic of the samples.
    pub value: f64,
    /// The 2.5th percentile of what resampling gives.
    pub low: f64,
    /// The 97.5th percentile of what resampling gives.
    pub high: f64,
}

/// What stands for all measurements.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Statistic {
    /// The value in the middle, or between the middle two.
    #[default]
    Median,
    /// The 99th percentile: the smallest value that 99 of 100 do not exceed.
    P99,
}

/// Estimates the statistic of samples. None where there is none, or one is no number.
pub fn estimate(samples: &[f64], statistic: Statistic) -> Option<Estimate> {
    estimate_parts(&[samples.to_vec()], statistic, false)
}

/// Estimates the statistic of each part's samples, and of these the highest, or the median. None where there is no part,
/// one of them is empty, or a sample is no number.
pub fn estimate_parts(parts: &[Vec<f64>], statistic: Statistic, highest: bool) -> Option<Estimate> {
    let usable = |part: &Vec<f64>| !part.is_empty() && part.iter().all(|value| value.is_finite());
    if parts.is_empty() || !parts.iter().all(usable) {
        return None;
    }
    let of_parts = |mut figures: Vec<f64>| {
        if highest {
            figures.into_iter().fold(f64::NEG_INFINITY, f64::max)
        } else {
            median(&mut figures)
        }
    };
    // A fixed seed: the same rounds give the same interval on every machine.
    let mut random = SplitMix(0x7465_6e6f_6e00_0001);
    let mut drawn = Vec::new();
    let mut resampled: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let figure = |part: &Vec<f64>| {
                drawn.clear();
                drawn.extend(part.iter().map(|_| part[random.below(part.len())]));
                statistic.of(&mut drawn)
            };
            of_parts(parts.iter().map(figure).collect())
        })
        .collect();
    resampled.sort_by(f64::total_cmp);
    let figure = |part: &Vec<f64>| statistic.of(&mut part.clone());
    Some(Estimate {
        value: of_parts(parts.iter().map(figure).collect()),
        low: resampled[RESAMPLES * 25 / 1_000],
        high: resampled[RESAMPLES * 975 / 1_000],
    })
}

impl Statistic {
    /// Whether it is the median, which is what holds where nothing is said.
    pub fn is_median(&self) -> bool {
        *self == Self::Median
    }

    /// The statistic of `values`, which are not empty.
    fn of(self, values: &mut [f64]) -> f64 {
        match self {
            Statistic::Median => median(values),
            Statistic::P99 => {
                values.sort_by(f64::total_cmp);
                values[(values.len() * 99).div_ceil(100) - 1]
            }
        }
    }
}

/// The median of `values`, which are sorted on the way.
///
/// # Panics
///
/// If there are none.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        (values[middle - 1] + values[middle]) / 2.0
    }
}

/// Steele, Lea and Flood's SplitMix64: enough randomness to draw rounds with.
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn medians(parts: &[Vec<f64>], highest: bool) -> Option<Estimate> {
        estimate_parts(parts, Statistic::Median, highest)
    }

    #[test]
    fn the_median_of_an_even_count_lies_between_the_middle_two() {
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), 2.5);
    }

    #[test]
    fn one_round_of_a_hundred_may_exceed_the_99th_percentile() {
        let mut values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(Statistic::P99.of(&mut values), 99.0);
        assert_eq!(Statistic::P99.of(&mut values[..99]), 99.0);
        assert_eq!(Statistic::P99.of(&mut [7.0]), 7.0);
        let mut values: Vec<f64> = (1..=201).map(f64::from).collect();
        assert_eq!(Statistic::P99.of(&mut values), 199.0);
    }

    #[test]
    fn the_interval_encloses_the_median_and_shrinks_on_equal_rounds() {
        let noisy: Vec<f64> = (0..41).map(|i| 10.0 + f64::from(i % 7)).collect();
        let e = medians(&[noisy], false).expect("numbers");
        assert!(e.low <= e.value && e.value <= e.high, "{e:?}");
        assert!(e.low < e.high, "{e:?}");
        let flat = medians(&[vec![3.0; 9]], false).expect("numbers");
        assert_eq!((flat.low, flat.value, flat.high), (3.0, 3.0, 3.0));
    }

    #[test]
    fn parts_give_the_median_or_the_highest_of_their_figures() {
        let parts = [vec![1.0, 1.0, 9.0], vec![4.0], vec![2.0, 3.0]];
        assert_eq!(medians(&parts, false).unwrap().value, 2.5);
        assert_eq!(medians(&parts, true).unwrap().value, 4.0);
        assert_eq!(
            estimate_parts(&parts, Statistic::P99, true).unwrap().value,
            9.0
        );
    }

    #[test]
    fn rounds_without_a_number_give_no_estimate() {
        assert_eq!(medians(&[], false), None);
        assert_eq!(medians(&[vec![1.0], vec![]], false), None);
        assert_eq!(medians(&[vec![1.0, f64::NAN]], false), None);
    }
}
