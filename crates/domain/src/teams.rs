//! Teams: people who share work, each with a weight, a place, skills, hours and limits.

mod changes;
mod closed_days;
mod members;
mod skills;

use serde_json::{Value, json};

pub use self::{
    changes::{MemberChanges, TeamChanges},
    closed_days::{ClosedDays, NotADay},
    members::{MEMBER_LIMIT_MAX, MemberSettings, PLACE_MAX, TeamMember, Weight},
    skills::{Skill, Skills},
};
use crate::{
    RotationId, TeamId, Timestamp,
    dealing::hours::{Hours, Zone},
    fold::fold,
};

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name, unique whatever its case among the teams that are not deleted.
    pub name: String,
    /// The time zone of members who have none of their own, and of the closed days.
    pub time_zone: Zone,
    /// The hours of members who have none of their own; `None`: always.
    pub hours: Option<Hours>,
    /// Days on which nobody works.
    pub closed_days: ClosedDays,
    /// Whether members may pause themselves and enter their own absences.
    pub self_service: bool,
    /// The rotation that was made with it.
    pub rotation: RotationId,
    /// How many members it has.
    pub members: u64,
    /// How often the team or its members were changed.
    pub revision: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it, or its members, were last changed.
    pub updated_at: Timestamp,
}

/// The command to create a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTeam {
    /// The name.
    pub name: String,
    /// The time zone.
    pub time_zone: Zone,
    /// The hours; `None`: always.
    pub hours: Option<Hours>,
    /// The closed days.
    pub closed_days: ClosedDays,
    /// Whether members may pause themselves and enter their own absences.
    pub self_service: bool,
}

impl NewTeam {
    /// Its fields for the audit log.
    #[must_use]
    pub fn shown(&self) -> Value {
        shown(&self.name, &self.time_zone, self.hours.as_ref(), &self.closed_days, self.self_service)
    }
}

impl Team {
    /// Its own fields for the audit log.
    #[must_use]
    pub fn shown(&self) -> Value {
        shown(&self.name, &self.time_zone, self.hours.as_ref(), &self.closed_days, self.self_service)
    }

    /// Its version, sent as `ETag`.
    #[must_use]
    pub fn version(&self) -> String {
        format!("{:x}", self.revision)
    }
}

fn shown(name: &str, zone: &Zone, hours: Option<&Hours>, closed_days: &ClosedDays, self_service: bool) -> Value {
    json!({
        "name": name,
        "time_zone": zone,
        "hours": hours,
        "closed_days": closed_days,
        "self_service": self_service,
    })
}

/// The key by which names of teams are unique: without case and accents.
#[must_use]
pub fn name_key(name: &str) -> String {
    fold(name)
}

#[cfg(test)]
mod tests {
    use super::name_key;

    #[test]
    fn names_are_compared_without_case_and_accents() {
        assert_eq!(name_key("  Extranjería  MADRID "), name_key("extranjeria madrid"));
        assert_ne!(name_key("Madrid 1"), name_key("Madrid 2"));
    }
}
