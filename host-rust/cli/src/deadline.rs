//! How long a call may run, as it stands on the command line.

use std::str::FromStr;
use std::time::Duration;

/// The deadlines that can be kept: below the shortest the host does not look at the clock, beyond the longest there is none.
const KEPT: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(1)..=Duration::from_secs(24 * 60 * 60);

/// A duration, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline(pub(crate) Option<Duration>);

impl FromStr for Deadline {
    type Err = String;

    fn from_str(text: &str) -> Result<Deadline, String> {
        if text == "none" {
            return Ok(Deadline(None));
        }
        let wrong = || "want a duration from 1ms to 24h, as 50ms, 10s or 2m, or none".to_owned();
        let unit = text
            .find(|sign: char| !sign.is_ascii_digit())
            .ok_or_else(wrong)?;
        let (number, unit) = text.split_at(unit);
        let milliseconds = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60 * 1000,
            "h" => 60 * 60 * 1000,
            _ => return Err(wrong()),
        };
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let duration = number.checked_mul(milliseconds).map(Duration::from_millis);
        match duration.filter(|duration| KEPT.contains(duration)) {
            Some(duration) => Ok(Deadline(Some(duration))),
            None => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_a_number_and_a_unit() {
        for (text, milliseconds) in [
            ("1ms", 1),
            ("50ms", 50),
            ("10s", 10_000),
            ("2m", 120_000),
            ("24h", 86_400_000),
        ] {
            let expected = Deadline(Some(Duration::from_millis(milliseconds)));
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        assert_eq!("none".parse(), Ok(Deadline(None)));
        for text in [
            "",
            "10",
            "s",
            "0s",
            "-1s",
            "1.5s",
            "1 s",
            "25h",
            "10 days",
            "+1s",
            "99999999999999999999s",
            "18446744073709551615h",
        ] {
            assert!(text.parse::<Deadline>().is_err(), "{text}");
        }
    }
}
