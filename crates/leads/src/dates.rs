//! Dates as other CRMs and spreadsheets write them.

mod numbers;
mod order;
mod time;
mod words;

use jiff::{civil, tz::TimeZone};
use reparto_domain::{Timestamp, fold::fold};

pub(crate) use order::OrderEvidence;
pub use order::{DateOrder, OrderError};

/// The longest date that is looked at, in bytes.
const LENGTH_MAX: usize = 80;

/// The date that three numbers are in this order.
fn civil_date(order: DateOrder, parts: [i16; 3]) -> Option<civil::Date> {
    let [first, second, third] = parts;
    let (year, month, day) = match order {
        DateOrder::DayFirst => (third, second, first),
        DateOrder::MonthFirst => (third, first, second),
        DateOrder::YearFirst => (first, second, third),
    };
    // Two digits are a year of 1969 to 2068.
    let year = match year {
        0..=68 => year + 2000,
        69..=99 => year + 1900,
        year => year,
    };
    civil::Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// Parses a date, or a date and time. Without an offset it is a time in `zone`; a bare date is midnight there.
///
/// Understood are RFC 3339 and ISO 8601; three numbers separated by `/`, `.` or `-`, in `order` unless the year comes first
/// with four digits; names of months in Spanish and English; a time with or without seconds and AM or PM, and an offset or
/// the usual names of some; a spreadsheet's serial number (days since 1899-12-30); seconds or milliseconds since 1970.
pub fn parse(text: &str, order: DateOrder, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > LENGTH_MAX {
        return None;
    }
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp::from_micros(instant.as_microsecond()));
    }
    if let Some(moment) = numbers::parse(text) {
        return moment.instant(zone);
    }
    // "16-01-2025T10:30", "Jan 16, 2025 at 10:30": a time begins after the date, with a number and a colon or AM and PM.
    let folded = fold(text);
    let (date, time) = time::split(&folded);
    let date = match order::parts(date) {
        Some(parts) => civil_date(parts.order(order), parts.numbers)?,
        None => words::parse(date)?,
    };
    let (clock, offset) = if time.is_empty() { (civil::Time::midnight(), None) } else { time::parse(time)? };
    Moment { civil: date.to_datetime(clock), offset }.instant(zone)
}

/// A date and time, with an offset if it was given.
struct Moment {
    civil: civil::DateTime,
    offset: Option<jiff::tz::Offset>,
}

impl Moment {
    fn instant(&self, zone: &TimeZone) -> Option<Timestamp> {
        let instant = match self.offset {
            Some(offset) => offset.to_timestamp(self.civil).ok()?,
            None => zone.to_timestamp(self.civil).ok()?,
        };
        Some(Timestamp::from_micros(instant.as_microsecond()))
    }
}

#[cfg(test)]
mod tests;
