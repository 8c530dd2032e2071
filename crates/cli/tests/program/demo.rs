//! What `reparto demo` makes.

use std::collections::{BTreeSet, HashMap};

use reparto_test_postgres::Database;
use rusqlite::{Connection, types::Value as Cell};
use serde_json::Value;

use crate::harness::{Client, Folder};

const OPPORTUNITIES: u32 = 900;
const LEFT: &str = "yolanda.zamora@example.org";

/// Made anew each time, and shown to nobody.
const SECRETS: [&str; 2] = ["password", "secret"];

/// Every row of every table, without secrets.
fn contents(folder: &Folder) -> Vec<String> {
    let database = Connection::open(folder.path("reparto.db")).unwrap();
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' \
        AND name NOT LIKE 'refinery%' ORDER BY name";
    let mut statement = database.prepare(names).unwrap();
    let tables: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut contents = Vec::new();
    for table in tables {
        let mut statement = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let shown: Vec<usize> = (0..columns.len()).filter(|n| !SECRETS.contains(&columns[*n].as_str())).collect();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<Cell> = shown.iter().map(|n| row.get(*n).unwrap()).collect();
            contents.push(format!("{table}: {cells:?}"));
        }
    }
    contents
}

#[test]
fn the_same_seed_makes_the_same_history() {
    let (one, other) = (Folder::new(), Folder::new());
    for folder in [&one, &other] {
        folder.demo_with(OPPORTUNITIES, &[]);
    }
    let (one, other) = (contents(&one), contents(&other));
    let differing = one.iter().zip(&other).find(|(one, other)| one != other);
    assert_eq!(differing, None);
    assert_eq!(one.len(), other.len());
    assert!(one.len() > 5_000);
}

#[test]
fn small_demos_and_appended_rows_have_no_history() {
    let folder = Folder::new();
    folder.demo_with(150, &[]);
    let more = folder.run(&["demo", "--opportunities", "300", "--agents", "4", "--seed", "2", "--append"]).succeeded();
    assert!(more.out.contains("300 opportunities in"), "{}", more.out);
    let database = Connection::open(folder.path("reparto.db")).unwrap();
    let operations: i64 = database.query_row("SELECT count(*) FROM operations", [], |row| row.get(0)).unwrap();
    assert_eq!(operations, 2);
}

#[tokio::test]
async fn a_demo_is_a_sound_office_at_work_on_sqlite() {
    is_an_office_at_work(Folder::new()).await;
}

#[tokio::test]
async fn a_demo_is_a_sound_office_at_work_on_postgresql() {
    let database = Database::empty().await.unwrap();
    is_an_office_at_work(Folder::on(database.url())).await;
}

async fn is_an_office_at_work(folder: Folder) {
    folder.demo_with(OPPORTUNITIES, &[]);
    assert!(folder.run(&["check"]).succeeded().out.contains("nothing is wrong"));
    // The data is old: nothing of it is removed.
    let server = folder.serve_with(&["--keep-deliveries", "36500", "--keep-job-details", "36500"]);
    let admin = server.sign_in("admin@example.org").await;
    opportunities(&admin).await;
    operations(&admin).await;
    jobs(&admin).await;
    people(&admin).await;
    webhooks(&admin).await;
    audit(&admin).await;
    histories(&admin).await;
    let agent = server.sign_in("ana.garcia@example.org").await;
    for tab in ["status=assigned&attempts_left=true", "status=contacted", ""] {
        assert!(total(&agent, &format!("assigned_to=me&{tab}")).await > 0, "{tab}");
    }
}

async fn total(client: &Client, filter: &str) -> u64 {
    client.get(&format!("/api/crm/opportunities?limit=1&{filter}")).await["total"].as_u64().unwrap()
}

/// All items of a list that is walked with cursors.
async fn walk(client: &Client, path: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("{path}limit=1000{cursor}")).await;
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

/// A time, so that earlier ones are less: a fraction of a second is shown only where there is one.
fn time(value: &Value) -> &str {
    value.as_str().unwrap().trim_end_matches('Z')
}

fn texts<'a>(items: &'a [Value], member: &str) -> BTreeSet<&'a str> {
    items.iter().filter_map(|item| item[member].as_str()).collect()
}

async fn opportunities(admin: &Client) {
    assert_eq!(total(admin, "").await, u64::from(OPPORTUNITIES));
    for status in ["pending", "assigned", "contacted", "converted", "expired", "lost"] {
        assert!(total(admin, &format!("status={status}")).await > 5, "{status}");
    }
    assert!(total(admin, "status=pending&assigned_to=none").await > 100, "there is something to deal out");
}

async fn operations(admin: &Client) {
    let operations = walk(admin, "/api/crm/operations?").await;
    let kinds = [
        "assign",
        "assign_random",
        "bulk_assign",
        "bulk_unassign",
        "create",
        "delete",
        "first_call",
        "import",
        "unassign",
        "undo",
        "update",
    ];
    assert_eq!(texts(&operations, "kind"), BTreeSet::from(kinds));
    let people: BTreeSet<&str> = operations
        .iter()
        .filter(|operation| operation["kind"] == "bulk_assign")
        .filter_map(|operation| operation["actor_name"].as_str())
        .collect();
    assert_eq!(people, BTreeSet::from(["Beatriz Montes", "Elena Vidal", "Ricardo Soler"]));
    let undone = operations.iter().filter(|operation| !operation["undone_by"].is_null()).count();
    assert!(undone >= 5, "{undone}");
    assert!(operations.iter().any(|operation| operation["note"].is_string()));
    // The newest are of the last days, and none is later than the end.
    let times: Vec<&str> = operations.iter().map(|operation| time(&operation["at"])).collect();
    assert!(times[0] > "2025-05-29" && times.iter().all(|at| *at <= "2025-06-01T00:00:00"), "{times:?}");
}

async fn jobs(admin: &Client) {
    let jobs = walk(admin, "/api/crm/jobs?").await;
    assert_eq!(texts(&jobs, "kind"), BTreeSet::from(["bulk_assign", "bulk_unassign", "export", "set_status", "undo"]));
    assert_eq!(texts(&jobs, "status"), BTreeSet::from(["cancelled", "finished"]));
    let with_failures = |status: &str| {
        jobs.iter()
            .any(|job| job["status"] == status && job["done"].as_u64() > Some(0) && job["failed"].as_u64() > Some(0))
    };
    assert!(with_failures("finished") && with_failures("cancelled"), "{jobs:?}");
}

async fn people(admin: &Client) {
    let users = admin.get("/api/users?limit=100").await;
    let users = users["items"].as_array().unwrap();
    assert_eq!(users.len(), 8);
    for user in users {
        assert_eq!(user["is_active"], user["email"] != LEFT, "{user}");
        assert!(user["email"] == LEFT || user["last_login"].is_string(), "{user}");
    }
    let mut loads = Vec::new();
    for user in users.iter().filter(|user| user["role"] == "agent" || user["role"] == "lawyer") {
        loads.push(total(admin, &format!("assigned_to={}", user["id"].as_str().unwrap())).await);
    }
    loads.sort_unstable();
    assert!(loads[0] == 0 && loads[1] > 0 && loads[1] * 3 < loads[4] * 2, "{loads:?}");
}

async fn webhooks(admin: &Client) {
    let webhooks = admin.get("/api/crm/webhooks").await;
    let webhooks = webhooks["items"].as_array().unwrap();
    assert_eq!(webhooks.len(), 2);
    let mut statuses = BTreeSet::new();
    for webhook in webhooks {
        assert_eq!(webhook["is_active"], false, "nobody is called");
        let path = format!("/api/crm/webhooks/{}/deliveries?", webhook["id"].as_str().unwrap());
        let deliveries = walk(admin, &path).await;
        assert!(deliveries.len() >= 5, "{deliveries:?}");
        statuses.extend(texts(&deliveries, "status").into_iter().map(str::to_owned));
    }
    assert_eq!(statuses, BTreeSet::from(["dead".to_owned(), "delivered".to_owned()]));
}

async fn audit(admin: &Client) {
    for action in [
        "login",
        "login_failed",
        "logout",
        "user_status_changed",
        "user_updated",
        "contact_created",
        "contact_updated",
        "contact_deleted",
        "opportunity_deleted",
        "opportunity_updated",
        "first_call_attempt_updated",
        "bulk_assign_opportunities",
        "operation_undone",
        "job_created",
        "job_cancelled",
        "webhook_created",
    ] {
        let log = admin.get(&format!("/api/users/audit-logs?action={action}&limit=1")).await;
        assert!(log["total"].as_u64() > Some(0), "{action}: {log}");
    }
}

/// No history runs backwards, the audit log does not either, and who has left was given nothing after that.
async fn histories(admin: &Client) {
    let users = admin.get("/api/crm/users?is_active=false").await;
    let left = users[0]["id"].as_str().unwrap().to_owned();
    let log = admin.get("/api/users/audit-logs?action=user_status_changed&limit=1").await;
    let left_at = time(&log["items"][0]["created_at"]).to_owned();
    let log = admin.get("/api/users/audit-logs?limit=1000").await;
    let entries = log["items"].as_array().unwrap();
    assert!(entries.is_sorted_by(|newer, older| time(&newer["created_at"]) >= time(&older["created_at"])));
    let rows = walk_opportunities(admin).await;
    let mut lengths = HashMap::<usize, usize>::new();
    for row in &rows {
        let history = admin.get(&format!("/api/crm/opportunities/{}/history?limit=1000", row.as_str())).await;
        let history = history["items"].as_array().unwrap();
        let times: Vec<&str> = history.iter().map(|entry| time(&entry["at"])).collect();
        assert!(times.is_sorted_by(|newer, older| newer >= older), "{history:?}");
        for entry in history.iter().filter(|entry| entry["to_id"] == left.as_str() && entry["from_id"] != left.as_str())
        {
            assert!(time(&entry["at"]) < left_at.as_str(), "{entry}");
        }
        *lengths.entry(history.len()).or_default() += 1;
    }
    assert!(lengths.keys().any(|length| *length >= 5), "{lengths:?}");
}

async fn walk_opportunities(admin: &Client) -> Vec<String> {
    let page = admin.get("/api/crm/opportunities?limit=1000").await;
    page["opportunities"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}
