//! Verdicts in words, and the size from which on the other side wins.

use serde::{Deserialize, Serialize};
use std::fmt;
use tenon_stats::Estimate;

/// Which side is faster.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Verdict {
    /// The kernel: the whole interval of the ratio lies above 1.
    #[serde(rename = "kernel")]
    Kernel,
    /// The Go code that it would replace: the whole interval lies below 1.
    #[serde(rename = "go")]
    Go,
    /// Neither for certain: the interval includes 1.
    #[serde(rename = "no difference")]
    NoDifference,
}

impl Verdict {
    /// The verdict of how many times as long the Go code takes.
    pub(crate) fn of(ratio: &Estimate) -> Self {
        if ratio.low > 1.0 {
            Verdict::Kernel
        } else if ratio.high < 1.0 {
            Verdict::Go
        } else {
            Verdict::NoDifference
        }
    }

    /// The side as the subject of a sentence.
    fn subject(self) -> &'static str {
        match self {
            Verdict::Kernel => "the kernel",
            _ => "Go",
        }
    }

    fn other(self) -> Self {
        match self {
            Verdict::Kernel => Verdict::Go,
            Verdict::Go => Verdict::Kernel,
            Verdict::NoDifference => Verdict::NoDifference,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Kernel => "kernel",
            Verdict::Go => "Go",
            Verdict::NoDifference => "no difference",
        })
    }
}

/// Where one side's win ends and the other's begins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Crossing {
    /// The size, which need not be a whole number.
    pub(crate) size: f64,
    /// Who is faster beyond it.
    pub(crate) faster: Verdict,
}

/// The sizes at which the verdict changes, smallest first.
///
/// They lie between two sizes with opposite verdicts, where the line through the medians crosses 1, both axes logarithmic;
/// sizes without a difference decide nothing. Where noise makes it cross more than once between the two, the last is given.
pub(crate) fn crossings(ratios: &[(u64, Estimate)]) -> Vec<Crossing> {
    let mut found = Vec::new();
    let mut last: Option<(usize, Verdict)> = None;
    for (at, (_, ratio)) in ratios.iter().enumerate() {
        let verdict = Verdict::of(ratio);
        if verdict == Verdict::NoDifference {
            continue;
        }
        if let Some((from, before)) = last.filter(|(_, before)| *before != verdict) {
            let between = ratios[from..=at].windows(2).rev();
            let crossing = between.filter_map(|pair| cross(pair[0], pair[1], before));
            found.extend(crossing.take(1).map(|size| Crossing {
                size,
                faster: verdict,
            }));
        }
        last = Some((at, verdict));
    }
    found
}

/// Where the line between two points crosses 1 away from this side, if it does.
fn cross(left: (u64, Estimate), right: (u64, Estimate), before: Verdict) -> Option<f64> {
    let height = |point: (u64, Estimate)| {
        let log = point.1.value.ln();
        if before == Verdict::Kernel { log } else { -log }
    };
    let (above, below) = (height(left), height(right));
    if !(above >= 0.0 && below < 0.0) {
        return None;
    }
    let (start, end) = ((left.0 as f64).ln(), (right.0 as f64).ln());
    let size = (start + (end - start) * above / (above - below)).exp();
    // Three digits: what an interpolation is worth, and what every machine's logarithms agree on.
    format!("{size:.2e}").parse().ok()
}

/// The break-even in words.
pub(crate) fn in_words(ratios: &[(u64, Estimate)]) -> String {
    let verdicts: Vec<Verdict> = ratios.iter().map(|(_, ratio)| Verdict::of(ratio)).collect();
    let Some(first) = verdicts.iter().find(|it| **it != Verdict::NoDifference) else {
        return match verdicts.is_empty() {
            true => "none: there is no baseline".into(),
            false => "none: no difference at any size measured".into(),
        };
    };
    let crossings = crossings(ratios);
    if let Some((last, earlier)) = crossings.split_last() {
        let mut from = format!(
            "about {}: {} is faster from there on",
            rounded(last.size),
            last.faster.subject()
        );
        let decided = verdicts.iter().rposition(|it| *it != Verdict::NoDifference);
        if let Some((size, _)) = decided.and_then(|last| ratios.get(last + 1)) {
            from += &format!(", with no difference from {} on", grouped(*size as f64));
        }
        let earlier: Vec<String> = earlier.iter().map(|it| rounded(it.size)).collect();
        return match earlier.is_empty() {
            true => from,
            false => format!("{from} (before, it changes at {})", earlier.join(", ")),
        };
    }
    if verdicts.iter().all(|verdict| verdict == first) {
        return format!("none: {} is faster at every size measured", first.subject());
    }
    format!(
        "none: {} is faster at no size measured",
        first.other().subject()
    )
}

/// A size with the two digits that an interpolated one has, and thousands apart.
fn rounded(size: f64) -> String {
    let digits = size.max(1.0).log10().floor() as i32 - 1;
    let unit = 10f64.powi(digits.max(0));
    grouped((size / unit).round() * unit)
}

/// A whole number with commas between its thousands.
pub(crate) fn grouped(number: f64) -> String {
    let plain = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in plain.chars().enumerate() {
        if at > 0 && (plain.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An interval of a tenth to each side.
    fn ratios(points: &[(u64, f64)]) -> Vec<(u64, Estimate)> {
        let around = |&(size, value): &(u64, f64)| {
            let (low, high) = (value * 0.9, value * 1.1);
            (size, Estimate { value, low, high })
        };
        points.iter().map(around).collect()
    }

    #[test]
    fn an_interval_that_includes_one_decides_nothing() {
        let of = |low, high| {
            Verdict::of(&Estimate {
                value: 1.0,
                low,
                high,
            })
        };
        assert_eq!(of(1.01, 1.2), Verdict::Kernel);
        assert_eq!(of(0.5, 0.99), Verdict::Go);
        assert_eq!(of(0.99, 1.01), Verdict::NoDifference);
        assert_eq!(of(1.0, 1.2), Verdict::NoDifference);
        assert_eq!(of(0.9, 1.0), Verdict::NoDifference);
    }

    #[test]
    fn the_crossing_is_interpolated_on_logarithmic_axes() {
        let [crossing] = crossings(&ratios(&[(16, 0.5), (64, 2.0)]))[..] else {
            panic!("one crossing")
        };
        assert!((crossing.size - 32.0).abs() < 1e-9, "{crossing:?}");
        assert_eq!(crossing.faster, Verdict::Kernel);
        assert_eq!(
            in_words(&ratios(&[(16, 0.5), (64, 2.0), (256, 8.0)])),
            "about 32: the kernel is faster from there on"
        );
        assert_eq!(
            in_words(&ratios(&[(16, 0.5), (64, 2.0), (256, 1.0)])),
            "about 32: the kernel is faster from there on, with no difference from 256 on"
        );
        assert_eq!(
            in_words(&ratios(&[(1_000, 4.0), (100_000, 0.25)])),
            "about 10,000: Go is faster from there on"
        );
    }

    #[test]
    fn sizes_without_a_difference_bend_the_line_and_decide_nothing() {
        let points = ratios(&[(1, 0.5), (10, 1.05), (100, 0.98), (1_000, 4.0)]);
        let [crossing] = crossings(&points)[..] else {
            panic!("one crossing")
        };
        assert!((100.0..110.0).contains(&crossing.size), "{crossing:?}");
        let level = ratios(&[(1, 1.0), (10, 0.5), (100, 1.0)]);
        assert_eq!(crossings(&level), []);
        assert_eq!(
            in_words(&level),
            "none: the kernel is faster at no size measured"
        );
    }

    #[test]
    fn a_verdict_that_changes_twice_is_told_twice() {
        assert_eq!(
            in_words(&ratios(&[(4, 0.5), (16, 2.0), (1_000, 2.0), (4_000, 0.5)])),
            "about 2,000: Go is faster from there on (before, it changes at 8)"
        );
    }

    #[test]
    fn without_a_crossing_it_is_said_why() {
        let words = |points: &[(u64, f64)]| in_words(&ratios(points));
        assert_eq!(words(&[]), "none: there is no baseline");
        assert_eq!(
            words(&[(1, 1.0)]),
            "none: no difference at any size measured"
        );
        assert_eq!(
            words(&[(1, 2.0), (2, 3.0)]),
            "none: the kernel is faster at every size measured"
        );
        assert_eq!(
            words(&[(1, 0.2), (2, 0.3)]),
            "none: Go is faster at every size measured"
        );
        assert_eq!(
            words(&[(1, 1.0), (2, 3.0)]),
            "none: Go is faster at no size measured"
        );
    }

    #[test]
    fn absurd_sizes_are_written_out() {
        assert_eq!(rounded(17.4), "17");
        assert_eq!(rounded(1.2), "1");
        assert_eq!(rounded(1_234_567.0), "1,200,000");
        assert_eq!(rounded(u64::MAX as f64), "18,000,000,000,000,000,000");
    }
}
