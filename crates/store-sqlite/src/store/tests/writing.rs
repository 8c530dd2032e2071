//! What the writer promises to those who share a commit.

use std::sync::mpsc;

use reparto_domain::Refusal;
use reparto_store::StoreError;
use rusqlite::{Connection, config::DbConfig};

use super::{Options, SqliteStore, is_unavailable, keep, kept, store};
use crate::engine::{
    checkpoint::{Policy, Wal},
    connect,
    errors::IntoStore as _,
};

/// Holds the writer until it is let go, so that what comes meanwhile becomes one group.
fn hold(store: &SqliteStore) -> (mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (go, wait) = mpsc::channel();
    let store = store.clone();
    let held = tokio::spawn(async move {
        store
            .write(move |_| {
                let _ = wait.recv();
                Ok(())
            })
            .await
            .unwrap();
    });
    (go, held)
}

/// Waits until this many changes wait behind the one that runs.
async fn queued(store: &SqliteStore, changes: usize) {
    while store.waiting() < changes {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_failed_change_does_not_affect_its_group() {
    let (_folder, store) = store();
    let (go, held) = hold(&store);
    // The one that holds has been taken from the queue when nothing waits any more.
    while store.waiting() > 0 {
        tokio::task::yield_now().await;
    }
    let (a, b, c, d) = (store.clone(), store.clone(), store.clone(), store.clone());
    let first = tokio::spawn(async move { a.write(|conn| keep(conn, "first")).await });
    let refused = tokio::spawn(async move {
        b.write(|conn| -> Result<(), StoreError> {
            keep(conn, "refused")?;
            Err(Refusal::OpportunityTaken.into())
        })
        .await
    });
    let panicked = tokio::spawn(async move {
        c.write(|conn| -> Result<(), StoreError> {
            keep(conn, "panicked")?;
            panic!("on purpose")
        })
        .await
    });
    let last = tokio::spawn(async move { d.write(|conn| keep(conn, "last")).await });
    queued(&store, 4).await;
    go.send(()).unwrap();
    held.await.unwrap();
    assert!(first.await.unwrap().is_ok());
    assert!(matches!(refused.await.unwrap(), Err(StoreError::Refused(Refusal::OpportunityTaken))));
    assert!(matches!(panicked.await.unwrap(), Err(StoreError::Internal(what)) if what.contains("on purpose")));
    assert!(last.await.unwrap().is_ok());
    assert_eq!(store.read(kept).await.unwrap(), ["first", "last"]);
}

#[tokio::test]
async fn a_full_queue_is_busy_and_queued_work_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { queue: 1, ..Options::new(folder.path().join("reparto.db")) };
    let store = SqliteStore::open(options).unwrap();
    let (go, held) = hold(&store);
    tokio::task::yield_now().await;
    while store.waiting() > 0 {
        tokio::task::yield_now().await;
    }
    let waiting = store.clone();
    let waiting = tokio::spawn(async move { waiting.write(|conn| keep(conn, "waited")).await });
    queued(&store, 1).await;
    assert!(matches!(store.write(|conn| keep(conn, "too many")).await, Err(StoreError::Busy)));
    go.send(()).unwrap();
    held.await.unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(store.read(kept).await.unwrap(), ["waited"]);
}

#[tokio::test]
async fn an_abandoned_change_is_not_started() {
    let (_folder, store) = store();
    let (go, held) = hold(&store);
    tokio::task::yield_now().await;
    while store.waiting() > 0 {
        tokio::task::yield_now().await;
    }
    let given_up = store.clone();
    let given_up = tokio::spawn(async move { given_up.write(|conn| keep(conn, "given up")).await });
    queued(&store, 1).await;
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    go.send(()).unwrap();
    held.await.unwrap();
    store.write(|conn| keep(conn, "next")).await.unwrap();
    assert_eq!(store.read(kept).await.unwrap(), ["next"]);
}

#[tokio::test]
async fn a_full_disk_is_reported_and_recovered_from() {
    let (_folder, store) = store();
    store.write(|conn| keep(conn, "before")).await.unwrap();
    let full = |conn: &Connection| {
        let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0)).into_store()?;
        conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).into_store()
    };
    store.write(full).await.unwrap();
    let large = |conn: &Connection| {
        conn.execute("INSERT INTO secrets (name, value, created_at) VALUES ('large', ?1, 0)", ["x".repeat(100_000)])
            .into_store()
    };
    assert!(is_unavailable(&store.write(large).await));
    assert_eq!(store.read(kept).await.unwrap(), ["before"]);
    store.write(|conn| conn.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).into_store()).await.unwrap();
    store.write(large).await.unwrap();
    assert_eq!(store.read(kept).await.unwrap(), ["before", "large"]);
}

#[tokio::test]
async fn an_uncommitted_group_fails_as_a_whole() {
    let (_folder, store) = store();
    store
        .write(|conn| {
            // A deferred constraint is looked at by COMMIT alone.
            conn.execute_batch(
                "CREATE TABLE parents (id INTEGER PRIMARY KEY);
                 CREATE TABLE children (parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED);",
            )
            .into_store()
        })
        .await
        .unwrap();
    let (go, held) = hold(&store);
    tokio::task::yield_now().await;
    while store.waiting() > 0 {
        tokio::task::yield_now().await;
    }
    let (a, b) = (store.clone(), store.clone());
    let innocent = tokio::spawn(async move { a.write(|conn| keep(conn, "innocent")).await });
    let orphan =
        tokio::spawn(
            async move { b.write(|conn| conn.execute("INSERT INTO children VALUES (1)", []).into_store()).await },
        );
    queued(&store, 2).await;
    go.send(()).unwrap();
    // It came alone, and those who came meanwhile joined it.
    assert!(held.await.is_err());
    assert!(innocent.await.unwrap().is_err());
    assert!(orphan.await.unwrap().is_err());
    assert!(store.read(kept).await.unwrap().is_empty());
    store.write(|conn| keep(conn, "after")).await.unwrap();
}

#[tokio::test]
async fn queries_cannot_write() {
    let (_folder, store) = store();
    assert!(store.read(|conn| keep(conn, "sneaked in")).await.is_err());
    assert!(store.read(kept).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_panicking_query_is_an_error_and_readers_survive() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { readers: 1, ..Options::new(folder.path().join("reparto.db")) };
    let store = SqliteStore::open(options).unwrap();
    let panicked = store.read(|_| -> Result<(), StoreError> { panic!("on purpose") }).await;
    assert!(matches!(panicked, Err(StoreError::Internal(_))));
    assert!(store.read(kept).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_closed_store_is_unavailable() {
    let (_folder, store) = store();
    store.shut_down().await;
    assert!(is_unavailable(&store.write(|conn| keep(conn, "late")).await));
    assert!(is_unavailable(&store.read(kept).await));
    store.shut_down().await;
}

#[tokio::test]
async fn writes_of_another_process_are_waited_for() {
    let (folder, store) = store();
    let other = Connection::open(folder.path().join("reparto.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; INSERT INTO secrets VALUES ('other', '', 0)").unwrap();
    let waiting = store.clone();
    let waiting = tokio::spawn(async move { waiting.write(|conn| keep(conn, "ours")).await });
    tokio::task::yield_now().await;
    other.execute_batch("COMMIT").unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(store.read(kept).await.unwrap(), ["other", "ours"]);
}

#[test]
fn the_wal_restarts_after_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reparto.db");
    let mut conn = connect::writer(&Options::new(&path)).unwrap();
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    let policy = Policy { growth: 256 << 10, little: 64 << 10, limit: 1 << 30 };
    let (wal, wake) = Wal::new(4_096, policy);
    let checkpointer = connect::checkpointer(&path).unwrap();
    let thread = std::thread::spawn({
        let wal = std::sync::Arc::clone(&wal);
        move || crate::engine::checkpoint::run(&checkpointer, &wal, &wake, || ())
    });
    crate::engine::checkpoint::follow_size(&mut conn, &wal).unwrap();
    for n in 0..3_000 {
        conn.execute("INSERT INTO secrets (name, value, created_at) VALUES (?1, ?2, 0)", (n, "x".repeat(2_000)))
            .unwrap();
        wal.between_groups(&conn);
        // The thread is given the time that it needs.
        let copied = (0..50_000_000).any(|_| {
            std::thread::yield_now();
            wal.bytes() < 1 << 20
        });
        assert!(copied, "nothing is copied");
    }
    wal.stop();
    thread.join().unwrap();
    let written = std::fs::metadata(&path).unwrap().len();
    let left = std::fs::metadata(folder.path().join("reparto.db-wal")).unwrap().len();
    assert!(written > 4 << 20, "{written} bytes were copied");
    assert!(left < 6 << 20, "the WAL has {left} bytes");
}
