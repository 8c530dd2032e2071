//! The list of opportunities.

use serde_json::{Value, json};

use super::Crm;
use crate::common::{Account, Answer};

async fn list(crm: &Crm, by: &Account, query: &str) -> Answer {
    crm.server.get(&format!("/api/crm/opportunities?{query}")).by(by).await
}

fn ids(answer: &Value) -> Vec<String> {
    let rows = answer["opportunities"].as_array().expect("opportunities");
    rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

async fn scores(crm: &Crm, query: &str) -> Vec<i64> {
    let answer = list(crm, &crm.admin, query).await.ok(200);
    answer["opportunities"].as_array().unwrap().iter().map(|row| row["opportunity_score"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn a_page_has_the_total_and_the_next_cursor() {
    let crm = Crm::new().await;
    for score in [10, 20, 30] {
        crm.opportunity_of(score, None).await;
        crm.server.advance(60);
    }
    let answer = list(&crm, &crm.admin, "limit=2").await;
    answer.ok(200);
    insta::assert_json_snapshot!(answer.redacted(), { ".opportunities[].contact" => "[contact]" });
    assert_eq!(scores(&crm, "limit=2").await, [30, 20]);
    assert_eq!(scores(&crm, "limit=2&page=2").await, [10]);
    let last = list(&crm, &crm.admin, "limit=2&page=2").await.ok(200);
    assert_eq!((&last["page"], &last["next_cursor"]), (&json!(2), &Value::Null));
    let beyond = list(&crm, &crm.admin, "page=9223372036854775807&limit=1000").await.ok(200);
    assert_eq!((ids(&beyond).len(), &beyond["total"]), (0, &json!(3)));
}

#[tokio::test]
async fn an_empty_list_is_a_valid_answer() {
    let crm = Crm::new().await;
    let answer = list(&crm, &crm.admin, "").await.ok(200);
    let expected = json!({"opportunities": [], "total": 0, "total_is_exact": true, "page": 1, "limit": 50,
        "total_pages": 0, "next_cursor": null});
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn agents_see_own_and_unassigned_administrators_all() {
    let crm = Crm::new().await;
    let (free, mine, others) = (crm.opportunity().await, crm.held_by(&crm.agent).await, crm.held_by(&crm.admin).await);
    let seen = list(&crm, &crm.agent, "").await.ok(200);
    assert_eq!(seen["total"], 2);
    assert!(ids(&seen).contains(&free) && ids(&seen).contains(&mine));
    assert_eq!(list(&crm, &crm.admin, "").await.ok(200)["total"], 3);
    for (by, query, expected) in [
        (&crm.agent, "assigned_to=me".to_owned(), vec![mine.clone()]),
        (&crm.agent, "assigned_to=none".to_owned(), vec![free]),
        (&crm.agent, format!("assigned_to={}", crm.admin.id), vec![]),
        (&crm.admin, "assigned_to=me".to_owned(), vec![others]),
        (&crm.admin, format!("assigned_to={}", crm.agent.id.to_string().to_uppercase()), vec![mine]),
        (&crm.admin, "assigned_to=invalid-uuid".to_owned(), vec![]),
    ] {
        let found = list(&crm, by, &query).await.ok(200);
        assert_eq!(ids(&found), expected, "{query}");
        assert_eq!(found["total"], expected.len(), "{query}");
    }
}

#[tokio::test]
async fn each_filter_narrows() {
    let crm = Crm::new().await;
    for score in [10, 50, 90] {
        crm.opportunity_of(score, None).await;
        crm.server.advance(86_400);
    }
    let path = format!("/api/crm/opportunities/{}", ids(&list(&crm, &crm.admin, "min_score=90").await.ok(200))[0]);
    crm.server.patch(&path, json!({"status": "contacted", "priority": "urgent"})).by(&crm.admin).await.ok(200);
    let call = json!({"attempt_number": 1, "status": "green"});
    crm.server.post(&format!("{path}/first-call-attempt"), call).by(&crm.admin).await.ok(200);
    for (query, expected) in [
        ("status=contacted", vec![90]),
        ("status=lost", vec![]),
        ("priority=urgent", vec![90]),
        ("min_score=50&max_score=50", vec![50]),
        ("detected_from=2026-01-16", vec![90, 50]),
        ("detected_to=2026-01-16", vec![50, 10]),
        ("detected_from=2026-01-16T09:00:00%2B00:00&detected_to=2026-01-16T10:00:00.000%2B01:00", vec![50]),
        ("attempts_left=true", vec![50, 10]),
        ("attempts_left=false", vec![90]),
        ("search=LUC%C3%8DA", vec![90, 50, 10]),
        ("search=luc&status=contacted", vec![90]),
        ("search=nobody", vec![]),
        ("status=&priority=&search=&assigned_to=&min_score=&cursor=&page=&limit=&unknown=1", vec![90, 50, 10]),
    ] {
        assert_eq!(scores(&crm, query).await, expected, "{query}");
        assert_eq!(list(&crm, &crm.admin, query).await.ok(200)["total"], expected.len(), "{query}");
    }
}

#[tokio::test]
async fn the_opportunity_of_a_contact_is_found() {
    let crm = Crm::new().await;
    let (own, other) = (crm.held_by(&crm.agent).await, crm.held_by(&crm.admin).await);
    for (id, sees) in [(&own, [vec![own.clone()], vec![own.clone()]]), (&other, [vec![other.clone()], vec![]])] {
        let query = format!("contact_id={}", crm.read(id).await["contact_id"].as_str().unwrap().to_uppercase());
        for (by, expected) in [&crm.admin, &crm.agent].into_iter().zip(sees) {
            assert_eq!(ids(&list(&crm, by, &query).await.ok(200)), expected);
        }
    }
    for nothing in [super::unknown_id(), "x".into()] {
        assert!(ids(&list(&crm, &crm.admin, &format!("contact_id={nothing}")).await.ok(200)).is_empty());
    }
}

#[tokio::test]
async fn a_cursor_walks_every_total_order_once() {
    let crm = Crm::new().await;
    for score in [10, 50, 50, 50, 90] {
        crm.opportunity_of(score, None).await;
    }
    for sort in ["detected_at", "opportunity_score", "priority", "created_at"] {
        for order in ["asc", "desc"] {
            let query = format!("sort_by={sort}&sort_order={order}");
            let whole = ids(&list(&crm, &crm.admin, &query).await.ok(200));
            let (mut walked, mut more) = (Vec::new(), String::new());
            loop {
                let part = list(&crm, &crm.admin, &format!("{query}&limit=2{more}")).await.ok(200);
                walked.extend(ids(&part));
                match part["next_cursor"].as_str() {
                    Some(cursor) => more = format!("&cursor={cursor}"),
                    None => break,
                }
            }
            assert_eq!(walked, whole, "{query}");
        }
    }
    assert_eq!(scores(&crm, "sort_by=opportunity_score&sort_order=asc").await, [10, 50, 50, 50, 90]);
    assert_eq!(scores(&crm, "sort_by=opportunity_score").await, [90, 50, 50, 50, 10]);
}

#[tokio::test]
async fn priority_is_sorted_by_urgency() {
    let crm = Crm::new().await;
    for priority in ["urgent", "low", "high", "medium"] {
        let body = json!({"contact_id": crm.contact("Lucía").await, "priority": priority});
        crm.server.post("/api/crm/opportunities", body).by(&crm.admin).await.ok(201);
    }
    let answer = list(&crm, &crm.admin, "sort_by=priority&sort_order=asc").await.ok(200);
    let found: Vec<&Value> = answer["opportunities"].as_array().unwrap().iter().map(|row| &row["priority"]).collect();
    assert_eq!(found, ["low", "medium", "high", "urgent"]);
}

#[tokio::test]
async fn wrong_parameters_are_named_all_at_once() {
    let crm = Crm::new().await;
    let query = "status=open&priority=now&min_score=-1&max_score=many&detected_from=soon&detected_to=2026-13-01\
        &attempts_left=perhaps&sort_by=name&sort_order=up&page=0&limit=0&cursor=x";
    let mut fields = list(&crm, &crm.admin, query).await.invalid_fields();
    fields.sort();
    let expected = [
        "attempts_left",
        "cursor",
        "detected_from",
        "detected_to",
        "limit",
        "max_score",
        "min_score",
        "page",
        "priority",
        "sort_by",
        "sort_order",
        "status",
    ];
    assert_eq!(fields, expected);
    assert_eq!(list(&crm, &crm.admin, "limit=1001").await.invalid_fields(), ["limit"]);
    list(&crm, &crm.admin, "limit=1000").await.ok(200);
}

#[tokio::test]
async fn a_cursor_of_another_order_is_a_fault() {
    let crm = Crm::new().await;
    crm.opportunities(2).await;
    let first = list(&crm, &crm.admin, "limit=1&sort_by=opportunity_score").await.ok(200);
    let cursor = first["next_cursor"].as_str().expect("more");
    list(&crm, &crm.admin, &format!("limit=1&sort_by=opportunity_score&cursor={cursor}")).await.ok(200);
    for other in ["", "&sort_by=priority", "&sort_by=opportunity_score&sort_order=asc"] {
        let answer = list(&crm, &crm.admin, &format!("cursor={cursor}{other}")).await;
        assert_eq!(answer.invalid_fields(), ["cursor"], "{other}");
    }
}
