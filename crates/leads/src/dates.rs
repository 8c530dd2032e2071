//! Dates as other CRMs and spreadsheets write them.

use jiff::{civil, tz::TimeZone};
use reparto_domain::{Timestamp, fold::fold};

/// The order of day and month in dates with the year last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    /// 16/01/2025: Spain, most of the world.
    #[default]
    DayFirst,
    /// 01/16/2025: the United States.
    MonthFirst,
}

/// Parses a date, or a date and time. Without an offset it is taken as UTC; a bare date is midnight. Supported are RFC
/// 3339 and ISO 8601; day, month and year separated by `/`, `.` or `-`, with the year first or last; followed by hours,
/// minutes and seconds, optionally with AM or PM.
pub fn parse(text: &str, order: DateOrder) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > 40 {
        return None;
    }
    if let Some(at) = Timestamp::parse(text) {
        return Some(at);
    }
    let (date, time) = text.split_at(text.find([' ', ',', 'T']).unwrap_or(text.len()));
    let date = parse_date(date, order)?;
    let time = time.trim_start_matches([' ', ',', 'T']);
    let time = if time.is_empty() { civil::Time::midnight() } else { parse_time(time)? };
    let instant = TimeZone::UTC.to_timestamp(date.to_datetime(time)).ok()?;
    Some(Timestamp::from_micros(instant.as_microsecond()))
}

fn parse_date(text: &str, order: DateOrder) -> Option<civil::Date> {
    let parts: Vec<&str> = text.split(['/', '.', '-']).collect();
    let [first, second, third] = parts[..] else { return None };
    let number = |part: &str| {
        (!part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse::<i16>().ok())?
    };
    let (year, month, day) = if first.len() == 4 {
        (number(first)?, number(second)?, number(third)?)
    } else {
        let year = match (number(third)?, third.len()) {
            (year, 4) => year,
            (year @ 0..=68, 2) => 2000 + year,
            (year, 2) => 1900 + year,
            _ => return None,
        };
        match order {
            DateOrder::DayFirst => (year, number(second)?, number(first)?),
            DateOrder::MonthFirst => (year, number(first)?, number(second)?),
        }
    };
    civil::Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
}

fn parse_time(text: &str) -> Option<civil::Time> {
    // "10:30 a. m.", "10:30 PM"
    let folded: String = fold(text).chars().filter(|c| !c.is_whitespace() && *c != '.').collect();
    let (clock, half) = match folded.strip_suffix("am") {
        Some(clock) => (clock, Some(0)),
        None => folded.strip_suffix("pm").map_or((folded.as_str(), None), |clock| (clock, Some(12))),
    };
    let parts: Vec<i8> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (hour, minute, second) = match parts[..] {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + half,
    };
    civil::Time::new(hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, order: DateOrder) -> String {
        parse(text, order).map_or_else(|| "none".to_owned(), |at| at.to_string())
    }

    #[test]
    fn dates_are_read_as_each_system_writes_them() {
        for (text, expected) in [
            ("2025-01-16", "2025-01-16T00:00:00Z"),
            ("2025-01-16 10:30", "2025-01-16T10:30:00Z"),
            ("2025-01-16T10:30:00+01:00", "2025-01-16T09:30:00Z"),
            ("2025/01/16 10:30:05", "2025-01-16T10:30:05Z"),
            ("16/01/2025", "2025-01-16T00:00:00Z"),
            ("6/1/25", "2025-01-06T00:00:00Z"),
            ("16/01/2025 10:30", "2025-01-16T10:30:00Z"),
            ("26.03.2026 19:18:21", "2026-03-26T19:18:21Z"),
            ("16-01-2025, 1:05 p. m.", "2025-01-16T13:05:00Z"),
            ("16/01/2025 12:00 AM", "2025-01-16T00:00:00Z"),
        ] {
            assert_eq!(read(text, DateOrder::DayFirst), expected, "{text}");
        }
        assert_eq!(read("1/16/2025, 10:30 AM", DateOrder::MonthFirst), "2025-01-16T10:30:00Z");
    }

    #[test]
    fn malformed_dates_are_refused() {
        for text in
            ["", "ayer", "31/02/2025", "1/16/2025", "16/01", "16/01/2025 25:00", "16/01/2025 13:00 PM", "//", "45672"]
        {
            assert_eq!(read(text, DateOrder::DayFirst), "none", "{text}");
        }
    }
}
