//! What a row of rounds says: the median of the quotients and its bootstrap interval.

/// Resamples behind one interval.
const RESAMPLES: usize = 2_000;

/// A median with the 95 % interval of its bootstrap distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    /// The median of the samples.
    pub(super) median: f64,
    /// The 2.5th percentile of the resampled medians.
    pub(super) low: f64,
    /// The 97.5th percentile of the resampled medians.
    pub(super) high: f64,
}

/// Estimates the median of `samples`; none for an empty slice or one with a value that is no number.
pub(super) fn estimate(samples: &[f64]) -> Option<Estimate> {
    if samples.is_empty() || samples.iter().any(|v| !v.is_finite()) {
        return None;
    }
    // A fixed seed: the same rounds give the same interval on every machine.
    let mut random = SplitMix(0x7465_6e6f_6e00_0001);
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let mut drawn: Vec<f64> = samples
                .iter()
                .map(|_| samples[random.below(samples.len())])
                .collect();
            median(&mut drawn)
        })
        .collect();
    medians.sort_by(f64::total_cmp);
    Some(Estimate {
        median: median(&mut samples.to_vec()),
        low: medians[RESAMPLES * 25 / 1_000],
        high: medians[RESAMPLES * 975 / 1_000],
    })
}

/// The median of `values`, which are not empty.
pub(super) fn median(values: &mut [f64]) -> f64 {
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

    #[test]
    fn the_median_of_an_even_count_lies_between_the_middle_two() {
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), 2.5);
    }

    #[test]
    fn the_interval_encloses_the_median_and_shrinks_on_equal_rounds() {
        let noisy: Vec<f64> = (0..41).map(|i| 10.0 + f64::from(i % 7)).collect();
        let e = estimate(&noisy).expect("numbers");
        assert!(e.low <= e.median && e.median <= e.high, "{e:?}");
        assert!(e.low < e.high, "{e:?}");
        let flat = estimate(&[3.0; 9]).expect("numbers");
        assert_eq!((flat.low, flat.median, flat.high), (3.0, 3.0, 3.0));
    }

    #[test]
    fn rounds_without_a_number_give_no_estimate() {
        assert_eq!(estimate(&[]), None);
        assert_eq!(estimate(&[1.0, f64::NAN]), None);
    }
}
