//! The four tests required by the endpoint's specification, with the names given there.

use reparto_domain::Role;
use serde_json::json;

use super::{Crm, to};

#[tokio::test]
async fn test_bulk_assign_success() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(3).await;
    let answer = crm.bulk_assign(to(&crm.agent, &ids)).await.ok(200);
    assert_eq!(answer["assigned_count"], 3);
    assert_eq!(answer["failed_count"], 0);
}

#[tokio::test]
async fn test_bulk_assign_no_permission() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(1).await;
    for role in [Role::Agent, Role::Lawyer, Role::User] {
        let account = crm.server.account(role).await;
        let request = crm.server.post("/api/crm/opportunities/bulk-assign", to(&crm.agent, &ids));
        let problem = request.by(&account).await.refused(403, "bulk_assign_administrators_only");
        assert_eq!(problem["detail"], "Solo administradores pueden asignar oportunidades en bulk");
    }
}

#[tokio::test]
async fn test_bulk_assign_not_found() {
    let crm = Crm::new().await;
    let answer = crm.bulk_assign(to(&crm.agent, &["invalid-uuid".to_owned()])).await.ok(207);
    assert_eq!(answer["failed_count"], 1);
    assert_eq!(answer["errors"][0]["opportunity_id"], "invalid-uuid");
    assert_eq!(answer["errors"][0]["error"], "Oportunidad no encontrada");
}

#[tokio::test]
async fn test_bulk_assign_invalid_user() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(1).await;
    let request = json!({"opportunity_ids": ids, "assigned_to_id": "invalid-uuid"});
    let problem = crm.bulk_assign(request).await.refused(404, "assignee_not_found");
    assert_eq!(problem["detail"], "Usuario asignado no encontrado");
}
