//! How many rounds, and how long: so that a run of one kernel ends in about a minute.

use super::results::{Rounds, Sweep};
use std::time::Duration;

/// How long the measuring of the Go side shall take.
const BUDGET: Duration = Duration::from_secs(40);

/// Rounds, where operations are short enough; fewer than the least say little about noise.
const ROUNDS: std::ops::RangeInclusive<u32> = 5..=15;

/// How long a side runs in a round: the longest that fits.
const TURNS: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(50),
    Duration::from_millis(20),
    Duration::from_millis(10),
    Duration::from_millis(5),
];

/// What a turn takes beside its operations: Go collects garbage before each.
const OVERHEAD: Duration = Duration::from_millis(3);

/// How the Go side is measured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// How many times both sides take their turn at each size.
    pub(crate) rounds: u32,
    /// Go's -benchtime.
    pub(crate) benchtime: String,
}

impl Plan {
    /// A smoke run: every benchmark, at every size, for a moment.
    pub(crate) fn quick() -> Self {
        Plan {
            rounds: 3,
            benchtime: "1ms".into(),
        }
    }

    /// One round of one operation, to see what there is to measure.
    pub(crate) fn look() -> Self {
        Plan {
            rounds: 1,
            benchtime: "1x".into(),
        }
    }

    /// What fits into the budget, by what a first look saw; what the caller asked for is left as it is.
    pub(crate) fn within_budget(
        seen: &[Sweep],
        rounds: Option<u32>,
        benchtime: Option<&str>,
    ) -> Self {
        let operations: Vec<Duration> = turns(seen).collect();
        let fits = |rounds: u32, turn: Duration| {
            let one = |operation: &Duration| {
                // The benchmark's loop overshoots, and begins with a call that does not count.
                turn.max(*operation).mul_f64(1.25) + *operation + OVERHEAD
            };
            let all: Duration = operations.iter().map(one).sum();
            all.saturating_mul(rounds) <= BUDGET
        };
        let shortest = TURNS[TURNS.len() - 1];
        let rounds = rounds.unwrap_or_else(|| {
            let most = ROUNDS.rev().find(|rounds| fits(*rounds, shortest));
            most.unwrap_or(*ROUNDS.start())
        });
        let benchtime = benchtime.map(str::to_owned).unwrap_or_else(|| {
            let turn = TURNS.into_iter().find(|turn| fits(rounds, *turn));
            format!("{}ms", turn.unwrap_or(shortest).as_millis())
        });
        Plan { rounds, benchtime }
    }
}

/// What an operation of each side took at each size.
fn turns(seen: &[Sweep]) -> impl Iterator<Item = Duration> {
    let rounds = seen.iter().flat_map(|sweep| sweep.sizes.values());
    let figures = rounds
        .flat_map(Rounds::values)
        .flat_map(|round| [round.kernel, round.baseline]);
    figures.flatten().map(|figures| {
        // Longer than an hour is all the same, and would not fit into a duration at last.
        Duration::from_secs_f64((figures.ns / 1e9).min(3_600.0))
    })
}

/// Takes a time for -benchtime: what Go takes, without combinations of units.
pub(crate) fn benchtime(text: &str) -> Result<String, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    let number = digits.parse::<f64>().ok();
    let whole = unit != "x" || digits.parse::<u32>().is_ok();
    let known = ["us", "ms", "s", "x"].contains(&unit);
    let plain = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if known && plain && whole && number.is_some_and(|number| number > 0.0) {
        return Ok(text.to_owned());
    }
    Err("give a time as 20ms or 1s, or a number of operations as 100x".into())
}

#[cfg(test)]
mod tests {
    use super::super::results::{Figures, Round};
    use super::*;

    /// Sweeps of so many sizes, whose operations take so long on both sides.
    fn seen(sizes: u64, operation: Duration) -> [Sweep; 1] {
        let figures = Some(Figures {
            ns: operation.as_nanos() as f64,
            ..Figures::default()
        });
        let round = Round {
            kernel: figures,
            baseline: figures,
        };
        let name = "x".into();
        let sizes = (1..=sizes).map(|size| (size, Rounds::from([(1, round)])));
        [Sweep {
            name,
            sizes: sizes.collect(),
        }]
    }

    fn plan(sizes: u64, operation: Duration) -> (u32, String) {
        let plan = Plan::within_budget(&seen(sizes, operation), None, None);
        (plan.rounds, plan.benchtime)
    }

    #[test]
    fn few_sizes_get_long_turns_and_many_get_short_ones() {
        let short = Duration::from_micros(10);
        assert_eq!(plan(5, short), (15, "100ms".into()));
        assert_eq!(plan(25, short), (15, "20ms".into()));
        assert_eq!(plan(100, short), (15, "5ms".into()));
    }

    #[test]
    fn long_operations_get_fewer_rounds_but_never_too_few() {
        let long = Duration::from_millis(500);
        assert_eq!(plan(3, long), (5, "100ms".into()));
        assert_eq!(plan(50, long), (5, "5ms".into()));
        assert_eq!(plan(3, Duration::from_secs(1_000_000)), (5, "5ms".into()));
    }

    #[test]
    fn what_is_asked_for_is_not_changed() {
        let seen = seen(1_000, Duration::from_secs(1));
        let plan = Plan::within_budget(&seen, Some(99), Some("7x"));
        assert_eq!((plan.rounds, &*plan.benchtime), (99, "7x"));
    }

    #[test]
    fn benchtimes_are_those_of_go() {
        for right in ["20ms", "1s", "1.5s", "100x", "900us"] {
            assert_eq!(benchtime(right).as_deref(), Ok(right));
        }
        for wrong in [
            "", "20", "ms", "0ms", "-1s", "1.5x", "1h", "NaNs", "infs", "1e3s", "5 s", "1ß",
        ] {
            assert!(benchtime(wrong).is_err(), "{wrong}");
        }
    }
}
