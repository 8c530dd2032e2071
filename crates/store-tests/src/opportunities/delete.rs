//! Deleting an opportunity.

use reparto_domain::{OpportunityId, Refusal, Role, audit::action, operations::OperationKind, opportunities::IfMatch};

use crate::{
    Fixture,
    fixture::{ALL_OPERATIONS, refused},
};

rules! { $ delete_rules in opportunities::delete {
    a_deleted_one_is_gone_for_every_reader,
    only_administrators_delete_whatever_the_id,
    an_unknown_or_deleted_one_cannot_be_deleted,
    a_precondition_guards_the_deletion,
    a_deletion_is_an_operation_and_in_the_audit_log,
    operations_still_name_what_was_deleted,
}}

async fn a_deleted_one_is_gone_for_every_reader(f: Fixture) {
    let agent = f.agent().await;
    let id = f.opportunity_held_by(&agent).await;
    f.delete(id).await;
    let viewer = f.admin().viewer();
    assert_eq!(refused(f.store().opportunity_get(&viewer, id).await), Refusal::OpportunityNotFound);
    let history = f.store().opportunity_history(&viewer, id, None, 10).await;
    assert_eq!(refused(history), Refusal::OpportunityNotFound);
    let call = f.try_call(&f.as_admin(), id, 1, reparto_domain::AttemptStatus::Green).await;
    assert_eq!(refused(call), Refusal::OpportunityNotFound);
}

async fn only_administrators_delete_whatever_the_id(f: Fixture) {
    for role in [Role::Agent, Role::Lawyer, Role::User] {
        let member = f.user(role).await;
        for id in [f.opportunity().await, OpportunityId::new()] {
            let result = f.store().opportunity_delete(&f.by(&member), id, None).await;
            assert_eq!(refused(result), Refusal::AdministratorsOnly);
        }
    }
}

async fn an_unknown_or_deleted_one_cannot_be_deleted(f: Fixture) {
    for id in [OpportunityId::new(), f.deleted_opportunity().await] {
        for if_match in [None, Some(IfMatch::Any)] {
            let result = f.store().opportunity_delete(&f.as_admin(), id, if_match).await;
            assert_eq!(refused(result), Refusal::OpportunityNotFound);
        }
    }
}

async fn a_precondition_guards_the_deletion(f: Fixture) {
    let id = f.opportunity().await;
    let stale = f.get(id).await.version;
    let present = f.set_notes(id, Some("entretanto")).await.version;
    assert_eq!(refused(delete_with(&f, id, stale).await), Refusal::PreconditionFailed);
    assert_eq!(f.get(id).await.id, id);
    delete_with(&f, id, present).await.unwrap();
}

async fn delete_with(f: &Fixture, id: OpportunityId, version: String) -> reparto_store::StoreResult<()> {
    f.store().opportunity_delete(&f.as_admin(), id, Some(IfMatch::Versions(vec![version]))).await
}

async fn a_deletion_is_an_operation_and_in_the_audit_log(f: Fixture) {
    let id = f.deleted_opportunity().await;
    let operations = f.operations(ALL_OPERATIONS).await;
    assert_eq!(operations.iter().map(|o| o.kind).collect::<Vec<_>>(), [OperationKind::Delete, OperationKind::Create]);
    let items = f.operation(operations[0].id).await.items;
    assert_eq!(items.iter().map(|item| item.opportunity_id).collect::<Vec<_>>(), [id]);
    let log = f.log_of(action::OPPORTUNITY_DELETED).await;
    assert_eq!((log.len(), log[0].entity_id.clone()), (1, Some(id.to_string())));
}

async fn operations_still_name_what_was_deleted(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    let operation = f.bulk_assign_operation(&ids, &agent).await;
    f.delete(ids[0]).await;
    let detail = f.operation(operation).await;
    assert_eq!(detail.items.iter().map(|item| item.opportunity_id).collect::<Vec<_>>(), ids);
    assert_eq!((detail.items[0].touched_by.len(), detail.items[1].touched_by.len()), (1, 0));
}
