//! Assigning one opportunity.

use reparto_domain::{Role, UserId, policy::SelfAssign};
use serde_json::{Value, json};

use super::{Crm, unknown_id};
use crate::common::{Account, Answer, Server};

async fn assign(crm: &Crm, id: &str, by: &Account, body: Value) -> Answer {
    crm.server.post(&format!("/api/crm/opportunities/{id}/assign"), body).by(by).await
}

fn to(id: impl serde::Serialize) -> Value {
    json!({ "assigned_to_id": id })
}

#[tokio::test]
async fn an_administrator_assigns_to_any_assignee() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    let answer = assign(&crm, &id, &crm.admin, to(crm.agent.id)).await;
    answer.ok(200);
    insta::assert_json_snapshot!(answer.redacted());
    assert!(answer.header("etag").starts_with('"'));
    assert_eq!(answer.json(), crm.read(&id).await);
}

#[tokio::test]
async fn an_agent_claims_only_unassigned_or_own_ones() {
    let crm = Crm::new().await;
    let (free, mine, taken) = (crm.opportunity().await, crm.held_by(&crm.agent).await, crm.held_by(&crm.admin).await);
    assert_eq!(assign(&crm, &free, &crm.agent, to(crm.agent.id)).await.ok(200)["status"], "assigned");
    assign(&crm, &mine, &crm.agent, to(crm.agent.id)).await.ok(200);
    assign(&crm, &taken, &crm.agent, to(crm.agent.id)).await.refused(409, "opportunity_taken");
    for other in [json!(crm.admin.id), json!(UserId::new()), json!("x"), json!(""), Value::Null] {
        assign(&crm, &mine, &crm.agent, to(other)).await.refused(403, "self_assign_only");
    }
    assert_eq!(crm.read(&mine).await["assigned_to_id"], json!(crm.agent.id));
}

#[tokio::test]
async fn null_or_empty_unassigns_a_missing_field_does_not() {
    let crm = Crm::new().await;
    for nobody in [Value::Null, json!("")] {
        let id = crm.held_by(&crm.agent).await;
        let answer = assign(&crm, &id, &crm.admin, to(nobody)).await.ok(200);
        assert_eq!((&answer["assigned_to_id"], &answer["status"]), (&Value::Null, &json!("pending")));
        assert_eq!(answer["assigned_to"], Value::Null);
        assert_eq!(crm.history(&id).await[0]["kind"], "unassign");
    }
    let id = crm.held_by(&crm.agent).await;
    assert_eq!(assign(&crm, &id, &crm.admin, json!({})).await.invalid_fields(), ["assigned_to_id"]);
    assert_eq!(assign(&crm, &id, &crm.admin, to(7)).await.invalid_fields(), ["assigned_to_id"]);
    assert_eq!(crm.read(&id).await["assigned_to_id"], json!(crm.agent.id));
}

#[tokio::test]
async fn reassigning_to_the_holder_adds_no_history() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    for _ in 0..2 {
        assign(&crm, &id, &crm.admin, to(crm.agent.id)).await.ok(200);
    }
    let kinds: Vec<Value> = crm.history(&id).await.iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, ["assign", "create"]);
}

#[tokio::test]
async fn bad_assignees_and_unknown_opportunities_are_refused() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    assign(&crm, &id, &crm.admin, to(UserId::new())).await.refused(404, "assignee_not_found");
    assign(&crm, &id, &crm.admin, to("x")).await.refused(404, "assignee_not_found");
    let user = crm.server.account(Role::User).await;
    assign(&crm, &id, &crm.admin, to(user.id)).await.refused(400, "assignee_role_not_assignable");
    for unknown in [unknown_id(), "x".into()] {
        let problem = assign(&crm, &unknown, &crm.admin, to(crm.agent.id)).await.refused(404, "opportunity_not_found");
        assert_eq!(problem["detail"], "Oportunidad no encontrada");
    }
}

#[tokio::test]
async fn the_daily_quota_is_told_or_refused() {
    for (self_assign, status) in [(SelfAssign::Tell, 200), (SelfAssign::Refuse, 409)] {
        let crm = Crm::of(Server::with(|config| config.self_assign = self_assign).await).await;
        let user = format!("/api/users/{}", crm.agent.id);
        crm.server.patch(&user, json!({"daily_lead_quota": 1})).by(&crm.admin).await.ok(200);
        let ids = crm.opportunities(2).await;
        let take = |id: &str| {
            let path = format!("/api/crm/opportunities/{id}/assign");
            crm.server.post(&path, json!({"assigned_to_id": crm.agent.id})).by(&crm.agent)
        };
        assert!(take(&ids[0]).await.ok(200).get("warning").is_none());
        let second = take(&ids[1]).in_english().await;
        assert_eq!(second.status, status);
        match self_assign {
            SelfAssign::Tell => {
                let warning = "You have exceeded your daily quota of opportunities (1)";
                assert_eq!(second.json()["warning"], warning);
                assert!(take(&ids[1]).await.ok(200).get("warning").is_none(), "it is theirs already");
            }
            SelfAssign::Refuse => {
                assert_eq!(second.json()["code"], "daily_quota_reached");
                crm.server.get(&format!("/api/crm/opportunities/{}", ids[1])).by(&crm.agent).await.ok(200);
            }
        }
    }
}
