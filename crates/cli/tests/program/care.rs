use std::{os::unix::fs::PermissionsExt as _, path::Path};

use crate::harness::{Folder, PASSWORD};

#[test]
fn the_backup_of_a_live_database_is_whole() {
    let folder = Folder::new();
    folder.demo(200);
    let server = folder.serve();
    folder.run(&["backup", "copy.db"]).succeeded();
    assert!(folder.run(&["backup", "copy.db"]).ended(1).err.contains("--force"));
    folder.run(&["backup", "copy.db", "--force"]).succeeded();
    drop(server);
    folder.run(&["check", "--database-url", "sqlite:copy.db"]).succeeded();
    let export = |url: &str| folder.run(&["export", "--format", "json", "--database-url", url]).succeeded().out;
    assert_eq!(export("sqlite:copy.db"), export("sqlite:reparto.db"));
    assert!(folder.run(&["backup", "x.db", "--database-url", "postgres://h/d"]).ended(1).err.contains("pg_dump"));
}

#[test]
fn an_export_is_recorded() {
    let folder = Folder::new();
    folder.demo(50);
    folder.run(&["export", "--format", "json"]).succeeded();
    folder.run(&["export", "--output", "all.csv"]).succeeded();
    let log = rusqlite::Connection::open(folder.path("reparto.db")).unwrap();
    let mut told = log
        .prepare(
            "SELECT actor_email || ' ' || details FROM audit_logs WHERE action = 'opportunities_exported' ORDER BY seq",
        )
        .unwrap();
    let told: Vec<String> = told.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let expected = ["json", "csv"].map(|format| format!(r#"system {{"count":50,"filter":{{"format":"{format}"}}}}"#));
    assert_eq!(told, expected);
}

#[test]
fn check_names_what_is_damaged() {
    let folder = Folder::new();
    folder.demo(50);
    assert!(folder.run(&["check"]).succeeded().out.contains("nothing is wrong"));
    let harm = rusqlite::Connection::open(folder.path("reparto.db")).unwrap();
    harm.execute("UPDATE assignments SET holder = 99999 WHERE seq = (SELECT min(seq) FROM assignments)", []).unwrap();
    drop(harm);
    let ran = folder.run(&["check"]).ended(1);
    assert!(ran.out.contains("holder"), "{}", ran.out);
}

#[test]
fn missing_or_foreign_files_are_clear_errors() {
    let folder = Folder::new();
    folder.write("reparto.db", "this is not a database, but it is long enough to be taken for one: ".repeat(50));
    for args in [&["check"][..], &["export"], &["migrate"], &["serve", "--listen", "127.0.0.1:0"]] {
        let ran = folder.run(args).ended(1);
        assert!(ran.err.contains("error: "), "{}", ran.err);
    }
    let missing = ["check", "--database-url", "sqlite:none.db"];
    assert!(folder.run(&missing).ended(1).err.contains("none.db"));
    assert!(!folder.path("none.db").exists());
    assert!(folder.run(&["check", "--database-url", "mysql://h/d"]).ended(1).err.contains("sqlite:PATH"));
}

#[test]
fn no_migrate_refuses_an_older_schema() {
    let folder = Folder::new();
    folder.write("reparto.db", "");
    let ran = folder.run(&["serve", "--no-migrate", "--listen", "127.0.0.1:0"]).ended(1);
    assert!(ran.err.contains("reparto migrate"), "{}", ran.err);
    folder.run(&["migrate"]).succeeded();
    folder.run_with(&["user", "create", "--email", "a@example.org", "--password-stdin"], PASSWORD).succeeded();
}

/// The permissions of each file in a folder.
fn modes(folder: &Path) -> Vec<(String, u32)> {
    let mut modes: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            (entry.file_name().into_string().unwrap(), mode)
        })
        .collect();
    modes.sort();
    modes
}

#[test]
fn files_are_their_owners_alone_whatever_the_umask() {
    let folder = Folder::new().with_umask("022");
    folder.demo(20);
    let server = folder.serve();
    folder.run(&["backup", "copy.db"]).succeeded();
    folder.run(&["export", "--output", "leads.csv"]).succeeded();
    folder.run(&["copy", "--from", "sqlite:copy.db", "--to", "sqlite:other.db"]).succeeded();
    let found = modes(&folder.path("."));
    for name in ["reparto.db", "reparto.db-wal", "reparto.db-shm", "copy.db", "leads.csv", "other.db"] {
        assert!(found.contains(&(name.to_owned(), 0o600)), "{name}: {found:?}");
    }
    drop(server);
}

#[test]
fn an_older_database_is_taken_from_others_and_said() {
    let folder = Folder::new().with_umask("022");
    folder.demo(20);
    let path = folder.path("reparto.db");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    folder.write("reparto.db-wal", "");
    assert!(modes(&folder.path(".")).contains(&("reparto.db-wal".to_owned(), 0o644)));
    let ran = folder.run(&["check"]).succeeded();
    assert!(ran.err.contains("reparto.db") && ran.err.contains("0644"), "{}", ran.err);
    assert!(modes(&folder.path(".")).iter().all(|(_, mode)| *mode == 0o600));
    assert!(!folder.run(&["check"]).succeeded().err.contains("0644"));
}
