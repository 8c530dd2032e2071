//! Contacts.

use axum::http::Method;
use reparto_domain::{Role, UserId, contacts::ContactFields, erasures::IfErased, json::KeptObject};
use serde_json::{Value, json};

use super::{Crm, items, unknown_id};
use crate::common::{Account, Answer};

const PATH: &str = "/api/crm/contacts";

async fn create(crm: &Crm, by: &Account, body: Value) -> Answer {
    crm.server.post(PATH, body).by(by).await
}

#[tokio::test]
async fn every_field_is_stored() {
    let crm = Crm::new().await;
    let body = json!({
        "first_name": "Lucía", "last_name": "Fernández", "email": "Lucia@Example.org", "phone": "+34 600 123 456",
        "mobile": "600 1", "address": "Calle Mayor 1", "city": "Málaga", "state": "Málaga", "postal_code": "29001",
        "country": "España", "company_name": "Acme", "company_id": "c-1", "position": "Directora",
        "nacionalidad": "Colombia", "grading_llamada": "A", "grading_situacion": "B+",
        "responsible_user_id": crm.agent.id, "tiempo_espana": "2 años", "empadronado": true,
        "lugar_residencia": "Málaga", "tiene_ingresos": false, "trabaja_b": true, "edad": 34,
        "tiene_familiares_espana": false, "landing_product": "arraigo", "avatar_url": "https://example.org/a.png",
        "notes": "n", "custom_fields": {"a": {"b": [1, null, "ñ"]}}
    });
    let answer = create(&crm, &crm.admin, body.clone()).await;
    let made = answer.ok(201);
    insta::assert_json_snapshot!(answer.redacted());
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(made[field], *value, "{field}");
    }
    assert_eq!(answer.header("location"), format!("{PATH}/{}", made["id"].as_str().unwrap()));
    assert_eq!(crm.server.get(answer.header("location")).by(&crm.agent).await.ok(200), made);
}

#[tokio::test]
async fn a_name_is_split_where_its_parts_are_absent() {
    let crm = Crm::new().await;
    for (sent, first, last, name) in [
        (json!({"name": "Ana María García"}), json!("Ana"), json!("María García"), "Ana María García"),
        (json!({"name": " Ana "}), json!("Ana"), Value::Null, "Ana"),
        (json!({"name": "X", "first_name": "Ana"}), json!("Ana"), Value::Null, "Ana"),
        (json!({"name": "Ana", "first_name": null, "last_name": ""}), json!("Ana"), Value::Null, "Ana"),
        (json!({"email": "a@example.org", "phone": "1"}), Value::Null, Value::Null, "a@example.org"),
        (json!({"phone": "600"}), Value::Null, Value::Null, "600"),
    ] {
        let made = create(&crm, &crm.agent, sent.clone()).await.ok(201);
        assert_eq!((&made["first_name"], &made["last_name"], &made["name"]), (&first, &last, &json!(name)), "{sent}");
    }
}

#[tokio::test]
async fn invisible_characters_are_no_part_of_a_contact() {
    let crm = Crm::new().await;
    let unseen = json!({"first_name": "\u{200b}", "phone": "\u{200b}"});
    assert_eq!(create(&crm, &crm.agent, unseen).await.invalid_fields(), ["name"]);
    let sent =
        json!({"first_name": "Zo\u{200b}e", "email": "\u{200b}zoe@example.org", "phone": "\u{202a}+34 600\u{202c}"});
    let zoe = create(&crm, &crm.agent, sent).await.ok(201);
    assert_eq!(
        (&zoe["first_name"], &zoe["email"], &zoe["phone"]),
        (&json!("Zoe"), &json!("zoe@example.org"), &json!("+34 600"))
    );
    let path = format!("{PATH}/{}", zoe["id"].as_str().unwrap());
    let changed = crm.server.patch(&path, json!({"last_name": "R\u{ad}ey\u{feff}"})).by(&crm.agent).await.ok(200);
    assert_eq!(changed["last_name"], "Rey");
}

#[tokio::test]
async fn company_is_another_spelling_of_company_name() {
    let crm = Crm::new().await;
    let made = create(&crm, &crm.agent, json!({"name": "Ana", "company": "Acme"})).await.ok(201);
    assert_eq!(made["company_name"], "Acme");
    let both = create(&crm, &crm.agent, json!({"name": "Ana", "company": "A", "company_name": "B"})).await.ok(201);
    assert_eq!(both["company_name"], "B");
}

#[tokio::test]
async fn a_contact_without_any_name_is_refused() {
    let crm = Crm::new().await;
    for body in [json!({}), json!({"city": "Málaga"}), json!({"name": "  ", "email": "", "phone": null})] {
        assert_eq!(create(&crm, &crm.agent, body).await.invalid_fields(), ["name"]);
    }
    let id = crm.contact("Lucía").await;
    let path = format!("{PATH}/{id}");
    let emptied = crm.server.patch(&path, json!({"first_name": ""})).by(&crm.agent).await;
    let problem = emptied.refused(422, "contact_without_name");
    assert_eq!(problem["errors"][0]["field"], "name");
    assert_eq!(problem["error"], true);
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let crm = Crm::new().await;
    let body = json!({
        "name": 1, "email": "nobody", "phone": 600, "grading_llamada": "E", "grading_situacion": 1, "edad": 151,
        "empadronado": "yes", "custom_fields": [], "responsible_user_id": 3, "city": "x".repeat(256)
    });
    let answer = create(&crm, &crm.admin, body).await;
    let mut fields = answer.invalid_fields();
    fields.sort();
    let expected = [
        "city",
        "custom_fields",
        "edad",
        "email",
        "empadronado",
        "grading_llamada",
        "grading_situacion",
        "name",
        "phone",
        "responsible_user_id",
    ];
    assert_eq!(fields, expected);
    let nul = create(&crm, &crm.admin, json!({"name": "a\u{0}b", "custom_fields": {"k": ["\u{0}"]}})).await;
    assert_eq!(nul.invalid_fields(), ["custom_fields", "name"]);
}

#[tokio::test]
async fn a_kept_object_over_a_bound_is_refused() {
    let crm = Crm::new().await;
    let nested = |levels: usize| (1..levels).fold(json!({}), |inner, _| json!({ "a": inner }));
    let keys = |count: usize| Value::Object((0..count).map(|n| (n.to_string(), json!(1))).collect());
    let long = |bytes: usize| json!({"k": "x".repeat(bytes - 8)});
    for allowed in [nested(8), keys(200), long(16_384)] {
        let made = create(&crm, &crm.admin, json!({"name": "Ana", "custom_fields": allowed})).await.ok(201);
        assert_eq!(made["custom_fields"], allowed);
    }
    for (refused, says) in [(nested(9), "8 levels"), (keys(201), "200"), (long(16_385), "16384 bytes")] {
        let body = json!({"name": "Ana", "custom_fields": refused});
        let problem =
            crm.server.post(PATH, body.clone()).by(&crm.admin).in_english().await.refused(422, "validation_failed");
        assert_eq!(problem["errors"][0]["field"], "custom_fields");
        assert!(problem["detail"].as_str().unwrap().contains(says), "{problem}");
        let path = format!("{PATH}/{}", crm.contact("Lucía").await);
        assert_eq!(crm.server.patch(&path, body).by(&crm.admin).await.invalid_fields(), ["custom_fields"]);
        let reason = json!({"contact_id": crm.contact("Eva").await, "detection_reason": refused});
        let made = crm.server.post("/api/crm/opportunities", reason).by(&crm.admin).await;
        assert_eq!(made.invalid_fields(), ["detection_reason"]);
    }
}

#[tokio::test]
async fn a_page_over_16_mb_names_the_limit() {
    let crm = Crm::new().await;
    for _ in 0..17 {
        let custom_fields = KeptObject::stored(json!({"text": "x".repeat(1 << 20)}).to_string());
        let fields = ContactFields { first_name: Some("Ana".into()), custom_fields, ..ContactFields::default() };
        crm.server.store().contact_create(&crm.server.system(), fields, IfErased::Refuse, None).await.unwrap();
    }
    let problem = crm.server.get(PATH).by(&crm.admin).await.refused(422, "page_too_large");
    assert_eq!((&problem["errors"][0]["field"], &problem["error"]), (&json!("limit"), &json!(true)));
    let page = crm.server.get(&format!("{PATH}?limit=2")).by(&crm.admin).await.ok(200);
    assert_eq!(page["items"][0]["custom_fields"]["text"].as_str().map(str::len), Some(1 << 20));
}

#[tokio::test]
async fn put_does_exactly_what_patch_does() {
    let crm = Crm::new().await;
    for method in [Method::PATCH, Method::PUT] {
        let path = format!("{PATH}/{}", crm.contact("Lucía").await);
        let ask = |body: Value| crm.server.ask(method.clone(), &path).json(body).by(&crm.agent);
        let changed = ask(json!({"city": "Málaga", "grading_llamada": "B-"})).await.ok(200);
        assert_eq!((&changed["city"], &changed["first_name"]), (&json!("Málaga"), &json!("Lucía")));
        assert_eq!(changed["updated_by"], json!(crm.agent.id));
        let emptied = ask(json!({"city": null, "grading_llamada": ""})).await.ok(200);
        assert_eq!((&emptied["city"], &emptied["grading_llamada"]), (&Value::Null, &Value::Null));
        let renamed = ask(json!({"name": "Ana García"})).await.ok(200);
        assert_eq!((&renamed["first_name"], &renamed["last_name"]), (&json!("Ana"), &json!("García")));
    }
}

#[tokio::test]
async fn sending_a_contact_back_changes_nothing() {
    let crm = Crm::new().await;
    let made = create(&crm, &crm.admin, json!({"email": "a@example.org", "responsible_user_id": crm.agent.id})).await;
    let made = made.ok(201);
    crm.server.advance(60);
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    for method in [Method::PUT, Method::PATCH] {
        assert_eq!(crm.server.ask(method, &path).json(made.clone()).by(&crm.agent).await.ok(200), made);
    }
    assert_eq!(crm.server.patch(&path, json!({"name": "a@example.org"})).by(&crm.agent).await.ok(200), made);
}

#[tokio::test]
async fn only_administrators_set_responsible_users_and_delete() {
    let crm = Crm::new().await;
    let path = format!("{PATH}/{}", crm.contact("Lucía").await);
    for responsible in [json!(crm.agent.id), json!("x"), json!(UserId::new())] {
        let body = json!({"name": "Ana", "responsible_user_id": responsible});
        create(&crm, &crm.agent, body.clone()).await.refused(403, "responsible_administrators_only");
        crm.server.patch(&path, body).by(&crm.agent).await.refused(403, "responsible_administrators_only");
    }
    crm.server.delete(&path).by(&crm.agent).await.refused(403, "administrators_only");
    for responsible in [json!("x"), json!(UserId::new())] {
        let body = json!({"responsible_user_id": responsible});
        crm.server.patch(&path, body).by(&crm.admin).await.refused(404, "responsible_not_found");
    }
    let set = crm.server.patch(&path, json!({"responsible_user_id": crm.agent.id})).by(&crm.admin).await.ok(200);
    assert_eq!(set["responsible_user_id"], json!(crm.agent.id));
    let emptied = crm.server.patch(&path, json!({"responsible_user_id": null})).by(&crm.admin).await.ok(200);
    assert_eq!(emptied["responsible_user_id"], Value::Null);
    assert_eq!(crm.server.delete(&path).by(&crm.admin).await.status, 204);
    crm.server.get(&path).by(&crm.admin).await.refused(404, "contact_not_found");
}

#[tokio::test]
async fn a_contact_with_an_opportunity_is_in_use() {
    let crm = Crm::new().await;
    let opportunity = crm.opportunity().await;
    let contact = crm.read(&opportunity).await["contact_id"].as_str().unwrap().to_owned();
    let problem = crm.server.delete(&format!("{PATH}/{contact}")).by(&crm.admin).await.refused(409, "contact_in_use");
    assert_eq!(problem["opportunity_id"], opportunity);
}

#[tokio::test]
async fn an_unknown_contact_is_not_found() {
    let crm = Crm::new().await;
    for id in [unknown_id(), "x".into()] {
        let path = format!("{PATH}/{id}");
        for answer in [
            crm.server.get(&path).by(&crm.admin).await,
            crm.server.patch(&path, json!({})).by(&crm.admin).await,
            crm.server.ask(Method::PUT, &path).json(json!({})).by(&crm.admin).await,
            crm.server.delete(&path).by(&crm.admin).await,
        ] {
            assert_eq!(answer.refused(404, "contact_not_found")["detail"], "Contacto no encontrado");
        }
    }
}

#[tokio::test]
async fn the_list_is_filtered_sorted_and_counted() {
    let crm = Crm::new().await;
    for body in [
        json!({"name": "Ana Gómez", "city": "Ávila", "nacionalidad": "Perú", "grading_llamada": "A"}),
        json!({"name": "Berta", "city": "Bilbao", "grading_situacion": "D", "responsible_user_id": crm.agent.id}),
        json!({"name": "Álvaro", "email": "z@example.org"}),
    ] {
        create(&crm, &crm.admin, body).await.ok(201);
        crm.server.advance(1);
    }
    let names = async |query: &str| {
        let answer = crm.server.get(&format!("{PATH}?{query}")).by(&crm.agent).await;
        let count = crm.server.get(&format!("{PATH}/count?{query}")).by(&crm.agent).await.ok(200);
        assert_eq!(count, json!({"total": answer.ok(200)["total"]}));
        items(&answer).iter().map(|row| row["first_name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let by_agent = format!("responsible_user_id={}", crm.agent.id);
    for (query, expected) in [
        ("", vec!["Álvaro", "Berta", "Ana"]),
        ("sort_by=strange", vec!["Álvaro", "Berta", "Ana"]),
        ("sort_by=name&sort_order=asc", vec!["Álvaro", "Ana", "Berta"]),
        ("search=gomez", vec!["Ana"]),
        ("search=ana+gómez", vec!["Ana"]),
        ("search=avila", vec!["Ana"]),
        ("nacionalidad=peru", vec!["Ana"]),
        ("grading_llamada=A", vec!["Ana"]),
        ("grading_situacion=D", vec!["Berta"]),
        (by_agent.as_str(), vec!["Berta"]),
        ("responsible_user_id=x", vec![]),
        ("skip=1", vec!["Berta", "Ana"]),
        ("page=2&limit=2", vec!["Ana"]),
    ] {
        assert_eq!(names(&query.replace('ó', "%C3%B3")).await, expected, "{query}");
    }
    let answer = crm.server.get(&format!("{PATH}?page=2&limit=2")).by(&crm.agent).await.ok(200);
    assert_eq!((&answer["skip"], &answer["limit"], &answer["total"]), (&json!(2), &json!(2), &json!(3)));
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let crm = Crm::new().await;
    let query = "grading_llamada=E&grading_situacion=b&sort_order=up&limit=1001&page=0&skip=-1";
    let answer = crm.server.get(&format!("{PATH}?{query}")).by(&crm.agent).await;
    let mut fields = answer.invalid_fields();
    fields.sort();
    assert_eq!(fields, ["grading_llamada", "grading_situacion", "limit", "page", "skip", "sort_order"]);
    let answer = crm.server.get(&format!("{PATH}/count?grading_llamada=E")).by(&crm.agent).await;
    assert_eq!(answer.invalid_fields(), ["grading_llamada"]);
}

#[tokio::test]
async fn contacts_are_for_staff() {
    let crm = Crm::new().await;
    let user = crm.server.account(Role::User).await;
    create(&crm, &user, json!({})).await.refused(403, "staff_only");
    crm.server.get(PATH).by(&user).await.refused(403, "staff_only");
    create(&crm, &crm.server.account(Role::Lawyer).await, json!({"name": "Ana"})).await.ok(201);
}

#[tokio::test]
async fn everybody_is_found_however_it_is_typed() {
    let crm = Crm::new().await;
    let people = [
        json!({"first_name": "José Ángel", "last_name": "Núñez Peña", "email": "jan@example.org", "phone": "+34 600-701-001",
            "city": "Cádiz"}),
        json!({"first_name": "Sinéad", "last_name": "O’Brien", "email": "sob@example.org", "phone": "(600) 701 003"}),
        json!({"first_name": "Işıl", "last_name": "Yıldız", "email": "100%_real@example.org", "mobile": "0034600701006"}),
    ];
    for person in people {
        let made = crm.server.post(PATH, person).by(&crm.admin).await.ok(201);
        crm.server.post("/api/crm/opportunities", json!({"contact_id": made["id"]})).by(&crm.admin).await.ok(201);
    }
    for (typed, expected) in [
        ("+34 600 70 10 01", vec!["jan@example.org"]),
        ("0034600701001", vec!["jan@example.org"]),
        ("٦٠٠٧٠١٠٠١", vec!["jan@example.org"]),
        ("Núñez Peña, José", vec!["jan@example.org"]),
        ("cadiz nun\u{303}ez", vec!["jan@example.org"]),
        ("o'brien", vec!["sob@example.org"]),
        ("OBRIEN sin\u{200b}ead", vec!["sob@example.org"]),
        ("isil 600 701 006", vec!["100%_real@example.org"]),
        ("100%", vec!["100%_real@example.org"]),
        ("600 701", vec!["100%_real@example.org", "jan@example.org", "sob@example.org"]),
        ("núñez o'brien", vec![]),
        ("600701009", vec![]),
    ] {
        let asked: String = form_urlencoded::byte_serialize(typed.as_bytes()).collect();
        let listed =
            crm.server.get(&format!("{PATH}?search={asked}&sort_by=email&sort_order=asc")).by(&crm.admin).await;
        let emails = |rows: &[Value], of: &dyn Fn(&Value) -> Value| -> Vec<String> {
            rows.iter().map(|row| of(row)["email"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(emails(&items(&listed), &Value::clone), expected, "{typed}");
        let count = crm.server.get(&format!("{PATH}/count?search={asked}")).by(&crm.admin).await.ok(200);
        assert_eq!(count["total"], expected.len(), "{typed}");
        let list = crm.server.get(&format!("/api/crm/opportunities?search={asked}")).by(&crm.admin).await.ok(200);
        let mut found = emails(list["opportunities"].as_array().unwrap(), &|row| row["contact"].clone());
        found.sort();
        assert_eq!(found, expected, "{typed}");
    }
}
