//! Who may be given a lead now, and for which reasons somebody may not.

use super::presence::Presence;
use crate::{Timestamp, values::named_values};

named_values! {
    /// Why somebody may not be given a lead.
    Reason {
        /// The account is inactive or deleted.
        Inactive = 0 "inactive",
        /// The role may not hold leads.
        NotAssignable = 1 "not_assignable",
        /// No member of the team (any longer).
        NotMember = 2 "not_member",
        /// Outside of the working hours.
        OutsideHours = 3 "outside_hours",
        /// A day on which the team does not work.
        ClosedDay = 4 "closed_day",
        /// Absent.
        Absent = 5 "absent",
        /// Wants no leads for the time being.
        Paused = 6 "paused",
        /// Lacks a skill that the lead needs.
        SkillMissing = 7 "skill_missing",
        /// Has received as many leads today as the daily quota allows.
        QuotaUsedUp = 8 "quota_used_up",
        /// Has as many open leads as the cap allows.
        OpenCapReached = 9 "open_cap_reached",
        /// Has given this lead back.
        GaveBack = 10 "gave_back",
        /// Was its last holder, and did not work it.
        NotWorked = 11 "not_worked",
    }
}

/// A reason that stands against somebody, and the time at which it ends by itself: `None` if no time is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Obstacle {
    /// The reason.
    pub reason: Reason,
    /// The first instant at which it no longer holds.
    pub until: Option<Timestamp>,
}

/// A member of a team as of an instant, apart from what a lead needs.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// Whether the account is active.
    pub is_active: bool,
    /// Whether the role may hold leads.
    pub is_assignable: bool,
    /// Whether they are a member (still).
    pub is_member: bool,
    /// When they work.
    pub presence: Presence<'a>,
    /// How many more leads they may receive on their local day; `None`: any number.
    pub quota_left: Option<u32>,
    /// How many more open leads they may hold; `None`: any number.
    pub cap_left: Option<u32>,
}

impl Standing<'_> {
    /// Everything that stands against them, whichever lead it is, in the order of [`Reason::ALL`].
    pub fn obstacles(&self, at: Timestamp) -> Vec<Obstacle> {
        let lasting = |holds: bool, reason: Reason| holds.then_some(Obstacle { reason, until: None });
        let mut found: Vec<Obstacle> = [
            lasting(!self.is_active, Reason::Inactive),
            lasting(!self.is_assignable, Reason::NotAssignable),
            lasting(!self.is_member, Reason::NotMember),
        ]
        .into_iter()
        .flatten()
        .collect();
        found.extend(self.presence.obstacles(at));
        if self.quota_left == Some(0) {
            found.push(Obstacle { reason: Reason::QuotaUsedUp, until: self.presence.zone.midnight_after(at) });
        }
        found.extend(lasting(self.cap_left == Some(0), Reason::OpenCapReached));
        found
    }

    /// How many leads they may be given at once, if nothing else stands against them.
    pub fn capacity(&self) -> u32 {
        self.quota_left.unwrap_or(u32::MAX).min(self.cap_left.unwrap_or(u32::MAX))
    }
}

/// When somebody with these obstacles may be given a lead: once the last has ended. `None` if one does not end by itself,
/// or there is none.
pub fn next_at(obstacles: &[Obstacle]) -> Option<Timestamp> {
    let ends: Option<Vec<Timestamp>> = obstacles.iter().map(|obstacle| obstacle.until).collect();
    ends?.into_iter().max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dealing::hours::Zone;

    #[test]
    fn somebody_may_be_dealt_to_when_the_last_obstacle_has_ended() {
        let obstacle =
            |until: Option<i64>| Obstacle { reason: Reason::Paused, until: until.map(Timestamp::from_seconds) };
        assert_eq!(next_at(&[obstacle(Some(5)), obstacle(Some(9))]), Some(Timestamp::from_seconds(9)));
        assert_eq!(next_at(&[obstacle(Some(5)), obstacle(None)]), None);
        assert_eq!(next_at(&[]), None);
    }

    #[test]
    fn each_failed_test_is_a_reason() {
        let zone: Zone = "Europe/Madrid".parse().unwrap();
        let presence = Presence { zone: &zone, hours: None, closed_days: &[], absences: &[], paused_until: None };
        let good = Standing {
            is_active: true,
            is_assignable: true,
            is_member: true,
            presence,
            quota_left: Some(1),
            cap_left: None,
        };
        let at = Timestamp::parse("2026-03-28T12:00:00Z").unwrap();
        assert_eq!((good.obstacles(at), good.capacity()), (vec![], 1));
        let bad = Standing {
            is_active: false,
            is_assignable: false,
            is_member: false,
            quota_left: Some(0),
            cap_left: Some(0),
            ..good
        };
        let found = bad.obstacles(at);
        let reasons: Vec<Reason> = found.iter().map(|obstacle| obstacle.reason).collect();
        let all =
            [Reason::Inactive, Reason::NotAssignable, Reason::NotMember, Reason::QuotaUsedUp, Reason::OpenCapReached];
        assert_eq!(reasons, all);
        // A quota is one of the member's local day.
        assert_eq!(found[3].until, Timestamp::parse("2026-03-28T23:00:00Z"));
        assert_eq!(found[4].until, None);
    }
}
