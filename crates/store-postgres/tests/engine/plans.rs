//! What the hot statements cost does not grow with the table.

use reparto_domain::Role;
use reparto_store::Maintenance as _;

use crate::common::{by, client, fresh, give, opportunities, store, user};

/// Tables of which a bulk request must never read more than it is about.
const LARGE: [&str; 3] = ["opportunities", "assignments", "operations"];

#[tokio::test]
async fn a_bulk_request_finds_its_rows_by_primary_key_and_reads_no_table_whole() {
    let database = fresh().await;
    let store = store(&database.url(), 1).await;
    let (boss, agent) = (user(&store, "boss", Role::Admin).await, user(&store, "agent", Role::Agent).await);
    let ids = opportunities(&database, &store, 20_000).await;
    let watch = client(&database).await;
    watch.batch_execute("ANALYZE").await.unwrap();
    // More often than the server plans a statement for its values, so that the plan that stays is looked at, too.
    for round in 0..12 {
        let some: Vec<_> = ids.iter().copied().skip(round).step_by(197).take(100).collect();
        assert_eq!(give(&store, &by(boss), &some, agent).await.unwrap().done.len(), 100);
    }

    // The plan that the server keeps for the statement, as it says itself.
    let sql = include_str!("../../src/assignments/bulk_sql.rs");
    let plan = plan_of(&watch, sql, boss, agent, &ids[..100]).await;
    for table in LARGE {
        assert!(!plan.contains(&format!("Seq Scan on {table}")), "{plan}");
    }
    assert!(plan.contains("using assignments_pkey"), "{plan}");
    assert!(plan.contains("opportunities_id"), "{plan}");
    assert_eq!(store.check(10).await.unwrap(), []);
}

/// EXPLAIN of the statement as it stands in the source, prepared and generic.
async fn plan_of(
    client: &tokio_postgres::Client,
    source: &str,
    boss: reparto_domain::UserId,
    agent: reparto_domain::UserId,
    ids: &[reparto_domain::OpportunityId],
) -> String {
    let text = source.split_once("BULK = \"").unwrap().1.rsplit_once("\";").unwrap().0;
    let statement = text.replace("\\\n", " ").replace("\\\\", "\\");
    let types = "uuid, bigint, timestamptz, boolean, uuid, text[], uuid[], smallint, text, timestamptz, uuid, uuid, \
        smallint, text, uuid, boolean, boolean, smallint, uuid, text, text, text[], text";
    let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
    let prepare = format!("SET plan_cache_mode = force_generic_plan; PREPARE bulk ({types}) AS {statement}");
    client.batch_execute(&prepare).await.unwrap();
    let explain = format!(
        "EXPLAIN EXECUTE bulk ('{boss}', 0, now(), true, '{agent}', ARRAY['agent'], ARRAY[{}]::uuid[], 1::smallint, \
         NULL, now(), gen_random_uuid(), gen_random_uuid(), 2::smallint, 'x', NULL, false, false, 0::smallint, NULL, \
         NULL, NULL, ARRAY[]::text[], 'assigned')",
        ids.join(", ")
    );
    let rows = client.query(&explain, &[]).await.unwrap();
    rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}
