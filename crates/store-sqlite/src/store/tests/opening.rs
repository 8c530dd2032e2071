//! What a file may be when it is opened, and what is said of each.

use std::{os::unix::fs::MetadataExt as _, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use reparto_store::{StoreError, StoreResult};
use rusqlite::Connection;

use super::{Options, SqliteStore, is_unavailable, keep, kept};
use crate::engine::{errors::IntoStore as _, schema_version};

fn open(path: &Path) -> StoreResult<SqliteStore> {
    SqliteStore::open(Options::new(path))
}

fn open_as_it_is(path: &Path) -> StoreResult<SqliteStore> {
    SqliteStore::open(Options { migrate: false, ..Options::new(path) })
}

/// A migrated database that is closed.
async fn closed(path: &Path) {
    let store = open(path).unwrap();
    store.write(|conn| keep(conn, "before")).await.unwrap();
    store.shut_down().await;
}

#[tokio::test]
async fn a_closed_database_is_one_file_and_reopens_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reparto.db");
    closed(&path).await;
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["reparto.db"]);
    let store = open_as_it_is(&path).unwrap();
    assert_eq!(store.read(kept).await.unwrap(), ["before"]);
}

#[tokio::test]
async fn a_newer_database_is_refused_and_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reparto.db");
    closed(&path).await;
    let known = schema_version();
    Connection::open(&path)
        .unwrap()
        .execute(
            "INSERT INTO refinery_schema_history SELECT version + 1, 'future', applied_on, checksum \
             FROM refinery_schema_history ORDER BY version DESC LIMIT 1",
            [],
        )
        .unwrap();
    for opened in [open(&path), open_as_it_is(&path)] {
        assert!(matches!(opened, Err(StoreError::NewerSchema { found, known: k }) if found == known + 1 && k == known));
    }
}

#[test]
fn an_older_database_is_refused_without_migrating() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reparto.db");
    Connection::open(&path).unwrap().pragma_update(None, "application_id", 0x5250_544F).unwrap();
    assert!(matches!(open_as_it_is(&path), Err(StoreError::OlderSchema { found: 0, .. })));
    assert!(open(&path).is_ok());
}

#[tokio::test]
async fn a_changed_migration_is_detected() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reparto.db");
    closed(&path).await;
    let conn = Connection::open(&path).unwrap();
    conn.execute("UPDATE refinery_schema_history SET checksum = '12345' WHERE version = 1", []).unwrap();
    for opened in [open(&path), open_as_it_is(&path)] {
        assert!(matches!(opened, Err(StoreError::Damaged(what)) if what.contains("migration")));
    }
}

#[tokio::test]
async fn foreign_and_truncated_files_are_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "These are my notes, and by no means a database. ".repeat(100)).unwrap();
    let cut = folder.path().join("cut.db");
    closed(&cut).await;
    let whole = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    for path in [text, cut] {
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(open(&path), Err(StoreError::Damaged(_))), "{}", path.display());
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

#[tokio::test]
async fn an_overwritten_page_is_reported_and_the_store_lives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reparto.db");
    closed(&path).await;
    let root: usize = Connection::open(&path)
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'users'", [], |row| row.get::<_, u32>(0))
        .map(|page| page as usize)
        .unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[(root - 1) * 4_096..root * 4_096].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    let store = open(&path).unwrap();
    let users = |conn: &Connection| {
        conn.query_row("SELECT max(seq), email FROM users NOT INDEXED", [], |_| Ok(())).into_store()
    };
    assert!(matches!(store.read(users).await, Err(StoreError::Damaged(_))));
    assert_eq!(store.read(kept).await.unwrap(), ["before"]);
}

#[test]
fn a_database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    assert!(matches!(open(&path), Err(StoreError::Damaged(what)) if what.contains("another program")));
}

#[test]
fn folders_and_missing_paths_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(is_unavailable(&open(folder.path())));
    assert!(is_unavailable(&open(&folder.path().join("nowhere").join("reparto.db"))));
    assert!(is_unavailable(&open_as_it_is(&folder.path().join("reparto.db"))));
    assert!(!folder.path().join("reparto.db").exists());
}

/// Permissions do not bind root: as root, the test is run again by nobody.
fn as_somebody_who_is_not_root(test: &str, folder: &Path) -> bool {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return false;
    }
    let program = folder.join("tests");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let status = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&program)
        .args(["--exact", test])
        .current_dir(folder)
        .env("TMPDIR", folder)
        .status()
        .unwrap();
    assert!(status.success());
    true
}

#[tokio::test]
async fn read_only_files_and_folders_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let name = "engine::tests::opening::read_only_files_and_folders_are_refused";
    if as_somebody_who_is_not_root(name, folder.path()) {
        return;
    }
    let path = folder.path().join("reparto.db");
    closed(&path).await;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    assert!(is_unavailable(&open(&path)));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o500)).unwrap();
    assert!(is_unavailable(&open(&path)));
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    assert!(open(&path).is_ok());
}
