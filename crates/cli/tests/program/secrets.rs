//! `reparto secret rotate` beside a service that runs.

use reparto_test_postgres::Database;
use serde_json::json;

use crate::harness::{Client, Folder, Server};

const NEW: &str = "a data key that comes after, long enough";
const OLD: &str = "a data key that came before, long enough";

const ROTATE: [&str; 2] = ["secret", "rotate"];

fn with(key: &str) -> [&str; 4] {
    ["secret", "rotate", "--data-key", key]
}

async fn administrator(server: &Server) -> Client {
    server.sign_in("admin@example.org").await
}

/// Begins a second factor, whose secret is stored encrypted.
async fn second_factor(admin: &Client) {
    admin.post("/api/users/me/totp", &json!({})).await.unwrap();
}

/// The service reads the secret: it finds that a code does not fit, and does not fail.
async fn assert_reads_it(admin: &Client) {
    let status = admin.status("/api/users/me/totp/confirm", &json!({ "code": "12345a" })).await;
    assert!((400..500).contains(&status), "the secret cannot be read: {status}");
}

#[tokio::test]
async fn a_data_key_that_no_service_knows_changes_nothing() {
    an_unknown_data_key_changes_nothing(Folder::new()).await;
}

#[tokio::test]
async fn a_data_key_that_no_service_knows_changes_nothing_on_postgresql() {
    let database = Database::empty().await.unwrap();
    an_unknown_data_key_changes_nothing(Folder::on(database.url())).await;
}

#[tokio::test]
async fn a_data_key_is_exchanged_without_losing_a_secret() {
    a_data_key_is_exchanged(Folder::new()).await;
}

#[tokio::test]
async fn a_data_key_is_exchanged_without_losing_a_secret_on_postgresql() {
    let database = Database::empty().await.unwrap();
    a_data_key_is_exchanged(Folder::on(database.url())).await;
}

#[tokio::test]
async fn tokens_outlive_a_new_signing_key() {
    the_signing_key_is_exchanged(Folder::new()).await;
}

#[tokio::test]
async fn tokens_outlive_a_new_signing_key_on_postgresql() {
    let database = Database::empty().await.unwrap();
    the_signing_key_is_exchanged(Folder::on(database.url())).await;
}

async fn the_signing_key_is_exchanged(folder: Folder) {
    folder.demo(10);
    let server = folder.serve();
    let before = administrator(&server).await;
    folder.run(&ROTATE).succeeded();
    server.kill();
    let server = folder.serve();
    assert_reads_it(&before.at(&server.url)).await;
    assert_reads_it(&administrator(&server).await).await;
}

async fn an_unknown_data_key_changes_nothing(folder: Folder) {
    folder.demo(10);
    let server = folder.serve();
    let admin = administrator(&server).await;
    second_factor(&admin).await;
    assert_reads_it(&admin).await;
    let refused = folder.run(&with(NEW)).ended(1).err;
    assert!(refused.contains("no service has used this data key"), "{refused}");
    assert_reads_it(&admin).await;
    folder.run(&ROTATE).succeeded();
    assert_reads_it(&admin).await;
}

async fn a_data_key_is_exchanged(folder: Folder) {
    folder.demo(10);
    let server = folder.serve_with(&["--data-key", OLD]);
    let admin = administrator(&server).await;
    second_factor(&admin).await;
    folder.run(&with(OLD)).succeeded();
    assert_reads_it(&admin).await;
    let refused = folder.run(&with(NEW)).ended(1).err;
    assert!(refused.contains("another data key"), "{refused}");
    let exchange = ["secret", "rotate", "--data-key", NEW, "--data-key-other", OLD];
    assert!(folder.run(&exchange).ended(1).err.contains("no service has used this data key"));
    assert_reads_it(&admin).await;
    server.kill();

    // Both keys read; a factor that is begun now is encrypted by the new one.
    let server = folder.serve_with(&["--data-key", NEW, "--data-key-other", OLD]);
    let admin = administrator(&server).await;
    assert_reads_it(&admin).await;
    second_factor(&admin).await;
    folder.run(&exchange).succeeded();
    server.kill();
    let server = folder.serve_with(&["--data-key", NEW]);
    assert_reads_it(&administrator(&server).await).await;
}
