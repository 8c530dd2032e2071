//! Properties of a bulk request with any list of ids.

use std::collections::HashSet;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::{Crm, to, unknown_id};

/// An id in a request: one of the opportunities in any spelling, or something else.
#[derive(Debug, Clone)]
enum Sent {
    Known(usize, usize),
    Unknown,
    Text(String),
}

/// The number of opportunities.
const KNOWN: usize = 6;

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        6 => (0..KNOWN, 0..4_usize).prop_map(|(which, spelling)| Sent::Known(which, spelling)),
        1 => Just(Sent::Unknown),
        2 => any::<String>().prop_map(Sent::Text),
    ]
}

fn spelled(sent: &Sent, known: &[String]) -> String {
    match sent {
        Sent::Known(which, 0) => known[*which].clone(),
        Sent::Known(which, 1) => known[*which].to_uppercase(),
        Sent::Known(which, 2) => known[*which].replace('-', ""),
        Sent::Known(which, _) => format!("urn:uuid:{}", known[*which]),
        Sent::Unknown => unknown_id(),
        Sent::Text(text) => text.clone(),
    }
}

/// What a sent id denotes: the opportunity that it spells, or itself.
fn meaning(sent: &str) -> String {
    sent.trim().parse::<uuid::Uuid>().map_or_else(|_| sent.to_owned(), |id| id.to_string())
}

fn texts(items: &Value, field: &str) -> Vec<String> {
    items.as_array().into_iter().flatten().map(|item| item[field].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn each_unique_id_is_answered_once_in_order() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let crm = runtime.block_on(Crm::new());
    let known = runtime.block_on(crm.opportunities(KNOWN));
    let mut runner = TestRunner::new(Config { cases: 96, failure_persistence: None, ..Config::default() });
    let lists = prop::collection::vec(sent(), 0..8);
    let ran = runner.run(&lists, |list| {
        let ids: Vec<String> = list.iter().map(|sent| spelled(sent, &known)).collect();
        let distinct: HashSet<String> = ids.iter().map(|id| meaning(id)).collect();
        let answer = runtime.block_on(async { crm.bulk_assign(to(&crm.agent, &ids)).await });
        if ids.is_empty() {
            prop_assert_eq!(answer.status, 400);
            return Ok(());
        }
        if distinct.len() < ids.len() {
            prop_assert_eq!(answer.refused(400, "list_has_duplicates")["status"].as_u64(), Some(400));
            return Ok(());
        }
        let body = answer.json();
        let done = texts(&body["opportunities"], "id");
        let failed = texts(&body["errors"], "opportunity_id");
        let expected: Vec<String> = ids.iter().map(|id| meaning(id)).filter(|id| known.contains(id)).collect();
        prop_assert_eq!(&done, &expected);
        let others: Vec<String> = ids.iter().filter(|id| !known.contains(&meaning(id))).cloned().collect();
        prop_assert_eq!(&failed, &others);
        prop_assert_eq!(&body["assigned_count"], &json!(done.len()));
        prop_assert_eq!(&body["failed_count"], &json!(failed.len()));
        prop_assert_eq!(&body["success"], &json!(!done.is_empty()));
        prop_assert_eq!(body["operation_id"].is_null(), done.is_empty());
        prop_assert_eq!(answer.status, if failed.is_empty() { 200 } else { 207 });
        Ok(())
    });
    ran.unwrap();
}
