//! Imports, from the file to the undo.

mod refused;
mod run;
mod undo;

use serde_json::Value;

use crate::{
    common::{Ask, Server},
    crm::{Crm, items},
};

/// A file as a Spanish spreadsheet writes it; line 4 names nobody, line 5 has a date that is none.
const LEADS: &str = "Nombre;Correo;Móvil;Curso;Fecha\r\n\
    Lucía Pérez;lucia@example.org;600 111 222;Inglés;16/05/2026\r\n\
    Íñigo Núñez;inigo@example.org;;;\r\n\
    ;;;Francés;\r\n\
    Zoe;zoe@example.org;;;ayer\r\n";

fn windows_1252(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).expect("a letter of Latin-1")).collect()
}

/// Sends a file as CSV.
fn send<'a>(crm: &'a Crm, query: &str, file: impl Into<Vec<u8>>) -> Ask<'a> {
    send_to(&crm.server, query, file).by(&crm.admin)
}

fn send_to<'a>(server: &'a Server, query: &str, file: impl Into<Vec<u8>>) -> Ask<'a> {
    server.post(&format!("/api/crm/imports{query}"), Value::Null).raw("text/csv", file)
}

fn id(import: &Value) -> String {
    import["id"].as_str().expect("an id").to_owned()
}

async fn get(crm: &Crm, id: &str) -> Value {
    crm.server.get(&format!("/api/crm/imports/{id}")).by(&crm.admin).await.ok(200)
}

async fn rows(crm: &Crm, id: &str, query: &str) -> Vec<Value> {
    items(&crm.server.get(&format!("/api/crm/imports/{id}/rows?limit=1000{query}")).by(&crm.admin).await)
}

/// Waits for the end of an import, or of its undo, as its stream tells it; returns it with its samples.
async fn ended(crm: &Crm, id: &str) -> Value {
    let stream = crm.server.get(&format!("/api/crm/imports/{id}/events")).by(&crm.admin).stream().await;
    stream.rest().await.pop().expect("an event");
    get(crm, id).await
}

/// Imports a file, and waits for its end.
async fn import(crm: &Crm, query: &str, file: impl Into<Vec<u8>>) -> Value {
    let sent = id(&send(crm, query, file).await.ok(202));
    ended(crm, &sent).await
}

async fn contacts(crm: &Crm) -> Vec<Value> {
    items(&crm.server.get("/api/crm/contacts?limit=1000&sort_by=email&sort_order=asc").by(&crm.admin).await)
}

fn of<'a>(rows: &'a [Value], field: &str) -> Vec<&'a Value> {
    rows.iter().map(|row| &row[field]).collect()
}
