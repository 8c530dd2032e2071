//! Copies by the real program, including copies killed half-way.

use std::{
    process::{Child, Stdio},
    thread,
    time::Duration,
};

use reparto_test_postgres::{Database, sql};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use tokio::runtime::Handle;

use crate::harness::Folder;

const SOURCE: &str = "sqlite:reparto.db";

#[tokio::test(flavor = "multi_thread")]
async fn copy_takes_over_everything_and_serves_it() {
    let folder = Folder::new();
    folder.demo(150);
    let server = folder.serve();
    let admin = server.sign_in("admin@example.org").await;
    let page = admin.get("/api/crm/opportunities?limit=3").await;
    let ids: Vec<_> = page["opportunities"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
    let agent = admin.get("/api/crm/users/responsibles").await[0]["id"].clone();
    let body = json!({ "opportunity_ids": ids, "assigned_to_id": agent, "notes": "antes" });
    let given = admin.post("/api/crm/opportunities/bulk-assign", &body).await.unwrap();
    drop(server);

    let there = Database::empty().await.unwrap();
    let ran = folder.run(&["copy", "--from", SOURCE, "--to", &there.url()]).succeeded();
    assert!(ran.out.contains("opportunities              150"), "{}", ran.out);
    folder.run(&["copy", "--from", &there.url(), "--to", "sqlite:back.db"]).succeeded();
    let export = |url: &str| folder.run(&["export", "--format", "json", "--database-url", url]).succeeded().out;
    assert_eq!(export(SOURCE), export(&there.url()));
    assert_eq!(export(SOURCE), export("sqlite:back.db"));
    for url in [&there.url(), "sqlite:back.db"] {
        folder.run(&["check", "--database-url", url]).succeeded();
        let server = folder.serve_with(&["--database-url", url]);
        // The source's token still works, and its operations can be undone.
        let admin = admin.at(&server.url);
        assert_eq!(admin.get("/api/users/me").await["email"], "admin@example.org");
        let undo = format!("/api/crm/operations/{}/undo", given["operation_id"].as_str().unwrap());
        assert_eq!(admin.post(&undo, &json!({})).await.unwrap()["undone_count"], 3);
    }
}

#[test]
fn copy_refuses_a_target_that_is_not_empty() {
    let folder = Folder::new();
    folder.demo(20);
    folder.run(&["copy", "--from", SOURCE, "--to", "sqlite:there.db"]).succeeded();
    let refused = folder.run(&["copy", "--from", SOURCE, "--to", "sqlite:there.db"]).ended(1);
    assert!(refused.err.contains("not empty"), "{}", refused.err);
    assert!(folder.run(&["copy", "--from", SOURCE, "--to", SOURCE]).ended(1).err.contains("not empty"));
    assert!(folder.run(&["copy", "--from", "sqlite:none.db", "--to", "sqlite:x.db"]).ended(1).err.contains("none.db"));
    assert!(!folder.path("x.db").exists() && !folder.path("none.db").exists());
    folder.run(&["check", "--database-url", "sqlite:there.db"]).succeeded();
}

fn begin(folder: &Folder, to: &str) -> Child {
    let mut command = folder.command(&["copy", "--from", SOURCE, "--to", to]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// No program serves from an unfinished copy; running the same command again finishes it.
fn is_finished_by_the_next_run(folder: &Folder, to: &str) {
    for args in [&["serve", "--listen", "127.0.0.1:0", "--database-url", to][..], &["check", "--database-url", to]] {
        let refused = folder.run(args).ended(1);
        assert!(refused.err.contains("unfinished"), "{}", refused.err);
    }
    let ran = folder.run(&["copy", "--from", SOURCE, "--to", to]).succeeded();
    assert!(ran.out.contains("from an earlier run"), "{}", ran.out);
    folder.run(&["check", "--database-url", to]).succeeded();
    let export = |url: &str| folder.run(&["export", "--format", "json", "--database-url", url]).succeeded().out;
    assert_eq!(export(SOURCE), export(to));
}

/// Runs a copy three times, killing it once it has made some progress. Returns `false` if one finished before it was
/// killed, which may happen on a busy machine.
fn is_killed_on_its_way(folder: &Folder, to: &str, has_begun: impl Fn() -> bool) -> bool {
    (0..3).all(|_| {
        let mut child = begin(folder, to);
        while !has_begun() {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        !child.wait().unwrap().success()
    })
}

/// How often a test restarts with another target if the copy was too fast.
const TRIES: usize = 50;

#[test]
fn killed_copy_resumes_into_sqlite() {
    let folder = Folder::new();
    folder.demo(600);
    for number in 0..TRIES {
        let name = format!("there-{number}.db");
        let has_begun = || {
            let conn = Connection::open_with_flags(folder.path(&name), OpenFlags::SQLITE_OPEN_READ_ONLY);
            let count = "SELECT count(*) FROM unfinished_copy";
            conn.and_then(|conn| conn.query_row(count, [], |row| row.get::<_, i64>(0))) == Ok(1)
        };
        let to = format!("sqlite:{name}");
        if is_killed_on_its_way(&folder, &to, has_begun) {
            return is_finished_by_the_next_run(&folder, &to);
        }
    }
    panic!("each copy was done before it could be killed");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_copy_resumes_into_postgresql() {
    let folder = Folder::new();
    folder.demo(600);
    for _ in 0..TRIES {
        let there = Database::empty().await.unwrap();
        let to = there.url();
        // Before the first rows are written, the table is missing or empty.
        let count = async || sql(&to, "SELECT count(*) FROM unfinished_copy").await == Ok(Some("1".to_owned()));
        let has_begun = || Handle::current().block_on(count());
        if tokio::task::block_in_place(|| is_killed_on_its_way(&folder, &to, has_begun)) {
            return tokio::task::block_in_place(|| is_finished_by_the_next_run(&folder, &to));
        }
    }
    panic!("each copy was done before it could be killed");
}
