//! A job's items, as a list and as a file.

use reparto_domain::jobs::CHUNK;
use serde_json::{Value, json};

use super::{ended, make, many};
use crate::{
    common::Answer,
    crm::{Crm, items, unknown_id},
};

fn rows(answer: &Answer) -> Vec<csv::StringRecord> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert!(answer.header("content-disposition").starts_with("attachment; filename="));
    csv::ReaderBuilder::new().has_headers(false).from_reader(&answer.body[..]).records().map(Result::unwrap).collect()
}

#[tokio::test]
async fn items_come_in_parts_or_as_a_file_and_errors_alone_too() {
    let crm = Crm::new().await;
    let mut ids = crm.opportunities(3).await;
    ids.insert(1, unknown_id());
    let _background = crm.server.run_background();
    let made = make(&crm, json!({"kind": "bulk_unassign", "opportunity_ids": ids})).await;
    ended(&crm, &made).await;
    let path = format!("/api/crm/jobs/{made}/items");
    let get = |query: &str| crm.server.get(&format!("{path}{query}")).by(&crm.admin);
    let all = items(&get("").await);
    assert_eq!(all.iter().map(|item| &item["opportunity_id"]).collect::<Vec<_>>(), ids.iter().collect::<Vec<_>>());
    let failed =
        json!({"opportunity_id": ids[1], "error": "Oportunidad no encontrada", "code": "opportunity_not_found"});
    assert_eq!(items(&get("?only=errors").await), [failed]);
    let english = get("?only=errors").in_english().await.ok(200);
    assert_eq!(english["items"][0]["error"], "Opportunity not found");
    let part = get("?limit=3").await.ok(200);
    let rest = get(&format!("?limit=3&cursor={}", part["next_cursor"].as_str().unwrap())).await.ok(200);
    assert_eq!((part["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (3, 1));
    assert_eq!(rest["next_cursor"], Value::Null);
    for file in [get("?format=csv").await, get("").header("accept", "text/csv").await] {
        let rows = rows(&file);
        assert_eq!(rows[0], ["opportunity_id", "error", "code"][..]);
        assert_eq!(rows.len(), 5);
        assert_eq!(rows[2], [ids[1].as_str(), "Oportunidad no encontrada", "opportunity_not_found"][..]);
    }
    assert_eq!(rows(&get("?format=csv&only=errors").await).len(), 2);
    assert_eq!(get("?only=x&format=y&limit=0").await.invalid_fields(), ["only", "format", "limit"]);
}

#[tokio::test]
async fn an_exports_file_has_a_row_for_each_opportunity() {
    let crm = Crm::new().await;
    let mut ids = many(&crm, CHUNK + 10).await;
    let _background = crm.server.run_background();
    let made = make(&crm, json!({"kind": "export", "filter": {}})).await;
    assert_eq!(ended(&crm, &made).await["done"], CHUNK + 10);
    let file = crm.server.get(&format!("/api/crm/jobs/{made}/items?format=csv")).by(&crm.admin).await;
    let rows = rows(&file);
    assert_eq!((&rows[0][0], &rows[0][2]), ("id", "name"));
    let mut told: Vec<String> = rows[1..].iter().map(|row| row[0].to_owned()).collect();
    told.sort_unstable();
    ids.sort_unstable();
    assert_eq!(told, ids);
    assert!(rows[1..].iter().all(|row| &row[2] == "Lucía"));
}
