//! First-call attempts.

use reparto_domain::{
    AttemptStatus, OpportunityId, Refusal, Role, Status,
    audit::action,
    operations::OperationKind,
    opportunities::{Attempt, FirstCall},
};

use crate::{Fixture, fixture::refused};

rules! { $ first_call_rules in opportunities::first_call {
    every_field_of_an_attempt_is_stored,
    orange_changes_no_status,
    red_makes_it_lost,
    green_completes_the_first_call,
    green_contacts_only_pending_or_assigned_ones,
    only_the_attempt_of_that_number_is_overwritten,
    attempts_may_come_in_any_order,
    the_holder_and_administrators_record_attempts,
    non_holders_record_nothing,
    an_unknown_or_deleted_one_takes_no_attempt,
    a_status_change_is_a_first_call_operation,
    an_attempt_is_in_the_audit_log,
}}

async fn every_field_of_an_attempt_is_stored(f: Fixture) {
    let id = f.opportunity().await;
    let caller = f.as_admin();
    let attempt = FirstCall {
        number: 4,
        status: AttemptStatus::Orange,
        call_id: Some("call-ñ-1".into()),
        notes: Some("No contesta\n«buzón»".into()),
    };
    let answer = f.store().opportunity_first_call(&caller, id, attempt, None).await.unwrap().fresh().unwrap();
    let expected = Attempt {
        status: AttemptStatus::Orange,
        call_id: Some("call-ñ-1".into()),
        attempted_at: caller.at,
        notes: Some("No contesta\n«buzón»".into()),
    };
    assert_eq!(answer.attempts.into_iter().collect::<Vec<_>>(), [(4, expected)]);
    assert_eq!(answer.updated_at, caller.at);
    assert_eq!(f.get(id).await.attempts.len(), 1);
}

async fn called(
    f: &Fixture,
    id: OpportunityId,
    number: u8,
    status: AttemptStatus,
) -> reparto_domain::opportunities::Opportunity {
    f.try_call(&f.as_admin(), id, number, status).await.unwrap()
}

async fn orange_changes_no_status(f: Fixture) {
    for status in Status::ALL {
        let id = f.opportunity().await;
        f.set_status(id, *status).await;
        let after = called(&f, id, 1, AttemptStatus::Orange).await;
        assert_eq!((after.status, after.first_call_completed), (*status, false));
        assert_eq!(after.first_call_successful_attempt, None);
    }
}

async fn red_makes_it_lost(f: Fixture) {
    let agent = f.agent().await;
    let id = f.opportunity_held_by(&agent).await;
    let after = called(&f, id, 2, AttemptStatus::Red).await;
    assert_eq!((after.status, after.holder.map(|p| p.id)), (Status::Lost, Some(agent.id)));
    assert_eq!(after.first_call_successful_attempt, None);
}

async fn green_completes_the_first_call(f: Fixture) {
    let id = f.opportunity().await;
    called(&f, id, 1, AttemptStatus::Orange).await;
    let after = called(&f, id, 2, AttemptStatus::Green).await;
    assert_eq!((after.first_call_completed, after.first_call_successful_attempt), (true, Some(2)));
    assert_eq!(f.get(id).await, after);
}

async fn green_contacts_only_pending_or_assigned_ones(f: Fixture) {
    for status in Status::ALL {
        let id = f.opportunity().await;
        f.set_status(id, *status).await;
        let expected = if matches!(status, Status::Pending | Status::Assigned) { Status::Contacted } else { *status };
        assert_eq!(called(&f, id, 1, AttemptStatus::Green).await.status, expected, "{status}");
    }
}

async fn only_the_attempt_of_that_number_is_overwritten(f: Fixture) {
    let id = f.opportunity().await;
    called(&f, id, 1, AttemptStatus::Orange).await;
    called(&f, id, 2, AttemptStatus::Orange).await;
    let after = called(&f, id, 1, AttemptStatus::Green).await;
    let statuses: Vec<(u8, AttemptStatus)> = after.attempts.iter().map(|(n, a)| (*n, a.status)).collect();
    assert_eq!(statuses, [(1, AttemptStatus::Green), (2, AttemptStatus::Orange)]);
    assert!(after.attempts[&1].attempted_at > after.attempts[&2].attempted_at);
}

async fn attempts_may_come_in_any_order(f: Fixture) {
    let id = f.opportunity().await;
    for number in [5, 1, 3, 2, 4] {
        called(&f, id, number, AttemptStatus::Orange).await;
    }
    assert_eq!(f.get(id).await.attempts.into_keys().collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
}

async fn the_holder_and_administrators_record_attempts(f: Fixture) {
    let superuser = f.user(Role::Superuser).await;
    for role in [Role::Agent, Role::Lawyer] {
        let member = f.user(role).await;
        let id = f.opportunity_held_by(&member).await;
        for (number, caller) in [(1, f.by(&member)), (2, f.as_admin()), (3, f.by(&superuser))] {
            f.try_call(&caller, id, number, AttemptStatus::Orange).await.unwrap();
        }
    }
}

async fn non_holders_record_nothing(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    for id in [f.opportunity_held_by(&other).await, f.opportunity().await] {
        let result = f.try_call(&f.by(&agent), id, 1, AttemptStatus::Red).await;
        assert_eq!(refused(result), Refusal::NotYourOpportunity);
        assert!(f.get(id).await.attempts.is_empty());
    }
}

async fn an_unknown_or_deleted_one_takes_no_attempt(f: Fixture) {
    for id in [OpportunityId::new(), f.deleted_opportunity().await] {
        let result = f.try_call(&f.as_admin(), id, 1, AttemptStatus::Orange).await;
        assert_eq!(refused(result), Refusal::OpportunityNotFound);
    }
}

async fn a_status_change_is_a_first_call_operation(f: Fixture) {
    let id = f.opportunity().await;
    called(&f, id, 1, AttemptStatus::Orange).await;
    assert_eq!(f.history(id).await.len(), 1);
    called(&f, id, 2, AttemptStatus::Green).await;
    called(&f, id, 3, AttemptStatus::Green).await;
    let history = f.history(id).await;
    assert_eq!(history.len(), 2, "the second green changes no status");
    assert_eq!((history[0].kind, history[0].new_status), (OperationKind::FirstCall, Status::Contacted));
    called(&f, id, 4, AttemptStatus::Red).await;
    assert_eq!(f.history(id).await[0].new_status, Status::Lost);
}

async fn an_attempt_is_in_the_audit_log(f: Fixture) {
    let id = f.opportunity().await;
    called(&f, id, 1, AttemptStatus::Orange).await;
    let log = f.log_of(action::FIRST_CALL_UPDATED).await;
    assert_eq!((log.len(), log[0].entity_id.clone()), (1, Some(id.to_string())));
}
