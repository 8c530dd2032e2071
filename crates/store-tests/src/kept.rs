//! Objects that clients keep: what an earlier version stored without bounds is read, and takes no page with it.

use reparto_domain::{
    ContactId, Refusal,
    audit::{AuditQuery, action},
    contacts::{AgentsSee, Contact, ContactFields, ContactFilter, ContactQuery, ContactSort, ContactVisibility},
    imports::{ImportMode, RowOutcome},
    jobs::{JobSet, JobWork, NewJob},
    json::KeptObject,
    opportunities::OpportunityFilter,
    page::Slice,
};
use reparto_store::{StoreResult, copy::Value};
use serde_json::json;

use crate::{
    Fixture,
    copying::rows,
    fixture::{WHOLE_LOG, all_opportunities, contact_named, refused},
};

rules! { $ kept_rules in kept {
    a_deep_object_is_read_changed_and_logged,
    a_damaged_object_takes_no_page,
    a_page_of_contacts_ends_at_16_mb,
    a_page_of_opportunities_ends_at_16_mb,
    long_values_are_shortened_in_the_log,
    what_an_import_has_no_room_for_is_told,
}}

fn with_custom(text: String) -> ContactFields {
    ContactFields { custom_fields: KeptObject::stored(text), ..contact_named("Ana", "Núñez") }
}

/// An object as no bounds would allow it.
fn deep() -> String {
    format!("{}1{}", "{\"a\":".repeat(125), "}".repeat(125))
}

fn large(bytes: usize) -> String {
    json!({ "text": "x".repeat(bytes) }).to_string()
}

/// The rule leaves objects of an earlier version behind, which the verification after it would name.
fn leaves_what_is_over_its_bounds(f: &Fixture) {
    f.mark_closed();
}

async fn contacts(f: &Fixture, limit: u64) -> StoreResult<Vec<Contact>> {
    let query = ContactQuery {
        visibility: ContactVisibility::All,
        filter: ContactFilter::default(),
        sort: ContactSort::default(),
        descending: true,
        slice: Slice { skip: 0, limit },
    };
    f.store().contact_list(query).await.map(|page| page.items)
}

async fn edit(f: &Fixture, id: ContactId, edit: impl Fn(&mut ContactFields) + Send + Sync + 'static) -> Contact {
    let edit = Box::new(move |mut fields: ContactFields| {
        edit(&mut fields);
        fields
    });
    f.store().contact_update(&f.system(), id, edit, AgentsSee::Own).await.expect("contact_update")
}

async fn a_deep_object_is_read_changed_and_logged(f: Fixture) {
    let id = f.contact_with(with_custom(deep())).await;
    let opportunity = f.opportunity_with(|command| command.contact = Some(id)).await;
    assert_eq!(f.get(opportunity).await.contact.fields.custom_fields.as_str(), deep());
    let changed = edit(&f, id, |fields| fields.city = Some("Málaga".into())).await;
    assert_eq!(changed.fields.custom_fields.as_str(), deep());
    edit(&f, id, |fields| fields.custom_fields = KeptObject::default()).await;
    let log = f.log_of(action::CONTACT_UPDATED).await;
    assert_eq!(log[1].details.to_value()["changes"], json!({ "city": { "from": null, "to": "Málaga" } }));
    let entries = log[0].details.entries();
    assert!(entries[0].1.get().contains(&deep()), "{}", log[0].details);
}

async fn a_damaged_object_takes_no_page(f: Fixture) {
    let id = f.contact_with(with_custom("{\"a\":".into())).await;
    let other = f.contact().await;
    let ids: Vec<_> = contacts(&f, 50).await.unwrap().into_iter().map(|contact| contact.id).collect();
    assert!(ids.contains(&id) && ids.contains(&other));
    let found = f.store().check(5).await.unwrap();
    assert!(found.iter().any(|finding| finding.invariant == "object_readable" && !finding.is_note()), "{found:?}");
    // A change of something else loses nothing of it.
    let changed = edit(&f, id, |fields| fields.city = Some("Málaga".into())).await;
    assert_eq!(changed.fields.custom_fields.as_str(), "{\"a\":");
    edit(&f, id, |fields| fields.custom_fields = KeptObject::default()).await;
    assert_eq!(f.store().check(5).await.unwrap(), []);
}

async fn a_page_of_contacts_ends_at_16_mb(f: Fixture) {
    leaves_what_is_over_its_bounds(&f);
    for _ in 0..17 {
        f.contact_with(with_custom(large(1 << 20))).await;
    }
    assert_eq!(refused(contacts(&f, 50).await), Refusal::PageTooLarge);
    assert_eq!(contacts(&f, 10).await.unwrap().len(), 10);
    // The connection that gave up serves the next requests.
    for _ in 0..20 {
        refused(contacts(&f, 17).await);
        assert_eq!(contacts(&f, 1).await.unwrap().len(), 1);
    }
    let found = f.store().check(5).await.unwrap();
    assert!(!found.is_empty() && found.iter().all(reparto_store::Finding::is_note), "{found:?}");
}

async fn a_page_of_opportunities_ends_at_16_mb(f: Fixture) {
    leaves_what_is_over_its_bounds(&f);
    for _ in 0..9 {
        let contact = f.contact_with(with_custom(large(1 << 20))).await;
        let reason = KeptObject::stored(large(1 << 20));
        f.opportunity_with(|command| (command.contact, command.detection_reason) = (Some(contact), reason)).await;
    }
    let mut query = all_opportunities();
    query.limit = 50;
    assert_eq!(refused(f.store().opportunity_list(query.clone()).await), Refusal::PageTooLarge);
    // An export of them all ends.
    let all = NewJob {
        set: JobSet::Filter(OpportunityFilter::default()),
        work: JobWork::Export,
        include_do_not_contact: false,
    };
    assert_eq!(f.ran(all).await.done, 9);
    query.limit = 5;
    assert_eq!(f.store().opportunity_list(query).await.unwrap().items.len(), 5);
}

async fn long_values_are_shortened_in_the_log(f: Fixture) {
    leaves_what_is_over_its_bounds(&f);
    let id = f.contact_with(with_custom(large(1 << 20))).await;
    for _ in 0..20 {
        let text = f.number();
        edit(&f, id, move |fields| fields.custom_fields = KeptObject::stored(json!({ "n": text }).to_string())).await;
        edit(&f, id, |fields| fields.custom_fields = KeptObject::stored(large(1 << 20))).await;
    }
    let log = f.store().audit_list(AuditQuery { slice: Slice { skip: 0, limit: 50 }, ..WHOLE_LOG }).await.unwrap();
    assert!(log.items.iter().all(|entry| entry.details.as_str().len() < 3_000), "an entry is longer");
    // They are stored so, and not only shown: the log is no second copy of the data.
    let stored = rows(f.store()).await.into_iter().find(|(table, _)| *table == "audit_logs").unwrap().1;
    let longest = stored.iter().flatten().filter_map(|value| match value {
        Value::Text(text) => Some(text.len()),
        _ => None,
    });
    assert!(longest.max().unwrap() < 3_000, "a stored entry is longer");
    let newest = log.items[0].details.to_value();
    assert!(newest["changes"]["custom_fields"]["to"].as_str().unwrap().ends_with('…'), "{newest}");
}

async fn what_an_import_has_no_room_for_is_told(f: Fixture) {
    let known = ContactFields { email: Some("ana@example.org".into()), ..with_custom(large(16_000)) };
    f.contact_with(known).await;
    let more = ContactFields {
        email: Some("ana@example.org".into()),
        ..with_custom(json!({ "short": 1, "long": "y".repeat(500) }).to_string())
    };
    let results =
        f.store().import_rows(&f.system(), vec![f.import_row(more)], ImportMode::default(), &f.assignable).await;
    let result = results.unwrap().pop().unwrap();
    assert_eq!((result.outcome, result.added.left_out), (RowOutcome::OpportunityAdded, vec!["long".to_owned()]));
    let custom = &contacts(&f, 1).await.unwrap()[0].fields.custom_fields;
    assert_eq!((custom.get("short"), custom.get("long"), custom.exceeded()), (Some(json!(1)), None, None));
}
