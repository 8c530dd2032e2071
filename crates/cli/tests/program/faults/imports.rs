//! An import that was killed: over HTTP it goes on by itself, at the command line when it is run again.

use std::{fmt::Write as _, process::Stdio, sync::Arc};

use reparto_test_postgres::Database;
use serde_json::{Value, json};

use super::fleet::{Asker, Fleet, PATIENCE};
use crate::harness::Folder;

const PEOPLE: usize = 6_600;
const KILLS: usize = 2;

/// The rows of a file: each tenth row is somebody of a row before, with another number; its last row is the first again.
fn file() -> (String, usize) {
    let mut file = "Nombre,Correo,Teléfono,Fecha,Notas\n".to_owned();
    let mut rows = 1;
    for n in 0..PEOPLE {
        writeln!(file, "Ana {n},a{n}@example.org,6{n:08},2026-05-16,De la feria").unwrap();
        rows += 1;
        if n % 10 == 9 {
            writeln!(file, "Ana,a{0}@example.org,7{0:08},2026-05-17,Otra vez {0}", n - 9).unwrap();
            rows += 1;
        }
    }
    file.push_str("Ana 0,a0@example.org,600000000,2026-05-16,De la feria\n");
    (file, rows)
}

/// What a database has, without ids and times of its own.
fn all(folder: &Folder) -> Vec<Value> {
    let exported = folder.run(&["export", "--format", "json"]).succeeded().out;
    let mut rows: Vec<Value> = serde_json::from_str(&exported).unwrap();
    for row in &mut rows {
        for own in ["id", "contact_id", "created_at", "updated_at"] {
            row.as_object_mut().unwrap().remove(own);
        }
    }
    rows.sort_by_key(|row| row["email"].to_string());
    rows
}

/// What the file makes of an empty database when nothing interrupts it.
fn undisturbed(file: &str) -> Vec<Value> {
    let folder = Folder::new();
    folder.run_with(&["import", "-"], file).succeeded();
    let all = all(&folder);
    assert_eq!(all.len(), PEOPLE);
    all
}

async fn held<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_over_http_survives_sigkill_on_sqlite() {
    check_sent(Folder::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_over_http_survives_sigkill_on_postgresql() {
    let database = Database::empty().await.unwrap();
    check_sent(Folder::on(database.url())).await;
}

async fn check_sent(folder: Folder) {
    let (file, rows) = file();
    folder.demo(0);
    let fleet = Arc::new(Fleet::start(folder, &[&[]]));
    let boss = fleet.sign_in("admin@example.org").await;
    let sent = boss.send_file("/api/crm/imports", file.clone().into_bytes()).await;
    assert_eq!((sent.status, &sent.json()["rows"]), (202, &json!(rows)), "{sent:?}");
    let path = format!("/api/crm/imports/{}", sent.json()["id"].as_str().unwrap());
    let mut done = 0;
    for _ in 0..KILLS {
        // Some rows more were written, and others are being written now.
        done = until(&boss, &path, |import| import["done"].as_u64() > Some(done)).await["done"].as_u64().unwrap();
        fleet.kill(0);
        let revived = Arc::clone(&fleet);
        held(move || revived.revive(0)).await;
    }
    let import = until(&boss, &path, |import| !import["finished_at"].is_null()).await;
    let counts = ["done", "created", "completed", "unchanged", "skipped"].map(|count| import[count].as_u64().unwrap());
    assert_eq!(counts, [rows, PEOPLE, PEOPLE / 10, 1, 0].map(|count| count as u64), "{import}");
    let told = boss.walk(&format!("{path}/rows?"), "items").await;
    assert!(told.iter().zip(2..).all(|(row, line)| row["line"] == line), "each row was taken once");
    assert_eq!(told.len(), rows);
    held(move || {
        fleet.kill(0);
        fleet.folder.run(&["check"]).succeeded();
        assert!(all(&fleet.folder) == undisturbed(&file), "what came in is not what the file has");
    })
    .await;
}

/// Waits until a path answers so.
async fn until(boss: &Asker, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let reached = async {
        loop {
            let answer = boss.get(path).await;
            if is_so(&answer) {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, reached).await.expect("the import goes on")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_at_the_command_line_survives_sigkill_on_sqlite() {
    check_command(Folder::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_at_the_command_line_survives_sigkill_on_postgresql() {
    let database = Database::empty().await.unwrap();
    check_command(Folder::on(database.url())).await;
}

async fn check_command(folder: Folder) {
    let (file, rows) = file();
    folder.demo(0);
    folder.write("leads.csv", &file);
    // A service beside it tells how far it is.
    let fleet = Arc::new(Fleet::start(folder, &[&[]]));
    let boss = fleet.sign_in("admin@example.org").await;
    let mut there = 0;
    for _ in 0..KILLS {
        let mut command = fleet.folder.command(&["import", "leads.csv"]);
        let mut import = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let more = |count: &Value| count["total"].as_u64() > Some(there);
        there = until(&boss, "/api/crm/contacts/count", more).await["total"].as_u64().unwrap();
        import.kill().unwrap();
        import.wait().unwrap();
    }
    held(move || {
        let ran = fleet.folder.run(&["import", "leads.csv"]).succeeded();
        assert!(ran.out.contains(&format!("{rows} rows: ")) && !ran.out.contains(" 0 already there"), "{}", ran.out);
        fleet.kill(0);
        fleet.folder.run(&["check"]).succeeded();
        assert!(all(&fleet.folder) == undisturbed(&file), "what came in is not what the file has");
    })
    .await;
}
