//! A new opportunity.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use reparto_domain::{
    Priority, Score,
    opportunities::{Assignee, CreateOpportunity},
};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::present::{LeadOpportunity, created};
use crate::{
    http::{
        Fields, Incoming, Problem, Signed,
        fields::LONG_TEXT_MAX,
        idempotency::{keyed, respond},
        names::{PRIORITIES, PriorityName},
        problem::{Fault, Kind},
        samples,
    },
    state::App,
};

/// A new opportunity.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "contact_id": samples::id(samples::CONTACT), "opportunity_score": 75, "priority": "high",
    "detection_reason": {"reason": "Formulario web"}
}))]
pub struct CreateOpportunityBody {
    /// Whom it is about: a contact that has none yet.
    pub contact_id: Uuid,
    /// How promising.
    #[schema(minimum = 0, maximum = 100, default = 50)]
    pub opportunity_score: Option<i64>,
    /// How urgent.
    #[schema(value_type = Option<PriorityName>, default = "medium")]
    pub priority: Option<String>,
    /// Why: an object that is kept as it comes, or a text, which becomes `{"reason": text}`.
    #[schema(value_type = Option<Object>, example = json!({"reason": "Formulario web"}))]
    pub detection_reason: Option<Value>,
    /// For whom, at once; who is no administrator may name only themselves.
    pub assigned_to_id: Option<Uuid>,
    /// Free text.
    pub notes: Option<String>,
}

fn detection_reason(fields: &mut Fields<'_>) -> Map<String, Value> {
    const NAME: &str = "detection_reason";
    match fields.raw(NAME) {
        Some(Value::String(_)) => match fields.text(NAME, LONG_TEXT_MAX) {
            Some(text) => Map::from_iter([("reason".to_owned(), Value::from(text))]),
            None => Map::new(),
        },
        None | Some(Value::Null | Value::Object(_)) => fields.kept_object(NAME).unwrap_or_default(),
        Some(_) => {
            fields.fault(NAME, Fault::Type(Kind::StringOrObject));
            Map::new()
        }
    }
}

fn command(fields: &mut Fields<'_>) -> CreateOpportunity {
    fields.require("contact_id");
    CreateOpportunity {
        contact: fields.id_text("contact_id").and_then(|text| text.parse().ok()),
        score: fields.integer("opportunity_score", 0, 100).and_then(Score::new).unwrap_or(Score::DEFAULT),
        priority: fields.one_of("priority", PRIORITIES).unwrap_or(Priority::Medium),
        detection_reason: detection_reason(fields),
        assignee: fields.id_text("assigned_to_id").map(|text| Assignee::parse(&text)),
        notes: fields.text("notes", LONG_TEXT_MAX),
    }
}

/// Creates an opportunity: `assigned` where it names who is to hold it, else `pending`.
#[utoipa::path(
    post, path = "/api/crm/opportunities", tag = "opportunities", request_body = CreateOpportunityBody,
    responses((
        status = 201, description = "The new opportunity", body = LeadOpportunity, headers(
            ("Location" = String, description = "Where the opportunity is"),
            ("ETag" = String, description = "Its version")
        ),
        example = json!(LeadOpportunity::sample())
    )),
    extensions(("x-refusals" = json!([
        "staff_only", "self_assign_only", "assignee_not_found", "assignee_inactive", "assignee_role_not_assignable",
        "contact_not_found", "contact_has_opportunity"
    ])))
)]
pub async fn create(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.staff()?;
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let command = command(&mut fields);
    fields.finish()?;
    let render = created();
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let assignable = &app.config.assignable_roles;
    let answer = app.store.opportunity_create(&signed.caller, command, assignable, keyed).await?;
    Ok(respond(answer, &*render))
}
