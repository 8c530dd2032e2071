//! The audit log.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    AuditId, Timestamp, UserId,
    audit::{AuditEntry, AuditQuery},
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{Incoming, Problem, Signed},
    state::App,
};

/// Entries in a list that names no limit.
const LIMIT: u64 = 50;

/// What the log takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters in the API document")]
struct AuditParams {
    /// Entries to leave out.
    #[param(minimum = 0, default = 0)]
    skip: Option<u64>,
    /// Entries to give.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u64>,
    /// With this user as actor or as entity.
    user_id: Option<String>,
    /// With this action.
    action: Option<String>,
    /// At or after this time.
    from_date: Option<String>,
    /// At or before this time; a bare date is its last moment.
    to_date: Option<String>,
    /// With this part, in any case, in action, actor, entity or details.
    q: Option<String>,
}

/// An entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct AuditEntryJson {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    id: AuditId,
    /// Who did it; null: the service itself, or nobody who is known.
    #[schema(value_type = Option<String>, format = Uuid)]
    actor_id: Option<UserId>,
    /// The address they had then; what was tried, for a failed sign-in.
    actor_email: String,
    /// What was done. Removals contain `deleted`, refusals `failed`, changes `changed` or `updated`.
    action: String,
    /// What it is about.
    entity_type: String,
    /// Which one, where it is one.
    entity_id: Option<String>,
    /// The rest.
    #[schema(value_type = Object)]
    details: Value,
    /// From where.
    ip_address: Option<String>,
    /// With what.
    user_agent: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<AuditEntry> for AuditEntryJson {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id,
            actor_id: entry.actor_id,
            actor_email: entry.actor_email,
            action: entry.action,
            entity_type: entry.entity_type,
            entity_id: entry.entity_id,
            details: entry.details,
            ip_address: entry.ip_address,
            user_agent: entry.user_agent,
            created_at: entry.created_at,
        }
    }
}

/// Part of the audit log, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditList {
    /// The entries.
    items: Vec<AuditEntryJson>,
    /// How many match in all.
    total: u64,
    /// How many were left out.
    skip: u64,
    /// How many were asked for.
    limit: u64,
}

impl AuditList {
    fn sample() -> Self {
        let entry = AuditEntryJson {
            id: AuditId::from_uuid(uuid::uuid!("0190a6e0-7c1b-7abc-8def-0123456789ac")),
            actor_id: Some(UserId::from_uuid(uuid::uuid!("0190a6e0-7c1b-7abc-8def-0123456789ab"))),
            actor_email: "admin@example.org".into(),
            action: "user_role_changed".into(),
            entity_type: "user".into(),
            entity_id: Some("0190a6e0-7c1b-7abc-8def-0123456789ad".into()),
            details: json!({"from": "agent", "to": "lawyer"}),
            ip_address: Some("192.0.2.10".into()),
            user_agent: Some("Mozilla/5.0".into()),
            created_at: Timestamp::from_seconds(1_768_467_600),
        };
        Self { items: vec![entry], total: 1, skip: 0, limit: LIMIT }
    }
}

/// What was done, by whom, newest first. For administrators.
#[utoipa::path(
    get,
    path = "/api/users/audit-logs",
    operation_id = "audit_logs",
    tag = "users",
    params(AuditParams),
    responses((status = OK, description = "Part of the log", body = AuditList, example = json!(AuditList::sample()))),
    extensions(("x-refusals" = json!(["administrators_only"])))
)]
pub(crate) async fn list(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let mut fields = incoming.query();
    let query = AuditQuery {
        user: fields.id("user_id"),
        action: fields.text("action"),
        from: fields.time("from_date", false),
        to: fields.time("to_date", true),
        text: fields.text("q"),
        slice: fields.slice(LIMIT),
    };
    fields.finish()?;
    let slice = query.slice;
    let page = app.store.audit_list(query).await?;
    let items = page.items.into_iter().map(AuditEntryJson::from).collect();
    Ok(Json(AuditList { items, total: page.total, skip: slice.skip, limit: slice.limit }).into_response())
}
