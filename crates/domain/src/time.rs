//! Points in time, where they come from, and which of them a write has.

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

    /// The next moment that can be told apart from this one: a microsecond later.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Reads RFC 3339 (any offset), or a bare date or date-time, which is taken as UTC. A bare date is its first
    /// moment. `None` when it is none of these.
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

    /// As [`Timestamp::parse`], but a bare date is its *last* microsecond: the sense of an upper bound.
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
            // Out of the calendar's range: nothing that was ever taken in gets here.
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

/// Where the present moment comes from: outside, so that tests are exact.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // The one place where the ambient clock is read.
        #[allow(clippy::disallowed_methods)]
        Timestamp(jiff::Timestamp::now().as_microsecond())
    }
}

/// A clock that never runs ahead of its callers: what is written has the caller's own time, unless something that it
/// builds on is later. For tests that state exact times, and for data of the past.
#[derive(Debug, Clone, Copy, Default)]
pub struct CallerClock;

impl Clock for CallerClock {
    fn now(&self) -> Timestamp {
        Timestamp::default()
    }
}

/// When a write takes effect: now, but never before anything that it follows.
///
/// `now` is read when the write is carried out, not when it was asked for. `follows` are the times of what the write
/// was decided on: the newest entry about each opportunity, the last change of the user who is given something. They
/// may be later than `now`, where the clock of another process is ahead of this one's, or this one was set back.
///
/// An end of the time in which somebody may hold opportunities (a deactivation, a deletion) is *after* what it follows,
/// not at the same moment: pass [`Timestamp::next`] of the newest time. So whatever was given to them was given before.
pub fn effective_at(now: Timestamp, follows: impl IntoIterator<Item = Timestamp>) -> Timestamp {
    follows.into_iter().fold(now, Timestamp::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_takes_effect_now_or_with_the_latest_of_what_it_follows() {
        let at = Timestamp::from_seconds;
        assert_eq!(effective_at(at(10), []), at(10));
        assert_eq!(effective_at(at(10), [at(9), at(3)]), at(10));
        assert_eq!(effective_at(at(10), [at(70), at(12), at(9)]), at(70));
        assert_eq!(effective_at(at(10), [at(10).next()]).micros(), 10 * MICROS + 1);
    }

    #[test]
    fn times_are_written_as_rfc_3339_in_utc_and_read_back() {
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
    fn what_is_no_time_is_refused() {
        for text in ["", "yesterday", "2025-13-01", "16/01/2025"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
