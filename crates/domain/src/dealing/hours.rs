//! Working hours: the shifts of a week, and time zones by name.

use std::{fmt, str::FromStr};

use jiff::{
    civil::{Date, DateTime, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A time zone with its IANA name, such as `Europe/Madrid`. The table of zones is part of the program: containers often
/// have none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

/// The name is not one of a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a time zone")]
pub struct UnknownZone;

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The local date and time of an instant.
    pub fn local(&self, at: Timestamp) -> DateTime {
        self.0.to_datetime(instant(at))
    }

    /// The local date of an instant: the day to which a lead received then counts.
    pub fn day(&self, at: Timestamp) -> Date {
        self.local(at).date()
    }

    /// When a local day begins; where clocks skip its midnight, the first instant after it.
    pub fn day_start(&self, day: Date) -> Option<Timestamp> {
        let start = day.to_zoned_datetime(self.0.clone()).and_then(|start| start.start_of_day()).ok()?;
        Some(Timestamp::from_micros(start.timestamp().as_microsecond()))
    }

    /// When the local day of an instant ends.
    pub fn midnight_after(&self, at: Timestamp) -> Option<Timestamp> {
        self.day_start(self.day(at).tomorrow().ok()?)
    }

    /// The instants at which the local time may be this: none within an hour that is skipped, two within one that comes
    /// twice.
    fn instants(&self, local: DateTime) -> impl Iterator<Item = Timestamp> {
        let ambiguous = self.0.to_ambiguous_timestamp(local);
        let both = [ambiguous.earlier(), ambiguous.later()];
        let micros = both.into_iter().flatten().map(jiff::Timestamp::as_microsecond);
        micros.map(Timestamp::from_micros)
    }

    /// The next times at which the offset changes.
    fn changes(&self, after: Timestamp) -> impl Iterator<Item = Timestamp> {
        self.0.following(instant(after)).map(|change| Timestamp::from_micros(change.timestamp().as_microsecond()))
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        // Without a name of its own, or an offset, there is nothing that could be stored.
        TimeZone::get(name).ok().filter(|zone| zone.iana_name().is_some()).map(Self).ok_or(UnknownZone)
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Self, UnknownZone> {
        name.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name().to_owned()
    }
}

fn instant(at: Timestamp) -> jiff::Timestamp {
    let extreme = if at.micros() < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_microsecond(at.micros()).unwrap_or(extreme)
}

/// Minutes in a day.
const DAY: u16 = 24 * 60;

/// A time of day in whole minutes, written `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u16);

/// The text is not a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time of day such as 09:00")]
pub struct NotATimeOfDay;

impl TimeOfDay {
    /// The time of day of a local date and time, without its seconds.
    fn of(local: DateTime) -> Self {
        Self(u16::try_from(i16::from(local.hour()) * 60 + i16::from(local.minute())).unwrap_or_default())
    }

    fn on(self, day: Date) -> DateTime {
        let (hour, minute) = (self.0 / 60, self.0 % 60);
        let part = |number: u16| i8::try_from(number).unwrap_or_default();
        day.at(part(hour), part(minute), 0, 0)
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for TimeOfDay {
    type Err = NotATimeOfDay;

    /// Parses `HH:MM`. `24:00` is midnight.
    fn from_str(text: &str) -> Result<Self, NotATimeOfDay> {
        let (hour, minute) = text.split_once(':').ok_or(NotATimeOfDay)?;
        let number = |part: &str| {
            let is_number = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<u16>().ok().filter(|_| is_number).ok_or(NotATimeOfDay)
        };
        let (hour, minute) = (number(hour)?, number(minute)?);
        let minutes = hour * 60 + minute;
        if minute >= 60 || minutes > DAY { Err(NotATimeOfDay) } else { Ok(Self(minutes % DAY)) }
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = NotATimeOfDay;

    fn try_from(text: String) -> Result<Self, NotATimeOfDay> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

/// Working time on some days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedShift")]
pub struct Shift {
    /// The days on which it begins: 1 is Monday, 7 is Sunday; ascending.
    days: Vec<i8>,
    /// When it begins.
    from: TimeOfDay,
    /// When it ends: on the following day if this is not after `from`.
    to: TimeOfDay,
}

#[derive(Deserialize)]
struct UncheckedShift {
    days: Vec<i8>,
    from: TimeOfDay,
    to: TimeOfDay,
}

impl TryFrom<UncheckedShift> for Shift {
    type Error = InvalidHours;

    fn try_from(UncheckedShift { days, from, to }: UncheckedShift) -> Result<Self, InvalidHours> {
        Self::new(days, from, to)
    }
}

/// Why hours are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHours {
    /// A shift without days.
    #[error("a shift needs at least one day")]
    NoDays,
    /// A number that is not a day of the week.
    #[error("days are numbers from 1 (Monday) to 7 (Sunday)")]
    UnknownDay,
    /// More shifts than [`Hours::MAX`].
    #[error("at most 50 shifts")]
    TooMany,
}

impl Shift {
    /// A shift; the order of days and repeated ones do not matter.
    pub fn new(mut days: Vec<i8>, from: TimeOfDay, to: TimeOfDay) -> Result<Self, InvalidHours> {
        if days.iter().any(|day| !(1..=7).contains(day)) {
            return Err(InvalidHours::UnknownDay);
        }
        days.sort_unstable();
        days.dedup();
        if days.is_empty() { Err(InvalidHours::NoDays) } else { Ok(Self { days, from, to }) }
    }

    /// The days on which it begins: 1 is Monday, 7 is Sunday; ascending.
    pub fn days(&self) -> &[i8] {
        &self.days
    }

    /// When it begins.
    pub const fn from(&self) -> TimeOfDay {
        self.from
    }

    /// When it ends: on the following day if this is not after [`Shift::from`].
    pub const fn to(&self) -> TimeOfDay {
        self.to
    }

    fn begins_on(&self, day: Weekday) -> bool {
        self.days.contains(&day.to_monday_one_offset())
    }

    /// The local day on which the shift that this is within began.
    fn day_of(&self, local: DateTime) -> Option<Date> {
        let (day, time) = (local.date(), TimeOfDay::of(local));
        let is_overnight = self.to <= self.from;
        if self.begins_on(day.weekday()) && time >= self.from && (is_overnight || time < self.to) {
            return Some(day);
        }
        let before = day.yesterday().ok().filter(|_| is_overnight && time < self.to)?;
        self.begins_on(before.weekday()).then_some(before)
    }
}

/// The working hours of a week. No shifts at all: never.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Shift>", into = "Vec<Shift>")]
pub struct Hours(Vec<Shift>);

impl TryFrom<Vec<Shift>> for Hours {
    type Error = InvalidHours;

    fn try_from(shifts: Vec<Shift>) -> Result<Self, InvalidHours> {
        Self::new(shifts)
    }
}

impl From<Hours> for Vec<Shift> {
    fn from(hours: Hours) -> Self {
        hours.0
    }
}

impl Hours {
    /// The maximum number of shifts.
    pub const MAX: usize = 50;

    /// Hours of these shifts, which may overlap.
    pub fn new(shifts: Vec<Shift>) -> Result<Self, InvalidHours> {
        if shifts.len() > Self::MAX { Err(InvalidHours::TooMany) } else { Ok(Self(shifts)) }
    }

    /// The shifts.
    pub fn shifts(&self) -> &[Shift] {
        &self.0
    }

    /// The local days on which the shifts began that this is within.
    pub(super) fn days_of(&self, local: DateTime) -> impl Iterator<Item = Date> {
        self.0.iter().filter_map(move |shift| shift.day_of(local))
    }

    /// The first instant after `at` within a shift that begins on an open day, up to a bit over a year later.
    pub(super) fn next(&self, zone: &Zone, at: Timestamp, is_open: impl Fn(Date) -> bool) -> Option<Timestamp> {
        let is_within = |at: Timestamp| self.days_of(zone.local(at)).any(&is_open);
        let mut day = zone.day(at);
        for _ in 0..HORIZON {
            let starts = self.0.iter().filter(|shift| shift.begins_on(day.weekday()) && is_open(day));
            let starts = starts.flat_map(|shift| zone.instants(shift.from.on(day)));
            // Where clocks skip the beginning of a shift, it begins with the skip.
            let end = zone.day_start(day.tomorrow().ok()?)?;
            let changes = zone.changes(at).take_while(|change| *change < end);
            let first = starts.chain(changes).filter(|start| *start > at && is_within(*start)).min();
            if first.is_some() {
                return first;
            }
            day = day.tomorrow().ok()?;
        }
        None
    }
}

/// How many days ahead the next shift is looked for: every weekday on any date, with a year of closed days between.
const HORIZON: usize = 400;
