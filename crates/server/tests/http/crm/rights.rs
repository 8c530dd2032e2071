//! Loss of a right.

use reparto_domain::Role;
use serde_json::json;

use super::{Crm, to};

#[tokio::test]
async fn a_revoked_right_is_gone_at_the_next_request() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(1).await;
    let superuser = crm.server.account(Role::Superuser).await;
    let role = format!("/api/users/{}/role", crm.admin.id);
    crm.server.patch(&role, json!({"role": "agent"})).by(&superuser).await.ok(200);
    crm.bulk_assign(to(&crm.agent, &ids)).await.refused(403, "bulk_assign_administrators_only");
    let status = format!("/api/users/{}/status", crm.admin.id);
    crm.server.patch(&status, json!({"is_active": false})).by(&superuser).await.ok(200);
    assert_eq!(crm.bulk_assign(to(&crm.agent, &ids)).await.status, 401);
}
