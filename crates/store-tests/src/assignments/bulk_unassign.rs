//! Bulk unassignment.

use reparto_domain::{
    OpportunityId, Refusal, Role, Status, audit::action, operations::OperationKind, opportunities::BulkMode,
};
use serde_json::json;

use crate::{
    Fixture,
    fixture::{bulk_ids, refused},
};

rules! { $ bulk_unassign_rules in assignments::bulk_unassign {
    every_item_is_unassigned,
    assigned_becomes_pending_and_other_statuses_stay,
    unassigned_items_count_as_done,
    unknown_malformed_and_deleted_items_are_item_errors,
    bulk_unassignment_is_for_administrators_alone,
    items_of_an_inactive_user_can_be_unassigned,
    an_unassignment_has_one_operation_and_one_audit_entry,
}}

async fn every_item_is_unassigned(f: Fixture) {
    let (first, second, ids) = (f.agent().await, f.agent().await, f.opportunities(3).await);
    f.bulk_assign(&ids[..2], &first).await;
    f.bulk_assign(&ids[2..], &second).await;
    let outcome = f.bulk_unassign(&ids).await;
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), ids);
    assert!(outcome.done.iter().all(|item| item.assigned_to_id.is_none()));
    assert_eq!(f.states(&ids).await, vec![(None, Status::Pending); 3]);
}

async fn assigned_becomes_pending_and_other_statuses_stay(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(Status::ALL.len()).await);
    f.bulk_assign(&ids, &agent).await;
    for (id, status) in ids.iter().zip(Status::ALL) {
        f.set_status(*id, *status).await;
    }
    let outcome = f.bulk_unassign(&ids).await;
    let expected: Vec<Status> = Status::ALL.iter().map(|status| status.after_unassign()).collect();
    assert_eq!(outcome.done.iter().map(|item| item.status).collect::<Vec<_>>(), expected);
    let states: Vec<_> = expected.into_iter().map(|status| (None, status)).collect();
    assert_eq!(f.states(&ids).await, states);
}

async fn unassigned_items_count_as_done(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    f.bulk_assign(&ids[..1], &agent).await;
    let outcome = f.bulk_unassign(&ids).await;
    assert_eq!((outcome.done.len(), outcome.failed.len()), (2, 0));
}

async fn unknown_malformed_and_deleted_items_are_item_errors(f: Fixture) {
    let (id, gone, unknown) = (f.opportunity().await, f.deleted_opportunity().await, OpportunityId::new());
    let sent = vec!["no-uuid".to_owned(), gone.to_string(), id.to_string(), unknown.to_string()];
    let ids = reparto_domain::opportunities::BulkIds::new(sent.clone(), 100).unwrap();
    let outcome = f.try_bulk_unassign(&f.as_admin(), ids, BulkMode::default()).await.unwrap();
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), [id]);
    let failed: Vec<String> = outcome.failed.into_iter().map(|failure| failure.sent).collect();
    assert_eq!(failed, [&sent[0], &sent[1], &sent[3]].map(Clone::clone));
}

async fn bulk_unassignment_is_for_administrators_alone(f: Fixture) {
    let id = f.opportunity().await;
    for role in [Role::Agent, Role::Lawyer, Role::User] {
        let member = f.user(role).await;
        let result = f.try_bulk_unassign(&f.by(&member), bulk_ids(&[id]), BulkMode::default()).await;
        assert_eq!(refused(result), Refusal::BulkUnassignAdministratorsOnly);
    }
}

async fn items_of_an_inactive_user_can_be_unassigned(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    f.bulk_assign(&[id], &agent).await;
    f.set_active(&agent, false).await;
    assert_eq!(f.bulk_unassign(&[id]).await.done.len(), 1);
    assert_eq!(f.holder(id).await, None);
}

async fn an_unassignment_has_one_operation_and_one_audit_entry(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    f.bulk_assign(&ids, &agent).await;
    let before = f.operation_count().await;
    let operation = f.bulk_unassign(&[ids[1], OpportunityId::new(), ids[0]]).await.operation.unwrap();
    assert_eq!(f.operation_count().await, before + 1);
    let detail = f.operation(operation).await;
    assert_eq!((detail.operation.kind, detail.operation.failed_count), (OperationKind::BulkUnassign, 1));
    let items: Vec<_> = detail.items.iter().map(|i| (i.opportunity_id, i.from_id, i.to_id)).collect();
    assert_eq!(items, [(ids[1], Some(agent.id), None), (ids[0], Some(agent.id), None)]);
    let log = f.log_of(action::BULK_UNASSIGN).await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].details.to_value()["operation_id"], json!(operation.to_string()));
    assert_eq!(log[0].details.to_value()["opportunity_ids"], json!([ids[1].to_string(), ids[0].to_string()]));
}
