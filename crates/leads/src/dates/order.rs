//! The order of day, month and year: seen from all dates of a file, never guessed.

use super::civil_date;

/// The order of day, month and year in dates of three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// 16/01/2025: Spain, most of the world.
    DayFirst,
    /// 01/16/2025: the United States.
    MonthFirst,
    /// 25/01/16: with two digits of the year, too.
    YearFirst,
}

impl DateOrder {
    /// The short name: `dmy`, `mdy`, `ymd`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DayFirst => "dmy",
            Self::MonthFirst => "mdy",
            Self::YearFirst => "ymd",
        }
    }

    /// The order of this short name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::DayFirst, Self::MonthFirst, Self::YearFirst].into_iter().find(|order| order.as_str() == name)
    }
}

/// Three numbers of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts {
    pub numbers: [i16; 3],
    /// Where the writing leaves no choice: four digits first are a year; with full stops, days come first.
    known: Option<DateOrder>,
}

impl Parts {
    pub fn order(self, otherwise: DateOrder) -> DateOrder {
        match (self.known, otherwise) {
            (Some(DateOrder::DayFirst), DateOrder::YearFirst) | (None, _) => otherwise,
            (Some(known), _) => known,
        }
    }
}

/// The three numbers of a date, years in full.
pub(super) fn parts(text: &str) -> Option<Parts> {
    let texts: Vec<&str> = text.trim().split(['/', '.', '-']).map(str::trim).collect();
    let [first, second, third] = texts[..] else { return None };
    let number = |part: &str| {
        (!part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<i16>().ok())?
    };
    let (a, b, c) = (number(first)?, number(second)?, number(third)?);
    match (first.len(), third.len()) {
        (4, 1..=2) => Some(Parts { numbers: [a, b, c], known: Some(DateOrder::YearFirst) }),
        (1..=2, 1..=2 | 4) => {
            Some(Parts { numbers: [a, b, c], known: text.contains('.').then_some(DateOrder::DayFirst) })
        }
        _ => None,
    }
}

/// What the dates of a file show.
#[derive(Debug, Default)]
pub(crate) struct OrderEvidence {
    /// The line and text of the first date that only fits each of these, in this order.
    day_first: Option<(u64, String)>,
    month_first: Option<(u64, String)>,
    year_first: Option<(u64, String)>,
    /// And of the first that fits the day or the month first.
    either: Option<(u64, String)>,
}

/// Why the order is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// No date shows it.
    #[error(
        "line {line}: {text:?} may begin with the day or with the month, and no date of the file tells which; say \
         --date-order dmy (day first) or --date-order mdy (month first)"
    )]
    Unknown {
        /// The line of the first such date.
        line: u64,
        /// The date.
        text: String,
    },
    /// There are dates of both orders.
    #[error(
        "line {day_line}: {day_first:?} begins with the day, line {month_line}: {month_first:?} with the month; say \
         --date-order dmy or --date-order mdy for those that fit both (dates of the other order are kept as custom fields)"
    )]
    Both {
        /// The line of the first date with the day first.
        day_line: u64,
        /// That date.
        day_first: String,
        /// The line of the first date with the month first.
        month_line: u64,
        /// That date.
        month_first: String,
    },
}

impl OrderEvidence {
    /// Looks at a date.
    pub fn see(&mut self, line: u64, text: &str) {
        let date = super::time::split(&reparto_domain::fold::fold(text)).0.to_owned();
        let Some(parts) = parts(&date).filter(|parts| parts.known.is_none()) else { return };
        let as_ordered = |order| civil_date(order, parts.numbers);
        let slot = match (as_ordered(DateOrder::DayFirst), as_ordered(DateOrder::MonthFirst)) {
            (Some(one), Some(other)) if one == other => return,
            (Some(_), Some(_)) => &mut self.either,
            (Some(_), None) => &mut self.day_first,
            (None, Some(_)) => &mut self.month_first,
            (None, None) if as_ordered(DateOrder::YearFirst).is_some() => &mut self.year_first,
            (None, None) => return,
        };
        if slot.is_none() {
            *slot = Some((line, text.to_owned()));
        }
    }

    /// The order. Where no date needs one, the day is first.
    pub fn order(self) -> Result<DateOrder, OrderError> {
        match (self.day_first, self.month_first, self.either) {
            (Some((day_line, day_first)), Some((month_line, month_first)), _) => {
                Err(OrderError::Both { day_line, day_first, month_line, month_first })
            }
            (None, Some(_), _) => Ok(DateOrder::MonthFirst),
            (None, None, _) if self.year_first.is_some() => Ok(DateOrder::YearFirst),
            (None, None, Some((line, text))) => Err(OrderError::Unknown { line, text }),
            (Some(_), None, _) | (None, None, None) => Ok(DateOrder::DayFirst),
        }
    }
}
