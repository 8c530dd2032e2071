//! Which contacts agents see and change.

use axum::http::Method;
use reparto_domain::{Role, contacts::AgentsSee};
use serde_json::{Value, json};

use super::{Crm, items, unknown_id};
use crate::common::{Account, Server};

const PATH: &str = "/api/crm/contacts";

/// The contact of an opportunity.
async fn contact_of(crm: &Crm, opportunity: &str) -> String {
    crm.read(opportunity).await["contact_id"].as_str().unwrap().to_owned()
}

/// What the account is answered to reading and to changing a contact, with each method.
async fn tried(crm: &Crm, by: &Account, contact: &str) -> (u16, u16) {
    let path = format!("{PATH}/{contact}");
    let read = crm.server.get(&path).by(by).await.status;
    let change = json!({"city": "Lugo"});
    let patched = crm.server.patch(&path, change.clone()).by(by).await.status;
    assert_eq!(crm.server.ask(Method::PUT, &path).json(change).by(by).await.status, patched);
    (read, patched)
}

/// The contacts that the list, the search and the count show the account.
async fn shown(crm: &Crm, by: &Account) -> Vec<String> {
    let ids = |rows: Vec<Value>| rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let listed = crm.server.get(&format!("{PATH}?sort_order=asc")).by(by).await;
    let counted = crm.server.get(&format!("{PATH}/count")).by(by).await.ok(200);
    assert_eq!(counted["total"], listed.ok(200)["total"]);
    let listed = ids(items(&listed));
    assert_eq!(counted["total"], listed.len());
    assert_eq!(ids(items(&crm.server.get(&format!("{PATH}?search=lucia&sort_order=asc")).by(by).await)), listed);
    listed
}

/// Contacts by what the agent may do: change them, read them, nothing.
async fn three(crm: &Crm) -> [String; 3] {
    let other = crm.server.account(Role::Lawyer).await;
    let mut ids = Vec::new();
    for opportunity in [crm.held_by(&crm.agent).await, crm.opportunity().await, crm.held_by(&other).await] {
        ids.push(contact_of(crm, &opportunity).await);
        crm.server.advance(1);
    }
    ids.try_into().unwrap()
}

#[tokio::test]
async fn anothers_contact_is_a_404_nobodys_is_read_only() {
    let crm = Crm::new().await;
    let [own, nobodys, anothers] = three(&crm).await;
    for (contact, expected) in [(&own, (200, 200)), (&nobodys, (200, 403)), (&anothers, (404, 404))] {
        assert_eq!(tried(&crm, &crm.agent, contact).await, expected);
        assert_eq!(tried(&crm, &crm.admin, contact).await, (200, 200));
    }
    let path = format!("{PATH}/{nobodys}");
    let problem = crm.server.patch(&path, json!({})).by(&crm.agent).await.refused(403, "not_your_contact");
    assert_eq!(problem["detail"], "No tiene permisos para actualizar este contacto");
    assert_eq!(shown(&crm, &crm.agent).await, [own.clone(), nobodys.clone()]);
    assert_eq!(shown(&crm, &crm.admin).await, [own, nobodys, anothers]);
}

#[tokio::test]
async fn the_setting_lets_agents_read_all_and_change_no_more() {
    let crm = Crm::of(Server::with(|config| config.agents_see = AgentsSee::All).await).await;
    let [own, nobodys, anothers] = three(&crm).await;
    for (contact, expected) in [(&own, (200, 200)), (&nobodys, (200, 403)), (&anothers, (200, 403))] {
        assert_eq!(tried(&crm, &crm.agent, contact).await, expected);
    }
    assert_eq!(shown(&crm, &crm.agent).await, [own, nobodys, anothers]);
}

#[tokio::test]
async fn one_who_made_a_contact_keeps_it_in_sight() {
    let crm = Crm::new().await;
    let other = crm.server.account(Role::Agent).await;
    let made = crm.server.post(PATH, json!({"name": "Ana"})).by(&crm.agent).await.ok(201)["id"].clone();
    let contact = made.as_str().unwrap();
    assert_eq!(tried(&crm, &crm.agent, contact).await, (200, 200));
    let body = json!({"contact_id": contact});
    let opportunity = crm.server.post("/api/crm/opportunities", body).by(&crm.agent).await.ok(201)["id"].clone();
    assert_eq!(tried(&crm, &crm.agent, contact).await, (200, 403));
    assert_eq!(tried(&crm, &other, contact).await, (200, 403));
    let path = format!("/api/crm/opportunities/{}/assign", opportunity.as_str().unwrap());
    crm.server.post(&path, json!({"assigned_to_id": other.id})).by(&crm.admin).await.ok(200);
    assert_eq!(tried(&crm, &crm.agent, contact).await, (200, 200));
    let bystander = crm.server.account(Role::Agent).await;
    assert_eq!(tried(&crm, &bystander, contact).await, (404, 404));
}

#[tokio::test]
async fn a_hidden_contacts_opportunity_is_a_404_without_id() {
    let crm = Crm::new().await;
    let [own, _, anothers] = three(&crm).await;
    let create = async |contact: &str| {
        crm.server.post("/api/crm/opportunities", json!({"contact_id": contact})).by(&crm.agent).await
    };
    let unknown = create(&unknown_id()).await.refused(404, "contact_not_found");
    let hidden = create(&anothers).await.refused(404, "contact_not_found");
    assert_eq!((&hidden["detail"], &hidden["opportunity_id"]), (&json!("Contacto no encontrado"), &Value::Null));
    assert_eq!((&hidden["detail"], &hidden["title"]), (&unknown["detail"], &unknown["title"]));
    let seen = create(&own).await.refused(409, "contact_has_opportunity");
    assert!(seen["opportunity_id"].is_string());
}

#[tokio::test]
async fn a_contact_goes_with_its_opportunity_if_asked() {
    let crm = Crm::new().await;
    let opportunity = crm.held_by(&crm.agent).await;
    let path = format!("{PATH}/{}", contact_of(&crm, &opportunity).await);
    let with = format!("{path}?with_opportunity=true");
    for refused in [path.clone(), format!("{path}?with_opportunity=false")] {
        crm.server.delete(&refused).by(&crm.admin).await.refused(409, "contact_in_use");
    }
    crm.server.delete(&with).by(&crm.agent).await.refused(403, "administrators_only");
    let wrong = crm.server.delete(&format!("{path}?with_opportunity=perhaps")).by(&crm.admin).await;
    assert_eq!(wrong.invalid_fields(), ["with_opportunity"]);
    assert_eq!(crm.server.delete(&with).by(&crm.admin).await.status, 204);
    crm.server.get(&path).by(&crm.admin).await.refused(404, "contact_not_found");
    let gone = crm.server.get(&format!("/api/crm/opportunities/{opportunity}")).by(&crm.admin).await;
    gone.refused(404, "opportunity_not_found");
}

/// What docs/data-protection says about Article 18.
#[tokio::test]
async fn who_is_held_by_an_administrator_is_hidden_from_agents() {
    let crm = Crm::new().await;
    let other = crm.server.account(Role::Agent).await;
    let made = json!({"first_name": "Zulema", "phone": "+34 611 222 333", "responsible_user_id": crm.agent.id});
    let contact = crm.server.post("/api/crm/contacts", made).by(&crm.admin).await.ok(201)["id"].clone();
    let body = json!({"contact_id": contact, "assigned_to_id": crm.agent.id, "detection_reason": {}});
    let id = crm.server.post("/api/crm/opportunities", body).by(&crm.admin).await.ok(201)["id"].clone();
    let (contact, id) = (contact.as_str().unwrap(), id.as_str().unwrap());
    let (lead, person) = (format!("/api/crm/opportunities/{id}"), format!("/api/crm/contacts/{contact}"));
    let change = async |path: &str, body: Value| crm.server.patch(path, body).by(&crm.admin).await.ok(200);
    let found_by = async |agent: &Account| {
        let list = async |path: &str| crm.server.get(path).by(agent).await.ok(200)["total"].clone();
        let mut found = Vec::new();
        for query in ["", "search=Zulema", "search=611222333", "do_not_contact=true", "assigned_to=none", "status=lost"]
        {
            found.push(list(&format!("/api/crm/opportunities?{query}")).await != json!(0));
        }
        for path in ["contacts?", "contacts?search=Zulema", "contacts/count?"] {
            found.push(list(&format!("/api/crm/{path}")).await != json!(0));
        }
        for path in [&lead, &format!("{lead}/history"), &person] {
            found.push(crm.server.get(path).by(agent).await.status == 200);
        }
        found.into_iter().any(|is_found| is_found)
    };
    assert!(found_by(&crm.agent).await);
    assert!(!found_by(&other).await, "somebody else's");

    // To take it away and close it is not enough: it is then nobody's, which every agent sees.
    change(&person, json!({"do_not_contact": {"reason": "Artículo 18"}, "responsible_user_id": null})).await;
    let body = json!({"opportunity_ids": [id]});
    crm.server.post("/api/crm/opportunities/bulk-unassign", body).by(&crm.admin).await.ok(200);
    change(&lead, json!({"status": "lost"})).await;
    assert!(found_by(&crm.agent).await && found_by(&other).await);

    let assign = json!({"opportunity_ids": [id], "assigned_to_id": crm.admin.id, "include_do_not_contact": true});
    assert_eq!(crm.bulk_assign(assign).await.ok(200)["assigned_count"], 1);
    assert!(!found_by(&crm.agent).await && !found_by(&other).await);
    let refused = crm.server.patch(&person, json!({"city": "Jaén"})).by(&crm.agent).await;
    refused.refused(404, "contact_not_found");
    assert_eq!(crm.server.get("/api/crm/opportunities?search=Zulema").by(&crm.admin).await.ok(200)["total"], 1);
}

/// What docs/data-protection says about Article 18.
#[tokio::test]
async fn whoever_entered_a_contact_still_reads_it_when_an_administrator_holds_the_opportunity() {
    let crm = Crm::new().await;
    let contact = crm.server.post("/api/crm/contacts", json!({"first_name": "Zulema"})).by(&crm.agent).await.ok(201);
    let contact = contact["id"].as_str().unwrap();
    let body = json!({"contact_id": contact, "assigned_to_id": crm.admin.id, "detection_reason": {}});
    let id = crm.server.post("/api/crm/opportunities", body).by(&crm.admin).await.ok(201)["id"].clone();
    crm.server.get(&format!("/api/crm/contacts/{contact}")).by(&crm.agent).await.ok(200);
    let lead = format!("/api/crm/opportunities/{}", id.as_str().unwrap());
    crm.server.get(&lead).by(&crm.agent).await.refused(404, "opportunity_not_found");
}
