//! A job's items, as a list and as a file.

use reparto_domain::jobs::CHUNK;
use serde_json::{Value, json};

use super::{ended, id, make, many};
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
async fn items_come_paged_or_as_a_file_or_only_errors() {
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
    let mut reported: Vec<String> = rows[1..].iter().map(|row| row[0].to_owned()).collect();
    reported.sort_unstable();
    ids.sort_unstable();
    assert_eq!(reported, ids);
    assert!(rows[1..].iter().all(|row| &row[2] == "Lucía"));
    assert!(file.text().starts_with("\u{feff}id,contact_id,name,"));
    let path = format!("/api/crm/jobs/{made}/items?format=csv&separator=semicolon");
    let file = crm.server.get(&path).by(&crm.admin).await;
    assert!(file.text().starts_with("\u{feff}id;contact_id;name;"));
    let mut read = csv::ReaderBuilder::new().has_headers(false).delimiter(b';').from_reader(&file.body[..]);
    assert_eq!(read.records().map(Result::unwrap).collect::<Vec<_>>(), rows);
    let failed = crm.server.get(&format!("{path}&only=errors")).by(&crm.admin).await;
    assert_eq!(failed.text(), "\u{feff}opportunity_id;error;code\r\n");
    let translated = crm.server.get(&path).by(&crm.admin).in_english().await;
    assert!(translated.text().starts_with("\u{feff}Opportunity id;Contact id;Full name;"), "{}", translated.text());
    let path = format!("/api/crm/jobs/{made}/items?format=xlsx");
    let book = crm.server.get(&path).by(&crm.admin).await;
    assert_eq!(book.header("content-disposition"), "attachment; filename=\"opportunities.xlsx\"");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&book.body[..])).unwrap();
    let mut sheet = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("xl/worksheets/sheet1.xml").unwrap(), &mut sheet).unwrap();
    assert_eq!(sheet.matches("<row ").count(), ids.len() + 1);
    assert!(ids.iter().all(|id| sheet.contains(id)));
}

#[tokio::test]
async fn malformed_ids_are_shown_as_sent_in_json_and_csv() {
    let crm = Crm::new().await;
    let known = crm.opportunity().await;
    let _background = crm.server.run_background();
    let texts = ["no es un id", "ñ \"x\"", "=1+1", "0190a6e0"];
    let mut ids: Vec<&str> = texts.to_vec();
    ids.insert(1, &known);
    let from_list = make(&crm, json!({"kind": "bulk_unassign", "opportunity_ids": ids})).await;
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["opportunity_id"]).unwrap();
    for id in &ids {
        csv.write_record([id]).unwrap();
    }
    let csv = String::from_utf8(csv.into_inner().unwrap()).unwrap();
    let upload = crm.server.post("/api/crm/jobs?kind=bulk_unassign", json!({})).by(&crm.admin).raw("text/csv", csv);
    let from_file = id(&upload.await.ok(202));
    for made in [from_list, from_file] {
        let reported = ended(&crm, &made).await;
        assert_eq!((&reported["done"], &reported["failed"]), (&json!(1), &json!(4)), "{reported}");
        let path = format!("/api/crm/jobs/{made}/items");
        let all = items(&crm.server.get(&path).by(&crm.admin).await);
        assert_eq!(all.iter().map(|item| item["opportunity_id"].as_str().unwrap()).collect::<Vec<_>>(), ids);
        let failed = items(&crm.server.get(&format!("{path}?only=errors")).by(&crm.admin).await);
        assert!(failed.iter().all(|item| item["code"] == "opportunity_not_found"), "{failed:?}");
        let file = crm.server.get(&format!("{path}?only=errors&format=csv")).by(&crm.admin).await;
        let shown: Vec<String> = rows(&file)[1..].iter().map(|row| row[0].to_owned()).collect();
        // Texts that a spreadsheet would run as formulas are escaped, as in every file.
        assert_eq!(shown, [texts[0], texts[1], "'=1+1", texts[3]]);
    }
}
