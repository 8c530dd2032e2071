//! Undoing one operation.

use reparto_domain::{
    AttemptStatus, OperationId, Refusal, Role, Roles, Status,
    audit::action,
    operations::{OperationKind, OperationQuery},
    opportunities::{Assignee, BulkAssign, ItemError, OpportunityChanges},
};

use crate::{
    Fixture,
    fixture::{ALL_OPERATIONS, bulk_ids, random, refused},
};

rules! { $ undo_rules in operations::undo {
    each_item_regains_its_holder_and_status,
    every_undoable_kind_is_undone,
    creations_and_deletions_cannot_be_undone,
    an_unknown_operation_cannot_be_undone,
    only_administrators_undo_whatever_the_id,
    an_undone_operation_is_refused,
    an_undo_is_an_operation_and_in_the_audit_log,
    an_undo_removes_only_the_added_note,
    a_rewritten_note_stays,
    items_touched_since_stay_naming_the_newest_touch,
    editing_other_fields_does_not_prevent_undo,
    undoing_nothing_has_no_operation,
    a_deleted_opportunity_is_not_restored,
    an_inactive_or_deleted_earlier_holder_gets_nothing,
    an_unassignable_earlier_holder_gets_nothing,
    restoring_to_unassigned_always_works,
    a_reactivated_earlier_holder_gets_it_back,
    after_a_partial_undo_a_second_tries_the_rest,
}}

/// The newest operation in an opportunity's history.
async fn newest(f: &Fixture, id: reparto_domain::OpportunityId) -> OperationId {
    f.history(id).await[0].operation_id
}

async fn each_item_regains_its_holder_and_status(f: Fixture) {
    let (first, second, ids) = (f.agent().await, f.agent().await, f.opportunities(4).await);
    f.bulk_assign(&ids[..2], &first).await;
    f.set_status(ids[1], Status::Contacted).await;
    f.set_status(ids[2], Status::Expired).await;
    let before = f.states(&ids).await;
    let order = [ids[3], ids[1], ids[0], ids[2]];
    let operation = f.bulk_assign_operation(&order, &second).await;
    let caller = f.as_admin();
    let outcome = f.try_undo(&caller, operation).await.unwrap();
    assert!(outcome.failed.is_empty());
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), order);
    assert_eq!(f.states(&ids).await, before);
    for item in &outcome.done {
        assert_eq!((item.assigned_to_id, item.status), f.state(item.id).await);
        assert_eq!(item.updated_at, caller.at);
    }
}

async fn every_undoable_kind_is_undone(f: Fixture) {
    let (agent, other, id) = (f.agent().await, f.agent().await, f.opportunity().await);
    let mut before = f.state(id).await;
    for step in 0..7 {
        match step {
            0 => drop(f.try_random(&f.as_admin(), random(agent.id, 1, 1)).await.unwrap()),
            1 => drop(f.assign(id, &other).await),
            2 => drop(f.unassign(id).await),
            3 => drop(f.bulk_assign(&[id], &agent).await),
            4 => drop(f.set_status(id, Status::Converted).await),
            5 => drop(f.try_call(&f.as_admin(), id, 1, AttemptStatus::Red).await.unwrap()),
            _ => drop(f.bulk_unassign(&[id]).await),
        }
        let (operation, after) = (newest(&f, id).await, f.state(id).await);
        assert_ne!(after, before, "step {step}");
        let outcome = f.undo(operation).await;
        assert_eq!((outcome.done.len(), f.state(id).await), (1, before), "step {step}");
        f.undo(outcome.operation.unwrap()).await;
        assert_eq!(f.state(id).await, after, "step {step}");
        before = after;
    }
}

async fn creations_and_deletions_cannot_be_undone(f: Fixture) {
    let id = f.opportunity().await;
    let create = newest(&f, id).await;
    f.delete(id).await;
    let query = OperationQuery { kind: Some(OperationKind::Delete), ..ALL_OPERATIONS };
    let delete = f.operations(query).await[0].id;
    for operation in [create, delete] {
        assert_eq!(refused(f.try_undo(&f.as_admin(), operation).await), Refusal::NotUndoable);
    }
}

async fn an_unknown_operation_cannot_be_undone(f: Fixture) {
    assert_eq!(refused(f.try_undo(&f.as_admin(), OperationId::new()).await), Refusal::OperationNotFound);
}

async fn only_administrators_undo_whatever_the_id(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let operation = f.bulk_assign_operation(&[id], &agent).await;
    for role in [Role::Agent, Role::Lawyer, Role::User] {
        let member = f.user(role).await;
        for operation in [operation, OperationId::new()] {
            let refusal = refused(f.try_undo(&f.by(&member), operation).await);
            assert_eq!(refusal, Refusal::AdministratorsOnly);
        }
    }
    assert_eq!(f.holder(id).await, Some(agent.id));
}

async fn an_undone_operation_is_refused(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let operation = f.bulk_assign_operation(&[id], &agent).await;
    f.undo(operation).await;
    assert_eq!(refused(f.try_undo(&f.as_admin(), operation).await), Refusal::AlreadyUndone);
    f.bulk_assign(&[id], &agent).await;
    assert_eq!(refused(f.try_undo(&f.as_admin(), operation).await), Refusal::AlreadyUndone);
}

async fn an_undo_is_an_operation_and_in_the_audit_log(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    let operation = f.bulk_assign_operation(&ids, &agent).await;
    let caller = f.as_admin();
    let undo = f.try_undo(&caller, operation).await.unwrap().operation.unwrap();
    let detail = f.operation(undo).await;
    assert_eq!((detail.operation.kind, detail.operation.at), (OperationKind::Undo, caller.at));
    assert_eq!((detail.operation.assigned_count, detail.operation.failed_count), (2, 0));
    let items: Vec<_> = detail.items.iter().map(|i| (i.opportunity_id, i.from_id, i.to_id, i.new_status)).collect();
    let expected: Vec<_> = ids.iter().map(|id| (*id, Some(agent.id), None, Status::Pending)).collect();
    assert_eq!(items, expected);
    assert_eq!(f.operation(operation).await.operation.undone_by, Some(undo));
    assert_eq!(f.history(ids[0]).await[0].operation_id, undo);
    let log = f.log_of(action::OPERATION_UNDONE).await;
    assert_eq!((log.len(), log[0].actor_id, log[0].created_at), (1, Some(f.admin().id), caller.at));
}

async fn an_undo_removes_only_the_added_note(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    f.set_notes(ids[0], Some("Reparto\nde antes")).await;
    let note = Some("Reparto\nde enero".to_owned());
    let command = BulkAssign { note, ..Fixture::bulk_assign_command(bulk_ids(&ids), agent.id) };
    let operation = f.try_bulk_assign(&f.as_admin(), command).await.unwrap().operation.unwrap();
    let with_more = format!("{}\ny después", f.notes(ids[0]).await.unwrap());
    f.set_notes(ids[0], Some(&with_more)).await;
    let undo = f.undo(operation).await.operation.unwrap();
    assert_eq!(f.notes(ids[0]).await.as_deref(), Some("Reparto\nde antes\ny después"));
    assert_eq!(f.notes(ids[1]).await, None);
    f.undo(undo).await;
    assert_eq!(f.notes(ids[0]).await.as_deref(), Some("Reparto\nde antes\ny después\nReparto\nde enero"));
    assert_eq!(f.notes(ids[1]).await.as_deref(), Some("Reparto\nde enero"));
}

async fn a_rewritten_note_stays(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let command = BulkAssign { note: Some("ana".into()), ..Fixture::bulk_assign_command(bulk_ids(&[id]), agent.id) };
    let operation = f.try_bulk_assign(&f.as_admin(), command).await.unwrap().operation.unwrap();
    f.set_notes(id, Some("banana")).await;
    f.undo(operation).await;
    assert_eq!((f.notes(id).await.as_deref(), f.holder(id).await), (Some("banana"), None));
}

async fn items_touched_since_stay_naming_the_newest_touch(f: Fixture) {
    let (agent, other, ids) = (f.agent().await, f.agent().await, f.opportunities(3).await);
    let operation = f.bulk_assign_operation(&ids, &agent).await;
    f.bulk_assign(&ids[..1], &agent).await;
    let caller = f.as_admin();
    f.try_assign(&caller, ids[0], Some(Assignee::User(other.id))).await.unwrap();
    let touch = newest(&f, ids[0]).await;
    f.set_status(ids[2], Status::Contacted).await;
    let outcome = f.undo(operation).await;
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), [ids[1]]);
    assert_eq!(
        outcome.failed.iter().map(|failure| failure.sent.clone()).collect::<Vec<_>>(),
        [ids[0].to_string(), ids[2].to_string()]
    );
    let expected = ItemError::Touched { operation: touch, actor: Some(f.admin().id), at: caller.at };
    assert_eq!(outcome.failed[0].error, expected);
    assert_eq!(
        f.states(&ids).await,
        [(Some(other.id), Status::Assigned), (None, Status::Pending), (Some(agent.id), Status::Contacted)]
    );
    assert_eq!(f.operation(operation).await.operation.undone_by, None, "a part is still in force");
    assert_eq!(f.operation(outcome.operation.unwrap()).await.operation.failed_count, 2);
}

async fn editing_other_fields_does_not_prevent_undo(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let operation = f.bulk_assign_operation(&[id], &agent).await;
    let changes = OpportunityChanges { score: reparto_domain::Score::new(1), ..OpportunityChanges::default() };
    f.try_update(&f.as_admin(), id, changes).await.unwrap();
    f.set_notes(id, Some("nota")).await;
    f.try_call(&f.as_admin(), id, 1, AttemptStatus::Orange).await.unwrap();
    assert_eq!(f.undo(operation).await.done.len(), 1);
    assert_eq!((f.get(id).await.score.get(), f.notes(id).await.as_deref()), (1, Some("nota")));
}

async fn undoing_nothing_has_no_operation(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let operation = f.bulk_assign_operation(&[id], &agent).await;
    f.bulk_assign(&[id], &agent).await;
    let before = f.operation_count().await;
    let outcome = f.undo(operation).await;
    assert_eq!((outcome.operation, outcome.done.len(), outcome.failed.len()), (None, 0, 1));
    assert_eq!(f.operation_count().await, before);
    assert_eq!(f.operation(operation).await.operation.undone_by, None);
}

async fn a_deleted_opportunity_is_not_restored(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    let operation = f.bulk_assign_operation(&ids, &agent).await;
    f.delete(ids[0]).await;
    let outcome = f.undo(operation).await;
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), [ids[1]]);
    assert_eq!((outcome.failed[0].sent.clone(), &outcome.failed[0].error), (ids[0].to_string(), &ItemError::NotFound));
}

async fn an_inactive_or_deleted_earlier_holder_gets_nothing(f: Fixture) {
    let (inactive, deleted, active, to) = (f.agent().await, f.agent().await, f.agent().await, f.agent().await);
    let ids = f.opportunities(3).await;
    for (id, holder) in ids.iter().zip([&inactive, &deleted, &active]) {
        f.bulk_assign(&[*id], holder).await;
    }
    let operation = f.bulk_assign_operation(&ids, &to).await;
    f.set_active(&inactive, false).await;
    f.store().user_delete(&f.system(), deleted.id).await.unwrap();
    let outcome = f.undo(operation).await;
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), [ids[2]]);
    let errors: Vec<ItemError> = outcome.failed.into_iter().map(|failure| failure.error).collect();
    assert_eq!(
        errors,
        [
            ItemError::EarlierHolderInactive { holder: (inactive.id, inactive.name.clone()) },
            ItemError::EarlierHolderInactive { holder: (deleted.id, deleted.name.clone()) },
        ]
    );
    assert_eq!(f.holder(ids[0]).await, Some(to.id));
}

async fn an_unassignable_earlier_holder_gets_nothing(f: Fixture) {
    let (demoted, lawyer, to) = (f.agent().await, f.user(Role::Lawyer).await, f.agent().await);
    let ids = f.opportunities(2).await;
    f.bulk_assign(&ids[..1], &demoted).await;
    f.bulk_assign(&ids[1..], &lawyer).await;
    let operation = f.bulk_assign_operation(&ids, &to).await;
    f.set_role(&demoted, Role::User).await;
    let strict = f.with_assignable(&Roles::new([Role::Agent]));
    let outcome = strict.undo(operation).await;
    let errors: Vec<ItemError> = outcome.failed.into_iter().map(|failure| failure.error).collect();
    assert_eq!(
        errors,
        [
            ItemError::EarlierHolderNotAssignable { holder: (demoted.id, demoted.name.clone()) },
            ItemError::EarlierHolderNotAssignable { holder: (lawyer.id, lawyer.name.clone()) },
        ]
    );
    assert_eq!(f.undo(operation).await.done.iter().map(|item| item.id).collect::<Vec<_>>(), [ids[1]]);
}

async fn restoring_to_unassigned_always_works(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let operation = f.bulk_assign_operation(&[id], &agent).await;
    f.set_active(&agent, false).await;
    assert_eq!(f.undo(operation).await.done.len(), 1);
    assert_eq!(f.state(id).await, (None, Status::Pending));
}

async fn a_reactivated_earlier_holder_gets_it_back(f: Fixture) {
    let (agent, to, id) = (f.agent().await, f.agent().await, f.opportunity().await);
    f.bulk_assign(&[id], &agent).await;
    let operation = f.bulk_assign_operation(&[id], &to).await;
    f.set_active(&agent, false).await;
    assert_eq!(f.undo(operation).await.operation, None);
    f.set_active(&agent, true).await;
    assert_eq!(f.undo(operation).await.done.len(), 1);
    assert_eq!(f.holder(id).await, Some(agent.id));
}

async fn after_a_partial_undo_a_second_tries_the_rest(f: Fixture) {
    let (agent, other, ids) = (f.agent().await, f.agent().await, f.opportunities(2).await);
    let operation = f.bulk_assign_operation(&ids, &agent).await;
    let touch = f.bulk_assign_operation(&ids[..1], &other).await;
    let first = f.undo(operation).await;
    assert_eq!((first.done.len(), first.failed.len()), (1, 1));
    let again = f.undo(operation).await;
    assert_eq!((again.operation, again.done.len(), again.failed.len()), (None, 0, 1), "what went back is left out");
    f.undo(touch).await;
    let second = f.undo(operation).await;
    assert_eq!(second.done.iter().map(|item| item.id).collect::<Vec<_>>(), [ids[0]]);
    assert!(second.failed.is_empty());
    assert_eq!(f.states(&ids).await, vec![(None, Status::Pending); 2]);
    assert_eq!(f.operation(operation).await.operation.undone_by, second.operation);
    assert_eq!(refused(f.try_undo(&f.as_admin(), operation).await), Refusal::AlreadyUndone);
}
