//! Dates that are one number: a spreadsheet's serial number, seconds or milliseconds since 1970, `20250116`.

use jiff::{SignedDuration, civil, tz::Offset};

use super::Moment;

/// The day before the first of a spreadsheet's serial numbers, which count a day too many before March 1900.
const SERIAL_ZERO: civil::Date = civil::date(1899, 12, 30);

/// The serial numbers that are taken for dates: those of 1970 to 2099.
const SERIALS: std::ops::RangeInclusive<i64> = 25_569..=73_050;

pub(super) fn parse(text: &str) -> Option<Moment> {
    let (whole, fraction) = match text.split_once([',', '.']) {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (text, ""),
    };
    if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    match (whole.len(), fraction.is_empty()) {
        (5, _) if SERIALS.contains(&number) => serial(number, fraction),
        (8, true) => {
            compact(number).map(|date| Moment { civil: date.to_datetime(civil::Time::midnight()), offset: None })
        }
        (10, _) => since_1970(number.checked_mul(1_000)?),
        (13, true) => since_1970(number),
        (14, true) => {
            let time = number % 1_000_000;
            let part = |by: i64| i8::try_from(time / by % 100).ok();
            let time = civil::Time::new(part(10_000)?, part(100)?, part(1)?, 0).ok()?;
            Some(Moment { civil: compact(number / 1_000_000)?.to_datetime(time), offset: None })
        }
        _ => None,
    }
}

fn serial(days: i64, fraction: &str) -> Option<Moment> {
    let part: f64 = format!("0.{fraction}0").parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "at most the seconds of a day")]
    let seconds = (part * 86_400.0).round() as i64;
    let civil = SERIAL_ZERO
        .to_datetime(civil::Time::midnight())
        .checked_add(SignedDuration::from_secs(days.checked_mul(86_400)?.checked_add(seconds)?))
        .ok()?;
    Some(Moment { civil, offset: None })
}

fn compact(number: i64) -> Option<civil::Date> {
    let year = i16::try_from(number / 10_000).ok().filter(|year| (1970..2100).contains(year))?;
    civil::Date::new(year, (number / 100 % 100).try_into().ok()?, (number % 100).try_into().ok()?).ok()
}

fn since_1970(milliseconds: i64) -> Option<Moment> {
    let instant = jiff::Timestamp::from_millisecond(milliseconds).ok()?;
    Some(Moment { civil: Offset::UTC.to_datetime(instant), offset: Some(Offset::UTC) })
}
