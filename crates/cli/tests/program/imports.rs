use std::fmt::Write as _;

use crate::harness::Folder;

const LEADS: &str = "Nombre;Apellidos;Correo;Teléfono;Ciudad;Color\n\
    Ana;García;ana@example.com;600111222;Ávila;rojo\n\
    Eva;Núñez;eva@example.com;;Madrid;;;demasiadas\n\
    Luis;Peña;luis@example.com;600333444;León;\n";

fn exported(folder: &Folder) -> Vec<serde_json::Value> {
    serde_json::from_str(&folder.run(&["export", "--format", "json"]).succeeded().out).unwrap()
}

fn ana(folder: &Folder) -> serde_json::Value {
    exported(folder).into_iter().find(|row| row["email"] == "ana@example.com").unwrap()
}

#[test]
fn rows_with_errors_are_skipped_and_named_by_line() {
    let folder = Folder::new();
    folder.write("leads.csv", LEADS);
    let ran = folder.run(&["import", "leads.csv"]).ended(3);
    assert!(ran.err.contains("line 3: has 8 cells where the header has 6"), "{}", ran.err);
    assert!(ran.out.contains("2 created") && ran.out.contains("1 skipped"), "{}", ran.out);
    assert_eq!(exported(&folder).len(), 2);
    assert_eq!(ana(&folder)["custom_fields"]["Color"], "rojo");
    folder.run(&["check"]).succeeded();
}

#[test]
fn a_file_in_latin_1_is_read() {
    let folder = Folder::new();
    let latin: Vec<u8> = LEADS.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    folder.write("leads.csv", latin);
    folder.run(&["import", "leads.csv"]).ended(3);
    assert_eq!(ana(&folder)["city"], "Ávila");
}

#[test]
fn the_same_file_twice_brings_nothing_twice() {
    let folder = Folder::new();
    let good = LEADS.replace(";;demasiadas", "");
    folder.write("leads.csv", &good);
    folder.run(&["import", "leads.csv"]).succeeded();
    let again = folder.run_with(&["import", "-"], &good).succeeded();
    assert!(again.out.contains("0 created") && again.out.contains("3 already there"), "{}", again.out);
    assert!(again.err.contains("lines 2–4: known already"), "{}", again.err);
    assert_eq!(exported(&folder).len(), 3);
}

#[test]
fn unreadable_cells_are_kept_and_reported() {
    let folder = Folder::new();
    let file =
        "Nombre;Correo;Teléfono;Responsable;Estado\nAna;no-address;600111222;quien@example.org;Cita\nEva;;;;Cita\n";
    folder.write("leads.csv", file);
    let ran = folder.run(&["import", "leads.csv"]).succeeded();
    for told in [
        "line 2: column \"Correo\": \"no-address\" is not a valid email address; kept as a custom field",
        "line 2: column \"Responsable\": \"quien@example.org\" is not a valid active user who may hold leads",
        "line 3: has no email address and no phone number",
        "lines 2, 3: column \"Estado\": \"Cita\" is no known status",
    ] {
        assert!(ran.err.contains(told), "{told}: {}", ran.err);
    }
    let rows = exported(&folder);
    let ana = rows.iter().find(|row| row["first_name"] == "Ana").unwrap();
    assert_eq!(
        (&ana["custom_fields"]["Correo"], &ana["assigned_to"]),
        (&"no-address".into(), &serde_json::Value::Null)
    );
    // A strict import takes no such row.
    let ran = Folder::new().run_with(&["import", "-", "--strict"], file).ended(1);
    assert!(ran.out.contains("nothing was written"), "{}", ran.out);
}

#[test]
fn a_further_enquiry_is_kept_and_reported() {
    let folder = Folder::new();
    folder.write(
        "leads.csv",
        "Nombre;Correo;Teléfono;Notas;Origen\nLola;lola@example.org;611222333;Primera vez;Web\n\
         Lola;lola@example.org;611444555;Volver a llamar;Radio\n",
    );
    let ran = folder.run(&["import", "leads.csv"]).succeeded();
    assert!(ran.err.contains("line 3: known already, with an opportunity; what is new was added"), "{}", ran.err);
    assert!(ran.out.contains("1 created") && ran.out.contains("1 completed"), "{}", ran.out);
    let once = exported(&folder);
    assert_eq!((once.len(), &once[0]["phone"], &once[0]["mobile"]), (1, &"611222333".into(), &"611444555".into()));
    let notes = once[0]["contact_notes"].as_str().unwrap();
    assert!(notes.ends_with(": Volver a llamar") && notes.starts_with("20"), "with its day: {notes}");
    assert_eq!(once[0]["custom_fields"]["source"], "Radio");
    let again = folder.run(&["import", "leads.csv"]).succeeded();
    assert!(again.err.contains("lines 2–3: known already, with an opportunity; nothing was added"), "{}", again.err);
    assert_eq!(exported(&folder), once);
}

#[test]
fn time_zone_country_order_and_encoding_are_settings() {
    let folder = Folder::new();
    let latin: Vec<u8> = "Nombre;Tel;Fecha\nJos\u{e9};06 12 34 56 78;03/02/2025 00:30\n"
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    folder.write("leads.csv", latin);
    let ran = folder.run(&["import", "leads.csv"]).ended(1);
    assert!(ran.err.contains("--date-order dmy"), "{}", ran.err);
    let settings = ["--date-order", "mdy", "--time-zone", "Europe/Paris", "--country", "fr", "--encoding", "latin1"];
    folder.run(&[&["import", "leads.csv"], &settings[..]].concat()).succeeded();
    let row = exported(&folder).remove(0);
    assert_eq!((&row["name"], &row["detected_at"]), (&"José".into(), &"2025-03-01T23:30:00Z".into()));
    for wrong in
        [["--time-zone", "Mars/Olympus"], ["--country", "XX"], ["--encoding", "klingon"], ["--date-order", "ydm"]]
    {
        folder.run(&[&["import", "leads.csv"], &wrong[..]].concat()).ended(2);
    }
}

#[test]
fn test_leads_are_left_out_and_reported() {
    let folder = Folder::new();
    folder
        .write("leads.csv", "full_name,email\n<test lead: dummy data for full_name>,test@fb.com\nAna,a@example.org\n");
    let ran = folder.run(&["import", "leads.csv"]).succeeded();
    assert!(
        ran.err.contains("line 2: is a form's test lead") && ran.out.contains("1 that are no leads were left out"),
        "{} {}",
        ran.err,
        ran.out
    );
    assert_eq!(exported(&folder).len(), 1);
}

#[test]
fn strict_stops_at_the_first_error_and_leaves_nothing() {
    let folder = Folder::new();
    folder.run(&["migrate"]).succeeded();
    folder.write("leads.csv", LEADS);
    let ran = folder.run(&["import", "leads.csv", "--strict"]).ended(1);
    assert!(ran.err.contains("line 3"), "{}", ran.err);
    // An error that only the database can detect: a holder who does not exist.
    folder.write("owners.csv", "Email,Owner\na@example.com,\nb@example.com,nobody@example.org\n");
    let ran = folder.run(&["import", "owners.csv", "--strict"]).ended(1);
    assert!(ran.err.contains("line 3") && ran.out.contains("nothing was written"), "{} {}", ran.err, ran.out);
    assert_eq!(exported(&folder).len(), 0);
}

#[test]
fn a_dry_run_reports_and_writes_nothing() {
    let folder = Folder::new();
    folder.write("leads.csv", LEADS);
    let ran = folder.run(&["import", "leads.csv", "--dry-run"]).ended(3);
    assert!(ran.out.contains("nothing was written") && ran.out.contains("2 created"), "{}", ran.out);
    assert!(ran.err.contains("Correo -> email"), "{}", ran.err);
    assert_eq!(exported(&folder).len(), 0);
}

#[test]
fn nothing_done_ends_with_1() {
    let folder = Folder::new();
    folder.write("leads.csv", "Email\nno-address\n");
    folder.run(&["import", "leads.csv"]).ended(1);
    folder.write("empty.csv", "");
    folder.write("book.xlsx", b"PK\x03\x04");
    for (file, part) in [("empty.csv", "empty"), ("book.xlsx", "Excel"), ("none.csv", "cannot read"), (".", "folder")] {
        let ran = folder.run(&["import", file]).ended(1);
        assert!(ran.err.contains(part), "{file}: {}", ran.err);
    }
    folder.write("strange.csv", "a,b\n1,2\n");
    assert!(folder.run(&["import", "strange.csv"]).ended(1).err.contains("--map"));
    folder.run(&["import", "strange.csv", "--map", "a=name", "--map", "b=ignore"]).succeeded();
    assert!(folder.run(&["import", "strange.csv", "--map", "c=name"]).ended(1).err.contains("\"c\""));
    folder.run(&["import", "strange.csv", "--map", "a=colour"]).ended(2);
}

#[test]
fn what_was_exported_comes_back_the_same() {
    let from = Folder::new();
    from.demo(300);
    for (options, name) in [
        (&["--format", "csv"][..], "all.csv"),
        (&["--format", "csv", "--separator", "semicolon", "--headers", "es"], "todas.csv"),
        (&["--format", "xlsx"], "all.xlsx"),
        (&["--format", "xlsx", "--headers", "en"], "everything.xlsx"),
    ] {
        from.run(&[&["export", "--output", name], options].concat()).succeeded();
        comes_back(&from, name);
    }
    let text = |name| std::fs::read_to_string(from.path(name)).unwrap();
    assert!(text("all.csv").contains(",'+34 6"), "a phone would be run by a spreadsheet");
    assert!(text("todas.csv").starts_with("\u{feff}Id. de la oportunidad;Id. del contacto;Nombre completo;"));
}

/// A database that imports the file has what the first one has.
fn comes_back(from: &Folder, name: &str) {
    let to = Folder::new();
    to.run(&["demo", "--opportunities", "0", "--agents", "4", "--until", "2025-06-01"]).succeeded();
    to.run(&["import", from.path(name).to_str().unwrap()]).succeeded();
    let comparable = |folder: &Folder| {
        let mut rows = exported(folder);
        for row in &mut rows {
            for own in ["id", "contact_id", "created_at", "updated_at"] {
                row.as_object_mut().unwrap().remove(own);
            }
        }
        rows.sort_by_key(|row| row["mobile"].to_string());
        rows
    };
    assert_eq!(comparable(from), comparable(&to), "{name}");
    to.run(&["check"]).succeeded();
}

#[test]
fn an_export_that_fails_leaves_the_earlier_file_alone() {
    let folder = Folder::new();
    folder.write("all.csv", "mine");
    folder.run(&["export", "--output", "all.csv"]).ended(1);
    assert_eq!(std::fs::read_to_string(folder.path("all.csv")).unwrap(), "mine");
}

#[test]
fn many_rows_are_taken_in_over_many_transactions() {
    let folder = Folder::new();
    let mut file = "Name,Email,Phone\n".to_owned();
    for n in 0..3_500 {
        let _ = writeln!(file, "Ana {n},a{n}@example.com,6{n:08}");
    }
    folder.write("leads.csv", file);
    assert!(folder.run(&["import", "leads.csv"]).succeeded().out.contains("3500 created"));
    folder.run(&["check"]).succeeded();
}

#[test]
fn an_export_with_either_separator_comes_in_as_it_was() {
    let leads = "Nombre,Correo,Notas\n\"Ana; =1\",ana@example.com,\"=2,5; ＋x\ty\"\n";
    for separator in ["comma", "semicolon"] {
        let (from, to) = (Folder::new(), Folder::new());
        from.write("leads.csv", leads);
        from.run(&["import", "leads.csv"]).succeeded();
        from.run(&["export", "--separator", separator, "--output", "out.csv"]).succeeded();
        let file = std::fs::read_to_string(from.path("out.csv")).unwrap();
        let head = if separator == "comma" { "\u{feff}id,contact_id," } else { "\u{feff}id;contact_id;" };
        assert!(file.starts_with(head), "{file}");
        assert!(file.contains("'=2,5;' ＋x"), "{file}");
        to.write("out.csv", file);
        to.run(&["import", "out.csv"]).succeeded();
        let seen = |folder: &Folder| {
            let row = ana(folder);
            (row["name"].clone(), row["notes"].clone())
        };
        assert_eq!(seen(&from), seen(&to));
    }
    let folder = Folder::new();
    assert!(folder.run(&["export", "--separator", "tab"]).err.contains("semicolon"));
}
