//! Erasing people, everything about one, and the fields that say what a person wants.

use reparto_domain::Role;
use serde_json::{Value, json};

use super::{Crm, items, unknown_id};

const CONTACTS: &str = "/api/crm/contacts";

/// A contact with an opportunity that has notes; their ids.
async fn person(crm: &Crm) -> (String, String) {
    let body = json!({
        "first_name": "Zulema", "last_name": "Quintanilla", "email": "zulema@example.org", "phone": "612 345 678",
        "notes": "Zulema llama", "consent": {"text_version": "7", "at": "2026-01-05T09:00:00Z", "channel": "web"}
    });
    let contact = crm.server.post(CONTACTS, body).by(&crm.admin).await.ok(201)["id"].as_str().unwrap().to_owned();
    let body = json!({"contact_id": contact, "detection_reason": "Zulema pregunta"});
    let made = crm.server.post("/api/crm/opportunities", body).by(&crm.admin).await.ok(201);
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("/api/crm/opportunities/{id}");
    crm.server.patch(&path, json!({"notes": "llamar a Zulema"})).by(&crm.admin).await.ok(200);
    (contact, id)
}

async fn erase(crm: &Crm, contact: &str) -> Value {
    let path = format!("{CONTACTS}/{contact}/erase");
    crm.server.post(&path, json!({"reason": "lo pidió"})).by(&crm.admin).await.ok(200)
}

#[tokio::test]
async fn an_erased_contact_is_shown_without_fields() {
    let crm = Crm::new().await;
    let (contact, opportunity) = person(&crm).await;
    let erased = erase(&crm, &contact).await;
    assert_eq!(erased["opportunities"], 1);
    assert!(erased["audit_entries"].as_u64().unwrap() >= 1, "{erased}");
    let path = format!("{CONTACTS}/{contact}");
    let shown = crm.server.get(&path).by(&crm.admin).await.ok(200);
    assert_eq!(shown["name"], "Persona borrada");
    assert_eq!(crm.server.get(&path).by(&crm.admin).in_english().await.ok(200)["name"], "Erased person");
    let kept = ["id", "name", "custom_fields", "created_by", "updated_by", "created_at", "updated_at", "is_deleted"];
    for (field, value) in shown.as_object().unwrap() {
        assert!(value.is_null() || kept.contains(&field.as_str()) || field == "erased_at", "{field}: {value}");
    }
    assert_eq!((&shown["custom_fields"], &shown["erased_at"]), (&json!({}), &erased["erased_at"]));
    let lead = crm.read(&opportunity).await;
    assert_eq!((&lead["contact"]["name"], &lead["notes"]), (&json!("Persona borrada"), &Value::Null));
    assert_eq!(lead["detection_reason"], json!({}));
    let list = crm.server.get(CONTACTS).by(&crm.admin).await;
    assert!(items(&list).iter().any(|item| item["id"] == contact.as_str()));
    let again = erase(&crm, &contact).await;
    assert_eq!(again["erased_at"], erased["erased_at"], "a second time keeps the first");
}

#[tokio::test]
async fn an_erased_person_is_refused_but_by_administrators() {
    let crm = Crm::new().await;
    let (contact, _) = person(&crm).await;
    erase(&crm, &contact).await;
    let same = json!({"first_name": "Z", "phone": "+34 612-345-678"});
    for by in [&crm.admin, &crm.agent] {
        crm.server.post(CONTACTS, same.clone()).by(by).await.refused(409, "person_erased");
    }
    let over = json!({"email": "ZULEMA@example.org", "override_erased": true});
    crm.server.post(CONTACTS, over.clone()).by(&crm.agent).await.refused(403, "administrators_only");
    crm.server.post(CONTACTS, over).by(&crm.admin).await.ok(201);
    let path = format!("{CONTACTS}/{contact}");
    crm.server.patch(&path, json!({"city": "Cuscuta"})).by(&crm.admin).await.refused(409, "person_erased");
}

#[tokio::test]
async fn an_erasure_needs_a_reason_and_a_contact() {
    let crm = Crm::new().await;
    let (contact, _) = person(&crm).await;
    let path = format!("{CONTACTS}/{contact}/erase");
    for body in [json!({}), json!({"reason": " "}), json!({"reason": 7})] {
        assert_eq!(crm.server.post(&path, body).by(&crm.admin).await.invalid_fields(), ["reason"]);
    }
    crm.server.post(&path, json!({"reason": "x"})).by(&crm.agent).await.refused(403, "administrators_only");
    for id in [unknown_id(), "x".to_owned()] {
        let path = format!("{CONTACTS}/{id}/erase");
        crm.server.post(&path, json!({"reason": "x"})).by(&crm.admin).await.refused(404, "contact_not_found");
        let path = format!("{CONTACTS}/{id}/everything");
        crm.server.get(&path).by(&crm.admin).await.refused(404, "contact_not_found");
    }
}

#[tokio::test]
async fn an_answer_kept_for_a_key_goes_with_the_person() {
    let crm = Crm::new().await;
    let body = json!({"first_name": "Zulema", "email": "zulema@example.org"});
    let create = || crm.server.post(CONTACTS, body.clone()).by(&crm.admin).header("idempotency-key", "clave");
    let made = create().await.ok(201);
    assert_eq!(create().await.header("idempotency-replayed"), "true");
    let contact = made["id"].as_str().unwrap();
    let path = format!("{CONTACTS}/{contact}/erase");
    let erase = || crm.server.post(&path, json!({"reason": "x"})).by(&crm.admin).header("idempotency-key", "otra");
    let erased = erase().await.ok(200);
    let again = erase().await;
    assert_eq!((again.header("idempotency-replayed"), again.ok(200)), ("true", erased));
    create().await.refused(409, "person_erased");
}

#[tokio::test]
async fn everything_is_one_object_and_recorded() {
    let crm = Crm::new().await;
    let (contact, opportunity) = person(&crm).await;
    let path = format!("/api/crm/opportunities/{opportunity}/first-call-attempt");
    let call = json!({"attempt_number": 1, "status": "orange", "call_id": "c-7", "notes": "no contesta"});
    crm.server.post(&path, call).by(&crm.admin).await.ok(200);
    let path = format!("{CONTACTS}/{contact}/everything");
    let everything = crm.server.get(&path).by(&crm.admin).await.ok(200);
    assert_eq!(everything["contact"]["name"], "Zulema Quintanilla");
    assert_eq!(everything["opportunities"][0]["id"], opportunity.as_str());
    assert_eq!(everything["attempts"][0]["call_id"], "c-7");
    assert_eq!(everything["notes"].as_array().unwrap().len(), 2);
    assert_eq!(everything["history"][0]["opportunity_id"], opportunity.as_str());
    assert_eq!(everything["consent"]["text_version"], "7");
    assert!(everything["audit_entries"].as_array().unwrap().len() >= 3, "{everything}");
    let part = crm.server.get(&format!("{path}?skip=1&limit=1")).by(&crm.admin).await.ok(200);
    assert_eq!(part["audit_entries_total"], everything["audit_entries_total"].as_u64().unwrap() + 1, "the look");
    assert_eq!(part["audit_entries"].as_array().unwrap(), &everything["audit_entries"].as_array().unwrap()[..1]);
    assert_eq!((&part["history_total"], part["history"].as_array().unwrap().len()), (&everything["history_total"], 0));
    assert_eq!(part["contact"], everything["contact"]);
    let log = items(&crm.server.get("/api/users/audit-logs").by(&crm.admin).await);
    assert_eq!((&log[0]["action"], &log[0]["entity_id"]), (&json!("contact_everything_read"), &json!(contact)));
    crm.server.get(&path).by(&crm.agent).await.refused(403, "administrators_only");
}

#[tokio::test]
async fn consent_and_wishes_are_set_kept_and_emptied() {
    let crm = Crm::new().await;
    let contact = crm.contact("Ana").await;
    let path = format!("{CONTACTS}/{contact}");
    let change = async |body: Value| crm.server.patch(&path, body).by(&crm.admin).await.ok(200);
    let first =
        change(json!({"do_not_contact": {"reason": "lo pidió"}, "source": "Feria", "source_at": "2026-01-02"})).await;
    let since = first["do_not_contact"]["since"].clone();
    assert!(since.is_string());
    assert_eq!((&first["source"], &first["source_at"]), (&json!("Feria"), &json!("2026-01-02T00:00:00Z")));
    let kept = change(json!({"city": "Málaga"})).await;
    assert_eq!(kept["do_not_contact"], json!({"since": since, "reason": "lo pidió"}));
    let reworded = change(json!({"do_not_contact": {"reason": "otra vez"}})).await;
    assert_eq!(reworded["do_not_contact"], json!({"since": since, "reason": "otra vez"}));
    let moved = change(json!({"do_not_contact": {"since": "2025-01-01T00:00:00Z"}})).await;
    assert_eq!(moved["do_not_contact"], json!({"since": "2025-01-01T00:00:00Z", "reason": null}));
    let emptied = change(json!({"do_not_contact": null, "source": "", "source_at": null})).await;
    assert_eq!((&emptied["do_not_contact"], &emptied["source"]), (&Value::Null, &Value::Null));
    let consent = json!({"text_version": "3", "at": "2026-01-02T10:00:00Z", "channel": "teléfono"});
    assert_eq!(change(json!({"consent": consent})).await["consent"], consent);
    for (body, field) in [
        (json!({"consent": {"at": "2026-01-02T10:00:00Z"}}), "consent.text_version"),
        (json!({"consent": {"text_version": "1", "at": "x"}}), "consent.at"),
        (json!({"consent": "sí"}), "consent"),
        (json!({"do_not_contact": true}), "do_not_contact"),
        (json!({"do_not_contact": {"since": 7}}), "do_not_contact.since"),
    ] {
        assert_eq!(crm.server.patch(&path, body).by(&crm.admin).await.invalid_fields(), [field]);
    }
}

#[tokio::test]
async fn a_deleted_user_is_erased_by_name() {
    let crm = Crm::new().await;
    let agent = crm.server.account(Role::Agent).await;
    let opportunity = crm.held_by(&agent).await;
    let path = format!("/api/users/{}/erase", agent.id);
    let body = json!({"reason": "baja"});
    crm.server.post(&path, body.clone()).by(&crm.admin).await.refused(409, "user_not_deleted");
    crm.server.delete(&format!("/api/users/{}", agent.id)).by(&crm.admin).await.ok(200);
    crm.server.post(&path, body.clone()).by(&crm.agent).await.refused(403, "administrators_only");
    assert_eq!(crm.server.post(&path, body).by(&crm.admin).await.ok(200)["opportunities"], 1);
    let lead = crm.read(&opportunity).await;
    assert_eq!(lead["assigned_to"]["name"], "Persona borrada");
    assert_eq!(lead["assigned_to_id"], json!(agent.id));
}
