//! What changes to an opportunity may be made, and what they make of it.

use super::{Assignee, IfMatch, Opportunity, OpportunityChanges};
use crate::{Priority, Refusal, Role, Score, Status};

/// An opportunity's fields after a change.
#[derive(Debug, Clone, PartialEq)]
pub struct OpportunityEdit {
    /// The status.
    pub status: Status,
    /// The score.
    pub score: Score,
    /// The priority.
    pub priority: Priority,
    /// The notes.
    pub notes: Option<String>,
    /// The names of the fields that changed, as clients call them; empty if nothing did.
    pub changed: Vec<&'static str>,
}

impl OpportunityEdit {
    /// Whether the holder or the status changed: then the change is recorded as an operation.
    #[must_use]
    pub fn changes_assignment(&self) -> bool {
        ["status", "assigned_to_id"].iter().any(|field| self.changed.contains(field))
    }

    /// Whether anything else changed.
    #[must_use]
    pub fn changes_other_fields(&self) -> bool {
        ["opportunity_score", "priority", "notes"].iter().any(|field| self.changed.contains(field))
    }
}

impl OpportunityChanges {
    /// Refuses what somebody of this role may not change, then a version other than the expected one.
    pub fn require_allowed(
        &self,
        role: Role,
        present: &Opportunity,
        if_match: Option<&IfMatch>,
    ) -> Result<(), Refusal> {
        let holder = present.holder.as_ref().map(|holder| Assignee::User(holder.id));
        if !role.is_administrator() && self.assignee.is_some_and(|assignee| assignee != holder) {
            return Err(Refusal::HandOverAdministratorsOnly);
        }
        if if_match.is_some_and(|if_match| !if_match.allows(&present.version)) {
            return Err(Refusal::PreconditionFailed);
        }
        // Status and holder may change; text about an erased person may not be added.
        if self.notes.as_ref().is_some_and(Option::is_some) {
            present.contact.require_not_erased()?;
        }
        Ok(())
    }

    /// The assignee whom an engine must look up and check. Somebody who is not an administrator can only name the
    /// present holder, which changes nothing.
    #[must_use]
    pub fn new_assignee(&self, role: Role) -> Option<Assignee> {
        self.assignee.flatten().filter(|_| role.is_administrator())
    }

    /// The opportunity with these changes. Unless they name a status, an opportunity that loses its holder goes back to
    /// pending, and a pending one with a new holder becomes assigned.
    #[must_use]
    pub fn apply(&self, present: &Opportunity, holder_changes: bool) -> OpportunityEdit {
        let status = self.status.unwrap_or(match (self.assignee, present.status) {
            (Some(None), status) => status.after_unassign(),
            (Some(Some(_)), Status::Pending) if holder_changes => Status::Assigned,
            (_, status) => status,
        });
        let score = self.score.unwrap_or(present.score);
        let priority = self.priority.unwrap_or(present.priority);
        let notes = self.notes.clone().unwrap_or_else(|| present.notes.clone());
        let changed = [
            ("status", status != present.status),
            ("assigned_to_id", holder_changes),
            ("opportunity_score", score != present.score),
            ("priority", priority != present.priority),
            ("notes", notes != present.notes),
        ];
        let changed = changed.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect();
        OpportunityEdit { status, score, priority, notes, changed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ContactId, OpportunityId, Timestamp, UserId,
        contacts::{Contact, ContactFields},
        users::Person,
    };

    fn person(id: UserId) -> Person {
        let at = Timestamp::default();
        Person {
            id,
            name: "Ana".into(),
            email: "ana@example.org".into(),
            phone: None,
            role_name: Role::Agent,
            is_active: true,
            avatar_url: None,
            daily_lead_quota: 10,
            created_at: at,
            updated_at: at,
        }
    }

    fn opportunity(status: Status, holder: Option<UserId>) -> Opportunity {
        let at = Timestamp::default();
        let contact = Contact {
            id: ContactId::new(),
            fields: ContactFields::default(),
            created_by: None,
            updated_by: None,
            created_at: at,
            updated_at: at,
            is_deleted: false,
            erased_at: None,
        };
        Opportunity {
            id: OpportunityId::new(),
            contact,
            detected_at: at,
            score: Score::new(50).unwrap(),
            priority: Priority::Medium,
            status,
            detection_reason: crate::json::KeptObject::default(),
            holder: holder.map(person),
            attempts: super::super::Attempts::new(),
            first_call_completed: false,
            first_call_successful_attempt: None,
            notes: None,
            created_at: at,
            updated_at: at,
            version: "v1".into(),
            over_quota: None,
        }
    }

    #[test]
    fn the_status_follows_the_holder_unless_named() {
        let user = UserId::new();
        let status = |present: Status, assignee: Option<Option<Assignee>>, status: Option<Status>| {
            let changes = OpportunityChanges { status, assignee, ..OpportunityChanges::default() };
            changes.apply(&opportunity(present, None), assignee.is_some()).status
        };
        let to_user = Some(Some(Assignee::User(user)));
        assert_eq!(status(Status::Pending, to_user, None), Status::Assigned);
        assert_eq!(status(Status::Contacted, to_user, None), Status::Contacted);
        assert_eq!(status(Status::Assigned, Some(None), None), Status::Pending);
        assert_eq!(status(Status::Assigned, Some(None), Some(Status::Lost)), Status::Lost);
    }

    #[test]
    fn only_real_differences_count_as_changed() {
        let present = opportunity(Status::Assigned, Some(UserId::new()));
        let same = OpportunityChanges { status: Some(Status::Assigned), notes: Some(None), ..Default::default() };
        let edit = same.apply(&present, false);
        assert_eq!(
            (edit.changed.as_slice(), edit.changes_assignment(), edit.changes_other_fields()),
            (&[][..], false, false)
        );
        let noted = OpportunityChanges { notes: Some(Some("call".into())), ..Default::default() };
        let edit = noted.apply(&present, false);
        assert_eq!(
            (edit.changed.as_slice(), edit.changes_assignment(), edit.changes_other_fields()),
            (&["notes"][..], false, true)
        );
        let edit = OpportunityChanges::default().apply(&present, true);
        assert_eq!((edit.changed.as_slice(), edit.changes_assignment()), (&["assigned_to_id"][..], true));
    }

    #[test]
    fn an_agent_may_only_name_the_present_holder() {
        let (own, other) = (UserId::new(), UserId::new());
        let present = opportunity(Status::Assigned, Some(own));
        let hand_over = |assignee| OpportunityChanges { assignee: Some(assignee), ..Default::default() };
        for assignee in [None, Some(Assignee::User(other)), Some(Assignee::Unknown)] {
            let refused = hand_over(assignee).require_allowed(Role::Agent, &present, None);
            assert_eq!(refused, Err(Refusal::HandOverAdministratorsOnly));
            assert_eq!(hand_over(assignee).require_allowed(Role::Admin, &present, None), Ok(()));
        }
        let same = hand_over(Some(Assignee::User(own)));
        assert_eq!(same.require_allowed(Role::Agent, &present, None), Ok(()));
        assert_eq!(same.new_assignee(Role::Agent), None);
        assert_eq!(same.new_assignee(Role::Admin), Some(Assignee::User(own)));
    }

    #[test]
    fn another_version_is_refused() {
        let present = opportunity(Status::Pending, None);
        let check = |versions: &[&str]| {
            let if_match = IfMatch::Versions(versions.iter().map(|version| (*version).to_owned()).collect());
            OpportunityChanges::default().require_allowed(Role::Admin, &present, Some(&if_match))
        };
        assert_eq!(check(&["v0", "v1"]), Ok(()));
        assert_eq!(check(&["v0"]), Err(Refusal::PreconditionFailed));
    }
}
