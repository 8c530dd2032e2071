use crate::harness::{Folder, PASSWORD};

#[test]
fn a_live_database_is_backed_up_and_the_copy_is_whole() {
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
