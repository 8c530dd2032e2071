//! Maintenance of the database.

use reparto_domain::{
    contacts::{AgentsSee, ContactFields},
    idempotency::Answer,
    imports::ImportMode,
    opportunities::{BulkAssign, BulkOutcome},
};
use reparto_store::StoreError;

use crate::{
    Fixture,
    fixture::{bulk_ids, contact_named, keyed},
    sessions::{open, token},
    verify::{self, Asked},
};

rules! { $ maintenance_rules in maintenance {
    an_engine_has_a_name_and_answers,
    an_empty_database_is_sound,
    only_expired_rows_are_removed,
    expiry_ends_no_valid_session,
    what_is_written_needs_no_folding_anew,
    statistics_can_be_read,
    answers_are_compared_with_what_is_stored,
    after_closing_every_call_says_unavailable,
    closing_twice_is_no_error,
}}

async fn an_engine_has_a_name_and_answers(f: Fixture) {
    assert!(["sqlite", "postgres"].contains(&f.store().engine()));
    f.store().ready().await.unwrap();
}

async fn an_empty_database_is_sound(f: Fixture) {
    assert_eq!(f.store().check(100).await.unwrap(), []);
}

async fn only_expired_rows_are_removed(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(1).await);
    let bulk = async |key: &str, seconds: i64| -> Answer<BulkOutcome> {
        let key = keyed(key, 1, f.tick().plus_seconds(seconds));
        let command = Fixture::bulk_assign_command(bulk_ids(&ids), agent.id);
        f.store().opportunity_bulk_assign(&f.as_admin(), command, &f.assignable, Some(key)).await.unwrap()
    };
    bulk("short", 100).await;
    bulk("long", 10_000).await;
    assert_eq!(f.store().expire(f.tick()).await.unwrap(), 0);
    f.advance(200);
    assert_eq!(f.store().expire(f.tick()).await.unwrap(), 1);
    assert_eq!(f.store().expire(f.tick()).await.unwrap(), 0);
    assert!(bulk("long", 10_000).await.fresh().is_none(), "its answer is still stored");
    assert!(bulk("short", 100).await.fresh().is_some());
}

async fn what_is_written_needs_no_folding_anew(f: Fixture) {
    f.agent().await;
    let contact = f.contact_with(contact_named("Jean-Luc", "O'Brien")).await;
    let edit = |fields: ContactFields| ContactFields { phone: Some("+49 (0)30 123456".into()), ..fields };
    f.store().contact_update(&f.as_admin(), contact, Box::new(edit), AgentsSee::Own).await.unwrap();
    let rows = (0..30).map(|number| f.import_row(contact_named("Ana", &format!("{number}")))).collect();
    f.store().import_rows(&f.system(), rows, ImportMode::default(), &f.assignable).await.unwrap();
    assert_eq!(f.store().fold_anew().await.unwrap(), 0);
    assert_eq!(f.store().check(10).await.unwrap(), []);
}

async fn expiry_ends_no_valid_session(f: Fixture) {
    let agent = f.agent().await;
    let first = token(&f);
    open(&f, agent.id, first).await.unwrap();
    f.advance(29 * 86_400);
    let second = token(&f);
    open(&f, agent.id, second).await.unwrap();
    f.advance(2 * 86_400);
    assert!(f.store().expire(f.tick()).await.unwrap() >= 1);
    let at = f.tick();
    let command = |token, replacement| reparto_domain::sessions::RefreshSession {
        token,
        replacement,
        expires_at: at.plus_seconds(86_400),
        grace_seconds: 30,
        session_seconds: 30 * 86_400,
        origin: crate::fixture::origin(),
        at,
    };
    f.store().session_refresh(command(second, token(&f))).await.unwrap();
    assert!(f.store().session_refresh(command(first, token(&f))).await.is_err());
}

async fn statistics_can_be_read(f: Fixture) {
    let figures = f.store().statistics().await.unwrap();
    assert_eq!(figures.waiting, 0);
    assert!(figures.bytes.is_none_or(|bytes| bytes > 0));
}

async fn answers_are_compared_with_what_is_stored(f: Fixture) {
    let (agent, other, ids) = (f.agent().await, f.agent().await, f.opportunities(3).await);
    let command = BulkAssign { note: Some("uno".into()), ..Fixture::bulk_assign_command(bulk_ids(&ids), agent.id) };
    let operation = f.try_bulk_assign(&f.as_admin(), command.clone()).await.unwrap().operation;
    let asked = Asked { ids: ids.clone(), to: agent.id, note: "uno".into(), answered: operation };
    let found = async |asked: Asked| verify::answered(f.store(), &[asked]).await.unwrap().len();
    assert_eq!(found(asked.clone()).await, 0);
    assert_eq!(found(Asked { answered: None, ..asked.clone() }).await, 0, "executed, but the response was lost");
    let never = Asked { note: "dos".into(), answered: None, ..asked.clone() };
    assert_eq!(found(never.clone()).await, 0, "not executed, no response");
    assert_eq!(found(Asked { answered: operation, ..never }).await, 1, "a response, but nothing stored");
    assert_eq!(found(Asked { ids: ids[..2].to_vec(), ..asked.clone() }).await, 1, "other items");
    assert_eq!(found(Asked { to: other.id, ..asked.clone() }).await, 1, "to somebody else");
    f.try_bulk_assign(&f.as_admin(), command).await.unwrap();
    assert_eq!(found(asked).await, 1, "executed twice");
}

async fn after_closing_every_call_says_unavailable(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let caller = f.as_admin();
    f.store().close().await;
    f.mark_closed();
    let write = f.try_bulk_assign(&caller, Fixture::bulk_assign_command(bulk_ids(&[id]), agent.id)).await;
    assert!(matches!(write, Err(StoreError::Unavailable { .. })), "{write:?}");
    let read = f.store().opportunity_get(&f.admin().viewer(), id).await;
    assert!(matches!(read, Err(StoreError::Unavailable { .. })), "{read:?}");
    let ready = f.store().ready().await;
    assert!(matches!(ready, Err(StoreError::Unavailable { .. })), "{ready:?}");
}

async fn closing_twice_is_no_error(f: Fixture) {
    f.store().close().await;
    f.store().close().await;
    f.mark_closed();
}
