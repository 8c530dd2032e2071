//! Rotations: the ledgers of turns between the members of a team, as they are read, set and credited.
//!
//! What a turn is, who is owed how many and who is chosen is decided in [`dealing`](crate::dealing).

mod events;
mod members;
mod next;
mod settings;

use serde_json::{Value, json};

pub use self::{
    events::{CREDIT_MAX, CREDIT_REASON_MAX, Credit, RotationEvent},
    members::{MemberFacts, RotationMember, TeamHours},
    next::{Candidate, Lead, Next, draw_seed, next},
    settings::{
        CatchUp, MINUTES_MAX, PRIORITY_VALUE_MAX, PriorityValues, ROW_MAX, ReturnReason, ReturnReasons,
        RotationSettings, STICKY_DAYS_MAX, SettingsChanges, Sticky, StickyChanges, StickyOtherwise, ValueBy,
    },
};
use crate::{Refusal, RotationId, TeamId, Timestamp, UserId, Viewer, dealing::ledger::Roster};

/// A rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// Its id.
    pub id: RotationId,
    /// The team between whose members it keeps turns.
    pub team: TeamId,
    /// Its name.
    pub name: String,
    /// How it deals.
    pub settings: RotationSettings,
    /// The number of its version: it counts changes of the settings, and of the members with their places and weights.
    pub version: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed, or anybody's balance was.
    pub updated_at: Timestamp,
}

impl Rotation {
    /// Its own fields for the audit log.
    #[must_use]
    pub fn shown(&self) -> Value {
        json!({ "name": self.name, "settings": self.settings })
    }

    /// Its version, sent as `ETag`.
    #[must_use]
    pub fn tag(&self) -> String {
        format!("{:x}", self.version)
    }
}

/// The command to make a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRotation {
    /// The team; `None`: one that is unknown.
    pub team: Option<TeamId>,
    /// The name; `None`: the team's.
    pub name: Option<String>,
    /// How it deals.
    pub settings: RotationSettings,
}

/// Changes to a rotation; `None` leaves a field unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RotationChanges {
    /// New name.
    pub name: Option<String>,
    /// New settings.
    pub settings: SettingsChanges,
}

impl RotationChanges {
    /// The rotation with these changes. Version and time are set where it is written.
    #[must_use]
    pub fn apply(&self, rotation: &Rotation) -> Rotation {
        let mut after = rotation.clone();
        if let Some(name) = &self.name {
            after.name.clone_from(name);
        }
        after.settings = self.settings.apply(&rotation.settings);
        after
    }
}

/// A rotation with its members as of an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationReading {
    /// The rotation.
    pub rotation: Rotation,
    /// The members by their places.
    pub members: Vec<RotationMember>,
    /// Who was dealt the newest leads, and how many one after the other.
    pub row: Option<(UserId, u32)>,
    /// The mean value of the leads that it dealt, in millionths; `None`: none yet.
    pub mean: Option<i64>,
    /// The number of its events.
    pub events: u64,
}

impl RotationReading {
    /// What a member of staff sees of it: administrators all, others their own line.
    #[must_use]
    pub fn seen_by(mut self, viewer: Viewer) -> Self {
        if !viewer.role.is_administrator() {
            self.members.retain(|member| member.user == viewer.id);
        }
        self
    }
}

/// The index of whom turns are credited to. Refused where they are no member, or nobody else is there to pay.
pub fn credited<U: Copy + Ord>(roster: &Roster<U>, user: U) -> Result<usize, Refusal> {
    let to = roster.index(user).ok_or(Refusal::MemberNotFound)?;
    if roster.members.len() < 2 { Err(Refusal::NobodyPays) } else { Ok(to) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_credited_to_members_whom_others_can_pay() {
        let roster = |members: &[i64]| Roster { members: members.to_vec(), weights: vec![100; members.len()] };
        assert_eq!(credited(&roster(&[7, 3]), 3), Ok(1));
        assert_eq!(credited(&roster(&[7, 3]), 9), Err(Refusal::MemberNotFound));
        assert_eq!(credited(&roster(&[7]), 7), Err(Refusal::NobodyPays));
    }

    #[test]
    fn changes_leave_what_they_do_not_name() {
        let rotation = Rotation {
            id: RotationId::new(),
            team: TeamId::new(),
            name: "Madrid".into(),
            settings: RotationSettings::default(),
            version: 1,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        };
        assert_eq!(RotationChanges::default().apply(&rotation), rotation);
        let settings = SettingsChanges { max_in_a_row: Some(0), ..SettingsChanges::default() };
        let after = RotationChanges { name: Some("Tardes".into()), settings }.apply(&rotation);
        assert_eq!((after.name.as_str(), after.settings.max_in_a_row, after.settings.slack), ("Tardes", 0, 500_000));
    }
}
