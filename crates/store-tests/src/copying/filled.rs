//! A database with data of every kind, and what must still work on a copy of it.

use std::sync::Arc;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use reparto_domain::{
    AttemptStatus, OperationId, OpportunityId, Refusal, Role, Status, WebhookId,
    contacts::ContactFields,
    dealing::hours::Hours,
    erasures::IfErased,
    events::Event,
    idempotency::Answer,
    jobs::{CHUNK, JobSet, JobStatus, JobWork, NewJob},
    json::KeptObject,
    opportunities::{BulkAssign, BulkOutcome, OpportunityFilter},
    rotations::Credit,
    sessions::{RefreshSession, StoredSecret, TokenHash},
    teams::{MemberChanges, Skill, Skills},
    webhooks::{AttemptResult, DeliveryQuery, NewWebhook},
};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::{
    Fixture, Member,
    fixture::{bulk_ids, contact_named, keyed, origin, refused},
    sessions::{open, token},
};

/// What to expect on the copy.
#[derive(Debug)]
pub(super) struct Expected {
    agent: Member,
    other: Member,
    ids: Vec<OpportunityId>,
    token: TokenHash,
    spent: TokenHash,
    old: OperationId,
    keyed_at: reparto_domain::Timestamp,
    webhook: WebhookId,
}

const DELIVERED: AttemptResult = AttemptResult { status: Some(204), error: None };

fn render(event: &Event) -> String {
    json!({ "at": event.position.to_string(), "text": "ñ \u{0} 🦙" }).to_string()
}

fn refresh(f: &Fixture, token: TokenHash, replacement: TokenHash) -> RefreshSession {
    let at = f.tick();
    RefreshSession {
        token,
        replacement,
        expires_at: at.plus_seconds(86_400),
        grace_seconds: 30,
        session_seconds: 30 * 86_400,
        origin: origin(),
        at,
    }
}

async fn with_key(
    f: &Fixture,
    at: reparto_domain::Timestamp,
    ids: &[OpportunityId],
    to: &Member,
) -> Answer<BulkOutcome> {
    let key = keyed("clave", 1, at.plus_seconds(1_000_000));
    let command = Fixture::bulk_assign_command(bulk_ids(ids), to.id);
    f.store().opportunity_bulk_assign(&f.as_admin(), command, &f.assignable, Some(key)).await.expect("bulk_assign")
}

/// Writes of every kind in a seeded random order.
async fn write_at_random(f: &Fixture, ids: &[OpportunityId], agents: &[Member]) {
    let mut random = StdRng::seed_from_u64(7);
    let mut done: Vec<OperationId> = Vec::new();
    for step in 0..60 {
        let from = random.random_range(0..ids.len() - 3);
        let some = &ids[from..=from + random.random_range(0..3)];
        let agent = &agents[random.random_range(0..agents.len())];
        match random.random_range(0..7) {
            0 | 1 => {
                let note = (step % 3 == 0).then(|| format!("nota {step} ñ"));
                let status = (step % 4 != 0).then_some(Status::Contacted);
                let command = BulkAssign { note, status, ..Fixture::bulk_assign_command(bulk_ids(some), agent.id) };
                done.extend(f.try_bulk_assign(&f.as_admin(), command).await.expect("bulk_assign").operation);
            }
            2 => done.extend(f.bulk_unassign(some).await.operation),
            3 => drop(f.assign(some[0], agent).await),
            4 => drop(f.set_status(some[0], Status::ALL[random.random_range(0..Status::ALL.len())]).await),
            _ => {
                if !done.is_empty() {
                    let which = done[random.random_range(0..done.len())];
                    if let Ok(undone) = f.try_undo(&f.as_admin(), which).await {
                        done.extend(undone.operation);
                    }
                }
            }
        }
    }
}

async fn jobs(f: &Fixture, ids: &[OpportunityId], agent: &Member) {
    let assign_job = |ids: &[OpportunityId]| {
        let work = JobWork::BulkAssign {
            assignee: reparto_domain::opportunities::Assignee::User(agent.id),
            status: Some(Status::Assigned),
            note: Some("por lote".into()),
        };
        NewJob { set: JobSet::Ids(ids.to_vec()), work, include_do_not_contact: false }
    };
    let many = f.many(CHUNK + 5).await;
    let mixed = [ids[0], OpportunityId::new(), ids[1]];
    let first = f.ran(assign_job(&mixed)).await;
    assert_eq!((first.done, first.failed), (2, 1));
    let set = JobSet::Sent { ids: mixed.to_vec(), malformed: vec![(1, "ñ \"'".into())] };
    f.ran(NewJob { set, work: JobWork::SetStatus(Status::Lost), include_do_not_contact: false }).await;
    f.ran(NewJob { set: JobSet::Ids(many.clone()), work: JobWork::Export, include_do_not_contact: false }).await;
    let second = f.ran(assign_job(&many)).await;
    f.undo_job(second.id).await.expect("job_undo");
    f.run_jobs().await;
    let cut = f.job(assign_job(&many)).await;
    let claim = f.claim(uuid::Uuid::from_u128(7)).await.expect("a chunk");
    f.run_chunk(claim).await;
    f.cancel(cut.id).await.expect("job_cancel");
    f.ran(NewJob { set: JobSet::Ids(many), work: JobWork::SetStatus(Status::Lost), include_do_not_contact: false })
        .await;
    f.ran(NewJob {
        set: JobSet::Filter(OpportunityFilter::default()),
        work: JobWork::Export,
        include_do_not_contact: false,
    })
    .await;
    // One job stays claimed until its lease expires.
    f.job(assign_job(&mixed)).await;
    f.claim(uuid::Uuid::from_u128(8)).await.expect("a chunk");
}

async fn deliveries(f: &Fixture, webhook: WebhookId) -> usize {
    let all = DeliveryQuery { status: None, limit: 1_000, after: None };
    f.store().delivery_list(webhook, all).await.expect("delivery_list").items.len()
}

/// Enqueues deliveries until the webhook has this many: events may take a moment to become final.
async fn enqueue(f: &Fixture, webhook: WebhookId, wanted: usize) {
    while deliveries(f, webhook).await < wanted {
        f.store().delivery_enqueue(f.tick(), 100, Arc::new(render)).await.expect("enqueue");
    }
}

async fn webhooks(f: &Fixture, ids: &[OpportunityId], agent: &Member) -> WebhookId {
    let new = |url: &str| NewWebhook { url: url.to_owned(), events: vec![], secret: format!("whsec_{url}").into() };
    let made =
        f.store().webhook_create(&f.as_admin(), new("https://example.org/ñ"), None).await.expect("webhook_create");
    let webhook = made.fresh().expect("fresh").id;
    let some = NewWebhook { events: vec![reparto_domain::events::EventType::Assigned], ..new("https://example.org/b") };
    f.store().webhook_create(&f.as_admin(), some, None).await.expect("webhook_create");
    for _ in 0..3 {
        f.bulk_assign(&ids[..2], agent).await;
    }
    enqueue(f, webhook, 3).await;
    let due = f.store().delivery_claim(f.tick(), f.tick().plus_seconds(30), 10).await.expect("claim");
    assert!(due.len() >= 2);
    f.store().delivery_record_attempt(due[0].delivery.id, 0, f.tick(), DELIVERED).await.expect("attempted");
    let failed = AttemptResult { status: None, error: Some("no route: ñ".into()) };
    f.store().delivery_record_attempt(due[1].delivery.id, 0, f.tick(), failed).await.expect("attempted");
    webhook
}

/// Two teams, one of which is gone, with members who are there or have left, and absences.
async fn teams(f: &Fixture, [agent, other]: [&Member; 2]) {
    let team = f.self_service_team("Málaga ñ").await;
    let gone = f.team("Cádiz").await;
    f.store().team_delete(&f.as_admin(), gone.id, None).await.expect("team_delete");
    let changes = MemberChanges {
        skills: Some(Skills::new(Skill::new("lang:ñ"))),
        time_zone: Some("Atlantic/Canary".parse().ok()),
        hours: Some(Hours::new(Vec::new()).ok()),
        daily_quota: Some(Some(0)),
        paused_until: Some(Some(f.tick())),
        ..MemberChanges::default()
    };
    f.try_member(team.id, agent.id, changes).await.expect("member_put");
    f.member(team.id, other).await;
    let credit = Credit { user: Some(agent.id), turns: 1_500_000, reason: "guardia ñ".into() };
    f.store().rotation_credit(&f.as_admin(), team.rotation, credit, None).await.expect("rotation_credit");
    f.store().member_remove(&f.as_admin(), team.id, other.id).await.expect("member_remove");
    f.absence(agent, Some("línea\n\"comillas\" 🦙")).await;
    f.absence(other, None).await;
}

/// Somebody who is erased.
fn erased_person() -> ContactFields {
    ContactFields { email: Some("borrada@example.org".into()), ..contact_named("Ya", "Borrada") }
}

/// Fills the database.
pub(super) async fn fill(f: &Fixture) -> Expected {
    let (agent, other) = (f.agent().await, f.agent().await);
    for role in Role::ALL {
        f.user(role).await;
    }
    f.inactive_agent().await;
    f.deleted_agent().await;
    let secret = StoredSecret { name: "jwt".into(), value: "c2VjcmV0".to_owned().into() };
    f.store().secret_get_or_create(secret).await.expect("secret");
    let (token, spent, gone) = (token(f), token(f), token(f));
    open(f, agent.id, spent).await.expect("session_open");
    f.store().session_refresh(refresh(f, spent, token)).await.expect("session_refresh");
    open(f, other.id, gone).await.expect("session_open");
    f.store().session_close(gone, origin(), f.tick()).await.expect("session_close");
    crate::accounts::second_factors::enrolled(f, &other).await;
    let reset = crate::sessions::token(f);
    let expires_at = f.tick().plus_seconds(1_000_000);
    f.store().password_reset_offer(&f.as_admin(), agent.id, reset, expires_at).await.expect("password_reset_offer");
    let entry = reparto_domain::AuditId::new();
    f.store().session_failed_unknown(entry, 7, origin(), f.tick()).await.expect("session_failed_unknown");

    teams(f, [&agent, &other]).await;
    let mut ids = f.opportunities(8).await;
    let custom = json!({ "z\u{0}a": ["\u{0}", "🦙", { "b": null, "a": 1.5 }] });
    let malformed = ContactFields {
        notes: Some("línea\n\"comillas\" \\ 日本語".into()),
        custom_fields: KeptObject::stored(custom.to_string()),
        edad: Some(41),
        empadronado: Some(false),
        responsible_user_id: Some(agent.id),
        ..contact_named("Ñuño", "O'Brien 🦙")
    };
    ids.push(f.opportunity_of(malformed).await);
    ids.push(f.opportunity_held_by(&agent).await);
    f.contact().await;
    let erased = f.contact_with(erased_person()).await;
    f.opportunity_with(|command| command.contact = Some(erased)).await;
    f.erase(erased).await;
    f.deleted_opportunity().await;
    f.try_call(&f.as_admin(), ids[0], 1, AttemptStatus::Red).await.expect("first_call");
    write_at_random(f, &ids, &[agent.clone(), other.clone()]).await;
    let keyed_at = f.tick();
    with_key(f, keyed_at, &ids[..2], &other).await;
    f.set_status(ids[3], Status::Pending).await;
    let old = f.bulk_assign_operation(&ids[3..5], &agent).await;
    let webhook = webhooks(f, &ids, &agent).await;
    jobs(f, &ids[6..8], &other).await;
    crate::sent_imports::fill(f).await;
    Expected { agent, other, ids, token, spent, old, keyed_at, webhook }
}

/// Asserts that the copy continues where the source was.
pub(super) async fn assert_usable(f: &Fixture, expected: &Expected) {
    let same = StoredSecret { name: "jwt".into(), value: "other".to_owned().into() };
    let secret = f.store().secret_get_or_create(same).await.expect("secret");
    assert_eq!(secret.value.expose_secret(), "c2VjcmV0");
    let signed_in = f.store().session_refresh(refresh(f, expected.token, token(f))).await.expect("a token from before");
    assert_eq!(signed_in.user, expected.agent.id);
    assert!(
        with_key(f, expected.keyed_at, &expected.ids[..2], &expected.other).await.fresh().is_none(),
        "the answer was kept"
    );
    let again = f.store().contact_create(&f.as_admin(), erased_person(), IfErased::Refuse, None).await;
    assert_eq!(refused(again), Refusal::PersonErased, "the mark travels");
    let undone = f.undo(expected.old).await;
    assert_eq!((undone.done.len(), undone.failed.len()), (2, 0));
    assert_eq!(refused(f.try_undo(&f.as_admin(), expected.old).await), Refusal::AlreadyUndone);
    f.advance(120);
    f.run_jobs().await;
    let walk = f.store().job_list(None, 100).await.expect("job_list");
    assert!(walk.items.iter().all(|job| job.status.has_ended()));
    assert!(walk.items.iter().any(|job| job.status == JobStatus::Cancelled));
    let new = f.opportunity().await;
    f.bulk_assign(&[new], &expected.other).await;
    f.team("Cádiz").await;
    f.absence(&expected.other, None).await;
    // The webhook gets the events of the source that it had not yet received, and those of the copy.
    let before = deliveries(f, expected.webhook).await;
    enqueue(f, expected.webhook, before + 1).await;
    let late = refresh(f, expected.spent, token(f));
    assert!(f.store().session_refresh(late).await.is_err(), "a spent token that comes back ends its family");
}
