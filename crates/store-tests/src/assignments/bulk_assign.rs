//! Bulk assignment.

use reparto_domain::{
    OpportunityId, Refusal, Role, Roles, Status, UserId,
    audit::action,
    operations::OperationKind,
    opportunities::{Assignee, BulkAssign, BulkIds, ItemError, OpportunityChanges},
};
use serde_json::json;

use crate::{
    Fixture, Member,
    fixture::{bulk_ids, refused},
};

rules! { $ bulk_assign_rules in assignments::bulk_assign {
    items_are_assigned_and_answered_in_request_order,
    an_unknown_id_is_an_item_error,
    a_malformed_id_is_not_found_and_echoed_as_sent,
    a_deleted_opportunity_counts_as_not_found,
    any_spelling_of_an_id_is_accepted,
    errors_are_in_request_order,
    assigning_nothing_is_audited_without_an_operation,
    a_missing_unknown_or_deleted_assignee_is_not_found,
    an_inactive_assignee_is_refused,
    inactivity_is_reported_before_the_role,
    an_unassignable_role_is_refused_naming_those_allowed,
    superusers_are_assignable_only_by_setting,
    agents_lawyers_and_administrators_are_assignable,
    rights_are_checked_before_the_assignee,
    a_superuser_and_the_system_may_assign,
    the_requested_status_is_set,
    without_a_status_each_keeps_its_own,
    items_already_held_count_and_are_recorded,
    a_note_is_stored_and_appended_on_a_new_line,
    the_operation_records_each_items_previous_state,
    the_audit_entry_has_counts_ids_and_assignee,
    a_refused_request_writes_nothing,
    changes_carry_the_requests_time,
    a_hundred_items_are_one_operation,
    reassignment_replaces_the_holder,
    everything_else_stays_unchanged,
}}

async fn items_are_assigned_and_answered_in_request_order(f: Fixture) {
    let agent = f.agent().await;
    let mut ids = f.opportunities(5).await;
    ids.swap(0, 3);
    ids.swap(1, 4);
    let outcome = f.bulk_assign(&ids, &agent).await;
    assert!(outcome.failed.is_empty() && outcome.operation.is_some());
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), ids);
    assert!(outcome.done.iter().all(|item| item.assigned_to_id == Some(agent.id) && item.status == Status::Assigned));
    assert_eq!(f.states(&ids).await, vec![(Some(agent.id), Status::Assigned); 5]);
}

async fn an_unknown_id_is_an_item_error(f: Fixture) {
    let (agent, ids, unknown) = (f.agent().await, f.opportunities(2).await, OpportunityId::new());
    let outcome = f.bulk_assign(&[ids[0], unknown, ids[1]], &agent).await;
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), ids);
    assert_eq!(outcome.failed.len(), 1);
    assert_eq!((outcome.failed[0].sent.clone(), &outcome.failed[0].error), (unknown.to_string(), &ItemError::NotFound));
    let operation = f.operation(outcome.operation.unwrap()).await.operation;
    assert_eq!((operation.assigned_count, operation.failed_count), (2, 1));
}

async fn a_malformed_id_is_not_found_and_echoed_as_sent(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    for malformed in ["invalid-uuid", "", " ", "\u{0}", "ñandú 💥", "'; DROP TABLE users; --", &"x".repeat(5_000)] {
        let ids = BulkIds::new(vec![id.to_string(), malformed.to_owned()], 100).unwrap();
        let outcome = f.try_bulk_assign(&f.as_admin(), Fixture::bulk_assign_command(ids, agent.id)).await.unwrap();
        assert_eq!((outcome.done.len(), outcome.failed.len()), (1, 1));
        assert_eq!((outcome.failed[0].sent.as_str(), &outcome.failed[0].error), (malformed, &ItemError::NotFound));
    }
}

async fn a_deleted_opportunity_counts_as_not_found(f: Fixture) {
    let (agent, id, gone) = (f.agent().await, f.opportunity().await, f.deleted_opportunity().await);
    let outcome = f.bulk_assign(&[gone, id], &agent).await;
    assert_eq!((outcome.done.len(), outcome.failed.len()), (1, 1));
    assert_eq!((outcome.failed[0].sent.clone(), &outcome.failed[0].error), (gone.to_string(), &ItemError::NotFound));
}

async fn any_spelling_of_an_id_is_accepted(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(3).await);
    let sent = vec![ids[0].to_string().to_uppercase(), ids[1].to_string().replace('-', ""), format!("{{{}}}", ids[2])];
    let outcome = f
        .try_bulk_assign(&f.as_admin(), Fixture::bulk_assign_command(BulkIds::new(sent, 100).unwrap(), agent.id))
        .await
        .unwrap();
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), ids);
}

async fn errors_are_in_request_order(f: Fixture) {
    let (agent, id, gone) = (f.agent().await, f.opportunity().await, f.deleted_opportunity().await);
    let unknown = OpportunityId::new();
    let sent: Vec<String> = vec!["zz".into(), unknown.to_string(), id.to_string(), gone.to_string(), "aa".into()];
    let ids = BulkIds::new(sent.clone(), 100).unwrap();
    let outcome = f.try_bulk_assign(&f.as_admin(), Fixture::bulk_assign_command(ids, agent.id)).await.unwrap();
    let failed: Vec<String> = outcome.failed.into_iter().map(|failure| failure.sent).collect();
    assert_eq!(failed, [&sent[0], &sent[1], &sent[3], &sent[4]].map(Clone::clone));
}

async fn assigning_nothing_is_audited_without_an_operation(f: Fixture) {
    let agent = f.agent().await;
    let before = f.operation_count().await;
    let outcome = f.bulk_assign(&[OpportunityId::new(), OpportunityId::new()], &agent).await;
    assert_eq!((outcome.operation, outcome.done.len(), outcome.failed.len()), (None, 0, 2));
    assert_eq!(f.operation_count().await, before);
    let log = f.log_of(action::BULK_ASSIGN).await;
    assert_eq!(log.len(), 1);
    assert_eq!(
        (&log[0].details.to_value()["assigned_count"], &log[0].details.to_value()["failed_count"]),
        (&json!(0), &json!(2))
    );
}

async fn refuses(f: &Fixture, assignee: Assignee, expected: Refusal) {
    let id = f.opportunity().await;
    let command = BulkAssign { assignee, ..Fixture::bulk_assign_command(bulk_ids(&[id]), f.admin().id) };
    assert_eq!(refused(f.try_bulk_assign(&f.as_admin(), command).await), expected);
    assert_eq!(f.state(id).await, (None, Status::Pending));
}

async fn a_missing_unknown_or_deleted_assignee_is_not_found(f: Fixture) {
    refuses(&f, Assignee::Unknown, Refusal::AssigneeNotFound).await;
    refuses(&f, Assignee::User(UserId::new()), Refusal::AssigneeNotFound).await;
    let deleted = f.deleted_agent().await;
    refuses(&f, Assignee::User(deleted.id), Refusal::AssigneeNotFound).await;
}

async fn an_inactive_assignee_is_refused(f: Fixture) {
    let inactive = f.inactive_agent().await;
    refuses(&f, Assignee::User(inactive.id), Refusal::AssigneeInactive).await;
}

async fn inactivity_is_reported_before_the_role(f: Fixture) {
    let inactive = f.user(Role::User).await;
    f.set_active(&inactive, false).await;
    refuses(&f, Assignee::User(inactive.id), Refusal::AssigneeInactive).await;
}

async fn an_unassignable_role_is_refused_naming_those_allowed(f: Fixture) {
    let user = f.user(Role::User).await;
    let roles = Roles::default();
    refuses(&f, Assignee::User(user.id), Refusal::AssigneeRoleNotAssignable { roles }).await;
    let (lawyer, roles) = (f.user(Role::Lawyer).await, Roles::new([Role::Agent]));
    let strict = f.with_assignable(&roles);
    refuses(&strict, Assignee::User(lawyer.id), Refusal::AssigneeRoleNotAssignable { roles }).await;
}

async fn superusers_are_assignable_only_by_setting(f: Fixture) {
    let superuser = f.user(Role::Superuser).await;
    refuses(&f, Assignee::User(superuser.id), Refusal::AssigneeRoleNotAssignable { roles: Roles::default() }).await;
    let generous = f.with_assignable(&Roles::new([Role::Superuser]));
    let id = f.opportunity().await;
    assert_eq!(generous.bulk_assign(&[id], &superuser).await.done.len(), 1);
}

async fn agents_lawyers_and_administrators_are_assignable(f: Fixture) {
    for role in [Role::Agent, Role::Lawyer, Role::Admin] {
        let (member, id) = (f.user(role).await, f.opportunity().await);
        assert_eq!(f.bulk_assign(&[id], &member).await.done[0].assigned_to_id, Some(member.id));
    }
}

async fn rights_are_checked_before_the_assignee(f: Fixture) {
    let id = f.opportunity().await;
    for role in [Role::Agent, Role::Lawyer, Role::User] {
        let member = f.user(role).await;
        for assignee in [Assignee::User(member.id), Assignee::Unknown, Assignee::User(UserId::new())] {
            let command = BulkAssign { assignee, ..Fixture::bulk_assign_command(bulk_ids(&[id]), member.id) };
            let refusal = refused(f.try_bulk_assign(&f.by(&member), command).await);
            assert_eq!(refusal, Refusal::BulkAssignAdministratorsOnly);
        }
    }
    assert!(f.log_of(action::BULK_ASSIGN).await.is_empty());
}

async fn a_superuser_and_the_system_may_assign(f: Fixture) {
    let (agent, superuser, ids) = (f.agent().await, f.user(Role::Superuser).await, f.opportunities(2).await);
    let command = |id| Fixture::bulk_assign_command(bulk_ids(&[id]), agent.id);
    let by_superuser = f.try_bulk_assign(&f.by(&superuser), command(ids[0])).await.unwrap();
    let by_system = f.try_bulk_assign(&f.system(), command(ids[1])).await.unwrap();
    let actor = async |outcome: Option<_>| f.operation(outcome.unwrap()).await.operation.actor_id;
    assert_eq!(actor(by_superuser.operation).await, Some(superuser.id));
    assert_eq!(actor(by_system.operation).await, None);
}

async fn the_requested_status_is_set(f: Fixture) {
    let agent = f.agent().await;
    for status in Status::ALL {
        let id = f.opportunity().await;
        let command = BulkAssign { status: Some(*status), ..Fixture::bulk_assign_command(bulk_ids(&[id]), agent.id) };
        let outcome = f.try_bulk_assign(&f.as_admin(), command).await.unwrap();
        assert_eq!(outcome.done[0].status, *status);
        assert_eq!(f.state(id).await, (Some(agent.id), *status));
    }
}

async fn without_a_status_each_keeps_its_own(f: Fixture) {
    let agent = f.agent().await;
    let ids = f.opportunities(Status::ALL.len()).await;
    for (id, status) in ids.iter().zip(Status::ALL) {
        f.set_status(*id, *status).await;
    }
    let command = BulkAssign { status: None, ..Fixture::bulk_assign_command(bulk_ids(&ids), agent.id) };
    let outcome = f.try_bulk_assign(&f.as_admin(), command).await.unwrap();
    assert_eq!(outcome.done.iter().map(|item| item.status).collect::<Vec<_>>(), Status::ALL);
    let expected: Vec<_> = Status::ALL.iter().map(|status| (Some(agent.id), *status)).collect();
    assert_eq!(f.states(&ids).await, expected);
}

async fn items_already_held_count_and_are_recorded(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    f.bulk_assign(&[id], &agent).await;
    let again = f.bulk_assign(&[id], &agent).await;
    assert_eq!((again.done.len(), again.failed.len()), (1, 0));
    let operation = again.operation.expect("it is an operation");
    let history = f.history(id).await;
    assert_eq!(history.len(), 3);
    assert_eq!(
        (history[0].operation_id, history[0].from_id, history[0].to_id),
        (operation, Some(agent.id), Some(agent.id))
    );
    assert_eq!(f.operation(operation).await.items.len(), 1);
}

async fn a_note_is_stored_and_appended_on_a_new_line(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    f.set_notes(ids[0], Some("Estaba aquí\nantes")).await;
    let note = "Reparto de enero: ñ, «€»\nsegunda línea";
    let command = BulkAssign { note: Some(note.to_owned()), ..Fixture::bulk_assign_command(bulk_ids(&ids), agent.id) };
    let operation = f.try_bulk_assign(&f.as_admin(), command).await.unwrap().operation.unwrap();
    assert_eq!(f.notes(ids[0]).await, Some(format!("Estaba aquí\nantes\n{note}")));
    assert_eq!(f.notes(ids[1]).await.as_deref(), Some(note));
    assert_eq!(f.operation(operation).await.operation.note.as_deref(), Some(note));
    assert_eq!(f.history(ids[0]).await[0].note.as_deref(), Some(note));
}

async fn the_operation_records_each_items_previous_state(f: Fixture) {
    let (first, second, ids) = (f.agent().await, f.agent().await, f.opportunities(3).await);
    f.bulk_assign(&ids[..1], &first).await;
    f.set_status(ids[1], Status::Expired).await;
    let caller = f.as_admin();
    let outcome = f.try_bulk_assign(&caller, Fixture::bulk_assign_command(bulk_ids(&ids), second.id)).await.unwrap();
    let detail = f.operation(outcome.operation.unwrap()).await;
    assert_eq!((detail.operation.kind, detail.operation.at), (OperationKind::BulkAssign, caller.at));
    assert_eq!(detail.operation.actor_id, Some(f.admin().id));
    assert_eq!(detail.operation.actor_name.as_deref(), Some(f.admin().name.as_str()));
    assert_eq!((detail.operation.undone_by, detail.operation.job_id), (None, None));
    let items: Vec<_> = detail.items.iter().map(|i| (i.opportunity_id, i.from_id, i.previous_status)).collect();
    assert_eq!(
        items,
        [
            (ids[0], Some(first.id), Some(Status::Assigned)),
            (ids[1], None, Some(Status::Expired)),
            (ids[2], None, Some(Status::Pending)),
        ]
    );
    assert!(detail.items.iter().all(|i| i.to_id == Some(second.id) && i.new_status == Status::Assigned));
}

async fn the_audit_entry_has_counts_ids_and_assignee(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    let caller = f.as_admin();
    let asked = bulk_ids(&[ids[0], OpportunityId::new(), ids[1]]);
    let outcome = f.try_bulk_assign(&caller, Fixture::bulk_assign_command(asked, agent.id)).await.unwrap();
    let log = f.log_of(action::BULK_ASSIGN).await;
    assert_eq!(log.len(), 1);
    let entry = &log[0];
    assert_eq!((entry.actor_id, entry.actor_email.as_str()), (Some(f.admin().id), f.admin().email.as_str()));
    assert_eq!((entry.action.as_str(), entry.entity_type.as_str()), ("bulk_assign_opportunities", "opportunity"));
    assert_eq!(entry.created_at, caller.at);
    assert_eq!((&entry.ip_address, &entry.user_agent), (&caller.origin.ip, &caller.origin.user_agent));
    assert_eq!(entry.details.to_value()["operation_id"], json!(outcome.operation.unwrap().to_string()));
    assert_eq!(entry.details.to_value()["opportunity_ids"], json!([ids[0].to_string(), ids[1].to_string()]));
    assert_eq!(
        (&entry.details.to_value()["assigned_count"], &entry.details.to_value()["failed_count"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(entry.details.to_value()["assigned_to_id"], json!(agent.id.to_string()));
}

async fn a_refused_request_writes_nothing(f: Fixture) {
    let (inactive, ids) = (f.inactive_agent().await, f.opportunities(2).await);
    let (operations, log, before) = (f.operation_count().await, f.log().await.len(), f.get(ids[0]).await);
    refused(f.try_bulk_assign(&f.as_admin(), Fixture::bulk_assign_command(bulk_ids(&ids), inactive.id)).await);
    assert_eq!((f.operation_count().await, f.log().await.len()), (operations, log));
    assert_eq!(f.get(ids[0]).await, before);
}

async fn changes_carry_the_requests_time(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let created = f.get(id).await.created_at;
    f.advance(3_600);
    let caller = f.as_admin();
    let outcome = f.try_bulk_assign(&caller, Fixture::bulk_assign_command(bulk_ids(&[id]), agent.id)).await.unwrap();
    assert_eq!(outcome.done[0].updated_at, caller.at);
    let opportunity = f.get(id).await;
    assert_eq!((opportunity.created_at, opportunity.updated_at), (created, caller.at));
}

async fn a_hundred_items_are_one_operation(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(100).await);
    let before = f.operation_count().await;
    let outcome = f.bulk_assign(&ids, &agent).await;
    assert_eq!((outcome.done.len(), f.operation_count().await), (100, before + 1));
    assert_eq!(f.operation(outcome.operation.unwrap()).await.items.len(), 100);
}

async fn reassignment_replaces_the_holder(f: Fixture) {
    let (first, second, ids) = (f.agent().await, f.agent().await, f.opportunities(2).await);
    f.bulk_assign(&ids, &first).await;
    f.bulk_assign(&ids[..1], &second).await;
    assert_eq!((f.holder(ids[0]).await, f.holder(ids[1]).await), (Some(second.id), Some(first.id)));
    let steps: Vec<Option<UserId>> = f.history(ids[0]).await.into_iter().map(|step| step.to_id).collect();
    assert_eq!(steps, [Some(second.id), Some(first.id), None]);
}

/// All fields of an opportunity other than holder, status and times.
async fn facts(f: &Fixture, id: OpportunityId) -> impl PartialEq + std::fmt::Debug {
    let o = f.get(id).await;
    (o.contact, o.detected_at, o.score, o.priority, o.detection_reason, o.attempts, o.notes, o.created_at)
}

async fn everything_else_stays_unchanged(f: Fixture) {
    let (agent, ids): (Member, _) = (f.agent().await, f.opportunities(2).await);
    f.set_notes(ids[0], Some("nota")).await;
    let (asked, other) = (facts(&f, ids[0]).await, f.get(ids[1]).await);
    f.bulk_assign(&ids[..1], &agent).await;
    assert_eq!(facts(&f, ids[0]).await, asked);
    assert_eq!(f.get(ids[1]).await, other);
    let unchanged = f.try_update(&f.as_admin(), ids[1], OpportunityChanges::default()).await.unwrap();
    assert_eq!(unchanged, other);
}
