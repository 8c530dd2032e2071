//! Creating an opportunity, and assigning a single one: who may, to whom, and what becomes of its status.

use super::{Assignee, CreateOpportunity};
use crate::{Refusal, Role, Roles, Status, UserId, audit::action, operations::OperationKind};

/// Refuses those who may not assign to this assignee (`None`: to nobody): staff assign to themselves (`own` is their
/// id), administrators to anybody.
pub fn require_may_assign(role: Role, own: Option<UserId>, assignee: Option<Assignee>) -> Result<(), Refusal> {
    if !role.is_staff() {
        return Err(Refusal::StaffOnly);
    }
    let to_self = assignee.is_some() && assignee == own.map(Assignee::User);
    if to_self || role.is_administrator() { Ok(()) } else { Err(Refusal::SelfAssignOnly) }
}

impl CreateOpportunity {
    /// Refuses those who may not create this opportunity, or not for its assignee.
    pub fn require_allowed(&self, role: Role, own: Option<UserId>) -> Result<(), Refusal> {
        match self.assignee {
            None if role.is_staff() => Ok(()),
            assignee => require_may_assign(role, own, assignee),
        }
    }
}

impl Roles {
    /// Refuses a user who may not be assigned to: with another role than these, or inactive.
    pub fn require_assignable(&self, role: Role, is_active: bool) -> Result<(), Refusal> {
        if !is_active {
            return Err(Refusal::AssigneeInactive);
        }
        if self.contains(role) { Ok(()) } else { Err(Refusal::AssigneeRoleNotAssignable { roles: self.clone() }) }
    }
}

/// What a single assignment changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reassigned {
    /// The kind of operation: `assign` or `unassign`.
    pub kind: OperationKind,
    /// The new status.
    pub status: Status,
}

impl Reassigned {
    /// The action in the audit log.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self.kind {
            OperationKind::Unassign => action::OPPORTUNITY_UNASSIGNED,
            _ => action::OPPORTUNITY_ASSIGNED,
        }
    }
}

/// Decides a single assignment by somebody of this role from the present holder and status to another holder (`None`:
/// nobody). `None` if the holder stays the same: then nothing is written.
pub fn reassign<Id: Copy + PartialEq>(
    role: Role,
    (holder, status): (Option<Id>, Status),
    to: Option<Id>,
) -> Result<Option<Reassigned>, Refusal> {
    if holder == to {
        return Ok(None);
    }
    if holder.is_some() && !role.is_administrator() {
        return Err(Refusal::OpportunityTaken);
    }
    Ok(Some(if to.is_some() {
        Reassigned { kind: OperationKind::Assign, status: Status::Assigned }
    } else {
        Reassigned { kind: OperationKind::Unassign, status: status.after_unassign() }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_assign_to_themselves_administrators_to_anybody() {
        let (own, other) = (UserId::new(), UserId::new());
        let to = |role, user| require_may_assign(role, Some(own), Some(Assignee::User(user)));
        assert_eq!((to(Role::Agent, own), to(Role::Admin, other)), (Ok(()), Ok(())));
        assert_eq!(to(Role::Lawyer, other), Err(Refusal::SelfAssignOnly));
        assert_eq!(to(Role::User, own), Err(Refusal::StaffOnly));
        assert_eq!(require_may_assign(Role::Agent, Some(own), None), Err(Refusal::SelfAssignOnly));
        assert_eq!(require_may_assign(Role::Agent, None, Some(Assignee::Unknown)), Err(Refusal::SelfAssignOnly));
        // The system, which has no id.
        assert_eq!(require_may_assign(Role::Superuser, None, None), Ok(()));
    }

    #[test]
    fn staff_create_unassigned_or_for_themselves() {
        let (own, other) = (UserId::new(), UserId::new());
        let create = |role, assignee| {
            let command = CreateOpportunity {
                contact: None,
                score: crate::Score::new(50).unwrap(),
                priority: crate::Priority::Medium,
                detection_reason: crate::json::KeptObject::default(),
                assignee,
                notes: None,
            };
            command.require_allowed(role, Some(own))
        };
        assert_eq!(create(Role::Agent, None), Ok(()));
        assert_eq!(create(Role::Agent, Some(Assignee::User(own))), Ok(()));
        assert_eq!(create(Role::Agent, Some(Assignee::User(other))), Err(Refusal::SelfAssignOnly));
        assert_eq!(create(Role::Admin, Some(Assignee::User(other))), Ok(()));
        assert_eq!(create(Role::User, None), Err(Refusal::StaffOnly));
    }

    #[test]
    fn an_assignee_is_active_and_has_an_assignable_role() {
        let roles = Roles::default();
        assert_eq!(roles.require_assignable(Role::Agent, true), Ok(()));
        assert_eq!(roles.require_assignable(Role::User, false), Err(Refusal::AssigneeInactive));
        let refused = Refusal::AssigneeRoleNotAssignable { roles: roles.clone() };
        assert_eq!(roles.require_assignable(Role::User, true), Err(refused));
    }

    #[test]
    fn the_status_follows_a_single_assignment() {
        let changed = |present: Status, to| reassign(Role::Admin, (None, present), to).unwrap();
        for status in Status::ALL {
            let assigned = Reassigned { kind: OperationKind::Assign, status: Status::Assigned };
            assert_eq!(changed(*status, Some(1)), Some(assigned));
            let unassigned = Reassigned { kind: OperationKind::Unassign, status: status.after_unassign() };
            assert_eq!(reassign(Role::Admin, (Some(1), *status), None), Ok(Some(unassigned)));
        }
    }

    #[test]
    fn only_administrators_reassign_what_somebody_holds() {
        let held = |role, to| reassign(role, (Some(1), Status::Contacted), to);
        assert_eq!(held(Role::Agent, Some(2)), Err(Refusal::OpportunityTaken));
        assert!(held(Role::Admin, Some(2)).unwrap().is_some());
        assert_eq!(held(Role::Agent, Some(1)), Ok(None));
    }
}
