//! A job continues whichever of its runners dies.

use std::sync::Arc;

use reparto_test_postgres::{Database, Held, sql};
use serde_json::json;

use super::fleet::{Fleet, PATIENCE};
use crate::harness::Folder;

const OPPORTUNITIES: u32 = 10_000;
const KILLS: usize = 10;

/// Blocks writers of assignments, but not readers.
const HOLD: &str = "LOCK TABLE assignments IN EXCLUSIVE MODE";

/// The number of services blocked in the middle of a chunk.
const WAITING: &str = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'assignments'::regclass";

#[tokio::test(flavor = "multi_thread")]
async fn job_with_killed_runners_does_each_item_once() {
    let database = Database::empty().await.unwrap();
    let folder = Folder::on(database.url());
    folder.demo(OPPORTUNITIES);
    let fleet = Arc::new(Fleet::start(folder, &[&[], &[]]));
    let boss = fleet.sign_in("admin@example.org").await;
    let agent = boss.responsibles().await[1].0.clone();
    let mut held = Held::new(&database.url(), HOLD).await.unwrap();
    let body = json!({ "kind": "bulk_assign", "filter": {}, "assigned_to_id": agent });
    let made = boss.until_answered("POST", "/api/crm/jobs", Some(&body), Some("job")).await;
    assert_eq!((made.status, made.json()["total"].as_u64()), (202, Some(OPPORTUNITIES.into())), "{made:?}");
    let id = made.json()["id"].as_str().unwrap().to_owned();
    for number in 0..KILLS {
        // Both are now in the middle of a chunk.
        until(&database, WAITING, 2).await;
        fleet.kill(number % 2);
        // The blocked ones continue; then all are blocked again.
        let next = tokio::spawn({
            let url = database.url();
            async move { Held::new(&url, HOLD).await.unwrap() }
        });
        until(&database, WAITING, 3).await;
        drop(held);
        held = next.await.unwrap();
        let revived = Arc::clone(&fleet);
        tokio::task::spawn_blocking(move || revived.revive(number % 2)).await.unwrap();
    }
    drop(held);
    let job = boss.ended(&id).await;
    let counts = (&job["status"], &job["done"], &job["failed"]);
    assert_eq!(counts, (&json!("finished"), &json!(OPPORTUNITIES), &json!(0)), "{job}");
    let written = format!(
        "SELECT count(*) || ' ' || count(DISTINCT item) FROM operations, unnest(item_seqs) AS item WHERE job = '{id}'"
    );
    let written = sql(&database.url(), &written).await.unwrap();
    assert_eq!(written, Some(format!("{OPPORTUNITIES} {OPPORTUNITIES}")), "items, and different ones");
    tokio::task::spawn_blocking(move || fleet.folder.run(&["check"]).succeeded()).await.unwrap();
}

/// Waits until a statement returns at least this number.
async fn until(database: &Database, statement: &str, least: i64) {
    let url = database.url();
    let reached = async {
        while sql(&url, statement).await.unwrap().and_then(|n| n.parse::<i64>().ok()).unwrap_or(0) < least {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, reached).await.expect("the services are at it");
}
