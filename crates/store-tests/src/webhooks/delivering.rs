//! Deliveries: timing, order and results.

use futures::future::join_all;
use reparto_domain::{
    Refusal, Status, Timestamp,
    events::EventType,
    ids::DeliveryId,
    jobs::{JobSet, JobWork, NewJob},
    webhooks::{DeliveryQuery, DeliveryStatus, DueDelivery, RETRY_SECONDS},
};

use super::{ALL, DELIVERED, failure};
use crate::{Fixture, fixture::refused};

rules! { $ delivery_rules in webhooks::delivering {
    each_event_becomes_one_delivery,
    a_claim_is_exclusive_until_its_lease_ends,
    failures_are_retried_ever_later_until_dead,
    deliveries_about_one_opportunity_keep_their_order,
    a_dead_delivery_no_longer_blocks_others,
    a_dead_delivery_can_be_resent,
    a_late_failure_does_not_revert_a_delivery,
    a_busy_webhook_does_not_delay_another,
    deliveries_are_listed_newest_first_in_pages,
    an_attempt_in_flight_does_not_cancel_a_resend,
    removing_old_deliveries_unblocks_later_ones,
    a_test_message_skips_the_queue_and_is_retried,
}}

async fn a_test_message_skips_the_queue_and_is_retried(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[EventType::JobFinished]).await;
    let test = f.test(webhook.id, "{\"nothing\": true}").await.unwrap();
    assert_eq!((test.event, test.status, test.attempts), (EventType::Test, DeliveryStatus::Pending, 0));
    assert_eq!((test.webhook, test.next_at), (webhook.id, Some(test.created_at)));
    let due = f.due().await;
    assert_eq!((due.len(), &due[0].delivery.id, &due[0].delivery.body), (1, &test.id, &test.body));
    f.record_attempt(test.id, failure()).await;
    let failed = f.deliveries(webhook.id).await.remove(0);
    assert_eq!((failed.status, failed.attempts, failed.last_status), (DeliveryStatus::Pending, 1, Some(500)));
    f.advance(60);
    assert_eq!(f.due().await.len(), 1);
    f.record_attempt(test.id, DELIVERED).await;
    assert_eq!(f.deliveries(webhook.id).await[0].status, DeliveryStatus::Delivered);
    assert_eq!(f.resend(webhook.id, test.id).await.unwrap().status, DeliveryStatus::Pending);
    assert_eq!(f.due().await.len(), 1);
}

async fn each_event_becomes_one_delivery(f: Fixture) {
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

async fn a_claim_is_exclusive_until_its_lease_ends(f: Fixture) {
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

async fn failures_are_retried_ever_later_until_dead(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    f.opportunity().await;
    f.enqueue().await;
    let mut now = f.tick();
    for (attempt, pause) in (1..).zip(RETRY_SECONDS.iter().map(Some).chain([None])) {
        let due = f.store().delivery_claim(now, now.plus_seconds(1), 10).await.unwrap();
        let id = due[0].delivery.id;
        f.store().delivery_record_attempt(id, 0, now, failure()).await.unwrap();
        let delivery = f.deliveries(webhook.id).await.pop().unwrap();
        assert_eq!((delivery.id, delivery.attempts), (id, attempt));
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
    f.bulk_assign(&ids[..2], &agent).await;
    f.bulk_unassign(&ids[1..]).await;
    f.set_status(ids[2], Status::Lost).await;
    f.set_status(ids[0], Status::Lost).await;
    f.enqueue().await;
    let mut all: Vec<DeliveryId> = f.deliveries(webhook.id).await.iter().map(|delivery| delivery.id).collect();
    all.reverse();
    let due = |due: Vec<DueDelivery>| due.into_iter().map(|due| due.delivery.id).collect::<Vec<_>>();
    assert_eq!(due(f.due().await), [all[0]], "all others tell of what an earlier one tells of");
    f.record_attempt(all[0], failure()).await;
    assert_eq!(due(f.due().await), Vec::<DeliveryId>::new());
    f.advance(60);
    assert_eq!(due(f.due().await), [all[0]]);
    f.record_attempt(all[0], DELIVERED).await;
    assert_eq!(due(f.due().await), [all[1], all[3]]);
    f.record_attempt(all[1], DELIVERED).await;
    assert_eq!(due(f.due().await), [all[2]]);
    for id in &all[2..] {
        f.record_attempt(*id, DELIVERED).await;
    }
    assert!(f.deliveries(webhook.id).await.iter().all(|delivery| delivery.status == DeliveryStatus::Delivered));
    f.advance(100_000);
    assert!(f.due().await.is_empty());
}

/// Makes attempts fail until the delivery is dead.
async fn give_up(f: &Fixture, id: DeliveryId) {
    for _ in 0..=RETRY_SECONDS.len() {
        f.record_attempt(id, failure()).await;
    }
}

async fn a_dead_delivery_no_longer_blocks_others(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    let id = f.opportunity().await;
    f.set_status(id, Status::Lost).await;
    f.enqueue().await;
    let all = f.deliveries(webhook.id).await;
    give_up(&f, all[1].id).await;
    assert_eq!(f.deliveries(webhook.id).await[1].status, DeliveryStatus::Dead);
    assert_eq!(f.due().await[0].delivery.id, all[0].id);
}

async fn a_dead_delivery_can_be_resent(f: Fixture) {
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
    f.record_attempt(all[1].id, DELIVERED).await;
    assert_eq!(f.due().await[0].delivery.id, all[0].id);
    f.record_attempt(all[0].id, DELIVERED).await;
    assert_eq!(f.resend(webhook.id, all[0].id).await.unwrap().status, DeliveryStatus::Pending);
    let other = f.webhook("https://example.org/b", &[]).await;
    assert_eq!(refused(f.resend(other.id, all[0].id).await), Refusal::DeliveryNotFound);
}

async fn a_late_failure_does_not_revert_a_delivery(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    f.opportunity().await;
    f.enqueue().await;
    let id = f.due().await[0].delivery.id;
    f.record_attempt(id, DELIVERED).await;
    let delivered = f.deliveries(webhook.id).await;
    assert_eq!((delivered[0].attempts, delivered[0].last_status, delivered[0].next_at), (1, Some(204), None));
    f.record_attempt(id, failure()).await;
    assert_eq!(f.deliveries(webhook.id).await, delivered);
    f.record_attempt(DeliveryId::new(), DELIVERED).await;
}

async fn a_busy_webhook_does_not_delay_another(f: Fixture) {
    let (many, few) = (f.webhook("https://a", &[]).await, f.webhook("https://b", &[EventType::JobFinished]).await);
    f.opportunities(8).await;
    f.ran(NewJob { set: JobSet::Ids(Vec::new()), work: JobWork::BulkUnassign, include_do_not_contact: false }).await;
    f.enqueue().await;
    let now = f.tick();
    let due = f.store().delivery_claim(now, now.plus_seconds(30), 3).await.unwrap();
    let to: Vec<_> = due.iter().map(|due| due.delivery.webhook).collect();
    assert_eq!(to.len(), 3);
    assert!(to.contains(&few.id) && to.contains(&many.id));
}

async fn deliveries_are_listed_newest_first_in_pages(f: Fixture) {
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
    f.record_attempt(whole[2].id, DELIVERED).await;
    for (status, n) in [(DeliveryStatus::Pending, 4), (DeliveryStatus::Delivered, 1), (DeliveryStatus::Dead, 0)] {
        let query = DeliveryQuery { status: Some(status), ..ALL };
        let found = f.store().delivery_list(webhook.id, query).await.unwrap().items;
        assert!(found.len() == n && found.iter().all(|delivery| delivery.status == status), "{status}: {found:?}");
    }
}

async fn an_attempt_in_flight_does_not_cancel_a_resend(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    f.opportunity().await;
    f.enqueue().await;
    let before = f.due().await.remove(0).delivery;
    f.resend(webhook.id, before.id).await.unwrap();
    for result in [failure(), DELIVERED] {
        f.record_attempt_after(before.id, before.resent, result).await;
        let now = f.deliveries(webhook.id).await.remove(0);
        assert_eq!((now.status, now.attempts, now.resent), (DeliveryStatus::Pending, 0, before.resent + 1));
    }
    let again = f.due().await.remove(0).delivery;
    f.record_attempt_after(again.id, again.resent, DELIVERED).await;
    assert_eq!(f.deliveries(webhook.id).await[0].status, DeliveryStatus::Delivered);
}

async fn removing_old_deliveries_unblocks_later_ones(f: Fixture) {
    let webhook = f.webhook("https://example.org/a", &[]).await;
    let id = f.opportunity().await;
    f.set_status(id, Status::Lost).await;
    f.enqueue().await;
    let old = f.deliveries(webhook.id).await;
    f.record_attempt(old[1].id, DELIVERED).await;
    f.advance(1_000);
    f.set_status(id, Status::Contacted).await;
    f.set_status(id, Status::Pending).await;
    f.enqueue().await;
    let cut = old[0].created_at.plus_seconds(500);
    let never = Timestamp::from_seconds(0);
    assert_eq!(f.store().trim(f.tick(), never, never).await.unwrap(), 0);
    let mut removed = 0;
    loop {
        match f.store().trim(f.tick(), never, cut).await.unwrap() {
            0 => break,
            some => removed += some,
        }
    }
    let left = f.deliveries(webhook.id).await;
    assert_eq!((removed, left.len()), (2, 2), "one was delivered, one still waited");
    assert_eq!(f.due().await[0].delivery.id, left[1].id);
}
