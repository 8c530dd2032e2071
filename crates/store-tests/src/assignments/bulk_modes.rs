//! Dry runs, all-or-nothing and expected holders.

use reparto_domain::{
    Caller, OpportunityId, Refusal, Role, Status, UserId,
    audit::action,
    opportunities::{BulkAssign, BulkMode, ExpectedHolder, ItemError},
    second_factor::RequireTotp,
};
use reparto_store::StoreError;

use crate::{
    Fixture, Member,
    accounts::second_factors::enrolled,
    fixture::{PASSWORD, bulk_ids, password, refused},
    sessions::sign_in,
};

rules! { $ bulk_modes_rules in assignments::bulk_modes {
    a_dry_run_reports_and_writes_nothing,
    a_dry_run_counts_by_present_holder,
    a_dry_run_is_refused_like_the_real_request,
    a_dry_run_of_an_unassignment_writes_nothing,
    all_or_nothing_with_an_error_changes_nothing,
    all_or_nothing_without_errors_succeeds,
    all_or_nothing_applies_to_unassignment,
    an_unexpected_holder_is_an_item_error_naming_them,
    an_unassigned_item_fails_an_expected_holder,
    expecting_nobody_passes_only_unassigned_items,
    expecting_an_unknown_user_passes_nothing,
    an_unexpected_holder_fails_all_or_nothing,
    an_unknown_item_is_not_found_whatever_was_expected,
    an_expected_holder_applies_to_unassignment,
    a_password_to_change_is_refused_where_that_is_checked,
    a_missing_second_factor_is_refused_where_that_is_checked,
}}

const DRY_RUN: BulkMode = BulkMode {
    dry_run: true,
    all_or_nothing: false,
    expected_holder: None,
    include_do_not_contact: false,
    standing: None,
};
const ALL_OR_NOTHING: BulkMode = BulkMode {
    dry_run: false,
    all_or_nothing: true,
    expected_holder: None,
    include_do_not_contact: false,
    standing: None,
};

fn expecting(expected: ExpectedHolder) -> BulkMode {
    BulkMode { expected_holder: Some(expected), ..BulkMode::default() }
}

fn bulk(ids: &[OpportunityId], to: &Member, mode: BulkMode) -> BulkAssign {
    BulkAssign { mode, ..Fixture::bulk_assign_command(bulk_ids(ids), to.id) }
}

async fn a_dry_run_reports_and_writes_nothing(f: Fixture) {
    let (agent, ids, unknown) = (f.agent().await, f.opportunities(2).await, OpportunityId::new());
    let before = (f.get(ids[0]).await, f.operation_count().await, f.log().await.len());
    let command = BulkAssign { note: Some("nota".into()), ..bulk(&[ids[0], unknown, ids[1]], &agent, DRY_RUN) };
    let outcome = f.try_bulk_assign(&f.as_admin(), command).await.unwrap();
    assert_eq!(outcome.operation, None);
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), ids);
    assert!(outcome.done.iter().all(|item| item.assigned_to_id == Some(agent.id) && item.status == Status::Assigned));
    assert_eq!(outcome.failed.len(), 1);
    assert_eq!((f.get(ids[0]).await, f.operation_count().await, f.log().await.len()), before);
}

async fn a_dry_run_counts_by_present_holder(f: Fixture) {
    let (few, many, to, ids) = (f.agent().await, f.agent().await, f.agent().await, f.opportunities(6).await);
    f.bulk_assign(&ids[..1], &few).await;
    f.bulk_assign(&ids[1..4], &many).await;
    let outcome = f.try_bulk_assign(&f.as_admin(), bulk(&ids, &to, DRY_RUN)).await.unwrap();
    let taken: Vec<(Option<UserId>, u64)> =
        outcome.taken_from.into_iter().map(|(person, count)| (person.map(|person| person.id), count)).collect();
    assert_eq!(taken, [(Some(many.id), 3), (None, 2), (Some(few.id), 1)]);
}

async fn a_dry_run_is_refused_like_the_real_request(f: Fixture) {
    let (agent, inactive, id) = (f.agent().await, f.inactive_agent().await, f.opportunity().await);
    let by_agent = f.try_bulk_assign(&f.by(&agent), bulk(&[id], &agent, DRY_RUN)).await;
    assert_eq!(refused(by_agent), Refusal::BulkAssignAdministratorsOnly);
    assert_eq!(
        refused(f.try_bulk_assign(&f.as_admin(), bulk(&[id], &inactive, DRY_RUN)).await),
        Refusal::AssigneeInactive
    );
}

async fn a_dry_run_of_an_unassignment_writes_nothing(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    f.bulk_assign(&ids, &agent).await;
    let before = (f.get(ids[0]).await, f.operation_count().await, f.log().await.len());
    let outcome = f.try_bulk_unassign(&f.as_admin(), bulk_ids(&ids), DRY_RUN).await.unwrap();
    assert_eq!((outcome.operation, outcome.done.len()), (None, 2));
    assert!(outcome.done.iter().all(|item| item.assigned_to_id.is_none() && item.status == Status::Pending));
    let taken: Vec<_> = outcome.taken_from.iter().map(|(p, n)| (p.as_ref().map(|p| p.id), *n)).collect();
    assert_eq!(taken, [(Some(agent.id), 2)]);
    assert_eq!((f.get(ids[0]).await, f.operation_count().await, f.log().await.len()), before);
}

async fn all_or_nothing_with_an_error_changes_nothing(f: Fixture) {
    let (agent, ids, unknown) = (f.agent().await, f.opportunities(2).await, OpportunityId::new());
    let before = (f.get(ids[0]).await, f.operation_count().await);
    let refusal =
        refused(f.try_bulk_assign(&f.as_admin(), bulk(&[ids[0], unknown, ids[1]], &agent, ALL_OR_NOTHING)).await);
    let Refusal::NothingDone { failed } = refusal else { panic!("{refusal:?}") };
    assert_eq!(failed.len(), 1);
    assert_eq!((failed[0].sent.clone(), &failed[0].error), (unknown.to_string(), &ItemError::NotFound));
    assert_eq!((f.get(ids[0]).await, f.operation_count().await), before);
    assert!(f.log_of(action::BULK_ASSIGN).await.is_empty());
}

async fn all_or_nothing_without_errors_succeeds(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    let outcome = f.try_bulk_assign(&f.as_admin(), bulk(&ids, &agent, ALL_OR_NOTHING)).await.unwrap();
    assert_eq!((outcome.operation.is_some(), outcome.done.len()), (true, 2));
    assert_eq!(f.holder(ids[1]).await, Some(agent.id));
}

async fn all_or_nothing_applies_to_unassignment(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    f.bulk_assign(&[id], &agent).await;
    let ids = bulk_ids(&[id, OpportunityId::new()]);
    let refusal = refused(f.try_bulk_unassign(&f.as_admin(), ids, ALL_OR_NOTHING).await);
    assert!(matches!(refusal, Refusal::NothingDone { .. }), "{refusal:?}");
    assert_eq!(f.holder(id).await, Some(agent.id));
}

async fn an_unexpected_holder_is_an_item_error_naming_them(f: Fixture) {
    let (expected, other, to, ids) = (f.agent().await, f.agent().await, f.agent().await, f.opportunities(2).await);
    f.bulk_assign(&ids[..1], &expected).await;
    f.bulk_assign(&ids[1..], &other).await;
    let mode = expecting(ExpectedHolder::User(expected.id));
    let outcome = f.try_bulk_assign(&f.as_admin(), bulk(&ids, &to, mode)).await.unwrap();
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), &ids[..1]);
    assert_eq!(outcome.failed[0].sent, ids[1].to_string());
    assert_eq!(outcome.failed[0].error, ItemError::HeldByAnother { holder: Some((other.id, other.name.clone())) });
    assert_eq!(f.holder(ids[1]).await, Some(other.id));
}

async fn an_unassigned_item_fails_an_expected_holder(f: Fixture) {
    let (expected, id) = (f.agent().await, f.opportunity().await);
    let mode = expecting(ExpectedHolder::User(expected.id));
    let outcome = f.try_bulk_assign(&f.as_admin(), bulk(&[id], &expected, mode)).await.unwrap();
    assert_eq!(outcome.failed[0].error, ItemError::HeldByAnother { holder: None });
}

async fn expecting_nobody_passes_only_unassigned_items(f: Fixture) {
    let (agent, to, ids) = (f.agent().await, f.agent().await, f.opportunities(2).await);
    f.bulk_assign(&ids[..1], &agent).await;
    let outcome = f.try_bulk_assign(&f.as_admin(), bulk(&ids, &to, expecting(ExpectedHolder::Nobody))).await.unwrap();
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), &ids[1..]);
    assert_eq!(outcome.failed[0].error, ItemError::HeldByAnother { holder: Some((agent.id, agent.name.clone())) });
}

async fn expecting_an_unknown_user_passes_nothing(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    f.bulk_assign(&ids[..1], &agent).await;
    for expected in [ExpectedHolder::Unknown, ExpectedHolder::User(UserId::new())] {
        let outcome = f.try_bulk_assign(&f.as_admin(), bulk(&ids, &agent, expecting(expected))).await.unwrap();
        assert_eq!((outcome.done.len(), outcome.failed.len()), (0, 2), "{expected:?}");
    }
}

async fn an_unexpected_holder_fails_all_or_nothing(f: Fixture) {
    let (agent, to, ids) = (f.agent().await, f.agent().await, f.opportunities(2).await);
    f.bulk_assign(&ids[..1], &agent).await;
    let mode = BulkMode { all_or_nothing: true, ..expecting(ExpectedHolder::Nobody) };
    let refusal = refused(f.try_bulk_assign(&f.as_admin(), bulk(&ids, &to, mode)).await);
    assert!(matches!(refusal, Refusal::NothingDone { .. }), "{refusal:?}");
    assert_eq!((f.holder(ids[0]).await, f.holder(ids[1]).await), (Some(agent.id), None));
}

async fn an_unknown_item_is_not_found_whatever_was_expected(f: Fixture) {
    let agent = f.agent().await;
    for expected in [ExpectedHolder::Nobody, ExpectedHolder::User(agent.id), ExpectedHolder::Unknown] {
        let outcome =
            f.try_bulk_assign(&f.as_admin(), bulk(&[OpportunityId::new()], &agent, expecting(expected))).await.unwrap();
        assert_eq!(outcome.failed[0].error, ItemError::NotFound, "{expected:?}");
    }
}

async fn an_expected_holder_applies_to_unassignment(f: Fixture) {
    let (first, second, ids) = (f.agent().await, f.agent().await, f.opportunities(2).await);
    f.bulk_assign(&ids[..1], &first).await;
    f.bulk_assign(&ids[1..], &second).await;
    let mode = expecting(ExpectedHolder::User(first.id));
    let outcome = f.try_bulk_unassign(&f.as_admin(), bulk_ids(&ids), mode).await.unwrap();
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), &ids[..1]);
    assert_eq!((f.holder(ids[0]).await, f.holder(ids[1]).await), (None, Some(second.id)));
}

/// The refusal of a bulk assignment and of a bulk unassignment, which is the same; `None`: neither is refused.
async fn refusal(f: &Fixture, by: &Caller, standing: Option<RequireTotp>) -> Option<Refusal> {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let mode = BulkMode { standing, ..BulkMode::default() };
    let tried =
        [f.try_bulk_assign(by, bulk(&[id], &agent, mode)).await, f.try_bulk_unassign(by, bulk_ids(&[id]), mode).await];
    let [assigned, unassigned] = tried.map(|tried| match tried {
        Ok(_) => None,
        Err(StoreError::Refused(refusal)) => Some(refusal),
        Err(other) => panic!("{other:?}"),
    });
    if assigned != Some(Refusal::BulkAssignAdministratorsOnly) {
        assert_eq!(assigned, unassigned);
    }
    assigned
}

async fn a_password_to_change_is_refused_where_that_is_checked(f: Fixture) {
    let (admin, agent) = (f.user(Role::Admin).await, f.agent().await);
    for member in [&admin, &agent] {
        f.store().user_set_password(&f.as_admin(), member.id, password(PASSWORD)).await.unwrap();
    }
    let own = f.by_token(admin.id, f.tick(), Some(1));
    assert_eq!(refusal(&f, &own, Some(RequireTotp::None)).await, Some(Refusal::PasswordMustChange));
    assert_eq!(refusal(&f, &own, None).await, None);
    // Another backend's token says nothing of that.
    assert_eq!(refusal(&f, &f.by_token(admin.id, f.tick(), None), Some(RequireTotp::All)).await, None);
    // It comes before the role, and after the token.
    let agents = f.by_token(agent.id, f.tick(), Some(1));
    assert_eq!(refusal(&f, &agents, Some(RequireTotp::None)).await, Some(Refusal::PasswordMustChange));
    assert_eq!(refusal(&f, &f.by(&admin), Some(RequireTotp::None)).await, Some(Refusal::TokenRevoked));
    assert_eq!(refusal(&f, &f.system(), Some(RequireTotp::All)).await, None);
}

async fn a_missing_second_factor_is_refused_where_that_is_checked(f: Fixture) {
    let (admin, with, agent) = (f.user(Role::Admin).await, f.user(Role::Admin).await, f.agent().await);
    let lacking = Some(Refusal::TotpSetUpRequired);
    let without = f.in_session(&sign_in(&f, &admin).await);
    for require in [RequireTotp::All, RequireTotp::Administrators] {
        assert_eq!(refusal(&f, &without, Some(require)).await, lacking);
        // A token without a session shows none.
        assert_eq!(refusal(&f, &f.by(&admin), Some(require)).await, lacking);
    }
    assert_eq!(refusal(&f, &without, Some(RequireTotp::None)).await, None);
    assert_eq!(refusal(&f, &without, None).await, None);
    let shown = f.in_session(&enrolled(&f, &with).await);
    assert_eq!(refusal(&f, &shown, Some(RequireTotp::All)).await, None);
    let agents = f.in_session(&sign_in(&f, &agent).await);
    assert_eq!(refusal(&f, &agents, Some(RequireTotp::All)).await, lacking);
    let refused = refusal(&f, &agents, Some(RequireTotp::Administrators)).await;
    assert!(matches!(refused, Some(Refusal::BulkAssignAdministratorsOnly)), "{refused:?}");
}
