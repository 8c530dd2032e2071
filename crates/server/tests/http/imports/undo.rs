//! Taking an import back.

use serde_json::json;

use super::{LEADS, contacts, ended, id, import, of, rows, send};
use crate::crm::{Crm, items};

async fn undo(crm: &Crm, id: &str) -> crate::common::Answer {
    crm.server.post(&format!("/api/crm/imports/{id}/undo"), json!({})).by(&crm.admin).await
}

#[tokio::test]
async fn an_undo_deletes_what_nobody_has_touched() {
    let crm = Crm::new().await;
    let _background = crm.server.run_background();
    let first = import(&crm, "", "Nombre,Correo\r\nZoe,zoe@example.org\r\n").await;
    let more = LEADS.replace("Zoe;zoe@example.org;;;ayer", "Zoe;zoe@example.org;611222333;;");
    let second = import(&crm, "", more).await;
    assert_eq!((&second["created"], &second["completed"]), (&json!(2), &json!(1)));
    let created = rows(&crm, &id(&second), "&only=created").await;
    // Somebody works with Lucía since.
    let opportunity = created[0]["opportunity_id"].as_str().unwrap();
    crm.server
        .patch(&format!("/api/crm/opportunities/{opportunity}"), json!({"notes": "Llamar"}))
        .by(&crm.admin)
        .await
        .ok(200);
    let undone = undo(&crm, &id(&second)).await.ok(200);
    assert_eq!((&undone["undo"]["deleted"], &undone["undo"]["kept"]), (&json!(1), &json!(2)));
    assert!(undone["undo"]["finished_at"].is_string());
    let kept = rows(&crm, &id(&second), "&only=kept").await;
    assert_eq!(of(&kept, "code"), [&json!("touched"), &json!("addition_stays")]);
    assert_eq!((&kept[0]["line"], &kept[0]["undo"]), (&json!(2), &json!("touched")));
    assert_eq!(of(&contacts(&crm).await, "name"), [&json!("Lucía Pérez"), &json!("Zoe")]);
    undo(&crm, &id(&second)).await.refused(409, "import_undone");
    let operations = items(&crm.server.get("/api/crm/operations?kind=delete").by(&crm.admin).await);
    assert_eq!((operations.len(), &operations[0]["import_id"]), (1, &second["id"]));
    let entries = items(&crm.server.get("/api/users/audit-logs?action=import_undone_deleted").by(&crm.admin).await);
    assert_eq!(entries[0]["details"], json!({"deleted": 1, "kept": 2}));
    assert_eq!(undo(&crm, &id(&first)).await.ok(200)["undo"]["kept"], 1, "the other import completed Zoe");
}

#[tokio::test]
async fn an_import_that_has_not_ended_is_not_undone() {
    let crm = Crm::new().await;
    let sent = id(&send(&crm, "", LEADS).await.ok(202));
    undo(&crm, &sent).await.refused(409, "import_running");
    let _background = crm.server.run_background();
    ended(&crm, &sent).await;
    let ask = || {
        crm.server
            .post(&format!("/api/crm/imports/{sent}/undo"), json!({}))
            .by(&crm.admin)
            .header("idempotency-key", "k")
    };
    let first = ask().await;
    assert_eq!(first.ok(200)["undo"]["deleted"], 3);
    let again = ask().await;
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
    // Now it can be done right.
    assert_eq!(import(&crm, "", LEADS).await["created"], 3);
}
