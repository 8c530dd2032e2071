//! Guessing passwords at several services gains nothing.

use reparto_test_postgres::Database;
use serde_json::json;

use super::fleet::Fleet;
use crate::harness::{Folder, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_limits_are_shared_by_all_services() {
    let database = Database::empty().await.unwrap();
    let folder = Folder::on(database.url());
    folder.demo(5);
    let limits = ["--rate-limit", "1000/5", "--login-rate-limit", "4/3600", "--refresh-rate-limit", "2/3600"];
    let fleet = Fleet::start(folder, &[&limits, &limits]);
    let stranger = fleet.stranger();
    let mut statuses = Vec::new();
    for service in 0..8 {
        // The last counted attempt has the right password.
        let password = if service == 3 { PASSWORD } else { "wrong" };
        let body = json!({ "email": "admin@example.org", "password": password });
        let answer = stranger.once(service, "POST", "/api/auth/login", Some(&body), None).await.unwrap();
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [401, 401, 401, 200, 429, 429, 429, 429]);
    // Refreshes are counted separately.
    let mut statuses = Vec::new();
    for service in 0..4 {
        let body = json!({ "refresh_token": "nonsense" });
        let answer = stranger.once(service, "POST", "/api/auth/refresh", Some(&body), None).await.unwrap();
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [401, 401, 429, 429]);
}
