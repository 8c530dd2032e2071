//! Files and requests that are refused.

use serde_json::{Value, json};

use super::{LEADS, send, send_to};
use crate::crm::{Crm, unknown_id};

#[tokio::test]
async fn only_administrators_send_files_whatever_they_send() {
    let crm = Crm::new().await;
    send_to(&crm.server, "?dry_run=nope", "x").await.refused(401, "token_missing");
    send_to(&crm.server, "?dry_run=nope", "x").by(&crm.agent).await.refused(403, "administrators_only");
    for path in ["", "/rows", "/events"] {
        let path = format!("/api/crm/imports/{}{path}", unknown_id());
        crm.server.get(&path).by(&crm.agent).await.refused(403, "administrators_only");
        crm.server.get(&path).by(&crm.admin).await.refused(404, "import_not_found");
    }
    let undo = format!("/api/crm/imports/{}/undo", unknown_id());
    crm.server.post(&undo, json!({})).by(&crm.admin).await.refused(404, "import_not_found");
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_before_it_is_sent() {
    let crm = Crm::new().await;
    let announced = send(&crm, "", "x").header("content-length", "67174401").await;
    announced.refused(413, "body_too_large");
    let mut large = b"Nombre,Correo\n".to_vec();
    large.resize((64 << 20) + 1, b'x');
    send(&crm, "", large).await.refused(413, "body_too_large");
}

#[tokio::test]
async fn a_body_that_is_no_file_is_refused() {
    let crm = Crm::new().await;
    let ask =
        |media: &str, body: &str| crm.server.post("/api/crm/imports", Value::Null).by(&crm.admin).raw(media, body);
    ask("application/json", "{}").await.refused(415, "file_type_unsupported");
    ask("image/png", "x").await.refused(415, "file_type_unsupported");
    ask("multipart/form-data", "x").await.refused(415, "file_type_unsupported");
    let form = "--f\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--f--\r\n";
    ask("multipart/form-data; boundary=f", form).await.refused(422, "file_missing");
    let part =
        "--f\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nname,email\r\nAna,a@x.es\r\n";
    let two = format!("{part}{part}--f--\r\n");
    ask("multipart/form-data; boundary=f", &two).await.refused(422, "file_not_alone");
    // The form ends within the file, or before it.
    ask("multipart/form-data; boundary=f", part).await.refused(400, "form_incomplete");
    ask("multipart/form-data; boundary=f", "--f\r\nContent-Disp").await.refused(400, "form_incomplete");
}

#[tokio::test]
async fn a_parameter_that_is_wrong_is_named() {
    let crm = Crm::new().await;
    for (query, field) in [
        ("dry_run=perhaps", "dry_run"),
        ("strict=2", "strict"),
        ("mapping=%7B", "mapping"),
        ("mapping=%5B%5D", "mapping"),
        ("mapping=%7B%22Nombre%22:%22nombre%22%7D", "mapping.Nombre"),
        ("mapping=%7B%22Apodo%22:%22name%22%7D", "mapping.Apodo"),
        ("encoding=klingon", "encoding"),
        ("separator=colon", "separator"),
        ("date_order=dym", "date_order"),
        ("time_zone=Europe/Atlantis", "time_zone"),
        ("country=Narnia", "country"),
        ("override_erased=x", "override_erased"),
    ] {
        assert_eq!(send(&crm, &format!("?{query}"), LEADS).await.invalid_fields(), [field], "{query}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_understood_is_refused_with_a_reason() {
    let crm = Crm::new().await;
    for (file, code) in [
        ("", "file_empty"),
        ("\r\n \r\n", "file_empty"),
        ("color,talla\r\nrojo,M\r\n", "columns_not_recognised"),
        ("%PDF-1.7 x", "file_not_a_table"),
        ("PK\u{3}\u{4}no", "workbook_unreadable"),
        ("<html><table><tr><td>Correo</td></tr></table>", "file_web_page"),
        ("[{\"name\": \"Ana\"}]", "file_json"),
        ("<?xml version=\"1.0\"?><a/>", "file_xml"),
        ("BEGIN:VCARD\r\nFN:Ana\r\nEND:VCARD\r\n", "file_cards"),
        ("Rar!\u{1a}\u{7}", "file_archive"),
        ("Nombre,\"Correo\r\nAna,ana@example.org\r\n", "header_quotes"),
        ("Ana,ana@example.org\r\nEva,eva@example.org\r\n", "header_missing"),
        ("Nombre,Correo,Fecha\r\nAna,ana@example.org,05/06/2026\r\n", "date_order_ambiguous"),
        ("Nombre,Fecha\r\nAna,16/06/2026\r\nEva,06/16/2026\r\n", "date_order_mixed"),
    ] {
        for query in ["", "?dry_run=true"] {
            let problem = send(&crm, query, file).await.refused(422, code);
            assert!(!problem["detail"].as_str().unwrap().contains('{'), "{problem}");
        }
    }
    let told = send(&crm, "?date_order=dmy&dry_run=true", "Nombre,Fecha\r\nAna,05/06/2026\r\n").await.ok(200);
    assert_eq!(told["created"], 1);
    let none = send(&crm, "?dry_run=true", "Nombre,Correo\r\n").await.ok(200);
    assert_eq!((&none["rows"], &none["status"]), (&0.into(), &"finished".into()));
    assert_eq!(none["file"]["told"][0]["code"], "no_rows");
}

#[tokio::test]
async fn a_refusal_tells_apart_what_its_sentence_names() {
    let crm = Crm::new().await;
    let refused = async |file: &str, code: &str| send(&crm, "?dry_run=true", file).await.refused(422, code);
    let columns = refused("color,\"talla, en cm\"\r\nrojo,M\r\n", "columns_not_recognised").await;
    assert_eq!(columns["columns"], json!(["color", "talla, en cm"]));
    let unknown = refused("Nombre,Fecha\r\nAna,05/06/2026\r\n", "date_order_ambiguous").await;
    assert_eq!((&unknown["line"], &unknown["text"]), (&"2".into(), &"05/06/2026".into()));
    let mixed = refused("Nombre,Fecha\r\nAna,16/06/2026\r\nEva,06/16/2026\r\n", "date_order_mixed").await;
    let named = ["day_line", "day", "month_line", "month"].map(|name| mixed[name].as_str().unwrap());
    assert_eq!(named, ["2", "16/06/2026", "3", "06/16/2026"]);
}
