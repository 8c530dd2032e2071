//! Erasing a person without a server: nothing is left in the files, and the same person is told in imports.

use crate::harness::Folder;

const LEADS: &str = "Nombre;Apellidos;Correo;Teléfono;Origen;No contactar\n\
    Zulema;Quintanilla;zulema@example.com;612345678;Feria;\n\
    Eva;Núñez;eva@example.com;;Web;sí\n";

/// The export as JSON.
fn exported(folder: &Folder) -> Vec<serde_json::Value> {
    serde_json::from_str(&folder.run(&["export", "--format", "json"]).succeeded().out).unwrap()
}

/// The contact's id of the one with this address.
fn contact(folder: &Folder, email: &str) -> String {
    let rows = exported(folder);
    let row = rows.iter().find(|row| row["email"] == email).unwrap();
    row["contact_id"].as_str().unwrap().to_owned()
}

/// Whether any file of the database has this text, in any case.
fn holds(folder: &Folder, text: &str) -> bool {
    ["reparto.db", "reparto.db-wal"].iter().any(|name| {
        let bytes = std::fs::read(folder.path(name)).unwrap_or_default();
        let bytes = bytes.to_ascii_lowercase();
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    })
}

#[test]
fn an_erased_person_is_in_no_file_or_import() {
    let folder = Folder::new();
    folder.demo(300);
    folder.write("leads.csv", LEADS);
    folder.run(&["import", "leads.csv"]).succeeded();
    let id = contact(&folder, "zulema@example.com");
    let rows = exported(&folder);
    let row = |email: &str| rows.iter().find(|row| row["email"] == email).unwrap().clone();
    assert_eq!(row("zulema@example.com")["source"], "Feria");
    assert!(row("eva@example.com")["do_not_contact"]["since"].is_string());
    let everything = folder.run(&["contact", "everything", &id]).succeeded().out;
    assert!(everything.contains("Quintanilla"), "{everything}");
    for text in ["zulema", "quintanilla", "612345678"] {
        assert!(holds(&folder, text), "{text} is there before");
    }
    // Beside a service, which must not keep old pages in its write-ahead log.
    let server = folder.serve();
    folder.run(&["contact", "erase", &id, "--reason", "lo pidió"]).succeeded();
    drop(server);
    for text in ["zulema", "quintanilla", "612345678"] {
        assert!(!holds(&folder, text), "{text} is still there");
    }
    folder.run(&["check"]).succeeded();
    let told = folder.run(&["import", "leads.csv"]).ended(3);
    assert!(told.err.contains("line 2: person_erased"), "{}", told.err);
    assert!(!told.err.to_lowercase().contains("zulema") && told.out.contains("1 skipped"), "{}", told.out);
    folder.write("one.csv", LEADS.lines().take(2).collect::<Vec<_>>().join("\n"));
    folder.run(&["import", "one.csv"]).ended(3);
    assert!(!holds(&folder, "quintanilla"));
    folder.run(&["import", "one.csv", "--override-erased"]).succeeded();
    assert!(holds(&folder, "quintanilla"));
    let unknown = folder.run(&["contact", "erase", "0190a6e0-7c1b-7abc-8def-0123456789ab", "--reason", "x"]).ended(1);
    assert!(unknown.err.contains("error: "), "{}", unknown.err);
}

#[test]
fn erasures_are_repeated_on_a_restored_backup() {
    let folder = Folder::new();
    folder.write("leads.csv", LEADS);
    folder.run(&["import", "leads.csv"]).succeeded();
    folder.run(&["backup", "before.db"]).succeeded();
    folder.run(&["contact", "erase", &contact(&folder, "zulema@example.com"), "--reason", "lo pidió"]).succeeded();
    let list = folder.run(&["erasures", "list"]).succeeded().out;
    assert!(list.contains("contact,") && list.contains("lo pidió") && !list.contains("Zulema"), "{list}");
    folder.write("erasures.csv", &list);
    let restored = ["--database-url", "sqlite:before.db"];
    let again = folder.run(&[&["erasures", "again", "erasures.csv"][..], &restored].concat()).succeeded();
    assert!(again.out.contains("1 erased, 0 not in this database"), "{}", again.out);
    let rows = folder.run(&[&["export", "--format", "json"][..], &restored].concat()).succeeded().out;
    assert!(rows.contains("Persona borrada") && !rows.contains("Zulema"), "{rows}");
    folder.run(&[&["check"][..], &restored].concat()).succeeded();
}

#[test]
fn a_dry_run_of_retain_changes_nothing() {
    let folder = Folder::new();
    folder.demo(400);
    let dry = folder.run(&["retain", "--dry-run", "--keep-lost-leads", "1"]).succeeded().out;
    assert!(dry.contains("dry run") && !dry.contains(" 0 contacts with lost"), "{dry}");
    assert!(!exported(&folder).iter().any(|row| row["name"] == "Persona borrada"));
    let off = folder.run(&["retain"]).succeeded().out;
    assert!(off.starts_with("0 contacts with lost opportunities were erased, 0 deleted"), "{off}");
    folder.run(&["retain", "--keep-lost-leads", "1"]).succeeded();
    assert!(exported(&folder).iter().any(|row| row["name"] == "Persona borrada"));
    let again = folder.run(&["retain", "--dry-run", "--keep-lost-leads", "1"]).succeeded().out;
    assert!(again.contains("0 contacts with lost"), "{again}");
    folder.run(&["check"]).succeeded();
}
