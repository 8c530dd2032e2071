//! What is kept too long.

use reparto_domain::{
    ContactId, Status,
    retention::{Cutoffs, Keep, Overdue, RetentionCounts},
};

use crate::{Fixture, fixture::WHOLE_LOG};

rules! { $ retention_rules in retention {
    lost_and_deleted_people_are_overdue_after_their_days,
    an_erased_person_is_overdue_no_longer,
    old_entries_lose_addresses_and_keep_the_rest,
    entries_lose_addresses_when_they_are_old_enough,
}}

const DAY: i64 = 86_400;

async fn overdue(f: &Fixture, overdue: Overdue) -> Vec<ContactId> {
    f.store().retention_overdue(overdue, 10).await.expect("retention_overdue")
}

/// A contact whose opportunity is lost, and one that is deleted; then the time of this many days later.
async fn aged(f: &Fixture, days: i64) -> (ContactId, ContactId, Cutoffs) {
    let lost = f.contact().await;
    let id = f.opportunity_with(|command| command.contact = Some(lost)).await;
    f.set_status(id, Status::Lost).await;
    f.opportunity().await;
    let deleted = f.contact().await;
    f.store().contact_delete(&f.as_admin(), deleted, false).await.unwrap();
    f.advance(days * DAY);
    let keep = Keep { lost_leads: Some(30), deleted_contacts: Some(30), audit_addresses: Some(30) };
    (lost, deleted, keep.cutoffs(f.tick()))
}

async fn lost_and_deleted_people_are_overdue_after_their_days(f: Fixture) {
    let (lost, deleted, early) = aged(&f, 29).await;
    assert!(overdue(&f, Overdue::Lost(early.lost_leads.unwrap())).await.is_empty());
    assert!(overdue(&f, Overdue::Deleted(early.deleted_contacts.unwrap())).await.is_empty());
    let none = f.store().retention_due(early).await.unwrap();
    assert_eq!((none.lost_leads, none.deleted_contacts), (0, 0));
    f.advance(2 * DAY);
    let keep = Keep { lost_leads: Some(30), deleted_contacts: Some(30), audit_addresses: None };
    let late = keep.cutoffs(f.tick());
    assert_eq!(overdue(&f, Overdue::Lost(late.lost_leads.unwrap())).await, [lost]);
    assert_eq!(overdue(&f, Overdue::Deleted(late.deleted_contacts.unwrap())).await, [deleted]);
    let due = f.store().retention_due(late).await.unwrap();
    assert_eq!(due, RetentionCounts { lost_leads: 1, deleted_contacts: 1, audit_addresses: 0 });
    let off = f.store().retention_due(Cutoffs::default()).await.unwrap();
    assert_eq!(off, RetentionCounts::default(), "nothing goes where no number of days is given");
}

async fn an_erased_person_is_overdue_no_longer(f: Fixture) {
    let (lost, deleted, cutoffs) = aged(&f, 31).await;
    for contact in [lost, deleted] {
        f.erase(contact).await;
    }
    assert!(overdue(&f, Overdue::Lost(cutoffs.lost_leads.unwrap())).await.is_empty());
    assert!(overdue(&f, Overdue::Deleted(cutoffs.deleted_contacts.unwrap())).await.is_empty());
}

async fn old_entries_lose_addresses_and_keep_the_rest(f: Fixture) {
    let (.., cutoffs) = aged(&f, 31).await;
    f.contact_with(crate::fixture::contact_named("Nueva", "Persona")).await;
    let named = f.user(reparto_domain::Role::Admin).await;
    let fresh = f.agent().await;
    f.store().user_set_active(&f.by(&named), fresh.id, false).await.unwrap();
    let before = f.store().audit_list(WHOLE_LOG).await.unwrap();
    let cutoff = cutoffs.audit_addresses.unwrap();
    let old = |entry: &&reparto_domain::audit::AuditEntry| entry.created_at < cutoff;
    let with = before.items.iter().filter(old).filter(|entry| entry.ip_address.is_some()).count() as u64;
    assert!(with > 0);
    assert_eq!(f.store().retention_due(cutoffs).await.unwrap().audit_addresses, with);
    while f.store().retention_addresses(cutoff).await.unwrap() > 0 {}
    let after = f.store().audit_list(WHOLE_LOG).await.unwrap();
    assert_eq!(after.total, before.total);
    for (before, after) in before.items.iter().zip(&after.items) {
        assert_eq!((&before.id, &before.details), (&after.id, &after.details));
        let kept = before.created_at >= cutoff;
        assert_eq!(after.ip_address.is_some(), kept && before.ip_address.is_some());
        assert_eq!(after.user_agent.is_some(), kept && before.user_agent.is_some());
    }
    assert_eq!(f.store().retention_due(cutoffs).await.unwrap().audit_addresses, 0);
}

async fn entries_lose_addresses_when_they_are_old_enough(f: Fixture) {
    let with_address = || async {
        let log = f.store().audit_list(WHOLE_LOG).await.unwrap();
        log.items.iter().filter(|entry| entry.ip_address.is_some() || entry.user_agent.is_some()).count()
    };
    let member = f.user(reparto_domain::Role::Admin).await;
    // One entry a month, each looked at twice before it is old enough.
    for _ in 0..3 {
        let agent = f.agent().await;
        f.store().user_set_active(&f.by(&member), agent.id, false).await.unwrap();
        for _ in 0..2 {
            f.advance(15 * DAY - 100);
            let before = f.tick().plus_seconds(-30 * DAY);
            while f.store().retention_addresses(before).await.unwrap() > 0 {}
        }
    }
    assert!(with_address().await > 0);
    f.advance(31 * DAY);
    let before = f.tick().plus_seconds(-30 * DAY);
    while f.store().retention_addresses(before).await.unwrap() > 0 {}
    assert_eq!(with_address().await, 0);
}
