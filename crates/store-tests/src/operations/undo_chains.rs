//! Undos of undos.

use reparto_domain::{OperationId, OpportunityId, Refusal, Status, UserId, opportunities::ItemError};

use crate::{Fixture, fixture::refused};

rules! { $ undo_chains_rules in operations::undo_chains {
    undoing_an_undo_reinstates_the_operation,
    a_reinstated_operation_can_be_undone_again,
    a_reinstated_undo_marks_its_operation_again,
    an_undo_and_what_it_undid_cancel_out,
    an_undone_undo_leaves_the_operation_as_a_touch,
    undoing_newest_first_restores_the_first_state,
    undoing_those_undos_restores_the_last_state,
    an_undo_that_was_touched_since_cannot_be_undone,
    undoing_a_partial_undo_reverts_only_what_it_did,
    undoing_the_second_partial_undo_keeps_the_first,
    operations_on_other_items_do_not_interfere,
    a_new_write_after_an_undo_is_a_touch,
}}

async fn undone_by(f: &Fixture, operation: OperationId) -> Option<OperationId> {
    f.operation(operation).await.operation.undone_by
}

async fn undo(f: &Fixture, operation: OperationId) -> OperationId {
    let outcome = f.undo(operation).await;
    assert!(outcome.failed.is_empty(), "{outcome:?}");
    outcome.operation.expect("something went back")
}

async fn undoing_an_undo_reinstates_the_operation(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    let operation = f.bulk_assign_operation(&ids, &agent).await;
    let first = undo(&f, operation).await;
    let second = undo(&f, first).await;
    assert_eq!(f.states(&ids).await, vec![(Some(agent.id), Status::Assigned); 2]);
    assert_eq!((undone_by(&f, operation).await, undone_by(&f, first).await), (None, Some(second)));
    assert_eq!(refused(f.try_undo(&f.as_admin(), first).await), Refusal::AlreadyUndone);
}

async fn a_reinstated_operation_can_be_undone_again(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let operation = f.bulk_assign_operation(&[id], &agent).await;
    for _ in 0..3 {
        let back = undo(&f, operation).await;
        assert_eq!((f.state(id).await, undone_by(&f, operation).await), ((None, Status::Pending), Some(back)));
        undo(&f, back).await;
        assert_eq!((f.holder(id).await, undone_by(&f, operation).await), (Some(agent.id), None));
    }
    assert_eq!(f.history(id).await.len(), 8);
}

async fn a_reinstated_undo_marks_its_operation_again(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let operation = f.bulk_assign_operation(&[id], &agent).await;
    let first = undo(&f, operation).await;
    let second = undo(&f, first).await;
    let third = undo(&f, second).await;
    assert_eq!(f.state(id).await, (None, Status::Pending));
    assert_eq!((undone_by(&f, second).await, undone_by(&f, first).await), (Some(third), None));
    assert_eq!(undone_by(&f, operation).await, Some(first));
    assert_eq!(refused(f.try_undo(&f.as_admin(), operation).await), Refusal::AlreadyUndone);
    undo(&f, first).await;
    assert_eq!((f.holder(id).await, undone_by(&f, operation).await), (Some(agent.id), None));
}

async fn an_undo_and_what_it_undid_cancel_out(f: Fixture) {
    let (agent, other, id) = (f.agent().await, f.agent().await, f.opportunity().await);
    let operation = f.bulk_assign_operation(&[id], &agent).await;
    let later = f.bulk_assign_operation(&[id], &other).await;
    undo(&f, later).await;
    assert!(f.operation(operation).await.items[0].touched_by.is_empty());
    undo(&f, operation).await;
    assert_eq!(f.state(id).await, (None, Status::Pending));
}

async fn an_undone_undo_leaves_the_operation_as_a_touch(f: Fixture) {
    let (agent, other, id) = (f.agent().await, f.agent().await, f.opportunity().await);
    let operation = f.bulk_assign_operation(&[id], &agent).await;
    let later = f.bulk_assign_operation(&[id], &other).await;
    let back = undo(&f, later).await;
    undo(&f, back).await;
    let touched = f.operation(operation).await.items.remove(0).touched_by;
    assert_eq!(touched.iter().map(|touch| touch.operation_id).collect::<Vec<_>>(), [later]);
    let outcome = f.undo(operation).await;
    assert!(matches!(outcome.failed[0].error, ItemError::Touched { operation, .. } if operation == later));
    assert_eq!(f.holder(id).await, Some(other.id));
}

/// Holder and status of each row.
type States = Vec<(Option<UserId>, Status)>;

/// Makes five writes on the same rows; returns the states before each, with the operations.
async fn five_writes(f: &Fixture, ids: &[OpportunityId]) -> Vec<(States, OperationId)> {
    let (first, second) = (f.agent().await, f.agent().await);
    let mut steps = Vec::new();
    for step in 0..5 {
        let before = f.states(ids).await;
        let operation = match step {
            1 => f.bulk_assign_operation(&ids[..2], &second).await,
            2 => f.bulk_unassign(&ids[1..]).await.operation.unwrap(),
            3 => {
                f.set_status(ids[0], Status::Converted).await;
                f.history(ids[0]).await[0].operation_id
            }
            _ => f.bulk_assign_operation(ids, &first).await,
        };
        steps.push((before, operation));
    }
    steps
}

async fn undoing_newest_first_restores_the_first_state(f: Fixture) {
    let ids = f.opportunities(3).await;
    for (before, operation) in five_writes(&f, &ids).await.into_iter().rev() {
        undo(&f, operation).await;
        assert_eq!(f.states(&ids).await, before);
    }
    assert_eq!(f.states(&ids).await, vec![(None, Status::Pending); 3]);
}

async fn undoing_those_undos_restores_the_last_state(f: Fixture) {
    let ids = f.opportunities(3).await;
    let steps = five_writes(&f, &ids).await;
    let last = f.states(&ids).await;
    let mut undos = Vec::new();
    for (_, operation) in steps.iter().rev() {
        undos.push(undo(&f, *operation).await);
    }
    for (index, operation) in undos.into_iter().rev().enumerate() {
        assert_eq!(f.states(&ids).await, steps[index].0);
        undo(&f, operation).await;
    }
    assert_eq!(f.states(&ids).await, last);
    for (_, operation) in &steps {
        assert_eq!(undone_by(&f, *operation).await, None);
    }
}

async fn an_undo_that_was_touched_since_cannot_be_undone(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let operation = f.bulk_assign_operation(&[id], &agent).await;
    let back = undo(&f, operation).await;
    let touch = f.bulk_assign_operation(&[id], &agent).await;
    let outcome = f.undo(back).await;
    assert_eq!(outcome.operation, None);
    assert!(matches!(outcome.failed[0].error, ItemError::Touched { operation, .. } if operation == touch));
    undo(&f, touch).await;
    undo(&f, back).await;
    assert_eq!((f.holder(id).await, undone_by(&f, operation).await), (Some(agent.id), None));
}

async fn undoing_a_partial_undo_reverts_only_what_it_did(f: Fixture) {
    let (agent, other, ids) = (f.agent().await, f.agent().await, f.opportunities(2).await);
    let operation = f.bulk_assign_operation(&ids, &agent).await;
    f.bulk_assign(&ids[..1], &other).await;
    let partial = f.undo(operation).await.operation.unwrap();
    let outcome = f.undo(partial).await;
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), [ids[1]]);
    assert_eq!((f.holder(ids[0]).await, f.holder(ids[1]).await), (Some(other.id), Some(agent.id)));
    let again = f.undo(operation).await;
    assert_eq!(again.done.iter().map(|item| item.id).collect::<Vec<_>>(), [ids[1]], "its mark was taken back");
}

async fn undoing_the_second_partial_undo_keeps_the_first(f: Fixture) {
    let (agent, other, ids) = (f.agent().await, f.agent().await, f.opportunities(2).await);
    let operation = f.bulk_assign_operation(&ids, &agent).await;
    let touch = f.bulk_assign_operation(&ids[..1], &other).await;
    f.undo(operation).await;
    undo(&f, touch).await;
    let second = undo(&f, operation).await;
    assert_eq!(undone_by(&f, operation).await, Some(second));
    undo(&f, second).await;
    assert_eq!(f.states(&ids).await, [(Some(agent.id), Status::Assigned), (None, Status::Pending)]);
    assert_eq!(undone_by(&f, operation).await, None);
    let third = f.undo(operation).await;
    assert_eq!(third.done.iter().map(|item| item.id).collect::<Vec<_>>(), [ids[0]]);
    assert_eq!(undone_by(&f, operation).await, third.operation);
}

async fn operations_on_other_items_do_not_interfere(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(3).await);
    let first = f.bulk_assign_operation(&ids[..1], &agent).await;
    let second = f.bulk_assign_operation(&ids[1..2], &agent).await;
    f.bulk_assign(&ids[2..], &agent).await;
    undo(&f, first).await;
    undo(&f, second).await;
    assert_eq!(f.holder(ids[2]).await, Some(agent.id));
}

async fn a_new_write_after_an_undo_is_a_touch(f: Fixture) {
    let (agent, other, id) = (f.agent().await, f.agent().await, f.opportunity().await);
    let first = f.bulk_assign_operation(&[id], &agent).await;
    let second = f.bulk_assign_operation(&[id], &other).await;
    undo(&f, second).await;
    let third = f.bulk_assign_operation(&[id], &other).await;
    let touched = f.operation(first).await.items.remove(0).touched_by;
    assert_eq!(touched.iter().map(|touch| touch.operation_id).collect::<Vec<_>>(), [third]);
    let outcome = f.undo(first).await;
    assert!(matches!(outcome.failed[0].error, ItemError::Touched { operation, .. } if operation == third));
}
