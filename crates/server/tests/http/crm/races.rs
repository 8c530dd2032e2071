//! Concurrent requests.

use std::collections::HashSet;

use reparto_domain::Role;
use serde_json::{Value, json};

use super::{Crm, to};

#[tokio::test]
async fn of_two_concurrent_claims_one_wins() {
    let crm = Crm::new().await;
    let other = crm.server.account(Role::Lawyer).await;
    for _ in 0..8 {
        let id = crm.opportunity().await;
        let path = format!("/api/crm/opportunities/{id}/assign");
        let take = |by: &crate::common::Account| crm.server.post(&path, json!({"assigned_to_id": by.id})).by(by);
        let (one, two) = tokio::join!(take(&crm.agent), take(&other));
        let (winner, loser) = if one.status == 200 { (one, two) } else { (two, one) };
        let held = winner.ok(200)["assigned_to_id"].clone();
        loser.refused(409, "opportunity_taken");
        assert_eq!(crm.read(&id).await["assigned_to_id"], held);
    }
}

#[tokio::test]
async fn concurrent_requests_with_one_key_run_once() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(3).await;
    let before = crm.operations().await.len();
    let ask = || crm.bulk_assign(to(&crm.agent, &ids)).header("idempotency-key", "once");
    let (one, two) = tokio::join!(ask(), ask());
    for answer in [&one, &two] {
        // The second one waits and gets the first response, or learns that the first one is still running.
        if answer.status != 200 {
            answer.refused(409, "idempotency_key_running");
        }
    }
    assert!(one.status == 200 || two.status == 200);
    assert_eq!(crm.operations().await.len(), before + 1);
}

#[tokio::test]
async fn concurrent_random_picks_never_overlap() {
    let crm = Crm::new().await;
    crm.opportunities(12).await;
    let pick = || {
        let body = json!({"assigned_to_id": crm.agent.id, "count": 6});
        crm.server.post("/api/crm/opportunities/assign-random", body).by(&crm.admin)
    };
    let (one, two) = tokio::join!(pick(), pick());
    let (one, two) = (one.ok(200), two.ok(200));
    let picked: Vec<&Value> =
        [&one, &two].iter().flat_map(|answer| answer["opportunity_ids"].as_array().unwrap()).collect();
    assert_eq!(picked.len(), 12, "{one} {two}");
    assert_eq!(picked.iter().collect::<HashSet<_>>().len(), 12);
}
