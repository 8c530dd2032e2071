//! What a rotation tells of a member.

use crate::{
    Role, Roles, Timestamp, UserId,
    absences::Period,
    dealing::{
        eligibility::{Obstacle, Standing, next_at},
        hours::{Hours, Zone},
        ledger::Account,
        presence::Presence,
    },
    teams::{ClosedDays, MemberSettings, Weight},
};

/// When a team works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamHours {
    /// The time zone of members who have none of their own.
    pub zone: Zone,
    /// The hours of members who have none of their own; `None`: always.
    pub hours: Option<Hours>,
    /// Days on which nobody works.
    pub closed_days: ClosedDays,
}

/// What is stored of a member of a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberFacts {
    /// The user.
    pub user: UserId,
    /// The display name.
    pub name: String,
    /// Whether the account is active.
    pub is_active: bool,
    /// The role.
    pub role: Role,
    /// The user's daily quota.
    pub user_quota: i64,
    /// What is set of the member.
    pub settings: MemberSettings,
    /// Absences that have not ended, in any order.
    pub absences: Vec<Period>,
    /// What the rotation keeps of them.
    pub account: Account,
    /// How many open leads they hold.
    pub open: u64,
    /// How many leads they received on their local day.
    pub received_today: u64,
}

impl MemberFacts {
    /// The time zone of the member.
    #[must_use]
    pub fn zone<'a>(&'a self, team: &'a TeamHours) -> &'a Zone {
        self.settings.time_zone.as_ref().unwrap_or(&team.zone)
    }

    /// When the member's local day began.
    #[must_use]
    pub fn day_start(&self, team: &TeamHours, at: Timestamp) -> Timestamp {
        let zone = self.zone(team);
        zone.day_start(zone.day(at)).unwrap_or_else(|| at.day_start())
    }

    /// The member as of an instant.
    #[must_use]
    pub fn at(self, team: &TeamHours, assignable: &Roles, at: Timestamp) -> RotationMember {
        let quota = left(self.settings.daily_quota.unwrap_or(self.user_quota), self.received_today);
        let cap = self.settings.open_cap.map(|cap| left(cap, self.open));
        let presence = Presence {
            zone: self.zone(team),
            hours: self.settings.hours.as_ref().or(team.hours.as_ref()),
            closed_days: team.closed_days.as_slice(),
            absences: &self.absences,
            paused_until: self.settings.paused_until,
        };
        let standing = Standing {
            is_active: self.is_active,
            is_assignable: assignable.contains(self.role),
            is_member: true,
            presence,
            quota_left: Some(quota),
            cap_left: cap,
        };
        RotationMember {
            obstacles: standing.obstacles(at),
            user: self.user,
            weight: self.settings.weight,
            account: self.account,
            received_today: self.received_today,
            quota_left: Some(quota),
            open: self.open,
            name: self.name,
        }
    }
}

/// How many are left of a limit.
fn left(limit: i64, used: u64) -> u32 {
    let limit = u64::try_from(limit).unwrap_or(0);
    u32::try_from(limit.saturating_sub(used)).unwrap_or(u32::MAX)
}

/// A member of a rotation as of an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationMember {
    /// The user.
    pub user: UserId,
    /// The display name.
    pub name: String,
    /// How much of the work the member gets.
    pub weight: Weight,
    /// What the rotation keeps of them.
    pub account: Account,
    /// How many leads they received on their local day.
    pub received_today: u64,
    /// How many more they may receive on it; `None`: any number.
    pub quota_left: Option<u32>,
    /// How many open leads they hold.
    pub open: u64,
    /// Everything that stands against giving them a lead now.
    pub obstacles: Vec<Obstacle>,
}

impl RotationMember {
    /// Whether they may be given a lead now.
    #[must_use]
    pub const fn is_eligible(&self) -> bool {
        self.obstacles.is_empty()
    }

    /// When what stands against them has ended by itself; `None`: nothing does, or it does not end by itself.
    #[must_use]
    pub fn next_at(&self) -> Option<Timestamp> {
        next_at(&self.obstacles)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dealing::eligibility::Reason;

    fn facts() -> MemberFacts {
        MemberFacts {
            user: UserId::new(),
            name: "Ana".into(),
            is_active: true,
            role: Role::Agent,
            user_quota: 10,
            settings: MemberSettings::default(),
            absences: Vec::new(),
            account: Account::default(),
            open: 5,
            received_today: 4,
        }
    }

    fn team() -> TeamHours {
        TeamHours { zone: "Europe/Madrid".parse().unwrap(), hours: None, closed_days: ClosedDays::default() }
    }

    #[test]
    fn quota_and_cap_are_the_members_own_or_the_users() {
        let at = Timestamp::parse("2026-01-31T23:30:00Z").unwrap();
        let member = |facts: MemberFacts| facts.at(&team(), &Roles::default(), at);
        let plain = member(facts());
        assert_eq!((plain.quota_left, plain.is_eligible(), plain.next_at()), (Some(6), true, None));
        let settings = MemberSettings { daily_quota: Some(3), open_cap: Some(5), ..MemberSettings::default() };
        let full = member(MemberFacts { settings, ..facts() });
        let reasons: Vec<Reason> = full.obstacles.iter().map(|obstacle| obstacle.reason).collect();
        assert_eq!((full.quota_left, reasons), (Some(0), vec![Reason::QuotaUsedUp, Reason::OpenCapReached]));
        assert_eq!(full.obstacles[0].until, Timestamp::parse("2026-02-01T23:00:00Z"));
        assert_eq!(full.next_at(), None);
    }

    #[test]
    fn a_day_is_that_of_the_member() {
        let at = Timestamp::parse("2026-01-31T23:30:00Z").unwrap();
        assert_eq!(Some(facts().day_start(&team(), at)), Timestamp::parse("2026-01-31T23:00:00Z"));
        let settings = MemberSettings { time_zone: Some(Zone::UTC), ..MemberSettings::default() };
        let abroad = MemberFacts { settings, ..facts() };
        assert_eq!(Some(abroad.day_start(&team(), at)), Timestamp::parse("2026-01-31T00:00:00Z"));
    }

    #[test]
    fn who_may_hold_nothing_is_not_eligible() {
        let facts = MemberFacts { is_active: false, role: Role::User, ..facts() };
        let member = facts.at(&team(), &Roles::default(), Timestamp::default());
        let reasons: Vec<Reason> = member.obstacles.iter().map(|obstacle| obstacle.reason).collect();
        assert_eq!(reasons, [Reason::Inactive, Reason::NotAssignable]);
    }
}
