//! Times as the files have them, and the clock that a registry goes by.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serializer, de};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// What tells the time: of entries in the trail, of signatures' validity, and of files' age.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// A clock of one's own, for tests.
    ///
    /// ```
    /// use std::time::UNIX_EPOCH;
    /// let clock = tenon_registry::Clock::new(|| UNIX_EPOCH);
    /// assert_eq!(clock.now(), UNIX_EPOCH);
    /// ```
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Clock {
        Clock(Arc::new(now))
    }

    /// The present time.
    pub fn now(&self) -> SystemTime {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Clock {
        Clock::new(SystemTime::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// The time in RFC 3339, UTC, in milliseconds. A time that has no such form is the beginning of 1970.
pub fn format_time(time: SystemTime) -> String {
    let time = Timestamp::try_from(time).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{time:.3}")
}

/// A time in RFC 3339.
pub fn parse_time(text: &str) -> Option<SystemTime> {
    let time: Timestamp = text.parse().ok()?;
    Some(time.into())
}

/// Serde's form of a time.
pub(crate) mod required {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(time: &SystemTime, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format_time(*time))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SystemTime, D::Error> {
        let text = String::deserialize(from)?;
        parse_time(&text)
            .ok_or_else(|| de::Error::custom(format!("{text:?} is no time in RFC 3339")))
    }
}

/// Serde's form of a time that may be missing.
pub(crate) mod optional {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        time: &Option<SystemTime>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => required::serialize(time, to),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        required::deserialize(from).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn a_time_has_milliseconds_and_comes_back() {
        let time = UNIX_EPOCH + Duration::from_millis(1_795_485_851_123);
        assert_eq!(format_time(time), "2026-11-24T02:04:11.123Z");
        assert_eq!(parse_time("2026-11-24T02:04:11.123Z"), Some(time));
        assert_eq!(parse_time("2026-11-24T03:04:11.123+01:00"), Some(time));
        assert_eq!(format_time(UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
        for text in ["", "yesterday", "2026-11-24", "2026-13-24T02:04:11Z"] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}
