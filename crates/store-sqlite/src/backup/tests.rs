use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::{Options, SqliteStore};

fn made(folder: &Path) -> PathBuf {
    let path = folder.join("live.db");
    drop(SqliteStore::open(Options::new(&path)).unwrap());
    path
}

#[test]
fn a_backup_during_writes_is_consistent() {
    let folder = tempfile::tempdir().unwrap();
    let live = made(folder.path());
    let writer = Connection::open(&live).unwrap();
    writer.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
    writer.execute_batch("CREATE TABLE pairs (a INTEGER PRIMARY KEY, b BLOB) STRICT").unwrap();
    let insert = |count: &mut i64| {
        // Each transaction brings two rows: a copy with an odd number is of no moment that ever was.
        writer.execute_batch("BEGIN; INSERT INTO pairs VALUES (NULL, randomblob(3000)); INSERT INTO pairs VALUES (NULL, randomblob(3000)); COMMIT").unwrap();
        *count += 2;
    };
    let mut before = 0;
    for _ in 0..200 {
        insert(&mut before);
    }
    let done = AtomicBool::new(false);
    let target = folder.path().join("copy.db");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..5 {
                backup(&live, &target, true).unwrap();
            }
            done.store(true, Ordering::SeqCst);
        });
        let mut count = before;
        while !done.load(Ordering::SeqCst) {
            insert(&mut count);
        }
    });
    let copy = Connection::open(&target).unwrap();
    let rows: i64 = copy.query_row("SELECT count(*) FROM pairs", [], |row| row.get(0)).unwrap();
    assert!(rows >= before && rows % 2 == 0, "{rows}");
    drop(copy);
    drop(SqliteStore::open(Options { migrate: false, ..Options::new(&target) }).unwrap());
}

#[test]
fn an_existing_file_is_replaced_only_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let live = made(folder.path());
    let target = folder.path().join("copy.db");
    fs::write(&target, "mine").unwrap();
    assert!(backup(&live, &target, false).is_err());
    assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
    assert!(backup(&live, &target, true).unwrap() > 4);
}

#[test]
fn a_backup_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let live = made(folder.path());
    assert!(backup(&live, &live, true).is_err());
    assert!(backup(&folder.path().join("none.db"), &folder.path().join("copy.db"), false).is_err());
    assert!(backup(&live, &folder.path().join("no folder").join("copy.db"), false).is_err());
    let garbage = folder.path().join("garbage.db");
    fs::write(&garbage, "no database at all, but long enough to look like one: ".repeat(100)).unwrap();
    assert!(backup(&garbage, &folder.path().join("copy.db"), false).is_err());
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("copy")), "{left:?}");
    drop(SqliteStore::open(Options::new(&live)).unwrap());
}
