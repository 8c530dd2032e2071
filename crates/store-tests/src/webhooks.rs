//! Webhooks and their deliveries.

use std::sync::Arc;

use futures::future::join_all;
use reparto_domain::{
    Refusal, Role, Status, WebhookId,
    audit::action,
    events::{Event, EventType, FeedPosition},
    idempotency::Answer,
    ids::DeliveryId,
    jobs::{JobSet, JobWork, NewJob},
    webhooks::{
        AttemptResult, Delivery, DeliveryQuery, DeliveryStatus, DueDelivery, NewWebhook, RETRY_SECONDS, Webhook,
        WebhookChanges,
    },
};
use secrecy::ExposeSecret as _;

use crate::{
    Fixture,
    fixture::{keyed, refused},
};

rules! { $ webhook_rules in webhooks {
    webhooks_are_for_administrators_alone,
    a_webhook_is_made_changed_and_removed,
    a_secret_is_in_no_answer_and_in_no_log,
    a_repeated_request_makes_one_webhook,
    it_is_told_of_what_happens_from_then_on,
    it_is_told_of_the_types_that_it_wants,
    each_event_becomes_one_delivery_whoever_asks,
    what_is_claimed_is_the_senders_until_its_lease_ends,
    what_fails_is_sent_again_later_and_later_and_then_given_up,
    deliveries_about_one_opportunity_keep_their_order,
    what_was_given_up_no_longer_holds_others_up,
    a_dead_delivery_is_sent_again_by_hand,
    a_late_failure_changes_nothing_of_what_was_delivered,
    an_inactive_webhook_is_sent_nothing,
    removing_a_webhook_removes_its_deliveries,
    a_webhook_with_much_waiting_does_not_hold_up_another,
    deliveries_are_listed_newest_first_part_by_part,
}}

const ALL: DeliveryQuery = DeliveryQuery { status: None, limit: 1_000, after: None };

fn new(url: &str, events: &[EventType]) -> NewWebhook {
    NewWebhook { url: url.to_owned(), events: events.to_vec(), secret: format!("whsec_{url}").into() }
}

fn render(event: &Event) -> String {
    format!("{{\"at\": \"{}\"}}", event.position)
}

const DELIVERED: AttemptResult = AttemptResult { status: Some(204), error: None };

fn failure() -> AttemptResult {
    AttemptResult { status: Some(500), error: Some("internal server error".into()) }
}

impl Fixture {
    async fn webhook(&self, url: &str, events: &[EventType]) -> Webhook {
        let answer = self.store().webhook_create(&self.boss(), new(url, events), None).await;
        answer.expect("webhook_create").fresh().expect("fresh without a key")
    }

    /// Turns everything into deliveries; gives how many events were looked at.
    async fn enqueue(&self) -> u64 {
        let (mut end, mut looked_at) = (self.store().feed_end().await.expect("feed_end"), 0);
        loop {
            let part = self.store().delivery_enqueue(self.tick(), 5, Arc::new(render)).await.expect("enqueue");
            looked_at += part;
            if part == 0 {
                // What was not final at the first look may be by now.
                let now = self.store().feed_end().await.expect("feed_end");
                if now == end {
                    return looked_at;
                }
                end = now;
            }
        }
    }

    async fn due(&self) -> Vec<DueDelivery> {
        let now = self.tick();
        self.store().delivery_claim(now, now.plus_seconds(30), 100).await.expect("delivery_claim")
    }

    async fn tried(&self, id: DeliveryId, result: AttemptResult) {
        self.store().delivery_attempted(id, self.tick(), result).await.expect("delivery_attempted");
    }

    async fn deliveries(&self, webhook: WebhookId) -> Vec<Delivery> {
        self.store().delivery_list(webhook, ALL).await.expect("delivery_list").items
    }

    async fn resend(&self, webhook: WebhookId, id: DeliveryId) -> reparto_store::StoreResult<Delivery> {
        let answer = self.store().delivery_resend(&self.boss(), webhook, id, None).await;
        answer.map(|answer| answer.fresh().expect("fresh without a key"))
    }
}

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
        }
    }
    assert_eq!(f.store().webhook_list().await.unwrap(), [webhook]);
}

async fn a_webhook_is_made_changed_and_removed(f: Fixture) {
    let (caller, events) = (f.boss(), [EventType::Assigned, EventType::JobFinished]);
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
    let changed = f.store().webhook_update(&f.boss(), made.id, wanted.clone()).await.unwrap();
    assert_eq!((changed.url.as_str(), changed.events.as_slice()), ("https://example.org/c", &events[..]));
    assert!(changed.updated_at > made.updated_at);
    let same = f.store().webhook_update(&f.boss(), made.id, wanted).await.unwrap();
    assert_eq!((same, f.log_of(action::WEBHOOK_UPDATED).await.len()), (changed.clone(), 1));
    assert_eq!(f.store().webhook_get(made.id).await.unwrap(), changed);
    f.store().webhook_delete(&f.boss(), made.id).await.unwrap();
    for id in [made.id, WebhookId::new()] {
        assert_eq!(refused(f.store().webhook_get(id).await), Refusal::WebhookNotFound);
        let update = f.store().webhook_update(&f.boss(), id, WebhookChanges::default()).await;
        assert_eq!(refused(update), Refusal::WebhookNotFound);
        assert_eq!(refused(f.store().webhook_delete(&f.boss(), id).await), Refusal::WebhookNotFound);
        assert_eq!(refused(f.store().delivery_list(id, ALL).await), Refusal::WebhookNotFound);
        assert_eq!(refused(f.resend(id, DeliveryId::new()).await), Refusal::WebhookNotFound);
    }
    assert_eq!(refused(f.resend(second.id, DeliveryId::new()).await), Refusal::DeliveryNotFound);
    for (action, n) in [(action::WEBHOOK_CREATED, 2), (action::WEBHOOK_UPDATED, 1), (action::WEBHOOK_DELETED, 1)] {
        let log = f.log_of(action).await;
        assert_eq!((log.len(), log[0].actor_id, log[0].entity_type.as_str()), (n, Some(f.admin().id), "webhook"));
    }
}

async fn a_secret_is_in_no_answer_and_in_no_log(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    let changes = WebhookChanges { secret: Some("whsec_another".to_owned().into()), ..WebhookChanges::default() };
    let shown = f.store().webhook_update(&f.boss(), webhook.id, changes).await.unwrap();
    assert!(!format!("{shown:?}").contains("whsec_"));
    assert!(f.log().await.iter().all(|entry| !entry.details.to_string().contains("whsec_")));
    f.opportunity().await;
    f.enqueue().await;
    assert_eq!(f.due().await[0].secret.expose_secret(), "whsec_another");
}

async fn a_repeated_request_makes_one_webhook(f: Fixture) {
    let (caller, expires_at) = (f.boss(), f.tick().plus_seconds(86_400));
    let make = || f.store().webhook_create(&caller, new("https://a", &[]), Some(keyed("k", 1, expires_at)));
    let webhook = make().await.unwrap().fresh().unwrap();
    assert!(matches!(make().await.unwrap(), Answer::Stored(_)));
    assert_eq!(f.store().webhook_list().await.unwrap(), std::slice::from_ref(&webhook));
    f.opportunity().await;
    f.enqueue().await;
    let id = f.due().await[0].delivery.id;
    let send = || f.store().delivery_resend(&caller, webhook.id, id, Some(keyed("r", 1, expires_at)));
    assert!(send().await.unwrap().fresh().is_some());
    f.tried(id, DELIVERED).await;
    assert!(send().await.unwrap().fresh().is_none());
    assert_eq!(f.deliveries(webhook.id).await[0].status, DeliveryStatus::Delivered);
}

async fn it_is_told_of_what_happens_from_then_on(f: Fixture) {
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

async fn it_is_told_of_the_types_that_it_wants(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    let some = f.webhook("https://example.org/a", &[EventType::Assigned, EventType::JobFinished]).await;
    let all = f.webhook("https://example.org/b", &[]).await;
    f.give(&ids, &agent).await;
    f.take(&ids).await;
    f.ran(NewJob { set: JobSet::Ids(ids.clone()), work: JobWork::SetStatus(Status::Lost) }).await;
    f.enqueue().await;
    let told = |deliveries: Vec<Delivery>| deliveries.into_iter().rev().map(|d| d.event).collect::<Vec<_>>();
    assert_eq!(told(f.deliveries(some.id).await), [EventType::Assigned, EventType::JobFinished]);
    let everything = [EventType::Assigned, EventType::Unassigned, EventType::Updated, EventType::JobFinished];
    assert_eq!(told(f.deliveries(all.id).await), everything);
}

async fn each_event_becomes_one_delivery_whoever_asks(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    f.opportunities(12).await;
    let asking = (0..6).map(|_| {
        let f = f.clone();
        tokio::spawn(async move { f.enqueue().await })
    });
    let mut looked_at = 0;
    for asked in join_all(asking.collect::<Vec<_>>()).await {
        looked_at += asked.expect("no panic");
    }
    assert_eq!((looked_at, f.deliveries(webhook.id).await.len()), (12, 12));
}

async fn what_is_claimed_is_the_senders_until_its_lease_ends(f: Fixture) {
    f.webhook("https://example.org/a", &[]).await;
    f.opportunity().await;
    f.enqueue().await;
    let now = f.tick();
    let claim = |seconds: i64| f.store().delivery_claim(now.plus_seconds(seconds), now.plus_seconds(seconds + 30), 10);
    let first = claim(0).await.unwrap();
    assert_eq!((first.len(), first[0].url.as_str()), (1, "https://example.org/a"));
    assert!(claim(29).await.unwrap().is_empty());
    let again = claim(30).await.unwrap();
    assert_eq!(again[0].delivery.id, first[0].delivery.id, "whoever had it died");
    assert!(f.store().delivery_claim(now.plus_seconds(90), now.plus_seconds(99), 0).await.unwrap().is_empty());
}

async fn what_fails_is_sent_again_later_and_later_and_then_given_up(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    f.opportunity().await;
    f.enqueue().await;
    let mut now = f.tick();
    for (attempt, pause) in RETRY_SECONDS.iter().map(Some).chain([None]).enumerate() {
        let due = f.store().delivery_claim(now, now.plus_seconds(1), 10).await.unwrap();
        let id = due[0].delivery.id;
        f.store().delivery_attempted(id, now, failure()).await.unwrap();
        let delivery = f.deliveries(webhook.id).await.pop().unwrap();
        assert_eq!((delivery.id, delivery.attempts), (id, attempt as u32 + 1));
        assert_eq!((delivery.last_status, delivery.last_error), (Some(500), Some("internal server error".to_owned())));
        match pause {
            Some(seconds) => {
                assert_eq!(
                    (delivery.status, delivery.next_at),
                    (DeliveryStatus::Pending, Some(now.plus_seconds(*seconds)))
                );
                let early = now.plus_seconds(seconds - 1);
                assert!(f.store().delivery_claim(early, early, 10).await.unwrap().is_empty());
                now = now.plus_seconds(*seconds);
            }
            None => assert_eq!((delivery.status, delivery.next_at), (DeliveryStatus::Dead, None)),
        }
    }
    assert!(f.store().delivery_claim(now.plus_seconds(1 << 30), now, 10).await.unwrap().is_empty());
}

async fn deliveries_about_one_opportunity_keep_their_order(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(3).await);
    let webhook = f.webhook("https://example.org/a", &[]).await;
    f.give(&ids[..2], &agent).await;
    f.take(&ids[1..]).await;
    f.set_status(ids[2], Status::Lost).await;
    f.set_status(ids[0], Status::Lost).await;
    f.enqueue().await;
    let mut all: Vec<DeliveryId> = f.deliveries(webhook.id).await.iter().map(|delivery| delivery.id).collect();
    all.reverse();
    let due = |due: Vec<DueDelivery>| due.into_iter().map(|due| due.delivery.id).collect::<Vec<_>>();
    assert_eq!(due(f.due().await), [all[0]], "all others tell of what an earlier one tells of");
    f.tried(all[0], failure()).await;
    assert_eq!(due(f.due().await), Vec::<DeliveryId>::new());
    f.pass(60);
    assert_eq!(due(f.due().await), [all[0]]);
    f.tried(all[0], DELIVERED).await;
    assert_eq!(due(f.due().await), [all[1], all[3]]);
    f.tried(all[1], DELIVERED).await;
    assert_eq!(due(f.due().await), [all[2]]);
    for id in &all[2..] {
        f.tried(*id, DELIVERED).await;
    }
    assert!(f.deliveries(webhook.id).await.iter().all(|delivery| delivery.status == DeliveryStatus::Delivered));
    f.pass(100_000);
    assert!(f.due().await.is_empty());
}

/// Lets attempts fail until the delivery is given up.
async fn give_up(f: &Fixture, id: DeliveryId) {
    for _ in 0..=RETRY_SECONDS.len() {
        f.tried(id, failure()).await;
    }
}

async fn what_was_given_up_no_longer_holds_others_up(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    let id = f.opportunity().await;
    f.set_status(id, Status::Lost).await;
    f.enqueue().await;
    let all = f.deliveries(webhook.id).await;
    give_up(&f, all[1].id).await;
    assert_eq!(f.deliveries(webhook.id).await[1].status, DeliveryStatus::Dead);
    assert_eq!(f.due().await[0].delivery.id, all[0].id);
}

async fn a_dead_delivery_is_sent_again_by_hand(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    let id = f.opportunity().await;
    f.set_status(id, Status::Lost).await;
    f.enqueue().await;
    let all = f.deliveries(webhook.id).await;
    give_up(&f, all[1].id).await;
    let again = f.resend(webhook.id, all[1].id).await.unwrap();
    assert_eq!((again.id, again.status, again.attempts), (all[1].id, DeliveryStatus::Pending, 0));
    let due = f.due().await;
    assert_eq!(due.iter().map(|due| due.delivery.id).collect::<Vec<_>>(), [all[1].id], "it is the earlier one again");
    f.tried(all[1].id, DELIVERED).await;
    assert_eq!(f.due().await[0].delivery.id, all[0].id);
    f.tried(all[0].id, DELIVERED).await;
    assert_eq!(f.resend(webhook.id, all[0].id).await.unwrap().status, DeliveryStatus::Pending);
    let other = f.webhook("https://example.org/b", &[]).await;
    assert_eq!(refused(f.resend(other.id, all[0].id).await), Refusal::DeliveryNotFound);
}

async fn a_late_failure_changes_nothing_of_what_was_delivered(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    f.opportunity().await;
    f.enqueue().await;
    let id = f.due().await[0].delivery.id;
    f.tried(id, DELIVERED).await;
    let delivered = f.deliveries(webhook.id).await;
    assert_eq!((delivered[0].attempts, delivered[0].last_status, delivered[0].next_at), (1, Some(204), None));
    f.tried(id, failure()).await;
    assert_eq!(f.deliveries(webhook.id).await, delivered);
    f.tried(DeliveryId::new(), DELIVERED).await;
}

async fn an_inactive_webhook_is_sent_nothing(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    f.opportunity().await;
    f.enqueue().await;
    let active = |is_active| {
        let changes = WebhookChanges { is_active: Some(is_active), ..WebhookChanges::default() };
        let caller = f.boss();
        let f = &f;
        async move { f.store().webhook_update(&caller, webhook.id, changes).await.unwrap() }
    };
    assert!(!active(false).await.is_active);
    f.opportunity().await;
    f.enqueue().await;
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
    f.store().webhook_delete(&f.boss(), gone.id).await.unwrap();
    f.pass(60);
    assert!(f.due().await.iter().all(|due| due.delivery.webhook == stays.id));
    for due in claimed {
        f.tried(due.delivery.id, DELIVERED).await;
    }
    assert_eq!(f.deliveries(stays.id).await.len(), 3);
}

async fn a_webhook_with_much_waiting_does_not_hold_up_another(f: Fixture) {
    let (many, few) = (f.webhook("https://a", &[]).await, f.webhook("https://b", &[EventType::JobFinished]).await);
    f.opportunities(8).await;
    f.ran(NewJob { set: JobSet::Ids(Vec::new()), work: JobWork::BulkUnassign }).await;
    f.enqueue().await;
    let now = f.tick();
    let due = f.store().delivery_claim(now, now.plus_seconds(30), 3).await.unwrap();
    let to: Vec<_> = due.iter().map(|due| due.delivery.webhook).collect();
    assert_eq!(to.len(), 3);
    assert!(to.contains(&few.id) && to.contains(&many.id));
}

async fn deliveries_are_listed_newest_first_part_by_part(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    f.opportunities(5).await;
    f.enqueue().await;
    let whole = f.deliveries(webhook.id).await;
    assert!(whole.windows(2).all(|pair| pair[0].id > pair[1].id));
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let walk = f.store().delivery_list(webhook.id, DeliveryQuery { limit: 2, after, ..ALL }).await.unwrap();
        all.extend(walk.items);
        match walk.next {
            Some(cursor) => after = Some(cursor),
            None => break,
        }
    }
    assert_eq!(all, whole);
    f.tried(whole[2].id, DELIVERED).await;
    for (status, n) in [(DeliveryStatus::Pending, 4), (DeliveryStatus::Delivered, 1), (DeliveryStatus::Dead, 0)] {
        let query = DeliveryQuery { status: Some(status), ..ALL };
        let found = f.store().delivery_list(webhook.id, query).await.unwrap().items;
        assert!(found.len() == n && found.iter().all(|delivery| delivery.status == status), "{status}: {found:?}");
    }
}
