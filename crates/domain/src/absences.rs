//! Absences: times in which somebody gets no leads.
#![allow(clippy::option_option, reason = "a field is absent, emptied or set")]

use serde_json::{Value, json};

use crate::{AbsenceId, Refusal, Role, Timestamp, UserId, Viewer, cursor::KeyCursor};

/// The longest note of an absence, in characters.
pub const ABSENCE_NOTE_MAX: usize = 1_000;

/// The time of an absence: from its start, and up to its end, which is after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    starts_at: Timestamp,
    ends_at: Option<Timestamp>,
}

impl Period {
    /// A time; `None`: without an end.
    pub fn new(starts_at: Timestamp, ends_at: Option<Timestamp>) -> Result<Self, Refusal> {
        if ends_at.is_some_and(|end| end <= starts_at) {
            return Err(Refusal::AbsenceEndsFirst);
        }
        Ok(Self { starts_at, ends_at })
    }

    /// When it starts.
    #[must_use]
    pub const fn starts_at(self) -> Timestamp {
        self.starts_at
    }

    /// When it ends; `None`: not yet known.
    #[must_use]
    pub const fn ends_at(self) -> Option<Timestamp> {
        self.ends_at
    }

    /// Whether it includes an instant.
    #[must_use]
    pub fn includes(self, at: Timestamp) -> bool {
        self.starts_at <= at && self.ends_at.is_none_or(|end| at < end)
    }
}

/// An absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// Its id.
    pub id: AbsenceId,
    /// Who is absent.
    pub user: UserId,
    /// Their display name; empty where they were erased.
    pub name: String,
    /// When.
    pub period: Period,
    /// A note, which only the absent and administrators see.
    pub note: Option<String>,
    /// When it was entered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Absence {
    /// Its fields for the audit log: of the note, which may say why somebody is ill, only whether there is one.
    #[must_use]
    pub fn shown(&self) -> Value {
        json!({
            "starts_at": self.period.starts_at,
            "ends_at": self.period.ends_at,
            "has_note": self.note.is_some(),
        })
    }
}

/// The command to enter an absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAbsence {
    /// Who is absent; `None`: somebody unknown.
    pub user: Option<UserId>,
    /// When.
    pub period: Period,
    /// A note.
    pub note: Option<String>,
}

/// Changes to an absence; `None` leaves a field unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AbsenceChanges {
    /// New start.
    pub starts_at: Option<Timestamp>,
    /// New end; `Some(None)`: not yet known.
    pub ends_at: Option<Option<Timestamp>>,
    /// New note; `Some(None)` removes it.
    pub note: Option<Option<String>>,
}

impl AbsenceChanges {
    /// The absence with these changes. The time of change is set where it is written.
    pub fn apply(&self, absence: &Absence) -> Result<Absence, Refusal> {
        let period = Period::new(
            self.starts_at.unwrap_or(absence.period.starts_at),
            self.ends_at.unwrap_or(absence.period.ends_at),
        )?;
        let note = self.note.clone().unwrap_or_else(|| absence.note.clone());
        Ok(Absence { period, note, ..absence.clone() })
    }
}

/// Whose absences somebody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbsenceVisibility {
    /// Everybody's: administrators.
    All,
    /// This user's own: staff.
    Own(UserId),
}

impl AbsenceVisibility {
    /// Whose absences a member of staff may see.
    #[must_use]
    pub const fn of(viewer: Viewer) -> Self {
        if viewer.role.is_administrator() { Self::All } else { Self::Own(viewer.id) }
    }

    /// Whether an absence of this user may be seen.
    #[must_use]
    pub fn allows(self, user: UserId) -> bool {
        match self {
            Self::All => true,
            Self::Own(own) => own == user,
        }
    }
}

/// Passes who may enter, change and remove an absence: administrators anybody's, others their own if one of their teams
/// has self-service.
pub fn require_may_enter(role: Role, is_own: bool, has_self_service: bool) -> Result<(), Refusal> {
    if role.is_administrator() {
        Ok(())
    } else if !is_own {
        Err(Refusal::OwnAbsencesOnly)
    } else if !has_self_service {
        Err(Refusal::SelfServiceRequired)
    } else {
        Ok(())
    }
}

/// A query for absences, the latest start first: all conditions that are set must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbsenceQuery {
    /// Whose may be seen.
    pub visibility: AbsenceVisibility,
    /// Of this user; `Some(None)` for a user who does not exist.
    pub user: Option<Option<UserId>>,
    /// That end after this time, or have no end.
    pub from: Option<Timestamp>,
    /// That start at or before this time.
    pub to: Option<Timestamp>,
    /// Maximum number of rows, 1 to 1,000.
    pub limit: u64,
    /// Only rows after this one.
    pub after: Option<KeyCursor>,
}

impl AbsenceQuery {
    /// The one user whose absences can match: `None` for anybody's; `Some(None)` for nobody's.
    #[must_use]
    pub fn whose(&self) -> Option<Option<UserId>> {
        match (self.visibility, self.user) {
            (AbsenceVisibility::All, user) => user,
            (AbsenceVisibility::Own(own), None) => Some(Some(own)),
            (AbsenceVisibility::Own(own), Some(user)) => Some(user.filter(|user| *user == own)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_seconds(1_000);

    #[test]
    fn an_absence_ends_after_it_starts() {
        assert_eq!(Period::new(AT, Some(AT)), Err(Refusal::AbsenceEndsFirst));
        assert_eq!(Period::new(AT, Some(AT.plus_seconds(-1))), Err(Refusal::AbsenceEndsFirst));
        let whole = Period::new(AT, Some(AT.plus_seconds(10))).unwrap();
        assert!(whole.includes(AT) && whole.includes(AT.plus_seconds(9)) && !whole.includes(AT.plus_seconds(10)));
        assert!(!whole.includes(AT.plus_seconds(-1)));
        assert!(Period::new(AT, None).unwrap().includes(AT.plus_seconds(1_000_000)));
    }

    #[test]
    fn a_change_of_one_end_is_compared_with_the_other() {
        let absence = Absence {
            id: AbsenceId::new(),
            user: UserId::new(),
            name: "Ana".into(),
            period: Period::new(AT, Some(AT.plus_seconds(10))).unwrap(),
            note: Some("playa".into()),
            created_at: AT,
            updated_at: AT,
        };
        let later = AbsenceChanges { starts_at: Some(AT.plus_seconds(10)), ..AbsenceChanges::default() };
        assert_eq!(later.apply(&absence), Err(Refusal::AbsenceEndsFirst));
        let open = AbsenceChanges { ends_at: Some(None), note: Some(None), ..later };
        let after = open.apply(&absence).unwrap();
        assert_eq!((after.period.starts_at(), after.period.ends_at(), after.note), (AT.plus_seconds(10), None, None));
        assert_eq!(AbsenceChanges::default().apply(&absence), Ok(absence));
    }

    #[test]
    fn others_enter_their_own_where_their_team_allows_it() {
        for own in [true, false] {
            assert_eq!(require_may_enter(Role::Admin, own, false), Ok(()));
        }
        assert_eq!(require_may_enter(Role::Agent, true, true), Ok(()));
        assert_eq!(require_may_enter(Role::Agent, true, false), Err(Refusal::SelfServiceRequired));
        assert_eq!(require_may_enter(Role::Lawyer, false, true), Err(Refusal::OwnAbsencesOnly));
    }

    #[test]
    fn staff_find_only_their_own() {
        let (own, other) = (UserId::new(), UserId::new());
        let query = |role, user| {
            let visibility = AbsenceVisibility::of(Viewer { id: own, role });
            AbsenceQuery { visibility, user, from: None, to: None, limit: 1, after: None }.whose()
        };
        assert_eq!((query(Role::Admin, None), query(Role::Admin, Some(Some(other)))), (None, Some(Some(other))));
        assert_eq!((query(Role::Agent, None), query(Role::Agent, Some(Some(own)))), (Some(Some(own)), Some(Some(own))));
        assert_eq!((query(Role::Agent, Some(Some(other))), query(Role::Agent, Some(None))), (Some(None), Some(None)));
    }
}
