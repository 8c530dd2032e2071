//! The export of users, and the audit log.

use reparto_domain::Role;
use serde_json::json;

use crate::common::{PASSWORD, Server};

#[tokio::test]
async fn the_export_is_json_that_states_its_filters() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    server.account(Role::Agent).await;
    let answer = server.get("/api/users/export?role=agent&q=AGENT&from_date=2026-01-15&to_date=2026-01-15").by(&admin);
    insta::assert_json_snapshot!(answer.await.redacted());
    let all = server.get("/api/users/export?limit=1").by(&admin).await.ok(200);
    assert_eq!(all["total"], 2);
    assert_eq!(all["users"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn exports_ignore_accept_and_escape_formulas() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    let body = json!({"email": "a@example.org", "password": PASSWORD, "full_name": "=HYPERLINK(\"x\")",
        "first_name": "Ana, \"la\" Gil", "phone_number": "+34 600"});
    server.post("/api/users", body).by(&admin).await.ok(201);
    for accept in ["text/csv", "text/html", "application/json", "*/*", "image/png"] {
        let answer = server.get("/api/users/export?format=csv&role=user").header("accept", accept).by(&admin).await;
        assert_eq!(answer.status, 200, "{accept}");
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(answer.header("content-disposition"), "attachment; filename=\"users.csv\"");
        let lines: Vec<&str> = answer.text().split("\r\n").collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("\u{feff}id,email,full_name,"));
        assert!(lines[1].contains(",\"'=HYPERLINK(\"\"x\"\")\",\"Ana, \"\"la\"\" Gil\",,'+34 600,"), "{}", lines[1]);
    }
    let semicolons = server.get("/api/users/export?format=csv&role=user&separator=semicolon").by(&admin).await;
    let lines: Vec<&str> = semicolons.text().split("\r\n").collect();
    assert!(lines[0].starts_with("\u{feff}id;email;full_name;"), "{}", lines[0]);
    assert!(lines[1].contains(";\"'=HYPERLINK(\"\"x\"\")\";\"Ana, \"\"la\"\" Gil\";;'+34 600;"), "{}", lines[1]);
    let unknown = server.get("/api/users/export?format=csv&separator=tab").by(&admin).await;
    assert_eq!(unknown.invalid_fields(), ["separator"]);
    let unknown = server.get("/api/users/export?format=xml").by(&admin).await;
    assert_eq!(unknown.invalid_fields(), ["format"]);
}

#[tokio::test]
async fn columns_are_named_for_the_reader() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    let first = async |query: &str, language: Option<&str>| -> String {
        let mut request = server.get(&format!("/api/users/export?format=csv{query}")).by(&admin);
        if let Some(language) = language {
            request = request.header("accept-language", language);
        }
        request.await.text().split("\r\n").next().unwrap().to_owned()
    };
    let fixed = "\u{feff}id,email,full_name,";
    assert!(first("", None).await.starts_with(fixed), "a program names no language");
    assert!(first("", Some("*")).await.starts_with(fixed), "what programs send without being asked");
    assert!(first("", Some("es-ES")).await.starts_with("\u{feff}Id.,Correo electrónico,Nombre completo,"));
    assert!(first("", Some("en")).await.starts_with("\u{feff}Id,Email,Full name,"));
    assert!(first("&headers=fixed", Some("es")).await.starts_with(fixed));
    assert!(first("&headers=translated", None).await.starts_with("\u{feff}Id.,"));
    let unknown = server.get("/api/users/export?format=csv&headers=french").by(&admin).await;
    assert_eq!(unknown.invalid_fields(), ["headers"]);
}

#[tokio::test]
async fn a_workbook_is_an_archive_with_a_name() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    // A link in a page sends the browser's own Accept.
    let answer = server.get("/api/users/export?format=xlsx").header("accept", "text/html").by(&admin).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"users.xlsx\"");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&answer.body[..])).unwrap();
    let mut sheet = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("xl/worksheets/sheet1.xml").unwrap(), &mut sheet).unwrap();
    assert!(sheet.contains("full_name") && sheet.contains(&admin.email), "{sheet}");
}

#[tokio::test]
async fn the_audit_log_shows_who_did_what_newest_first() {
    let server = Server::start().await;
    let (admin, agent) = (server.account(Role::Admin).await, server.account(Role::Agent).await);
    server.advance(60);
    let path = format!("/api/users/{}/role", agent.id);
    server.patch(&path, json!({"role": "lawyer"})).by(&admin).header("user-agent", "a browser").await.ok(200);
    server.advance(60);
    server.delete(&format!("/api/users/{}", agent.id)).by(&admin).await.ok(200);
    let log = server.get(&format!("/api/users/audit-logs?user_id={}", agent.id)).by(&admin).await;
    insta::assert_json_snapshot!(log.redacted());
    let count = async |query: &str| -> u64 {
        let log = server.get(&format!("/api/users/audit-logs?{query}")).by(&admin).await.ok(200);
        log["total"].as_u64().unwrap()
    };
    assert_eq!(count("action=user_role_changed").await, 1);
    assert_eq!(count("from_date=2026-01-15T09:01:00Z&to_date=2026-01-15T09:01:30Z").await, 1);
    assert_eq!(count("q=LAWYER").await, 2, "the change, and what the user was in the end");
    assert_eq!(count("user_id=nobody").await, 0);
    assert_eq!(count(&format!("user_id={}", admin.id)).await, 8, "made, two deeds, and five looks at the log");
}
