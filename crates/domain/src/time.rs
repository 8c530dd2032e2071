//! Points in time, clocks, and the time at which a write takes effect.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A point in time: microseconds since 1970-01-01T00:00:00Z. Written and read as RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// Microseconds in a second.
const MICROS: i64 = 1_000_000;

impl Timestamp {
    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS))
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// This many seconds later (earlier where negative).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(MICROS)))
    }

    /// The beginning of its day in UTC.
    #[must_use]
    pub const fn day_start(self) -> Self {
        Self(self.0.saturating_sub(self.0.rem_euclid(86_400 * MICROS)))
    }

    /// The next representable time: a microsecond later.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Parses RFC 3339 (any offset), or a bare date or date-time, taken as UTC. A bare date is midnight. `None` for
    /// anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Some(Self(instant.as_microsecond()));
        }
        let civil = text.parse::<jiff::civil::DateTime>().ok().or_else(|| {
            text.parse::<jiff::civil::Date>().ok().map(|date| date.to_datetime(jiff::civil::Time::midnight()))
        })?;
        let instant = jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()?;
        Some(Self(instant.as_microsecond()))
    }

    /// Like [`Timestamp::parse`], but a bare date is its *last* microsecond, as fits an upper bound.
    pub fn parse_upper(text: &str) -> Option<Self> {
        let at = Self::parse(text)?;
        let bare = text.trim().len() == "2025-01-16".len() && text.trim().parse::<jiff::civil::Date>().is_ok();
        Some(if bare { Self(at.0.saturating_add(86_400 * MICROS - 1)) } else { at })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(instant) => write!(f, "{instant}"),
            // Outside the calendar's range: no accepted value gets here.
            Err(_) => write!(f, "1970-01-01T00:00:00Z"),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not an RFC 3339 time"))
    }
}

/// A source of the current time, injected so that tests are exact.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// The system clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // The only place that reads the system clock.
        #[allow(clippy::disallowed_methods)]
        Timestamp(jiff::Timestamp::now().as_microsecond())
    }
}

/// A clock that is never ahead of its callers: a write has the caller's own time, unless something it follows is later.
/// For tests with exact times, and for historical data.
#[derive(Debug, Clone, Copy, Default)]
pub struct CallerClock;

impl Clock for CallerClock {
    fn now(&self) -> Timestamp {
        Timestamp::default()
    }
}

/// When a write takes effect: now, but never before anything that it follows.
///
/// `now` is read when the write is executed, not when it was requested. `follows` are the times of the data that the
/// write is based on: the newest entry about each opportunity, the last change of the assignee. They may be later than
/// `now` if the clock of another process is ahead, or this one was set back.
///
/// The end of a user's active time (a deactivation, a deletion) must be *after* what it follows, not at the same time:
/// pass [`Timestamp::next`] of the newest time. So all assignments to them are earlier.
pub fn effective_at(now: Timestamp, follows: impl IntoIterator<Item = Timestamp>) -> Timestamp {
    follows.into_iter().fold(now, Timestamp::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_takes_effect_now_or_with_what_it_follows() {
        let at = Timestamp::from_seconds;
        assert_eq!(effective_at(at(10), []), at(10));
        assert_eq!(effective_at(at(10), [at(9), at(3)]), at(10));
        assert_eq!(effective_at(at(10), [at(70), at(12), at(9)]), at(70));
        assert_eq!(effective_at(at(10), [at(10).next()]).micros(), 10 * MICROS + 1);
    }

    #[test]
    fn times_round_trip_as_rfc_3339_in_utc() {
        let at = Timestamp::parse("2025-01-16T11:30:00.25+01:00").unwrap();
        assert_eq!(at.to_string(), "2025-01-16T10:30:00.25Z");
        assert_eq!(Timestamp::parse(&at.to_string()), Some(at));
    }

    #[test]
    fn a_bare_date_spans_its_whole_day() {
        let from = Timestamp::parse("2025-01-16").unwrap();
        let to = Timestamp::parse_upper("2025-01-16").unwrap();
        assert_eq!(to.micros() - from.micros(), 86_400 * MICROS - 1);
    }

    #[test]
    fn malformed_times_are_refused() {
        for text in ["", "yesterday", "2025-13-01", "16/01/2025"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
