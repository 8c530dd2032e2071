//! The CRM: opportunities, contacts, colleagues, operations.

mod assign;
mod assign_random;
mod bulk_assign;
mod bulk_modes;
mod bulk_unassign;
mod contact_access;
mod contacts;
mod create;
mod erase;
mod first_call;
mod history;
mod idempotency;
mod list;
mod operations;
mod people;
mod properties;
mod races;
mod requested;
mod rights;
mod update;

use std::time::Duration;

use reparto_domain::{
    OpportunityId, Priority, Role, Score,
    contacts::ContactFields,
    erasures::IfErased,
    json::KeptObject,
    opportunities::{Assignee, CreateOpportunity},
};
use serde_json::{Value, json};

use crate::common::{Account, Answer, Ask, Server};

/// A service with an administrator and an agent.
pub struct Crm {
    /// The service.
    pub server: Server,
    /// An administrator.
    pub admin: Account,
    /// An agent.
    pub agent: Account,
}

impl Crm {
    /// With only those two.
    pub async fn new() -> Self {
        // Tests that advance the clock by days keep using the same token.
        Self::of(Server::with(|config| config.access_lifetime = Duration::from_secs(30 * 24 * 3_600)).await).await
    }

    /// On this service.
    pub async fn of(server: Server) -> Self {
        let (admin, agent) = (server.account(Role::Admin).await, server.account(Role::Agent).await);
        Self { server, admin, agent }
    }

    /// Creates a contact with this name; returns its id.
    pub async fn contact(&self, first_name: &str) -> String {
        let fields = ContactFields { first_name: Some(first_name.to_owned()), ..ContactFields::default() };
        let made = self
            .server
            .store()
            .contact_create(&self.server.system(), fields, IfErased::Refuse, None)
            .await
            .expect("a contact");
        made.fresh().expect("made now").id.to_string()
    }

    /// Creates an opportunity with this score and holder, if any; returns its id.
    pub async fn opportunity_of(&self, score: i64, holder: Option<&Account>) -> String {
        let contact = self.contact("Lucía").await.parse().ok();
        let command = CreateOpportunity {
            contact,
            score: Score::new(score).expect("a score"),
            priority: Priority::Medium,
            detection_reason: KeptObject::default(),
            assignee: holder.map(|holder| Assignee::User(holder.id)),
            notes: None,
        };
        let policy = self.server.app.config.policy();
        let made = self.server.store().opportunity_create(&self.server.system(), command, &policy, None).await;
        made.expect("an opportunity").fresh().expect("made now").id.to_string()
    }

    /// Creates a free opportunity; returns its id.
    pub async fn opportunity(&self) -> String {
        self.opportunity_of(50, None).await
    }

    /// Creates an opportunity held by this user; returns its id.
    pub async fn held_by(&self, holder: &Account) -> String {
        self.opportunity_of(50, Some(holder)).await
    }

    /// Creates free opportunities; returns their ids.
    pub async fn opportunities(&self, count: usize) -> Vec<String> {
        let mut ids = Vec::with_capacity(count);
        for _ in 0..count {
            ids.push(self.opportunity().await);
        }
        ids
    }

    /// A bulk assignment as the administrator.
    pub fn bulk_assign(&self, body: Value) -> Ask<'_> {
        self.server.post("/api/crm/opportunities/bulk-assign", body).by(&self.admin)
    }

    /// The opportunity as read by the administrator.
    pub async fn read(&self, id: &str) -> Value {
        self.server.get(&format!("/api/crm/opportunities/{id}")).by(&self.admin).await.ok(200)
    }

    /// The history as read by the administrator, newest first.
    pub async fn history(&self, id: &str) -> Vec<Value> {
        let path = format!("/api/crm/opportunities/{id}/history");
        items(&self.server.get(&path).by(&self.admin).await)
    }

    /// All operations, newest first.
    pub async fn operations(&self) -> Vec<Value> {
        items(&self.server.get("/api/crm/operations").by(&self.admin).await)
    }
}

/// The `items` of a list.
#[track_caller]
pub fn items(answer: &Answer) -> Vec<Value> {
    answer.ok(200)["items"].as_array().expect("items").clone()
}

/// An unused id.
pub fn unknown_id() -> String {
    OpportunityId::new().to_string()
}

/// The body of a bulk assignment.
pub fn to(assignee: &Account, ids: &[String]) -> Value {
    json!({"opportunity_ids": ids, "assigned_to_id": assignee.id})
}
