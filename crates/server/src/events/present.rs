//! An event as it is sent: in the feed, and to webhooks.

use reparto_domain::{
    JobId, OperationId, OpportunityId, Status, Timestamp, UserId, WebhookId,
    caller::Visibility,
    events::{Event, EventBody, EventItem, EventType, FeedPosition},
    operations::OperationKind,
};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    names::{EventTypeName, StatusName},
    samples,
};

/// An event of the change feed.
#[derive(Debug, ToSchema)]
#[schema(as = Event)]
pub struct EventSchema {
    /// Type of the event.
    #[schema(value_type = EventTypeName, rename = "type")]
    pub event_type: String,
    /// When the change took effect.
    #[schema(value_type = String, format = DateTime)]
    pub timestamp: Timestamp,
    /// Id of the operation; absent where a job ended.
    #[schema(nullable = false)]
    pub operation_id: Option<Uuid>,
    /// Id of the job that ended, or that the operation was part of.
    #[schema(nullable = false)]
    pub job_id: Option<Uuid>,
    /// Id of the operation that was undone; only in `operation.undone`.
    #[schema(nullable = false)]
    pub undoes: Option<Uuid>,
    /// Kind of the operation or of the job.
    pub kind: String,
    /// Id of the user who did it; null: the system.
    pub actor_id: Option<Uuid>,
    /// How the job ended; only in `job.finished`.
    #[schema(nullable = false)]
    pub status: Option<String>,
    /// Number of opportunities of the job; only in `job.finished`.
    #[schema(nullable = false)]
    pub total: Option<u64>,
    /// Number of items that succeeded; only in `job.finished`.
    #[schema(nullable = false)]
    pub done: Option<u64>,
    /// Number of items that failed; only in `job.finished`.
    #[schema(nullable = false)]
    pub failed: Option<u64>,
    /// The opportunities that changed; empty where a job ended.
    pub items: Vec<EventItemSchema>,
}

/// An opportunity in an event of the change feed.
#[derive(Debug, ToSchema)]
#[schema(as = EventItem)]
pub struct EventItemSchema {
    /// Id of the opportunity that changed.
    pub opportunity_id: Uuid,
    /// Id of the holder before the change; null: nobody.
    pub from_id: Option<Uuid>,
    /// Id of the holder after the change; null: nobody.
    pub to_id: Option<Uuid>,
    /// Status before the change; null: it did not exist.
    #[schema(value_type = Option<StatusName>)]
    pub previous_status: Option<Status>,
    /// Status after the change.
    #[schema(value_type = StatusName)]
    pub new_status: Status,
}

/// What an event is about, with these items.
fn about(body: &EventBody, items: &[&EventItem]) -> Map<String, Value> {
    let value = match body {
        EventBody::Operation { id, kind, actor_id, job_id, undoes, .. } => {
            let mut value = json!({"operation_id": id, "kind": kind, "actor_id": actor_id});
            if let Some(job) = job_id {
                value["job_id"] = json!(job);
            }
            if let Some(undone) = undoes {
                value["undoes"] = json!(undone);
            }
            value
        }
        EventBody::Job { id, kind, status, actor_id, total, done, failed } => json!({
            "job_id": id, "kind": kind, "actor_id": actor_id, "status": status,
            "total": total, "done": done, "failed": failed,
        }),
    };
    let Value::Object(mut map) = value else { return Map::new() };
    map.insert("items".into(), json!(items));
    map
}

/// The event as somebody with this visibility reads it in the feed; `None` where they may see nothing of it.
pub fn feed_data(event: &Event, visibility: Visibility) -> Option<String> {
    let items: Vec<&EventItem> = match &event.body {
        EventBody::Operation { items, .. } => items.iter().filter(|item| item.is_visible(visibility)).collect(),
        EventBody::Job { .. } => Vec::new(),
    };
    if items.is_empty() && visibility != Visibility::All {
        return None;
    }
    let mut data = Map::new();
    data.insert("type".into(), json!(event.body.event_type()));
    data.insert("timestamp".into(), json!(event.at));
    data.extend(about(&event.body, &items));
    Some(Value::Object(data).to_string())
}

/// The message that webhooks get of it.
pub fn webhook_message(event: &Event) -> String {
    let items: Vec<&EventItem> = match &event.body {
        EventBody::Operation { items, .. } => items.iter().collect(),
        EventBody::Job { .. } => Vec::new(),
    };
    let data = about(&event.body, &items);
    json!({"type": event.body.event_type(), "timestamp": event.at, "data": data}).to_string()
}

/// The message of a test: it tells of nothing but whom it is for.
pub fn test_message(webhook: WebhookId, at: Timestamp) -> String {
    json!({"type": EventType::Test, "timestamp": at, "data": {"webhook_id": webhook, "items": []}}).to_string()
}

/// An event to show in the API document.
pub fn sample() -> Event {
    let item = EventItem {
        opportunity_id: OpportunityId::from_uuid(samples::id(samples::OPPORTUNITY)),
        from_id: None,
        to_id: Some(UserId::from_uuid(samples::id(samples::AGENT))),
        previous_status: Some(Status::Pending),
        new_status: Status::Assigned,
    };
    let body = EventBody::Operation {
        id: OperationId::from_uuid(samples::id(samples::OPERATION)),
        kind: OperationKind::BulkAssign,
        actor_id: Some(UserId::from_uuid(samples::id(samples::ADMINISTRATOR))),
        job_id: None::<JobId>,
        undoes: None,
        items: vec![item],
    };
    Event { position: FeedPosition { operation: 12, job: 3 }, at: samples::AT, body }
}

/// A piece of the feed to show in the API document.
pub fn sample_stream() -> String {
    let event = sample();
    let data = feed_data(&event, Visibility::All).unwrap_or_default();
    format!("id: {}\nevent: {}\ndata: {data}\n\n", event.position, EventType::Assigned)
}
