//! Days on which nobody of a team works.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Days on which nobody of a team works: ascending, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct ClosedDays(Vec<Date>);

/// A text is not a day, written `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day such as 2026-12-25")]
pub struct NotADay;

impl ClosedDays {
    /// The maximum number of days.
    pub const MAX: usize = 1_000;

    /// Parses a day, written `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Date, NotADay> {
        // The parser alone would also take times, and days without hyphens.
        let is_day = matches!(text.as_bytes(), [_, _, _, _, b'-', _, _, b'-', _, _]);
        text.parse().ok().filter(|_| is_day).ok_or(NotADay)
    }

    /// These days. Their order and repeated ones do not matter; `None` if there are more than [`ClosedDays::MAX`].
    #[must_use]
    pub fn new(mut days: Vec<Date>) -> Option<Self> {
        days.sort_unstable();
        days.dedup();
        (days.len() <= Self::MAX).then_some(Self(days))
    }

    /// The days, ascending.
    #[must_use]
    pub fn as_slice(&self) -> &[Date] {
        &self.0
    }

    /// Whether it is one of them.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.0.binary_search(&day).is_ok()
    }
}

impl TryFrom<Vec<String>> for ClosedDays {
    type Error = NotADay;

    fn try_from(days: Vec<String>) -> Result<Self, NotADay> {
        let days = days.iter().map(|day| Self::parse(day)).collect::<Result<_, _>>()?;
        Self::new(days).ok_or(NotADay)
    }
}

impl From<ClosedDays> for Vec<String> {
    fn from(days: ClosedDays) -> Self {
        days.0.iter().map(Date::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_ascending_and_each_once() {
        let days = ClosedDays::new(vec![date(2026, 12, 25), date(2026, 1, 1), date(2026, 12, 25)]).unwrap();
        assert_eq!(serde_json::to_string(&days).unwrap(), r#"["2026-01-01","2026-12-25"]"#);
        assert_eq!(serde_json::from_str::<ClosedDays>(r#"["2026-12-25","2026-01-01"]"#).unwrap(), days);
        assert!(days.contains(date(2026, 12, 25)) && !days.contains(date(2026, 12, 24)));
    }

    #[test]
    fn only_whole_days_are_taken() {
        for text in ["", "2026-02-30", "2026-1-1", "2026-12-25T10:00", "25/12/2026", "20261225", "+002026-12"] {
            assert_eq!(ClosedDays::parse(text), Err(NotADay), "{text}");
        }
    }

    #[test]
    fn the_number_of_days_is_limited() {
        let days = |count: usize| date(2000, 1, 1).series(jiff::ToSpan::days(1)).take(count).collect();
        assert!(ClosedDays::new(days(ClosedDays::MAX)).is_some());
        assert!(ClosedDays::new(days(ClosedDays::MAX + 1)).is_none());
    }
}
