use std::process::Command;

use serde_json::json;

use crate::harness::{Folder, client};

#[tokio::test]
async fn it_serves_until_stopped_and_exits_cleanly() {
    let folder = Folder::new();
    folder.demo(20);
    let mut server = folder.serve();
    let client = server.sign_in("admin@example.org").await;
    assert_eq!(client.get("/api/crm/opportunities?limit=1").await["total"], 20);
    let id = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(server.child.wait().unwrap().success());
    folder.run(&["check"]).succeeded();
}

#[test]
fn an_address_that_is_taken_is_named() {
    let folder = Folder::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = folder.run(&["serve", "--listen", &address]).ended(1);
    assert!(ran.err.contains(&address) && ran.err.contains("--listen"), "{}", ran.err);
}

#[tokio::test]
async fn an_import_beside_a_running_service_is_seen_by_it() {
    let folder = Folder::new();
    folder.demo(10);
    let server = folder.serve();
    let client = server.sign_in("admin@example.org").await;
    folder.write("more.csv", "Name,Email\nAna,new@example.com\n");
    folder.run(&["import", "more.csv"]).succeeded();
    assert_eq!(client.get("/api/crm/opportunities").await["total"], 11);
}

#[tokio::test]
async fn settings_reach_the_service() {
    let folder = Folder::new();
    folder.demo(10);
    let server = folder.serve_with(&["--bulk-max", "2", "--language", "en"]);
    let answer = client()
        .post(format!("{}/api/auth/login", server.url))
        .json(&json!({ "email": "admin@example.org", "password": "wrong" }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["content-language"], "en");
}

#[test]
fn its_health_is_told_without_any_other_program() {
    let folder = Folder::new();
    let server = folder.serve();
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    for question in [&["health", "--listen", &address][..], &["health", "--listen", &address, "--ready"]] {
        assert!(folder.run(question).succeeded().out.contains("200"));
    }
    server.kill();
    let ran = folder.run(&["health", "--listen", &address]).ended(1);
    assert!(ran.err.contains(&address), "{}", ran.err);
}
