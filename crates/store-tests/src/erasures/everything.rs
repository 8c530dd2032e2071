//! Everything that is kept about one person.

use reparto_domain::{
    ContactId, Refusal,
    audit::action,
    consent::DoNotContact,
    contacts::{AgentsSee, ContactFields},
    erasures::{Everything, EverythingExtent},
    json::KeptObject,
};
use reparto_store::StoreResult;
use serde_json::json;

use super::{written_down, zulema};
use crate::{Fixture, fixture::refused};

async fn answered(f: &Fixture, id: ContactId, skip: u64, limit: Option<u64>) -> StoreResult<Everything> {
    f.store().contact_everything(&f.as_admin(), id, EverythingExtent::Answer { skip, limit }).await
}

pub(super) async fn everything_about_a_person_is_returned_and_audited(f: Fixture) {
    let wish = DoNotContact { since: crate::fixture::START, reason: Some("lo pidió".into()) };
    let (contact, id, other) = written_down(&f).await;
    f.delete(id).await;
    let second = f.opportunity_with(|command| command.contact = Some(contact)).await;
    let want = wish.clone();
    let edit = move |fields: ContactFields| ContactFields { do_not_contact: Some(want.clone()), ..fields };
    f.store().contact_update(&f.as_admin(), contact, Box::new(edit), AgentsSee::Own).await.unwrap();
    let everything = f.store().contact_everything(&f.as_admin(), contact, EverythingExtent::Whole).await.unwrap();
    assert_eq!(everything.contact.fields.consent, zulema().consent);
    assert_eq!(everything.contact.fields.do_not_contact, Some(wish));
    let mut shown: Vec<_> = everything.opportunities.iter().map(|o| (o.opportunity.id, o.is_deleted)).collect();
    shown.sort_unstable();
    let mut expected = vec![(id, true), (second, false)];
    expected.sort_unstable();
    assert_eq!(shown, expected);
    let deleted = everything.opportunities.iter().find(|o| o.is_deleted).unwrap();
    assert_eq!(deleted.opportunity.attempts.len(), 2);
    assert!(deleted.opportunity.notes.as_deref().unwrap().contains("Zulema de Cuscuta"));
    assert_eq!(deleted.history.len(), 6, "created, given three times, contacted, deleted");
    let about: Vec<&str> = everything.audit.iter().map(|entry| entry.action.as_str()).collect();
    for expected in ["contact_created", "contact_updated", "opportunity_created", "opportunity_deleted"] {
        assert!(about.contains(&expected), "{expected} in {about:?}");
    }
    assert!(!everything.audit.iter().any(|entry| entry.entity_id == Some(other.to_string())));
    let log = f.store().audit_list(crate::fixture::WHOLE_LOG).await.unwrap();
    let newest = &log.items[0];
    assert_eq!(newest.action, action::CONTACT_EVERYTHING_READ);
    assert_eq!(newest.entity_id, Some(contact.to_string()));
}

/// Changes every long text of a contact, so that the audit entry about it is as long as one may be.
async fn rewritten(f: &Fixture, id: ContactId, with: char) {
    let long = move || Some(String::from(with).repeat(1_100));
    let edit = move |fields: ContactFields| ContactFields {
        address: long(),
        city: long(),
        state: long(),
        postal_code: long(),
        country: long(),
        company_name: long(),
        position: long(),
        nacionalidad: long(),
        lugar_residencia: long(),
        landing_product: long(),
        ..fields
    };
    f.store().contact_update(&f.as_admin(), id, Box::new(edit), AgentsSee::Own).await.unwrap();
}

pub(super) async fn everything_is_read_no_further_than_an_answer_holds(f: Fixture) {
    let id = f.contact_with(zulema()).await;
    let former = f.opportunity_with(|command| command.contact = Some(id)).await;
    f.delete(former).await;
    let live = f.opportunity_with(|command| command.contact = Some(id)).await;
    let whole = answered(&f, id, 0, None).await.unwrap();
    assert_eq!((whole.history_total, whole.audit_total), (3, whole.audit.len() as u64));
    // A part is counted through the histories of all opportunities.
    let part = answered(&f, id, 1, Some(1)).await.unwrap();
    let histories = |everything: &Everything| -> Vec<usize> {
        everything.opportunities.iter().map(|opportunity| opportunity.history.len()).collect()
    };
    assert_eq!(histories(&whole).iter().sum::<usize>(), 3);
    assert_eq!((histories(&part).iter().sum::<usize>(), part.history_total, part.opportunities.len()), (1, 3, 2));
    assert_eq!(part.audit, whole.audit[..1], "the first look is the newest entry");
    assert_eq!(part.audit_total, whole.audit_total + 1);

    // Former opportunities fill an answer but for 280 KB; then long entries of the audit log do not fit beside them.
    f.mark_closed();
    f.delete(live).await;
    for bytes in [1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20, 900_000] {
        let reason = KeptObject::stored(json!({ "text": "x".repeat(bytes) }).to_string());
        let former =
            f.opportunity_with(|command| (command.contact, command.detection_reason) = (Some(id), reason)).await;
        f.delete(former).await;
    }
    let before = f.log_of(action::CONTACT_EVERYTHING_READ).await.len();
    for turn in 0..60 {
        rewritten(&f, id, if turn % 2 == 0 { 'x' } else { 'y' }).await;
    }
    assert_eq!(refused(answered(&f, id, 0, None).await), Refusal::PageTooLarge);
    assert_eq!(f.log_of(action::CONTACT_EVERYTHING_READ).await.len(), before, "what was not read is not recorded");
    assert_eq!(answered(&f, id, 0, Some(5)).await.unwrap().audit.len(), 5);
    let file = f.store().contact_everything(&f.as_admin(), id, EverythingExtent::Whole).await.unwrap();
    assert_eq!(file.audit.len() as u64, file.audit_total, "a file holds all");
}
