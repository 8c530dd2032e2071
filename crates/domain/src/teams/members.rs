//! The members of a team.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Skills;
use crate::{
    Timestamp, UserId, Viewer,
    dealing::hours::{Hours, Zone},
};

/// The highest place of a member.
pub const PLACE_MAX: i64 = 1_000_000;

/// The highest daily quota and cap on open opportunities of a member.
pub const MEMBER_LIMIT_MAX: i64 = 100_000;

/// How much of the work a member gets, compared with the others: 1 to 10,000, 100 by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Weight(u16);

/// The number is not a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a weight from 1 to 10000")]
pub struct NotAWeight;

impl Weight {
    /// The least weight.
    pub const MIN: i64 = 1;
    /// The greatest weight.
    pub const MAX: i64 = 10_000;

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for Weight {
    fn default() -> Self {
        Self(100)
    }
}

impl TryFrom<i64> for Weight {
    type Error = NotAWeight;

    fn try_from(number: i64) -> Result<Self, NotAWeight> {
        let is_weight = (Self::MIN..=Self::MAX).contains(&number);
        u16::try_from(number).ok().filter(|_| is_weight).map(Self).ok_or(NotAWeight)
    }
}

impl From<Weight> for i64 {
    fn from(weight: Weight) -> Self {
        weight.0.into()
    }
}

/// What is set of a member. What is `None` is the team's, or the user's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberSettings {
    /// The place in the team, by which it is listed and by which ties are decided. It need not be unique.
    pub place: i64,
    /// How much of the work the member gets.
    pub weight: Weight,
    /// What the member can do.
    pub skills: Skills,
    /// The time zone; `None`: the team's.
    pub time_zone: Option<Zone>,
    /// The hours; `None`: the team's.
    pub hours: Option<Hours>,
    /// The most leads a day; `None`: the user's daily quota.
    pub daily_quota: Option<i64>,
    /// The most open opportunities with which the member still gets leads; `None`: no limit.
    pub open_cap: Option<i64>,
    /// Until when the member gets no leads.
    pub paused_until: Option<Timestamp>,
}

impl MemberSettings {
    /// The settings for the audit log.
    #[must_use]
    pub fn shown(&self) -> Value {
        json!({
            "place": self.place,
            "weight": self.weight,
            "skills": self.skills,
            "time_zone": self.time_zone,
            "hours": self.hours,
            "daily_quota": self.daily_quota,
            "open_cap": self.open_cap,
            "paused_until": self.paused_until,
        })
    }
}

/// A member of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMember {
    /// The user.
    pub user: UserId,
    /// The display name; empty where the user was erased.
    pub name: String,
    /// Whether the user is active: others stay members, and get nothing.
    pub is_active: bool,
    /// What is set of the member.
    pub settings: MemberSettings,
    /// When the user became a member.
    pub joined_at: Timestamp,
}

impl TeamMember {
    /// Whether a member of staff may see more than who the member is: administrators and the member.
    #[must_use]
    pub fn shows_settings_to(&self, viewer: Viewer) -> bool {
        viewer.role.is_administrator() || viewer.id == self.user
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    #[test]
    fn a_weight_is_within_1_and_10_000() {
        assert_eq!(
            (Weight::try_from(1).map(Weight::get), Weight::try_from(10_000).map(Weight::get)),
            (Ok(1), Ok(10_000))
        );
        for number in [0, -1, 10_001, i64::MAX] {
            assert_eq!(Weight::try_from(number), Err(NotAWeight), "{number}");
        }
        assert_eq!(Weight::default().get(), 100);
    }

    #[test]
    fn settings_are_for_the_member_and_administrators() {
        let user = UserId::new();
        let member = TeamMember {
            user,
            name: "Ana".into(),
            is_active: true,
            settings: MemberSettings::default(),
            joined_at: Timestamp::default(),
        };
        let shown = |id, role| member.shows_settings_to(Viewer { id, role });
        assert!(shown(user, Role::Agent) && shown(UserId::new(), Role::Admin));
        assert!(!shown(UserId::new(), Role::Agent) && !shown(UserId::new(), Role::Lawyer));
    }
}
