//! Editing an opportunity.

use reparto_domain::{
    OpportunityId, Priority, Refusal, Role, Roles, Score, Status, UserId,
    audit::action,
    operations::OperationKind,
    opportunities::{Assignee, IfMatch, Opportunity, OpportunityChanges},
};
use reparto_store::StoreResult;

use crate::{Fixture, fixture::refused};

rules! { $ update_rules in opportunities::update {
    each_field_changes_alone,
    no_change_writes_nothing,
    unchanged_values_write_nothing,
    notes_can_be_cleared,
    the_holder_may_edit,
    non_holders_may_not_edit,
    an_unknown_or_deleted_one_cannot_be_edited,
    an_administrator_reassigns_it,
    an_administrator_unassigns_it,
    non_administrators_may_not_reassign,
    the_new_holder_is_checked_as_in_bulk,
    status_changes_are_operations_note_changes_are_not,
    holder_and_status_together_are_one_operation,
    a_refused_edit_changes_nothing,
    a_met_precondition_allows_the_edit,
    a_failed_precondition_refuses_the_edit,
    an_assignment_breaks_the_precondition,
    an_edit_is_in_the_audit_log,
}}

fn nothing() -> OpportunityChanges {
    OpportunityChanges::default()
}

async fn each_field_changes_alone(f: Fixture) {
    let id = f.opportunity().await;
    let mut expected = f.get(id).await;
    for changes in [
        OpportunityChanges { status: Some(Status::Contacted), ..nothing() },
        OpportunityChanges { priority: Some(Priority::Urgent), ..nothing() },
        OpportunityChanges { score: Score::new(7), ..nothing() },
        OpportunityChanges { notes: Some(Some("nota nueva".into())), ..nothing() },
    ] {
        let caller = f.as_admin();
        let after = f.try_update(&caller, id, changes.clone()).await.unwrap();
        assert_ne!(after.version, expected.version);
        expected = Opportunity {
            status: changes.status.unwrap_or(expected.status),
            priority: changes.priority.unwrap_or(expected.priority),
            score: changes.score.unwrap_or(expected.score),
            notes: changes.notes.unwrap_or(expected.notes),
            updated_at: caller.at,
            version: after.version.clone(),
            ..expected
        };
        assert_eq!(after, expected);
        assert_eq!(f.get(id).await, expected);
    }
}

async fn no_change_writes_nothing(f: Fixture) {
    let id = f.opportunity().await;
    let (before, operations, log) = (f.get(id).await, f.operation_count().await, f.log().await.len());
    assert_eq!(f.try_update(&f.as_admin(), id, nothing()).await.unwrap(), before);
    assert_eq!((f.get(id).await, f.operation_count().await, f.log().await.len()), (before, operations, log));
}

async fn unchanged_values_write_nothing(f: Fixture) {
    let agent = f.agent().await;
    let id = f.opportunity_held_by(&agent).await;
    let before = f.set_notes(id, Some("nota")).await;
    let same = OpportunityChanges {
        status: Some(before.status),
        priority: Some(before.priority),
        score: Some(before.score),
        notes: Some(before.notes.clone()),
        assignee: Some(Some(Assignee::User(agent.id))),
    };
    let operations = f.operation_count().await;
    assert_eq!(f.try_update(&f.as_admin(), id, same).await.unwrap(), before);
    assert_eq!(f.operation_count().await, operations);
}

async fn notes_can_be_cleared(f: Fixture) {
    let id = f.opportunity().await;
    f.set_notes(id, Some("nota")).await;
    assert_eq!(f.set_notes(id, None).await.notes, None);
}

fn all_but_the_holder() -> OpportunityChanges {
    OpportunityChanges {
        status: Some(Status::Converted),
        priority: Some(Priority::High),
        score: Score::new(99),
        notes: Some(Some("hecho".into())),
        assignee: None,
    }
}

async fn the_holder_may_edit(f: Fixture) {
    for role in [Role::Agent, Role::Lawyer] {
        let member = f.user(role).await;
        let id = f.opportunity_held_by(&member).await;
        let after = f.try_update(&f.by(&member), id, all_but_the_holder()).await.unwrap();
        assert_eq!((after.status, after.holder.map(|p| p.id)), (Status::Converted, Some(member.id)));
    }
}

async fn non_holders_may_not_edit(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    for id in [f.opportunity_held_by(&other).await, f.opportunity().await] {
        for changes in [all_but_the_holder(), nothing()] {
            assert_eq!(refused(f.try_update(&f.by(&agent), id, changes).await), Refusal::NotYourOpportunity);
        }
    }
}

async fn an_unknown_or_deleted_one_cannot_be_edited(f: Fixture) {
    for id in [OpportunityId::new(), f.deleted_opportunity().await] {
        let result = f.try_update(&f.as_admin(), id, all_but_the_holder()).await;
        assert_eq!(refused(result), Refusal::OpportunityNotFound);
    }
}

async fn an_administrator_reassigns_it(f: Fixture) {
    let (first, second) = (f.agent().await, f.agent().await);
    let id = f.opportunity_held_by(&first).await;
    let changes = OpportunityChanges { assignee: Some(Some(Assignee::User(second.id))), ..nothing() };
    let after = f.try_update(&f.as_admin(), id, changes).await.unwrap();
    assert_eq!((after.holder.map(|p| p.id), after.status), (Some(second.id), Status::Assigned));
}

async fn an_administrator_unassigns_it(f: Fixture) {
    let agent = f.agent().await;
    for status in Status::ALL {
        let id = f.opportunity_held_by(&agent).await;
        f.set_status(id, *status).await;
        let changes = OpportunityChanges { assignee: Some(None), ..nothing() };
        let after = f.try_update(&f.as_admin(), id, changes).await.unwrap();
        assert_eq!((after.holder, after.status), (None, status.after_unassign()));
    }
}

async fn non_administrators_may_not_reassign(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let id = f.opportunity_held_by(&agent).await;
    for assignee in [None, Some(Assignee::User(other.id)), Some(Assignee::Unknown)] {
        let changes = OpportunityChanges { assignee: Some(assignee), score: Score::new(1), ..nothing() };
        assert_eq!(refused(f.try_update(&f.by(&agent), id, changes).await), Refusal::HandOverAdministratorsOnly);
    }
    assert_eq!((f.holder(id).await, f.get(id).await.score), (Some(agent.id), Score::DEFAULT));
}

async fn the_new_holder_is_checked_as_in_bulk(f: Fixture) {
    let id = f.opportunity().await;
    let (inactive, deleted, user) = (f.inactive_agent().await, f.deleted_agent().await, f.user(Role::User).await);
    for (assignee, expected) in [
        (Assignee::Unknown, Refusal::AssigneeNotFound),
        (Assignee::User(UserId::new()), Refusal::AssigneeNotFound),
        (Assignee::User(deleted.id), Refusal::AssigneeNotFound),
        (Assignee::User(inactive.id), Refusal::AssigneeInactive),
        (Assignee::User(user.id), Refusal::AssigneeRoleNotAssignable { roles: Roles::default() }),
    ] {
        let changes = OpportunityChanges { assignee: Some(Some(assignee)), score: Score::new(1), ..nothing() };
        assert_eq!(refused(f.try_update(&f.as_admin(), id, changes).await), expected);
    }
    assert_eq!(f.get(id).await.score, Score::DEFAULT);
}

async fn status_changes_are_operations_note_changes_are_not(f: Fixture) {
    let id = f.opportunity().await;
    f.set_notes(id, Some("nota")).await;
    let changes = OpportunityChanges { priority: Some(Priority::Low), score: Score::new(3), ..nothing() };
    f.try_update(&f.as_admin(), id, changes).await.unwrap();
    assert_eq!(f.history(id).await.len(), 1);
    f.set_status(id, Status::Lost).await;
    let history = f.history(id).await;
    assert_eq!(history.len(), 2);
    assert_eq!((history[0].kind, history[0].new_status), (OperationKind::Update, Status::Lost));
}

async fn holder_and_status_together_are_one_operation(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let changes = OpportunityChanges {
        assignee: Some(Some(Assignee::User(agent.id))),
        status: Some(Status::Contacted),
        ..nothing()
    };
    f.try_update(&f.as_admin(), id, changes).await.unwrap();
    assert_eq!((f.history(id).await.len(), f.state(id).await), (2, (Some(agent.id), Status::Contacted)));
}

async fn a_refused_edit_changes_nothing(f: Fixture) {
    let (inactive, id) = (f.inactive_agent().await, f.opportunity().await);
    let before = f.get(id).await;
    let changes = OpportunityChanges { assignee: Some(Some(Assignee::User(inactive.id))), ..all_but_the_holder() };
    refused(f.try_update(&f.as_admin(), id, changes).await);
    assert_eq!(f.get(id).await, before);
}

async fn update_if(f: &Fixture, id: OpportunityId, if_match: IfMatch) -> StoreResult<Opportunity> {
    let changes = OpportunityChanges { notes: Some(Some(format!("nota {}", f.number()))), ..nothing() };
    f.store().opportunity_update(&f.as_admin(), id, changes, Some(if_match), &f.assignable).await
}

async fn a_met_precondition_allows_the_edit(f: Fixture) {
    let id = f.opportunity().await;
    let version = f.get(id).await.version;
    let after = update_if(&f, id, IfMatch::Versions(vec!["other".into(), version])).await.unwrap();
    update_if(&f, id, IfMatch::Versions(vec![after.version])).await.unwrap();
    update_if(&f, id, IfMatch::Any).await.unwrap();
}

async fn a_failed_precondition_refuses_the_edit(f: Fixture) {
    let id = f.opportunity().await;
    let stale = f.get(id).await.version;
    let before = f.set_notes(id, Some("entretanto")).await;
    for versions in [vec![stale.clone()], vec![], vec!["*".into()]] {
        assert_eq!(refused(update_if(&f, id, IfMatch::Versions(versions)).await), Refusal::PreconditionFailed);
    }
    let (caller, stale) = (f.as_admin(), Some(IfMatch::Versions(vec![stale])));
    let no_change = f.store().opportunity_update(&caller, id, nothing(), stale, &f.assignable);
    assert_eq!(refused(no_change.await), Refusal::PreconditionFailed);
    assert_eq!(f.get(id).await, before);
}

async fn an_assignment_breaks_the_precondition(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let seen = f.get(id).await.version;
    f.bulk_assign(&[id], &agent).await;
    assert_eq!(refused(update_if(&f, id, IfMatch::Versions(vec![seen])).await), Refusal::PreconditionFailed);
}

async fn an_edit_is_in_the_audit_log(f: Fixture) {
    let id = f.opportunity().await;
    f.set_notes(id, Some("nota")).await;
    let log = f.log_of(action::OPPORTUNITY_UPDATED).await;
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].entity_id.clone(), log[0].actor_id), (Some(id.to_string()), Some(f.admin().id)));
}
