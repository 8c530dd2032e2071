//! Creating an opportunity.

use reparto_domain::{
    ContactId, Priority, Refusal, Role, Roles, Score, Status, UserId,
    audit::action,
    json::KeptObject,
    operations::OperationKind,
    opportunities::{Assignee, CreateOpportunity},
};
use reparto_store::StoreResult;
use serde_json::json;

use crate::{Fixture, Member, fixture::refused};

rules! { $ create_rules in opportunities::create {
    a_new_opportunity_is_unassigned_and_pending,
    with_an_assignee_it_is_assigned,
    every_given_field_is_stored,
    its_history_begins_with_its_creation,
    agents_and_lawyers_create_for_nobody_or_themselves,
    non_administrators_create_for_nobody_else,
    without_crm_rights_nothing_is_created,
    the_assignee_is_checked_as_in_bulk_on_creation,
    an_unknown_malformed_or_deleted_contact_is_not_found,
    a_contact_has_at_most_one_live_opportunity,
    after_a_deletion_the_contact_may_have_another,
    a_creation_is_in_the_audit_log,
}}

async fn create(f: &Fixture, by: &Member, command: CreateOpportunity) -> StoreResult<()> {
    f.store().opportunity_create(&f.by(by), command, &f.policy(), None).await.map(|_| ())
}

async fn a_new_opportunity_is_unassigned_and_pending(f: Fixture) {
    let (contact, caller) = (f.contact().await, f.as_admin());
    let command = Fixture::new_opportunity(contact);
    let made = f.store().opportunity_create(&caller, command, &f.policy(), None).await.unwrap().fresh().unwrap();
    assert_eq!((made.contact.id, made.holder.as_ref(), made.status), (contact, None, Status::Pending));
    assert_eq!((made.created_at, made.detected_at, made.updated_at), (caller.at, caller.at, caller.at));
    assert_eq!((made.score, made.priority), (Score::DEFAULT, Priority::Medium));
    assert!(made.attempts.is_empty() && !made.first_call_completed && made.notes.is_none());
    assert_eq!(f.get(made.id).await, made);
}

async fn with_an_assignee_it_is_assigned(f: Fixture) {
    let agent = f.agent().await;
    let id = f.opportunity_held_by(&agent).await;
    assert_eq!(f.state(id).await, (Some(agent.id), Status::Assigned));
    let holder = f.get(id).await.holder.unwrap();
    assert_eq!((holder.name, holder.email, holder.role_name), (agent.name, agent.email, Role::Agent));
}

async fn every_given_field_is_stored(f: Fixture) {
    let reason = json!({"z": 1, "a": {"deep": [1, 2.5, null, "ñ"]}, "": true, "reason": "web"});
    let id = f
        .opportunity_with(|command| {
            command.score = Score::new(100).unwrap();
            command.priority = Priority::Urgent;
            command.detection_reason = KeptObject::stored(reason.to_string());
            command.notes = Some("línea 1\nlínea 2 💶".to_owned());
        })
        .await;
    let opportunity = f.get(id).await;
    assert_eq!((opportunity.score.get(), opportunity.priority), (100, Priority::Urgent));
    assert_eq!(opportunity.detection_reason.to_value(), reason);
    assert_eq!(opportunity.notes.as_deref(), Some("línea 1\nlínea 2 💶"));
}

async fn its_history_begins_with_its_creation(f: Fixture) {
    let agent = f.agent().await;
    for (id, to) in [(f.opportunity().await, None), (f.opportunity_held_by(&agent).await, Some(agent.id))] {
        let history = f.history(id).await;
        assert_eq!(history.len(), 1);
        assert_eq!((history[0].kind, history[0].from_id, history[0].to_id), (OperationKind::Create, None, to));
        assert_eq!(history[0].previous_status, None);
    }
}

async fn agents_and_lawyers_create_for_nobody_or_themselves(f: Fixture) {
    for role in [Role::Agent, Role::Lawyer] {
        let member = f.user(role).await;
        for assignee in [None, Some(Assignee::User(member.id))] {
            let command = CreateOpportunity { assignee, ..Fixture::new_opportunity(f.contact().await) };
            create(&f, &member, command).await.unwrap();
        }
    }
}

async fn non_administrators_create_for_nobody_else(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    for assignee in [Assignee::User(other.id), Assignee::User(UserId::new()), Assignee::Unknown] {
        for contact in [Some(f.contact().await), Some(ContactId::new()), None] {
            let command =
                CreateOpportunity { contact, assignee: Some(assignee), ..Fixture::new_opportunity(ContactId::new()) };
            assert_eq!(refused(create(&f, &agent, command).await), Refusal::SelfAssignOnly);
        }
    }
}

async fn without_crm_rights_nothing_is_created(f: Fixture) {
    let (user, contact) = (f.user(Role::User).await, f.contact().await);
    assert_eq!(refused(create(&f, &user, Fixture::new_opportunity(contact)).await), Refusal::StaffOnly);
}

async fn the_assignee_is_checked_as_in_bulk_on_creation(f: Fixture) {
    let (inactive, deleted, user) = (f.inactive_agent().await, f.deleted_agent().await, f.user(Role::User).await);
    for (assignee, expected) in [
        (Assignee::Unknown, Refusal::AssigneeNotFound),
        (Assignee::User(UserId::new()), Refusal::AssigneeNotFound),
        (Assignee::User(deleted.id), Refusal::AssigneeNotFound),
        (Assignee::User(inactive.id), Refusal::AssigneeInactive),
        (Assignee::User(user.id), Refusal::AssigneeRoleNotAssignable { roles: Roles::default() }),
    ] {
        let command = CreateOpportunity { assignee: Some(assignee), ..Fixture::new_opportunity(f.contact().await) };
        assert_eq!(refused(create(&f, f.admin(), command).await), expected);
    }
    assert_eq!(f.operation_count().await, 0);
}

async fn an_unknown_malformed_or_deleted_contact_is_not_found(f: Fixture) {
    let deleted = f.contact().await;
    f.store().contact_delete(&f.as_admin(), deleted, false).await.unwrap();
    for contact in [None, Some(ContactId::new()), Some(deleted)] {
        let command = CreateOpportunity { contact, ..Fixture::new_opportunity(deleted) };
        assert_eq!(refused(create(&f, f.admin(), command).await), Refusal::ContactNotFound);
    }
}

async fn a_contact_has_at_most_one_live_opportunity(f: Fixture) {
    let id = f.opportunity().await;
    let contact = f.get(id).await.contact.id;
    let refusal = refused(create(&f, f.admin(), Fixture::new_opportunity(contact)).await);
    assert_eq!(refusal, Refusal::ContactHasOpportunity { opportunity: id });
}

async fn after_a_deletion_the_contact_may_have_another(f: Fixture) {
    let id = f.opportunity().await;
    let contact = f.get(id).await.contact.id;
    f.delete(id).await;
    create(&f, f.admin(), Fixture::new_opportunity(contact)).await.unwrap();
}

async fn a_creation_is_in_the_audit_log(f: Fixture) {
    let caller = f.as_admin();
    let command = Fixture::new_opportunity(f.contact().await);
    let made = f.store().opportunity_create(&caller, command, &f.policy(), None).await.unwrap().fresh().unwrap();
    let log = f.log_of(action::OPPORTUNITY_CREATED).await;
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].entity_id.clone(), log[0].actor_id), (Some(made.id.to_string()), Some(f.admin().id)));
    assert_eq!((log[0].created_at, log[0].entity_type.as_str()), (caller.at, "opportunity"));
}
