//! A logarithmic axis of a chart.

/// Maps values above 0 to places on the page.
pub(super) struct Axis {
    /// The logarithms of the values at its ends.
    low: f64,
    high: f64,
    /// Where the ends lie.
    ends: (f64, f64),
}

impl Axis {
    /// An axis that holds all values, with some room where there is only one.
    pub(super) fn over(values: impl Iterator<Item = f64>, ends: (f64, f64)) -> Self {
        let logs = values.filter(|value| *value > 0.0).map(f64::log10);
        let (low, high) = logs.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), log| {
            (low.min(log), high.max(log))
        });
        let (low, high) = if low <= high { (low, high) } else { (0.0, 0.0) };
        let room = if high - low < 0.1 { 0.3 } else { 0.0 };
        Axis {
            low: low - room,
            high: high + room,
            ends,
        }
    }

    /// Where a value lies.
    pub(super) fn at(&self, value: f64) -> f64 {
        let part = (value.log10() - self.low) / (self.high - self.low);
        self.ends.0 + part * (self.ends.1 - self.ends.0)
    }

    /// Where it begins.
    pub(super) fn start(&self) -> f64 {
        self.ends.0
    }

    /// Where it ends.
    pub(super) fn end(&self) -> f64 {
        self.ends.1
    }

    /// The powers of ten on it; where there are many, not all.
    fn powers_of_ten(&self) -> Vec<f64> {
        let (first, last) = (self.low.ceil() as i32, self.high.floor() as i32);
        let step = ((last - first) / 8 + 1).max(1);
        (first..=last)
            .step_by(step as usize)
            .map(|power| 10f64.powi(power))
            .collect()
    }

    /// Those and, where there are few, what lies between: 0.2, 0.5, 2, 5 and so on.
    pub(super) fn marks(&self) -> Vec<f64> {
        let mut values = self.powers_of_ten();
        if values.len() <= 3 {
            let (first, last) = (self.low.floor() as i32, self.high.ceil() as i32);
            let between =
                (first..=last).flat_map(|power| [2.0, 5.0].map(|it| it * 10f64.powi(power)));
            values.extend(between.filter(|value| (self.low..=self.high).contains(&value.log10())));
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_by_their_logarithms() {
        let axis = Axis::over([1.0, 100.0].into_iter(), (0.0, 10.0));
        assert_eq!(
            [1.0, 10.0, 100.0].map(|value| axis.at(value)),
            [0.0, 5.0, 10.0]
        );
        assert_eq!(axis.powers_of_ten(), [1.0, 10.0, 100.0]);
        assert_eq!(axis.marks(), [1.0, 10.0, 100.0, 2.0, 5.0, 20.0, 50.0]);
    }

    #[test]
    fn one_value_or_none_lies_in_the_middle() {
        let one = Axis::over([8.0].into_iter(), (0.0, 10.0));
        assert_eq!(one.at(8.0), 5.0);
        let none = Axis::over([].into_iter(), (0.0, 10.0));
        assert_eq!(none.at(1.0), 5.0);
    }

    #[test]
    fn an_axis_over_everything_has_few_marks() {
        let axis = Axis::over([1e-9, 1e19].into_iter(), (0.0, 10.0));
        assert!(
            axis.powers_of_ten().len() <= 9,
            "{:?}",
            axis.powers_of_ten()
        );
    }
}
