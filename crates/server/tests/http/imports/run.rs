//! Files that come in.

use std::{fmt::Write as _, io::Cursor};

use futures::future::join_all;
use reparto_domain::{
    Role,
    imports::{ImportMode, ROWS_AT_ONCE},
    users::PersonFilter,
};
use reparto_leads::{Batches, Leads, Options};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{LEADS, contacts, ended, get, id, import, of, rows, send, windows_1252};
use crate::{
    common::Server,
    crm::{Crm, items},
};

#[tokio::test]
async fn a_file_is_taken_in_and_told_row_by_row() {
    let crm = Crm::new().await;
    let sent = send(&crm, "?name=Feria&time_zone=Europe/Madrid", windows_1252(LEADS)).await;
    let reported = sent.ok(202);
    let path = format!("/api/crm/imports/{}", id(&reported));
    assert_eq!((sent.header("location"), &reported["status"]), (path.as_str(), &json!("reading")));
    assert_eq!((&reported["rows"], &reported["done"], &reported["name"]), (&json!(4), &json!(0), &json!("Feria")));
    let file = &reported["file"];
    assert_eq!(
        (&file["encoding"], &file["separator"], &file["date_order"]),
        (&json!("windows-1252"), &json!(";"), &json!("dmy"))
    );
    assert_eq!(
        of(file["columns"].as_array().unwrap(), "field"),
        [&json!("name"), &json!("email"), &json!("mobile"), &Value::Null, &json!("detected_at")]
    );
    let _background = crm.server.run_background();
    let import = ended(&crm, &id(&reported)).await;
    assert_eq!((&import["status"], &import["done"]), (&json!("finished"), &json!(4)));
    let counts = ["created", "completed", "unchanged", "skipped"].map(|name| import[name].as_u64().unwrap());
    assert_eq!(counts, [3, 0, 0, 1]);
    assert_eq!(import["file"]["columns"][0]["samples"], json!(["Lucía Pérez", "Íñigo Núñez", "Zoe"]));
    let told = rows(&crm, &id(&import), "&only=told").await;
    assert_eq!(of(&told, "line"), [&json!(4), &json!(5)]);
    assert_eq!((&told[0]["outcome"], &told[0]["code"]), (&json!("skipped"), &json!("no_identity")));
    assert_eq!(told[0]["cells"], json!(["", "", "", "Francés", ""]));
    assert_eq!(told[1]["text"], "columna «Fecha»: «ayer» no es una fecha válida; se guarda como campo personalizado");
    let path = format!("/api/crm/imports/{}/rows?only=told", id(&import));
    let english = crm.server.get(&path).by(&crm.admin).in_english().await.ok(200);
    assert_eq!(english["items"][0]["text"], "no name, no email and no phone", "told once");
    let people = contacts(&crm).await;
    assert_eq!(of(&people, "name"), [&json!("Íñigo Núñez"), &json!("Lucía Pérez"), &json!("Zoe")]);
    let listed = items(&crm.server.get("/api/crm/imports").by(&crm.admin).await);
    assert_eq!(of(&listed, "id"), [&import["id"]]);
    let operations = crm.operations().await;
    let of_import: Vec<_> = operations.iter().filter(|operation| operation["kind"] == "import").collect();
    assert_eq!((of_import.len(), &of_import[0]["import_id"]), (1, &import["id"]), "one operation");
    assert_eq!(of_import[0]["assigned_count"], 3);
}

#[tokio::test]
async fn who_must_not_be_contacted_comes_in_without_the_holder_and_is_told() {
    let crm = Crm::new().await;
    let agent = crm.server.account(Role::Agent).await;
    let file = format!("Nombre,Correo,Responsable,do_not_contact\nAna,ana@example.org,{},sí\n", agent.email);
    let dry = send(&crm, "?dry_run=true", file.clone()).await.ok(200);
    assert_eq!((&dry["items"][0]["code"], &dry["items"][0]["outcome"]), (&json!("do_not_contact"), &json!("created")));
    let _background = crm.server.run_background();
    let import = import(&crm, "", file).await;
    let told = rows(&crm, &id(&import), "&only=told").await;
    assert_eq!(
        (&told[0]["code"], &told[0]["text"]),
        (&json!("do_not_contact"), &json!("la persona no quiere que se la contacte; entra sin titular"))
    );
    let held = crm.server.get(&format!("/api/crm/opportunities/{}", told[0]["opportunity_id"].as_str().unwrap()));
    assert_eq!(held.by(&crm.admin).await.ok(200)["assigned_to_id"], Value::Null);
}

#[tokio::test]
async fn imports_are_counted_with_their_rows() {
    let crm = Crm::new().await;
    let series = ["reparto_imports_ended_total{status=\"finished\"}", "reparto_import_duration_seconds_count"]
        .into_iter()
        .map(str::to_owned)
        .chain(["created", "skipped"].map(|outcome| format!("reparto_import_rows_total{{outcome=\"{outcome}\"}}")))
        .collect::<Vec<_>>();
    let values = async || {
        let page = crm.server.get("/metrics").await.text().to_owned();
        let value = |name: &String| page.lines().find_map(|line| line.strip_prefix(name.as_str())?.trim().parse().ok());
        series.iter().map(|name| value(name).unwrap_or_else(|| panic!("{name}: {page}"))).collect::<Vec<f64>>()
    };
    // Tests in one process share its counters.
    let before = values().await;
    let _background = crm.server.run_background();
    import(&crm, "", LEADS).await;
    let more: Vec<f64> = values().await.iter().zip(before).map(|(after, before)| after - before).collect();
    assert!(more.iter().zip([1.0, 1.0, 3.0, 1.0]).all(|(more, least)| *more >= least), "{more:?}");
}

#[tokio::test]
async fn a_dry_run_tells_all_and_writes_nothing() {
    let crm = Crm::new().await;
    let twice = format!("{LEADS}LUCIA;LUCIA@example.org;600999888;;\r\n");
    let dry = send(&crm, "?dry_run=true", twice.clone()).await.ok(200);
    assert_eq!((&dry["id"], &dry["dry_run"], &dry["status"]), (&Value::Null, &json!(true), &json!("finished")));
    let counts = |import: &Value| {
        ["rows", "created", "completed", "unchanged", "skipped", "done"].map(|name| import[name].clone())
    };
    let told = dry["items"].as_array().unwrap();
    assert_eq!(of(told, "code"), [&json!("no_identity"), &json!("cell_kept"), &json!("known_completed")]);
    assert_eq!(dry["file"]["columns"][1]["samples"][0], "lucia@example.org");
    assert!(contacts(&crm).await.is_empty());
    assert!(items(&crm.server.get("/api/crm/imports").by(&crm.admin).await).is_empty());
    let _background = crm.server.run_background();
    let real = import(&crm, "", twice).await;
    assert_eq!(counts(&real), counts(&dry), "what is told beforehand is what happens");
    let again = send(&crm, "?dry_run=true", LEADS).await.ok(200);
    assert_eq!((&again["created"], &again["unchanged"]), (&json!(0), &json!(3)));
}

#[tokio::test]
async fn a_strict_file_with_an_error_writes_nothing() {
    let crm = Crm::new().await;
    let _background = crm.server.run_background();
    let failed = import(&crm, "?strict=true", LEADS).await;
    assert_eq!(
        (&failed["status"], &failed["failure"], &failed["created"]),
        (&json!("failed"), &json!("row_with_error"), &json!(0))
    );
    let skipped = rows(&crm, &id(&failed), "&only=skipped").await;
    assert_eq!((skipped.len(), &skipped[0]["line"]), (1, &json!(5)));
    assert!(contacts(&crm).await.is_empty());
    let dry = send(&crm, "?strict=true&dry_run=true", LEADS).await.ok(200);
    assert_eq!((&dry["status"], &dry["failure"]), (&json!("failed"), &json!("row_with_error")));
    let good = import(&crm, "?strict=true", LEADS.replace("ayer", "").replace(";;;Francés;\r\n", "")).await;
    assert_eq!((&good["status"], &good["created"]), (&json!("finished"), &json!(3)));
}

#[tokio::test]
async fn a_form_and_a_workbook_are_files_too() {
    let crm = Crm::new().await;
    let _background = crm.server.run_background();
    let form = "--frontier\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n--frontier\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"leads.csv\"\r\nContent-Type: text/csv\r\n\r\n\
        Nombre,Correo\r\nAna,ana@example.org\r\n\r\n--frontier--\r\n";
    let ask = crm.server.post("/api/crm/imports", Value::Null).by(&crm.admin);
    let sent = ask.raw("multipart/form-data; boundary=frontier", form).await.ok(202);
    assert_eq!(ended(&crm, &id(&sent)).await["created"], 1);
    let book = include_bytes!("../../../../leads/tests/samples/book.xlsx");
    let ask = crm.server.post("/api/crm/imports", Value::Null).by(&crm.admin);
    let media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let sent = ask.raw(media, book.to_vec()).await.ok(202);
    assert_eq!((&sent["file"]["encoding"], sent["file"]["sheet"].is_string()), (&Value::Null, true));
    let ended = ended(&crm, &id(&sent)).await;
    assert_eq!((&ended["status"], &ended["done"]), (&json!("finished"), &ended["rows"]));
    assert!(ended["created"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn columns_are_mapped_as_they_are_asked_to_be() {
    let crm = Crm::new().await;
    let _background = crm.server.run_background();
    let file = "quién|adónde|color\r\nAna|ana@example.org|rojo\r\n";
    let mapping = "%7B%22qui%C3%A9n%22:%22name%22,%22ad%C3%B3nde%22:%22email%22,%22color%22:%22ignore%22%7D";
    let import = import(&crm, &format!("?mapping={mapping}&separator=pipe&encoding=utf-8"), file).await;
    assert_eq!(import["created"], 1);
    let people = contacts(&crm).await;
    assert_eq!(
        (&people[0]["name"], &people[0]["email"], &people[0]["custom_fields"]),
        (&json!("Ana"), &json!("ana@example.org"), &json!({}))
    );
}

#[tokio::test]
async fn an_erased_person_is_told_by_line_alone() {
    let crm = Crm::new().await;
    let _background = crm.server.run_background();
    import(&crm, "", LEADS).await;
    let people = contacts(&crm).await;
    let path = format!("/api/crm/contacts/{}/erase", people[1]["id"].as_str().unwrap());
    crm.server.post(&path, json!({"reason": "RGPD"})).by(&crm.admin).await.ok(200);
    let again = import(&crm, "", LEADS).await;
    let skipped = rows(&crm, &id(&again), "&only=skipped").await;
    assert_eq!(of(&skipped, "code"), [&json!("person_erased"), &json!("no_identity")]);
    assert_eq!(
        (&skipped[0]["line"], &skipped[0]["cells"], &skipped[0]["contact_id"]),
        (&json!(2), &Value::Null, &Value::Null)
    );
    let let_in = import(&crm, "?override_erased=true", LEADS).await;
    assert_eq!(let_in["created"], 1);
}

#[tokio::test]
async fn rows_come_back_as_a_file_that_comes_in_again() {
    let crm = Crm::new().await;
    let _background = crm.server.run_background();
    let file = "Nombre,Correo,Curso\r\n,,=1+1\r\nAna,ana@example.org,b,de más\r\n";
    let import = import(&crm, "", file).await;
    let path = format!("/api/crm/imports/{}/rows?only=skipped&format=csv&separator=semicolon", id(&import));
    let answer = crm.server.get(&path).by(&crm.admin).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/csv; charset=utf-8"));
    let text = answer.text();
    assert!(
        text.starts_with("\u{feff}Nombre;Correo;Curso;import_line;import_outcome;import_code;import_reason\r\n"),
        "{text}"
    );
    assert!(text.contains(";;'=1+1;2;skipped;no_identity;"), "{text}");
    assert!(text.contains("Ana;ana@example.org;b;de más;3;skipped;too_many_cells;"), "{text}");
    let fixed = text.replace("b;de más;3", "b;3");
    let again = send(&crm, "?dry_run=true", fixed).await.ok(200);
    assert_eq!((&again["created"], &again["skipped"]), (&json!(1), &json!(1)));
    let fields = again["file"]["columns"].as_array().unwrap();
    assert!(fields[3..].iter().all(|column| column["field"] == "ignore"), "{fields:?}");
    let entries = crm.server.get("/api/users/audit-logs?action=import_downloaded").by(&crm.admin).await;
    assert_eq!(items(&entries)[0]["entity_id"], import["id"]);
}

#[tokio::test]
async fn two_uploads_at_once_make_no_duplicates() {
    let crm = Crm::new().await;
    let _background = crm.server.run_background();
    let mut file = "Nombre,Correo\n".to_owned();
    for n in 0..300 {
        writeln!(file, "Lead {n},lead{n}@example.org").unwrap();
    }
    let sent = join_all((0..3).map(|_| async { send(&crm, "", file.clone()).await.ok(202) })).await;
    let mut created = 0;
    for import in sent {
        let import = ended(&crm, &id(&import)).await;
        assert_eq!((&import["status"], &import["done"]), (&json!("finished"), &json!(300)));
        created += import["created"].as_u64().unwrap();
    }
    assert_eq!((created, contacts(&crm).await.len()), (300, 300));
}

#[tokio::test]
async fn whoever_dies_with_an_import_leaves_it_to_another() {
    let crm = Crm::new().await;
    let mut file = "Nombre,Correo\n".to_owned();
    for n in 0..=ROWS_AT_ONCE {
        writeln!(file, "Lead {n},lead{n}@example.org").unwrap();
    }
    let sent = id(&send(&crm, "", file.clone()).await.ok(202));
    // A runner takes the first rows, and is never heard of again.
    let (store, now) = (crm.server.store(), crm.server.app.clock.now());
    let claim = store.import_claim(Uuid::now_v7(), now, now.plus_seconds(60), u64::MAX).await.unwrap().unwrap();
    let leads = Leads::open(Cursor::new(file), &Options::default()).unwrap();
    let batch = Batches::new(leads, claim.import.rows_at_once(), false).next().unwrap();
    let batch = reparto_domain::imports::ImportBatch {
        first: batch.first,
        rows: batch.reads.into_iter().map(|read| read.into_row(false)).collect(),
        is_last: batch.is_last,
        has_failed: batch.has_failed,
    };
    let assignable = &crm.server.app.config.assignable_roles;
    store.import_take(claim.import.id, claim.runner, batch, now, now.plus_seconds(60), assignable).await.unwrap();
    let running = get(&crm, &sent).await;
    assert_eq!((&running["status"], &running["done"]), (&json!("running"), &json!(1_000)));
    crm.server.advance(61);
    let _background = crm.server.run_background();
    let ended = ended(&crm, &sent).await;
    assert_eq!(
        (&ended["status"], &ended["created"], &ended["done"]),
        (&json!("finished"), &json!(5_001), &json!(5_001))
    );
    let count = crm.server.get("/api/crm/contacts/count").by(&crm.admin).await.ok(200);
    assert_eq!(count["total"], 5_001);
    let operations = crm.operations().await;
    assert!(
        operations
            .iter()
            .filter(|operation| operation["kind"] == "import")
            .all(|operation| operation["import_id"] == ended["id"])
    );
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_answer() {
    let crm = Crm::new().await;
    let ask = |query: &str, file: &str| send(&crm, query, file).header("idempotency-key", "clave");
    let first = ask("?name=a", LEADS).await;
    let again = ask("?name=a", LEADS).await;
    assert_eq!((again.status, again.header("idempotency-replayed"), &again.body), (202, "true", &first.body));
    assert_eq!(again.header("location"), first.header("location"));
    ask("?name=b", LEADS).await.refused(422, "idempotency_key_reused");
    ask("?name=a", "Nombre,Correo\nAna,ana@example.org\n").await.refused(422, "idempotency_key_reused");
    assert_eq!(items(&crm.server.get("/api/crm/imports").by(&crm.admin).await).len(), 1);
}

/// What a file makes of a contact: everything but ids, and who wrote it when.
fn made(people: Vec<Value>) -> Vec<Value> {
    let own = ["id", "created_by", "updated_by", "created_at", "updated_at"];
    let mut people = people;
    for person in &mut people {
        person.as_object_mut().unwrap().retain(|name, _| !own.contains(&name.as_str()));
    }
    people
}

#[tokio::test]
async fn the_command_line_makes_the_same_of_a_file() {
    let (sent, direct) = (Crm::new().await, Crm::new().await);
    let _background = sent.server.run_background();
    for file in [
        include_str!("../../../../leads/tests/samples/hubspot_es.csv"),
        include_str!("../../../../leads/tests/samples/kommo_es.csv"),
        LEADS,
    ] {
        import(&sent, "?date_order=dmy", file).await;
        // As `reparto import` does it.
        let now = direct.server.app.clock.now();
        let mut options = Options { date_order: Some(reparto_leads::DateOrder::DayFirst), now, ..Options::default() };
        let assignable = &direct.server.app.config.assignable_roles;
        let holders = PersonFilter { is_active: Some(true), roles: Some(assignable.as_slice().to_vec()) };
        options.add_people(&direct.server.store().person_list(holders).await.unwrap());
        for batch in Batches::new(Leads::open(Cursor::new(file), &options).unwrap(), 1_000, false) {
            let rows = batch.reads.into_iter().filter_map(|read| read.lead.ok()).map(|lead| lead.row).collect();
            direct
                .server
                .store()
                .import_rows(&direct.server.system(), rows, ImportMode::default(), assignable)
                .await
                .unwrap();
        }
    }
    let people = made(contacts(&sent).await);
    assert!(people.len() > 5);
    assert_eq!(people, made(contacts(&direct).await));
}

#[tokio::test]
async fn the_file_of_rows_is_in_the_readers_language() {
    let crm = Crm::new().await;
    let _background = crm.server.run_background();
    let import = import(&crm, "", LEADS).await;
    let path = format!("/api/crm/imports/{}/rows?format=csv&separator=semicolon", id(&import));
    let file = async |query: &str, language: &str| {
        let path = format!("{path}{query}");
        crm.server.get(&path).by(&crm.admin).header("accept-language", language).await.text().to_owned()
    };
    let spanish = file("", "es").await;
    assert!(spanish.contains("Fecha;Línea de la importación;Resultado de la importación;Código"), "{spanish}");
    assert!(spanish.contains(";4;omitida;no_identity;"), "{spanish}");
    let english = file("", "en").await;
    assert!(english.contains(";Import line;Import outcome;") && english.contains(";4;skipped;"), "{english}");
    let fixed = file("&headers=fixed", "es").await;
    assert!(fixed.contains(";import_line;import_outcome;") && fixed.contains(";4;skipped;"), "{fixed}");
    let again = send(&crm, "?dry_run=true", spanish).await.ok(200);
    let fields = again["file"]["columns"].as_array().unwrap();
    assert!(fields[5..].iter().all(|column| column["field"] == "ignore"), "{fields:?}");
}

#[tokio::test]
async fn what_stays_is_told_by_the_names_of_the_file() {
    let crm = Crm::new().await;
    let _background = crm.server.run_background();
    import(&crm, "", "Nombre,Apellidos,Correo,Ciudad,Prioridad\nAna,Sanz,ana@example.org,Jaén,media\n").await;
    let file = "Nombre,Apellidos,Correo,Población,Prioridad\nEva,Sanz,ana@example.org,Madrid,alta\n";
    let again = send(&crm, "?dry_run=true&time_zone=America/Bogota", file).await.ok(200);
    let row = &again["items"][0];
    assert_eq!((&again["file"]["time_zone"], &row["outcome"]), (&json!("America/Bogota"), &json!("unchanged")));
    let text = row["text"].as_str().unwrap();
    assert!(text.contains("otros valores que los guardados, que se conservan: «Nombre», «Población»"), "{text}");
    assert!(text.contains("se conserva la prioridad (media); el archivo dice alta"), "{text}");
    let import = import(&crm, "", file).await;
    let notable = rows(&crm, &id(&import), "&only=notable").await;
    assert_eq!(of(&notable, "text"), [text]);
    let path = format!("/api/crm/imports/{}/rows?only=notable", id(&import));
    let english = items(&crm.server.get(&path).by(&crm.admin).in_english().await);
    let text = english[0]["text"].as_str().unwrap();
    assert!(
        text.contains("which stay: \"Nombre\", \"Población\"") && text.contains("(medium); the file says high"),
        "{text}"
    );
}

#[tokio::test]
async fn rows_worth_a_look_come_before_those_of_people_who_were_just_known() {
    let crm = Crm::new().await;
    let _background = crm.server.run_background();
    let mut file = "Nombre,Correo\n".to_owned();
    for n in 0..1_100 {
        writeln!(file, "Lead {n},lead{n}@example.org").unwrap();
    }
    import(&crm, "", file.clone()).await;
    file.push_str(",nobody\n");
    let again = send(&crm, "?dry_run=true", file).await.ok(200);
    let items = again["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[999]["line"], &items[999]["code"]), (1_000, &json!(1_102), &json!("no_identity")));
}

#[tokio::test]
async fn our_own_export_comes_in_again_as_it_was() {
    let crm = Crm::new().await;
    let _background = crm.server.run_background();
    let file = "Nombre,Apellidos,Correo,Móvil,Notas\nLola,Sanz Gil,,,uno\nLola,Sanz Gil Ruiz,,,dos\n\
        Ana,Núñez,ana@example.org,+34 600 111 222,tres\n";
    import(&crm, "", file).await;
    let before = contacts(&crm).await;
    let made = crm.server.post("/api/crm/jobs", json!({"kind": "export", "filter": {}})).by(&crm.admin).await.ok(202);
    let path = format!("/api/crm/jobs/{}", made["id"].as_str().unwrap());
    crm.server.get(&format!("{path}/events")).by(&crm.admin).stream().await.rest().await;
    // The second person's name is corrected meanwhile, so that only the id tells who it is.
    let lola = before.iter().find(|one| one["last_name"] == "Sanz Gil").unwrap()["id"].as_str().unwrap();
    crm.server
        .patch(&format!("/api/crm/contacts/{lola}"), json!({"first_name": "Dolores"}))
        .by(&crm.admin)
        .await
        .ok(200);
    let items = format!("{path}/items?headers=translated&separator=semicolon&time_zone=America/Bogota");
    for format in ["csv", "xlsx"] {
        let file = crm.server.get(&format!("{items}&format={format}")).by(&crm.admin).await;
        let kind = if format == "csv" { "text/csv" } else { "application/octet-stream" };
        let again = crm.server.post("/api/crm/imports?dry_run=true", Value::Null).raw(kind, file.body.clone());
        let again = again.by(&crm.admin).await.ok(200);
        assert_eq!((&again["file"]["origin"], &again["unchanged"]), (&json!("Reparto"), &json!(3)), "{again}");
    }
    // Without the columns of ids, and with full names beside their parts.
    let file = crm.server.get(&format!("{items}&format=csv")).by(&crm.admin).await.text().to_owned();
    assert!(file.contains("-05:00;"), "{file}");
    let without: String = file.lines().map(|line| line.splitn(3, ';').last().unwrap().to_owned() + "\n").collect();
    let again = send(&crm, "?dry_run=true", without).await.ok(200);
    // Whoever is known by address or name is not made again; the one who has another name by now is.
    assert_eq!((&again["unchanged"], &again["created"]), (&json!(2), &json!(1)), "{again}");
    let zone = crm.server.get(&format!("{path}/items?format=csv&time_zone=Mars")).by(&crm.admin).await;
    assert_eq!(zone.invalid_fields(), ["time_zone"]);
}

#[tokio::test]
async fn many_rows_that_are_read_page_by_page_are_recorded() {
    let crm = Crm::of(Server::with(|config| config.rows_per_minute = 3).await).await;
    let _background = crm.server.run_background();
    let import = import(&crm, "", LEADS).await;
    let path = format!("/api/crm/imports/{}/rows?limit=2", id(&import));
    let entries =
        async || items(&crm.server.get("/api/users/audit-logs?action=import_downloaded").by(&crm.admin).await);
    crm.server.get(&path).by(&crm.admin).await.ok(200);
    assert!(entries().await.is_empty());
    crm.server.get(&path).by(&crm.admin).await.ok(200);
    let recorded = entries().await;
    assert_eq!((&recorded[0]["details"]["count"], &recorded[0]["entity_id"]), (&json!(4), &import["id"]));
}
