//! Creating, changing and deleting webhooks, and the events they get.

use reparto_domain::{
    Refusal, Role, Status, WebhookId,
    audit::action,
    events::{EventType, FeedPosition},
    idempotency::Answer,
    ids::DeliveryId,
    jobs::{JobSet, JobWork, NewJob},
    webhooks::{Delivery, DeliveryStatus, WEBHOOKS_MAX, WebhookChanges},
};
use secrecy::ExposeSecret as _;

use super::{ALL, DELIVERED, new, render};
use crate::{
    Fixture,
    fixture::{keyed, refused},
};

rules! { $ webhook_rules in webhooks::managing {
    webhooks_are_for_administrators_alone,
    a_webhook_is_created_changed_and_removed,
    secrets_are_in_no_answer_or_log,
    a_repeated_request_makes_one_webhook,
    a_webhook_gets_events_from_its_creation_on,
    a_webhook_gets_only_the_types_it_wants,
    an_inactive_webhook_is_sent_nothing,
    removing_a_webhook_removes_its_deliveries,
    the_number_of_webhooks_is_limited,
}}

async fn webhooks_are_for_administrators_alone(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    f.opportunity().await;
    f.enqueue().await;
    let delivery = f.deliveries(webhook.id).await[0].id;
    for role in [Role::Agent, Role::Lawyer, Role::User] {
        let by = f.by(&f.user(role).await);
        let store = f.store();
        let expected = Refusal::AdministratorsOnly;
        assert_eq!(refused(store.webhook_create(&by, new("https://x", &[]), None).await), expected);
        for id in [webhook.id, WebhookId::new()] {
            assert_eq!(refused(store.webhook_update(&by, id, WebhookChanges::default()).await), expected);
            assert_eq!(refused(store.webhook_delete(&by, id).await), expected);
            assert_eq!(refused(store.delivery_resend(&by, id, delivery, None).await), expected);
            assert_eq!(refused(store.delivery_test(&by, id, "{}".to_owned(), None).await), expected);
        }
    }
    assert_eq!(f.store().webhook_list().await.unwrap(), [webhook]);
}

async fn a_webhook_is_created_changed_and_removed(f: Fixture) {
    let (caller, events) = (f.as_admin(), [EventType::Assigned, EventType::JobFinished]);
    let made = f.store().webhook_create(&caller, new("https://example.org/a", &events), None).await.unwrap();
    let made = made.fresh().unwrap();
    assert_eq!(
        (made.url.as_str(), made.events.as_slice(), made.is_active),
        ("https://example.org/a", &events[..], true)
    );
    assert_eq!((made.created_at, made.updated_at), (caller.at, caller.at));
    let second = f.webhook("https://example.org/b", &[]).await;
    assert_eq!(f.store().webhook_list().await.unwrap(), [made.clone(), second.clone()]);
    let wanted = WebhookChanges { url: Some("https://example.org/c".into()), ..WebhookChanges::default() };
    let changed = f.store().webhook_update(&f.as_admin(), made.id, wanted.clone()).await.unwrap();
    assert_eq!((changed.url.as_str(), changed.events.as_slice()), ("https://example.org/c", &events[..]));
    assert!(changed.updated_at > made.updated_at);
    let same = f.store().webhook_update(&f.as_admin(), made.id, wanted).await.unwrap();
    assert_eq!((same, f.log_of(action::WEBHOOK_UPDATED).await.len()), (changed.clone(), 1));
    assert_eq!(f.store().webhook_get(made.id).await.unwrap(), changed);
    f.store().webhook_delete(&f.as_admin(), made.id).await.unwrap();
    for id in [made.id, WebhookId::new()] {
        assert_eq!(refused(f.store().webhook_get(id).await), Refusal::WebhookNotFound);
        let update = f.store().webhook_update(&f.as_admin(), id, WebhookChanges::default()).await;
        assert_eq!(refused(update), Refusal::WebhookNotFound);
        assert_eq!(refused(f.store().webhook_delete(&f.as_admin(), id).await), Refusal::WebhookNotFound);
        assert_eq!(refused(f.store().delivery_list(id, ALL).await), Refusal::WebhookNotFound);
        assert_eq!(refused(f.resend(id, DeliveryId::new()).await), Refusal::WebhookNotFound);
        assert_eq!(refused(f.test(id, "{}").await), Refusal::WebhookNotFound);
    }
    assert_eq!(refused(f.resend(second.id, DeliveryId::new()).await), Refusal::DeliveryNotFound);
    for (action, n) in [(action::WEBHOOK_CREATED, 2), (action::WEBHOOK_UPDATED, 1), (action::WEBHOOK_DELETED, 1)] {
        let log = f.log_of(action).await;
        assert_eq!((log.len(), log[0].actor_id, log[0].entity_type.as_str()), (n, Some(f.admin().id), "webhook"));
    }
}

async fn secrets_are_in_no_answer_or_log(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    let changes = WebhookChanges { secret: Some("whsec_another".to_owned().into()), ..WebhookChanges::default() };
    let shown = f.store().webhook_update(&f.as_admin(), webhook.id, changes).await.unwrap();
    assert!(!format!("{shown:?}").contains("whsec_"));
    assert!(f.log().await.iter().all(|entry| !entry.details.to_string().contains("whsec_")));
    f.opportunity().await;
    f.enqueue().await;
    assert_eq!(f.due().await[0].secret.expose_secret(), "whsec_another");
}

async fn a_repeated_request_makes_one_webhook(f: Fixture) {
    let (caller, expires_at) = (f.as_admin(), f.tick().plus_seconds(86_400));
    let make = || f.store().webhook_create(&caller, new("https://a", &[]), Some(keyed("k", 1, expires_at)));
    let webhook = make().await.unwrap().fresh().unwrap();
    assert!(matches!(make().await.unwrap(), Answer::Stored(_)));
    assert_eq!(f.store().webhook_list().await.unwrap(), std::slice::from_ref(&webhook));
    f.opportunity().await;
    f.enqueue().await;
    let id = f.due().await[0].delivery.id;
    let send = || f.store().delivery_resend(&caller, webhook.id, id, Some(keyed("r", 1, expires_at)));
    assert!(send().await.unwrap().fresh().is_some());
    f.record_attempt(id, DELIVERED).await;
    assert!(send().await.unwrap().fresh().is_none());
    assert_eq!(f.deliveries(webhook.id).await[0].status, DeliveryStatus::Delivered);
    let test = || f.store().delivery_test(&caller, webhook.id, "{}".into(), Some(keyed("t", 1, expires_at)));
    assert!(test().await.unwrap().fresh().is_some());
    assert!(test().await.unwrap().fresh().is_none());
    assert_eq!(f.deliveries(webhook.id).await.len(), 2);
}

async fn a_webhook_gets_events_from_its_creation_on(f: Fixture) {
    f.opportunity().await;
    let webhook = f.webhook("https://example.org/a", &[]).await;
    f.opportunity().await;
    assert!(f.enqueue().await >= 1);
    let deliveries = f.deliveries(webhook.id).await;
    assert_eq!(deliveries.len(), 1);
    let event = f.events(FeedPosition::default(), 10).await.pop().unwrap();
    assert_eq!(deliveries[0].body, render(&event));
    assert_eq!((deliveries[0].status, deliveries[0].attempts), (DeliveryStatus::Pending, 0));
    assert_eq!((deliveries[0].event, deliveries[0].webhook), (EventType::Updated, webhook.id));
    assert_eq!(deliveries[0].next_at, Some(deliveries[0].created_at));
    assert_eq!(f.enqueue().await, 0);
}

async fn a_webhook_gets_only_the_types_it_wants(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    let some = f.webhook("https://example.org/a", &[EventType::Assigned, EventType::JobFinished]).await;
    let all = f.webhook("https://example.org/b", &[]).await;
    f.bulk_assign(&ids, &agent).await;
    f.bulk_unassign(&ids).await;
    f.ran(NewJob {
        set: JobSet::Ids(ids.clone()),
        work: JobWork::SetStatus(Status::Lost),
        include_do_not_contact: false,
    })
    .await;
    f.enqueue().await;
    let reported = |deliveries: Vec<Delivery>| deliveries.into_iter().rev().map(|d| d.event).collect::<Vec<_>>();
    assert_eq!(reported(f.deliveries(some.id).await), [EventType::Assigned, EventType::JobFinished]);
    let everything = [EventType::Assigned, EventType::Unassigned, EventType::Updated, EventType::JobFinished];
    assert_eq!(reported(f.deliveries(all.id).await), everything);
}

async fn an_inactive_webhook_is_sent_nothing(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    f.opportunity().await;
    f.enqueue().await;
    let active = |is_active| {
        let changes = WebhookChanges { is_active: Some(is_active), ..WebhookChanges::default() };
        let caller = f.as_admin();
        let f = &f;
        async move { f.store().webhook_update(&caller, webhook.id, changes).await.unwrap() }
    };
    assert!(!active(false).await.is_active);
    f.opportunity().await;
    f.enqueue().await;
    assert_eq!(refused(f.test(webhook.id, "{}").await), Refusal::WebhookInactive);
    assert!(f.due().await.is_empty());
    active(true).await;
    assert_eq!((f.due().await.len(), f.deliveries(webhook.id).await.len()), (1, 1));
}

async fn removing_a_webhook_removes_its_deliveries(f: Fixture) {
    let (gone, stays) = (f.webhook("https://example.org/a", &[]).await, f.webhook("https://example.org/b", &[]).await);
    f.many(300).await;
    f.opportunities(2).await;
    f.enqueue().await;
    let claimed = f.due().await;
    f.store().webhook_delete(&f.as_admin(), gone.id).await.unwrap();
    f.advance(60);
    assert!(f.due().await.iter().all(|due| due.delivery.webhook == stays.id));
    for due in claimed {
        f.record_attempt(due.delivery.id, DELIVERED).await;
    }
    assert_eq!(f.deliveries(stays.id).await.len(), 3);
}

async fn the_number_of_webhooks_is_limited(f: Fixture) {
    for number in 0..WEBHOOKS_MAX {
        f.webhook(&format!("https://example.org/{number}"), &[]).await;
    }
    let one_more = async || f.store().webhook_create(&f.as_admin(), new("https://example.org/more", &[]), None).await;
    let expected = Refusal::TooManyWebhooks { max: WEBHOOKS_MAX };
    assert_eq!(refused(one_more().await), expected);
    let first = f.store().webhook_list().await.unwrap().remove(0);
    f.store().webhook_delete(&f.as_admin(), first.id).await.unwrap();
    one_more().await.unwrap();
    assert_eq!(refused(one_more().await), expected);
}
