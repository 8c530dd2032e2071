//! Authority is checked inside the write, whatever the token once granted.

use reparto_domain::{
    AttemptStatus, Caller, OpportunityId, Refusal, Role, UserId,
    absences::{NewAbsence, Period},
    contacts::AgentsSee,
    erasures::IfErased,
    opportunities::{Assignee, BulkMode, FirstCall, OpportunityChanges},
    teams::{MemberChanges, TeamChanges},
    users::UserChanges,
};
use reparto_store::{StoreError, StoreResult};

use crate::{
    Fixture,
    fixture::{PASSWORD, bulk_ids, contact_named, password, random, refused},
    teams::new_team,
};

rules! { $ authority_rules in authority {
    every_write_of_a_deactivated_user_is_refused,
    every_write_of_a_deleted_or_unknown_user_is_refused,
    every_write_with_a_revoked_token_is_refused,
    writes_of_a_demoted_administrator_use_the_new_role,
    crm_writes_without_a_staff_role_are_refused,
    authority_is_checked_first,
    another_backends_token_writes_until_revoked,
}}

/// Tries every write as this caller, each on data of its own.
async fn every_write(f: &Fixture, by: &Caller) -> Vec<(&'static str, StoreResult<()>)> {
    let (agent, other) = (f.agent().await, f.agent().await);
    let (free, held) = (f.opportunity().await, f.opportunity_held_by(&agent).await);
    let operation = f.history(held).await[0].operation_id;
    let contact = f.contact().await;
    let (store, policy) = (f.store(), f.policy());
    let attempt = FirstCall { number: 1, status: AttemptStatus::Orange, call_id: None, notes: None };
    let changes = OpportunityChanges { score: reparto_domain::Score::new(1), ..OpportunityChanges::default() };
    let edit = UserChanges { is_verified: Some(false), ..UserChanges::default() };
    let city = |mut fields: reparto_domain::contacts::ContactFields| {
        fields.city = Some("Lugo".into());
        fields
    };
    let command = Fixture::new_opportunity(contact);
    let team = f.team(&format!("Equipo {}", f.number())).await;
    let period = Period::new(f.tick(), None).expect("no end");
    let absence = NewAbsence { user: Some(agent.id), period, note: None };
    vec![
        (
            "bulk_assign",
            f.try_bulk_assign(by, Fixture::bulk_assign_command(bulk_ids(&[free]), agent.id)).await.map(drop),
        ),
        ("bulk_unassign", f.try_bulk_unassign(by, bulk_ids(&[held]), BulkMode::default()).await.map(drop)),
        ("assign_random", f.try_random(by, random(agent.id, 1, 1)).await.map(drop)),
        ("undo", f.try_undo(by, operation).await.map(drop)),
        ("assign", f.try_assign(by, free, by.user().map(Assignee::User)).await.map(drop)),
        ("update", f.try_update(by, held, changes).await.map(drop)),
        ("first_call", store.opportunity_first_call(by, held, attempt, None).await.map(drop)),
        ("delete", store.opportunity_delete(by, held, None).await.map(drop)),
        ("create", store.opportunity_create(by, command, &policy, None).await.map(drop)),
        (
            "contact_create",
            store.contact_create(by, contact_named("Ana", "Uno"), IfErased::Refuse, None).await.map(drop),
        ),
        ("contact_update", store.contact_update(by, f.contact().await, Box::new(city), AgentsSee::Own).await.map(drop)),
        ("contact_delete", store.contact_delete(by, f.contact().await, false).await.map(drop)),
        ("user_create", store.user_create(by, f.new_user(Role::Agent)).await.map(drop)),
        ("user_update", store.user_update(by, other.id, edit).await.map(drop)),
        ("user_set_role", store.user_set_role(by, other.id, Role::Lawyer).await.map(drop)),
        ("user_set_password", store.user_set_password(by, other.id, password(PASSWORD)).await.map(drop)),
        ("user_set_active", store.user_set_active(by, other.id, false).await.map(drop)),
        ("user_delete", store.user_delete(by, other.id).await.map(drop)),
        ("team_create", store.team_create(by, new_team("Toledo"), None).await.map(drop)),
        ("team_update", store.team_update(by, team.id, TeamChanges::default(), None).await.map(drop)),
        (
            "member_put",
            store.member_put(by, team.id, agent.id, MemberChanges::default(), &f.assignable).await.map(drop),
        ),
        ("member_remove", store.member_remove(by, team.id, agent.id).await),
        ("team_delete", store.team_delete(by, team.id, None).await),
        ("member_pause", store.member_pause(by, None).await.map(drop)),
        ("absence_create", store.absence_create(by, absence, None).await.map(drop)),
        ("session_close_all", store.session_close_all(by).await),
    ]
}

async fn assert_all_refused(f: &Fixture, by: &Caller, expected: &Refusal) {
    for (name, result) in every_write(f, by).await {
        match result {
            Err(StoreError::Refused(refusal)) => assert_eq!(refusal, *expected, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

async fn every_write_of_a_deactivated_user_is_refused(f: Fixture) {
    for role in [Role::Superuser, Role::Admin, Role::Agent] {
        let member = f.user(role).await;
        f.set_active(&member, false).await;
        assert_all_refused(&f, &f.by(&member), &Refusal::AccountInactive).await;
    }
}

async fn every_write_of_a_deleted_or_unknown_user_is_refused(f: Fixture) {
    let member = f.user(Role::Admin).await;
    f.store().user_delete(&f.system(), member.id).await.unwrap();
    assert_all_refused(&f, &f.by(&member), &Refusal::AccountInactive).await;
    let nobody = f.by_token(UserId::new(), f.tick(), Some(0));
    assert_all_refused(&f, &nobody, &Refusal::AccountInactive).await;
}

async fn every_write_with_a_revoked_token_is_refused(f: Fixture) {
    let member = f.user(Role::Admin).await;
    let old = f.by(&member);
    f.store().user_set_password(&f.system(), member.id, password(PASSWORD)).await.unwrap();
    assert_all_refused(&f, &old, &Refusal::TokenRevoked).await;
}

async fn writes_of_a_demoted_administrator_use_the_new_role(f: Fixture) {
    let member = f.user(Role::Admin).await;
    let caller = f.by(&member);
    f.set_role(&member, Role::Agent).await;
    for (name, result) in every_write(&f, &caller).await {
        let expected = match name {
            "assign" | "create" | "contact_create" | "contact_update" | "session_close_all" => {
                result.unwrap_or_else(|error| panic!("{name}: {error:?}"));
                continue;
            }
            "bulk_assign" => Refusal::BulkAssignAdministratorsOnly,
            "bulk_unassign" => Refusal::BulkUnassignAdministratorsOnly,
            "update" | "first_call" => Refusal::NotYourOpportunity,
            "member_pause" => Refusal::SelfServiceRequired,
            "absence_create" => Refusal::OwnAbsencesOnly,
            _ => Refusal::AdministratorsOnly,
        };
        match result {
            Err(StoreError::Refused(refusal)) => assert_eq!(refusal, expected, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

async fn crm_writes_without_a_staff_role_are_refused(f: Fixture) {
    let member = f.agent().await;
    f.set_role(&member, Role::User).await;
    let by = f.by(&member);
    for (name, result) in every_write(&f, &by).await {
        if name == "session_close_all" {
            result.unwrap();
            continue;
        }
        let Err(StoreError::Refused(refusal)) = result else { panic!("{name}: {result:?}") };
        let expected = [
            Refusal::StaffOnly,
            Refusal::AdministratorsOnly,
            Refusal::BulkAssignAdministratorsOnly,
            Refusal::BulkUnassignAdministratorsOnly,
            Refusal::NotYourOpportunity,
            Refusal::SelfServiceRequired,
        ];
        assert!(expected.contains(&refusal), "{name}: {refusal:?}");
    }
}

async fn authority_is_checked_first(f: Fixture) {
    let inactive = f.inactive_agent().await;
    let by = f.by(&inactive);
    let unknown = OpportunityId::new();
    let command = Fixture::bulk_assign_command(bulk_ids(&[unknown]), UserId::new());
    assert_eq!(refused(f.try_bulk_assign(&by, command).await), Refusal::AccountInactive);
    assert_eq!(refused(f.try_assign(&by, unknown, None).await), Refusal::AccountInactive);
    assert_eq!(refused(f.try_undo(&by, reparto_domain::OperationId::new()).await), Refusal::AccountInactive);
    let update = f.try_update(&by, unknown, OpportunityChanges::default()).await;
    assert_eq!(refused(update), Refusal::AccountInactive);
}

async fn another_backends_token_writes_until_revoked(f: Fixture) {
    let (member, agent, id) = (f.user(Role::Admin).await, f.agent().await, f.opportunity().await);
    let issued_at = f.tick();
    let command = Fixture::bulk_assign_command(bulk_ids(&[id]), agent.id);
    f.try_bulk_assign(&f.by_token(member.id, issued_at, None), command.clone()).await.unwrap();
    f.advance(60);
    f.store().user_set_password(&f.system(), member.id, password(PASSWORD)).await.unwrap();
    f.advance(60);
    let refusal = refused(f.try_bulk_assign(&f.by_token(member.id, issued_at, None), command.clone()).await);
    assert_eq!(refusal, Refusal::TokenRevoked);
    f.try_bulk_assign(&f.by_token(member.id, f.tick(), None), command).await.unwrap();
}
