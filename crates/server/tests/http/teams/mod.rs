//! Teams, their members, absences and pauses.

mod absences;
mod manage;
mod members;
mod rotations;

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    common::{Account, Answer, Ask},
    crm::Crm,
};

impl Crm {
    /// Creates a team; returns its path.
    async fn team(&self, body: Value) -> String {
        let made = self.server.post("/api/crm/teams", body).by(&self.admin).await.ok(201);
        format!("/api/crm/teams/{}", made["id"].as_str().unwrap())
    }

    /// A team whose members may pause themselves and enter their absences.
    async fn self_service_team(&self) -> String {
        self.team(json!({"name": "Autoservicio", "self_service": true})).await
    }

    /// Adds or changes a member as the administrator.
    async fn put_member(&self, team: &str, user: &str, body: Value) -> Answer {
        self.put(&format!("{team}/members/{user}"), body).by(&self.admin).await
    }

    /// Adds a member with the defaults.
    async fn join(&self, team: &str, account: &Account) -> Value {
        self.put_member(team, &account.id.to_string(), json!({})).await.ok(200)
    }

    /// `PUT`.
    fn put(&self, path: &str, body: Value) -> Ask<'_> {
        self.server.ask(Method::PUT, path).json(body)
    }
}
