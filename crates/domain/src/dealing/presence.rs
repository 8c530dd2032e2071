//! Whether somebody is at work at an instant, and if not, until when.

use jiff::civil::Date;

use super::{
    eligibility::{Obstacle, Reason},
    hours::{Hours, Zone},
};
use crate::{Timestamp, absences::Period};

/// What decides whether somebody is at work. Civil time is made from the instant, never the other way round, so that an
/// hour which comes twice, or is skipped, is no special case.
#[derive(Debug, Clone, Copy)]
pub struct Presence<'a> {
    /// The time zone of hours and days.
    pub zone: &'a Zone,
    /// The working hours; `None`: always.
    pub hours: Option<&'a Hours>,
    /// Local days on which nobody works, in any order. A shift past midnight belongs to the day on which it begins.
    pub closed_days: &'a [Date],
    /// Absences, in any order.
    pub absences: &'a [Period],
    /// Until when no leads are wanted.
    pub paused_until: Option<Timestamp>,
}

impl Presence<'_> {
    /// Every reason for which somebody is not at work at this instant, each with the time at which it ends by itself.
    pub fn obstacles(&self, at: Timestamp) -> Vec<Obstacle> {
        let found = [self.outside_hours(at), self.absent(at), self.paused(at)];
        found.into_iter().flatten().collect()
    }

    fn is_open(&self, day: Date) -> bool {
        !self.closed_days.contains(&day)
    }

    /// Either outside of all shifts, or within those of closed days alone.
    fn outside_hours(&self, at: Timestamp) -> Option<Obstacle> {
        let local = self.zone.local(at);
        let Some(hours) = self.hours else {
            return (!self.is_open(local.date())).then(|| self.closed_day(local.date()));
        };
        let mut days = hours.days_of(local).peekable();
        if days.peek().is_none() {
            let until = hours.next(self.zone, at, |day| self.is_open(day));
            return Some(Obstacle { reason: Reason::OutsideHours, until });
        }
        let days: Vec<Date> = days.collect();
        if days.iter().any(|day| self.is_open(*day)) {
            return None;
        }
        days.into_iter().max().map(|day| self.closed_day(day))
    }

    /// A closed day, until the end of it and of those that follow without a gap.
    fn closed_day(&self, mut day: Date) -> Obstacle {
        let open = loop {
            match day.tomorrow() {
                Ok(next) if self.is_open(next) => break Some(next),
                Ok(next) => day = next,
                Err(_) => break None,
            }
        };
        Obstacle { reason: Reason::ClosedDay, until: open.and_then(|day| self.zone.day_start(day)) }
    }

    /// An absence, until the end of it and of those that follow without a gap.
    fn absent(&self, at: Timestamp) -> Option<Obstacle> {
        let mut end = at;
        let mut is_absent = false;
        // Each pass moves the end over at least one more of them.
        while let Some(next) = self.absences.iter().find(|absence| absence.includes(end)) {
            is_absent = true;
            match next.ends_at() {
                Some(until) => end = until,
                None => return Some(Obstacle { reason: Reason::Absent, until: None }),
            }
        }
        is_absent.then_some(Obstacle { reason: Reason::Absent, until: Some(end) })
    }

    fn paused(&self, at: Timestamp) -> Option<Obstacle> {
        let until = self.paused_until.filter(|until| at < *until)?;
        Some(Obstacle { reason: Reason::Paused, until: Some(until) })
    }
}

#[cfg(test)]
mod tests;
