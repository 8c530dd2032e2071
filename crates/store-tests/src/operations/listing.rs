//! Reading operations.

use reparto_domain::{
    OperationId, OpportunityId, Refusal, Status, UserId,
    operations::{Operation, OperationKind, OperationQuery},
    opportunities::BulkAssign,
};

use crate::{
    Fixture,
    fixture::{ALL_OPERATIONS, bulk_ids, random, refused},
};

rules! { $ operation_listing_rules in operations::listing {
    operations_come_newest_first,
    the_kind_filter_holds,
    the_actor_filter_holds,
    the_assignee_filter_holds,
    the_opportunity_filter_holds,
    time_bounds_are_inclusive,
    filters_combine,
    cursors_walk_every_operation_once,
    an_unknown_operation_is_not_found,
    touches_are_per_item_oldest_first,
    editing_other_fields_is_no_touch,
}}

fn ids(operations: &[Operation]) -> Vec<OperationId> {
    operations.iter().map(|operation| operation.id).collect()
}

async fn operations_come_newest_first(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let first = f.bulk_assign_operation(&[id], &agent).await;
    let second = f.bulk_unassign(&[id]).await.operation.unwrap();
    let operations = f.operations(ALL_OPERATIONS).await;
    assert_eq!(&ids(&operations)[..2], [second, first]);
    let kinds: Vec<OperationKind> = operations.iter().map(|operation| operation.kind).collect();
    assert_eq!(kinds, [OperationKind::BulkUnassign, OperationKind::BulkAssign, OperationKind::Create]);
    assert!(operations.windows(2).all(|pair| pair[0].at > pair[1].at));
}

async fn the_kind_filter_holds(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    f.bulk_assign(&ids, &agent).await;
    f.assign(ids[0], f.admin()).await;
    f.unassign(ids[0]).await;
    f.bulk_unassign(&ids).await;
    f.try_random(&f.as_admin(), random(agent.id, 1, 1)).await.unwrap();
    f.set_status(ids[1], Status::Contacted).await;
    f.try_call(&f.as_admin(), ids[0], 1, reparto_domain::AttemptStatus::Red).await.unwrap();
    f.delete(ids[0]).await;
    let second = f.bulk_assign_operation(&ids[1..], &agent).await;
    f.undo(second).await;

    for (kind, count) in [
        (OperationKind::Create, 2),
        (OperationKind::Assign, 1),
        (OperationKind::BulkAssign, 2),
        (OperationKind::Unassign, 1),
        (OperationKind::BulkUnassign, 1),
        (OperationKind::AssignRandom, 1),
        (OperationKind::Update, 1),
        (OperationKind::FirstCall, 1),
        (OperationKind::Import, 0),
        (OperationKind::Delete, 1),
        (OperationKind::Undo, 1),
    ] {
        let found = f.operations(OperationQuery { kind: Some(kind), ..ALL_OPERATIONS }).await;
        assert_eq!(found.len(), count, "{kind}");
        assert!(found.iter().all(|operation| operation.kind == kind));
    }
}

async fn the_actor_filter_holds(f: Fixture) {
    let (agent, other, id) = (f.agent().await, f.user(reparto_domain::Role::Admin).await, f.opportunity().await);
    let mine = f.bulk_assign_operation(&[id], &agent).await;
    let command = Fixture::bulk_assign_command(bulk_ids(&[id]), agent.id);
    let theirs = f.try_bulk_assign(&f.by(&other), command).await.unwrap().operation.unwrap();
    let by = async |actor| ids(&f.operations(OperationQuery { actor: Some(actor), ..ALL_OPERATIONS }).await);
    assert_eq!(by(Some(f.admin().id)).await, [mine]);
    assert_eq!(by(Some(other.id)).await, [theirs]);
    assert!(
        by(Some(agent.id)).await.is_empty() && by(Some(UserId::new())).await.is_empty() && by(None).await.is_empty()
    );
}

async fn the_assignee_filter_holds(f: Fixture) {
    let (first, second, made) = (f.agent().await, f.agent().await, f.opportunities(3).await);
    let bulk = f.bulk_assign_operation(&made, &first).await;
    f.assign(made[0], &second).await;
    f.bulk_unassign(&made[1..]).await;
    let random = f.try_random(&f.as_admin(), random(second.id, 1, 1)).await.unwrap().operation.unwrap();
    let to = async |user| ids(&f.operations(OperationQuery { assignee: Some(user), ..ALL_OPERATIONS }).await);
    assert_eq!(to(Some(first.id)).await, [bulk]);
    let to_second = to(Some(second.id)).await;
    assert_eq!((to_second.len(), to_second[0]), (2, random));
    assert!(to(Some(UserId::new())).await.is_empty() && to(None).await.is_empty());
}

async fn the_opportunity_filter_holds(f: Fixture) {
    let (agent, made) = (f.agent().await, f.opportunities(2).await);
    let both = f.bulk_assign_operation(&made, &agent).await;
    let one = f.bulk_assign_operation(&made[..1], &agent).await;
    let of = async |id| ids(&f.operations(OperationQuery { opportunity: Some(id), ..ALL_OPERATIONS }).await);
    let first = of(Some(made[0])).await;
    assert_eq!((first.len(), &first[..2]), (3, [one, both].as_slice()));
    let second = of(Some(made[1])).await;
    assert_eq!((second.len(), second[0]), (2, both));
    assert!(of(Some(OpportunityId::new())).await.is_empty() && of(None).await.is_empty());
}

async fn time_bounds_are_inclusive(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(f.operation(f.bulk_assign_operation(&[id], &agent).await).await.operation);
    }
    let query = OperationQuery { from: Some(made[1].at), to: Some(made[2].at), ..ALL_OPERATIONS };
    assert_eq!(ids(&f.operations(query).await), [made[2].id, made[1].id]);
    let query = OperationQuery { from: Some(made[3].at), ..ALL_OPERATIONS };
    assert_eq!(ids(&f.operations(query).await), [made[3].id]);
    let query = OperationQuery { from: Some(made[2].at), to: Some(made[1].at), ..ALL_OPERATIONS };
    assert!(f.operations(query).await.is_empty());
}

async fn filters_combine(f: Fixture) {
    let (agent, made) = (f.agent().await, f.opportunities(2).await);
    let wanted = f.bulk_assign_operation(&made[..1], &agent).await;
    f.bulk_assign(&made[1..], &agent).await;
    f.assign(made[0], f.admin()).await;
    let query = OperationQuery {
        kind: Some(OperationKind::BulkAssign),
        actor: Some(Some(f.admin().id)),
        assignee: Some(Some(agent.id)),
        opportunity: Some(Some(made[0])),
        ..ALL_OPERATIONS
    };
    assert_eq!(ids(&f.operations(query.clone()).await), [wanted]);
    assert!(f.operations(OperationQuery { kind: Some(OperationKind::Assign), ..query }).await.is_empty());
}

async fn cursors_walk_every_operation_once(f: Fixture) {
    let (agent, made) = (f.agent().await, f.opportunities(3).await);
    for id in &made {
        f.bulk_assign(&[*id], &agent).await;
    }
    let whole = ids(&f.operations(ALL_OPERATIONS).await);
    assert_eq!(whole.len(), 6);
    let mine = OperationQuery { actor: Some(Some(f.admin().id)), ..ALL_OPERATIONS };
    for (query, expected) in [(ALL_OPERATIONS, &whole[..]), (mine, &whole[..3])] {
        for limit in [1, 2, 3, 6] {
            let query = OperationQuery { limit, ..query.clone() };
            assert_eq!(ids(&f.operations(query.clone()).await), expected, "{query:?}");
            assert!(f.store().operation_list(query).await.unwrap().items.len() as u64 <= limit);
        }
    }
}

async fn an_unknown_operation_is_not_found(f: Fixture) {
    assert_eq!(refused(f.store().operation_get(OperationId::new()).await), Refusal::OperationNotFound);
}

async fn touches_are_per_item_oldest_first(f: Fixture) {
    let (agent, made) = (f.agent().await, f.opportunities(3).await);
    let operation = f.bulk_assign_operation(&made, &agent).await;
    let first = f.bulk_assign_operation(&made[..2], &agent).await;
    let caller = f.as_admin();
    let command = BulkAssign { status: None, ..Fixture::bulk_assign_command(bulk_ids(&made[..1]), f.admin().id) };
    let second = f.try_bulk_assign(&caller, command).await.unwrap().operation.unwrap();
    let items = f.operation(operation).await.items;
    let touches: Vec<Vec<OperationId>> =
        items.iter().map(|item| item.touched_by.iter().map(|touch| touch.operation_id).collect()).collect();
    assert_eq!(touches, [vec![first, second], vec![first], vec![]]);
    let newest = &items[0].touched_by[1];
    assert_eq!((newest.actor_id, newest.at), (Some(f.admin().id), caller.at));
}

async fn editing_other_fields_is_no_touch(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let operation = f.bulk_assign_operation(&[id], &agent).await;
    f.set_notes(id, Some("nota")).await;
    f.try_call(&f.as_admin(), id, 1, reparto_domain::AttemptStatus::Orange).await.unwrap();
    assert!(f.operation(operation).await.items[0].touched_by.is_empty());
}
