//! The history of an opportunity.

use reparto_domain::{OpportunityId, Refusal, Role, Status, operations::OperationKind};

use crate::{Fixture, fixture::refused};

rules! { $ history_rules in opportunities::history {
    the_newest_step_leads_to_the_present_holder,
    each_step_starts_where_the_previous_ended,
    a_step_says_who_when_and_how,
    history_pages_have_no_gap_or_overlap,
    a_hidden_opportunity_has_a_hidden_history,
    an_unknown_one_has_no_history,
    each_opportunity_has_its_own_history,
    steps_still_name_a_deleted_actor,
}}

async fn the_newest_step_leads_to_the_present_holder(f: Fixture) {
    let (first, second, id) = (f.agent().await, f.agent().await, f.opportunity().await);
    let newest = async || f.history(id).await[0].to_id;
    f.bulk_assign(&[id], &first).await;
    assert_eq!(newest().await, Some(first.id));
    f.assign(id, &second).await;
    assert_eq!(newest().await, Some(second.id));
    f.set_status(id, Status::Contacted).await;
    assert_eq!(newest().await, Some(second.id));
    f.bulk_unassign(&[id]).await;
    assert_eq!(newest().await, None);
    let operation = f.bulk_assign_operation(&[id], &first).await;
    f.undo(operation).await;
    assert_eq!(newest().await, None);
}

async fn each_step_starts_where_the_previous_ended(f: Fixture) {
    let (first, second, id) = (f.agent().await, f.agent().await, f.opportunity().await);
    f.bulk_assign(&[id], &first).await;
    f.set_status(id, Status::Contacted).await;
    f.assign(id, &second).await;
    let operation = f.bulk_assign_operation(&[id], &first).await;
    f.undo(operation).await;
    f.unassign(id).await;
    let history = f.history(id).await;
    let kinds: Vec<OperationKind> = history.iter().rev().map(|step| step.kind).collect();
    assert_eq!(
        kinds,
        [
            OperationKind::Create,
            OperationKind::BulkAssign,
            OperationKind::Update,
            OperationKind::Assign,
            OperationKind::BulkAssign,
            OperationKind::Undo,
            OperationKind::Unassign,
        ]
    );
    assert_eq!(crate::verify::chain_findings(id, f.state(id).await, &history), Vec::<String>::new());
}

async fn a_step_says_who_when_and_how(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let caller = f.by(&agent);
    f.try_assign(&caller, id, Some(reparto_domain::opportunities::Assignee::User(agent.id))).await.unwrap();
    let history = f.history(id).await;
    assert_eq!((history[0].kind, history[0].at), (OperationKind::Assign, caller.at));
    assert_eq!((history[0].actor_id, history[0].actor_name.as_deref()), (Some(agent.id), Some(agent.name.as_str())));
    assert_eq!((history[0].from_id, history[0].to_id), (None, Some(agent.id)));
    assert_eq!((history[0].previous_status, history[0].new_status), (Some(Status::Pending), Status::Assigned));
    assert_eq!((history[1].actor_id, history[1].actor_name.as_ref()), (None, None), "the system made it");
    assert_eq!(f.operation(history[0].operation_id).await.items[0].opportunity_id, id);
}

async fn history_pages_have_no_gap_or_overlap(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    for _ in 0..3 {
        f.bulk_assign(&[id], &agent).await;
        f.bulk_unassign(&[id]).await;
    }
    let whole = f.history(id).await;
    assert_eq!(whole.len(), 7);
    for limit in [1, 3, 7, 8] {
        let (mut parts, mut after) = (Vec::new(), None);
        loop {
            let walk = f.store().opportunity_history(&f.admin().viewer(), id, after, limit).await.unwrap();
            assert!(!walk.items.is_empty() && walk.items.len() as u64 <= limit);
            parts.extend(walk.items);
            assert!(parts.len() <= 7, "the walk does not end");
            after = walk.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(parts, whole, "{limit}");
    }
}

async fn a_hidden_opportunity_has_a_hidden_history(f: Fixture) {
    let (agent, lawyer) = (f.agent().await, f.user(Role::Lawyer).await);
    let id = f.opportunity_held_by(&agent).await;
    let refusal = refused(f.store().opportunity_history(&lawyer.viewer(), id, None, 10).await);
    assert_eq!(refusal, Refusal::OpportunityNotFound);
    assert_eq!(f.store().opportunity_history(&agent.viewer(), id, None, 10).await.unwrap().items.len(), 1);
    f.unassign(id).await;
    assert_eq!(f.store().opportunity_history(&lawyer.viewer(), id, None, 10).await.unwrap().items.len(), 2);
}

async fn an_unknown_one_has_no_history(f: Fixture) {
    let result = f.store().opportunity_history(&f.admin().viewer(), OpportunityId::new(), None, 10).await;
    assert_eq!(refused(result), Refusal::OpportunityNotFound);
}

async fn each_opportunity_has_its_own_history(f: Fixture) {
    let (first, second, ids) = (f.agent().await, f.agent().await, f.opportunities(3).await);
    f.bulk_assign(&ids[..2], &first).await;
    f.bulk_assign(&ids[1..], &second).await;
    let holders =
        async |index: usize| f.history(ids[index]).await.into_iter().map(|step| step.to_id).collect::<Vec<_>>();
    assert_eq!(holders(0).await, [Some(first.id), None]);
    assert_eq!(holders(1).await, [Some(second.id), Some(first.id), None]);
    assert_eq!(holders(2).await, [Some(second.id), None]);
}

async fn steps_still_name_a_deleted_actor(f: Fixture) {
    let (admin, agent, id) = (f.user(Role::Admin).await, f.agent().await, f.opportunity().await);
    let to = Some(reparto_domain::opportunities::Assignee::User(agent.id));
    f.try_assign(&f.by(&admin), id, to).await.unwrap();
    f.store().user_delete(&f.system(), admin.id).await.unwrap();
    let step = f.history(id).await.remove(0);
    assert_eq!((step.actor_id, step.actor_name), (Some(admin.id), Some(admin.name)));
}
