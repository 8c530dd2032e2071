//! The same file makes the same of a database, and is told the same, at the command line and over HTTP.

use serde_json::Value;

use crate::harness::{Client, Folder};

/// Exports of other systems, and two tables with all that may be told of a row.
const FILES: [(&str, &[u8]); 16] = [
    ("hubspot_es", include_bytes!("../../../leads/tests/samples/hubspot_es.csv")),
    ("hubspot_en", include_bytes!("../../../leads/tests/samples/hubspot_en.csv")),
    ("salesforce_es", include_bytes!("../../../leads/tests/samples/salesforce_es.csv")),
    ("salesforce_en", include_bytes!("../../../leads/tests/samples/salesforce_en.csv")),
    ("pipedrive_es", include_bytes!("../../../leads/tests/samples/pipedrive_es.csv")),
    ("pipedrive_en", include_bytes!("../../../leads/tests/samples/pipedrive_en.csv")),
    ("kommo_es", include_bytes!("../../../leads/tests/samples/kommo_es.csv")),
    ("kommo_en", include_bytes!("../../../leads/tests/samples/kommo_en.csv")),
    ("zoho", b"Record Id,Lead Owner.id,Lead Owner,Company,First Name,Last Name,Email,Phone,Lead Source,Lead Status,\
        Created Time,Email Opt Out\nzcrm_1,zcrm_9,Ana Garc\xc3\xada,Acme,Lola,Mas,lola@example.org,+34 611 222 333,Web,\
        Contacted,2025-05-02 08:15:00,false\nzcrm_2,zcrm_9,Nadie,Acme,Iker,Vea,iker@example.org,,Web,?,2025-05-02 09:15:00,true\n"),
    ("odoo", b"ID externo,Oportunidad,Nombre de contacto,Correo electr\xc3\xb3nico,Tel\xc3\xa9fono,Comercial,Etapa,Creado el\n\
        __export__.lead_7,Renovaci\xc3\xb3n NIE,Lola Mas,lola@example.org,611222334,Ana Garc\xc3\xada,Nuevo,2025-05-02 08:15:00\n"),
    ("meta", b"id\tcreated_time\tad_id\tad_name\tadset_id\tform_id\tis_organic\tplatform\temail\tfull_name\tphone_number\n\
        l:77\t2025-05-02T08:15:00+02:00\tag:1\tA\tas:2\tf:3\tfalse\tig\tnora@example.org\tNora Gil\tp:+34611222555\n\
        l:78\t2025-05-02T08:20:00+02:00\tag:1\tA\tas:2\tf:3\tfalse\tfb\ttest@fb.com\t<test lead: dummy data>\tp:0\n"),
    ("google_ads", b"Lead ID,Lead submit time,Campaign,GCLID,Full name,User email,User phone\n\
        TeSt,2025-05-02 08:15:00 UTC,Visados,abc,Zoe Mas,zoe@example.org,+34611222666\n"),
    ("google_contacts", b"First Name,Middle Name,Last Name,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,\
        Phone 1 - Label,Phone 1 - Value\nEva,,Sol,amiga,* myContacts,,eva@example.org ::: e2@example.org,Mobile,\
        611 222 777 ::: 911 222 777\n"),
    ("workbook", include_bytes!("../../../leads/tests/samples/book.xlsx")),
    ("told", b"Nombre;Correo;M\xf3vil;Responsable;Estado;Fecha;do_not_contact\n\
        Bea;bea@example.org;600111222;ana.garcia@example.org;;16/05/2026;s\xed\n\
        ;;;;;;\n;;;;Cita;;\nLeo;leo@example.org;;;Cita;ayer;\nLuz;luz;;;;;\nPau;pau@example.org;;;;;;de m\xe1s\n\
        Uxo;\"uxo\"@example.org;;;;;\nNombre;Correo;M\xf3vil;Responsable;Estado;Fecha;do_not_contact\n\
        Bea;bea@example.org;600999888;nadie@example.org;;;\nBea;bea@example.org;;;;;\nSin;;;;;;\n"),
    ("again", include_bytes!("../../../leads/tests/samples/hubspot_es.csv")),
];

/// What a database has, without ids and times of its own.
fn all(folder: &Folder) -> Vec<Value> {
    let exported = folder.run(&["export", "--format", "json"]).succeeded().out;
    let mut rows: Vec<Value> = serde_json::from_str(&exported).unwrap();
    for row in &mut rows {
        // Without a date in the file it is that of the import.
        if row["detected_at"] == row["created_at"] {
            row["detected_at"] = Value::Null;
        }
        for own in ["id", "contact_id", "created_at", "updated_at"] {
            row.as_object_mut().unwrap().remove(own);
        }
        // A wish that a file only affirms is of the moment of the import.
        if let Some(since) = row.pointer_mut("/do_not_contact/since") {
            *since = Value::Null;
        }
    }
    rows.sort_by_key(|row| format!("{}{}", row["email"], row["name"]));
    rows
}

/// The counts of the last line of `reparto import`: created, completed, unchanged, skipped, as over HTTP.
fn counted(out: &str) -> [u64; 4] {
    let numbers: Vec<u64> = out.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
    let [_, created, added, completed, there, skipped, rest @ ..] = &numbers[..] else { panic!("{out}") };
    [created + added, *completed, *there, skipped + rest.iter().sum::<u64>()]
}

/// Imports a file over HTTP; returns the messages about its rows, and the counts.
async fn send(client: &Client, file: &[u8]) -> (Vec<Value>, [u64; 4]) {
    let sent = client.send_file("/api/crm/imports", file.to_vec()).await;
    let path = format!("/api/crm/imports/{}", sent["id"].as_str().unwrap());
    // The stream ends with the import.
    client.text(&format!("{path}/events")).await;
    let import = client.get(&path).await;
    assert_eq!(import["status"], "finished", "{import}");
    let counts = ["created", "completed", "unchanged", "skipped"].map(|count| import[count].as_u64().unwrap());
    let told: Value = serde_json::from_str(&client.text(&format!("{path}/rows?only=told&limit=1000")).await).unwrap();
    (told["items"].as_array().unwrap().clone(), counts)
}

/// What the command line says once for many rows, or only counts.
const TOGETHER: [&str; 4] = ["known_completed", "known_unchanged", "contact_known", "word_unknown"];

/// That the command line tells of each row what is told over HTTP, and no more.
fn compare_told(name: &str, told: &[Value], err: &str) {
    let of_rows: Vec<&str> = err
        .lines()
        .filter(|line| line.starts_with("line ") && !line.contains("known already") && !line.contains("is no known"))
        .collect();
    let mut count = 0;
    for row in told {
        for one in row["told"].as_array().unwrap() {
            let (code, text) = (one["code"].as_str().unwrap(), one["text"].as_str().unwrap());
            if TOGETHER.contains(&code) {
                let is_said = code == "contact_known" || err.contains(text);
                assert!(is_said, "{name}: {text}: {err}");
                continue;
            }
            count += 1;
            let start = format!("line {}: ", row["line"]);
            let is_said = of_rows.iter().any(|line| line.starts_with(&start) && line.ends_with(text));
            assert!(is_said, "{name}: {start}{text} is not told at the command line: {err}");
        }
    }
    assert_eq!(of_rows.len(), count, "{name}: {err} and {told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_the_same_at_the_command_line_and_over_http() {
    let (by_command, by_http) = (Folder::new(), Folder::new());
    for folder in [&by_command, &by_http] {
        // One of its agents is Ana García, whom the files name.
        folder.demo(0);
    }
    let server = by_http.serve();
    let client = server.sign_in("admin@example.org").await;
    for (name, file) in FILES {
        by_command.write(name, file);
        let ran = by_command.run(&["import", name]);
        assert!([0, 3].contains(&ran.code), "{name}: {}", ran.err);
        let (told, counts) = send(&client, file).await;
        assert_eq!(counts, counted(&ran.out), "{name}: {}", ran.out);
        compare_told(name, &told, &ran.err);
        let (sent, taken) = (all(&by_http), all(&by_command));
        for (sent, taken) in sent.iter().zip(&taken) {
            assert_eq!(sent, taken, "{name}");
        }
        assert_eq!(sent.len(), taken.len(), "{name}");
    }
    assert!(all(&by_http).len() > 20);
}
