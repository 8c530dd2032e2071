//! The audit log.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    AuditId, Timestamp, UserId,
    audit::{AuditEntry, AuditQuery},
    json::ObjectText,
};
use serde::Serialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{Incoming, Json, Problem, Signed, names::TimeOrDate},
    state::App,
};

/// Number of entries where the request names no limit.
const LIMIT: u64 = 50;

/// Parameters of the list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters in the API document")]
struct AuditParams {
    /// Number of entries to skip before the first one of the answer.
    #[param(minimum = 0, default = 0)]
    skip: Option<u64>,
    /// Largest number of entries in the answer, 1 to 1,000.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u64>,
    /// Only entries with this user as actor or as entity.
    user_id: Option<String>,
    /// Only entries with exactly this action.
    #[param(max_length = 255)]
    action: Option<String>,
    /// Only entries at or after this time.
    #[param(value_type = Option<TimeOrDate>)]
    from_date: Option<String>,
    /// Only entries at or before this time; a date means its end.
    #[param(value_type = Option<TimeOrDate>)]
    to_date: Option<String>,
    /// Only entries with this part, in any case, in action, actor, entity or details.
    #[param(max_length = 255)]
    q: Option<String>,
}

/// An entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditEntryJson {
    /// Id of the entry.
    #[schema(value_type = String, format = Uuid)]
    id: AuditId,
    /// Id of the user who did it; null: the service itself, or nobody who is known.
    #[schema(value_type = Option<String>, format = Uuid)]
    actor_id: Option<UserId>,
    /// Email address that the actor had then; for a failed sign-in, the address that was tried.
    actor_email: String,
    /// What was done. Removals contain `deleted`, refusals `failed`, changes `changed` or `updated`.
    action: String,
    /// Type of the entity that was changed, such as `user` or `contact`.
    entity_type: String,
    /// Id of the entity, where it is one.
    entity_id: Option<String>,
    /// Details of the action; their keys depend on it.
    #[schema(value_type = Object)]
    details: ObjectText,
    /// IP address from which the request came.
    ip_address: Option<String>,
    /// User agent that sent the request.
    user_agent: Option<String>,
    /// Id of the request, as in its answer and in the logs; null where there was none.
    request_id: Option<String>,
    /// When the action took effect.
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
            request_id: entry.request_id,
            created_at: entry.created_at,
        }
    }
}

/// A part of the audit log, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditList {
    /// The entries of this part of the list.
    items: Vec<AuditEntryJson>,
    /// Number of entries that match, in all parts.
    total: u64,
    /// Number of entries that were skipped.
    skip: u64,
    /// Largest number of entries in this answer.
    limit: u64,
}

impl AuditEntryJson {
    /// One to show in the API document.
    pub(crate) fn sample() -> Self {
        Self {
            id: AuditId::from_uuid(uuid::uuid!("0190a6e0-7c1b-7abc-8def-0123456789ac")),
            actor_id: Some(UserId::from_uuid(uuid::uuid!("0190a6e0-7c1b-7abc-8def-0123456789ab"))),
            actor_email: "admin@example.org".into(),
            action: "user_role_changed".into(),
            entity_type: "user".into(),
            entity_id: Some("0190a6e0-7c1b-7abc-8def-0123456789ad".into()),
            details: json!({"from": "agent", "to": "lawyer"}).into(),
            ip_address: Some("192.0.2.10".into()),
            user_agent: Some("Mozilla/5.0".into()),
            request_id: Some("0190a6e0-7c1b-7abc-8def-0123456789ae".into()),
            created_at: Timestamp::from_seconds(1_768_467_600),
        }
    }
}

impl AuditList {
    fn sample() -> Self {
        Self { items: vec![AuditEntryJson::sample()], total: 1, skip: 0, limit: LIMIT }
    }
}

/// List the audit log
///
/// Who did what and when, newest first, and who looked: exports, downloads, long lists and the audit log itself. For
/// administrators.
#[utoipa::path(
    get,
    path = "/api/users/audit-logs",
    operation_id = "audit_logs",
    tag = "users",
    params(AuditParams),
    responses((status = OK, description = "Part of the audit log", body = AuditList, example = json!(AuditList::sample()))),
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
    let sent = fields.sent(["user_id", "action", "from_date", "to_date", "q"]);
    fields.finish()?;
    let slice = query.slice;
    let page = app.store.audit_list(query).await?;
    app.looks.record_audit_log(&signed.caller, page.items.len(), sent).await?;
    let items = page.items.into_iter().map(AuditEntryJson::from).collect();
    Ok(Json(AuditList { items, total: page.total, skip: slice.skip, limit: slice.limit }).into_response())
}
